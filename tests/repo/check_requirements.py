#!/usr/bin/env python3
"""Holds tests/vectors/requirements.tsv against the tree and writes docs/requirements.md from it.

usage: check_requirements.py [--self-test] SOURCE_ROOT

The table has one line for each row: what it asks, where it lives, what proves it, how far it is
met. Cases in tests/vectors/ name the rows they prove in their member "requirement", or by an id at the
beginning of their name. Breaches are:

- a case, a file, a configuration member, a function or a test that does not exist,
- a decision that is said to be met, or partly met, without a case,
- another row that is said to be met without a case or a test,
- a row that is not met in full without a word on what is missing,
- a decision "not yet" met although a case names it,
- more decisions "not yet" met than the ceiling at the head of the table allows,
- docs/requirements.md not as generated.

UPDATE_DOCS=1 in the environment writes the paper anew and lowers the ceiling, never raises it.
Exit code 0: all well; 1: each breach on a line of its own; 2: wrong usage.
"""
import collections
import json
import os
import re
import sys
import tempfile

TABLE = 'tests/vectors/requirements.tsv'
PAPER = 'docs/requirements.md'
COLUMNS = ('id', 'kind', 'status', 'statement', 'where', 'proof', 'note')
KINDS = {
    'decision': 'a rule that a plan follows: proven by cases in `tests/vectors/`',
    'config': 'a setting, its default, or what is told about it before anything runs',
    'connection': 'the way to the org: login, tokens, rights',
    'wire': 'requests, answers, limits and errors of the API',
    'engine': 'runs, queue, state, log',
    'document': 'something a paper has to say',
    'promise': 'what a product promises as a whole',
    'host': 'the host\'s own: the library only must not stand in the way',
}
STATUSES = ('met', 'partly', 'not yet')
WORDS = (6, 22)  # a statement is short, and still a sentence

Row = collections.namedtuple('Row', COLUMNS + ('area', 'line'))


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as f:
        return f.read()


def read_table(root, say):
    """-> rows, areas in their order, ceiling"""
    rows, areas, ceiling = [], [], None
    for number, line in enumerate(read(root, TABLE).split('\n'), 1):
        if line.startswith('## '):
            areas.append(line[3:])
        elif line.startswith('# ceiling: '):
            ceiling = int(line[11:])
        elif line and not line.startswith('#'):
            cells = line.split('\t')
            if len(cells) > len(COLUMNS) or len(cells) < 4:
                say('%s:%d: has %d columns' % (TABLE, number, len(cells)))
                continue
            cells += [''] * (len(COLUMNS) - len(cells))
            rows.append(Row(*[c.strip() for c in cells], areas[-1] if areas else '', number))
    if ceiling is None:
        say('%s: the head has no line "# ceiling: N"' % TABLE)
    return rows, areas, ceiling or 0


def named_cases(value, file, found):
    """Collects every object that carries "requirement", or a name that begins with an id."""
    if isinstance(value, list):
        for item in value:
            named_cases(item, file, found)
    elif isinstance(value, dict):
        name = str(value.get('name') or '%s %s' % (value.get('kind'), value.get('input')))
        ids = value.get('requirement', [])
        ids = [ids] if isinstance(ids, str) else list(ids)
        first = re.match(r'[ABCDJNU]-\d{2,3}(?= )', name)
        if first and first.group() not in ids:
            ids.append(first.group())
        if ids:
            found.append((file, name, ids))
        for item in value.values():
            named_cases(item, file, found)


def read_cases(root):
    """-> [(file below tests/vectors, name, ids)]"""
    found = []
    top = os.path.join(root, 'tests', 'vectors')
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            file = os.path.relpath(path, top).replace(os.sep, '/')
            with open(path, encoding='utf-8') as f:
                if name.endswith('.json'):
                    named_cases(json.load(f), file, found)
                elif name.endswith('.jsonl'):
                    named_cases([json.loads(line) for line in f if line.strip()], file, found)
    return found


PROMISE = re.compile(r'story\.promise\(\s*f?"([^"]*)"')


def read_scenarios(root):
    """-> [(file, ids of the rows that a promise proves from end to end)]"""
    top, found = os.path.join(root, 'tests', 'scenarios'), []
    for name in sorted(os.listdir(top)) if os.path.isdir(top) else []:
        if name.endswith('.py') and name != 'world.py':
            path = 'tests/scenarios/' + name
            found += [(path, [i.strip() for i in ids.split(',') if i.strip()])
                      for ids in PROMISE.findall(read(root, path))]
    return found


class Tree:
    """What the table's words may name."""

    def __init__(self, root):
        self.root = root
        self.tests = {}  # function or program -> program
        for folder, _, names in sorted(os.walk(os.path.join(root, 'tests'))):
            for name in sorted(names):
                if re.match(r'test_\w+\.c$', name):
                    text = read(root, os.path.relpath(os.path.join(folder, name), root))
                    for test in re.findall(r'^static void (test_\w+)\(', text, re.M):
                        self.tests[test] = name[:-2]
                    self.tests[name[:-2]] = name[:-2]
        headers = os.path.join(root, 'include', 'crmsync')
        self.played = collections.defaultdict(dict)  # row -> the scenarios, as an ordered set
        for path, ids in read_scenarios(root):
            for i in ids:
                self.played[i][path] = True
        self.headers = '\n'.join(
            read(root, os.path.relpath(os.path.join(folder, name), root))
            for folder, _, names in os.walk(headers) for name in sorted(names))
        path = 'docs/config.schema.json'
        exists = os.path.exists(os.path.join(root, path))
        self.schema = json.loads(read(root, path)) if exists else {}

    def has(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def member(self, name):
        """Does the configuration have this member? * stands for any object's name."""
        node = self.schema
        for part in name.split('.'):
            node = self.step(node, part)
            if node is None:
                return False
        return True

    def step(self, node, part):
        while '$ref' in node or 'items' in node:
            if 'items' in node:
                node = node['items']
                continue
            target = self.schema
            for key in node['$ref'].lstrip('#/').split('/'):
                target = target[key]
            node = target
        properties = node.get('properties', {})
        if part == '*':
            return next(iter(properties.values()), node.get('additionalProperties') or None)
        return properties.get(part)

    def place(self, word):
        """None, or what is wrong with a word of the column "where"."""
        if '/' in word:
            return None if self.has(word) else 'there is no file %s' % word
        if re.match(r'(crmsync|CRMSYNC)_\w+$', word):
            known = re.search(r'\b%s\b' % word, self.headers)
            return None if known else 'no public header has %s' % word
        return None if self.member(word) else 'the configuration has no member %s' % word

    def proof(self, word):
        """None, or what is wrong with a word of the column "proof"."""
        known = self.has(word) if '/' in word else word in self.tests
        return None if known else 'there is no test %s' % word

    def spelled(self, word):
        """A word of the column "proof" as the paper shows it."""
        program = self.tests.get(word, word)
        return '`%s`' % word if program == word else '`%s`: `%s`' % (program, word)


def check_row(row, tree, cases, say):
    def bad(words):
        say('%s:%d: %s: %s' % (TABLE, row.line, row.id, words))

    if row.kind not in KINDS:
        bad('the kind "%s" is none of %s' % (row.kind, ', '.join(KINDS)))
    if row.status not in STATUSES:
        bad('the status "%s" is none of %s' % (row.status, ', '.join(STATUSES)))
    words = len(row.statement.split())
    if not WORDS[0] <= words <= WORDS[1]:
        bad('the statement has %d words, not %d to %d' % ((words,) + WORDS))
    for word in row.where.split():
        wrong = tree.place(word)
        if wrong:
            bad(wrong)
    for word in row.proof.split():
        wrong = tree.proof(word)
        if wrong:
            bad(wrong)
    if row.status != 'met' and not row.note:
        bad('is %s, and the note does not say what is missing' % row.status)
    if row.kind == 'decision':
        if row.status != 'not yet' and not cases:
            bad('is a decision that no case proves')
        if row.status == 'not yet' and cases:
            bad('is said to be not yet met, but %s "%s" names it: say met or partly'
                % (cases[0][0], cases[0][1]))
    elif row.status == 'met' and not cases and not row.proof and row.id not in tree.played:
        bad('is said to be met, but neither a case nor a test proves it')


def code(words):
    return ' '.join('`%s`' % w for w in words.split())


def proven(row, cases, tree):
    files = collections.Counter(file for file, _ in cases)
    parts = ['%s%s' % (file, ' (%d)' % n if n > 1 else '') for file, n in files.items()]
    parts += [tree.spelled(word) for word in row.proof.split()]
    return '; '.join(parts + ['`%s`' % path for path in tree.played.get(row.id, ())])


def paper(rows, areas, by_id, tree):
    out = ['# Requirements', '',
           'Generated from `%s` and the cases of `tests/vectors/`; do not edit. Write it anew with'
           % TABLE,
           '`UPDATE_DOCS=1 tests/repo/check_requirements.py .`.', '',
           'The library is to be configured so that it behaves as any of five products documents its',
           'Salesforce sync: a row is one such rule, default or promise. The letter tells the product,',
           'D rows settle where they disagree, U rows what none of them says. A case in `tests/vectors/`',
           'carries the ids of the rows it proves, so `grep -rn \'"A-40"\' tests/vectors` finds them. A promise in',
           '`tests/scenarios/` names the rows that it proves from end to end.',
           '', '| kind | what it is |', '|---|---|']
    out += ['| %s | %s |' % pair for pair in KINDS.items()]
    out += ['', '## Totals', '', '| area | rows | met | partly | not yet | with a case | from end to end |',
            '|---|---:|---:|---:|---:|---:|---:|']

    def totals(name, some):
        count = collections.Counter(r.status for r in some)
        out.append('| %s | %d | %d | %d | %d | %d | %d |' % (
            name, len(some), count['met'], count['partly'], count['not yet'],
            sum(1 for r in some if by_id[r.id]), sum(1 for r in some if r.id in tree.played)))

    for area in areas:
        totals(area, [r for r in rows if r.area == area])
    totals('**all**', rows)
    waiting = [r for r in rows if r.kind == 'decision' and r.status == 'not yet']
    out += ['', '## Decisions not yet made', '']
    out += ['- %s: %s *%s*' % (r.id, r.statement, r.note) for r in waiting] or ['None.']
    for area in areas:
        out += ['', '## ' + area, '', '| id | kind | what it asks | status | where | proven by |',
                '|---|---|---|---|---|---|']
        for r in (r for r in rows if r.area == area):
            status = r.status + (': ' + r.note if r.note and r.status != 'met' else '')
            statement = r.statement + (' *%s*' % r.note if r.note and r.status == 'met' else '')
            out.append('| %s | %s | %s | %s | %s | %s |' % (
                r.id, r.kind, statement, status, code(r.where), proven(r, by_id[r.id], tree)))
    return '\n'.join(out) + '\n'


def check(root, update=False):
    found, notes = [], []
    rows, areas, ceiling = read_table(root, found.append)
    tree = Tree(root)
    by_id = {row.id: [] for row in rows}
    if len(by_id) != len(rows):
        twice = [i for i, n in collections.Counter(r.id for r in rows).items() if n > 1]
        found.append('%s: twice in the table: %s' % (TABLE, ', '.join(twice)))
    for file, name, ids in read_cases(root):
        for i in ids:
            if i in by_id:
                by_id[i].append((file, name))
            else:
                found.append('%s: "%s" names the unknown row %s' % (file, name, i))
    for i in sorted(set(tree.played) - set(by_id)):
        found.append('%s: a promise names the unknown row %s' % (', '.join(tree.played[i]), i))
    for row in rows:
        check_row(row, tree, by_id[row.id], found.append)
    waiting = sum(1 for r in rows if r.kind == 'decision' and r.status == 'not yet')
    if waiting > ceiling:
        found.append('%s: %d decisions are not yet met, the ceiling is %d' % (TABLE, waiting, ceiling))
    text = paper(rows, areas, by_id, tree)
    if update:
        if waiting < ceiling:
            table = read(root, TABLE).replace('# ceiling: %d\n' % ceiling, '# ceiling: %d\n' % waiting)
            with open(os.path.join(root, TABLE), 'w', encoding='utf-8') as f:
                f.write(table)
        with open(os.path.join(root, PAPER), 'w', encoding='utf-8') as f:
            f.write(text)
    elif not tree.has(PAPER) or read(root, PAPER) != text:
        found.append('%s: not as generated; run UPDATE_DOCS=1 %s .'
                     % (PAPER, 'tests/repo/check_requirements.py'))
    if waiting < ceiling and not update:
        notes.append('the ceiling %d may be lowered to %d: UPDATE_DOCS=1 does it' % (ceiling, waiting))
    return found, notes, rows


SEVEN = 'one two three four five six seven'


def self_test():
    head = '# ceiling: 0\n## Area\n'
    good = 'A-01\tdecision\tmet\t%s\tsrc/a.c export.mode crmsync_x\n' % SEVEN
    tried = 'B-01\twire\tmet\t%s\tsrc/a.c\t' % SEVEN
    cases = [
        (head + good, None),
        (head + good + tried + 'test_x__y_z\n', None),
        (head + good + tried + 'test_x__gone\n', 'there is no test test_x__gone'),
        (head + good + tried + 'test_b\n', 'there is no test test_b'),
        (head + good + tried + '\n', 'neither a case nor a test'),
        (head + good.replace('A-01', 'A-09'), 'promise names the unknown row A-01'),
        (head + good + 'A-02\tdecision\tmet\t%s\n' % SEVEN, 'that no case proves'),
        (head + good + 'A-02\tdecision\tnot yet\t%s\t\t\tall\n' % SEVEN, 'the ceiling is 0'),
        (head + good + 'A-02\tpromise\tpartly\t%s\n' % SEVEN, 'does not say what is missing'),
        (head + good.replace('met', 'not yet'), 'but decide/v.json "A-01 x" names it'),
        (head + good.replace('A-01', 'A-09'), 'names the unknown row A-01'),
        (head + good + good, 'twice in the table: A-01'),
        (head + good.replace('src/a.c', 'src/b.c'), 'there is no file src/b.c'),
        (head + good.replace('.mode', '.mood'), 'no member export.mood'),
        (head + good.replace('sync_x', 'sync_y'), 'no public header has crmsync_y'),
        (head + good.replace('decision', 'rule'), 'the kind "rule"'),
        (head + good.replace('one two', 'one').replace('three four', ''), 'has 4 words'),
        (good, 'has no line "# ceiling: N"'),
    ]
    files = {
        'src/a.c': '', 'include/crmsync/a.h': 'void crmsync_x(void);',
        'tests/unit/test_a.c': 'static void test_x__y_z(void **state)\n',
        'tests/vectors/decide/v.json':
            '{"cases": [{"name": "A-01 x"}, {"name": "y", "requirement": ["A-01"]}]}',
        'tests/scenarios/a.py': 'with story.promise("A-01", "it works"):',
        'docs/config.schema.json':
            '{"properties": {"export": {"properties": {"mode": {"enum": []}}}}}',
    }
    failures = 0
    for table, words in cases:
        with tempfile.TemporaryDirectory() as root:
            for name, content in list(files.items()) + [(TABLE, table)]:
                os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
                with open(os.path.join(root, name), 'w', encoding='utf-8') as f:
                    f.write(content)
            stale = any(PAPER in line for line in check(root)[0])
            first = check(root, update=True)[0]
            second = check(root)[0]
            right = first == [] if words is None else any(words in line for line in first)
            if not right or not stale or any(PAPER in line for line in second):
                failures += 1
                print('self-test: expected %s, found %s' % (words, first))
    print('self-test: %d tables, %d failures' % (len(cases), failures))
    return 1 if failures else 0


def main(argv):
    args = [a for a in argv[1:] if a != '--self-test']
    if len(args) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if '--self-test' in argv:
        return self_test()
    found, notes, rows = check(args[0], bool(os.environ.get('UPDATE_DOCS')))
    for line in found:
        print(line)
    for line in notes:
        print('note: ' + line)
    count = collections.Counter(r.status for r in rows)
    print('requirements: %d rows, %s; %d breaches' % (
        len(rows), ', '.join('%d %s' % (count[s], s) for s in STATUSES), len(found)))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
