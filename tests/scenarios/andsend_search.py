"""Andsend, continued: searches checked against Salesforce, switches, rights, quotas, lost answers."""
from __future__ import annotations

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"}],
    "Contact": [{"LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"}],
    "Lead": [{"LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
}

story = Story("Andsend: searches, switches, limits")
with scene("andsend", SEED, {}) as (org, andsend):
    andsend.connect()
    andsend.sync()

    def look(*keys: dict[str, str]) -> list[dict[str, object]]:
        org.pass_time(3)
        with andsend.workspace.job(crmsync.Phase.LOOKUP, keys=list(keys)) as job:
            job.run()
            rows = job.rows()
        assert rows is not None
        return [dict(row) for row in rows.to_dicts()]

    with story.promise("N-22, N-24", "search results tell whether lead, contact and account are there, each apart"):
        before = org.ask("usage")["rows_created"]
        ada, grace, nobody = look({"email": "ada@acme.example"}, {"email": "grace@navy.example"},
                                  {"email": "nobody@nowhere.example"})
        assert (ada["contact"], ada["lead"]) == ("exists", "absent"), ada
        assert (grace["contact"], grace["lead"]) == ("absent", "exists"), grace
        assert (nobody["contact"], nobody["lead"]) == ("absent", "absent"), nobody
        assert org.ask("usage")["rows_created"] == before and andsend.all("person") == []

    with story.promise("N-23", "a search that failed says unknown, never absent"):
        org.switch("object_hidden", "Lead")
        row, = look({"email": "grace@navy.example"})
        assert row["lead"] == "unknown", row
        org.switch("object_hidden", "off")

    with story.promise("N-06, J-04", "the switch for prospect data keeps everything out, and forgets nothing"):
        andsend.has("person", {"id": "p1", "email": "p1@switch.example", "last_name": "One", "company": "Switch"})
        andsend.change_settings(data_sync=False)
        try:
            andsend.sync()
        except crmsync.CrmSyncError:
            pass
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'p1@switch.example'")
        andsend.change_settings(data_sync=True)
        andsend.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'p1@switch.example'")

    with story.promise("N-14, N-16", "each field can be changed to another one of Salesforce, which is enriched"):
        andsend.change_settings(objects={"Lead": {"fields": [
            {"local": "last_name", "remote": "LastName", "policy": "fill"},
            {"local": "email", "remote": "Email", "policy": "fill"},
            {"local": "company", "remote": "Company", "policy": "fill"},
            {"local": "job_title", "remote": "Description", "policy": "fill"}]}})
        andsend.has("person", {"id": "p1", "job_title": "Head of Switches"})
        andsend.sync()
        lead = org.one("SELECT Title, Description FROM Lead WHERE Email = 'p1@switch.example'")
        assert (lead["Title"], lead["Description"]) == (None, "Head of Switches"), lead

    with story.promise("N-09, N-26", "a lost answer makes no second prospect"):
        org.ask("fault", {"kind": "reset_after", "on": "POST /services/data/v60.0/ui-api/records", "count": 1})
        andsend.has("person", {"id": "p2", "email": "p2@lost.example", "last_name": "Two", "company": "Lost"})
        andsend.sync()
        andsend.sync()
        assert len(org.query("SELECT Id FROM Lead WHERE Email = 'p2@lost.example'")) == 1

    with story.promise("N-27", "the org's quota is respected: a run pauses, and goes on when there is room"):
        org.switch("api_used", "99990")
        andsend.has("person", {"id": "p3", "email": "p3@quota.example", "last_name": "Three", "company": "Quota"})
        try:
            andsend.sync()
        except crmsync.CrmSyncError as refused:
            assert refused.remedy, refused
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'p3@quota.example'")
        org.switch("api_used", "0")
        org.pass_time(25 * 3600)
        andsend.change_settings()  # the next day's process
        andsend.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'p3@quota.example'")

    with story.promise("N-13, N-11", "an Account that exists is found, and its prospect hangs on it"):
        andsend.change_settings(export={"mode": "contacts"})
        accounts = org.count("Account")
        andsend.has("person", {"id": "p4", "email": "p4@acme.example", "last_name": "Four", "company": "Acme"})
        andsend.sync()
        four = org.one("SELECT Account.Name FROM Contact WHERE Email = 'p4@acme.example'")
        assert four["Account"]["Name"] == "Acme Ltd" and org.count("Account") == accounts

story.end()
