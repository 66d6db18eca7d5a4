"""What needs no store and no network: keys, rows, configurations, plans, words, errors."""
import contextlib
import datetime
import gc
import io
import json
import os
import re
import sys
import threading
import time
import unittest
from decimal import Decimal

import crmsync
from crmsync import Config, Normalizer, Plan, Rows, SalesforceId, words
from crmsync._crmsync import lib

ROOT = os.environ["SOURCE_ROOT"]
PERSON = {"id": "p1", "email": "ada@acme.example", "first_name": "Ada", "last_name": "L",
          "company": "Acme", "status": "New"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def demo_config():
    return Config(read("examples", "configs", "demo.json"))


class Words(unittest.TestCase):
    def test_every_constant_of_the_headers_has_its_member(self):
        prefixes = {"CRMSYNC_E_": words.Code, "CRMSYNC_CLASS_": words.ErrorClass,
                    "CRMSYNC_DIRECTION_": words.Direction, "CRMSYNC_OUTCOME_": words.Outcome,
                    "CRMSYNC_OP_": words.OpKind, "CRMSYNC_LOG_": words.LogLevel,
                    "CRMSYNC_CONNECTION_": words.ConnectionState, "CRMSYNC_WANT_": words.WantKind,
                    "CRMSYNC_COMMIT_": words.CommitOutcome, "CRMSYNC_HTTP_BODY_": words.BodyVerdict,
                    "CRMSYNC_CASE_": words.CaseResult, "CRMSYNC_AUDIENCE_": words.AudienceState, "CRMSYNC_PHASE_": words.Phase,
                    "CRMSYNC_ATTRIBUTION_": words.AttributionModel, "CRMSYNC_SOURCE_": words.SourceKind,
                    "CRMSYNC_CHANNEL_": words.Channel}
        for prefix, enum in prefixes.items():
            ours = {member.name: int(member) for member in enum.__members__.values()}
            theirs = {name[len(prefix):]: getattr(lib, name) for name in dir(lib) if name.startswith(prefix)}
            if enum is words.Code:
                theirs["OK"] = 0
            self.assertEqual(ours, theirs, prefix)
        http = {m.name: int(m) for m in words.HttpOutcome}
        self.assertEqual(http, {name: getattr(lib, "CRMSYNC_HTTP_" + name) for name in http})

    def test_a_number_of_a_newer_library_is_a_member(self):
        unknown = words.Outcome(99)
        self.assertEqual((int(unknown), unknown.name), (99, "UNKNOWN_99"))

    def test_reasons_tell_their_words(self):
        reason = crmsync.Reason.by_name("create_no_match")
        self.assertEqual((int(reason), reason.outcome), (200, crmsync.Outcome.CREATED))
        self.assertTrue(reason.text)
        with self.assertRaises(KeyError):
            crmsync.Reason.by_name("because")


class Keys(unittest.TestCase):
    def test_vectors(self):
        keys = Normalizer()
        ask = {"email": keys.email, "domain": keys.domain, "company": keys.company, "host": keys.host,
               "id18": keys.id, "id": keys.id, "freemail": keys.is_freemail,
               "shared_host": keys.is_shared_host}
        seen = 0
        for name in ("cases.jsonl", "more.jsonl"):
            for line in read("tests", "vectors", "normalize", name).splitlines():
                row = json.loads(line)
                self.assertEqual(ask[row["kind"]](row["input"]), row["expected"], row)
                seen += 1
        self.assertGreater(seen, 100)

    def test_a_configuration_names_options(self):
        config = Config({"version": 1, "match": {"keep_subdomains": True, "freemail_add": ["mail.example"]}})
        self.assertEqual(config.normalizer().domain("shop.acme.com"), "shop.acme.com")
        self.assertTrue(config.normalizer().is_freemail("mail.example"))

    def test_options_reach_the_library(self):
        keys = Normalizer(freemail_add=["mail.example"], freemail_remove=["gmail.com"],
                          legal_form_add=["gmbh test"], keep_subdomains=True)
        self.assertTrue(keys.is_freemail("mail.example"))
        self.assertFalse(keys.is_freemail("gmail.com"))
        self.assertEqual(keys.domain("shop.acme.com"), "shop.acme.com")
        with self.assertRaises(crmsync.ConfigError):
            Normalizer(freemail_add=["not a domain"])


class Records(unittest.TestCase):
    def test_what_goes_in_comes_out(self):
        record = {"id": "p1", "name": "Zoë\n\"x\"", "vip": True, "none": None, "n": Decimal("1.10"),
                  "born": datetime.date(1815, 12, 10), "crm": SalesforceId("003000000000001AAA"),
                  "at": datetime.datetime(2024, 2, 29, 12, 0, 0, 5000, tzinfo=datetime.timezone.utc)}
        rows = Rows("person", [record])
        self.assertEqual(rows.to_dicts(), [record])
        self.assertIsInstance(rows[0]["crm"], SalesforceId)
        self.assertEqual(str(rows[0]["n"]), "1.10")

    def test_absent_is_not_null(self):
        rows = Rows("person", [{"id": "1", "a": None}, {"id": "2"}])
        self.assertEqual(rows.to_dicts(), [{"id": "1", "a": None}, {"id": "2"}])

    def test_typed_records_may_follow_plain_ones_and_bring_fields(self):
        rows = Rows("person", [{"id": "1", "n": 7}])
        rows.append({"id": "2", "born": datetime.date(2000, 1, 1)})
        rows.append({"id": "3", "n": 2.5})
        self.assertEqual([r.get("n") for r in rows], [7, None, Decimal("2.5")])
        self.assertEqual(rows[-2]["born"], datetime.date(2000, 1, 1))
        self.assertEqual(rows.fields, ["id", "n", "born"])

    def test_bad_values_are_refused(self):
        for value in ([1], {"a": 1}, object(), float("nan"), datetime.datetime(2020, 1, 1)):
            with self.assertRaises((TypeError, ValueError), msg=repr(value)):
                Rows("person", [{"id": "1", "x": value}])
        with self.assertRaises(crmsync.ConfigError) as caught:
            Rows.from_jsonl("person", '{"id":"1"}\n{"id":')
        self.assertEqual(caught.exception.where, "line 2")
        with self.assertRaises(IndexError):
            Rows("person")[0]


class Configurations(unittest.TestCase):
    def test_dump_parses_to_an_equal_configuration(self):
        config = demo_config()
        again = Config.parse(config.dump())
        self.assertEqual((config, config.digest), (again, again.digest))
        self.assertNotEqual(config, Config({"version": 1}))

    def test_an_unknown_member_is_told_with_where_and_remedy(self):
        with self.assertRaises(crmsync.ConfigError) as caught:
            Config({"version": 1, "matsch": {}})
        e = caught.exception
        self.assertEqual((e.code, e.error_class, e.where),
                         (crmsync.Code.INVALID, crmsync.ErrorClass.CONFIG, "/matsch"))
        self.assertIn("match", e.remedy)
        self.assertIsInstance(e, ValueError)
        self.assertIsNone(e.retry_after)

    def test_lint_finds_what_the_org_does_not_have(self):
        schema = crmsync.Schema({"objects": [{"name": "Contact", "fields": []}]})
        found = demo_config().lint(schema)
        self.assertTrue(any(f.severity == crmsync.LogLevel.ERROR and f.where.startswith("/") for f in found))
        with self.assertRaises(crmsync.CrmSyncError):
            crmsync.Schema().add_describe("{")


class Plans(unittest.TestCase):
    def plan(self, people=(PERSON,), **kwds):
        return crmsync.decide_people(demo_config(), people, **kwds)

    def test_a_new_person_is_created(self):
        op = self.plan()[0]
        self.assertEqual((op.crm_op, op.object, op.local_id, op.reason.name),
                         (crmsync.OpKind.CREATE, "Lead", "p1", "create_no_match"))
        status = {f.remote: f for f in op.fields}["Status"]
        self.assertEqual((status.crm_new, status.local_new), ("Open - Not Contacted", crmsync.UNTOUCHED))

    def test_a_known_person_is_found(self):
        held = {"Lead": [{"Id": SalesforceId("00Q000000000001AAA"), "Email": "ADA@acme.example"}]}
        op = self.plan(candidates=held)[0]
        self.assertEqual((op.crm_id, op.rule.name), ("00Q000000000001AAA", "match_email"))

    def test_all_of_a_plan_is_read_at_once_as_one_by_one(self):
        people = [{**PERSON, "id": f"p{i}", "email": f"a{i}@acme.example"} for i in range(1200)]
        held = {"Lead": [{"Id": SalesforceId("00Q000000000001AAA"), "Email": "a7@acme.example"},
                         {"Id": SalesforceId("00Q000000000002AAA"), "Email": "a7@acme.example"}]}
        plan = self.plan(people, candidates=held)
        ops = list(plan)
        self.assertEqual([op.index for op in ops], list(range(1200)))
        for index in (0, 7, 499, 500, 1199):
            self.assertEqual(ops[index], plan[index])
        self.assertEqual([(o.object, o.id, o.state) for o in ops[7].others],
                         [("Lead", "00Q000000000001AAA", "live"), ("Lead", "00Q000000000002AAA", "live")])
        self.assertEqual({op.local_id: op.fields for op in plan}["p3"], plan[3].fields)

    def test_an_update_is_explained_and_taken_back(self):
        held = {"Lead": [{"Id": SalesforceId("00Q000000000001AAA"), "Email": "ada@acme.example",
                          "Company": None, "LastName": None}]}
        plan = self.plan(candidates=held)
        written = {f.remote: f.crm_new for f in plan[0].fields if f.crm_new is not crmsync.UNTOUCHED}
        told = plan.explain(0)
        self.assertEqual((told["steps"][1]["step"], told["steps"][1]["reason"]), ("match", "match_email"))
        self.assertEqual({s["remote"] for s in told["steps"] if s.get("answer") == "written"}, set(written))
        back = plan.inverse()
        self.assertEqual(back[0].reason.name, "update_fields")
        now = {"Lead": [{"Id": SalesforceId("00Q000000000001AAA"), **written}]}
        self.assertEqual(back.recheck(now), 0)
        now["Lead"][0] = {name: "other" for name in written} | {"Id": SalesforceId("00Q000000000001AAA")}
        self.assertEqual(back.recheck(now), 1)
        self.assertEqual((back[0].outcome, back[0].reason.name), (crmsync.Outcome.SKIPPED, "stale"))

    def test_what_is_taken_out_while_going_through_is_seen(self):
        plan = self.plan([PERSON, {**PERSON, "id": "p2", "email": "bob@acme.example"}])
        seen = []
        for op in plan:
            seen.append(op.excluded)
            plan.exclude(1)
        self.assertEqual(seen, [False, True])

    def test_excluding_is_kept_by_json(self):
        plan = self.plan([PERSON, {**PERSON, "id": "p2", "email": "bob@acme.example"}])
        plan.exclude(plan[1])
        again = Plan.from_json(plan.to_json())
        self.assertEqual([op.excluded for op in again], [False, True])
        self.assertEqual(again.to_json(), plan.to_json())
        self.assertIn("ada@acme.example", plan.text())
        self.assertEqual(sum(row["count"] for row in plan.summary()), 2)
        with self.assertRaises(crmsync.ConfigError):
            Plan.from_json("{}")

    def test_other_threads_run_while_the_library_decides(self):
        rows, config = Rows("person", [{**PERSON, "id": f"p{i}", "email": f"a{i}@acme.example"}
                                       for i in range(5000)]), demo_config()
        ticks, done = [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.perf_counter())

        thread = threading.Thread(target=tick)
        thread.start()
        try:
            begin = time.perf_counter()
            crmsync.decide_people(config, rows)
            end = time.perf_counter()
        finally:
            done.set()
            thread.join()
        # Held, the GIL would leave a gap as long as the call.
        inside = [begin, *(t for t in ticks if begin < t < end), end]
        self.assertLess(max(b - a for a, b in zip(inside, inside[1:])), (end - begin) / 2)

    def test_a_record_without_id_is_refused(self):
        with self.assertRaises(crmsync.CrmSyncError):
            self.plan([{"email": "x@y.example"}])

    def test_nothing_is_left_behind(self):
        if "asan" in os.environ.get("LD_PRELOAD", ""):
            self.skipTest("AddressSanitizer keeps freed memory for a while")

        def once():
            self.plan([PERSON] * 20).to_json()
            Rows("person", [PERSON] * 50).to_dicts()
            try:
                Config({"version": 1, "x": 1})
            except crmsync.ConfigError:
                pass

        def resident():
            gc.collect()
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * 4096

        for _ in range(50):
            once()
        before = resident()
        for _ in range(300):
            once()
        self.assertLess(resident() - before, 4 << 20)


class Paper(unittest.TestCase):
    def test_the_code_of_the_paper_runs(self):
        blocks = re.findall(r"```python\n(.*?)```", read("docs", "python.md"), re.S)
        self.assertGreater(len(blocks), 3)
        for block in blocks:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block, "docs/python.md", "exec"), {})


class Decisions(unittest.TestCase):
    """The vectors of the decide layer, those that remember nothing: no links, no owners, no options."""

    ASKED = {"name", "requirement", "config", "people", "companies", "candidates", "count", "expect"}
    NOW = datetime.datetime.fromtimestamp(1795000000, datetime.timezone.utc)

    @classmethod
    def setUpClass(cls):
        text = read("tests", "vectors", "schema", "standard.json")
        cls.schema = crmsync.Schema(text)
        cls.types = {o["name"]: {f["name"]: f["type"] for f in o["fields"]} for o in json.loads(text)["objects"]}

    def typed(self, kind, record):
        """What JSON has no form for, as the org's schema says."""
        out = {}
        for name, value in record.items():
            type_ = self.types.get(kind, {}).get(name)
            if isinstance(value, str) and type_ in ("id", "reference"):
                value = SalesforceId(value)
            elif isinstance(value, str) and (type_ == "datetime" or name in ("SystemModstamp", "CreatedDate")):
                value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            out[name] = value
        return out

    def shown(self, value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, datetime.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return "<not written>" if value is crmsync.UNTOUCHED else value if value is None else str(value)

    def check_op(self, op, want):
        have = {"outcome": op.outcome.name.lower(), "reason": op.reason.name, "rule": op.rule and op.rule.name,
                "crm_op": op.crm_op.name.lower(), "local_op": op.local_op.name.lower(), "object": op.object,
                "crm_id": op.crm_id, "detail": op.detail, "link": op.link}
        self.assertEqual({name: have[name] for name in have if name in want},
                         {name: want[name] for name in have if name in want})
        fields = {field.remote: field for field in op.fields}
        for remote, field in want.get("fields", {}).items():
            if field is None:
                self.assertNotIn(remote, fields)
                continue
            self.assertEqual(self.shown(fields[remote].crm_new), field.get("crm", "<not written>"), remote)
            self.assertEqual(fields[remote].reason.name, field.get("reason", fields[remote].reason.name), remote)

    def check_case(self, configs, case):
        config = case["config"]
        plan = crmsync.decide_people(
            Config(configs[config] if isinstance(config, str) else config), case["people"],
            companies=case.get("companies"), schema=self.schema, now=self.NOW,
            candidates={kind: [self.typed(kind, r) for r in found]
                        for kind, found in case.get("candidates", {}).items()})
        for want in case["expect"]:  # further records of a person come after the primary one
            self.check_op(next(op for op in plan if (op.local_id == want["id"] if "id" in want
                                                     else op.crm_id == want["of_crm"])), want)

    def test_vectors(self):
        ran = 0
        for name in sorted(os.listdir(os.path.join(ROOT, "tests", "vectors", "decide"))):
            told = json.loads(read("tests", "vectors", "decide", name))
            for case in told["cases"] if name != "truth.json" else ():
                # Offline, companies that are given are exported as well, so a link alone becomes an update.
                if set(case) <= self.ASKED and not case["name"].startswith("J-20 the external id finds"):
                    with self.subTest(case["name"]):
                        self.check_case(told["configs"], case)
                        ran += 1
        self.assertGreater(ran, 40)


class Matching(unittest.TestCase):
    PEOPLE = ({"id": "1", "email": "ada@acme.com"}, {"id": "2", "email": " Ada@ACME.com "},
              {"id": "3", "email": "ada at acme"}, {"id": "4", "email": None})

    def test_what_stands_in_the_way_is_counted(self):
        told = [(r["check"], r["field"], r["count"], r["first"])
                for r in crmsync.quality(Config({"version": 1}), self.PEOPLE)]
        self.assertEqual(told, [
            ("email_missing", "email", 1, "4"), ("email_not_valid", "email", 1, "3"),
            ("email_not_normal", "email", 1, "2"), ("email_duplicate", "email", 1, "2")])

    def test_rows_bring_their_kind(self):
        accounts = Rows("Account", [{"Id": "001000000000001AAA", "Name": "Acme"},
                                    {"Id": "001000000000002AAA", "Name": "Acme GmbH"}])
        told = crmsync.quality(Config({"version": 1}), accounts).to_dicts()
        self.assertEqual([(r["check"], r["first"]) for r in told], [("name_duplicate", "001000000000002AAA")])
        with self.assertRaises(crmsync.ConfigError):
            crmsync.quality(Config({"version": 1}), self.PEOPLE, kind="campaign")


class Owners(unittest.TestCase):
    def test_whoever_has_no_member_is_told(self):
        users = [{"Id": "005000000000001AAA", "Name": "Ann", "Email": "ann@acme.com", "IsActive": True},
                 {"Id": "005000000000002AAA", "Name": "Bob", "Email": "bob@acme.com", "IsActive": True}]
        told = crmsync.owner_report(Config({"version": 1}), users,
                                    owned=[{"OwnerId": "005000000000002AAA", "object": "Lead", "records": 3},
                                           {"OwnerId": "00G000000000001EAA", "object": "Lead"}],
                                    members=[{"id": "m1", "email": "Ann@acme.com"}])
        self.assertEqual([(r["finding"], r["name"], r["records"]) for r in told],
                         [("unmapped", "Bob", 3), ("queue", None, 1)])


class Engagement(unittest.TestCase):
    """The vectors of suppression, campaign members and attribution."""

    def cases(self, name):
        cases = json.loads(read("tests", "vectors", "engagement", name + ".json"))["cases"]
        self.assertGreater(len(cases), 20)
        for case in cases:
            with self.subTest(case["name"]):
                if "error" in case:
                    with self.assertRaises(crmsync.CrmSyncError) as caught:
                        self.run_one(name, case)
                    self.assertEqual("CRMSYNC_E_" + caught.exception.code.name, case["error"])
                else:
                    self.run_one(name, case)

    def run_one(self, name, case):
        getattr(self, "run_" + name)(case)

    @staticmethod
    def instant(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None

    def run_suppression(self, case):
        rules = {name: case.get(name, {}) for name in ("suppression", "local")}
        check = crmsync.Suppression(Config({"version": 1, **rules}))
        for source in case["sources"]:
            check.add_source(crmsync.SourceKind[source["kind"].upper()], source["rows"] if "rows" in source else [],
                             name=source.get("name", ""), complete=source.get("complete", True),
                             read=self.instant(source.get("read", case["now"])))
        channels = crmsync.Channel(sum(crmsync.Channel[c.upper()] for c in case.get("channels", ())))
        rows = check.check(case["people"], companies=case.get("companies"), now=self.instant(case["now"]),
                           channels=channels).to_dicts()
        told = ("id", "verdict", "reason", "source", "record", "name", "until")
        self.assertEqual([" | ".join("-" if row[c] is None else str(row[c]) for c in told) for row in rows],
                         case["expect"])
        for row in rows:
            for column, value in case.get("remember", {}).get(row["id"], {}).items():
                self.assertEqual(row[column], value)

    def run_members(self, case):
        plan = crmsync.decide_members(
            Config({"version": 1, "campaigns": case["campaigns"]}), case["engagements"], case["people"],
            statuses=case["statuses"], members=case.get("members", ()), history=case.get("history", ()),
            schema=crmsync.Schema(case["schema"]) if "schema" in case else None)
        self.assertEqual(len(plan), len(case["expect"]))
        for op, want in zip(plan, case["expect"]):
            have = {"outcome": op.outcome.name.lower(), "reason": op.reason.name, "id": op.local_id,
                    "crm_op": op.crm_op.name.lower(), "crm_id": op.crm_id, "others": len(op.others)}
            self.assertEqual({k: have[k] for k in have if k in want}, {k: want[k] for k in have if k in want})
            self.assertEqual({f.remote for f in op.fields if f.crm_new is not crmsync.UNTOUCHED},
                             set(want["fields"]))

    def run_attribution(self, case):
        given = case["conversion"]
        rows = crmsync.attribute(
            given["amount"], case["touches"], crmsync.AttributionModel[given["model"].upper()],
            converted=self.instant(given.get("converted")), lead_created=self.instant(given.get("lead_created")),
            half_life_days=given.get("half_life_days", 7), scale=given.get("scale", 2),
            refuse_late=given.get("late") == "refuse")
        self.assertEqual([[r["id"], str(r["share_ppm"]), str(r["amount"])] for r in rows], case["expect"])

    def test_suppression(self):
        self.cases("suppression")

    def test_members(self):
        self.cases("members")

    def test_attribution(self):
        self.cases("attribution")

    def test_a_verdict_holds_an_export(self):
        config = Config({"version": 1, "extends": "recommended", "export": {"mode": "leads"},
                         "suppression": {"holds_export": True, "opportunities": {"scope": "off"}}})
        check = crmsync.Suppression(config)
        now = self.instant("2026-11-20T12:00:00Z")
        check.add_source(crmsync.SourceKind.LIST, [{"email": PERSON["email"]}], name="Rivals", read=now)
        verdicts = check.check([PERSON], now=now)
        op = crmsync.decide_people(config, [PERSON], verdicts=verdicts)[0]
        self.assertEqual((op.reason.name, op.detail), ("suppressed", "on_list: ada@acme.example"))
        self.assertEqual(crmsync.decide_people(config, [PERSON])[0].reason.name, "create_no_match")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
