"""Rows: a batch of records of one kind. It crosses into the library as one call."""
from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ctypes import string_at
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Union

from ._crmsync import ffi, lib
from ._views import call, text_of, view, views


class SalesforceId(str):
    """A Salesforce id of 15 or 18 characters, where a plain text would be wrong."""

    __slots__ = ()


#: What a field can hold. A field that is not in the mapping says nothing; None says it is empty.
Value = Union[None, str, bool, int, float, Decimal, date, datetime, SalesforceId]
Record = Mapping[str, Value]

_CELL = struct.Struct("@PNqII")
_JSON = frozenset({str, bool, int, float, type(None)})
_DAY, _NOON = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=timezone.utc)
_ABSENT, _NULL, _TEXT, _BOOL, _DECIMAL, _DATE, _DATETIME, _ID = range(8)


class Rows:
    """Records of one kind: `Rows("person", [{"id": "p1", "email": "ada@example.com"}])`."""

    def __init__(self, kind: str, records: Iterable[Record] = (), *, fields: Sequence[str] = ()) -> None:
        names, n, kept = views(fields)
        out = ffi.new("crmsync_rows **")
        call(lib.crmsync_rows_new, ffi.NULL, view(kind), names, n, out)
        del kept
        self._rows = ffi.gc(out[0], lib.crmsync_rows_free)
        self.extend(records)

    @classmethod
    def from_jsonl(cls, kind: str, lines: str | bytes) -> Rows:
        """One record per line of JSON; numbers keep their digits."""
        rows = cls(kind)
        call(lib.crmsync_rows_append_jsonl, rows._rows, view(lines))
        return rows

    @classmethod
    def _owning(cls, pointer: Any) -> Rows:
        rows = cls.__new__(cls)
        rows._rows = ffi.gc(pointer, lib.crmsync_rows_free)
        return rows

    @classmethod
    def _copy(cls, pointer: Any) -> Rows:
        """The same records in rows of their own; what is borrowed may end."""
        lent = cls.__new__(cls)
        lent._rows = pointer
        return cls(text_of(lib.crmsync_rows_kind(pointer)), lent.to_dicts())

    @classmethod
    def of(cls, kind: str, records: Rows | Iterable[Record]) -> Rows:
        """The rows themselves, or rows made of records."""
        return records if isinstance(records, Rows) else cls(kind, records)

    @property
    def kind(self) -> str:
        return text_of(lib.crmsync_rows_kind(self._rows))

    @property
    def fields(self) -> list[str]:
        return _fields(self._rows)

    def append(self, record: Record) -> None:
        self.extend((record,))

    def extend(self, records: Iterable[Record]) -> None:
        """Adds records; fields are added as they are met."""
        batch = list(records)
        if all(type(value) in _JSON for record in batch for value in record.values()):
            lines = "\n".join(json.dumps(dict(r), ensure_ascii=False, allow_nan=False) for r in batch)
            call(lib.crmsync_rows_append_jsonl, self._rows, view(lines))
        else:
            self._extend_typed(batch)

    def _extend_typed(self, batch: list[Record]) -> None:
        """Dates and ids have no form in JSON: cell by cell, a record a call."""
        known = self.fields
        fresh = dict.fromkeys(name for record in batch for name in record)
        if any(name not in known for name in fresh):
            self._widen([*known, *(name for name in fresh if name not in known)])
            known = self.fields
        place = {name: i for i, name in enumerate(known)}
        for record in batch:
            cells = ffi.new("crmsync_cell[]", len(known))
            kept: list[Any] = []
            for name, value in record.items():
                _fill(cells[place[name]], value, kept)
            call(lib.crmsync_rows_append, self._rows, cells, len(known))

    def _widen(self, fields: list[str]) -> None:
        old, wider = self.to_dicts(), Rows(self.kind, fields=fields)
        wider._extend_typed([dict(record) for record in old])
        self._rows = wider._rows

    def __len__(self) -> int:
        return int(lib.crmsync_rows_count(self._rows))

    def __getitem__(self, index: int) -> dict[str, Value]:
        n = len(self)
        index = index + n if index < 0 else index
        if not 0 <= index < n:
            raise IndexError("row out of range")
        return read(self._rows, index, 1)[0]

    def __iter__(self) -> Iterator[dict[str, Value]]:
        for first in range(0, len(self), 1000):
            yield from read(self._rows, first, 1000)

    def to_dicts(self) -> list[dict[str, Value]]:
        return read(self._rows, 0, len(self))

    def clear(self) -> None:
        """Removes all records, keeps the fields."""
        lib.crmsync_rows_clear(self._rows)

    def __repr__(self) -> str:
        return f"<Rows {len(self)} {self.kind}>"


def _fields(rows: Any) -> list[str]:
    return [text_of(lib.crmsync_rows_field(rows, i)) for i in range(lib.crmsync_rows_field_count(rows))]


def read(rows: Any, first: int, count: int) -> list[dict[str, Value]]:
    """Records of a crmsync_rows, in one call."""
    names = _fields(rows)
    count = max(0, min(count, int(lib.crmsync_rows_count(rows)) - first))
    if not names:
        return [{} for _ in range(count)]
    cells = ffi.new("crmsync_cell[]", count * len(names) or 1)
    count = int(lib.crmsync_rows_read(rows, first, count, cells))
    out: list[dict[str, Value]] = []
    flat = _CELL.iter_unpack(ffi.buffer(cells, count * len(names) * _CELL.size))
    for _ in range(count):
        record: dict[str, Value] = {}
        for name in names:
            ptr, size, number, kind, _flags = next(flat)
            if kind != _ABSENT:
                record[name] = _value(kind, ptr, size, number)
        out.append(record)
    return out


def table(rows: Any, names: Sequence[str], absent: Any = None) -> Iterator[tuple[Any, ...]]:
    """Some columns of a crmsync_rows as one tuple a record; quicker than read() and less handy."""
    known, count = _fields(rows), int(lib.crmsync_rows_count(rows))
    cells = ffi.new("crmsync_cell[]", count * len(known) or 1)
    count = int(lib.crmsync_rows_read(rows, 0, count, cells))
    layout = struct.Struct("@" + "PNqII" * len(known))
    places = [known.index(name) * 5 for name in names]
    for row in layout.iter_unpack(ffi.buffer(cells, count * layout.size)):
        yield tuple([absent if (kind := row[at + 3]) == _ABSENT else
                     string_at(row[at], row[at + 1]).decode() if kind == _TEXT else
                     _value(kind, row[at], row[at + 1], row[at + 2]) for at in places])


def _value(kind: int, ptr: int, size: int, number: int) -> Value:
    if kind in (_ABSENT, _NULL):
        return None
    if kind == _BOOL:
        return bool(number)
    if kind == _DATE:
        return _DAY + timedelta(days=number)
    if kind == _DATETIME:
        return _NOON + timedelta(milliseconds=number)
    text = bytes(ffi.buffer(ffi.cast("char *", ptr), size)).decode() if size else ""
    if kind == _DECIMAL:
        return Decimal(text)
    return SalesforceId(text) if kind == _ID else text


def _fill(cell: Any, value: Value, kept: list[Any]) -> None:
    text: str | None = None
    if value is None:
        cell.type = _NULL
    elif isinstance(value, bool):
        cell.type, cell.number = _BOOL, value
    elif isinstance(value, (int, float, Decimal)):
        cell.type = _DECIMAL
        text = format(value, "f") if isinstance(value, Decimal) else json.dumps(value, allow_nan=False)
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone says no instant")
        cell.type, cell.number = _DATETIME, (value - _NOON) // timedelta(milliseconds=1)
    elif isinstance(value, date):
        cell.type, cell.number = _DATE, (value - _DAY).days
    elif isinstance(value, str):
        cell.type, text = _ID if isinstance(value, SalesforceId) else _TEXT, str(value)
    else:
        raise TypeError(f"a field cannot hold a {type(value).__name__}")
    if text is not None:
        made = view(text)
        kept.append(made)
        cell.text.ptr, cell.text.len = made
