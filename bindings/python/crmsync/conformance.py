"""The library's contract tests, run against a host's own hooks. Give them a workspace of their own."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import _trampolines
from ._crmsync import ffi, lib
from ._guard import Guard
from ._views import has, require, set_view, sized, text_of
from .engine import AnyRecords, AnyState, AnyTransport, Tables
from .words import CaseResult


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a kit."""

    name: str
    result: CaseResult
    message: str


class _Kit:
    """One run of a kit: what it reports, and how it opens the hook anew."""

    def __init__(self, native: str = "", table: Callable[[Any], Any] = _trampolines.state_table) -> None:
        require("conformance")
        self.guard = Guard()
        self.tables = Tables(self.guard)
        self.native, self.table = native, table
        self.cases: list[Case] = []
        self.reopen: Callable[[], Any] | None = None
        self.remove: Callable[[str, str, str], None] | None = None
        self.kept: list[Any] = []
        self.me = ffi.new_handle(self)

    def of(self, target: Any) -> tuple[Any, Any]:
        return self.tables.of(target, self.native, self.table)

    def run(self, function: Any, ops: Any, ctx: Any, options: Any) -> list[Case]:
        function(ops, ctx, options, lib.crmpy_report, self.me)
        self.tables.end()
        urgent = self.guard.urgent or self.guard.failed
        if urgent is not None and not isinstance(urgent, Exception):
            raise urgent
        return self.cases


def check_state(store: AnyState, *, reopen: Callable[[], AnyState] | None = None,
                other: AnyState | None = None, workspace: str = "") -> list[Case]:
    """Tests a state store. `reopen` throws it away as a crash would and gives a new one on the same
    data; `other` is a second one on that data, used from another thread."""
    kit = _Kit("_state", _trampolines.state_table)
    ops, ctx = kit.of(store)
    options = sized("crmsync_conformance_state_options")
    set_view(options.workspace, workspace, kit.kept)
    if reopen:
        kit.reopen, options.reopen, options.reopen_ctx = reopen, lib.crmpy_reopen, kit.me
    if other is not None:
        options.other = kit.of(other)[1]
    return kit.run(lib.crmsync_conformance_state, ops, ctx, options)


def check_records(store: AnyRecords, *, reopen: Callable[[], AnyRecords] | None = None,
                  remove: Callable[[str, str, str], None] | None = None, workspace: str = "",
                  kind: str = "", email_field: str = "", text_fields: Sequence[str] = ()) -> list[Case]:
    """Tests a record store. `remove` takes workspace, kind and id, as the host's user would."""
    kit = _Kit("_records", _trampolines.record_table)
    ops, ctx = kit.of(store)
    options = sized("crmsync_conformance_record_options")
    texts = {"workspace": workspace, "kind": kind, "email_field": email_field}
    for name, text in texts.items():
        set_view(getattr(options, name), text, kit.kept)
    for i, text in enumerate(text_fields):
        set_view(options.text_fields[i], text, kit.kept)
    if reopen:
        kit.reopen, options.reopen, options.reopen_ctx = reopen, lib.crmpy_reopen, kit.me
    if remove:
        kit.remove, options.remove, options.remove_ctx = remove, lib.crmpy_remove, kit.me
    return kit.run(lib.crmsync_conformance_records, ops, ctx, options)


def check_transport(transport: AnyTransport) -> list[Case]:
    """Tests a transport against a small HTTP server on 127.0.0.1."""
    kit = _Kit()
    ops, ctx = kit.tables.transport(transport)
    options = sized("crmsync_conformance_transport_options")
    options.blocking = hasattr(transport, "send")
    return kit.run(lib.crmsync_conformance_transport, ops, ctx, options)


if has("conformance"):
    @ffi.def_extern()
    def crmpy_report(ctx: Any, name: Any, result: int, message: Any) -> None:
        text = ffi.string(message).decode() if message else ""
        ffi.from_handle(ctx).cases.append(Case(ffi.string(name).decode(), CaseResult(result), text))

    @ffi.def_extern(error=lib.CRMSYNC_E_CALLBACK)
    def crmpy_reopen(ctx: Any, out: Any) -> int:
        kit: _Kit = ffi.from_handle(ctx)
        if kit.reopen is None:
            return int(lib.CRMSYNC_E_CALLBACK)
        out[0] = kit.of(kit.reopen())[1]
        return 0

    @ffi.def_extern(error=lib.CRMSYNC_E_CALLBACK)
    def crmpy_remove(ctx: Any, workspace: Any, kind: Any, id: Any) -> int:
        kit: _Kit = ffi.from_handle(ctx)
        if kit.remove is None:
            return int(lib.CRMSYNC_E_CALLBACK)
        kit.remove(text_of(workspace), text_of(kind), text_of(id))
        return 0


__all__ = ["Case", "CaseResult", "check_records", "check_state", "check_transport"]
