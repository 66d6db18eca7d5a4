#!/usr/bin/env python3
"""A long run: a large org is read into SQLite, then both sides change at random and are synced again.

    long.py ORGSIM WORKER [--records N] [--changes N] [--kills N] [--folder DIR]

The org is a process of its own, and so is the worker, which is killed outright on the way and started
again on the same file. At the end every person of the host is compared with the org."""
import argparse
import json
import os
import random
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
CHUNK = 20000


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, what, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_orgsim/{what}", data=data, headers={"Content-Type": "application/json"})
    with OPENER.open(request, timeout=600) as answer:
        return json.load(answer)


def company(i, contacts, accounts):
    """An account and the contacts of it."""
    account = {"_ref": f"a{i}", "Name": f"Company {i}", "Website": f"https://www.c{i}.example"}
    people = [{"LastName": f"Contact{k}", "Email": f"p{k}@c{i}.example", "Title": "Buyer", "AccountId": f"@a{i}"}
              for k in range(i, contacts, accounts)]
    return account, people


def seed(url, records):
    """A fifth are accounts, the rest contacts of theirs and leads."""
    accounts, contacts = records // 5, (records - records // 5) // 2
    for start in range(0, accounts, CHUNK // 4):
        made = [company(i, contacts, accounts) for i in range(start, min(start + CHUNK // 4, accounts))]
        ask(url, "seed", {"Account": [account for account, _ in made],
                          "Contact": [person for _, people in made for person in people]})
    for start in range(0, records - accounts - contacts, CHUNK):
        part = range(start, min(start + CHUNK, records - accounts - contacts))
        ask(url, "seed", {"Lead": [{"LastName": f"Lead{i}", "Email": f"l{i}@lead{i}.example", "Title": "Visitor",
                                    "Company": f"Lead company {i}"} for i in part]})


class Worker:
    def __init__(self, program, config, db):
        self.args = [program, config, db]
        self.calls = self.peak = self.rss = 0

    def run(self, *words):
        return subprocess.run(self.args + list(words), check=True, stdout=subprocess.PIPE, text=True).stdout

    def sync(self, kill_at=None):
        """True: it ran to its end; False: it was killed on the way, after `kill_at` writes."""
        process = subprocess.Popen(self.args + ["sync"], stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            word, rest = line.split(" ", 1)
            if word == "done":
                told = json.loads(rest)
                self.calls += told["calls"]
                self.peak = max(self.peak, told["peak_bytes"])
            elif kill_at is not None and int(rest) >= kill_at:
                process.send_signal(signal.SIGKILL)
                process.wait()
                return False
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.rss = max(self.rss, usage.ru_maxrss)
        if process.returncode:
            raise SystemExit("the worker failed; see its message above")
        return True


def connect(worker):
    page = worker.run("login").strip() + "&orgsim_allow=1"
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(page, timeout=30)
    except urllib.error.HTTPError as answer:
        worker.run("connect", answer.headers["Location"])


def everybody(url):
    """Id to title of every Contact and Lead of the org."""
    told = {}
    for thing in ("Contact", "Lead"):
        last = ""
        while True:
            soql = f"SELECT Id, Title FROM {thing} WHERE Id > '{last}' ORDER BY Id LIMIT 50000" if last else \
                f"SELECT Id, Title FROM {thing} ORDER BY Id LIMIT 50000"
            answer = ask(url, "query?q=" + urllib.parse.quote(soql))
            rows = answer["records"] if isinstance(answer, dict) else answer
            told.update((row["Id"], row["Title"]) for row in rows)
            if len(rows) < 50000:
                break
            last = rows[-1]["Id"]
    return told


def change_org(url, n, ids):
    for i, id in enumerate(random.Random(7).sample(sorted(ids), n)):
        ask(url, "update", {"id": id, "fields": {"Title": f"Org {i}"}})


def compare(url, worker):
    org = everybody(url)
    here = {}
    for line in worker.run("dump").splitlines():
        person = json.loads(line)
        here[person["crm_id"]] = person.get("title")
    wrong = [id for id in org.keys() | here.keys() if org.get(id, "missing") != here.get(id, "missing")]
    if wrong:
        raise SystemExit(f"{len(wrong)} people differ, {wrong[0]}: org {org.get(wrong[0])!r}, "
                         f"host {here.get(wrong[0])!r}")
    return len(org)


def story(url, worker, given):
    clock = time.monotonic
    begun = clock()
    seed(url, given.records)
    print(f"org of {given.records:,} records made in {clock() - begun:.0f} s", flush=True)
    connect(worker)
    begun = clock()
    for kill in range(given.kills):
        at = given.records // (given.kills + 1)
        if not worker.sync(at):
            print(f"  killed after about {at:,} more records; waiting for its lease", flush=True)
    worker.sync()
    took = clock() - begun
    print(f"backfill: {took:.0f} s, {given.records / took:,.0f} records/s, {ask(url, 'usage')['api_calls']} API calls,"
          f" peak of the library {worker.peak / 1e6:.1f} MB, of the process {worker.rss / 1e3:.1f} MB", flush=True)
    print(f"  {compare(url, worker):,} people are equal on both sides", flush=True)
    before = ask(url, "usage")["api_calls"]
    change_org(url, given.changes // 2, everybody(url))
    worker.run("edit", str(given.changes - given.changes // 2), "A")
    ask(url, "clock", {"advance_ms": 3000})
    begun = clock()
    worker.sync()
    took = clock() - begun
    print(f"{given.changes:,} changes: {took:.0f} s, {given.changes / took:,.0f} changes/s, "
          f"{ask(url, 'usage')['api_calls'] - before} API calls, peak of the library {worker.peak / 1e6:.1f} MB",
          flush=True)
    ask(url, "clock", {"advance_ms": 3000})
    worker.sync()
    print(f"  {compare(url, worker):,} people are equal on both sides", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("orgsim")
    options.add_argument("worker")
    options.add_argument("--records", type=int, default=20000)
    options.add_argument("--changes", type=int, default=2000)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--folder")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        org = subprocess.Popen([given.orgsim, "--port", "0", "--exit-with-parent"], stdout=subprocess.PIPE, text=True)
        try:
            url = org.stdout.readline().split()[-1]
            config = {"version": 1, "extends": "recommended",
                      "connection": {"login_host": url, "client_id": "orgsim-client", "allow_loopback_http": True,
                                     "redirect_uri": "https://product.example/back"},
                      "objects": {thing: {"fields": [{"local": "last_name", "remote": "LastName"},
                                                     {"local": "email", "remote": "Email"},
                                                     {"local": "title", "remote": "Title", "policy": "two_way"},
                                                     {"local": "company", "remote": "Company"}][:3 + (thing == "Lead")]}
                                  for thing in ("Contact", "Lead")}}
            path = os.path.join(folder, "config.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(config, file)
            story(url, Worker(given.worker, path, os.path.join(folder, "host.db")), given)
        finally:
            org.terminate()
            org.wait(60)


if __name__ == "__main__":
    main()
