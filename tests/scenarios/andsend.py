"""Andsend: prospecting. A purchased prospect goes to Salesforce; nothing comes back but look-ups."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"}],
    "Contact": [{"LastName": "Lovelace", "FirstName": "Ada", "Email": "ada@acme.example", "AccountId": "@acme"}],
    "Lead": [{"LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Andsend")
with scene("andsend", SEED, {}) as (org, andsend):
    with story.promise("N-02", "the user is sent to Salesforce's login and comes back connected"):
        andsend.connect()
        assert andsend.workspace.connection().state == crmsync.ConnectionState.CONNECTED

    with story.promise("N-11", "a purchased prospect who is not in Salesforce is created there"):
        andsend.has("person", {"id": "p1", "email": "hedy@lamarr.example", "first_name": "Hedy",
                               "last_name": "Lamarr", "company": "Lamarr", "job_title": "Inventor"})
        andsend.sync()
        lead = org.one("SELECT FirstName, Title, Company FROM Lead WHERE Email = 'hedy@lamarr.example'")
        assert (lead["FirstName"], lead["Title"], lead["Company"]) == ("Hedy", "Inventor", "Lamarr")

    with story.promise("N-12, N-16, N-25, N-26", "a prospect who is in Salesforce is connected with what is there"):
        leads, contacts = org.count("Lead"), org.count("Contact")
        andsend.has("person",
                    {"id": "p2", "email": "ada@acme.example", "last_name": "Lovelace", "company": "Acme",
                     "job_title": "Countess"},
                    {"id": "p3", "email": "Grace@Navy.example", "last_name": "Hopper", "company": "Navy",
                     "phone": "+1 202 555 0100"})
        andsend.sync()
        assert (org.count("Lead"), org.count("Contact")) == (leads, contacts)
        assert org.one("SELECT Title FROM Contact WHERE Email = 'ada@acme.example'")["Title"] == "Countess"
        assert org.one("SELECT Phone FROM Lead WHERE Email = 'grace@navy.example'")["Phone"] == "+1 202 555 0100"

    with story.promise("N-07", "nothing is imported from Salesforce"):
        org.insert("Lead", LastName="Stranger", Company="Elsewhere", Email="stranger@elsewhere.example")
        andsend.sync()
        assert len(andsend.all("person")) == 3

    with story.promise("N-09", "prospects are synced one by one, within the org's limits"):
        andsend.has("person", *({"id": f"b{i}", "email": f"b{i}@batch{i}.example", "last_name": f"B{i}",
                                 "company": f"Batch {i}"} for i in range(5)))
        before = org.ask("usage")
        andsend.sync()
        after = org.ask("usage")
        assert after["rows_created"] - before["rows_created"] == 5
        assert after["api_calls"] - before["api_calls"] >= 5

    with story.promise("N-17", "the owner is the Salesforce user with the e-mail of the Andsend user"):
        andsend.has("person", {"id": "p4", "email": "mary@jackson.example", "last_name": "Jackson",
                               "company": "Jackson", "owner": "Cleo@Example.com"})
        andsend.sync()
        lead = org.one("SELECT Owner.Email FROM Lead WHERE Email = 'mary@jackson.example'")
        assert lead["Owner"]["Email"] == "cleo@example.com"

    with story.promise("N-18", "without such a user no owner is sent, and the org decides"):
        andsend.has("person", {"id": "p5", "email": "katherine@johnson.example", "last_name": "Johnson",
                               "company": "Johnson", "owner": "nobody@andsend.example"})
        andsend.sync()
        assert org.one("SELECT OwnerId FROM Lead WHERE Email = 'katherine@johnson.example'")["OwnerId"]

    with story.promise("N-19", "each touchpoint appears as a completed activity"):
        andsend.has("activity",
                    {"id": "a1", "kind": "email", "subject": "Hello Hedy", "body": "A private word",
                     "person_id": "p1", "at": NOON, "direction": "outbound"},
                    {"id": "a2", "kind": "linkedin_request", "subject": "Connect", "person_id": "p1", "at": NOON})
        andsend.sync(crmsync.Phase.ACTIVITIES)
        tasks = org.query("SELECT Subject, Status, Description FROM Task")
        assert len(tasks) == 2 and {t["Status"] for t in tasks} == {"Completed"}

    with story.promise("N-21, N-28", "the contents of messages stay out of Salesforce unless switched on"):
        assert all("private" not in (t["Description"] or "") for t in org.query("SELECT Description FROM Task"))
        andsend.change_settings(activities={"content": True})
        andsend.has("activity", {"id": "a3", "kind": "email", "subject": "Again", "body": "An open word",
                                 "person_id": "p1", "at": NOON, "direction": "outbound"})
        andsend.sync(crmsync.Phase.ACTIVITIES)
        task = org.one("SELECT Description FROM Task WHERE Subject LIKE '%Again%'")
        assert "An open word" in task["Description"]

    with story.promise("N-20", "touchpoints stay out when their switch is off"):
        andsend.change_settings(activities={"enabled": False})
        andsend.has("activity", {"id": "a4", "kind": "email", "subject": "Silent", "person_id": "p1", "at": NOON})
        andsend.sync()
        assert not org.query("SELECT Id FROM Task WHERE Subject LIKE '%Silent%'")

    with story.promise("N-10", "prospects appear as Contacts with Accounts if the user decides so"):
        andsend.change_settings(export={"mode": "contacts"})
        andsend.has("person", {"id": "p6", "email": "dorothy@vaughan.example", "last_name": "Vaughan",
                               "company": "Vaughan Computing", "website": "vaughan.example"})
        andsend.sync()
        contact = org.one("SELECT Account.Name FROM Contact WHERE Email = 'dorothy@vaughan.example'")
        assert contact["Account"]["Name"] == "Vaughan Computing"

    with story.promise("N-15", "a field that was created in Salesforce can be mapped after a refresh"):
        org.switch("field_add", "Contact.Andsend_Note__c:string")
        fields = [{"local": "last_name", "remote": "LastName"}, {"local": "email", "remote": "Email"},
                  {"local": "note", "remote": "Andsend_Note__c"}]
        andsend.change_settings(objects={"Contact": {"fields": fields}})
        andsend.has("person", {"id": "p6", "note": "From a list"})
        andsend.sync()
        contact = org.one("SELECT Andsend_Note__c FROM Contact WHERE Email = 'dorothy@vaughan.example'")
        assert contact["Andsend_Note__c"] == "From a list"

story.end()
