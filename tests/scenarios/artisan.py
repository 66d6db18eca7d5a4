"""Artisan: outbound on top of Salesforce. Its help page, promise by promise."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [
        {"_ref": "acme", "Name": "Acme Ltd", "Website": "https://www.acme.example"},
        {"_ref": "globex", "Name": "Globex Corporation"},
    ],
    "Contact": [
        {"LastName": "Lovelace", "FirstName": "Ada", "Email": "Ada@acme.example", "AccountId": "@acme",
         "Title": "Countess"},
        {"LastName": "Both", "FirstName": "Bea", "Email": "bea@acme.example", "AccountId": "@acme"},
    ],
    "Lead": [
        {"LastName": "Hopper", "FirstName": "Grace", "Email": "grace@navy.example", "Company": "Navy"},
        {"LastName": "Both", "FirstName": "Bea", "Email": "bea@acme.example", "Company": "Acme"},
    ],
    "Opportunity": [
        {"Name": "Acme rollout", "AccountId": "@acme", "StageName": "Prospecting", "CloseDate": "2027-03-31",
         "Amount": 5000},
    ],
}
SETTINGS = {
    "objects": {"Lead": {"status": {"values": {"Interested": "Working - Contacted",
                                               "No response": "Open - Not Contacted"}}}},
    "activities": {"content": True},
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Artisan")
with scene("artisan", SEED, SETTINGS) as (org, artisan):
    with story.promise("A-07", "connecting goes to Salesforce and back, and the connection is approved"):
        artisan.connect()
        assert artisan.workspace.connection().state == crmsync.ConnectionState.CONNECTED

    with story.promise("A-29", "the first sync is a full backfill of leads, contacts, accounts, opportunities"):
        counts = artisan.sync()
        assert counts["import.Contact.created"] == 2 and counts["import.Account.created"] == 2
        assert artisan.get("person", email="grace@navy.example")["last_name"] == "Hopper"
        assert artisan.get("opportunity", name="Acme rollout")["stage"] == "Prospecting"

    with story.promise("A-43", "a person who is a Lead and a Contact appears once, by e-mail"):
        assert artisan.get("person", email="bea@acme.example")

    with story.promise("A-30, U-19", "a sync with nothing new writes nothing on either side"):
        counts = artisan.sync()
        assert counts.get("writes.crm", 0) == counts.get("writes.local", 0) == 0, counts

    with story.promise("A-35, A-36, A-44, A-45, A-48", "an interested person becomes a Contact of the Account "
                       "found by website, domain or normalized name"):
        artisan.has("person",
                    {"id": "p1", "email": "joan@acme.example", "first_name": "Joan", "last_name": "Clarke",
                     "company": "Acme", "website": "acme.example", "status": "Interested"},
                    {"id": "p2", "email": "hedy@lamarr.example", "first_name": "Hedy", "last_name": "Lamarr",
                     "company": "GLOBEX CORP.", "status": "Interested"})
        artisan.sync()
        joan = org.one("SELECT AccountId, Account.Name FROM Contact WHERE Email = 'joan@acme.example'")
        assert joan["Account"]["Name"] == "Acme Ltd"
        hedy = org.one("SELECT Account.Name FROM Contact WHERE Email = 'hedy@lamarr.example'")
        assert hedy["Account"]["Name"] == "Globex Corporation"

    with story.promise("A-46", "an Account that does not exist is created with its Contact"):
        artisan.has("person", {"id": "p3", "email": "rosa@initech.example", "last_name": "Diaz",
                               "company": "Initech", "status": "Meeting booked"})
        artisan.sync()
        rosa = org.one("SELECT Account.Name FROM Contact WHERE Email = 'rosa@initech.example'")
        assert rosa["Account"]["Name"] == "Initech"

    with story.promise("A-47", "no Account is created for a freemail domain without a company website"):
        accounts = org.count("Account")
        artisan.has("person", {"id": "p4", "email": "someone@gmail.com", "last_name": "One", "company": "Self",
                               "status": "Interested"})
        artisan.sync()
        assert org.count("Account") == accounts

    with story.promise("A-36", "a neutral person stays a Lead"):
        artisan.has("person", {"id": "p5", "email": "kay@tabulating.example", "last_name": "McNulty",
                               "company": "Tabulating", "status": "No response"})
        artisan.sync()
        assert org.one("SELECT Status FROM Lead WHERE Email = 'kay@tabulating.example'")

    with story.promise("A-37", "a status that is not mapped is not silently routed anywhere"):
        artisan.has("person", {"id": "p6", "email": "odd@nowhere.example", "last_name": "Odd",
                               "company": "Nowhere", "status": "Pondering"})
        counts = artisan.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'odd@nowhere.example'")
        assert not org.query("SELECT Id FROM Contact WHERE Email = 'odd@nowhere.example'")
        assert artisan.why("person", "p6") == "unmapped_status"

    with story.promise("A-38", "a manual export of one person always exports"):
        artisan.workspace.enqueue("person", ["p6"], manual=True, lead=True)
        artisan.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'odd@nowhere.example'")

    with story.promise("A-71", "exported records are stamped with the lead source"):
        assert org.one("SELECT LeadSource FROM Contact WHERE Email = 'rosa@initech.example'")["LeadSource"] == "Artisan"

    with story.promise("A-66, A-67", "the status of a person goes to the Lead's own picklist"):
        lead = org.one("SELECT Status FROM Lead WHERE Email = 'kay@tabulating.example'")
        assert lead["Status"] == "Open - Not Contacted"

    with story.promise("A-57", "fill if empty writes blank Salesforce fields only"):
        ada = artisan.get("person", email="ada@acme.example")
        artisan.has("person", {"id": ada["id"], "phone": "+44 20 7946 0000", "job_title": "Analyst"})
        artisan.sync()
        row = org.one("SELECT Title, Phone FROM Contact WHERE Email = 'Ada@acme.example'")
        assert row["Title"] == "Countess" and row["Phone"] == "+44 20 7946 0000", row

    with story.promise("A-56", "with CRM as import priority Salesforce's value shows on the profile"):
        assert artisan.get("person", email="ada@acme.example")["job_title"] == "Countess"

    with story.promise("A-74, A-75, A-76, A-79", "e-mails, calls, LinkedIn messages, meetings and notes stand on "
                       "the timeline, each as what its kind calls for"):
        common = {"person_id": "p3", "at": NOON, "direction": "outbound"}
        artisan.has("activity",
                    {"id": "a1", "kind": "email", "subject": "Hello Rosa", "body": "Shall we talk?", **common},
                    {"id": "a2", "kind": "linkedin_message", "subject": "Hi", **common},
                    {"id": "a3", "kind": "call", "subject": "Call", "duration_s": 120, **common},
                    {"id": "a4", "kind": "meeting", "subject": "Demo", **common},
                    {"id": "a5", "kind": "note", "subject": "Likes staplers", "body": "Red ones.", **common})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        rosa = org.one("SELECT Id FROM Contact WHERE Email = 'rosa@initech.example'")["Id"]
        assert len(org.query(f"SELECT Id FROM Task WHERE WhoId = '{rosa}'")) == 3
        assert len(org.query(f"SELECT Id FROM Event WHERE WhoId = '{rosa}'")) == 1
        assert org.count("ContentNote") == 1

    with story.promise("A-77", "an activity of somebody who is Lead and Contact stands on both"):
        bea = artisan.get("person", email="bea@acme.example")
        artisan.has("activity", {"id": "a6", "kind": "email", "subject": "Hello Bea", "person_id": bea["id"],
                                 "at": NOON, "direction": "outbound"})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert len(org.query("SELECT Id FROM Task WHERE Subject LIKE '%Hello Bea%'")) == 2

    with story.promise("A-60, A-62", "a record belongs to the Salesforce user with the team member's e-mail"):
        artisan.has("person", {"id": "p7", "email": "mary@jackson.example", "last_name": "Jackson",
                               "company": "Jackson", "status": "No response", "owner": "ben@example.com"})
        artisan.sync()
        mary = org.one("SELECT Owner.Email FROM Lead WHERE Email = 'mary@jackson.example'")
        assert mary["Owner"]["Email"] == "ben@example.com"

    with story.promise("A-12", "Salesforce can be disconnected at any time"):
        artisan.workspace.disconnect()
        assert artisan.workspace.connection().state == crmsync.ConnectionState.DISCONNECTED

story.end()
