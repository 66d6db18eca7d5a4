"""Verifies companies.tsv and what make_people.py would write; `make_people.py --check` calls it."""

import collections
import re

from make_people import (CLOSED_STAGES, FREEMAIL, INDUSTRIES, LEAD_SOURCES, LEAD_STATUSES,
                         OPEN_STAGES, OWNERS, STATUSES, SUFFIX_LABELS, as_lines, as_seed, build,
                         domain_of, host_of)

# Field name: greatest length, None where length is no matter. Standard API names only.
PERSON = {"LastName": 80, "FirstName": 40, "Email": 80, "Title": 128, "Phone": 40,
          "LeadSource": 255, "HasOptedOutOfEmail": None}
FIELDS = {
    "Account": {"_ref": None, "Name": 255, "Website": 255, "Industry": 255, "BillingCountry": 80,
                "ParentId": None},
    "Contact": {**PERSON, "AccountId": None},
    "Lead": {**PERSON, "Company": 255, "Website": 255, "Industry": 255, "Status": 255},
    "Opportunity": {"Name": 120, "AccountId": None, "StageName": 255, "CloseDate": None,
                    "Amount": None}}
REQUIRED = {"Account": ("_ref", "Name"), "Contact": ("LastName",), "Lead": ("LastName", "Company"),
            "Opportunity": ("Name", "AccountId", "StageName", "CloseDate")}
PICKLISTS = {"Industry": set(INDUSTRIES), "LeadSource": set(LEAD_SOURCES),
             "Status": {s for s, _ in LEAD_STATUSES}, "StageName": set(OPEN_STAGES + CLOSED_STAGES)}


class Findings:
    def __init__(self):
        self.wrong = []

    def want(self, good, text):
        if not good:
            self.wrong.append(text)


def repeated(values):
    return sorted(v for v, n in collections.Counter(values).items() if n > 1)


def lookalikes(companies):
    """Groups of companies whose usual names begin with the same word."""
    groups = collections.defaultdict(list)
    for c in companies:
        word = re.split(r"[\s-]", re.sub(r"^the ", "", c.common.lower()))[0]
        groups[word].append(c.common)
    return {word: names for word, names in groups.items() if len(names) > 1}


def check_companies(find, companies):
    find.want(len(companies) >= 360, f"{len(companies)} companies, want 360 or more")
    for name in ("registered", "common", "domain"):
        same = repeated(getattr(c, name).lower() for c in companies)
        find.want(not same, f"companies share a {name}: {same}")
    for c in companies:
        where = f"company {c.registered}"
        find.want(c.industry in INDUSTRIES, f"{where}: industry {c.industry} is not standard")
        find.want(re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", host_of(c.website)),
                  f"{where}: website {c.website} has no host name")
        find.want(c.domain.split(".")[0] not in SUFFIX_LABELS | {"www"},
                  f"{where}: {c.domain} is a public suffix")
    find.want(len(lookalikes(companies)) >= 25, "fewer than 25 groups of look-alikes")


def check_mail(find, person, company, where):
    mail = person["email"].lower()
    if "@" not in mail:
        return ""
    local, host = mail.split("@")
    find.want(re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", local), f"{where}: bad local part {local}")
    find.want(len(local) <= 64 and len(mail) <= 80, f"{where}: {mail} is too long")
    if host in dict(FREEMAIL):
        find.want(local.startswith("demo.invalid.") and len(local.replace(".", "")) > 40,
                  f"{where}: {mail} could be somebody's")
        return "freemail"
    find.want(company and host == "demo-invalid." + company.domain,
              f"{where}: {mail} is not below the company's domain")
    return "company"


def check_people(find, companies, people, count):
    by_id = {c.id: c for c in companies}
    find.want(len(people) == count, f"{len(people)} people, want {count}")
    find.want(not repeated(p["id"] for p in people), "people share an id")
    mails = [p["email"].lower() for p in people if p["email"]]
    find.want(not repeated(mails), f"people share an address: {repeated(mails)}")
    kinds = collections.Counter()
    for p in people:
        company = by_id.get(p["company_id"])
        find.want(p["first_name"] and p["last_name"], f"{p['id']}: no name")
        find.want(bool(company) == bool(p["company"]), f"{p['id']}: company and its id disagree")
        find.want(not p["website"] or domain_of(p["website"].split("?")[0]) == company.domain,
                  f"{p['id']}: website {p['website']} is another company's")
        find.want(p["status"] != "Unsubscribed" or p["opted_out"], f"{p['id']}: not opted out")
        kinds[check_mail(find, p, company, p["id"]) or "none"] += 1
    if count >= 2000:
        for field, known in (("status", STATUSES), ("owner", OWNERS)):
            seen = collections.Counter(p[field] for p in people)
            find.want(set(seen) == {v for v, _ in known}, f"{field}: {dict(seen)}")
        parked = sum(p["status"] == "Parked" for p in people)
        find.want(0 < parked < count * 3 // 100, f"{parked} people of the unmapped status")
        find.want(kinds["freemail"] > count // 20, f"{kinds['freemail']} freemail people")
    return kinds


def check_hosts(find, companies, hosts):
    find.want([h["id"] for h in hosts] == [c.id for c in companies], "companies out of step")
    for c, h in zip(companies, hosts):
        find.want(h["domain"] in ("", c.domain), f"{c.id}: domain {h['domain']}")
        find.want(not h["website"] or domain_of(h["website"].split("?")[0]) == c.domain,
                  f"{c.id}: website {h['website']}")


def check_row(find, kind, number, row, refs):
    where = f"{kind} {number}"
    for field, value in row.items():
        find.want(field in FIELDS[kind], f"{where}: no field {field}")
        size = FIELDS[kind].get(field)
        find.want(value != "" and (size is None or len(value) <= size), f"{where}: {field} size")
        find.want(field not in PICKLISTS or value in PICKLISTS[field], f"{where}: {field} {value}")
        find.want(not str(value).startswith("@") or value[1:] in refs, f"{where}: {field} {value}")
    for field in REQUIRED[kind]:
        find.want(field in row, f"{where}: {field} is missing")
    if "AccountId" in row or "ParentId" in row:
        find.want(str(row.get("AccountId", row.get("ParentId"))).startswith("@"), f"{where}: no @")


def check_org(find, companies, people, org):
    refs = [row["_ref"] for row in org["Account"]]
    find.want(not repeated(refs), f"accounts share a _ref: {repeated(refs)}")
    for kind, rows in org.items():
        for number, row in enumerate(rows):
            check_row(find, kind, number, row, set(refs))
    top = [row for row in org["Account"] if "ParentId" not in row]
    find.want(abs(len(top) - len(companies) * 0.7) <= 1, f"{len(top)} parentless accounts")

    known = {p["email"].lower() for p in people if "@" in p["email"]}
    mails = {k: [r.get("Email", "") for r in org[k]] for k in ("Contact", "Lead")}
    ours = {k: known & set(v) for k, v in mails.items()}
    both, count = ours["Contact"] & ours["Lead"], len(people)
    strangers = sum(m not in known for v in mails.values() for m in v)
    figures = {"contacts": len(ours["Contact"]), "leads": len(ours["Lead"]), "both": len(both),
               "org only": strangers, "opportunities": len(org["Opportunity"])}
    wanted = {"contacts": count // 6, "leads": count * 250 // 2400, "both": count // 40,
              "org only": count // 16, "opportunities": count // 30}
    if count >= 2000:
        find.want(figures == wanted, f"org holds {figures}, want {wanted}")
        twins = [len(repeated(m for m in mails[k] if m)) for k in ("Contact", "Lead")]
        find.want(twins == [3, 2], f"addresses held twice: {twins}, want [3, 2]")
    return figures


def check(companies, seed, count):
    find = Findings()
    check_companies(find, companies)
    people, hosts, org = build(companies, seed, count)
    kinds = check_people(find, companies, people, count)
    check_hosts(find, companies, hosts)
    figures = check_org(find, companies, people, org)
    again = build(companies, seed, count)
    find.want((as_lines(people), as_lines(hosts), as_seed(org)) ==
              (as_lines(again[0]), as_lines(again[1]), as_seed(again[2])), "not deterministic")
    for line in find.wrong:
        print("wrong:", line)
    print(f"companies {len(companies)} in {len({c.country for c in companies})} countries and "
          f"{len({c.industry for c in companies})} industries, "
          f"{len(lookalikes(companies))} groups of look-alikes")
    print(f"people {len(people)}: address at the company {kinds['company']}, freemail "
          f"{kinds['freemail']}, none or broken {kinds['none']}")
    print(f"org: {len(org['Account'])} accounts, {len(org['Contact'])} contacts, "
          f"{len(org['Lead'])} leads; people there: {figures}")
    print("FAILED" if find.wrong else "ok")
    return 1 if find.wrong else 0
