"""The recommended preset: what a careful product would choose, and what then cannot go wrong."""
from __future__ import annotations

from datetime import datetime, timezone

import crmsync
from world import Story, scene

SEED = {
    "Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"},
                {"Name": "Acme Ltd", "Website": "other-acme.example"}],
    "Contact": [{"LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme", "Title": "Countess"},
                {"LastName": "Double", "Email": "dup@acme.example", "AccountId": "@acme"},
                {"LastName": "Double", "Email": "dup@acme.example", "AccountId": "@acme"}],
    "Lead": [{"LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("recommended: the best of all defaults")
with scene("recommended", SEED, {}) as (org, product):
    product.connect()

    with story.promise("A-29, A-93", "the first sync brings everything"):
        product.sync()
        ada = product.get("person", email="ada@acme.example")
        assert product.get("person", email="grace@navy.example")

    with story.promise("U-19, A-93", "the second writes nothing on either side: no echo, no loop"):
        counts = product.sync()
        assert counts.get("writes.crm", 0) == counts.get("writes.local", 0) == 0, counts

    for kind in ("reset_after", "cut", "garbage", "500_after"):
        with story.promise("A-89, N-26", f"a create whose answer is lost ({kind}) makes no second record"):
            email = f"{kind}@lost.example"
            org.ask("fault", {"kind": kind, "on": "POST /services/data/v60.0/composite", "skip": 1, "count": 1})
            product.has("person", {"id": kind, "email": email, "last_name": "Lost", "company": "Lost",
                                   "status": "Neutral"})
            for _ in range(3):
                product.sync()
                org.pass_time(1200)
            org.ask("fault", {"kind": "none"})
            assert len(org.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")) == 1

    with story.promise("A-89, B-32", "one person twice in a page is made once"):
        product.has("person", *({"id": f"t{i}", "email": "twice@page.example", "last_name": "Twice", "company": "Page",
                                 "status": "Neutral"} for i in range(2)))
        product.sync()
        assert len(org.query("SELECT Id FROM Lead WHERE Email = 'twice@page.example'")) == 1

    with story.promise("U-03, U-12", "blanks wipe nothing, here or there"):
        row = org.one("SELECT Id FROM Contact WHERE Email = 'ada@acme.example'")["Id"]
        product.has("person", {"id": ada["id"], "job_title": "   "})
        product.sync()
        assert org.one(f"SELECT Title FROM Contact WHERE Id = '{row}'")["Title"] == "Countess"

    with story.promise("A-57", "what somebody wrote in Salesforce is not overwritten"):
        product.has("person", {"id": ada["id"], "job_title": "Analyst"})
        product.sync()
        assert org.one(f"SELECT Title FROM Contact WHERE Id = '{row}'")["Title"] == "Countess"

    with story.promise("D-09", "a name alone is no proof of a company"):
        product.has("person", {"id": "n1", "email": "n1@third-acme.example", "last_name": "One", "company": "Acme Ltd",
                               "status": "Interested"})
        product.sync()
        one = org.one("SELECT Account.Website, AccountId FROM Contact WHERE Email = 'n1@third-acme.example'")
        assert one["AccountId"] not in {a["Id"] for a in org.query("SELECT Id FROM Account WHERE Website LIKE '%acme.example'"
                                                                   " AND (NOT Website LIKE '%third%')")}

    with story.promise("A-47, D-10", "no company is made of a consumer's mail domain"):
        accounts = org.count("Account")
        product.has("person", {"id": "f1", "email": "f1@gmail.com", "last_name": "Free", "company": "Self",
                               "status": "Interested"})
        product.sync()
        assert org.count("Account") == accounts

    with story.promise("D-22", "who has no address is not created"):
        product.has("person", {"id": "a1", "last_name": "Addressless", "company": "Nowhere", "status": "Neutral"})
        product.sync()
        assert not org.query("SELECT Id FROM Lead WHERE LastName = 'Addressless'")

    with story.promise("A-37, D-26", "a status nobody mapped makes nothing"):
        product.has("person", {"id": "q1", "email": "q1@odd.example", "last_name": "Odd", "company": "Odd",
                               "status": "Pondering"})
        product.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'q1@odd.example'")

    with story.promise("B-94, B-95", "an address that several records have is told, with all of them"):
        told = product.workspace.duplicates("person").to_dicts()
        log = product.workspace.log(object="Contact").to_dicts()
        assert {row["role"] for row in told if row["object"] == "Contact"} == {"primary", "also"}, told
        assert any(row["reason"] == "secondary" for row in log)

    with story.promise("D-18", "what was written to a person stays in the mail box"):
        product.has("activity", {"id": "m1", "kind": "email", "subject": "Hello", "body": "A private word",
                                 "person_id": ada["id"], "at": NOON})
        product.sync(crmsync.Phase.ACTIVITIES)
        product.sync(crmsync.Phase.ACTIVITIES)
        task = org.one("SELECT Description FROM Task")
        assert "private" not in (task["Description"] or "")

    with story.promise("D-07", "an owner somebody chose in Salesforce stays"):
        cleo = org.one("SELECT Id FROM User WHERE Email = 'cleo@example.com'")["Id"]
        org.update(row, OwnerId=cleo)
        product.has("person", {"id": ada["id"], "owner": "ben@example.com"})
        product.sync()
        assert org.one(f"SELECT OwnerId FROM Contact WHERE Id = '{row}'")["OwnerId"] == cleo

    with story.promise("D-28, U-11", "what was deleted in Salesforce stops and is not made again"):
        grace = product.get("person", email="grace@navy.example")
        org.delete(org.one("SELECT Id FROM Lead WHERE Email = 'grace@navy.example'")["Id"])
        product.sync()
        product.has("person", {"id": grace["id"], "job_title": "Admiral"})
        product.sync()
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'grace@navy.example'")

    with story.promise("", "an unusual number of creates stops a run before anything is written"):
        product.change_settings(limits={"breaker": {"creates": 5}})
        leads = org.count("Lead")
        product.has("person", *({"id": f"b{i}", "email": f"b{i}@flood.example", "last_name": "Flood", "company": "Flood",
                                 "status": "Neutral"} for i in range(20)))
        try:
            product.sync()
            raise AssertionError("nothing stopped it")
        except crmsync.BreakerError as stopped:
            assert stopped.remedy, stopped
        assert org.count("Lead") <= leads + 5

story.end()
