"""Between Python's values and the views, cells and out parameters of the ABI."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import errors
from ._crmsync import ffi, lib


def view(text: str | bytes) -> tuple[Any, int]:
    """A crmsync_str for one call; the tuple keeps the bytes alive."""
    data = text.encode() if isinstance(text, str) else bytes(text)
    return ffi.from_buffer(data), len(data)


def views(texts: Iterable[str]) -> tuple[Any, int, list[Any]]:
    """An array of views, its length, and what must be kept while it is used."""
    kept = [view(text) for text in texts]
    count = len(kept)
    array = ffi.new("crmsync_str[]", kept)
    kept.append(array)  # a struct that points to the array does not keep it
    return array, count, kept


def set_view(target: Any, text: str | bytes, kept: list[Any]) -> None:
    """Points a crmsync_str member at a text, which lives as long as `kept`."""
    made = view(text)
    kept.append(made)
    target.ptr, target.len = made


def data_of(text: Any) -> bytes:
    return bytes(ffi.buffer(text.ptr, text.len)) if text.len else b""


def text_of(text: Any) -> str:
    return data_of(text).decode()


def sized(name: str) -> Any:
    """A zeroed struct that carries its size."""
    made = ffi.new(name + " *")
    made.struct_size = ffi.sizeof(name)
    return made


def call(function: Any, *args: Any) -> int:
    """Calls a function whose last parameter is the error; raises if it failed."""
    err = ffi.new("crmsync_error **")
    code = int(function(*args, err))
    if code < 0:
        raise errors.from_c(code, err[0])
    return code


def check(code: int) -> int:
    """For functions that tell no more than a code."""
    if code < 0:
        raise errors.from_c(code, ffi.NULL)
    return code


def has(part: str) -> bool:
    """Whether the extension was built with an adapter (`sqlite`, `curl`, ...) or `conformance`."""
    probe = {"memory": "crmsync_memory_new", "sqlite": "crmsync_sqlite_open",
             "postgres": "crmsync_postgres_open", "curl": "crmsync_curl_new", "posix": "crmsync_posix_env_new", "conformance": "crmsync_conformance_state"}
    return hasattr(lib, probe[part])


def require(part: str) -> None:
    if not has(part):
        raise NotImplementedError(f"crmsync was built without libcrmsync-{part}: install it and build anew")
