"""Constant Contact Lead Gen & CRM: marketing beside Salesforce, which stays the CRM."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"}],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
    "Opportunity": [{"Name": "Acme rollout", "AccountId": "@acme", "StageName": "Prospecting",
                     "CloseDate": "2027-03-31", "Amount": 5000}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Constant Contact Lead Gen & CRM")
with scene("constant-contact", SEED, {}) as (org, product):
    product.connect()

    with story.promise("C-16", "leads, contacts and opportunities come from Salesforce"):
        product.sync()
        assert {p["email"] for p in product.all("person")} == {"ada@acme.example", "grace@navy.example"}
        assert product.get("opportunity", name="Acme rollout")

    with story.promise("C-20", "opportunities go one way only"):
        deal = product.get("opportunity", name="Acme rollout")
        product.has("opportunity", {"id": deal["id"], "stage": "Closed Won"})
        product.sync()
        assert org.one("SELECT StageName FROM Opportunity")["StageName"] == "Prospecting"

    with story.promise("C-18", "leads are synced in both directions"):
        product.has("person", {"id": "p1", "email": "joan@bletchley.example", "last_name": "Clarke",
                               "company": "Bletchley"})
        product.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'joan@bletchley.example'")

    with story.promise("C-29", "Two-way: the side that changed wins"):
        grace = product.get("person", email="grace@navy.example")
        product.has("person", {"id": grace["id"], "title": "Rear Admiral"})
        product.sync()
        lead = org.one("SELECT Id, Title FROM Lead WHERE Email = 'grace@navy.example'")
        assert lead["Title"] == "Rear Admiral"
        org.update(lead["Id"], Title="Commodore")
        product.sync()
        assert product.get("person", email="grace@navy.example")["title"] == "Commodore"

    with story.promise("C-27", "Push: the product's value overrides Salesforce's"):
        product.has("person", {"id": grace["id"], "source": "Web"})
        product.sync()
        org.update(lead["Id"], LeadSource="Other")
        product.sync()
        product.has("person", {"id": grace["id"], "source": "Phone Inquiry"})
        product.sync()
        assert org.one(f"SELECT LeadSource FROM Lead WHERE Id = '{lead['Id']}'")["LeadSource"] == "Phone Inquiry"

    with story.promise("C-28", "Pull: Salesforce's value overrides the product's"):
        org.update(lead["Id"], Status="Working - Contacted")
        product.has("person", {"id": grace["id"], "status": "Mine"})
        product.sync()
        assert product.get("person", email="grace@navy.example")["status"] == "Working - Contacted"
        assert org.one(f"SELECT Status FROM Lead WHERE Id = '{lead['Id']}'")["Status"] == "Working - Contacted"

    with story.promise("C-25", "lead scores can be pushed"):
        org.switch("field_add", "Contact.Score__c:double")
        product.change_settings(objects={"Contact": {"fields": [
            {"local": "email", "remote": "Email", "policy": "two_way"},
            {"local": "last_name", "remote": "LastName", "policy": "two_way"},
            {"local": "score", "remote": "Score__c", "policy": "push"}]}})
        ada = product.get("person", email="ada@acme.example")
        product.has("person", {"id": ada["id"], "score": 87})
        product.sync()
        assert org.one("SELECT Score__c FROM Contact WHERE Email = 'ada@acme.example'")["Score__c"] == 87

    with story.promise("C-33, C-34, C-35, C-39", "form submissions and mails stand in the event history"):
        product.has("activity",
                    {"id": "a1", "kind": "form_submission", "subject": "Contact us", "person_id": grace["id"],
                     "at": NOON},
                    {"id": "a2", "kind": "email", "subject": "News", "person_id": grace["id"], "at": NOON},
                    {"id": "a3", "kind": "email_opened", "subject": "News", "person_id": grace["id"], "at": NOON})
        product.sync(crmsync.Phase.ACTIVITIES)
        assert len(org.query(f"SELECT Id FROM Task WHERE WhoId = '{lead['Id']}'")) == 3

    with story.promise("C-36", "of the clicks on a link the first is logged"):
        clicks = [{"id": f"c{i}", "kind": "email_clicked", "subject": "News", "url": "https://x.example/a",
                   "email_id": "m1", "person_id": grace["id"], "at": NOON} for i in range(3)]
        product.has("activity", *clicks)
        before = len(org.query(f"SELECT Id FROM Task WHERE WhoId = '{lead['Id']}'"))
        product.sync(crmsync.Phase.ACTIVITIES)
        assert len(org.query(f"SELECT Id FROM Task WHERE WhoId = '{lead['Id']}'")) == before + 1

    with story.promise("C-30, C-31, C-32", "owners that are mapped follow in both directions"):
        ben = org.one("SELECT Id FROM User WHERE Email = 'ben@example.com'")["Id"]
        product.change_settings(owner={"map": {"ben": ben}})
        product.has("person", {"id": "p2", "email": "mavis@bletchley.example", "last_name": "Batey",
                               "company": "Bletchley", "owner": "ben"})
        product.sync()
        assert org.one("SELECT OwnerId FROM Lead WHERE Email = 'mavis@bletchley.example'")["OwnerId"] == ben

    with story.promise("C-42", "a lead that is deleted in Salesforce is deactivated, not deleted"):
        org.delete(lead["Id"])
        product.sync()
        gone = product.get("person", id=grace["id"])
        assert gone["email"] == "grace@navy.example"
        told = product.workspace.explain("person", grace["id"])
        assert told["link"].get("inactive") is True, told["link"]

    with story.promise("C-43", "nothing but a form or an import brings it back"):
        product.has("person", {"id": grace["id"], "title": "Retired"})
        product.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'grace@navy.example'")
        product.workspace.reactivate("person", grace["id"], form=True)
        product.has("person", {"id": grace["id"], "title": "Back"})
        product.sync()
        assert org.one("SELECT Title FROM Lead WHERE Email = 'grace@navy.example'")["Title"] == "Back"

story.end()
