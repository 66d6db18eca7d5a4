"""Plans: what would be done to both sides, and why, before anything is done."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from ._crmsync import ffi, lib
from ._views import call, check, sized, view
from .config import Config, Schema
from .errors import NotPossibleNowError
from .normalize import Normalizer
from .rows import Record, Rows, Value, table
from .words import Direction, OpKind, Outcome, Reason


class Untouched:
    """Stands where a side is not written; `UNTOUCHED` is the only one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNTOUCHED"

    def __bool__(self) -> bool:
        return False


UNTOUCHED = Untouched()
_CHUNK = 500  # operations read at a time
_OP = ("operation", "kind", "local_id", "object", "crm_id", "detail", "direction", "crm_op", "local_op",
       "outcome", "reason", "rule", "link", "excluded", "parent", "same_as", "fields", "others")
_FIELD = ("local", "remote", "local_old", "local_new", "crm_old", "crm_new", "reason")
_OTHER = ("object", "id", "state", "moved_to")


@dataclass(frozen=True, slots=True)
class PlanField:
    """One field of an operation: both sides, before and after, and who won."""

    local: str
    remote: str
    local_old: Value | Untouched
    local_new: Value | Untouched
    crm_old: Value | Untouched
    crm_new: Value | Untouched
    reason: Reason


@dataclass(frozen=True, slots=True)
class PlanOther:
    """A further Salesforce record of the same person or company."""

    object: str
    id: str
    state: str
    moved_to: str


@dataclass(frozen=True, slots=True)
class PlanOp:
    """One operation of a plan."""

    index: int
    kind: str
    local_id: str
    object: str
    crm_id: str
    detail: str
    direction: Direction
    crm_op: OpKind
    local_op: OpKind
    outcome: Outcome
    reason: Reason
    rule: Reason | None
    link: bool
    excluded: bool
    parent: int | None
    same_as: int | None
    others: tuple[PlanOther, ...]
    fields: tuple[PlanField, ...]


class Plan:
    """One page of operations. A plan of a job under review ends when it is accepted."""

    def __init__(self, pointer: Any, owner: Any = None) -> None:
        self._plan = pointer
        self._owner = owner
        self._exclusions = 0

    @classmethod
    def _owning(cls, pointer: Any) -> Plan:
        return cls(ffi.gc(pointer, lib.crmsync_plan_free))

    @classmethod
    def from_json(cls, document: str | bytes) -> Plan:
        """Reads a plan that was written as JSON; it is checked, not trusted."""
        out = ffi.new("crmsync_plan **")
        call(lib.crmsync_plan_read, ffi.NULL, view(document), out)
        return cls._owning(out[0])

    def _end(self) -> None:
        self._plan = None

    @property
    def _here(self) -> Any:
        if self._plan is None:
            raise NotPossibleNowError("the page was accepted: keep what you need of it before that")
        return self._plan

    def __len__(self) -> int:
        return int(lib.crmsync_plan_count(self._here))

    def __getitem__(self, index: int) -> PlanOp:
        n = len(self)
        index = index + n if index < 0 else index
        if not 0 <= index < n:
            raise IndexError("operation out of range")
        return self._read(index, 1)[0]

    def _table(self, function: Any, first: int, count: int, names: tuple[str, ...],
               absent: Any) -> Iterator[tuple[Any, ...]]:
        out = ffi.new("crmsync_rows **")
        call(function, self._here, first, count, out)
        rows = Rows._owning(out[0])
        yield from table(rows._rows, names, absent)

    def _read(self, first: int, count: int) -> list[PlanOp]:
        """Operations with all they hold, in three calls however many they are."""
        ops = self._table(lib.crmsync_plan_ops, first, count, _OP, "")
        fields = self._table(lib.crmsync_plan_fields, first, count, _FIELD, UNTOUCHED)
        others = self._table(lib.crmsync_plan_others, first, count, _OTHER, "")
        return [_op(op, islice(fields, int(op[-2])), islice(others, int(op[-1]))) for op in ops]

    def __iter__(self) -> Iterator[PlanOp]:
        for first in range(0, len(self), _CHUNK):
            seen = self._exclusions
            for op in self._read(first, _CHUNK):
                # Taken out meanwhile, by whoever goes through the plan.
                yield op if seen == self._exclusions else self[op.index]

    def exclude(self, op: PlanOp | int, excluded: bool = True) -> None:
        """Takes an operation out, with all that depends on it; or back in."""
        index = op.index if isinstance(op, PlanOp) else op
        check(lib.crmsync_plan_exclude(self._here, index, excluded))
        self._exclusions += 1

    def explain(self, op: PlanOp | int) -> dict[str, Any]:
        """Which questions were asked of an operation, and how each was answered: `["steps"]`."""
        index = op.index if isinstance(op, PlanOp) else op
        parts: list[bytes] = []
        handle = ffi.new_handle(parts)
        call(lib.crmsync_plan_explain, self._here, index, lib.crmpy_write, handle)
        told: dict[str, Any] = json.loads(b"".join(parts))
        return told

    def inverse(self) -> Plan:
        """The plan that puts back what this one's updates write. Nothing is deleted."""
        out = ffi.new("crmsync_plan **")
        call(lib.crmsync_plan_inverse, self._here, out)
        return Plan._owning(out[0])

    def recheck(self, current: Mapping[str, Rows | Iterable[Record]] | Iterable[Rows], *,
                schema: Schema | None = None) -> int:
        """Takes out of the updates what no longer holds, by the records as they are now.

        `current` are Salesforce objects, by `Id`, and the host's kinds, by `id`. Gives the number of
        operations of which nothing is left.
        """
        known = _batches(current)
        array = ffi.new("crmsync_rows *[]", [one._rows for one in known])
        stale = ffi.new("size_t *")
        call(lib.crmsync_plan_recheck, self._here, schema._schema if schema else ffi.NULL,
             ffi.cast("const crmsync_rows *const *", array), len(known), stale)
        return int(stale[0])

    def summary(self) -> list[dict[str, Value]]:
        """How many operations of which kind, the most frequent first."""
        out = ffi.new("crmsync_rows **")
        call(lib.crmsync_plan_summary, self._here, out)
        return Rows._owning(out[0]).to_dicts()

    def text(self, *, limit: int = 10, colour: bool = False, all_fields: bool = False) -> str:
        """The plan for people."""
        options = sized("crmsync_plan_text_options")
        options.colour, options.limit, options.all_fields = colour, limit, all_fields
        parts: list[bytes] = []
        handle = ffi.new_handle(parts)
        call(lib.crmsync_plan_write_text, self._here, options, lib.crmpy_write, handle)
        return b"".join(parts).decode()

    def to_json(self) -> str:
        parts: list[bytes] = []
        handle = ffi.new_handle(parts)
        call(lib.crmsync_plan_write_json, self._here, lib.crmpy_write, handle)
        return b"".join(parts).decode()


def _batches(records: Mapping[str, Rows | Iterable[Record]] | Iterable[Rows]) -> list[Rows]:
    if isinstance(records, Mapping):
        return [Rows.of(kind, found) for kind, found in records.items()]
    return list(records)


@lru_cache(maxsize=None)
def _reason(name: str) -> Reason:
    return Reason(lib.crmsync_reason_by_name(view(name)))


def _position(digits: Any) -> int | None:
    return None if digits == "" else int(digits)


def _name(value: Any) -> str:
    return "" if value is UNTOUCHED else str(value)


def _field(f: tuple[Any, ...]) -> PlanField:
    return PlanField(_name(f[0]), f[1], f[2], f[3], f[4], f[5], _reason(_name(f[6])))


def _op(op: tuple[Any, ...], fields: Iterable[tuple[Any, ...]],
        others: Iterable[tuple[Any, ...]]) -> PlanOp:
    (index, kind, local_id, found, crm_id, detail, direction, crm_op, local_op, outcome, reason, rule,
     link, excluded, parent, same_as, _, _) = op
    return PlanOp(
        int(index), kind, local_id, found, crm_id, detail, Direction[direction.upper()],
        OpKind[crm_op.upper()], OpKind[local_op.upper()], Outcome[outcome.upper()], _reason(reason),
        _reason(rule) if rule else None, link, excluded, _position(parent), _position(same_as),
        tuple([PlanOther(*other) for other in others]), tuple([_field(f) for f in fields]))


@ffi.def_extern(error=lib.CRMSYNC_E_NOMEM)
def crmpy_write(ctx: Any, text: Any) -> int:
    ffi.from_handle(ctx).append(bytes(ffi.buffer(text.ptr, text.len)) if text.len else b"")
    return 0


def decide_people(config: Config, people: Rows | Iterable[Record], *,
                  companies: Rows | Iterable[Record] | None = None,
                  candidates: Mapping[str, Rows | Iterable[Record]] | Iterable[Rows] = (),
                  schema: Schema | None = None, normalizer: Normalizer | None = None,
                  now: datetime | None = None, verdicts: Rows | None = None) -> Plan:
    """Decides an export of people offline, as if they had never been synced.

    `candidates` are what the CRM holds: rows whose kind is `Lead`, `Contact`, `Account` or `User`, or
    a mapping of such a kind to records; `verdicts` what Suppression.check() gave.
    """
    rows = Rows.of("person", people)
    firms = None if companies is None else Rows.of("company", companies)
    known = _batches(candidates)
    keys = normalizer or config.normalizer()
    given = sized("crmsync_decide_input")
    given.config, given.normalizer, given.people = config._config, keys._normalizer, rows._rows
    given.schema = schema._schema if schema else ffi.NULL
    given.companies = firms._rows if firms else ffi.NULL
    array = ffi.new("crmsync_rows *[]", [one._rows for one in known])
    given.candidates = ffi.cast("const crmsync_rows *const *", array)
    given.candidate_count = len(known)
    given.now_ms = int(now.timestamp() * 1000) if now else 0
    given.verdicts = verdicts._rows if verdicts is not None else ffi.NULL
    out = ffi.new("crmsync_plan **")
    call(lib.crmsync_decide_people, ffi.NULL, given, out)
    return Plan._owning(out[0])
