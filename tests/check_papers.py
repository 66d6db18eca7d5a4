#!/usr/bin/env python3
"""Holds the papers against the tree: links lead somewhere, and C code in them is compiled code.

usage: check_papers.py [--self-test] SOURCE_ROOT

Each ```c block of a Markdown file must stand, line for line, in one of the files that the build
compiles, each ```python and ```go block of docs/hooks.md in an example, and docs/state.md must name
every space and every member that src/state writes. Exit code 0: all well; 1: each breach on a line
of its own; 2: wrong usage.
"""
import os
import re
import sys
import tempfile

PAPERS = ('.', 'docs', 'examples', 'examples/data', 'tests/sim')
# Where the code of papers may come from. Python and Go stand in docs/hooks.md alone: the code of
# docs/python.md is run by that binding's tests, docs/go.md is held by those of Go.
COMPILED = {'c': ('examples', 'tests/repo'), 'python': ('examples/python',), 'go': ('examples/go',)}
SUFFIX = {'c': '.c', 'python': '.py', 'go': '.go'}
QUOTED = {'c': lambda path: True, 'python': lambda path: path.endswith('hooks.md'),
          'go': lambda path: path.endswith('hooks.md')}
PLAIN_PLACES = ('/tmp/', '/home/')


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def papers(root):
    for place in PAPERS:
        folder = os.path.join(root, place)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if name.endswith('.md'):
                yield os.path.normpath(os.path.join(folder, name))


def compiled(root, language):
    for place in COMPILED[language]:
        for where, _, names in os.walk(os.path.join(root, place)):
            for name in sorted(names):
                if name.endswith(SUFFIX[language]):
                    yield '\n' + read(os.path.join(where, name))


def check_code(path, text, sources, say):
    for language, known in sources.items():
        for block in re.findall(r'^```%s\n(.*?)^```' % language, text, re.S | re.M):
            if QUOTED[language](path) and not any('\n' + block in s for s in known):
                say(path, 'the code that begins with "%s" is in no compiled file'
                    % block.strip().split('\n')[0])


def slug(heading):
    """The anchor that a heading gets."""
    text = re.sub(r'[`*]|\[([^\]]*)\]\([^)]*\)', r'\1', heading).strip().lower()
    return re.sub(r'[^\w\- ]', '', text).replace(' ', '-')


def anchors(path):
    return {slug(h) for h in re.findall(r'^#+ (.*)$', read(path), re.M)}


def check_links(path, text, say):
    prose = re.sub(r'```.*?```', '', text, flags=re.S)
    for target in re.findall(r'\]\(([^)\s]+)\)', prose):
        if re.match(r'[a-z]+:', target):
            continue
        name, _, anchor = target.partition('#')
        there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(there):
            say(path, 'links to %s, which does not exist' % target)
        elif anchor and there.endswith('.md') and anchor not in anchors(there):
            say(path, 'links to %s: there is no such heading' % target)


WRITERS = re.compile(r'(?:crmi_jw_member_\w+|crmi_member_\w+|crmi_jw_key|crmi_name_write|crmi_fields_write)'
                     r'\(&?\w+, (?:CRMI_STR\()?"(\w+)"|_MEMBER\("(\w+)",')


def check_state(root, say):
    path = os.path.join(root, 'docs', 'state.md')
    header = os.path.join(root, 'include', 'crmsync', 'state.h')
    if not os.path.exists(header):
        return
    text = read(path)
    for name, number in re.findall(r'CRMSYNC_SPACE_(\w+) = (\d+)', read(header)):
        if not re.search(r'\b%s %s\b' % (number, name.lower()), text):
            say(path, 'does not tell of space %s %s' % (number, name.lower()))
    folder = os.path.join(root, 'src', 'state')
    for source in sorted(os.listdir(folder)):
        for pair in WRITERS.findall(read(os.path.join(folder, source))):
            member = pair[0] or pair[1]
            if not re.search(r'[`"./]%s[`"]' % member, text):
                say(path, 'does not tell of the member %s that %s writes' % (member, source))


def check(root):
    found = []
    sources = {language: list(compiled(root, language)) for language in COMPILED}

    def say(path, words):
        found.append('%s: %s' % (os.path.relpath(path, root), words))

    for path in papers(root):
        text = read(path)
        check_links(path, text, say)
        check_code(path, text, sources, say)
        for place in PLAIN_PLACES:
            if place in text:
                say(path, 'names the path %s of some machine' % place)
    check_state(root, say)
    return found


def self_test_languages():
    failures = 0
    sources = {'c': [], 'python': ['\na = 1\n'], 'go': ['\nvar a = 1\n']}
    for path, text, breaches in (('docs/hooks.md', '```python\na = 1\n```\n```go\nvar a = 1\n```\n', 0),
                                 ('docs/hooks.md', '```python\nb = 1\n```\n```go\nvar b = 1\n```\n', 2),
                                 ('docs/python.md', '```python\nb = 1\n```\n', 0)):
        found = []
        check_code(path, text, sources, lambda where, words: found.append(words))
        if len(found) != breaches:
            failures += 1
            print('self-test: %d breaches expected, found %s' % (breaches, found))
    return failures


def self_test():
    cases = [
        ('[a](docs/b.md) [c](#top)\n# Top\n```c\nint a;\n```\n', None),
        ('[a](docs/c.md)\n', 'does not exist'),
        ('[a](docs/b.md#none)\n', 'no such heading'),
        ('```c\nint b;\n```\n', 'in no compiled file'),
        ('see /tmp/x\n', 'of some machine'),
    ]
    state = '1 meta: `format`'
    kept = [
        (state, 'w, "format", x', None),
        (state, 'w, "format", "x"); crmi_member_text(&w, "origin", y', 'the member origin'),
        ('1 mota: `format`', 'w, "format", x', 'space 1 meta'),
    ]
    failures = self_test_languages()
    for text, words, code in [(t, w, None) for t, w in cases] + [(t, w, c) for t, c, w in kept]:
        with tempfile.TemporaryDirectory() as root:
            for folder in ('docs', 'examples'):
                os.mkdir(os.path.join(root, folder))
            for name, content in (('README.md', text), ('docs/b.md', '# B\n'), ('examples/a.c', 'int a;\n')):
                with open(os.path.join(root, name), 'w', encoding='utf-8') as f:
                    f.write(content)
            if code:
                for name, content in (('include/crmsync/state.h', 'CRMSYNC_SPACE_META = 1'),
                                      ('src/state/a.c', 'crmi_jw_member_text(' + code + ');'),
                                      ('docs/state.md', text)):
                    os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
                    with open(os.path.join(root, name), 'w', encoding='utf-8') as f:
                        f.write(content)
            found = check(root)
            if bool(found) != bool(words) or (words and not any(words in f for f in found)):
                failures += 1
                print('self-test: expected %s, found %s' % (words, found))
    print('self-test: %d papers, %d failures' % (len(cases) + len(kept), failures))
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
    print('papers: %d breaches' % len(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
