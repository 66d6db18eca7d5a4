#!/usr/bin/env python3
"""Run the example crmsync-sync against the simulated org: both ways, thrice, and every exit code.

usage: check_sync.py CRMSYNC_SYNC CRMSYNC_ORGSIM SOURCE_ROOT
"""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PEOPLE = 60
OUTCOMES = ("created", "updated", "unchanged", "skipped", "held", "failed", "unknown")
COMMANDS = ("load", "edit", "activity", "connect", "import", "plan", "apply", "sync", "log",
            "explain", "report", "disconnect")


class Org:
    """The simulated org as a server."""

    def __init__(self, program, seed):
        self.process = subprocess.Popen(
            [program, "--port", "0", "--seed", seed, "--exit-with-parent"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        self.url = line.split()[-1]
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with self.opener.open(urllib.request.Request(f"{self.url}/_orgsim/{path}", data=data),
                              timeout=30) as answer:
            return json.load(answer)

    def query(self, soql):
        answer = self.ask("query?q=" + urllib.parse.quote(soql))
        return answer["records"] if isinstance(answer, dict) else answer

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


class Host:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.report = os.path.join(folder, "runs.jsonl")

    def argv(self, *args, db="host.db", config="config.json"):
        return [self.program, "--db", os.path.join(self.folder, db),
                "--config", os.path.join(self.folder, config), "--report", self.report, *args]

    def run(self, *args, wants=(0,), **files):
        done = subprocess.run(self.argv(*args, **files), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                              timeout=240)
        assert done.returncode in wants, (args, done.returncode, done.stdout, done.stderr)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        assert "\033" not in done.stdout + done.stderr, "colours without a terminal"
        return done.stdout + done.stderr

    def last(self):
        with open(self.report, encoding="utf-8") as file:
            return json.loads(file.read().splitlines()[-1])


def adds_up(run):
    """Every record read has exactly one outcome."""
    flows = [key[:-len(".input")] for key in run if key.endswith(".input")]
    for flow in flows:
        total = sum(run.get(f"{flow}.{outcome}", 0) for outcome in OUTCOMES)
        assert total == run[flow + ".input"], (flow, run)
    return flows


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def check_calls_that_fail(host):
    for command in COMMANDS:
        told = host.run(command, "--help", config="missing.json")
        assert told.startswith(f"usage: crmsync-sync {command}"), told
    assert "exit codes" in host.run("--help")
    host.run(wants=(2,))
    host.run("fly", wants=(2,))
    host.run("sync", "--fast", wants=(2,))
    host.run("edit", "person", wants=(2,))
    host.run("load", wants=(2,))
    host.run("load", "--people", os.path.join(host.folder, "nowhere.jsonl"), wants=(2,))
    host.run("sync", config="missing.json", wants=(6,))
    with open(os.path.join(host.folder, "bad.json"), "w", encoding="utf-8") as file:
        file.write('{"version":1,"matsch":{}}')
    told = host.run("sync", config="bad.json", wants=(6,))
    assert "matsch" in told and "match" in told, told
    with open(os.path.join(host.folder, "bad.db"), "w", encoding="utf-8") as file:
        file.write("this is not a database, however long one looks at it\n" * 40)
    host.run("sync", db="bad.db", wants=(5,))
    assert "remedy" in host.run("plan", db="empty.db", wants=(3,))
    host.run("explain", "person", "nobody", db="empty.db", wants=(9,))
    open(os.path.join(host.folder, "lax.db.key"), "wb").write(b"k" * 32)
    os.chmod(os.path.join(host.folder, "lax.db.key"), 0o644)
    assert "chmod" in host.run("sync", db="lax.db", wants=(5,))


def check_connect(host, org):
    """By the listener: what a browser would do, and a stray request before it."""
    process = subprocess.Popen(host.argv("connect"), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    text = ""
    while "Waiting for the browser" not in text:
        line = process.stdout.readline()
        assert line, text
        text += line
    login = re.search(r"http://\S+authorize\S+", text).group(0)
    callback = re.search(r"browser at (\S+)", text).group(1)
    try:
        org.opener.open(callback.replace("/callback", "/favicon.ico"), timeout=30)
        raise AssertionError("the listener took a stray request for the redirect")
    except urllib.error.HTTPError as error:
        assert error.code == 404
    with org.opener.open(login + "&orgsim_allow=1", timeout=30) as page:
        assert b"Connected" in page.read()
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and "connected to org" in rest, rest
    key = os.stat(os.path.join(host.folder, "host.db.key"))
    assert stat.S_IMODE(key.st_mode) == 0o600 and key.st_size == 32


def check_plan(host, org):
    before = org.ask("usage")
    told = host.run("plan", "--first", "3")
    after = org.ask("usage")
    assert "All operations of this plan" in told and told.count("\n  + ") >= 3, told
    for rows in ("rows_created", "rows_updated", "rows_deleted"):
        assert before[rows] == after[rows], (rows, before, after)
    return {(m[2], m[3]): int(m[1]) for m in
            re.finditer(r"^ +(\d+)  (\w+) +(\w+) ", told, re.M)}


def check_apply(host, org, people, planned):
    host.run("apply", wants=(0, 1))
    run = host.last()
    flows = adds_up(run)
    assert {"export.Account", "export.Contact", "export.Lead"} <= set(flows), flows
    for thing in ("Account", "Contact", "Lead"):
        assert planned.get(("create", thing), 0) == run.get(f"export.{thing}.created", 0), thing
    held = {}
    for thing in ("Lead", "Contact"):
        for row in org.query(f"SELECT Id, Email FROM {thing} WHERE Email != null"):
            held.setdefault((thing, row["Email"].lower()), []).append(row["Id"])
    for person in people:
        mail, status = person["email"].lower(), person["status"]
        found = held.get(("Lead", mail), []) + held.get(("Contact", mail), [])
        if status not in ("Unsubscribed", "Parked") and "@" in mail and person["company"]:
            assert found, person


def first_contact(org, people):
    known = {p["email"].lower(): p for p in people}
    for row in org.query("SELECT Id, Email, Title FROM Contact WHERE Email != null"):
        person = known.get(row["Email"].lower())
        if person and row.get("Title"):
            yield person, row


def check_both_sides(host, org, people):
    pairs = list(first_contact(org, people))
    assert len(pairs) >= 3, pairs
    (ours, _), (theirs, row), (gone, lost) = pairs[0], pairs[1], pairs[2]
    host.run("edit", "person", ours["id"], "title=Head of Tests")
    org.ask("update", {"id": row["Id"], "fields": {"Title": "Chief Tester"}})
    org.ask("delete", {"id": lost["Id"]})
    time.sleep(2.1)  # stamps are in seconds, and a sync reads up to the last whole one
    told = host.run("sync", "--changes", wants=(0, 1))
    adds_up(host.last())
    assert "Head of Tests" in told and "Chief Tester" in told and "deactivate" in told, told
    mail = urllib.parse.quote(ours["email"].lower(), safe="@.-")
    titles = [r["Title"] for r in org.query(f"SELECT Title FROM Contact WHERE Email = '{mail}'")]
    assert "Head of Tests" in titles, titles

    host.run("sync", wants=(0, 1))
    run = host.last()
    adds_up(run)
    assert run.get("writes.crm", 0) == 0 and run.get("writes.local", 0) == 0, run
    return ours, theirs, gone


def check_memory(host, ours, theirs, gone):
    told = host.run("log", "--id", theirs["id"], "--since", "10m")
    assert "Chief Tester" in told and "changed in Salesforce" in told, told
    rows = [json.loads(line) for line in host.run("log", "--json", "--limit", "20000").splitlines()]
    assert any(r["id"] == gone["id"] and r["operation"] == "deactivate" for r in rows)
    assert any(f["new"] == "Head of Tests" for r in rows if r["id"] == ours["id"]
               for f in r.get("fields", []))
    assert host.run("log", "--since", str(int(time.time()) + 60)) == ""
    host.run("log", "--since", "yesterday", wants=(2,))
    told = host.run("explain", "person", ours["id"])
    assert "step by step:" in told and "Contact: linked before: " in told, told
    assert "in Salesforce: Contact" in told and "Head of Tests" in told, told
    assert json.loads(host.run("explain", "person", ours["id"], "--json"))["id"] == ours["id"]


def check_interruption(host, org):
    """Ctrl-C while the org is silent; the next run goes on at once."""
    org.ask("fault", {"kind": "stall_before", "on": "/services/data", "count": 1})
    process = subprocess.Popen(host.argv("sync"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 7 and "cancelled" in told, (process.returncode, told)
    org.ask("fault", {"kind": "none"})
    started = time.monotonic()
    host.run("sync", wants=(0, 1))
    assert time.monotonic() - started < 60, "the lease of the interrupted run was not given back"


def main():
    program, simulator, root = sys.argv[1:4]
    sys.path.insert(0, os.path.join(root, "examples"))
    sys.dont_write_bytecode = True
    import demo_org

    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        made = os.path.join(root, "examples", "data", "make_people.py")
        subprocess.run([sys.executable, made, "--people", path("people.jsonl"), "--companies-out",
                        path("companies.jsonl"), "--org", path("org.json"), "--count", str(PEOPLE)],
                       check=True)
        subprocess.run([sys.executable, made.replace("people.py", "activities.py"), "--people",
                        path("people.jsonl"), "--activities", path("activities.jsonl"),
                        "--count", "20"], check=True)
        people = demo_org.read_lines(path("people.jsonl"))
        org = Org(simulator, path("org.json"))
        host = Host(program, folder)
        try:
            config = os.path.join(root, "examples", "configs", "demo.json")
            demo_org.write_config(org.url, folder, config)
            with open(path("config.json"), encoding="utf-8") as file:
                text = file.read()
            with open(path("config.json"), "w", encoding="utf-8") as file:
                file.write(text.replace("127.0.0.1:8765", f"127.0.0.1:{free_port()}"))
            check_calls_that_fail(host)
            host.run("load", "--people", path("people.jsonl"), "--companies", path("companies.jsonl"))
            with open(path("secret"), "w", encoding="utf-8") as file:
                file.write("orgsim-secret\n")
            told = host.run("connect", "--play-browser", "--client-secret-file", path("secret"))
            assert "connected to org" in told
            check_connect(host, org)
            told = host.run("preflight")
            assert "pass  api" in told and "fail" not in told, told
            host.run("import")
            adds_up(host.last())
            planned = check_plan(host, org)
            check_apply(host, org, people, planned)
            host.run("activity", path("activities.jsonl"))
            time.sleep(2.1)
            host.run("sync", wants=(0, 1))
            flows = adds_up(host.last())
            assert any(flow.startswith("activities.") for flow in flows), flows
            check_memory(host, *check_both_sides(host, org, people))
            check_interruption(host, org)
            told = host.run("report", host.report)
            assert "API calls" in told and "same e-mail address" in told, told
            calls = sum(run.get("api.calls", 0) for run in demo_org.read_lines(host.report))
            seen = org.ask("usage")["api_calls"]  # not the one that was silent
            assert calls - 1 == seen, (calls, seen)
            assert "disconnected" in host.run("disconnect")
            host.run("sync", wants=(3,))
            host.run("connect", "--play-browser")
        finally:
            org.stop()
        host.run("sync", wants=(4,))


if __name__ == "__main__":
    main()
