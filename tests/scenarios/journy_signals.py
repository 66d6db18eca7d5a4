"""journy.io, continued: signals and tasks, the id of accounts, explicit permission to create, the way out."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example", "AccountNumber": "ACC-1"},
                {"Name": "Twin", "Website": "twin.example", "AccountNumber": "ACC-2"},
                {"Name": "Twin Two", "Website": "twin.example", "AccountNumber": "ACC-2"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"}],
}
SETTINGS = {
    "connection": {"name": "Sales org"},
    "objects": {"Account": {"external_id": "AccountNumber", "create": {"in": True}},
                "Contact": {"create": {"in": True}}},
    "signals": [{"name": "trial_started", "fields": {"Department": "Trial"},
                 "task": {"subject": "Call about {product}", "due_days": 2, "priority": "high"}}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("journy.io: signals, ids, permissions")
with scene("journy", SEED, SETTINGS) as (org, journy):
    with story.promise("J-01, J-02, J-05", "the connection shows its name, its org and its state"):
        journy.connect()
        now = journy.workspace.connection()
        assert now.name == "Sales org" and now.org_name and now.username
        assert now.state == crmsync.ConnectionState.CONNECTED

    with story.promise("J-08, J-16", "the first import brings users with their accounts, and is in the log"):
        journy.sync()
        ada = journy.get("person", email="ada@acme.example")
        acme = journy.get("company", name="Acme Ltd")
        assert ada["company_id"] == acme["id"], ada
        assert journy.workspace.log(kind="person", id=ada["id"], object="Contact").to_dicts()

    with story.promise("J-10, J-34", "a signal writes a field and makes a task, once"):
        journy.has("signal", {"id": "g1", "name": "trial_started", "person_id": ada["id"], "at": NOON,
                              "product": "Gears"})
        journy.sync()
        journy.sync()
        assert org.one("SELECT Department FROM Contact WHERE Email = 'ada@acme.example'")["Department"] == "Trial"
        task = org.one("SELECT Subject, Priority, WhoId FROM Task")
        assert task["Subject"] == "Call about Gears" and task["Priority"] == "High", task

    with story.promise("J-30", "teams get open tasks with a due date"):
        journy.has("activity", {"id": "k1", "kind": "task", "subject": "Onboard Ada", "person_id": ada["id"],
                                "at": NOON, "due": NOON.date()})
        journy.sync(crmsync.Phase.ACTIVITIES)
        task = org.one("SELECT IsClosed, ActivityDate FROM Task WHERE Subject LIKE '%Onboard%'")
        assert task["IsClosed"] is False and task["ActivityDate"] == "2026-11-20", task

    with story.promise("J-20, J-09", "with creating allowed an account is made, with its id in the chosen field"):
        journy.change_settings(objects={"Account": {"create": {"out": True}}})
        journy.has("company", {"id": "ACC-7", "name": "Initech", "domain": "initech.example"})
        journy.sync()
        assert org.one("SELECT AccountNumber FROM Account WHERE Name = 'Initech'")["AccountNumber"] == "ACC-7"

    with story.promise("J-20", "an account is found by that field alone, whatever else agrees"):
        journy.has("company", {"id": "ACC-8", "name": "Acme Ltd", "domain": "acme.example"})
        journy.sync()
        assert len(org.query("SELECT Id FROM Account WHERE Name = 'Acme Ltd'")) == 2

    with story.promise("J-31, C-02", "disconnecting can forget everything, and needs a word for it"):
        try:
            journy.workspace.run(crmsync.Phase.DISCONNECT, purge=True)
            raise AssertionError("everything was forgotten without a word")
        except crmsync.CrmSyncError as refused:
            assert refused.remedy, refused
        journy.workspace.disconnect(purge=True)
        assert journy.workspace.connection().state != crmsync.ConnectionState.CONNECTED
        assert not journy.workspace.log().to_dicts()

story.end()
