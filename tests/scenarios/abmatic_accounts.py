"""Abmatic AI, continued: accounts and their matching, fields and their types, directions, the pages viewed."""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import crmsync
from world import Story, scene

SEED = {
    "Account": [
        {"_ref": "acme", "Name": "Acme Ltd", "Website": "https://www.acme.example/about", "AnnualRevenue": 1234567,
         "NumberOfEmployees": 250, "Industry": "Banking", "Type": "Customer", "BillingCountry": "Norway"},
        {"Name": "Globex", "Website": "globex.example"},
    ],
    "Contact": [{"FirstName": "Ada", "LastName": "Lovelace", "Email": "Ada@Acme.example", "AccountId": "@acme",
                 "Title": "Countess", "Phone": "+44 20 7946 0000"}],
    "Lead": [{"FirstName": "Grace", "LastName": "Hopper", "Email": "grace@navy.example", "Company": "Navy"}],
    "Opportunity": [{"Name": "Rollout", "AccountId": "@acme", "StageName": "Prospecting", "CloseDate": "2027-03-31",
                     "Amount": 5000.10, "Type": "New Customer", "LeadSource": "Web"}],
}
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

story = Story("Abmatic AI: accounts, fields, directions")
with scene("abmatic", SEED, {}) as (org, abmatic):
    abmatic.connect()
    abmatic.sync()
    acme = abmatic.get("company", name="Acme Ltd")
    crm = org.one("SELECT Id FROM Account WHERE Name = 'Acme Ltd'")["Id"]

    with story.promise("B-54, B-68", "the standard fields of an account are synced, its owner for routing"):
        assert (acme["industry"], acme["type"], acme["country"]) == ("Banking", "Customer", "Norway"), acme
        assert acme["website"] and acme["owner_id"].startswith("005"), acme

    with story.promise("B-65", "a company's size is a whole number"):
        assert (acme["annual_revenue"], acme["employees"]) == (1234567, 250), acme

    with story.promise("B-55", "the standard fields of people are synced by the product's names"):
        ada = next(p for p in abmatic.all("person") if p["last_name"] == "Lovelace")
        assert (ada["first_name"], ada["job_title"], ada["phone"]) == ("Ada", "Countess", "+44 20 7946 0000"), ada
        assert ada["account_id"] == acme["id"], ada

    with story.promise("B-56, B-64, B-66, B-70, B-71, B-88",
                       "stage, amount, close date, type and source of deals are read"):
        deal = abmatic.get("opportunity", name="Rollout")
        assert (deal["stage"], deal["type"], deal["lead_source"]) == ("Prospecting", "New Customer", "Web"), deal
        assert deal["close_date"] == date(2027, 3, 31) and Decimal(str(deal["amount"])) == Decimal("5000.10"), deal

    with story.promise("B-58, D-12", "a deal that changes here changes nothing in Salesforce"):
        abmatic.has("opportunity", {"id": deal["id"], "stage": "Closed Won"})
        abmatic.sync()
        assert org.one("SELECT StageName FROM Opportunity")["StageName"] == "Prospecting"

    with story.promise("B-12, B-40", "contacts match by the work e-mail, capitals aside"):
        org.insert("Contact", LastName="Clarke", Email="Joan@Park.example")
        abmatic.has("person", {"id": "v1", "work_email": "joan@park.example", "last_name": "Clarke", "company": "Park",
                               "job_title": "Cryptanalyst"})
        abmatic.sync(crmsync.Phase.EXPORT)
        assert org.one("SELECT Title FROM Contact WHERE Email = 'joan@park.example'")["Title"] == "Cryptanalyst"
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'joan@park.example'")

    with story.promise("B-41", "an address that is none is never a key"):
        abmatic.has("person", {"id": "v2", "work_email": "not an address", "last_name": "Nobody", "company": "Nowhere"})
        abmatic.sync()
        assert not org.query("SELECT Id FROM Lead WHERE LastName = 'Nobody'")

    with story.promise("B-42, B-44, D-24, U-13", "the stored Salesforce id comes before the address, which may change"):
        org.update(org.one("SELECT Id FROM Contact WHERE LastName = 'Lovelace'")["Id"], Email="countess@acme.example")
        people = org.count("Contact") + org.count("Lead")
        abmatic.sync()
        abmatic.has("person", {"id": ada["id"], "first_name": "Augusta"})
        abmatic.sync()
        assert org.count("Contact") + org.count("Lead") == people
        assert len([p for p in abmatic.all("person") if p["last_name"] == "Lovelace"]) == 1

    with story.promise("B-46", "the domain of a person's address finds the account"):
        abmatic.has("person", {"id": "v3", "work_email": "hedy@globex.example", "last_name": "Lamarr"})
        abmatic.workspace.enqueue("person", ["v3"], manual=True, contact=True)
        abmatic.sync()
        assert org.one("SELECT Account.Name FROM Contact WHERE Email = 'hedy@globex.example'")["Account"]["Name"] == "Globex"

    with story.promise("B-47, D-01", "a missing account is created only where that is switched on"):
        abmatic.has("company", {"id": "c9", "name": "Initech", "website": "initech.example"})
        abmatic.sync()
        assert not org.query("SELECT Id FROM Account WHERE Name = 'Initech'")
        abmatic.change_settings(objects={"Account": {"create": {"out": True}}})
        abmatic.sync()
        assert org.one("SELECT Id FROM Account WHERE Name = 'Initech'")

    with story.promise("B-51, D-20", "a sub-domain is its company, unless configured otherwise"):
        abmatic.has("company", {"id": "c10", "name": "Shop", "website": "shop.globex.example"})
        abmatic.sync()
        assert not org.query("SELECT Id FROM Account WHERE Name = 'Shop'")
        abmatic.change_settings(match={"keep_subdomains": True})
        abmatic.has("company", {"id": "c11", "name": "Store", "website": "store.globex.example"})
        abmatic.sync()
        assert org.one("SELECT Id FROM Account WHERE Name = 'Store'")

    with story.promise("B-65", "a range is no size of a company"):
        abmatic.has("company", {"id": "c9", "employees": "50-100"})
        abmatic.sync()
        assert org.one("SELECT NumberOfEmployees FROM Account WHERE Name = 'Initech'")["NumberOfEmployees"] is None

    def industry(policy: str) -> str:
        abmatic.change_settings(objects={"Account": {"fields": [
            {"local": "name", "remote": "Name", "policy": "fill"},
            {"local": "website", "remote": "Website", "policy": "fill"},
            {"local": "industry", "remote": "Industry", "policy": policy}]}})
        abmatic.sync()
        abmatic.has("company", {"id": acme["id"], "industry": {"dont_sync": "Media", "fill": "Energy",
                                                                "overwrite": "Retail"}[policy]})
        abmatic.sync()
        return str(org.one(f"SELECT Industry FROM Account WHERE Id = '{crm}'")["Industry"])

    with story.promise("B-57, B-61, B-62", "Don't Sync and Fill leave what is there, Overwrite replaces it"):
        assert (industry("dont_sync"), industry("fill"), industry("overwrite")) == ("Banking", "Banking", "Retail")

    with story.promise("B-17, B-59, B-126", "a custom field can be mapped while the sync is in use"):
        org.switch("field_add", "Account.Intent__c:double")
        abmatic.change_settings(objects={"Account": {"fields": [
            {"local": "name", "remote": "Name"}, {"local": "website", "remote": "Website"},
            {"local": "intent", "remote": "Intent__c", "policy": "overwrite"}]}})
        abmatic.has("company", {"id": acme["id"], "intent": 87})
        abmatic.sync()
        assert org.one(f"SELECT Intent__c FROM Account WHERE Id = '{crm}'")["Intent__c"] == 87

    with story.promise("B-67", "a value that the picklist does not have is not sent, and the record is"):
        org.switch("field_add", "Lead.Tier__c:picklist!:Gold|Silver")
        abmatic.change_settings(objects={"Lead": {"fields": [
            {"local": "last_name", "remote": "LastName"}, {"local": "work_email", "remote": "Email"},
            {"local": "company", "remote": "Company"}, {"local": "tier", "remote": "Tier__c"}]}})
        abmatic.has("person", {"id": "t1", "work_email": "t1@tier.example", "last_name": "One", "company": "Tier",
                               "tier": "Tin"})
        abmatic.sync()
        assert org.one("SELECT Tier__c FROM Lead WHERE Email = 't1@tier.example'")["Tier__c"] is None

    with story.promise("B-76, U-08", "page views show without flooding the timeline: five visits a day"):
        abmatic.has("activity", *({"id": f"w{i}", "kind": "website_visit", "person_id": "v1", "visit_id": f"s{i}",
                                   "url": "https://abm.example/", "at": NOON + timedelta(minutes=40 * i)}
                                  for i in range(9)))
        abmatic.sync(crmsync.Phase.ACTIVITIES)
        assert org.count("Task") == 5

    with story.promise("B-24, B-25", "six hours and one hour are schedules, too"):
        for minutes in (360, 60):
            abmatic.change_settings(objects={"Account": {"interval_min": minutes}})
            abmatic.sync()
            row = next(r for r in abmatic.workspace.due().to_dicts()
                       if r["object"] == "Account" and r["phase"] == "import")
            wait = row["next"] - datetime.now(timezone.utc)
            assert timedelta(minutes=minutes * 0.9) < wait < timedelta(minutes=minutes + 10), (minutes, row)

    with story.promise("B-18, B-19", "each object is imported, exported, both or neither, create and update apart"):
        abmatic.change_settings(objects={"Contact": {"direction": "in"}, "Lead": {"create": {"out": False}}})
        abmatic.has("person", {"id": "v1", "phone": "+1 202 555 0133"},
                    {"id": "n1", "work_email": "n1@new.example", "last_name": "New", "company": "New"})
        abmatic.sync()
        assert org.one("SELECT Phone FROM Contact WHERE Email = 'joan@park.example'")["Phone"] is None
        assert not org.query("SELECT Id FROM Lead WHERE Email = 'n1@new.example'")
        assert abmatic.why("person", "n1") == "op_disabled"

story.end()
