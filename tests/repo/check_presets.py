#!/usr/bin/env python3
"""Holds docs/presets.md against the presets: every member it names is there and says what the paper
says, every leaf of a preset is in a row, every row has an id of tests/vectors/requirements.tsv.

usage: check_presets.py [--self-test] SOURCE_ROOT
"""
import json
import os
import re
import sys

ID = re.compile(r'\b[ABNJCDU]-\d+\b')


def read(root, *path):
    with open(os.path.join(root, *path), encoding='utf-8') as f:
        return f.read()


def leaves(value, path=()):
    """Paths of all plain values; entries of an array have the path of the array."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, path + (name,))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value


def fits(pattern, path):
    return len(pattern) <= len(path) and all(p in ('*', q) for p, q in zip(pattern, path))


def check_row(name, cells, flat, ids, say):
    """-> the patterns of members that the row tells of"""
    patterns = []
    for span in re.findall(r'`([^`]+)`', cells[0]):
        member, _, value = span.partition(': ')
        pattern = tuple(member.split('.'))
        values = [v for path, v in flat if fits(pattern, path)]
        if not values:
            say('%s: the preset has no member %s' % (name, member))
        elif value and json.loads(value) not in values:
            say('%s: %s is not %s' % (name, member, value))
        patterns.append(pattern)
    if not patterns or not ID.search(cells[2]):
        say('%s: a row without a member or without an id: %s' % (name, cells[0]))
    return patterns


def check(paper, presets, ids):
    found = []
    unknown = sorted(set(ID.findall(paper)) - ids)
    found += ['there is no row %s' % i for i in unknown]
    sections = dict(re.findall(r'^## `([a-z-]+)`\n(.*?)(?=^## |\Z)', paper, re.S | re.M))
    for name in sorted(set(sections) ^ set(presets)):
        found.append('%s: has no section, or is no preset' % name)
    for name in sorted(set(sections) & set(presets)):
        flat = list(leaves(presets[name]))
        patterns = [('version',)]
        for line in sections[name].split('\n'):
            cells = [c.strip() for c in line.strip('|').split(' | ')]
            if line.startswith('| `'):
                patterns += check_row(name, cells, flat, ids, found.append)
        for path in sorted({p for p, _ in flat if not any(fits(t, p) for t in patterns)}):
            found.append('%s: no row tells of %s' % (name, '.'.join(path)))
    return found


def load(root):
    with_doc = re.findall(r'^- `([a-z-]+)`: ', read(root, 'docs', 'configuration.md'), re.M)
    presets = {name: json.loads(read(root, 'examples', 'configs', name + '.json'))
               for name in with_doc if name != 'default'}
    ids = {line.split('\t')[0] for line in read(root, 'tests/vectors/requirements.tsv').split('\n')}
    return read(root, 'docs', 'presets.md'), presets, ids


def self_test():
    presets = {'x': {'version': 1, 'a': {'b': 1}, 'f': [{'p': 'fill'}, {'p': 'push'}]}}
    good = '## `x`\n\n| m | w | r |\n|---|---|---|\n| `a.b: 1`, `f.p: "fill"` | one | A-01 |\n'
    cases = [
        (good, None), (good.replace('a.b', '*.b'), None),
        (good.replace('a.b', 'a.c'), 'no member a.c'),
        (good.replace('a.b: 1, ', 'a.b: 2, ').replace('`a.b: 1`', '`a.b: 2`'), 'is not 2'),
        (good.replace('A-01', 'A-99'), 'no row A-99'), (good.replace('A-01', ''), 'without an id'),
        (good.replace('`a.b: 1`, ', ''), 'no row tells of a.b'),
        (good.replace('`x`', '`y`'), 'is no preset'),
    ]
    failures = 0
    for paper, words in cases:
        found = check(paper, presets, {'A-01'})
        if found != [] if words is None else not any(words in line for line in found):
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
    found = check(*load(args[0]))
    for line in found:
        print('docs/presets.md: ' + line)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
