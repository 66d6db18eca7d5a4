#!/usr/bin/env python3
"""Holds docs/complaints.md against the tree: every complaint has its number, a defence and a proof; every
file, public name and member of the configuration that a defence names is there; every test, scenario and
case that proves one is there. A row whose proof is a dash is a complaint that is not answered, and says why.

usage: check_complaints.py [--self-test] SOURCE_ROOT
"""
import json
import os
import re
import sys
import tempfile

import check_requirements

PAPER = 'docs/complaints.md'
COUNT = 36


def case_names(root):
    names = set()

    def walk(value):
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            if 'name' in value:
                names.add(str(value['name']))
            for item in value.values():
                walk(item)

    top = os.path.join(root, 'tests', 'vectors')
    for folder, _, files in os.walk(top):
        for file in files:
            if file.endswith('.json'):
                with open(os.path.join(folder, file), encoding='utf-8') as f:
                    walk(json.load(f))
    return names


def check_row(number, cells, tree, names, say):
    if len(cells) != 4:
        say('row %s has %d cells, not 4' % (number, len(cells)))
        return
    defence, proof = cells[2], cells[3]
    for word in re.findall(r'`([^`]+)`', defence):
        place = word.partition(':')[0] if re.match(r'[\w.*]+: ', word) else word
        wrong = tree.place(place)
        if wrong:
            say('row %s: %s' % (number, wrong))
    proofs = re.findall(r'`([^`]+)`', proof)
    for word in proofs:
        if word.startswith('"'):
            wrong = None if word.strip('"') in names else 'there is no case %s' % word
        else:
            wrong = tree.proof(word)
        if wrong:
            say('row %s: %s' % (number, wrong))
    if not proofs and (proof.strip() != '-' or not defence.startswith('Not answered')):
        say('row %s: names no test, and does not begin with "Not answered"' % number)


def check(root):
    found = []
    tree, names = check_requirements.Tree(root), case_names(root)
    rows = [[c.strip() for c in line.strip().strip('|').split(' | ')]
            for line in check_requirements.read(root, PAPER).split('\n') if re.match(r'\| \d', line)]
    if [r[0] for r in rows] != [str(i + 1) for i in range(COUNT)]:
        found.append('%s: rows are not numbered 1 to %d' % (PAPER, COUNT))
    for row in rows:
        check_row(row[0], row, tree, names, lambda words: found.append('%s: %s' % (PAPER, words)))
    return found


def self_test():
    good = ''.join('| %d | It fails | By `src/a.c` and `export.mode` | `test_x__y`, `"A-01 x"` |\n' % (i + 1)
                   for i in range(COUNT))
    cases = [
        (good, None),
        (good.replace('| 7 | It', '| 8 | It'), 'not numbered'),
        (good.replace('src/a.c', 'src/b.c', 1), 'no file src/b.c'),
        (good.replace('export.mode', 'export.mood', 1), 'no member export.mood'),
        (good.replace('test_x__y', 'test_gone', 1), 'no test test_gone'),
        (good.replace('A-01 x', 'A-01 z', 1), 'no case'),
        (good.replace('`test_x__y`, `"A-01 x"`', '-', 1), 'Not answered'),
        (good.replace('By `src/a.c` and `export.mode` | `test_x__y`, `"A-01 x"`', 'Not answered: why | -', 1), None),
    ]
    files = {
        'src/a.c': '', 'include/crmsync/a.h': '', 'tests/unit/test_a.c': 'static void test_x__y(void **state)\n',
        'tests/vectors/v.json': '{"cases": [{"name": "A-01 x"}]}',
        'docs/config.schema.json': '{"properties": {"export": {"properties": {"mode": {"enum": []}}}}}',
    }
    failures = 0
    for text, words in cases:
        with tempfile.TemporaryDirectory() as root:
            for name, content in list(files.items()) + [(PAPER, text)]:
                os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
                with open(os.path.join(root, name), 'w', encoding='utf-8') as f:
                    f.write(content)
            found = check(root)
            if (found != []) if words is None else not any(words in line for line in found):
                failures += 1
                print('self-test: expected %s, found %s' % (words, found))
    print('self-test: %d papers, %d failures' % (len(cases), failures))
    return 1 if failures else 0


def main(argv):
    args = [a for a in argv[1:] if a != '--self-test']
    if len(args) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if '--self-test' in argv:
        return self_test()
    found = check(args[0])
    for line in found:
        print(line)
    print('complaints: %d rows, %d breaches' % (COUNT, len(found)))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
