#!/usr/bin/env python3
"""What simple-salesforce sees of the simulated org, over https: each call as its manual shows it."""
import csv
import io
import json
import os
import sys
import time
import traceback
from urllib.parse import urlsplit

import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (SalesforceExpiredSession, SalesforceMalformedRequest,
                                          SalesforceResourceNotFound)

URL, CA = os.environ["ORG_URL"], os.environ["ORG_CA"]
HOST = urlsplit(URL).netloc
APP = {"client_id": "orgsim-client", "client_secret": "orgsim-secret"}
WAIT = 0.1  # seconds between looks at a bulk job
DOMAIN = "Email LIKE '%@y.example'"


def web():
    session = requests.Session()
    session.trust_env = False
    session.verify = CA
    return session


def behind(path, body):
    answer = web().post(f"{URL}/_orgsim/{path}", data=json.dumps(body), timeout=30)
    assert answer.status_code == 200, answer.text


def token():
    """Its own login knows Salesforce's hosts alone, so the token is asked for here."""
    answer = web().post(f"{URL}/services/oauth2/token", timeout=30,
                        data={"grant_type": "client_credentials", **APP})
    return answer.json()["access_token"]


def connect():
    return Salesforce(instance=HOST, session_id=token(), session=web(), version="60.0")


def refused(kind, code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as err:
        assert err.content[0]["errorCode"] == code, err.content
    else:
        raise AssertionError(f"{code} was expected")


def check_describe(sf):
    assert any(o["name"] == "Lead" for o in sf.describe()["sobjects"])
    fields = {f["name"]: f for f in sf.Contact.describe()["fields"]}
    assert fields["Email"]["type"] == "email"


def check_query_with_paging(sf):
    people = [{"attributes": {"type": "Contact"}, "LastName": f"P{i}", "Email": f"p{i}@y.example"}
              for i in range(450)]
    for first in range(0, len(people), 200):
        saved = sf.restful("composite/sobjects", method="POST",
                           json={"allOrNone": False, "records": people[first:first + 200]})
        assert all(one["success"] for one in saved)
    page = sf.query(f"SELECT Id FROM Contact WHERE {DOMAIN}")
    assert page["totalSize"] == 450 and not page["done"] and len(page["records"]) == 200
    more = sf.query_more(page["nextRecordsUrl"], True)
    assert len(more["records"]) == 200
    assert len(sf.query_all(f"SELECT Id FROM Contact WHERE {DOMAIN}")["records"]) == 450
    assert sum(1 for _ in sf.query_all_iter(f"SELECT Id FROM Contact WHERE {DOMAIN}")) == 450


def check_create_read_update_delete(sf):
    made = sf.Lead.create({"LastName": "O'Neil", "Company": "Acme", "Email": "Shaq@Acme.example"})
    assert made["success"]
    assert sf.Lead.get(made["id"])["Email"] == "shaq@acme.example"
    assert sf.Lead.update(made["id"], {"Title": "Center", "Phone": None}) == 204
    assert sf.Lead.get(made["id"])["Title"] == "Center"
    assert sf.Lead.delete(made["id"]) == 204
    refused(SalesforceResourceNotFound, "ENTITY_IS_DELETED", sf.Lead.get, made["id"])


def check_upsert(sf):
    behind("switch", {"name": "external_id", "value": "Account.Ext__c"})
    assert sf.Account.upsert("Ext__c/a1", {"Name": "One"}) == 201
    assert sf.Account.upsert("Ext__c/a1", {"Name": "Uno"}) == 200
    assert sf.Account.get_by_custom_id("Ext__c", "a1")["Name"] == "Uno"


def check_composite(sf):
    answer = sf.restful("composite", method="POST", json={
        "allOrNone": True, "compositeRequest": [
            {"method": "POST", "url": "/services/data/v60.0/sobjects/Account", "referenceId": "a",
             "body": {"Name": "C"}},
            {"method": "POST", "url": "/services/data/v60.0/sobjects/Contact", "referenceId": "c",
             "body": {"LastName": "D", "AccountId": "@{a.id}"}}]})
    assert [part["httpStatusCode"] for part in answer["compositeResponse"]] == [201, 201]


def check_updated_and_deleted(sf):
    made = sf.Contact.create({"LastName": "Z"})
    assert sf.Contact.delete(made["id"]) == 204
    behind("clock", {"advance_ms": 120000})
    ends = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + s)) for s in (-600, 120)]
    answer = sf.restful(f"sobjects/Contact/deleted/?start={ends[0]}&end={ends[1]}")
    assert made["id"] in [one["id"] for one in answer["deletedRecords"]]


def check_bulk_ingest(sf):
    told = sf.bulk2.Contact.insert(records=[
        {"LastName": 'Bulk, "1"', "Title": "a\nb"}, {"LastName": "", "Title": "x"},
        {"LastName": "Bulk 3", "Title": ""}], wait=WAIT)
    assert len(told) == 1 and told[0]["numberRecordsProcessed"] == 3, told
    assert told[0]["numberRecordsFailed"] == 1
    job = told[0]["job_id"]
    good = sf.bulk2.Contact.get_successful_records(job)
    rows = list(csv.DictReader(io.StringIO(good)))
    assert {row["LastName"] for row in rows} == {'Bulk, "1"', "Bulk 3"}, repr(good)
    assert "a\nb" in [row["Title"] for row in rows], repr(good)
    assert "REQUIRED_FIELD_MISSING" in sf.bulk2.Contact.get_failed_records(job)
    ids = [r["Id"] for r in sf.query("SELECT Id FROM Contact WHERE LastName LIKE 'Bulk%'")["records"]]
    assert len(ids) == 2
    told = sf.bulk2.Contact.update(records=[{"Id": i, "Title": "#N/A"} for i in ids], wait=WAIT)
    assert told[0]["numberRecordsFailed"] == 0
    told = sf.bulk2.Contact.delete(records=[{"Id": i} for i in ids], wait=WAIT)
    assert told[0]["numberRecordsFailed"] == 0
    told = sf.bulk2.Account.upsert(records=[{"Ext__c": "b1", "Name": "Bulk"}], wait=WAIT,
                                   external_id_field="Ext__c")
    assert told[0]["numberRecordsProcessed"] == 1 and told[0]["numberRecordsFailed"] == 0


def check_bulk_query(sf):
    pages = list(sf.bulk2.Contact.query(f"SELECT Id, LastName FROM Contact WHERE {DOMAIN}",
                                        max_records=200, wait=WAIT))
    assert len(pages) == 3
    assert sum(page.strip().count("\n") for page in pages) == 450


def check_describe_and_metadata(sf):
    relations = sf.Account.describe()["childRelationships"]
    assert any(r["childSObject"] == "Contact" and r["relationshipName"] == "Contacts"
               for r in relations)
    assert sf.Contact.metadata()["objectDescribe"]["keyPrefix"] == "003"


def check_queries_of_more_kinds(sf):
    made = sf.Account.create({"Name": "Nest"})["id"]
    for last in ("x", "y"):
        sf.Contact.create({"LastName": last, "AccountId": made})
    nest = sf.query(format_soql("SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE "
                                "Id = {}", made))
    assert nest["records"][0]["Contacts"]["totalSize"] == 2
    odd = "O'Neil \\ \"Sons\"\n100%_"
    sf.Account.create({"Name": odd})
    assert sf.query(format_soql("SELECT Id FROM Account WHERE Name = {}", odd))["totalSize"] == 1
    assert sf.query(format_soql("SELECT Id FROM Account WHERE Name LIKE '%{:like}'",
                                "100%_"))["totalSize"] == 1
    groups = sf.query("SELECT COUNT(Id) n, CALENDAR_YEAR(CreatedDate) y FROM Account "
                      "GROUP BY CALENDAR_YEAR(CreatedDate)")["records"]
    assert groups[0]["n"] >= 2 and groups[0]["y"] >= 2026
    assert sf.query("SELECT COUNT() FROM Contact WHERE CreatedDate = THIS_YEAR")["totalSize"] >= 2
    sf.Account.delete(made)
    gone = sf.query_all(f"SELECT Id FROM Contact WHERE AccountId = '{made}'", include_deleted=True)
    assert gone["totalSize"] == 2  # they went with the account


def check_search(sf):
    sf.Account.create({"Name": "Seekable Ltd"})
    assert sf.quick_search("Seekable")["searchRecords"] == []  # the index is behind
    behind("clock", {"advance_ms": 61000})
    assert len(sf.quick_search("Seekable")["searchRecords"]) == 1
    rows = sf.search("FIND {Seek*} RETURNING Account(Name)")["searchRecords"]
    assert rows[0]["Name"] == "Seekable Ltd"


def check_limits(sf):
    limits = sf.limits()["DailyApiRequests"]
    assert limits["Remaining"] < limits["Max"]


def check_tree(sf):
    record = {"attributes": {"type": "Account", "referenceId": "t"}, "Name": "Tree", "Contacts": {
        "records": [{"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Leaf"}]}}
    told = sf.restful("composite/tree/Account", method="POST", json={"records": [record]})
    assert not told["hasErrors"] and len(told["results"]) == 2


def check_batch_and_collections(sf):
    told = sf.restful("composite/batch", method="POST", json={"batchRequests": [
        {"method": "GET", "url": "v60.0/query?q=SELECT+Id+FROM+User+LIMIT+1"},
        {"method": "GET", "url": "v60.0/sobjects/Lead/00Q000000000001EAA"}]})
    assert told["hasErrors"] and [r["statusCode"] for r in told["results"]] == [200, 404]
    ids = [sf.Lead.create({"LastName": f"C{i}", "Company": "C"})["id"] for i in range(2)]
    rows = sf.restful("composite/sobjects/Lead", method="POST",
                      json={"ids": ids, "fields": ["LastName"]})
    assert [row["LastName"] for row in rows] == ["C0", "C1"]
    gone = sf.restful(f"composite/sobjects?ids={','.join(ids)}", method="DELETE")
    assert all(one["success"] for one in gone)


def check_listviews_and_reports(sf):
    behind("switch", {"name": "list_view", "value": "Account.Trees=Name = 'Tree'"})
    views = sf.restful("sobjects/Account/listviews")["listviews"]
    told = sf.restful(f"sobjects/Account/listviews/{views[0]['id']}/results")
    assert told["size"] == 1 and told["done"]
    behind("switch", {"name": "report", "value": "Trees=SELECT Name FROM Account"})
    report = sf.restful("analytics/reports")[0]["id"]
    told = sf.restful(f"analytics/reports/{report}", params={"includeDetails": "true"})
    assert told["allData"] and told["factMap"]["T!T"]["rows"]


def check_refusals_in_bulk(sf):
    job = sf.restful("jobs/ingest", method="POST",
                     json={"object": "Contact", "operation": "insert", "lineEnding": "LF"})
    assert job["state"] == "Open" and not job["contentUrl"].startswith("/")
    refused(SalesforceMalformedRequest, "INVALIDJOBSTATE", sf.restful, f"jobs/ingest/{job['id']}",
            method="DELETE")
    done = sf.restful(f"jobs/ingest/{job['id']}", method="PATCH", json={"state": "Aborted"})
    assert done["state"] == "Aborted"
    jobs = sf.restful("jobs/ingest")["records"]
    assert job["id"] in [one["id"] for one in jobs]


def check_errors(sf):
    refused(SalesforceMalformedRequest, "INVALID_FIELD", sf.query, "SELECT Nope FROM Contact")
    refused(SalesforceMalformedRequest, "MALFORMED_QUERY", sf.query, "SELEC")
    refused(SalesforceMalformedRequest, "REQUIRED_FIELD_MISSING", sf.Lead.create, {"LastName": "x"})
    refused(SalesforceResourceNotFound, "NOT_FOUND", sf.Nope.describe)
    used = sf.api_usage["api-usage"].used
    assert int(used) > 0
    behind("switch", {"name": "session_expire", "value": ""})
    refused(SalesforceExpiredSession, "INVALID_SESSION_ID", sf.query, "SELECT Id FROM User")


def main():
    sf = connect()
    failed = 0
    for name, check in list(globals().items()):
        if not name.startswith("check_"):
            continue
        try:
            check(sf)
            print("ok", name[6:].replace("_", " "))
        except Exception:  # each of them is a finding
            failed += 1
            print("not ok", name[6:].replace("_", " "))
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
