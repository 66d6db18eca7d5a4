"""journy.io: a customer data platform. Contacts and companies only, and by default nothing is created."""
from __future__ import annotations

import crmsync
from world import Story, scene

SEED = {
    "Account": [
        {"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example", "AccountNumber": "ACC-1"},
        {"Name": "Globex", "Website": "globex.example", "AccountNumber": "ACC-2"},
    ],
    "Contact": [
        {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@acme.example", "AccountId": "@acme"},
        {"FirstName": "Old", "LastName": "Timer", "Email": "old@globex.example"},
    ],
    "Lead": [{"LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
}
SETTINGS = {"objects": {"Account": {"external_id": "AccountNumber"}}}

story = Story("journy.io")
with scene("journy", SEED, SETTINGS) as (org, journy):
    journy.connect()

    with story.promise("J-14", "the initial import brings all accounts and users and their relations"):
        journy.change_settings(objects={"Account": {"create": {"in": True}}, "Contact": {"create": {"in": True}}})
        journy.sync()
        assert {p["email"] for p in journy.all("person")} == {"ada@acme.example", "old@globex.example"}
        assert {c["name"] for c in journy.all("company")} == {"Acme Ltd", "Globex"}

    with story.promise("J-07", "leads are not touched"):
        assert all(p["email"] != "grace@navy.example" for p in journy.all("person"))

    with story.promise("J-17", "whether new records in Salesforce make new users is a setting"):
        journy.change_settings(objects={"Account": {"create": {"in": False}}, "Contact": {"create": {"in": False}}})
        org.insert("Contact", LastName="Later", Email="later@acme.example")
        journy.sync()
        assert all(p["email"] != "later@acme.example" for p in journy.all("person"))

    with story.promise("J-09", "by default records are only updated, never created, in Salesforce"):
        contacts, accounts = org.count("Contact"), org.count("Account")
        journy.has("person", {"id": "u9", "email": "nobody@initech.example", "last_name": "Nobody"})
        journy.has("company", {"id": "ACC-9", "name": "Initech", "domain": "initech.example"})
        journy.sync()
        assert (org.count("Contact"), org.count("Account")) == (contacts, accounts)
        assert journy.why("person", "u9") == "op_disabled"

    with story.promise("J-19", "contacts match by e-mail"):
        ada = journy.get("person", email="ada@acme.example")
        journy.has("person", {"id": ada["id"], "phone": "+44 20 7946 0000"})
        journy.sync()
        assert org.one("SELECT Phone FROM Contact WHERE Email = 'ada@acme.example'")["Phone"] == "+44 20 7946 0000"

    with story.promise("J-09", "with creating allowed a user becomes a contact"):
        journy.change_settings(objects={"Contact": {"create": {"out": True}}})
        journy.has("person", {"id": "u10", "email": "new@initech.example", "last_name": "New"})
        journy.sync()
        assert org.one("SELECT Id FROM Contact WHERE Email = 'new@initech.example'")

    with story.promise("J-18", "no segment selected: everybody is synced"):
        assert journy.workspace.log(kind="person", id="u10").to_dicts()

    with story.promise("J-18", "with segments only their members are"):
        journy.change_settings(export={"segments": ["customers"]}, local={"segments": "segments"})
        journy.has("person",
                   {"id": "u11", "email": "in@initech.example", "last_name": "In", "segments": "customers"},
                   {"id": "u12", "email": "out@initech.example", "last_name": "Out", "segments": "trials"})
        journy.sync()
        assert org.query("SELECT Id FROM Contact WHERE Email = 'in@initech.example'")
        assert not org.query("SELECT Id FROM Contact WHERE Email = 'out@initech.example'")

    with story.promise("J-24, J-25", "what the product computes is mapped to fields of Salesforce, types matched"):
        journy.change_settings(export={"segments": []}, objects={"Account": {"fields": [
            {"local": "name", "remote": "Name"}, {"local": "domain", "remote": "Website"},
            {"local": "seats", "remote": "NumberOfEmployees", "policy": "overwrite"}]}})
        acme = journy.get("company", name="Acme Ltd")
        journy.has("company", {"id": acme["id"], "seats": 250})
        journy.sync()
        assert org.one("SELECT NumberOfEmployees FROM Account WHERE Name = 'Acme Ltd'")["NumberOfEmployees"] == 250

    with story.promise("J-11, J-12", "changes keep flowing both ways, and nothing echoes"):
        ada = org.one("SELECT Id FROM Contact WHERE Email = 'ada@acme.example'")
        org.update(ada["Id"], FirstName="Augusta Ada")
        journy.sync()
        assert journy.get("person", email="ada@acme.example")["first_name"] == "Augusta Ada"
        counts = journy.sync()
        assert counts.get("writes.crm", 0) == counts.get("writes.local", 0) == 0, counts

    with story.promise("J-32", "the log tells both directions at any time"):
        directions = {row["direction"] for row in journy.workspace.log().to_dicts()}
        assert directions == {"in", "out"}

story.end()
