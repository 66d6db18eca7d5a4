"""Configuration and schema: one JSON document, and what is known of an org."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ._crmsync import ffi, lib
from ._views import call, text_of, view
from .normalize import Normalizer
from .words import LogLevel

#: A JSON document: as text, or as what json.loads makes of it.
Document = Union[str, bytes, Mapping[str, Any], Sequence[Any]]


def _json(document: Document) -> str | bytes:
    return document if isinstance(document, (str, bytes)) else json.dumps(document, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that Config.lint() has to say."""

    severity: LogLevel
    where: str
    message: str
    remedy: str


class Schema:
    """Describe answers of an org's objects: `{"objects": [...], "statuses": {...}}`."""

    def __init__(self, document: Document | None = None) -> None:
        out = ffi.new("crmsync_schema **")
        if document is None:
            call(lib.crmsync_schema_new, ffi.NULL, out)
        else:
            call(lib.crmsync_schema_parse, ffi.NULL, view(_json(document)), out)
        self._schema = ffi.gc(out[0], lib.crmsync_schema_free)

    def add_describe(self, describe: Document) -> None:
        """Adds one object from the answer of `GET /sobjects/{X}/describe`."""
        call(lib.crmsync_schema_add_describe, self._schema, view(_json(describe)))

    def add_statuses(self, object_name: str, records: Document) -> None:
        """Marks picklist values that describe does not tell apart: rows of `LeadStatus` and the like."""
        call(lib.crmsync_schema_add_statuses, self._schema, view(object_name), view(_json(records)))


class Config:
    """A configuration, checked. Immutable; raises ConfigError with `where` and `remedy`."""

    def __init__(self, document: Document) -> None:
        out = ffi.new("crmsync_config **")
        call(lib.crmsync_config_parse, ffi.NULL, view(_json(document)), out)
        self._config = ffi.gc(out[0], lib.crmsync_config_free)

    @classmethod
    def parse(cls, document: Document) -> Config:
        return cls(document)

    def dump(self) -> str:
        """The whole configuration as JSON, presets merged in."""
        return text_of(lib.crmsync_config_dump(self._config))

    @property
    def digest(self) -> int:
        return int(lib.crmsync_config_digest(self._config))

    def normalizer(self) -> Normalizer:
        """A normalizer with the options that this configuration names, as the engine uses it."""
        match = json.loads(self.dump())["match"]
        return Normalizer(freemail_add=match["freemail_add"], freemail_remove=match["freemail_remove"],
                          keep_subdomains=match["keep_subdomains"])

    def lint(self, schema: Schema) -> list[Finding]:
        """Checks the configuration against a real org."""
        found: list[Finding] = []
        handle = ffi.new_handle(found)
        call(lib.crmsync_config_lint, self._config, schema._schema, lib.crmpy_lint, handle)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.dump() == other.dump()

    def __hash__(self) -> int:
        return hash(self.digest)


@ffi.def_extern()
def crmpy_lint(ctx: Any, severity: int, where: Any, message: Any, remedy: Any) -> None:
    ffi.from_handle(ctx).append(
        Finding(LogLevel(severity), text_of(where), text_of(message), text_of(remedy)))
