"""What a scenario plays in: a simulated Salesforce org on this machine, a product that syncs with it,
and the list of the product's promises, each kept or broken before the reader's eyes."""
from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

import crmsync

CONFIGS = os.path.join(os.environ["SOURCE_ROOT"], "examples", "configs")
OUTCOMES = ("created", "updated", "unchanged", "skipped", "held", "failed", "unknown")
Record = dict[str, Any]


def _opener(*handlers: Any) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Org:
    """The org, and the hands of the people who work in it."""

    def __init__(self, seed: dict[str, list[Record]]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = os.path.join(self._folder.name, "seed.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(seed, file)
        self._process = subprocess.Popen(
            [os.environ["ORGSIM_SERVER"], "--port", "0", "--seed", path, "--exit-with-parent"],
            stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        first = self._process.stdout.readline().split()
        if not first:
            raise RuntimeError("the org did not start; see its message above")
        self.url = first[-1]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()

    def ask(self, what: str, body: Record | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_orgsim/{what}", data=data,
                                         headers={"Content-Type": "application/json"})
        try:
            with _opener().open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"the org refused {what}: {error.read().decode()}") from None

    def query(self, soql: str, deleted: bool = False) -> list[Record]:
        told = self.ask("query?q=" + urllib.parse.quote(soql) + ("&all=1" if deleted else ""))
        rows: list[Record] = told["records"] if isinstance(told, dict) else told
        return rows

    def one(self, soql: str) -> Record:
        rows = self.query(soql)
        assert len(rows) == 1, f"{len(rows)} rows, one expected: {soql}"
        return rows[0]

    def count(self, of: str) -> int:
        return len(self.query(f"SELECT Id FROM {of}"))

    def insert(self, object: str, **fields: Any) -> str:
        return str(self.ask("insert", {"object": object, "fields": fields})["id"])

    def update(self, id: str, **fields: Any) -> None:
        self.ask("update", {"id": id, "fields": fields})

    def delete(self, id: str) -> None:
        self.ask("delete", {"id": id})

    def undelete(self, id: str) -> None:
        self.ask("undelete", {"id": id})

    def merge(self, winner: str, loser: str) -> None:
        self.ask("merge", {"winner": winner, "loser": loser})

    def convert(self, lead: str) -> Record:
        told: Record = self.ask("convert", {"lead": lead})
        return told

    def switch(self, name: str, value: str) -> None:
        self.ask("switch", {"name": name, "value": value})

    def pass_time(self, seconds: float) -> None:
        """Stamps are in seconds, and a sync reads up to the last whole one."""
        self.ask("clock", {"advance_ms": int(seconds * 1000)})

    def report(self, name: str) -> str:
        """The id of a report, as its page's address shows it: asked for by a program of the org's own."""
        login = {"grant_type": "password", "client_id": "orgsim-client", "client_secret": "orgsim-secret",
                 "username": "integration@example.com", "password": "secrettoken"}
        with _opener().open(f"{self.url}/services/oauth2/token", urllib.parse.urlencode(login).encode()) as answer:
            token = json.load(answer)["access_token"]
        request = urllib.request.Request(f"{self.url}/services/data/v60.0/analytics/reports",
                                         headers={"Authorization": "Bearer " + token})
        with _opener().open(request, timeout=30) as answer:
            return str(next(r["id"] for r in json.load(answer) if r["name"] == name))

    def calls(self) -> int:
        return int(self.ask("usage")["api_calls"])


class Product:
    """The product that syncs: its people in its own database, its settings, its connection."""

    def __init__(self, org: Org, preset: str, settings: Record, name: str = "acme") -> None:
        self.org, self.name = org, name
        self._stack = contextlib.ExitStack()
        self._db = self._stack.enter_context(crmsync.MemoryStore())
        self._http = self._stack.enter_context(crmsync.CurlTransport())
        self._document = {
            "version": 1, "extends": preset,
            "connection": {"login_host": org.url, "client_id": "orgsim-client",
                           "redirect_uri": "https://product.example/back", "allow_loopback_http": True}}
        self._settings = settings
        self.open()

    def open(self) -> None:
        """(Re)opens the workspace with the settings as they are now."""
        config = crmsync.Config(_merged(self._document, self._settings))
        self._engine = self._stack.enter_context(crmsync.Engine(
            state=self._db, records=self._db, transport=self._http,
            environment=crmsync.SystemEnvironment({"1": bytes(32)}), lease=60))
        self.workspace = self._engine.workspace(self.name, config)

    def change_settings(self, **settings: Any) -> None:
        """Somebody presses Save on the settings page."""
        self._settings = _merged(self._settings, settings)
        self._engine.close()
        self.open()

    def connect(self) -> None:
        self.workspace.set_secret("client_secret", "orgsim-secret")
        page = self.workspace.authorize_url() + "&orgsim_allow=1"
        try:
            _opener(_Stay).open(page, timeout=30)
        except urllib.error.HTTPError as answer:
            self.workspace.connect(answer.headers["Location"])
            return
        raise AssertionError("the org sent nobody back")

    def close(self) -> None:
        self._engine.close()
        self._stack.close()

    def has(self, kind: str, *records: Record) -> None:
        """Records appear, or change, in the product."""
        self._db.put(self.name, crmsync.Rows(kind, list(records)))

    def all(self, kind: str) -> list[Record]:
        return [dict(row) for row in self._db.get(self.name, kind).to_dicts()]

    def get(self, kind: str, **wanted: Any) -> Record:
        rows = [r for r in self.all(kind) if all(r.get(k) == v for k, v in wanted.items())]
        assert len(rows) == 1, f"{len(rows)} of {kind} fit {wanted}, one expected"
        return rows[0]

    def sync(self, phases: crmsync.Phase = crmsync.Phase.SYNC, **options: Any) -> dict[str, int]:
        """One run, some seconds after whatever happened before it. Its counts always add up."""
        self.org.pass_time(3)
        counts = self.workspace.run(phases, **options)
        for key in [k[:-len(".input")] for k in counts if k.endswith(".input")]:
            told = sum(counts.get(f"{key}.{outcome}", 0) for outcome in OUTCOMES)
            assert told == counts[key + ".input"], f"{key}: {told} of {counts[key + '.input']} accounted for"
        return counts

    def why(self, kind: str, id: str) -> str:
        """The reason of the last decision about a record."""
        rows = self.workspace.log(kind=kind, id=id, limit=1).to_dicts()
        return str(rows[0]["reason"]) if rows else ""


def _merged(under: Any, over: Any) -> Any:
    """RFC 7396, as the library merges a configuration over its preset."""
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    return {**under, **{k: _merged(under.get(k), v) for k, v in over.items()}}


class Story:
    """The promises, in the order they are tried; printed as the Test Anything Protocol."""

    def __init__(self, product: str) -> None:
        self._count = self._broken = 0
        print(f"# {product}", flush=True)

    @contextlib.contextmanager
    def promise(self, rows: str, words: str) -> Iterator[None]:
        """`rows`: ids of docs/requirements.md, if any. An assertion that fails inside breaks the promise."""
        self._count += 1
        line = f"{self._count} - {words}" + (f" ({rows})" if rows else "")
        try:
            yield
        except Exception:
            self._broken += 1
            print(f"not ok {line}")
            print("".join(f"# {part}\n" for part in traceback.format_exc().splitlines()), flush=True)
        else:
            print(f"ok {line}", flush=True)

    def end(self) -> None:
        print(f"1..{self._count}")
        sys.exit(1 if self._broken else 0)


@contextlib.contextmanager
def scene(preset: str, seed: dict[str, list[Record]], settings: Record) -> Iterator[tuple[Org, Product]]:
    """An org with these records, and a product connected to it that has yet to sync."""
    org = Org(seed)
    try:
        product = Product(org, preset, settings)
        try:
            yield org, product
        finally:
            product.close()
    finally:
        org.close()


def ids(rows: Iterable[Record]) -> set[str]:
    return {str(row["Id"]) for row in rows}
