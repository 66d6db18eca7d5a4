"""What a host implements: state store, record store, transport, environment.

An exception that a hook raises stops the job and comes out of the call that ran it, the same object.
Hooks run in the thread that called; they must not call into the same engine, Job.cancel() excepted.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, Union, runtime_checkable

from .rows import Record, Value
from .words import BodyVerdict, CommitOutcome, HttpOutcome, LogLevel

# ---- state store ----


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the state store, an expectation (version 0 = must be absent), or what to put."""

    space: int
    key: bytes
    value: bytes = b""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic change: all expectations hold, or nothing happens."""

    workspace: str
    expects: Sequence[Entry]
    puts: Sequence[Entry]
    deletes: Sequence[Entry]


class StateStore(Protocol):
    """Where the sync remembers: (workspace, space, key) to (value, version), keys ordered by their bytes.

    `version` has 64 bits without sign: store what a put brings, never make one up. May have attributes
    `max_items`, `max_value` and `max_bytes`, the most that one commit may carry.
    """

    def get(self, workspace: str, keys: Sequence[Entry]) -> Iterable[Entry]:
        """Those of the keys that exist, as one snapshot."""

    def scan(self, workspace: str, space: int, start: bytes, end: bytes, limit: int,
             reverse: bool) -> Iterable[Entry]:
        """At most `limit` entries with start <= key < end (no end if empty), in key order."""

    def commit(self, commit: Commit) -> CommitOutcome:
        """All of it or nothing, durable when it returns OK."""

    def clear(self, workspace: str, space: int, start: bytes, end: bytes) -> None:
        """Deletes a range; need not be atomic."""


# ---- record store ----


@dataclass(frozen=True, slots=True)
class Saved:
    """The item was written. `stored` tells the values if they are not exactly those that were sent."""

    id: str
    rev: str
    stored: Record | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """The revision is not the expected one; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The host does not want these values."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """No such record."""


SaveAnswer = Union[Saved, Conflict, Refused, Gone]


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the change feed: records with `id`, `rev` and `deleted`, and where to go on."""

    records: Sequence[Record]
    cursor: str
    more: bool


class RecordStore(Protocol):
    """The host's people, companies and kin, with the reserved fields `id`, `rev` and `origin`."""

    def load(self, workspace: str, kind: str, ids: Sequence[str]) -> Iterable[Record]:
        """The records that exist, with all their fields."""

    def save(self, workspace: str, kind: str, items: Sequence[dict[str, Value]]) -> Sequence[SaveAnswer]:
        """Writes; one answer for each item, in order. Without `rev` it creates, idempotent on `origin`."""

    def changed(self, workspace: str, kind: str, cursor: str, limit: int) -> Changes:
        """From the beginning with an empty cursor, then what has changed since."""


@runtime_checkable
class FindingRecordStore(Protocol):
    """A record store that finds records by key; without it the library keeps that index itself."""

    def find(self, workspace: str, kind: str, key_kind: str, values: Sequence[str]) -> Iterable[Record]:
        """All records whose normalized key (`email`, `domain`, `name`, `origin`) is one of the values."""


# ---- transport ----


@dataclass(frozen=True, slots=True)
class Request:
    """One exchange. `not_after` is an instant of `clock`, the environment's mono_ms(); 0 = none."""

    id: int
    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    timeout: float | None
    not_after: int
    idempotent: bool
    clock: Callable[[], int]
    began: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raises NotSent if it is too late to send it: to be called just before the first byte leaves."""
        if self.not_after and self.clock() > self.not_after:
            raise NotSent("it is too late to send this request")

    def seconds_left(self, default: float = 120.0) -> float:
        """What is left of the time-out of the whole exchange, as a time-out for the next step of it."""
        timeout = default if self.timeout is None else self.timeout
        return max(self.began + timeout - time.monotonic(), 0.001)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; the body in one piece or in several, which are read while the library wants them."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes | Iterable[bytes]


class NotSent(Exception):
    """Raised by Transport.send(): no complete request can have left. If in doubt, NoAnswer."""


class NoAnswer(Exception):
    """Raised by Transport.send(): the server may have acted; the library finds out."""


class TlsRefused(Exception):
    """Raised by Transport.send(): certificate or handshake; nothing was sent."""


class Transport(Protocol):
    """HTTP by a blocking function. It follows no redirects, keeps no cookies and repeats nothing."""

    def send(self, request: Request) -> Response:
        """Raises NotSent, NoAnswer or TlsRefused; any other exception ends the job.

        Just before the first byte leaves, NotSent if `not_after` has passed. A method `sleep(seconds)`,
        if there is one, is called to wait while nothing is in flight; and `wake()`, if there is one, from
        the thread of Job.cancel() to end that wait.
        """


class HttpSink(Protocol):
    """Takes what has arrived; valid inside the hook that it was given to."""

    def head(self, id: int, status: int, headers: Sequence[tuple[str, str]]) -> bool:
        """Status and headers, once, before any body. False: that exchange is not open, ignore it."""

    def body(self, id: int, data: bytes) -> BodyVerdict:
        """The next piece of the decoded body."""

    def done(self, id: int, outcome: HttpOutcome, detail: str = "") -> None:
        """Ends an exchange, exactly once unless it was cancelled."""


class CompletionTransport(Protocol):
    """HTTP with several exchanges in flight. May have `wake()`, called from any thread."""

    def start(self, request: Request, sink: HttpSink) -> None:
        """Begins an exchange."""

    def poll(self, timeout: float, sink: HttpSink) -> None:
        """Moves all on, and waits up to `timeout` seconds, also with nothing in flight."""

    def resume(self, id: int, sink: HttpSink) -> None:
        """Goes on with an exchange whose body was PAUSED."""

    def cancel(self, id: int) -> None:
        """Synchronous and final: nothing of this exchange is delivered afterwards."""


# ---- environment ----


@dataclass(frozen=True, slots=True)
class Exchange:
    """One finished exchange, for Environment.trace(). Secrets are replaced."""

    method: str
    url: str
    request_body: bytes
    response_body: bytes
    status: int
    outcome: HttpOutcome
    elapsed_ms: int


class Environment(Protocol):
    """Clocks and random bytes. SystemEnvironment is a complete one; what it has besides is optional."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""

    def mono_ms(self) -> int:
        """A clock that never goes back and counts in suspend."""

    def random(self, n: int) -> bytes:
        """Unpredictable bytes."""


class SealingEnvironment(Environment, Protocol):
    """An environment with the key that tokens in the state store are sealed with."""

    def seal_key(self, workspace: str, key_id: str) -> tuple[bytes, str]:
        """32 bytes and their id; `key_id` is empty for a new secret, else it names the key to give."""


class SecretEnvironment(Environment, Protocol):
    """An environment that keeps secrets itself."""

    def secret_get(self, workspace: str, name: str) -> bytes | None:
        """The secret, or None."""

    def secret_put(self, workspace: str, name: str, value: bytes | None) -> None:
        """Keeps it, durably when it returns; None deletes it."""


class LoggingEnvironment(Environment, Protocol):
    """What an environment may tell besides."""

    def log(self, level: LogLevel, message: str) -> None:
        """A line for the log."""

    def trace(self, exchange: Exchange) -> None:
        """A finished exchange."""

    def civil_date(self, instant_ms: int, owner: str) -> date:
        """The calendar day of an instant where a team member lives."""


__all__ = [
    "Changes", "Commit", "CompletionTransport", "Conflict", "Entry", "Environment", "Exchange",
    "FindingRecordStore", "Gone", "HttpSink", "LoggingEnvironment", "NoAnswer", "NotSent",
    "RecordStore", "Refused", "Request", "Response", "Saved", "SaveAnswer", "SealingEnvironment",
    "SecretEnvironment", "StateStore", "TlsRefused", "Transport",
]
