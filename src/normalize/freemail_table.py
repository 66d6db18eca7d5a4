#!/usr/bin/env python3
"""Make the C table of consumer mail domains: freemail_table.py LIST OUTPUT.

The list is computed from published ones; what they get wrong is put right here, with the reason, so
that the list itself can be renewed as a whole.
"""
import re
import sys

# Consumer mail that no list, or only one, names.
ADD = """
tutamail.com tuta.io keemail.me mailfence.com runbox.com hushmail.com skiff.com passmail.net
passinbox.com hotmail.ch hotmail.at hotmail.se hotmail.no hotmail.dk hotmail.fi hotmail.be
hotmail.nl outlook.ie outlook.at outlook.dk outlook.pt outlook.cz outlook.jp outlook.kr outlook.in
outlook.com.br outlook.com.au outlook.es outlook.it outlook.be outlook.sg live.se live.no live.dk
live.be live.it yahoo.co.nz yahoo.com.sg yahoo.com.my yahoo.com.ph yahoo.com.vn yahoo.com.tr
yahoo.com.co yahoo.ro yahoo.se yahoo.no yahoo.dk yahoo.gr yahoo.pl myyahoo.com gmx.us gmx.co.uk
gmx.fr gmx.es gmx.it web.de email.de icloud.com.cn vodafonemail.de
""".split()

# Documentation names, and domains whose own staff write from them: employers first. zoho.com and
# sky.com stay consumer mail, their staff write from zohocorp.com and sky.uk.
REMOVE = """
example.com example.net example.org uk.com
facebook.com bt.com oi.com.br parrot.com singpost.com telstra.com.au shaw.ca zohocorp.com sky.uk
google.com apple.com microsoft.com yahooinc.com verizon.com comcast.com salesforce.com ibm.com
""".split()

NAME = re.compile(r"^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$")


def read(path):
    with open(path, encoding="ascii") as lines:
        names = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    names = (names | set(ADD)) - set(REMOVE)
    wrong = sorted(name for name in names if not NAME.match(name))
    if wrong:
        sys.exit(f"{path}: not a domain: {wrong[0]}")
    return sorted(names, key=lambda name: name.encode())


def write(path, names):
    with open(path, "w", encoding="ascii") as out:
        out.write('/* Generated from freemail_domains.txt by freemail_table.py. */\n')
        out.write('#include "normalize/normalizer.h"\n\n')
        out.write("const char crmi_freemail_text[] =\n")
        for name in names:
            out.write(f'    "{name}\\0"\n')
        out.write("    ;\n\nconst uint32_t crmi_freemail_offset[] = {\n")
        at = 0
        for name in names:
            out.write(f"    {at},\n")
            at += len(name) + 1
        out.write(f"}};\n\nconst size_t crmi_freemail_count = {len(names)};\n")


if __name__ == "__main__":
    write(sys.argv[2], read(sys.argv[1]))
