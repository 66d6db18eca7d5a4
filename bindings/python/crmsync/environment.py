"""The environment of this machine, from the standard library."""
from __future__ import annotations

import logging
import os
import time

from .words import LogLevel

_LEVELS = {LogLevel.ERROR: logging.ERROR, LogLevel.WARN: logging.WARNING, LogLevel.INFO: logging.INFO,
           LogLevel.DEBUG: logging.DEBUG}
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemEnvironment:
    """Clocks, random bytes, a logger, and keys that tokens in the state store are sealed with.

    `seal_keys` are ids with 32 bytes each: the last one seals new secrets, the others open old ones.
    Without any, connecting fails.
    """

    def __init__(self, seal_keys: dict[str, bytes] | None = None, logger: logging.Logger | None = None) -> None:
        self._keys = dict(seal_keys or {})
        self._logger = logger or logging.getLogger("crmsync")

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        return time.clock_gettime_ns(_CLOCK) // 1_000_000

    def random(self, n: int) -> bytes:
        return os.urandom(n)

    def log(self, level: LogLevel, message: str) -> None:
        self._logger.log(_LEVELS.get(level, logging.DEBUG), "%s", message)

    def seal_key(self, workspace: str, key_id: str) -> tuple[bytes, str]:
        if not self._keys:
            raise LookupError("SystemEnvironment was made without seal_keys: give it 32 bytes to seal with")
        name = key_id or list(self._keys)[-1]
        return self._keys[name], name
