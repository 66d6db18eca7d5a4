"""Carries a host's exceptions through C: kept when a hook raises, raised when the call returns."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from . import errors
from ._crmsync import ffi, lib


class SinkStopped(Exception):
    """A sink function returned a code: the hook stops and returns that code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def deliver(code: int) -> None:
    """Checks what a sink function returned."""
    if code < 0:
        raise SinkStopped(code)


_KEPT = 8  # exceptions that may still come back: some by a later call than the one they befell


def mono_ms() -> int:
    """The clock that a host has unless its environment has another: it counts in suspend."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


class Guard:
    """One for each engine."""

    def __init__(self) -> None:
        self.clock: Callable[[], int] = mono_ms  # the environment's
        self.failed: BaseException | None = None  # the last one of a hook that could say so
        self.raised: dict[int, BaseException] = {}  # by the token that the library carries for it
        self.tokens = 0
        self.urgent: BaseException | None = None  # raised by a hook that returns nothing
        self.jobs: dict[object, Any] = {}  # open ones, by the token of their Job
        self.lock = threading.RLock()

    def call(self, function: Any, *args: Any) -> int:
        err = ffi.new("crmsync_error **")
        code = int(function(*args, err))
        return self.settle(code, err[0])

    def settle(self, code: int, err: Any) -> int:
        failed, urgent = self.failed, self.urgent
        self.failed = self.urgent = None
        # A KeyboardInterrupt counts even where the library could do without that hook.
        if urgent is None and failed is not None and not isinstance(failed, Exception):
            urgent = failed
        if urgent is None and code < 0:
            urgent = self.raised.pop(int(lib.crmsync_error_token(err)), None)
        if urgent is not None:
            lib.crmsync_error_free(err)
            raise urgent
        if code < 0:
            raise errors.from_c(code, err) from failed
        return code

    def catch(self, exc: BaseException, where: str, err: Any) -> int:
        """Keeps the exception of a hook; returns what the hook returns to C."""
        if isinstance(exc, SinkStopped):
            return exc.code
        if self.failed is None or isinstance(self.failed, Exception):
            self.failed = exc
        # The type alone: a message may hold what must not be logged, and the host gets the object.
        text = f"{where} raised {type(exc).__name__}".encode()
        code = int(lib.crmsync_error_new(lib.CRMSYNC_E_CALLBACK, (ffi.from_buffer(text), len(text)), err))
        if err:
            self.tokens += 1
            self.raised[self.tokens] = exc
            self.raised.pop(self.tokens - _KEPT, None)
            lib.crmsync_error_set_token(err[0], self.tokens)
        return code

    def catch_urgent(self, exc: BaseException) -> None:
        """Keeps the exception of a hook that cannot fail, and ends what is running."""
        if self.urgent is None or isinstance(self.urgent, Exception):
            self.urgent = exc
        with self.lock:
            for job in self.jobs.values():
                lib.crmsync_job_cancel(job)


class Hook:
    """The context of a table: the host's object, and where its exceptions go."""

    def __init__(self, target: Any, guard: Guard) -> None:
        self.target = target
        self.guard = guard
