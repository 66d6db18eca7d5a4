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


def owner_report(config: Config, users: Rows | Iterable[Record], *,
                 owned: Rows | Iterable[Record] | None = None,
                 members: Rows | Iterable[Record] | None = None,
                 normalizer: Normalizer | None = None) -> Rows:
    """Who owns records that nobody of the team looks after: rows of `finding` (`unmapped`, `inactive`,
    `queue`, `unknown`), `owner`, `name`, `email`, `object` and `records`.

    `users` are the org's User records; `owned` says who owns how many records of which object;
    `members` is the team, by `id` and `email`.
    """
    keys, org = normalizer or config.normalizer(), Rows.of("User", users)
    held = None if owned is None else Rows.of("owned", owned)
    team = None if members is None else Rows.of("member", members)
    out = ffi.new("crmsync_rows **")
    call(lib.crmsync_owner_report, config._config, keys._normalizer, org._rows,
         ffi.NULL if held is None else held._rows, ffi.NULL if team is None else team._rows, out)
    return Rows._owning(out[0])
