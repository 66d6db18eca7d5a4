"""A host with types: what mypy --strict has to accept, and never run."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import crmsync
from crmsync import Changes, Commit, CommitOutcome, Entry, Record, Request, Response, SaveAnswer, Value


class State:
    def get(self, workspace: str, keys: Sequence[Entry]) -> Iterable[Entry]:
        return [key for key in keys if key.version]

    def scan(self, workspace: str, space: int, start: bytes, end: bytes, limit: int,
             reverse: bool) -> Iterable[Entry]:
        return [Entry(space, start, b"", 1)]

    def commit(self, commit: Commit) -> CommitOutcome:
        return CommitOutcome.CONFLICT if commit.expects else CommitOutcome.OK

    def clear(self, workspace: str, space: int, start: bytes, end: bytes) -> None:
        return None


class Records:
    def load(self, workspace: str, kind: str, ids: Sequence[str]) -> Iterable[Record]:
        return [{"id": id, "rev": "1"} for id in ids]

    def save(self, workspace: str, kind: str, items: Sequence[dict[str, Value]]) -> Sequence[SaveAnswer]:
        return [crmsync.Saved("1", "2") if item.get("rev") else crmsync.Refused("no") for item in items]

    def changed(self, workspace: str, kind: str, cursor: str, limit: int) -> Changes:
        return Changes([], cursor, False)


class Http:
    def send(self, request: Request) -> Response:
        raise crmsync.NotSent(request.url)


def main() -> int:
    config = crmsync.Config({"version": 1})
    with crmsync.Engine(state=State(), records=Records(), transport=Http()) as engine:
        counters: dict[str, int] = engine.workspace("acme", config).run(crmsync.Phase.IMPORT)
    with crmsync.SqliteStore("crm.db") as db, crmsync.CurlTransport() as http:
        crmsync.Engine(state=db, records=db, transport=http).close()
    for op in crmsync.decide_people(config, [{"id": "1"}]):
        print(op.outcome.name, [field.crm_new for field in op.fields])
    return counters["api.calls"]
