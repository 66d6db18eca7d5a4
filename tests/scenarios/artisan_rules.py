"""Artisan, continued: which way things flow, statuses, stamps, activities, mappings, secrets."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example", "Industry": "Banking"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"}],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
    "Opportunity": [{"Name": "Rollout", "AccountId": "@acme", "StageName": "Prospecting", "CloseDate": "2027-03-31",
                     "Amount": 5000}],
    "Task": [{"Subject": "Somebody's own", "Status": "Completed"}],
}
SETTINGS = {"objects": {"Lead": {"status": {"values": {"No response": "Open - Not Contacted",
                                                       "Neutral": "Working - Contacted"}}}}}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Artisan: directions, statuses, stamps")
with scene("artisan", SEED, SETTINGS) as (org, artisan):
    with story.promise("A-01", "a step taken too early says which one is missing"):
        try:
            artisan.sync()
            raise AssertionError("synced without a connection")
        except crmsync.NotPossibleNowError as refused:
            assert "not connected" in str(refused) and refused.remedy, refused
    artisan.connect()
    artisan.sync()

    with story.promise("A-27, A-60", "users, accounts, people and deals are there"):
        assert len(artisan.all("user")) >= 5 and artisan.get("company", name="Acme Ltd")["industry"] == "Banking"

    with story.promise("A-23", "leads and contacts flow both ways"):
        for thing, email in (("Contact", "ada@acme.example"), ("Lead", "grace@navy.example")):
            row = org.one(f"SELECT Id FROM {thing} WHERE Email = '{email}'")["Id"]
            org.update(row, Title="From there")
            mine = artisan.get("person", email=email)["id"]
            artisan.has("person", {"id": mine, "phone": "+1 202 555 0100"})
            artisan.sync()
            assert artisan.get("person", id=mine)["job_title"] == "From there"
            assert org.one(f"SELECT Phone FROM {thing} WHERE Id = '{row}'")["Phone"] == "+1 202 555 0100"

    with story.promise("A-24", "accounts flow both ways"):
        acme = org.one("SELECT Id FROM Account")["Id"]
        org.update(acme, Industry="Media")
        mine = artisan.get("company", name="Acme Ltd")["id"]
        artisan.has("company", {"id": mine, "country": "Norway"})
        artisan.sync()
        assert artisan.get("company", id=mine)["industry"] == "Media"
        assert org.one(f"SELECT BillingCountry FROM Account WHERE Id = '{acme}'")["BillingCountry"] == "Norway"

    with story.promise("A-18, A-25, D-12", "deals only come in"):
        deal = artisan.get("opportunity", name="Rollout")
        org.update(org.one("SELECT Id FROM Opportunity")["Id"], StageName="Qualification")
        artisan.sync()
        assert artisan.get("opportunity", id=deal["id"])["stage"] == "Qualification"
        artisan.has("opportunity", {"id": deal["id"], "stage": "Closed Won"})
        artisan.sync()
        assert org.one("SELECT StageName FROM Opportunity")["StageName"] == "Qualification"

    with story.promise("A-26", "activities only go out"):
        assert artisan.all("activity") == [] and artisan.all("crm_activity") == []

    with story.promise("A-31, A-79", "activities are logged as they happen, ahead of the records' schedule"):
        ada = artisan.get("person", email="ada@acme.example")["id"]
        artisan.has("activity", {"id": "a1", "kind": "email", "subject": "Hello", "person_id": ada, "at": NOON})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert org.one("SELECT Status FROM Task WHERE Subject LIKE '%Hello%'")["Status"] == "Completed"

    with story.promise("U-18", "an edited activity changes its record; it is never logged twice"):
        artisan.has("activity", {"id": "a1", "subject": "Hello again"})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert len(org.query("SELECT Id FROM Task WHERE Subject LIKE '%Hello%'")) == 1
        assert org.one("SELECT Subject FROM Task WHERE Subject LIKE '%Hello%'")["Subject"].endswith("Hello again")

    with story.promise("U-17", "an activity of somebody who is not in Salesforce yet waits, and is not lost"):
        artisan.has("activity", {"id": "a2", "kind": "call", "subject": "Early bird", "person_id": "late", "at": NOON})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert not org.query("SELECT Id FROM Task WHERE Subject LIKE '%Early%'")
        artisan.has("person", {"id": "late", "email": "late@new.example", "last_name": "Late", "company": "New",
                               "status": "Neutral"})
        artisan.sync()
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert org.one("SELECT Id FROM Task WHERE Subject LIKE '%Early%'")

    lead = org.one("SELECT Id, Status FROM Lead WHERE Email = 'late@new.example'")
    with story.promise("A-69", "what a rep has moved on is not set back"):
        assert lead["Status"] == "Working - Contacted", lead
        org.update(lead["Id"], Status="Closed - Not Converted")
        artisan.has("person", {"id": "late", "status": "No response"})
        artisan.sync()
        artisan.sync()
        assert org.one(f"SELECT Status FROM Lead WHERE Id = '{lead['Id']}'")["Status"] == "Closed - Not Converted"

    with story.promise("A-72", "any field takes the stamp"):
        artisan.change_settings(export={"stamp": {"field": "Description", "value": "Made by Artisan", "when": "create",
                                                  "objects": ["Lead"]}})
        artisan.has("person", {"id": "s1", "email": "s1@stamp.example", "last_name": "One", "company": "Stamp",
                               "status": "Neutral"})
        artisan.sync()
        assert org.one("SELECT Description FROM Lead WHERE Email = 's1@stamp.example'")["Description"] == "Made by Artisan"

    with story.promise("U-07", "records that were there before are not stamped then"):
        grace = artisan.get("person", email="grace@navy.example")["id"]
        artisan.has("person", {"id": grace, "website": "navy.example"})
        artisan.sync()
        row = org.one("SELECT Website, Description FROM Lead WHERE Email = 'grace@navy.example'")
        assert row["Website"] and row["Description"] is None, row

    with story.promise("A-50, A-51, A-52", "each object has a mapping of its own, from any field to any other"):
        artisan.change_settings(objects={"Lead": {"fields": [
            {"local": "last_name", "remote": "LastName"}, {"local": "email", "remote": "Email"},
            {"local": "company", "remote": "Company"}, {"local": "city", "remote": "City"}]}})
        artisan.has("person", {"id": "s1", "city": "Oslo"}, {"id": ada, "city": "Paris"})
        artisan.sync()
        assert org.one("SELECT City FROM Lead WHERE Email = 's1@stamp.example'")["City"] == "Oslo"
        assert org.one("SELECT MailingCity FROM Contact WHERE Email = 'ada@acme.example'")["MailingCity"] is None

    with story.promise("A-39", "a bulk export follows the setting, a manual one says what it wants"):
        artisan.has("person", *({"id": f"k{i}", "email": f"k{i}@bulk.example", "last_name": "Bulk", "company": "Bulk",
                                 "status": "Neutral" if i % 2 else "Interested"} for i in range(6)))
        artisan.sync()
        assert len(org.query("SELECT Id FROM Lead WHERE LastName = 'Bulk'")) == 3
        assert len(org.query("SELECT Id FROM Contact WHERE LastName = 'Bulk'")) == 3

    with story.promise("U-15", "a contact is never moved to another account"):
        elsewhere = org.insert("Account", Name="Elsewhere", Website="elsewhere.example")
        row = org.one("SELECT Id FROM Contact WHERE Email = 'ada@acme.example'")["Id"]
        org.update(row, AccountId=elsewhere)
        artisan.sync()
        artisan.has("person", {"id": ada, "company": "Acme Ltd", "website": "acme.example", "status": "Interested"})
        artisan.sync()
        assert org.one(f"SELECT AccountId FROM Contact WHERE Id = '{row}'")["AccountId"] == elsewhere

    with story.promise("A-91", "no token and no secret stands in the log or in what is told of a record"):
        told = repr(artisan.workspace.log().to_dicts()) + repr(artisan.workspace.explain("person", ada)) \
            + repr(artisan.workspace.runs().to_dicts()) + repr(artisan.workspace.connection())
        assert "orgsim-secret" not in told and "00D" + "!" not in told and "Bearer" not in told

story.end()
