"""Who may be contacted, what engagement makes of campaign members, what an amount is owed to."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ._crmsync import ffi, lib
from ._views import call, set_view, sized
from .config import Config, Schema
from .normalize import Normalizer
from .plan import Plan
from .rows import Record, Rows, Value
from .words import AttributionModel, Channel, SourceKind


def _ms(instant: datetime | None) -> int:
    if instant is None:
        return 0
    if instant.tzinfo is None:
        raise ValueError("a datetime without a time zone says no instant")
    return int(instant.timestamp() * 1000)


class Suppression:
    """Sources of do-not-contact: added once, then people are checked against them.

    It fails closed: while a source that the configuration wants is missing, incomplete or stale,
    nobody is clear.
    """

    def __init__(self, config: Config, normalizer: Normalizer | None = None) -> None:
        self._config, self._normalizer = config, normalizer or config.normalizer()
        self._workspace: object = None  # of a set that uses one
        out = ffi.new("crmsync_suppression **")
        call(lib.crmsync_suppression_new, ffi.NULL, config._config, self._normalizer._normalizer, out)
        self._set = ffi.gc(out[0], lib.crmsync_suppression_free)

    @classmethod
    def _owning(cls, pointer: Any, workspace: object) -> Suppression:
        """A set that uses a workspace, which therefore stays."""
        made = cls.__new__(cls)
        made._workspace = workspace
        made._set = ffi.gc(pointer, lib.crmsync_suppression_free)
        return made

    def add_source(self, kind: SourceKind, rows: Rows | Iterable[Record], *, name: str = "",
                   read: datetime | None = None, complete: bool = True) -> None:
        """Adds a source or a page of one. `read` tells when; without it the source is stale."""
        kept: list[object] = []
        held = Rows.of("source", rows)
        source = sized("crmsync_suppression_source")
        set_view(source.name, name, kept)
        source.kind, source.complete, source.read_ms, source.rows = kind, complete, _ms(read), held._rows
        call(lib.crmsync_suppression_add_source, self._set, source)

    def check(self, people: Rows | Iterable[Record], *, now: datetime,
              companies: Rows | Iterable[Record] | None = None, channels: Channel = Channel(0)) -> Rows:
        """One row per person and reason, the strongest first; one for a person who is clear."""
        asked, firms = Rows.of("person", people), None if companies is None else Rows.of("company", companies)
        query = sized("crmsync_suppression_query")
        query.people, query.companies = asked._rows, firms._rows if firms else ffi.NULL
        query.now_ms, query.channels = _ms(now), channels
        out = ffi.new("crmsync_rows **")
        call(lib.crmsync_suppression_check, self._set, query, out)
        return Rows._owning(out[0])


def decide_members(config: Config, engagements: Rows | Iterable[Record], people: Rows | Iterable[Record], *,
                   statuses: Rows | Iterable[Record] = (), members: Rows | Iterable[Record] = (),
                   history: Rows | Iterable[Record] = (), schema: Schema | None = None,
                   normalizer: Normalizer | None = None) -> Plan:
    """Decides campaign members: one operation per campaign and person.

    `statuses` and `members` are what the CRM holds, `history` what was decided before.
    """
    keys = normalizer or config.normalizer()
    given = sized("crmsync_campaign_input")
    given.config, given.normalizer = config._config, keys._normalizer
    given.schema = schema._schema if schema else ffi.NULL
    rows = {"engagements": Rows.of("engagement", engagements), "people": Rows.of("person", people),
            "statuses": Rows.of("CampaignMemberStatus", statuses),
            "members": Rows.of("CampaignMember", members), "history": Rows.of("engagement", history)}
    for name, one in rows.items():
        setattr(given, name, one._rows)
    out = ffi.new("crmsync_plan **")
    call(lib.crmsync_decide_members, ffi.NULL, given, out)
    return Plan._owning(out[0])


def attribute(amount: Decimal | int | str, touches: Rows | Iterable[Record],
              model: AttributionModel = AttributionModel.LINEAR, *, converted: datetime | None = None,
              lead_created: datetime | None = None, half_life_days: int = 7, scale: int = 2,
              refuse_late: bool = False) -> list[dict[str, Value]]:
    """Shares an amount out over touches; shares and amounts add up to the last unit."""
    kept: list[object] = []
    held = Rows.of("touch", touches)
    given = sized("crmsync_attribution")
    set_view(given.amount, format(amount, "f") if isinstance(amount, Decimal) else str(amount), kept)
    given.model, given.scale, given.half_life_days = model, scale, half_life_days
    given.late = lib.CRMSYNC_LATE_REFUSE if refuse_late else lib.CRMSYNC_LATE_IGNORE
    given.converted_ms, given.lead_created_ms = _ms(converted), _ms(lead_created)
    out = ffi.new("crmsync_rows **")
    call(lib.crmsync_attribute, ffi.NULL, given, held._rows, out)
    return Rows._owning(out[0]).to_dicts()
