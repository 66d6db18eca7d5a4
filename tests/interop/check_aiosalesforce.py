#!/usr/bin/env python3
"""What aiosalesforce sees of the simulated org, over https: each call as its manual shows it.

It takes hosts below my.salesforce.com alone. So it is given one, and a transport, which its HTTP
library asks for, brings what goes there to the loopback server.
"""
import asyncio
import os
import ssl
import sys
import traceback
from urllib.parse import urlsplit

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow
from aiosalesforce.exceptions import SalesforceError

PARTS = urlsplit(os.environ["ORG_URL"])
BASE = "https://simulated.my.salesforce.com"


class Loopback(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        assert request.url.host in ("simulated.my.salesforce.com", PARTS.hostname), request.url
        request.url = request.url.copy_with(host=PARTS.hostname, port=PARTS.port)
        request.extensions = dict(request.extensions, sni_hostname=PARTS.hostname)
        return await super().handle_async_request(request)


async def refused(code, call):
    try:
        await call
    except SalesforceError as err:
        assert err.error_code == code, err
    else:
        raise AssertionError(f"{code} was expected")


async def rows(sf, soql, everything=False):
    return [row async for row in sf.query(soql, include_all_records=everything)]


async def check_create_read_update_delete(sf):
    made = await sf.sobject.create("Lead", {"LastName": "Async", "Company": "C"})
    await sf.sobject.update("Lead", made, {"Title": "Boss"})
    assert (await sf.sobject.get("Lead", made, fields=["Title"]))["Title"] == "Boss"
    await sf.sobject.delete("Lead", made)
    await refused("ENTITY_IS_DELETED", sf.sobject.get("Lead", made))
    assert len(await rows(sf, f"SELECT Id FROM Lead WHERE Id = '{made}'", True)) == 1


async def check_upsert(sf):
    first = await sf.sobject.upsert("Account", "z1", "Ext__c", {"Name": "One"})
    again = await sf.sobject.upsert("Account", "z1", "Ext__c", {"Name": "Uno"})
    assert first.created and not again.created and first.id == again.id
    assert (await sf.sobject.get("Account", "z1", "Ext__c"))["Name"] == "Uno"


async def check_bulk(sf):
    people = [{"LastName": f"B{i}", "Title": "a\nb, \"c\""} for i in range(450)] + [{"LastName": ""}]
    told = await sf.bulk_v2.insert("Contact", people)
    assert len(told.successful_results) == 450 and len(told.failed_results) == 1
    assert not told.unprocessed_records
    found = await rows(sf, "SELECT Id, Title FROM Contact WHERE LastName LIKE 'B%' ORDER BY Id")
    assert len(found) == 450 and found[0]["Title"] == 'a\nb, "c"'  # by three pages
    told = await sf.bulk_v2.update("Contact", [{"Id": r["Id"], "Title": "t"} for r in found[:5]])
    assert len(told.successful_results) == 5
    told = await sf.bulk_v2.upsert("Account", [{"Ext__c": "z2", "Name": "Two"}], "Ext__c")
    assert told.successful_results[0]["sf__Created"] == "true"
    told = await sf.bulk_v2.delete("Contact", [{"Id": r["Id"]} for r in found])
    assert len(told.successful_results) == 450


async def check_composite(sf):
    async with sf.composite(all_or_none=True, autoraise=True) as composite:
        account = composite.sobject.create("Account", {"Name": "Comp"})
        contact = composite.sobject.create("Contact",
                                           {"LastName": "Osite", "AccountId": str(account.reference.id)})
        query = composite.query("SELECT Id FROM User LIMIT 1")
    assert account.id.startswith("001") and contact.id.startswith("003")
    assert len(query.records) == 1
    composite = sf.composite(all_or_none=True)
    first = composite.sobject.create("Account", {"Name": "Undone"})
    second = composite.sobject.create("Contact", {})
    await composite.execute()
    assert first.response_body[0]["errorCode"] == "PROCESSING_HALTED"
    assert second.response_body[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert not await rows(sf, "SELECT Id FROM Account WHERE Name = 'Undone'")


async def check_batch(sf):
    batch = sf.composite.batch()
    made = batch.sobject.create("Lead", {"LastName": "Batch", "Company": "C"})
    bad = batch.sobject.create("Lead", {"LastName": "Batch"})
    await batch.execute()
    assert made.is_success and made.id.startswith("00Q") and not bad.is_success


async def check_limits_and_errors(sf):
    limits = await sf.get_limits()
    assert limits["DailyApiRequests"]["Remaining"] < limits["DailyApiRequests"]["Max"]
    await refused("MALFORMED_QUERY", rows(sf, "SELEC"))
    await refused("INVALID_FIELD", rows(sf, "SELECT Nope FROM Lead"))
    await refused("NOT_FOUND", sf.sobject.get("Lead", "00Q000000000001EAA"))


async def check_expired_session(sf, web):
    answer = await web.post(f"{BASE}/_orgsim/switch", content='{"name":"session_expire","value":""}')
    assert answer.status_code == 200
    assert len(await rows(sf, "SELECT Id FROM User LIMIT 1")) == 1  # it logged in again


async def main():
    trust = ssl.create_default_context(cafile=os.environ["ORG_CA"])
    failed = 0
    async with httpx.AsyncClient(transport=Loopback(verify=trust), timeout=30) as web:
        await web.post(f"{BASE}/_orgsim/switch",
                       content='{"name":"external_id","value":"Account.Ext__c"}')
        sf = Salesforce(web, BASE, ClientCredentialsFlow("orgsim-client", "orgsim-secret"))
        for name, check in list(globals().items()):
            if not name.startswith("check_"):
                continue
            try:
                await (check(sf, web) if check is check_expired_session else check(sf))
                print("ok", name[6:].replace("_", " "))
            except Exception:  # each of them is a finding
                failed += 1
                print("not ok", name[6:].replace("_", " "))
                traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
