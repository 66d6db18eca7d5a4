#!/usr/bin/env python3
"""Keeps the people of an SQLite file and a Salesforce org in line, with hooks written in Python.

    sync.py CONFIG DB load KIND FILE      JSON lines with an `id` each
    sync.py CONFIG DB secret              the client secret, from standard input
    sync.py CONFIG DB login               prints the address to send the user's browser to
    sync.py CONFIG DB connect ADDRESS     ... and takes the address that it came back with
    sync.py CONFIG DB plan                what an export would do; writes nothing
    sync.py CONFIG DB sync                both ways
    sync.py CONFIG DB set KIND ID FIELD=VALUE...
    sync.py CONFIG DB show KIND           all records, as JSON lines
"""
import json
import os
import sys

import crmsync
from plain_http import PlainHttp
from sql_records import SqlRecords
from sql_state import SqlState

WORKSPACE = "acme"


def sealing_key(path):
    """32 bytes that tokens are sealed with. A real host keeps them apart from its database."""
    if not os.path.exists(path):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
    with open(path, "rb") as file:
        return file.read()


def load(records, kind, path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            records.write(WORKSPACE, kind, json.loads(line))


def edit(records, kind, id, *changes):
    for record in records.load(WORKSPACE, kind, [id]):
        records.write(WORKSPACE, kind, {**record, **dict(change.split("=", 1) for change in changes)})


def show(records, kind):
    rows = records.changed(WORKSPACE, kind, "", 1 << 30).records
    for record in records.load(WORKSPACE, kind, [row["id"] for row in rows]):
        print(json.dumps(record))


def plan(acme):
    def look(page):
        print(page.text(limit=5))

    phases = crmsync.Phase.DESCRIBE | crmsync.Phase.EXPORT
    with acme.job(phases, dry_run=True, review=True) as job:
        job.run(review=look)


def sync(acme):
    with acme.job(crmsync.Phase.SYNC, actor="sync.py") as job:
        print(json.dumps(job.run()))


def main(config, db, command, *args):
    records = SqlRecords(db)
    if command in ("load", "set", "show"):
        return {"load": load, "set": edit, "show": show}[command](records, *args)
    with open(config, encoding="utf-8") as file:
        settings = crmsync.Config(file.read())
    environment = crmsync.SystemEnvironment({"1": sealing_key(db + ".key")})
    with crmsync.Engine(state=SqlState(db), records=records, transport=PlainHttp(),
                        environment=environment, lease=60) as engine:
        acme = engine.workspace(WORKSPACE, settings)
        if command == "secret":
            acme.set_secret("client_secret", sys.stdin.read().strip())
        elif command == "login":
            print(acme.authorize_url())
        elif command == "connect":
            acme.connect(*args)
            print("connected to org", acme.connection().org_id)
        else:
            {"plan": plan, "sync": sync}[command](acme)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except crmsync.CrmSyncError as error:
        sys.exit(f"sync.py: {error}")
