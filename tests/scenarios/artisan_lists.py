"""Artisan, continued: list views, whom to leave alone, modes of export, owners, fields, and the way out."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [
        {"_ref": "acme", "Name": "Acme Ltd", "Website": "https://www.acme.example"},
        {"_ref": "rival", "Name": "Rival Inc", "Website": "rival.example", "Type": "Competitor"},
    ],
    "Contact": [
        {"LastName": "Lovelace", "FirstName": "Ada", "Email": "ada@acme.example", "AccountId": "@acme"},
        {"LastName": "Mole", "Email": "mole@rival.example", "AccountId": "@rival"},
    ],
    "Lead": [
        {"LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy", "Rating": "Hot"},
        {"LastName": "Clarke", "Email": "joan@park.example", "Company": "Park", "Rating": "Cold"},
    ],
    "Opportunity": [{"Name": "Acme rollout", "AccountId": "@acme", "StageName": "Prospecting",
                     "CloseDate": "2027-03-31", "Amount": 5000}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
SETTINGS = {
    "audiences": [{"name": "Hot leads", "object": "Lead", "list_view": "Hot"},
                  {"name": "Targets", "object": "Account", "list_view": "Targets"},
                  {"name": "Competitors", "object": "Account", "list_view": "Rivals"}],
    "suppression": {"lists": ["Competitors"], "holds_export": True},
}

story = Story("Artisan: lists, modes, fields, owners")
with scene("artisan", SEED, SETTINGS) as (org, artisan):
    org.switch("list_view", "Lead.Hot=Rating = 'Hot'")
    org.switch("list_view", "Account.Targets=Name LIKE 'A%'")
    org.switch("list_view", "Account.Rivals=Type = 'Competitor'")

    with story.promise("A-10, D-27", "another active CRM has to be disconnected first"):
        artisan.workspace.set_other_crm("HubSpot", True)
        try:
            artisan.connect()
            raise AssertionError("connected beside another CRM")
        except crmsync.CrmSyncError as refused:
            assert "HubSpot" in str(refused), refused
        artisan.workspace.set_other_crm("HubSpot", False)
        artisan.connect()

    with story.promise("A-11", "the connection is the workspace's, and says whose org it is"):
        now = artisan.workspace.connection()
        assert now.org_id.startswith("00D") and now.user_id.startswith("005") and now.scopes

    with story.promise("A-14", "rights are checked and told, each with its subject"):
        with artisan.workspace.job(crmsync.Phase.PREFLIGHT) as job:
            job.run()
            told = job.preflight().to_dicts()
        assert told and all(row["state"] != "fail" for row in told), [r for r in told if r["state"] == "fail"]

    with story.promise("A-20, A-83, A-85, A-86", "list views of leads and accounts are audiences"):
        artisan.sync()
        rows = artisan.workspace.audience_members("Hot leads").to_dicts()
        grace = org.one("SELECT Id FROM Lead WHERE Email = 'grace@navy.example'")["Id"]
        assert [r["crm_id"] for r in rows] == [grace], rows
        assert artisan.workspace.audience("Targets").members == 1

    with story.promise("A-88", "who leaves the view leaves the audience"):
        token = artisan.workspace.audience("Hot leads").token
        org.update(grace, Rating="Cold")
        joan = org.one("SELECT Id FROM Lead WHERE Email = 'joan@park.example'")["Id"]
        org.update(joan, Rating="Hot")
        artisan.sync()
        assert [r["crm_id"] for r in artisan.workspace.audience_members("Hot leads").to_dicts()] == [joan]
        assert len(artisan.workspace.audience_members("Hot leads", since=token)) == 2

    with story.promise("A-82, A-87", "who works for somebody on a suppression list is left alone"):
        artisan.has("person", {"id": "s1", "email": "spy@rival.example", "last_name": "Spy", "company": "Rival Inc",
                               "status": "Neutral"})
        artisan.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'spy@rival.example'")
        assert artisan.why("person", "s1") == "suppressed", artisan.why("person", "s1")

    with story.promise("A-80, A-81", "an open opportunity keeps the people of its account out of campaigns"):
        artisan.has("person", {"id": "s2", "email": "alan@acme.example", "last_name": "Turing", "company": "Acme",
                               "status": "Interested"})
        artisan.sync()
        assert not org.query("SELECT Id FROM Contact WHERE Email = 'alan@acme.example'")
        assert artisan.why("person", "s2") == "suppressed"

    artisan.change_settings(suppression={"holds_export": False})

    with story.promise("A-33", "Export as Leads: everybody becomes a Lead, whatever the status"):
        artisan.change_settings(export={"mode": "leads"})
        artisan.has("person", {"id": "m1", "email": "m1@modes.example", "last_name": "One", "company": "Modes",
                               "status": "Interested"})
        artisan.sync()
        assert org.one("SELECT Id FROM Lead WHERE Email = 'm1@modes.example'")

    with story.promise("A-34, A-45", "Export as Contacts: everybody becomes a Contact of an Account"):
        artisan.change_settings(export={"mode": "contacts"})
        artisan.has("person", {"id": "m2", "email": "m2@acme.example", "last_name": "Two", "company": "Acme",
                               "status": "No response"})
        artisan.sync()
        assert org.one("SELECT Account.Name FROM Contact WHERE Email = 'm2@acme.example'")["Account"]["Name"] == "Acme Ltd"

    with story.promise("A-47, D-10", "a person with a consumer address and a company website has an Account"):
        artisan.has("person", {"id": "m3", "email": "m3@gmail.com", "last_name": "Three", "company": "Threefold",
                               "website": "threefold.example"})
        artisan.sync()
        assert org.one("SELECT Account.Name FROM Contact WHERE Email = 'm3@gmail.com'")["Account"]["Name"] == "Threefold"
        assert not org.query("SELECT Id FROM Account WHERE Website LIKE '%gmail%'")

    with story.promise("A-40, A-41, A-89", "who is there already is updated, never made again"):
        org.insert("Lead", LastName="Batey", Email="mavis@park.example", Company="Park")
        artisan.has("person", {"id": "m4", "email": " MAVIS@park.example ", "last_name": "Batey", "company": "Park",
                               "phone": "+1 202 555 0199"})
        artisan.sync(crmsync.Phase.EXPORT)
        assert not org.query("SELECT Id FROM Contact WHERE Email = 'mavis@park.example'")
        lead = org.one("SELECT Phone FROM Lead WHERE Email = 'mavis@park.example'")
        assert lead["Phone"] == "+1 202 555 0199", lead

    def contact_fields(export: str) -> None:
        artisan.change_settings(objects={"Contact": {"fields": [
            {"local": "last_name", "remote": "LastName"}, {"local": "email", "remote": "Email"},
            {"local": "job_title", "remote": "Title", "import": "local", "export": export}]}})

    ada = "SELECT Id, Title FROM Contact WHERE Email = 'ada@acme.example'"
    mine = artisan.get("person", email="ada@acme.example")["id"]
    with story.promise("A-54, A-58", "Overwrite replaces what Salesforce has"):
        org.update(org.one(ada)["Id"], Title="Countess")
        contact_fields("overwrite")
        artisan.has("person", {"id": mine, "job_title": "Analyst"})
        artisan.sync()
        assert org.one(ada)["Title"] == "Analyst"

    with story.promise("A-55, A-59", "Do not export: the field is never written"):
        contact_fields("never")
        artisan.has("person", {"id": mine, "job_title": "Engineer"})
        artisan.sync()
        assert org.one(ada)["Title"] == "Analyst"

    with story.promise("A-53, A-56", "with Artisan as import priority its value stays on the profile"):
        org.update(org.one(ada)["Id"], Title="Somebody else")
        artisan.sync()
        assert artisan.get("person", email="ada@acme.example")["job_title"] == "Engineer"

    with story.promise("A-63, A-64", "who is mapped to nobody belongs to the fallback owner"):
        ben = org.one("SELECT Id FROM User WHERE Email = 'ben@example.com'")["Id"]
        artisan.change_settings(export={"mode": "leads"}, owner={"fallback": ben, "unmapped": "fallback"})
        artisan.has("person", {"id": "o1", "email": "o1@owners.example", "last_name": "One", "company": "Owners",
                               "owner": "gone@artisan.example"})
        artisan.sync()
        assert org.one("SELECT OwnerId FROM Lead WHERE Email = 'o1@owners.example'")["OwnerId"] == ben

    with story.promise("A-61", "a Salesforce user is mapped to a team member by hand"):
        cleo = org.one("SELECT Id FROM User WHERE Email = 'cleo@example.com'")["Id"]
        artisan.change_settings(owner={"map": {"ava": cleo}})
        artisan.has("person", {"id": "o2", "email": "o2@owners.example", "last_name": "Two", "company": "Owners",
                               "owner": "ava"})
        artisan.sync()
        assert org.one("SELECT OwnerId FROM Lead WHERE Email = 'o2@owners.example'")["OwnerId"] == cleo

    with story.promise("A-78", "the activity is credited to the rep who did it"):
        artisan.has("activity", {"id": "v1", "kind": "call", "subject": "Ring", "person_id": "o1", "at": NOON,
                                 "owner": "ava"})
        artisan.sync(crmsync.Phase.ACTIVITIES)
        assert org.one("SELECT OwnerId FROM Task WHERE Subject LIKE '%Ring%'")["OwnerId"] == cleo

    with story.promise("U-24", "an inactive user never becomes the owner"):
        artisan.has("person", {"id": "o3", "email": "o3@owners.example", "last_name": "Three", "company": "Owners",
                               "owner": "dora@example.com"})
        artisan.sync()
        assert org.one("SELECT OwnerId FROM Lead WHERE Email = 'o3@owners.example'")["OwnerId"] == ben

    with story.promise("A-68, A-70", "a Contact's status goes to the field that was chosen; unmapped words stay out"):
        org.switch("field_add", "Contact.Stage__c:picklist:Warm|Cold")
        artisan.change_settings(export={"mode": "contacts"}, objects={"Contact": {"status": {
            "remote": "Stage__c", "values": {"Interested": "Warm"}}}})
        artisan.has("person", {"id": "t1", "email": "t1@acme.example", "last_name": "One", "company": "Acme",
                               "status": "Interested"},
                    {"id": "t2", "email": "t2@acme.example", "last_name": "Two", "company": "Acme",
                     "status": "Pondering"})
        artisan.sync()
        assert org.one("SELECT Stage__c FROM Contact WHERE Email = 't1@acme.example'")["Stage__c"] == "Warm"
        assert org.one("SELECT Stage__c FROM Contact WHERE Email = 't2@acme.example'")["Stage__c"] is None

    with story.promise("A-13, B-02", "access taken away in Salesforce ends a run cleanly, and says so"):
        org.switch("refresh_revoke", "")
        org.switch("session_expire", "")
        try:
            artisan.sync()
            raise AssertionError("a run without access")
        except crmsync.CrmSyncError as refused:
            assert refused.remedy, refused
        assert artisan.workspace.connection().state == crmsync.ConnectionState.EXPIRED

    with story.promise("B-02, U-22", "connecting again goes on where it was: nothing comes twice"):
        artisan.connect()
        people, firms = len(artisan.all("person")), len(artisan.all("company"))
        artisan.sync()
        assert (len(artisan.all("person")), len(artisan.all("company"))) == (people, firms)

story.end()
