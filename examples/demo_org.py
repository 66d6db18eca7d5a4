#!/usr/bin/env python3
"""The people inside the simulated org of scripts/demo: they look, edit and delete.

    demo_org.py URL DATA_DIR config FILE      write DATA_DIR/config.json for this org
    demo_org.py URL DATA_DIR count            tell what both sides hold
    demo_org.py URL DATA_DIR edits            change the org, and say what the host shall change
    demo_org.py URL DATA_DIR nothing-written  fail unless the last run wrote nothing
    demo_org.py URL DATA_DIR usage            tell how many API calls the org has counted
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

OBJECTS = ("User", "Account", "Contact", "Lead", "Opportunity")


def ask(url, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url + "/_orgsim/" + path, data=data,
                                     headers={"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{path}: {error.read().decode(errors='replace').strip()}")
    except (urllib.error.URLError, ValueError) as error:
        sys.exit(f"{path}: {error}")


def query(url, soql):
    answer = ask(url, "query?q=" + urllib.parse.quote(soql))
    return answer["records"] if isinstance(answer, dict) else answer


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_config(url, folder, source):
    with open(source, encoding="utf-8") as file:
        config = json.load(file)
    ada = query(url, "SELECT Id FROM User WHERE Email = 'ada@example.com'")
    if not ada:
        sys.exit("the org has no user ada@example.com to fall back on")
    config["connection"]["login_host"] = url
    config["owner"].update(unmapped="fallback", fallback=ada[0]["Id"])
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, ensure_ascii=False)


def count(url, folder):
    held = [f"{len(query(url, f'SELECT Id FROM {name}'))} {name}" for name in OBJECTS]
    print("  the org holds: " + ", ".join(held))


def choose(url, folder, wanted):
    """People whom the org holds as one contact and as no lead, with a title on both sides."""
    contacts = query(url, "SELECT Id, Email, Title, Phone, LastName FROM Contact WHERE Email != null")
    leads = {row["Email"].lower() for row in query(url, "SELECT Email FROM Lead WHERE Email != null")}
    by_mail = {}
    for row in contacts:
        by_mail.setdefault(row["Email"].lower(), []).append(row)
    found = []
    for person in read_lines(os.path.join(folder, "people.jsonl")):
        mail = person["email"].lower()
        rows = by_mail.get(mail, [])
        if len(rows) == 1 and mail not in leads and person["title"] and person["phone"] \
                and rows[0].get("Title") and rows[0].get("Phone"):
            found.append((person, rows[0]))
        if len(found) == wanted:
            return found
    sys.exit(f"only {len(found)} people are fit for the edits, {wanted} are needed")


def edits(url, folder):
    only_host, only_org, both, phone, gone = choose(url, folder, 5)
    name = lambda pair: f"{pair[0]['first_name']} {pair[0]['last_name']} ({pair[0]['id']})"

    print(f"   the host gives {name(only_host)} the title \"Head of Buying\"")
    print(f"   the org gives {name(only_org)} the title \"Chief Buyer\"")
    ask(url, "update", {"id": only_org[1]["Id"], "fields": {"Title": "Chief Buyer"}})
    print(f"   both change the title of {name(both)}: \"Partner\" here, \"Director\" in the org")
    ask(url, "update", {"id": both[1]["Id"], "fields": {"Title": "Director"}})
    print(f"   the org changes the phone of {name(phone)}, where the host's value counts")
    ask(url, "update", {"id": phone[1]["Id"], "fields": {"Phone": "+1 202-555-0100"}})
    print(f"   the org deletes the contact {name(gone)}\n")
    ask(url, "delete", {"id": gone[1]["Id"]})
    with open(os.path.join(folder, "host-edits.txt"), "w", encoding="utf-8") as file:
        file.write(f"person|{both[0]['id']}|title|Partner\n")
        file.write(f"person|{only_host[0]['id']}|title|Head of Buying\n")


def nothing_written(url, folder):
    run = read_lines(os.path.join(folder, "runs.jsonl"))[-1]
    crm, local = run.get("writes.crm", 0), run.get("writes.local", 0)
    print(f"\n   the third sync: {crm} writes to Salesforce, {local} writes to the host")
    if crm or local:
        sys.exit("a sync with no edits before it must write nothing")


def usage(url, folder):
    told = ask(url, "usage")
    ours = sum(run.get("api.calls", 0) for run in read_lines(os.path.join(folder, "runs.jsonl")))
    print(f"\n   the org's own count of API calls: {told['api_calls']}; by our count {ours}")


def main():
    commands = {"config": write_config, "count": count, "edits": edits,
                "nothing-written": nothing_written, "usage": usage}
    if len(sys.argv) < 4 or sys.argv[3] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[3]](*sys.argv[1:3], *sys.argv[4:])


if __name__ == "__main__":
    main()
