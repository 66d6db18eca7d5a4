"""How well records can be matched, before a first sync or from time to time."""
from __future__ import annotations

from collections.abc import Iterable

from ._crmsync import ffi, lib
from ._views import call
from .config import Config
from .normalize import Normalizer
from .rows import Record, Rows


def quality(config: Config, records: Rows | Iterable[Record], *, kind: str = "person",
            normalizer: Normalizer | None = None) -> Rows:
    """What stands in the way of matching: rows of `check`, `field`, `count` and `first`.

    `kind` is that of records that are no Rows yet. Duplicates are found within the batch.
    """
    keys, held = normalizer or config.normalizer(), Rows.of(kind, records)
    out = ffi.new("crmsync_rows **")
    call(lib.crmsync_quality, config._config, keys._normalizer, held._rows, out)
    return Rows._owning(out[0])
