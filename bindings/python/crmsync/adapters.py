"""The adapters that come with the library, where the extension was built with them."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from ._crmsync import ffi, lib
from ._views import call, has, require, set_view, sized, view
from .errors import NotPossibleNowError
from .normalize import Normalizer
from .rows import Record, Rows
from .words import LogLevel

#: A record of `kind` carries, in `field`, a key of `key_kind`.
KeyRule = tuple[str, str, str]
_Self = TypeVar("_Self", bound="_Adapter")


class _Adapter:
    """An object of C that serves as context of one or two tables."""

    _pointer: Any = ffi.NULL
    _free: str = ""
    _users: int = 0  # engines that hold it
    _dropped: bool = False  # collected together with an engine, which closes it

    def _context(self) -> Any:
        if not self._pointer:
            raise ValueError(f"the {type(self).__name__} is closed")
        return self._pointer

    def close(self) -> None:
        """Frees it; engines that use it must be closed before. Closing twice is fine."""
        if self._users:
            raise NotPossibleNowError(f"an engine uses the {type(self).__name__}: close that first")
        pointer, self._pointer = self._pointer, ffi.NULL
        if pointer:
            getattr(lib, self._free)(pointer)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _release(self) -> None:
        """An engine does not hold it any more."""
        self._users -= 1
        if self._dropped and not self._users:
            self.close()

    def __del__(self) -> None:
        self._dropped = True
        if not self._users:
            self.close()


def _record_keys(rules: Iterable[KeyRule] | None, normalizer: Normalizer | None, kept: list[Any]) -> Any:
    if rules is None and normalizer is None:
        return ffi.NULL
    keys = sized("crmsync_record_keys")
    kept.append(keys)
    if normalizer:
        keys.normalizer = normalizer._normalizer
    if rules is not None:
        texts = [tuple(view(word) for word in rule) for rule in rules]
        keys.rules, keys.rule_count = ffi.new("crmsync_key_rule[]", texts), len(texts)
        kept.append((texts, keys.rules))
    return keys


class _Store(_Adapter):
    """Both stores in one object."""

    _name = ""

    def _state(self) -> tuple[Any, Any]:
        return getattr(lib, f"crmsync_{self._name}_state_ops")(), self._context()

    def _records(self) -> tuple[Any, Any]:
        return getattr(lib, f"crmsync_{self._name}_record_ops")(), self._context()

    def put(self, workspace: str, rows: Rows) -> None:
        """Loads or alters records as the host's own user would."""
        call(getattr(lib, f"crmsync_{self._name}_put"), self._context(), view(workspace), rows._rows)

    def get(self, workspace: str, kind: str) -> Rows:
        """All records of a kind in order of `id`."""
        out = ffi.new("crmsync_rows **")
        call(getattr(lib, f"crmsync_{self._name}_get"), self._context(), view(workspace), view(kind), out)
        return Rows._owning(out[0])

    def remove(self, workspace: str, kind: str, id: str) -> None:
        """Removes a record; the change feed says so."""
        call(getattr(lib, f"crmsync_{self._name}_remove"), self._context(), view(workspace), view(kind),
             view(id))


class MemoryStore(_Store):
    """Both stores in memory; engines in any threads may share one."""

    _name, _free = "memory", "crmsync_memory_free"

    def __init__(self, *, keys: Iterable[KeyRule] | None = None, normalizer: Normalizer | None = None) -> None:
        require("memory")
        kept: list[Any] = []
        out = ffi.new("crmsync_memory **")
        call(lib.crmsync_memory_new, ffi.NULL, _record_keys(keys, normalizer, kept), out)
        self._pointer, self._normalizer = out[0], normalizer


class SqliteStore(_Store):
    """Both stores in one SQLite file; one thread at a time, others open it again."""

    _name, _free = "sqlite", "crmsync_sqlite_close"

    def __init__(self, path: str, *, durable: bool = True, busy_timeout: float = 10.0,
                 keys: Iterable[KeyRule] | None = None, normalizer: Normalizer | None = None) -> None:
        require("sqlite")
        kept: list[Any] = []
        options = sized("crmsync_sqlite_options")
        options.synchronous = lib.CRMSYNC_SQLITE_FULL if durable else lib.CRMSYNC_SQLITE_NORMAL
        options.busy_timeout_ms = int(busy_timeout * 1000)
        options.keys = _record_keys(keys, normalizer, kept)
        out = ffi.new("crmsync_sqlite **")
        call(lib.crmsync_sqlite_open, ffi.NULL, view(path), options, out)
        self._pointer, self._normalizer = out[0], normalizer


class PostgresStore(_Store):
    """Both stores in a PostgreSQL database; one thread at a time, others open it again.

    `conninfo` is what libpq takes: `host=db dbname=crm` or `postgresql://db/crm`.
    """

    _name, _free = "postgres", "crmsync_postgres_close"

    def __init__(self, conninfo: str = "", *, schema: str = "crmsync", durable: bool = True,
                 lock_timeout: float = 10.0, keys: Iterable[KeyRule] | None = None,
                 normalizer: Normalizer | None = None) -> None:
        require("postgres")
        kept: list[Any] = []
        options = sized("crmsync_postgres_options")
        options.synchronous = lib.CRMSYNC_POSTGRES_FULL if durable else lib.CRMSYNC_POSTGRES_NORMAL
        options.lock_timeout_ms = int(lock_timeout * 1000)
        set_view(options.schema, schema, kept)
        options.keys = _record_keys(keys, normalizer, kept)
        out = ffi.new("crmsync_postgres **")
        call(lib.crmsync_postgres_open, ffi.NULL, view(conninfo), options, out)
        self._pointer, self._normalizer = out[0], normalizer


class CurlTransport(_Adapter):
    """The transport on libcurl. An engine needs one of its own."""

    _free = "crmsync_curl_free"

    def __init__(self, *, ca_file: str = "", ca_path: str = "", proxy: str = "", user_agent: str = "",
                 connect_timeout: float = 0, timeout: float = 0, max_in_flight: int = 0) -> None:
        require("curl")
        kept: list[Any] = []
        options = sized("crmsync_curl_options")
        texts = {"ca_file": ca_file, "ca_path": ca_path, "proxy": proxy, "user_agent": user_agent}
        for name, text in texts.items():
            set_view(getattr(options, name), text, kept)
        options.connect_timeout_ms, options.timeout_ms = int(connect_timeout * 1000), int(timeout * 1000)
        options.max_in_flight = max_in_flight
        out = ffi.new("crmsync_curl **")
        call(lib.crmsync_curl_new, ffi.NULL, options, out)
        self._pointer = out[0]

    def _transport(self) -> tuple[Any, Any]:
        return lib.crmsync_curl_ops(), self._context()


class PosixEnvironment(_Adapter):
    """The environment of a POSIX machine, in C; it logs to standard error."""

    _free = "crmsync_posix_env_free"

    def __init__(self, *, seal_key: bytes = b"", key_id: str = "", old_seal_key: bytes = b"",
                 old_key_id: str = "", log_level: LogLevel | int = 0) -> None:
        require("posix")
        kept: list[Any] = []
        options = sized("crmsync_posix_options")
        options.log_level = log_level
        set_view(options.seal_key, seal_key, kept)
        set_view(options.key_id, key_id, kept)
        set_view(options.old_seal_key, old_seal_key, kept)
        set_view(options.old_key_id, old_key_id, kept)
        out = ffi.new("crmsync_posix_env **")
        call(lib.crmsync_posix_env_new, ffi.NULL, options, out)
        self._pointer = out[0]

    def _environment(self) -> tuple[Any, Any]:
        return lib.crmsync_posix_env_ops(), self._context()


__all__ = ["CurlTransport", "KeyRule", "MemoryStore", "PosixEnvironment", "PostgresStore", "SqliteStore",
           "has"]
