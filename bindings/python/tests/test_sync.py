"""The example program against the simulated org, over HTTP; and a job's progress, review and cancel."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request
from datetime import datetime, timezone

import crmsync

ROOT = os.environ["SOURCE_ROOT"]
EXAMPLE = os.path.join(ROOT, "examples", "python")
sys.path[:0] = [EXAMPLE, os.path.join(ROOT, "examples")]
sys.dont_write_bytecode = True

import demo_org
import plain_http
import sql_records
import sql_state

OUTCOMES = ("created", "updated", "unchanged", "skipped", "held", "failed", "unknown")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
COUNT = 60


class Org(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = cls.holder.name
        cls.addClassCleanup(cls.holder.cleanup)
        make = os.path.join(ROOT, "examples", "data", "make_people.py")
        subprocess.run([sys.executable, make, "--people", cls.path("people.jsonl"), "--companies-out",
                        cls.path("companies.jsonl"), "--org", cls.path("org.json"), "--count", str(COUNT)],
                       check=True, stdout=subprocess.DEVNULL)
        cls.org = subprocess.Popen(
            [os.environ["ORGSIM_SERVER"], "--port", "0", "--seed", cls.path("org.json"),
             "--exit-with-parent"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)
        cls.url = cls.org.stdout.readline().split()[-1]
        demo_org.write_config(cls.url, cls.folder, os.path.join(ROOT, "examples", "configs", "demo.json"))
        cls.run_example("load", "company", cls.path("companies.jsonl"))
        cls.run_example("load", "person", cls.path("people.jsonl"))
        cls.run_example("secret", given="orgsim-secret\n")
        login = cls.run_example("login").strip()
        cls.run_example("connect", cls.redirect(login))

    @classmethod
    def stop(cls):
        cls.org.terminate()
        cls.org.wait(30)
        cls.org.stdout.close()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def redirect(cls, login):
        """What a browser would do: press Allow, and be sent back to an address that nobody serves."""
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args):
                return None

        browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        try:
            browser.open(login + "&orgsim_allow=1", timeout=30)
        except urllib.error.HTTPError as answer:
            return answer.headers["Location"]
        raise AssertionError("the org sent nobody back")

    @classmethod
    def run_example(cls, *args, given=""):
        done = subprocess.run([sys.executable, "-B", os.path.join(EXAMPLE, "sync.py"), cls.path("config.json"),
                               cls.path("host.db"), *args], input=given, text=True, timeout=200,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def query(self, soql):
        answer = demo_org.ask(self.url, "query?q=" + urllib.parse.quote(soql))
        return answer["records"] if isinstance(answer, dict) else answer

    def adds_up(self, run):
        flows = [key[:-len(".input")] for key in run if key.endswith(".input")]
        for flow in flows:
            self.assertEqual(sum(run.get(f"{flow}.{o}", 0) for o in OUTCOMES), run[flow + ".input"], flow)
        return flows

    def engine(self, **changed):
        with open(self.path("host.db.key"), "rb") as file:
            environment = crmsync.SystemEnvironment({"1": file.read()})
        hooks = {"state": sql_state.SqlState(self.path("host.db")),
                 "records": sql_records.SqlRecords(self.path("host.db")),
                 "transport": plain_http.PlainHttp(), "environment": environment, "lease": 60}
        return crmsync.Engine(**{**hooks, **changed})

    def workspace(self, engine):
        with open(self.path("config.json"), encoding="utf-8") as file:
            return engine.workspace("acme", crmsync.Config(file.read()))

    def test_1_export_and_import(self):
        self.assertIn("create", self.run_example("plan"))
        before = demo_org.ask(self.url, "usage")
        run = json.loads(self.run_example("sync"))
        after = demo_org.ask(self.url, "usage")
        self.assertLessEqual({"import.Contact", "export.Contact", "export.Lead"}, set(self.adds_up(run)))
        self.assertGreater(after["rows_created"], before["rows_created"])
        held = {r["Email"].lower() for thing in ("Lead", "Contact")
                for r in self.query(f"SELECT Email FROM {thing} WHERE Email != null")}
        for person in demo_org.read_lines(self.path("people.jsonl")):
            if person["status"] not in ("Unsubscribed", "Parked") and "@" in person["email"] and person["company"]:
                self.assertIn(person["email"].lower(), held)

    def test_2_both_sides_change_and_then_all_is_quiet(self):
        people = {p["email"].lower(): p for p in demo_org.read_lines(self.path("people.jsonl"))}
        pairs = [(people[r["Email"].lower()], r) for r in
                 self.query("SELECT Id, Email, Title FROM Contact WHERE Email != null")
                 if r["Email"].lower() in people and r.get("Title")]
        (ours, _), (theirs, row) = pairs[:2]
        self.run_example("set", "person", ours["id"], "title=Head of Tests")
        demo_org.ask(self.url, "update", {"id": row["Id"], "fields": {"Title": "Chief Tester"}})
        time.sleep(2.1)  # stamps are in seconds, and a sync reads up to the last whole one
        self.adds_up(json.loads(self.run_example("sync")))
        titles = [r["Title"] for r in self.query("SELECT Title FROM Contact")]
        self.assertIn("Head of Tests", titles)
        here = {r["id"]: r for r in map(json.loads, self.run_example("show", "person").splitlines())}
        self.assertEqual(here[theirs["id"]]["title"], "Chief Tester")
        time.sleep(2.1)
        self.run_example("sync")
        quiet = json.loads(self.run_example("sync"))
        self.assertEqual((quiet.get("writes.crm", 0), quiet.get("writes.local", 0)), (0, 0), quiet)
        with self.engine() as engine:
            acme = self.workspace(engine)
            self.assertEqual(acme.explain("person", ours["id"])["id"], ours["id"])
            log = acme.log(kind="person", id=theirs["id"]).to_dicts()
            self.assertTrue(any("Chief Tester" in (r["fields"] or "") for r in log), log)

    def test_2a_audiences_look_ups_and_lists(self):
        with open(self.path("config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config["audiences"] = [{"name": "everybody", "object": "Lead", "soql": "SELECT Id FROM Lead"},
                               {"name": "gone", "object": "Lead", "list_view": "No_Such_View"}]
        config["suppression"] = {"lists": ["everybody"], "opportunities": {"scope": "off"}}
        mail = self.query("SELECT Email FROM Lead WHERE Email != null LIMIT 1")[0]["Email"]
        with self.engine() as engine, engine.workspace("acme", crmsync.Config(json.dumps(config))) as acme:
            run = acme.run(crmsync.Phase.AUDIENCE)
            self.adds_up(run)
            self.assertEqual((run["audience.Lead.updated"], run["audience.Lead.failed"]), (1, 1))
            told = acme.audience("everybody")
            self.assertEqual((told.state, told.members), (crmsync.AudienceState.FRESH, run["audience.Lead.members"]))
            self.assertEqual(acme.audience("gone").state, crmsync.AudienceState.ERROR)
            self.assertEqual({r["name"] for r in acme.audiences().to_dicts()}, {"everybody", "gone"})
            page = acme.audience_members("everybody", limit=5).to_dicts()
            self.assertEqual({r["change"] for r in page}, {"member"})
            self.assertEqual(len(acme.audience_members("everybody", since=told.token)), 0)
            linked = next(r for r in acme.audience_members("everybody", limit=10000).to_dicts() if r["id"])
            checked = acme.suppression([{"id": linked["id"]}, {"id": "stranger"}]).check(
                [{"id": linked["id"]}, {"id": "stranger"}], now=datetime.now(timezone.utc)).to_dicts()
            self.assertEqual([r["verdict"] for r in checked], ["suppressed", "clear"])
            acme.forget_audience("gone")
            with acme.job(crmsync.Phase.LOOKUP, keys=[{"id": "a", "email": mail},
                                                      {"id": "b", "email": "x@nobody.example"}]) as job:
                job.run()
                found = job.rows().to_dicts()
            self.assertEqual([(r["lead"], r["contact"]) for r in found], [("exists", "absent"), ("absent", "absent")])
            match = acme.match_account([{"id": "v", "domain": "nobody.example"}]).to_dicts()
            self.assertEqual((match[0]["id"], match[0]["crm_id"]), ("v", None))
            with acme.job(crmsync.Phase.IMPORT, dry_run=True, limit=3,
                          source={"object": "Lead", "soql": "SELECT Id FROM Lead"}) as job:
                run = job.run()
                self.assertEqual(len(job.rows()), 3)
                self.assertEqual(run["source.total"], told.members)

    def test_3_a_job_tells_its_progress_and_takes_a_review(self):
        seen, pages = [], []

        def review(plan):
            for op in plan:
                plan.exclude(op)
            pages.append((plan, len(plan)))

        with self.engine() as engine, self.workspace(engine) as acme:
            with acme.job(crmsync.Phase.DESCRIBE | crmsync.Phase.EXPORT, review=True, all=True) as job:
                run = job.run(on_progress=seen.append, review=review)
                self.assertTrue(job.run_id)
                self.assertEqual(job.count("api.calls"), run.get("api.calls", 0))
            self.assertEqual(run.get("writes.crm", 0), 0)
            self.assertTrue(any(p.phase == crmsync.Phase.EXPORT for p in seen))
            self.assertGreater(sum(n for _, n in pages), COUNT // 2)
            with self.assertRaises(crmsync.NotPossibleNowError):
                len(pages[0][0])

    def test_3_what_stands_twice_is_listed(self):
        row = next(r for r in self.query("SELECT Id, Email FROM Contact WHERE Email != null"))
        demo_org.ask(self.url, "insert", {"object": "Lead", "fields": {
            "LastName": "Twice", "Company": "Twice", "Email": row["Email"]}})
        time.sleep(2.1)
        self.run_example("sync")
        with self.engine() as engine, self.workspace(engine) as acme:
            told = acme.duplicates("person")
            self.assertEqual(told.fields, ["id", "object", "crm_id", "role", "state"])
            here = next(r["id"] for r in told if r["crm_id"] == row["Id"])
            roles = {(r["object"], r["role"], r["state"]) for r in told if r["id"] == here}
            self.assertEqual(roles, {("Contact", "primary", "live"), ("Lead", "also", "live")})
            self.assertEqual(len({r["id"] for r in acme.duplicates("person", limit=1)}), 1)
            with self.assertRaises(crmsync.ConfigError):
                acme.duplicates("")

    def test_3_what_ran_is_told(self):
        with self.engine() as engine, self.workspace(engine) as acme:
            self.assertEqual(acme.run(crmsync.Phase.DESCRIBE).get("export.Lead.input", 0), 0)
            runs = list(acme.runs(limit=2))
            self.assertEqual(len(runs), 2)
            self.assertEqual((runs[0]["state"], runs[0]["phase"]), ("done", "describe"))
            self.assertEqual(len(acme.runs(run=runs[0]["run"])), 1)
            self.assertEqual(len(acme.runs(state="no such")), 0)
            self.assertGreater(int(list(acme.usage())[0]["runs"]), 1)
            self.assertEqual(acme.requeue(kind="no such"), 0)
            self.assertEqual(len(acme.dead_letters(kind="no such")), 0)
            acme.forget("person", "never seen")
            done = next(r["run"] for r in acme.runs(limit=100) if r["undo"])
            plans = list(acme.undo_plans(done, limit=20))
            self.assertTrue(any(len(p) for p in plans))
            dry = acme.run(crmsync.Phase.APPLY, plan=plans[0], dry_run=True)
            self.assertEqual(sum(n for key, n in dry.items() if key.startswith("apply.")
                                 and key.endswith(".input")), len(plans[0]))
            with self.assertRaises(crmsync.ConfigError):
                acme.run(crmsync.Phase.APPLY)
            self.assertIn("export", {r["phase"] for r in acme.due()})
            self.assertFalse(acme.push(["p"], what="engagement"))
            with self.assertRaises(crmsync.ConfigError):
                acme.push(["p"], what="nothing")
            self.assertEqual(acme.feed(json.dumps({"replayId": "7", "payload": {"ChangeEventHeader": {
                "entityName": "Pet__c", "changeType": "UPDATE", "recordIds": []}}}), channel="c"), 0)
            self.assertEqual(acme.replay("c"), "7")
            total = list(acme.estimate(people=1000))[-1]
            self.assertEqual(total["phase"], "total")
            acme.pause("audit")
            with self.assertRaises(crmsync.NotPossibleNowError):
                acme.run(crmsync.Phase.EXPORT)
            acme.resume()
            acme.trim(datetime(2020, 1, 1, tzinfo=timezone.utc))
            self.assertGreater(len(acme.runs()), 1)

    def test_4_another_thread_cancels(self):
        waiting = threading.Event()

        class Slow(plain_http.PlainHttp):
            def send(self, request):
                waiting.set()
                time.sleep(0.2)
                return super().send(request)

        with self.engine(transport=Slow()) as engine, self.workspace(engine) as acme:
            with acme.job(all=True) as job:
                thread = threading.Thread(target=lambda: (waiting.wait(30), job.cancel()))
                thread.start()
                with self.assertRaises(crmsync.CancelledError):
                    job.run()
                thread.join()

    def test_4_ctrl_c_is_noticed_while_libcurl_waits(self):
        if not crmsync.has("curl"):
            self.skipTest("built without libcurl")
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        demo_org.ask(self.url, "fault", {"kind": "stall_before", "on": "/services/data", "count": 1})
        timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
        try:
            with crmsync.CurlTransport() as http, self.engine(transport=http) as engine:
                timer.start()
                begin = time.monotonic()
                with self.assertRaises(KeyboardInterrupt):
                    self.workspace(engine).run(all=True)
                self.assertLess(time.monotonic() - begin, 10)
        finally:
            timer.cancel()
            demo_org.ask(self.url, "fault", {"kind": "none"})

    def test_5_exceptions_of_transport_and_records_come_out_the_same(self):
        for exc in (OSError("cable cut"), KeyboardInterrupt()):
            class Broken(plain_http.PlainHttp):
                def send(self, request):
                    raise exc

            class Closed(sql_records.SqlRecords):
                def changed(self, *args):
                    raise exc

            class Several:
                poll = resume = cancel = lambda *args: None

                def start(self, request, sink):
                    raise exc

            for hooks in ({"transport": Broken()}, {"transport": Several()}, {"records": Closed(self.path("host.db"))}):
                with self.engine(**hooks) as engine, self.workspace(engine) as acme:
                    with self.assertRaises(type(exc)) as caught:
                        acme.run(all=True)
                    self.assertIs(caught.exception, exc)

    def test_6_the_adapters_do_the_same_job(self):
        if not (crmsync.has("curl") and crmsync.has("sqlite")):
            self.skipTest("built without libcurl or SQLite")
        with crmsync.SqliteStore(self.path("other.db")) as db, crmsync.CurlTransport() as http:
            with open(self.path("people.jsonl"), "rb") as file:
                db.put("acme", crmsync.Rows.from_jsonl("person", file.read()))
            key = crmsync.PosixEnvironment(seal_key=b"k" * 32)
            with crmsync.Engine(state=db, records=db, transport=http, environment=key) as engine:
                acme = self.workspace(engine)
                acme.set_secret("client_secret", "orgsim-secret")
                acme.connect(self.redirect(acme.authorize_url()))
                now = acme.connection()
                self.assertEqual(now.state, crmsync.ConnectionState.CONNECTED)
                self.assertEqual((now.org_name, now.edition, now.enabled, now.mapped),
                                 ("Simulated Org", "Enterprise Edition", True, True))
                self.assertIn("refresh_token", now.scopes)
                with acme.job(crmsync.Phase.PREFLIGHT) as job:
                    job.run()
                    found = {row["id"]: row["state"] for row in job.preflight().to_dicts()}
                self.assertEqual(found["api"], "pass")
                acme.set_other_crm("hubspot", True)
                acme.set_other_crm("hubspot", False)
                self.adds_up(acme.run(crmsync.Phase.DESCRIBE | crmsync.Phase.IMPORT))
                acme.disconnect()
                with self.assertRaises(crmsync.NotPossibleNowError):
                    acme.run()
                acme.disconnect(purge=True)
                self.assertEqual(acme.connection().state, crmsync.ConnectionState.NONE)
                self.assertEqual(len(acme.log()), 0)
            self.assertGreaterEqual(len(db.get("acme", "person")), COUNT)

    def test_7_a_connection_that_the_org_revoked_is_an_auth_error(self):
        with self.engine() as engine, self.workspace(engine) as acme:
            acme.disconnect()
            with self.assertRaises(crmsync.CrmSyncError) as caught:
                acme.run()
            self.assertIn(type(caught.exception), (crmsync.AuthError, crmsync.NotPossibleNowError))


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
