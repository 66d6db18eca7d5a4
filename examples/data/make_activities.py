#!/usr/bin/env python3
"""Invent activities with the people of the demo.

    make_activities.py --people people.jsonl --activities activities.jsonl --seed 7 --count 60

E-mails, calls, meetings, notes and tasks of the host's team, as JSON lines. Most are with people
whom an export takes to the CRM; a few with people who are held back there (status Parked or
Unsubscribed), so that their activities have to wait. One seed always gives the same bytes.
"""

import argparse
import datetime
import json
import random

KINDS = ("email", "call", "meeting", "note", "task")
EXPORTED = ("New", "Contacted", "Interested", "Meeting booked", "Not interested")
START = datetime.datetime(2026, 5, 4, 8, 0, tzinfo=datetime.timezone.utc)

WORDS = {
    "email": (("Introduction", "A short note about our product."),
              ("Your question about prices", "The price list is attached."),
              ("Re: next steps", "Thursday works well for us.")),
    "call": (("First call", "Wants to see a demo in June."),
             ("Call back", "Asked us to call again after the holidays.")),
    "meeting": (("Product demo", "Shown to three people of the team."),
                ("Planning for the pilot", "Scope and dates.")),
    "note": (("Budget", "The budget for this year is spent; ask again in January."),
             ("Switching", "Uses another tool, the contract ends in autumn.")),
    "task": (("Send the contract", "With the changes they asked for."),
             ("Prepare an offer", "Twenty seats.")),
}
OUTCOMES = ("connected", "left a message", "no answer")


def invent(rng, number, person):
    kind = KINDS[number % len(KINDS)]
    subject, body = WORDS[kind][int(rng.random() * len(WORDS[kind]))]
    at = START + datetime.timedelta(minutes=int(rng.random() * 28 * 24 * 60))
    row = {"id": f"a-{number:04d}", "kind": kind, "person_id": person["id"],
           "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "subject": subject, "body": body,
           "owner": person["owner"]}
    if kind in ("email", "call"):
        row["direction"] = "inbound" if rng.random() < 0.4 else "outbound"
    if kind == "call":
        row["outcome"] = OUTCOMES[int(rng.random() * len(OUTCOMES))]
    if kind in ("call", "meeting"):
        row["duration_s"] = 300 * (1 + int(rng.random() * 9))
    if kind == "task":
        row["done"] = rng.random() < 0.5
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--people", required=True, help="people.jsonl of make_people.py")
    parser.add_argument("--activities", required=True, help="write here, one JSON object per line")
    parser.add_argument("--seed", type=int, default=7, help="whole number (default 7)")
    parser.add_argument("--count", type=int, default=60, help="activities (default 60)")
    args = parser.parse_args()
    rng = random.Random(f"activities {args.seed}")
    with open(args.people, encoding="utf-8") as file:
        people = [json.loads(line) for line in file]
    known = [p for p in people if p["status"] in EXPORTED and "@" in p["email"]]
    held = [p for p in people if p["status"] not in EXPORTED] or known
    with open(args.activities, "w", encoding="utf-8", newline="\n") as file:
        for number in range(1, args.count + 1):
            pool = held if number % 15 == 0 else known
            row = invent(rng, number, pool[int(rng.random() * len(pool))])
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
