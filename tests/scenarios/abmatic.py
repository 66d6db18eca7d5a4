"""Abmatic AI: account-based marketing. Anonymous visitors become pipeline."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [
        {"_ref": "acme", "Name": "Acme Ltd", "Website": "https://www.acme.example/about", "Industry": "Banking"},
        {"Name": "Globex", "Website": "globex.example"},
    ],
    "Contact": [
        {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"},
        {"FirstName": "Dup", "LastName": "One", "Email": "dup@globex.example"},
        {"FirstName": "Dup", "LastName": "Two", "Email": "dup@globex.example"},
    ],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
    "Opportunity": [{"Name": "Acme rollout", "AccountId": "@acme", "StageName": "Prospecting",
                     "CloseDate": "2027-03-31", "Amount": 5000, "Type": "New Customer"}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Abmatic AI")
with scene("abmatic", SEED, {}) as (org, abmatic):
    with story.promise("B-01", "connecting ends with the status Active"):
        abmatic.connect()
        assert abmatic.workspace.connection().state == crmsync.ConnectionState.CONNECTED

    with story.promise("B-20, B-29", "one can begin with a look: a dry run writes nothing"):
        abmatic.has("company", {"id": "c1", "name": "Globex Corp", "website": "https://shop.GLOBEX.example/",
                                "employees": 1200})
        counts = abmatic.sync(crmsync.Phase.DESCRIBE | crmsync.Phase.IMPORT, dry_run=True)
        assert counts["import.Contact.created"] >= 2 and abmatic.all("person") == []

    with story.promise("B-09, B-10, B-13, B-33", "accounts, contacts, leads and opportunities come in"):
        abmatic.sync()
        emails = {p["work_email"] for p in abmatic.all("person")}
        assert {"ada@acme.example", "grace@navy.example"} <= emails
        assert abmatic.get("company", name="Acme Ltd")["industry"] == "Banking"
        assert abmatic.get("opportunity", name="Acme rollout")["type"] == "New Customer"

    with story.promise("B-93, B-94", "of duplicates one id leads, the others are kept for reference and told"):
        told = [row for row in abmatic.workspace.duplicates("person").to_dicts() if row["object"] == "Contact"]
        assert {row["role"] for row in told} == {"primary", "also"}, told

    with story.promise("B-11, B-45, B-49, B-50, B-51", "accounts match by domain, however it is written"):
        assert abmatic.get("company", id="c1")["crm_id"] == org.one("SELECT Id FROM Account WHERE Name = 'Globex'")["Id"]
        assert org.one("SELECT NumberOfEmployees FROM Account WHERE Name = 'Globex'")["NumberOfEmployees"] == 1200

    with story.promise("B-61", "Fill touches empty fields only"):
        acme = org.one("SELECT Id, Industry FROM Account WHERE Name = 'Acme Ltd'")
        mine = abmatic.get("company", name="Acme Ltd")
        abmatic.has("company", {"id": mine["id"], "industry": "Media", "country": "Norway"})
        abmatic.sync()
        row = org.one(f"SELECT Industry, BillingCountry FROM Account WHERE Id = '{acme['Id']}'")
        assert row["Industry"] == "Banking" and row["BillingCountry"] == "Norway", row

    with story.promise("B-27, B-39", "a newly revealed visitor is pushed as a Lead"):
        abmatic.has("person", {"id": "v1", "work_email": "hedy@lamarr.example", "first_name": "Hedy",
                               "last_name": "Lamarr", "company": "Lamarr Inc"})
        abmatic.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'hedy@lamarr.example'")

    with story.promise("B-34", "pushing by hand chooses Lead or Contact"):
        abmatic.has("person", {"id": "v2", "work_email": "joan@acme.example", "last_name": "Clarke",
                               "company": "Acme"})
        abmatic.workspace.enqueue("person", ["v2"], manual=True, contact=True)
        abmatic.sync()
        joan = org.one("SELECT Account.Name FROM Contact WHERE Email = 'joan@acme.example'")
        assert joan["Account"]["Name"] == "Acme Ltd"

    with story.promise("B-37, B-109", "what Salesforce requires is asked for before anything is sent"):
        abmatic.has("person", {"id": "v3", "work_email": "nameless@lamarr.example", "company": "Lamarr Inc"})
        abmatic.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'nameless@lamarr.example'")
        assert abmatic.why("person", "v3") == "required_missing", abmatic.why("person", "v3")

    with story.promise("B-35", "an update of chosen fields touches these alone"):
        v1 = abmatic.get("person", work_email="hedy@lamarr.example")
        abmatic.has("person", {"id": v1["id"], "phone": "+1 202 555 0100", "job_title": "Inventor"})
        abmatic.workspace.enqueue("person", [v1["id"]], fields=["phone"])
        abmatic.sync(crmsync.Phase.EXPORT, limit=1)
        row = org.one("SELECT Phone, Title FROM Lead WHERE Email = 'hedy@lamarr.example'")
        assert row["Phone"] == "+1 202 555 0100" and row["Title"] is None, row

    with story.promise("B-72, B-73, B-74", "visits, personalization and forms stand as Tasks"):
        visit = {"kind": "website_visit", "person_id": "v1", "visit_id": "s1"}
        abmatic.has("activity",
                    {"id": "w1", "url": "https://abm.example/", "at": NOON, **visit},
                    {"id": "w2", "url": "https://abm.example/pricing", "at": NOON + timedelta(minutes=2), **visit},
                    {"id": "f1", "kind": "form_submission", "subject": "Demo", "person_id": "v1", "at": NOON},
                    {"id": "x1", "kind": "personalization", "subject": "Banner", "campaign": "Spring",
                     "variation": "B", "person_id": "v1", "at": NOON})
        abmatic.sync(crmsync.Phase.ACTIVITIES)
        tasks = org.query("SELECT Subject, Description FROM Task")
        assert len(tasks) == 3, tasks
        visit_text = next(t["Description"] for t in tasks if t["Subject"] == "Website visit")
        assert "https://abm.example/pricing" in visit_text, visit_text

    with story.promise("B-98, B-99, B-100, B-101, B-102", "the log tells when, what, which record and which "
                       "fields"):
        row = next(r for r in abmatic.workspace.log(operation="create", object="Lead").to_dicts())
        assert row["time"] and row["crm_id"].startswith("00Q") and "LastName" in row["fields"]

    with story.promise("B-106", "'why does this record not sync' has an answer in words"):
        told = abmatic.workspace.explain("person", "v3")
        assert told["reason"] == "required_missing" and told["remedy"]

story.end()
