#!/usr/bin/env python3
"""Invent the people of the demo and the first content of its simulated Salesforce org.

Reads companies.tsv (real names and websites) and writes three files:

    make_people.py --companies companies.tsv --people people.jsonl \\
                   --companies-out companies.jsonl --org org-seed.json --seed 7 --count 2400

One seed always gives the same bytes. `--check` writes nothing and verifies what would be written.

No mail can reach anybody. A person at a company has an address under the label `demo-invalid` of
the company's own domain: the registrable domain is the company's, as matching needs, but the
mailbox host does not exist. A freemail address has a local part that begins with `demo.invalid.`
and is longer than 40 characters, more than any of the providers used allows for a mailbox.
Telephone numbers come from the ranges that national regulators keep free for fiction.
"""

import argparse
import collections
import datetime
import hashlib
import json
import os
import random
import re
import sys
import unicodedata

sys.dont_write_bytecode = True  # a build must leave nothing in the source tree
from invented_names import PEOPLES, PHONES, TITLES

INDUSTRIES = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications",
    "Construction", "Consulting", "Education", "Electronics", "Energy", "Engineering",
    "Entertainment", "Environmental", "Finance", "Food & Beverage", "Government", "Healthcare",
    "Hospitality", "Insurance", "Machinery", "Manufacturing", "Media", "Not For Profit", "Other",
    "Recreation", "Retail", "Shipping", "Technology", "Telecommunications", "Transportation",
    "Utilities")

# Second-level labels that make a two-letter TLD a two-label public suffix (co.uk, com.br).
SUFFIX_LABELS = {"ac", "co", "com", "edu", "gov", "net", "org"}

FREEMAIL = (("gmail.com", 8), ("yahoo.com", 3), ("gmx.de", 2), ("proton.me", 1), ("icloud.com", 2),
            ("mail.ru", 1), ("yandex.com", 1))
STATUSES = (("New", 32), ("Contacted", 29), ("Interested", 14), ("Meeting booked", 10),
            ("Not interested", 10), ("Unsubscribed", 4), ("Parked", 1))
# eli@example.com is a member of the host's team whom the org does not know.
OWNERS = (("ada@example.com", 35), ("ben@example.com", 33), ("cleo@example.com", 24),
          ("eli@example.com", 8))
LEAD_STATUSES = (("Open - Not Contacted", 5), ("Working - Contacted", 4),
                 ("Closed - Not Converted", 1))
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
OPEN_STAGES = ("Prospecting", "Qualification")
CLOSED_STAGES = ("Closed Won", "Closed Lost")
TODAY = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)

LATIN = str.maketrans({
    "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE",
    "þ": "th", "Þ": "Th", "ð": "d", "ı": "i", "œ": "oe"})

Company = collections.namedtuple("Company", "id registered common website domain country industry")


class Dice:
    """Only random() is used: its sequence is promised to be equal in every Python version."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def below(self, n):
        return int(self.rng.random() * n)

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, pairs):
        at = self.below(sum(weight for _, weight in pairs))
        for value, weight in pairs:
            at -= weight
            if at < 0:
                return value
        raise AssertionError("weights are whole numbers above 0")

    def shuffled(self, items):
        keyed = [(self.rng.random(), n, item) for n, item in enumerate(items)]
        return [item for _, _, item in sorted(keyed, key=lambda k: k[:2])]


def host_of(website):
    return re.sub(r"^https?://", "", website.strip().lower()).split("/")[0]


def domain_of(website):
    labels = host_of(website).split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SUFFIX_LABELS
    return ".".join(labels[-3:] if deep else labels[-2:])


def latin(text):
    plain = unicodedata.normalize("NFKD", text.translate(LATIN))
    return "".join(c for c in plain if not unicodedata.combining(c))


def read_companies(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    header = "registered_name common_name website country industry".split()
    if lines[0].split("\t") != header:
        sys.exit(f"{path}:1: the header must be: {' '.join(header)} (tab separated)")
    out = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != 5 or not all(cell.strip() == cell and cell for cell in cells):
            sys.exit(f"{path}:{number}: want 5 filled, trimmed, tab separated columns")
        registered, common, website, country, industry = cells
        out.append(Company(f"c-{len(out) + 1:03d}", registered, common, website,
                           domain_of(website), country, industry))
    return out


def website_form(dice, company):
    d = company.domain
    return dice.pick((company.website, f"https://www.{d}/", f"http://www.{d}", f"www.{d}", d,
                      f"https://{d}/about", f"HTTPS://WWW.{d.upper()}", f"https://{d}/?ref=crm"))


def spelling(dice, company):
    """One of the ways in which people write a company's name."""
    plain = re.sub(r"[.,]", "", company.registered)
    return dice.weighted(((company.common, 10), (company.registered, 6), (plain, 2),
                          (company.common.upper(), 1), (company.common.lower(), 1),
                          (company.registered.upper(), 1),
                          (company.registered.replace(" ", "  "), 1)))


def invent_name(dice, country):
    """(first, last, latin first, latin last), two in three times of the company's country."""
    home = [p for p in PEOPLES if country in p[0]] if dice.chance(67) else []
    group = dice.pick(home or PEOPLES)
    spelled = [dice.pick(group[n].split()).replace("~", " ").split("=") for n in (1, 2)]
    return spelled[0][0], spelled[1][0], latin(spelled[0][-1]), latin(spelled[1][-1])


def local_part(text):
    return re.sub(r"[^a-z-]", "", text.lower())


def invent_mail(dice, first, last, domain, taken):
    base = f"{local_part(first)}.{local_part(last)}"
    for n in range(1, 1000):
        name = base if n == 1 else f"{base}{n}"
        if domain:
            mail = f"{name}@demo-invalid.{domain}"
        else:  # longer than any mailbox of these providers may be, so it cannot exist
            mark = hashlib.sha256(name.encode()).hexdigest()
            pad = max(4, 42 - len(f"demo.invalid.{name}.".replace(".", "")))
            mail = f"demo.invalid.{name}.{mark[:pad]}@{dice.weighted(FREEMAIL)}"
        if mail not in taken:
            taken.add(mail)
            return mail
    raise AssertionError("1000 people of one name in one company")


def invent_phone(dice, country):
    forms = PHONES.get(country)
    if not forms:
        return ""
    return dice.pick(forms).format(dice.below(100))


def stamp(dice):
    at = TODAY - datetime.timedelta(seconds=dice.below(400 * 86400))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def invent_person(dice, number, company, taken):
    """A host's person; `company` is None for the few who have none."""
    first, last, lfirst, llast = invent_name(dice, company.country if company else "")
    free = company is None or dice.chance(12)
    mail = invent_mail(dice, lfirst, llast, None if free else company.domain, taken)
    status = dice.weighted(STATUSES)
    slug = f"demo-invalid-{local_part(lfirst)}-{local_part(llast)}-{number:04x}"
    return {
        "id": f"p-{number:04d}", "first_name": first, "last_name": last,
        "email": mail.replace(mail[0], mail[0].upper(), 1) if dice.chance(5) else mail,
        "title": dice.pick(TITLES) if dice.chance(88) else "",
        "phone": invent_phone(dice, company.country if company else "United States")
                 if dice.chance(60) else "",
        "company_id": company.id if company else "",
        "company": spelling(dice, company) if company else "",
        "website": website_form(dice, company) if company and dice.chance(55) else "",
        "status": status, "owner": dice.weighted(OWNERS),
        "opted_out": status == "Unsubscribed" or dice.chance(1),
        "linkedin_url": f"https://www.linkedin.com/in/{slug}" if dice.chance(70) else "",
        "score": dice.below(101), "updated_at": stamp(dice)}


def invent_people(dice, companies, count, taken):
    """Every company gets one person while they last; the rest go by a falling weight."""
    weights = [(c, 1 + 40 // (n + 4)) for n, c in enumerate(dice.shuffled(companies))]
    places = dice.shuffled(companies)[:count]
    while len(places) < count:
        places.append(None if dice.chance(2) else dice.weighted(weights))
    people = [invent_person(dice, n, c, taken) for n, c in enumerate(dice.shuffled(places), 1)]
    for person in people[20::150]:
        person["email"] = ""              # known by name only
    for person in people[70::500]:        # as typed by a tired hand
        person["email"] = person["email"].replace("@", " at ")
    return people


def host_companies(dice, companies):
    """The host's own list: some rows know the domain, some the website, some only the name."""
    out = []
    for c in companies:
        known = dice.weighted((("both", 60), ("domain", 17), ("website", 18), ("name", 5)))
        out.append({
            "id": c.id, "name": spelling(dice, c),
            "domain": c.domain if known in ("both", "domain") else "",
            "website": website_form(dice, c) if known in ("both", "website") else "",
            "industry": c.industry if dice.chance(80) else "",
            "employees": dice.pick((2500, 8000, 20000, 45000, 90000)), "country": c.country})
    return out


ACCOUNT_KINDS = (("registered", 36), ("common", 34), ("registered-name-only", 12),
                 ("common-name-only", 8), ("subdomain", 7), ("shared-host", 3))


def account_of(dice, company, kind):
    slug = local_part(latin(company.common)) or "page"
    website = {
        "registered": company.website,
        "common": website_form(dice, company),
        "subdomain": f"https://{dice.pick(('shop', 'careers', 'investors'))}.{company.domain}/",
        "shared-host": f"https://www.linkedin.com/company/demo-invalid-{slug}"}.get(kind)
    row = {"_ref": "a" + company.id[2:],
           "Name": company.registered if kind.startswith("registered") else company.common}
    if website:
        row["Website"] = website
    if dice.chance(75):
        row["Industry"] = company.industry
    if dice.chance(60):
        row["BillingCountry"] = company.country
    return row


def org_accounts(dice, companies):
    """About 70 % of the companies, and a few children that share their parent's domain."""
    held = dice.shuffled(companies)[:len(companies) * 7 // 10]
    rows = [account_of(dice, c, dice.weighted(ACCOUNT_KINDS)) for c in held]
    children = []
    for company, row in list(zip(held, rows))[:12]:
        row.update(Name=company.registered, Website=company.website)
        unit = dice.pick(("Services", "Logistics", "Shared Services", "Research"))
        children.append({"_ref": row["_ref"] + "-1", "Name": f"{company.common} {unit}",
                         "Website": f"www.{company.domain}", "ParentId": "@" + row["_ref"]})
    return rows + children


def put(row, field, value):
    if value not in ("", None):
        row[field] = value


def as_org_person(dice, person, company):
    """What a salesperson once typed about somebody whom the host knows too."""
    row = {"LastName": person["last_name"], "FirstName": person["first_name"]}
    put(row, "Email", person["email"].lower())
    if dice.chance(5):
        row["FirstName"] = row["FirstName"][0] + "."
    if dice.chance(70):
        put(row, "Title", dice.pick(TITLES) if dice.chance(20) else person["title"])
    if dice.chance(60):
        country = company.country if company else ""
        put(row, "Phone", invent_phone(dice, country) if dice.chance(20) else person["phone"])
    if dice.chance(50):
        row["LeadSource"] = dice.pick(LEAD_SOURCES)
    if dice.chance(3):
        row["HasOptedOutOfEmail"] = True
    return row


def as_contact(dice, person, company, refs):
    row = as_org_person(dice, person, company)
    if company and "a" + company.id[2:] in refs and not dice.chance(4):
        row["AccountId"] = "@a" + company.id[2:]
    return row


def as_lead(dice, person, company):
    row = as_org_person(dice, person, company)
    row["Company"] = spelling(dice, company) if company else "[not provided]"
    row["Status"] = dice.weighted(LEAD_STATUSES)
    if company and dice.chance(35):
        row["Website"] = website_form(dice, company)
    if company and dice.chance(40):
        row["Industry"] = company.industry
    return row


def org_opportunities(dice, accounts, count):
    rows = []
    for account in dice.shuffled(accounts)[:count]:
        closed = dice.chance(45)
        days = -dice.below(300) - 1 if closed else dice.below(200) + 1
        rows.append({
            "Name": f"{account['Name'][:90]} - {dice.pick(('Renewal', 'New business', 'Pilot'))}",
            "AccountId": "@" + account["_ref"],
            "StageName": dice.pick(CLOSED_STAGES if closed else OPEN_STAGES),
            "CloseDate": (TODAY + datetime.timedelta(days=days)).strftime("%Y-%m-%d"),
            "Amount": (dice.below(400) + 5) * 500})
    return rows


def build_org(dice, companies, people, taken):
    """contacts: 1/6 of the people; leads: 250 in 2400, of whom 60 are contacts as well."""
    by_id = {c.id: c for c in companies}
    of = lambda person: by_id.get(person["company_id"])
    accounts = org_accounts(dice, companies)
    refs = {row["_ref"] for row in accounts}
    known = dice.shuffled([p for p in people if "@" in p["email"]])
    n, both = len(people) // 6, len(people) // 40
    contact_people = known[:n]
    lead_people = known[n - both:n - both + len(people) * 250 // 2400]
    # A few stand twice in the org under one address: a sync must not choose between them.
    contact_people = contact_people + contact_people[:3]
    lead_people = lead_people + lead_people[-2:]
    contacts = [as_contact(dice, p, of(p), refs) for p in contact_people]
    leads = [as_lead(dice, p, of(p)) for p in lead_people]
    strangers = [invent_person(dice, 0, dice.pick(companies), taken)
                 for _ in range(len(people) // 16)]
    for person in strangers[::15]:
        person["email"] = ""
    half = len(strangers) * 3 // 5
    contacts += [as_contact(dice, p, of(p), refs) for p in strangers[:half]]
    leads += [as_lead(dice, p, of(p)) for p in strangers[half:]]
    return {"Account": accounts, "Contact": dice.shuffled(contacts), "Lead": dice.shuffled(leads),
            "Opportunity": org_opportunities(dice, accounts, len(people) // 30)}


def build(companies, seed, count):
    """Each file has a stream of its own, so that a change in one does not shuffle the others."""
    taken = set()
    people = invent_people(Dice(f"people {seed}"), companies, count, taken)
    hosts = host_companies(Dice(f"companies {seed}"), companies)
    return people, hosts, build_org(Dice(f"org {seed}"), companies, people, taken)


def as_lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_seed(org):
    parts = []
    for name, rows in org.items():
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{" + ",\n".join(parts) + "}\n"


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--companies", default=os.path.join(here, "companies.tsv"),
                        help="table of real companies (default: the one beside this script)")
    parser.add_argument("--people", help="write the host's people here, one JSON object per line")
    parser.add_argument("--companies-out", help="write the host's companies here, likewise")
    parser.add_argument("--org", help="write what the org already holds here, as one JSON object")
    parser.add_argument("--seed", type=int, default=7, help="whole number (default 7)")
    parser.add_argument("--count", type=int, default=2400, help="people of the host (default 2400)")
    parser.add_argument("--check", action="store_true", help="verify, write nothing")
    args = parser.parse_args()
    if not 1 <= args.count <= 100000:
        parser.error("--count must be between 1 and 100000")
    if not args.check and not (args.people or args.companies_out or args.org):
        parser.error("nothing to do: give --people, --companies-out, --org or --check")

    companies = read_companies(args.companies)
    if args.check:
        from people_check import check
        return check(companies, args.seed, args.count)
    people, hosts, org = build(companies, args.seed, args.count)
    for path, text in ((args.people, as_lines(people)), (args.companies_out, as_lines(hosts)),
                       (args.org, as_seed(org))):
        if path:
            write(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
