"""Constant Contact Lead Gen & CRM, continued: the login by password, rights, owners, events, deletions."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"},
                {"FirstName": "Bea", "LastName": "Both", "Email": "bea@acme.example", "AccountId": "@acme"}],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"},
             {"LastName": "Convert", "Email": "con@vert.example", "Company": "Vert"},
             {"LastName": "Twin", "Email": "twin@merge.example", "Company": "Merge"},
             {"LastName": "Twin", "Email": "other@merge.example", "Company": "Merge"}],
    "Opportunity": [{"Name": "Acme rollout", "AccountId": "@acme", "StageName": "Prospecting",
                     "CloseDate": "2027-03-31"}],
}
SETTINGS = {"connection": {"flow": "password", "allow_password": True, "username": "integration@example.com"}}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Constant Contact Lead Gen & CRM: login, rights, owners, deletions")
with scene("constant-contact", SEED, SETTINGS) as (org, product):
    with story.promise("C-01, C-03, C-45", "user name, password and token log in; a wrong one is told apart"):
        product.workspace.set_secret("client_secret", "orgsim-secret")
        product.workspace.set_secret("password", "wrong")
        try:
            product.workspace.connect()
            raise AssertionError("connected with a wrong password")
        except crmsync.AuthError as refused:
            assert refused.remedy and "wrong" not in str(refused), refused
        product.workspace.set_secret("password", "secret")
        product.workspace.set_secret("security_token", "token")
        product.workspace.connect()
        assert product.workspace.connection().state == crmsync.ConnectionState.CONNECTED

    with story.promise("C-05, C-09, C-10, C-11", "the user's rights are told: API only, Modify All Data, role, session"):
        with product.workspace.job(crmsync.Phase.PREFLIGHT) as job:
            job.run()
            told = {row["id"]: row["state"] for row in job.preflight().to_dicts()}
        assert {"api_only", "modify_all_data", "role", "session_level"} <= set(told), sorted(told)
        assert "fail" not in told.values(), told

    with story.promise("C-16", "contacts and leads come in, deals with their names"):
        product.sync()
        assert len(product.all("person")) == 6 and product.get("opportunity", name="Acme rollout")

    ada = product.get("person", email="ada@acme.example")
    sales = {name: org.one(f"SELECT Id FROM User WHERE Email = '{name}@example.com'")["Id"] for name in ("ben", "cleo")}
    with story.promise("C-31, C-32", "the owner of a mapped user follows in both directions"):
        product.change_settings(owner={"map": sales})
        product.sync()
        product.has("person", {"id": ada["id"], "owner": "ben"})
        product.sync()
        row = org.one("SELECT Id, OwnerId FROM Contact WHERE Email = 'ada@acme.example'")
        assert row["OwnerId"] == sales["ben"], row
        org.update(row["Id"], OwnerId=sales["cleo"])
        product.sync()
        assert product.get("person", id=ada["id"])["owner"] == "cleo"

    with story.promise("C-30", "an owner nobody mapped stays out, the rest is synced"):
        product.has("person", {"id": "n1", "email": "n1@new.example", "last_name": "One", "company": "New",
                               "owner": "stranger", "title": "Guest"})
        product.sync()
        assert org.one("SELECT Title FROM Lead WHERE Email = 'n1@new.example'")["Title"] == "Guest"

    with story.promise("C-19, C-29", "Two-way: where both changed, Salesforce wins as configured, field by field"):
        row = org.one("SELECT Id FROM Contact WHERE Email = 'ada@acme.example'")["Id"]
        product.has("person", {"id": ada["id"], "title": "Here", "phone": "+1 202 555 0111"})
        org.update(row, Title="There")
        product.sync()
        product.sync()
        both = org.one(f"SELECT Title, Phone FROM Contact WHERE Id = '{row}'")
        mine = product.get("person", id=ada["id"])
        assert both["Title"] == mine["title"] and both["Phone"] == mine["phone"] == "+1 202 555 0111", (both, mine)

    with story.promise("U-12", "a value that is cleared here does not wipe Salesforce's"):
        product.has("person", {"id": ada["id"], "phone": None})
        product.sync()
        assert org.one(f"SELECT Phone FROM Contact WHERE Id = '{row}'")["Phone"] == "+1 202 555 0111"

    with story.promise("C-26, C-40", "a link to the product's view of a person stands in Salesforce"):
        org.switch("field_add", "Contact.View__c:string")
        product.change_settings(objects={"Contact": {"fields": [
            {"local": "last_name", "remote": "LastName", "policy": "two_way"},
            {"local": "email", "remote": "Email", "policy": "two_way"},
            {"template": "https://product.example/leads/{id}", "remote": "View__c", "policy": "push"}]}})
        product.sync()
        product.has("person", {"id": ada["id"], "last_name": "King"})
        product.sync()
        link = org.one(f"SELECT View__c FROM Contact WHERE Id = '{row}'")["View__c"]
        assert link == f"https://product.example/leads/{ada['id']}", link

    with story.promise("C-37, C-38", "a visit of tracked pages is an activity; kinds not chosen are none"):
        visit = {"kind": "website_visit", "person_id": ada["id"], "visit_id": "s1"}
        product.has("activity", {"id": "w1", "url": "https://x.example/a", "at": NOON, **visit},
                    {"id": "w2", "url": "https://x.example/b", "at": NOON + timedelta(minutes=1), **visit},
                    {"id": "w3", "kind": "call", "person_id": ada["id"], "at": NOON, "subject": "Ring"})
        product.sync(crmsync.Phase.ACTIVITIES)
        assert len(org.query(f"SELECT Id FROM Task WHERE WhoId = '{row}'")) == 1

    con = product.get("person", email="con@vert.example")
    with story.promise("A-42, U-01", "a lead that is converted is followed to its contact"):
        lead = org.one("SELECT Id FROM Lead WHERE Email = 'con@vert.example'")["Id"]
        contact = org.convert(lead)["contact"]
        product.sync()
        assert len([p for p in product.all("person") if p["email"] == "con@vert.example"]) == 1
        product.has("person", {"id": con["id"], "last_name": "Converted"})
        product.sync()
        assert org.one(f"SELECT LastName FROM Contact WHERE Id = '{contact}'")["LastName"] == "Converted"

    with story.promise("U-11", "a record that was merged is followed to the one that stayed, and nobody is made anew"):
        winner = org.one("SELECT Id FROM Lead WHERE Email = 'twin@merge.example'")["Id"]
        loser = org.one("SELECT Id FROM Lead WHERE Email = 'other@merge.example'")["Id"]
        people, leads = len(product.all("person")), org.count("Lead")
        org.merge(winner, loser)
        product.sync()
        product.sync()
        assert (len(product.all("person")), org.count("Lead")) == (people, leads - 1)

    with story.promise("C-42, C-44, D-28", "a contact that is deleted deactivates the person, as leads do"):
        bea = product.get("person", email="bea@acme.example")
        gone = org.one("SELECT Id FROM Contact WHERE Email = 'bea@acme.example'")["Id"]
        org.delete(gone)
        product.sync()
        product.has("person", {"id": bea["id"], "title": "Retired"})
        product.sync()
        assert not org.query("SELECT Id FROM Contact WHERE Email = 'bea@acme.example'")
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'bea@acme.example'")

    with story.promise("C-23, U-11", "restoring it in Salesforce wakes the link, not the person"):
        org.undelete(gone)
        product.sync()
        assert len([p for p in product.all("person") if p["email"] == "bea@acme.example"]) == 1
        product.has("person", {"id": bea["id"], "title": "Still retired"})
        product.sync()
        assert org.one(f"SELECT Title FROM Contact WHERE Id = '{gone}'")["Title"] != "Still retired"

story.end()
