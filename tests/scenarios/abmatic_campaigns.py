"""Abmatic AI, continued: campaigns, list views, reports and queries, review, errors, undoing, monitoring."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example", "Type": "Customer"},
                {"Name": "Globex", "Website": "globex.example"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"}],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
    "Campaign": [{"_ref": "spring", "Name": "Spring", "IsActive": True}],
    "CampaignMemberStatus": [{"CampaignId": "@spring", "Label": label} for label in ("Converted", "Qualified")],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Abmatic AI: campaigns, sources, review, errors")
with scene("abmatic", SEED, {}) as (org, abmatic):
    org.switch("list_view", "Account.Customers=Type = 'Customer'")
    org.switch("report", "People=SELECT Id FROM Contact")
    abmatic.connect()

    with story.promise("B-06, B-07, C-12", "a right that is missing is named before anything runs"):
        def failing() -> set[str]:
            with abmatic.workspace.job(crmsync.Phase.PREFLIGHT) as job:
                job.run()
                return {row["subject"] for row in job.preflight().to_dicts() if row["state"] == "fail"}
        assert failing() == {"integration@example.com"}, "who writes campaigns has to be a marketing user"
        org.switch("api_user", "MarketingUser=on")
        assert failing() == set(), failing()
        org.switch("object_right", "Lead.create=off")
        assert any("Lead" in subject for subject in failing())
        org.switch("object_right", "Lead.create=on")

    with story.promise("B-28, B-89, B-125", "a list view is a source: previewed, then imported, and nothing else"):
        view = {"object": "Account", "list_view": "Customers"}
        counts = abmatic.sync(crmsync.Phase.IMPORT, source=view, dry_run=True)
        assert counts["source.total"] == 1 and abmatic.all("company") == []
        abmatic.sync(crmsync.Phase.IMPORT, source=view)
        assert [c["name"] for c in abmatic.all("company")] == ["Acme Ltd"]

    with story.promise("B-91, B-30", "a query is a source, accounts before the contacts that belong to them"):
        abmatic.sync(crmsync.Phase.IMPORT, source={
            "object": "Contact", "soql": "SELECT Id FROM Contact WHERE Account.Name = 'Acme Ltd'"})
        ada = abmatic.get("person", work_email="ada@acme.example")
        assert ada["account_id"] == abmatic.get("company", name="Acme Ltd")["id"]

    with story.promise("B-90, B-32", "a report is a source, and what is there already comes no second time"):
        report = org.report("People")
        abmatic.sync(crmsync.Phase.IMPORT, source={"object": "Contact", "report": report})
        assert len(abmatic.all("person")) == 1

    with story.promise("B-15, B-78", "campaigns come in, under their Salesforce ids"):
        abmatic.sync()
        campaign = org.one("SELECT Id FROM Campaign")["Id"]
        spring = abmatic.get("campaign", name="Spring")["id"]
        assert abmatic.workspace.explain("campaign", spring)["crm"][0]["id"] == campaign

    def member() -> str:
        return str(org.one("SELECT Status FROM CampaignMember WHERE ContactId != null")["Status"])

    def happens(id: str, event: str, minutes: int, **more: str) -> None:
        abmatic.has("engagement", {"id": id, "campaign_id": campaign, "person_id": ada["id"], "event": event,
                                   "at": NOON + timedelta(minutes=minutes), **more})
        abmatic.sync()

    with story.promise("B-80", "added to a campaign: Sent"):
        happens("e1", "added", 0)
        assert member() == "Sent"
    with story.promise("B-81", "viewed a personalized page: Responded"):
        happens("e2", "viewed_page", 1)
        assert member() == "Responded"
    with story.promise("B-82", "sent a form: Converted"):
        happens("e3", "form", 2, form_type="newsletter")
        assert member() == "Converted"
    with story.promise("B-83", "asked for a demo: Qualified"):
        happens("e4", "form", 3, form_type="demo")
        assert member() == "Qualified"
    with story.promise("U-09, B-84", "and never back, nor twice"):
        happens("e5", "viewed_page", 4)
        assert member() == "Qualified"

    with story.promise("B-79", "what changes of a member in Salesforce comes in"):
        row = org.one("SELECT Id FROM CampaignMember WHERE ContactId != null")["Id"]
        assert abmatic.get("campaign_member", status="Qualified")
        org.update(row, Status="Responded")
        abmatic.sync()
        assert abmatic.get("campaign_member", status="Responded")

    with story.promise("B-87", "revenue is shared out over the touches, first-touch and multi-touch"):
        touches = [{"id": "a", "campaign_id": campaign, "at": NOON - timedelta(days=3)},
                   {"id": "b", "campaign_id": campaign, "at": NOON - timedelta(days=1)}]
        first = crmsync.attribute("100.01", touches, crmsync.AttributionModel.FIRST, converted=NOON)
        linear = crmsync.attribute("100.01", touches, crmsync.AttributionModel.LINEAR, converted=NOON)
        for shares in (first, linear):
            assert sum(Decimal(row["amount"]) for row in shares) == Decimal("100.01"), shares

    with story.promise("B-36", "changes are reviewed, and what is excluded is not written"):
        abmatic.has("person",
                    {"id": "r1", "work_email": "r1@review.example", "last_name": "One", "company": "Review"},
                    {"id": "r2", "work_email": "r2@review.example", "last_name": "Two", "company": "Review"})
        org.pass_time(3)
        def look(plan: crmsync.Plan) -> None:
            for op in plan:
                if op.local_id == "r2":
                    plan.exclude(op)
        with abmatic.workspace.job(crmsync.Phase.EXPORT, review=True) as job:
            job.run(review=look)
        assert [r["Email"] for r in org.query("SELECT Email FROM Lead WHERE Company = 'Review'")] == ["r1@review.example"]

    with story.promise("B-116, B-103, B-111", "what a validation rule refuses is told in its words, with a remedy"):
        org.switch("validation", "Lead.Phone!=null:A phone is needed")
        abmatic.has("person", {"id": "x1", "work_email": "x1@rules.example", "last_name": "One", "company": "Rules"})
        abmatic.sync()
        letter = abmatic.workspace.dead_letters(kind="person", id="x1").to_dicts()[0]
        assert "A phone is needed" in letter["message"] and letter["remedy"], letter
        assert letter["code"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"

    with story.promise("B-116", "and it is not sent again until the record changes"):
        counts = abmatic.sync(crmsync.Phase.EXPORT)
        assert counts.get("writes.crm", 0) == counts.get("export.Lead.failed", 0) == 0, counts
        abmatic.has("person", {"id": "x1", "phone": "+1 202 555 0101"})
        abmatic.sync()
        org.switch("validation", "off")
        assert org.one("SELECT Id FROM Lead WHERE Email = 'x1@rules.example'")

    with story.promise("B-110, B-118", "a field that is hidden costs that field, not the record"):
        org.switch("field_hidden", "Lead.Title")
        abmatic.has("person", {"id": "h1", "work_email": "h1@hidden.example", "last_name": "One", "company": "Hidden",
                               "job_title": "Ghost"})
        abmatic.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'h1@hidden.example'")
        org.switch("field_hidden", "off")

    with story.promise("B-97, B-113", "a duplicate rule that refuses leads to the record that is there"):
        org.switch("duplicate_rule", "Lead.Phone=block")
        there = org.insert("Lead", LastName="One", Company="Twin", Phone="+1 202 555 0177")
        abmatic.has("person", {"id": "d1", "work_email": "d1@twin.example", "last_name": "One", "company": "Twin",
                               "phone": "+1 202 555 0177"})
        abmatic.sync(crmsync.Phase.EXPORT)
        assert len(org.query("SELECT Id FROM Lead WHERE Company = 'Twin'")) == 1
        assert abmatic.workspace.explain("person", "d1")["crm"][0]["id"] == there
        org.switch("duplicate_rule", "off")

    with story.promise("C-14", "a run is taken back"):
        run = abmatic.workspace.runs(limit=1).to_dicts()[0]["run"]
        firm = abmatic.get("company", name="Acme Ltd")["id"]
        abmatic.has("company", {"id": firm, "country": "Norway"})
        org.pass_time(3)
        with abmatic.workspace.job(crmsync.Phase.EXPORT) as job:
            job.run()
            run = job.run_id
        assert org.one("SELECT BillingCountry FROM Account WHERE Name = 'Acme Ltd'")["BillingCountry"] == "Norway"
        for plan in list(abmatic.workspace.undo_plans(run)):
            abmatic.sync(crmsync.Phase.APPLY, plan=plan)
        assert org.one("SELECT BillingCountry FROM Account WHERE Name = 'Acme Ltd'")["BillingCountry"] is None

    with story.promise("B-23", "what is due by the schedule is told: accounts again a day after the last time"):
        due = abmatic.workspace.due().to_dicts()
        row = next(r for r in due if r["object"] == "Account" and r["phase"] == "import")
        assert not row["due"] and row["why"] == "interval", row
        assert timedelta(hours=23) < row["next"] - datetime.now(timezone.utc) < timedelta(hours=25), row

    with story.promise("B-26", "calls are counted by day"):
        day = abmatic.workspace.usage().to_dicts()[0]
        assert any(value for name, value in day.items() if "calls" in name), day

    with story.promise("B-117", "the sync can be paused, and goes on"):
        abmatic.workspace.pause("a data load")
        abmatic.has("person", {"id": "z1", "work_email": "z1@pause.example", "last_name": "Z", "company": "Pause"})
        try:
            abmatic.sync()
        except crmsync.CrmSyncError as refused:
            assert "a data load" in str(refused), refused
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'z1@pause.example'")
        abmatic.workspace.resume()
        abmatic.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'z1@pause.example'")

    with story.promise("B-48, B-92", "a visitor's domain finds its account without a call"):
        before = org.calls()
        row = abmatic.workspace.match_account([{"domain": "www.acme.example"}]).to_dicts()[0]
        assert row["crm_id"] == org.one("SELECT Id FROM Account WHERE Name = 'Acme Ltd'")["Id"], row
        assert org.calls() == before

story.end()
