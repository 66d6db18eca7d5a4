"""The functions that C calls: each unpacks, asks the host's object, and packs the answer."""
from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from . import hooks
from ._crmsync import ffi, lib
from ._guard import Hook, SinkStopped, deliver, mono_ms
from ._views import data_of, sized, text_of, view
from .rows import Rows, read
from .words import BodyVerdict, HttpOutcome, LogLevel

_ITEM = struct.Struct("@PNPNQII")
_EPOCH = date(1970, 1, 1)


def fallible(where: str, *, ends_job: bool = False,
             clocked: bool = False) -> Callable[[Callable[..., int | None]], Callable[..., int]]:
    """Registers a hook that returns a code and takes the error last.

    `ends_job`: the library takes the code for one more outcome and would go on without us.
    `clocked`: it is given the environment's mono_ms after its target.
    """
    def register(function: Callable[..., int | None]) -> Callable[..., int]:
        def run(ctx: Any, *args: Any) -> int:
            hook: Hook = ffi.from_handle(ctx)
            try:
                clock = (hook.guard.clock,) if clocked else ()
                return function(hook.target, *clock, *args[:-1]) or 0
            except BaseException as exc:
                if ends_job and not isinstance(exc, SinkStopped):
                    hook.guard.catch_urgent(exc)
                return hook.guard.catch(exc, where, args[-1])

        ffi.def_extern(name=function.__name__, error=lib.CRMSYNC_E_CALLBACK)(run)
        return run
    return register


def infallible(default: Callable[[], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a hook that cannot tell C that it failed."""
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(ctx: Any, *args: Any) -> Any:
            hook: Hook = ffi.from_handle(ctx)
            try:
                return function(hook.target, *args)
            except BaseException as exc:
                hook.guard.catch_urgent(exc)
                return default()

        ffi.def_extern(name=function.__name__)(run)
        return run
    return register


def _nothing() -> None:
    return None


def _wall() -> int:
    return time.time_ns() // 1_000_000


# ---- environment ----


@infallible(_wall)
def crmpy_wall_ms(env: Any) -> int:
    return int(env.wall_ms())


@infallible(mono_ms)
def crmpy_mono_ms(env: Any) -> int:
    return int(env.mono_ms())


@fallible("Environment.random")
def crmpy_random(env: Any, out: Any, n: int) -> None:
    data = bytes(env.random(n))
    if len(data) != n:
        raise ValueError(f"random({n}) returned {len(data)} bytes")
    ffi.memmove(out, data, n)


@infallible(_nothing)
def crmpy_log(env: Any, level: int, message: Any) -> None:
    env.log(LogLevel(level), text_of(message))


@infallible(_nothing)
def crmpy_trace(env: Any, e: Any) -> None:
    env.trace(hooks.Exchange(text_of(e.method), text_of(e.url), data_of(e.request_body),
                             data_of(e.response_body), e.status, HttpOutcome(e.outcome), e.elapsed_ms))


@infallible(lambda: _wall() // 86_400_000)
def crmpy_civil_date(env: Any, instant_ms: int, owner: Any) -> int:
    return int((env.civil_date(instant_ms, text_of(owner)) - _EPOCH).days)


@fallible("Environment.seal_key")
def crmpy_seal_key(env: Any, workspace: Any, key_id: Any, key_out: Any, id_out: Any) -> None:
    key, name = env.seal_key(text_of(workspace), text_of(key_id))
    deliver(lib.crmsync_bytes_set(id_out, view(name)))
    deliver(lib.crmsync_bytes_set(key_out, view(key)))


@fallible("Environment.secret_get")
def crmpy_secret_get(env: Any, workspace: Any, name: Any, out: Any) -> None:
    value = env.secret_get(text_of(workspace), text_of(name))
    if value is not None:
        deliver(lib.crmsync_bytes_set(out, view(value)))


@fallible("Environment.secret_put")
def crmpy_secret_put(env: Any, workspace: Any, name: Any, value: Any) -> None:
    env.secret_put(text_of(workspace), text_of(name), data_of(value) or None)


# ---- state store ----


def _bytes(ptr: int, size: int) -> bytes:
    return bytes(ffi.buffer(ffi.cast("char *", ptr), size)) if size else b""


def _entries(items: Any, n: int) -> list[hooks.Entry]:
    return [hooks.Entry(space, _bytes(key, key_len), _bytes(value, value_len), version)
            for key, key_len, value, value_len, version, space, _ in
            _ITEM.iter_unpack(ffi.buffer(items, n * _ITEM.size))] if n else []


def _deliver_entries(sink: Any, entries: Any) -> None:
    item = ffi.new("crmsync_kv_item *")
    for entry in entries:
        key, value = view(entry.key), view(entry.value)
        item.key.ptr, item.key.len = key
        item.value.ptr, item.value.len = value
        item.version, item.space = entry.version, entry.space
        deliver(lib.crmsync_state_item(sink, item))


@fallible("StateStore.get")
def crmpy_state_get(store: Any, workspace: Any, keys: Any, n: int, sink: Any) -> None:
    _deliver_entries(sink, store.get(text_of(workspace), _entries(keys, n)))


@fallible("StateStore.scan")
def crmpy_state_scan(store: Any, workspace: Any, space: int, start: Any, end: Any, limit: int, flags: int,
                     sink: Any) -> None:
    _deliver_entries(sink, store.scan(text_of(workspace), space, data_of(start), data_of(end), limit,
                                      bool(flags & lib.CRMSYNC_SCAN_REVERSE)))


@fallible("StateStore.commit")
def crmpy_state_commit(store: Any, c: Any, outcome: Any) -> None:
    outcome[0] = store.commit(hooks.Commit(
        text_of(c.workspace), _entries(c.expects, c.expect_count), _entries(c.puts, c.put_count),
        _entries(c.deletes, c.delete_count)))


@fallible("StateStore.clear")
def crmpy_state_clear(store: Any, workspace: Any, space: int, start: Any, end: Any) -> None:
    store.clear(text_of(workspace), space, data_of(start), data_of(end))


# ---- record store ----


def _texts(array: Any, n: int) -> list[str]:
    return [text_of(array[i]) for i in range(n)]


def _deliver_records(sink: Any, kind: Any, records: Any) -> None:
    rows = Rows.of(text_of(kind), records)
    if len(rows):
        deliver(lib.crmsync_record_rows(sink, rows._rows))


@fallible("RecordStore.load")
def crmpy_record_load(store: Any, workspace: Any, kind: Any, ids: Any, n: int, sink: Any) -> None:
    _deliver_records(sink, kind, store.load(text_of(workspace), text_of(kind), _texts(ids, n)))


@fallible("RecordStore.find")
def crmpy_record_find(store: Any, workspace: Any, kind: Any, key_kind: Any, values: Any, n: int,
                      sink: Any) -> None:
    _deliver_records(sink, kind, store.find(text_of(workspace), text_of(kind), text_of(key_kind),
                                            _texts(values, n)))


def _answer(sink: Any, kind: str, item: int, answer: hooks.SaveAnswer) -> None:
    empty = view("")
    if isinstance(answer, hooks.Saved):
        stored = Rows(kind, [answer.stored]) if answer.stored is not None else None
        code = lib.crmsync_record_saved(sink, item, lib.CRMSYNC_SAVE_SAVED, view(answer.id),
                                        view(answer.rev), stored._rows if stored else ffi.NULL, 0, empty)
    elif isinstance(answer, hooks.Refused):
        code = lib.crmsync_record_saved(sink, item, lib.CRMSYNC_SAVE_REFUSED, empty, empty, ffi.NULL, 0,
                                        view(answer.reason))
    elif isinstance(answer, (hooks.Conflict, hooks.Gone)):
        outcome = (lib.CRMSYNC_SAVE_CONFLICT if isinstance(answer, hooks.Conflict)
                   else lib.CRMSYNC_SAVE_GONE)
        code = lib.crmsync_record_saved(sink, item, outcome, empty, empty, ffi.NULL, 0, empty)
    else:
        raise TypeError(f"save() answers Saved, Conflict, Refused or Gone, not {type(answer).__name__}")
    deliver(code)


@fallible("RecordStore.save")
def crmpy_record_save(store: Any, workspace: Any, items: Any, sink: Any) -> None:
    kind = text_of(lib.crmsync_rows_kind(items))
    records = read(items, 0, lib.crmsync_rows_count(items))
    answers = list(store.save(text_of(workspace), kind, records))
    if len(answers) != len(records):
        raise ValueError(f"save() of {len(records)} items returned {len(answers)} answers")
    for item, answer in enumerate(answers):
        _answer(sink, kind, item, answer)


@fallible("RecordStore.changed")
def crmpy_record_changed(store: Any, workspace: Any, kind: Any, cursor: Any, limit: int,
                         sink: Any) -> None:
    changes: hooks.Changes = store.changed(text_of(workspace), text_of(kind), text_of(cursor), limit)
    _deliver_records(sink, kind, changes.records)
    deliver(lib.crmsync_record_cursor(sink, view(changes.cursor), changes.more))


# ---- transport ----


def _request(r: Any, clock: Callable[[], int]) -> hooks.Request:
    headers = [(text_of(r.headers[i].name), text_of(r.headers[i].value)) for i in range(r.header_count)]
    return hooks.Request(r.id, text_of(r.method), text_of(r.url), headers, data_of(r.body),
                         r.timeout_ms / 1000 if r.timeout_ms else None, r.not_after,
                         bool(r.flags & lib.CRMSYNC_HTTP_IDEMPOTENT), clock)


def _headers(headers: Sequence[tuple[str, str]]) -> tuple[Any, int, list[Any]]:
    kept = [(view(name), view(value)) for name, value in headers]
    return ffi.new("crmsync_header[]", kept), len(kept), kept


class _Sink:
    """hooks.HttpSink over the sink of one call."""

    def __init__(self, sink: Any) -> None:
        self._sink = sink

    def head(self, id: int, status: int, headers: Sequence[tuple[str, str]]) -> bool:
        array, n, _kept = _headers(headers)
        code = int(lib.crmsync_http_head(self._sink, id, status, array, n))
        if code != lib.CRMSYNC_E_INVALID:
            deliver(code)
        return code == 0

    def body(self, id: int, data: bytes) -> BodyVerdict:
        code = int(lib.crmsync_http_body(self._sink, id, view(data)))
        deliver(code)
        return BodyVerdict(code)

    def done(self, id: int, outcome: HttpOutcome, detail: str = "") -> None:
        code = int(lib.crmsync_http_done(self._sink, id, outcome, view(detail)))
        if code != lib.CRMSYNC_E_INVALID:
            deliver(code)


@fallible("CompletionTransport.start", clocked=True)
def crmpy_http_start(transport: Any, clock: Callable[[], int], request: Any, sink: Any) -> None:
    transport.start(_request(request, clock), _Sink(sink))


@fallible("CompletionTransport.poll")
def crmpy_http_poll(transport: Any, timeout_ms: int, sink: Any) -> None:
    transport.poll(timeout_ms / 1000, _Sink(sink))


@fallible("CompletionTransport.resume")
def crmpy_http_resume(transport: Any, id: int, sink: Any) -> None:
    transport.resume(id, _Sink(sink))


@infallible(_nothing)
def crmpy_http_cancel(transport: Any, id: int) -> None:
    transport.cancel(id)


@infallible(_nothing)
def crmpy_http_wake(transport: Any) -> None:
    transport.wake()


def _reply(reply: Any, answer: hooks.Response) -> HttpOutcome:
    array, n, _kept = _headers(answer.headers)
    deliver(lib.crmsync_http_reply_head(reply, answer.status, array, n))
    pieces = (answer.body,) if isinstance(answer.body, (bytes, bytearray, memoryview)) else answer.body
    for piece in pieces:
        verdict = int(lib.crmsync_http_reply_body(reply, view(piece)))
        deliver(verdict)
        if verdict == BodyVerdict.LIMIT:
            return HttpOutcome.UNKNOWN
    return HttpOutcome.RESPONDED


@fallible("Transport.send", ends_job=True, clocked=True)
def crmpy_http_send(transport: Any, clock: Callable[[], int], request: Any, reply: Any) -> int:
    try:
        return int(_reply(reply, transport.send(_request(request, clock))))
    except hooks.NotSent:
        return int(HttpOutcome.NOT_SENT)
    except hooks.NoAnswer:
        return int(HttpOutcome.UNKNOWN)
    except hooks.TlsRefused:
        return int(HttpOutcome.REFUSED_TLS)


class Blocking:
    """A transport with send() alone, and the waiting that it may leave to us."""

    def __init__(self, target: Any) -> None:
        self.send = target.send
        self._woken = threading.Event()
        self.sleep = getattr(target, "sleep", self._sleep)
        self.wake = getattr(target, "wake", self._woken.set)

    def _sleep(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()


@infallible(_nothing)
def crmpy_http_sleep(transport: Any, timeout_ms: int) -> None:
    transport.sleep(timeout_ms / 1000)


# ---- tables ----


def env_table(env: Any) -> Any:
    ops = sized("crmsync_env_ops")
    ops.wall_ms, ops.mono_ms, ops.random = lib.crmpy_wall_ms, lib.crmpy_mono_ms, lib.crmpy_random
    for name in ("log", "trace", "civil_date", "seal_key"):
        if hasattr(env, name):
            setattr(ops, name, getattr(lib, "crmpy_" + name))
    if hasattr(env, "secret_get") and hasattr(env, "secret_put"):
        ops.secret_get, ops.secret_put = lib.crmpy_secret_get, lib.crmpy_secret_put
    return ops


def state_table(store: Any) -> Any:
    ops = sized("crmsync_state_ops")
    ops.max_items = getattr(store, "max_items", 1000)
    ops.max_value = getattr(store, "max_value", 1 << 20)
    ops.max_bytes = getattr(store, "max_bytes", 16 << 20)
    ops.get, ops.scan = lib.crmpy_state_get, lib.crmpy_state_scan
    ops.commit, ops.clear = lib.crmpy_state_commit, lib.crmpy_state_clear
    return ops


def record_table(store: Any) -> Any:
    ops = sized("crmsync_record_ops")
    ops.load, ops.save, ops.changed = lib.crmpy_record_load, lib.crmpy_record_save, lib.crmpy_record_changed
    if hasattr(store, "find"):
        ops.find = lib.crmpy_record_find
    return ops


def transport_table(transport: Any) -> Any:
    ops = sized("crmsync_transport_ops")
    ops.start, ops.poll = lib.crmpy_http_start, lib.crmpy_http_poll
    ops.resume, ops.cancel = lib.crmpy_http_resume, lib.crmpy_http_cancel
    if hasattr(transport, "wake"):
        ops.wake = lib.crmpy_http_wake
    return ops
