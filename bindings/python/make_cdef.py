#!/usr/bin/env python3
"""Derives what cffi is told of the library from the public headers.

usage: make_cdef.py [--check] INCLUDE_DIR [FOLDER]

Writes crmsync/cdef/<part>.h, one file for the core and one for each adapter. With --check nothing is
written: exit code 1 and a difference tell that a header has changed since.
"""
import difflib
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# part -> (header that the compiler reads, which of our own files belong to it; empty = the rest)
PARTS = {
    'core': ('crmsync/crmsync.h', ()),
    'conformance': ('crmsync/conformance.h', ('conformance.h',)),
    'record_keys': ('crmsync/adapters/record_keys.h', ('adapters/record_keys.h',)),
    'memory': ('crmsync/adapters/memory.h', ('adapters/memory.h',)),
    'sqlite': ('crmsync/adapters/sqlite.h', ('adapters/sqlite.h',)),
    'postgres': ('crmsync/adapters/postgres.h', ('adapters/postgres.h',)),
    'curl': ('crmsync/adapters/curl.h', ('adapters/curl.h',)),
    'posix': ('crmsync/adapters/posix.h', ('adapters/posix.h',)),
}
NUMBER = re.compile(r'^#define (CRMSYNC_\w+) (?:0x[0-9a-fA-F]+|\d+)u?(?:\s|$)', re.M)
TEXT = re.compile(r'^#define (CRMSYNC_\w+) "', re.M)
SIZE = re.compile(r'^#define (CRMSYNC_\w+) \(\(size_t\)-1\)', re.M)


def preprocess(include, header):
    """(file, text) of the pieces of our own headers, as the compiler sees them."""
    command = [*os.environ.get('CC', 'cc').split(), '-E', '-x', 'c', '-std=c11', '-DCRMSYNC_NO_VISIBILITY',
               '-I', include, os.path.join(include, header)]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    name, lines = '', []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            if lines:
                yield name, '\n'.join(lines)
            name, lines = marker.group(1), []
        else:
            lines.append(line)
    yield name, '\n'.join(lines)


def tidy(text):
    """One declaration or member a line, however the header wraps them."""
    text = ' '.join(text.split()).replace('{ ', '{\n').replace('; ', ';\n').replace(' }', '\n}')
    text = re.sub(r'enum \{[^}]*\}', lambda m: m.group(0).replace(', ', ',\n'), text)
    # A struct that carries its size may have more members than these.
    return re.sub(r'(struct \w+ \{\nsize_t struct_size;[^{}]*)\}', r'\1...;\n}', text)


def constants(path):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    for name in NUMBER.findall(text):
        yield f'#define {name} ...'
    for name in TEXT.findall(text):
        yield f'static char *const {name};'
    for name in SIZE.findall(text):
        yield f'static const size_t {name};'


def derive(include, part):
    header, wanted = PARTS[part]
    ours = os.path.join(os.path.abspath(include), 'crmsync') + os.sep
    pieces, seen = [], []
    for name, text in preprocess(os.path.abspath(include), header):
        if not name.startswith(ours):
            continue
        name = name[len(ours):]
        if wanted and name not in wanted:
            continue
        if name not in seen:
            seen.append(name)
        if text.strip():
            pieces.append(tidy(text))
    values = [line for name in seen for line in constants(ours + name)]
    lines = ['/* Made by make_cdef.py from the public headers; do not edit. */', *values, *pieces]
    return '\n'.join(line for line in '\n'.join(lines).split('\n') if line.strip()) + '\n'


def main(argv):
    check = '--check' in argv
    words = [word for word in argv[1:] if word != '--check']
    if not 1 <= len(words) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = words[1] if len(words) > 1 else os.path.join(HERE, 'crmsync', 'cdef')
    stale = 0
    for part in PARTS:
        path = os.path.join(folder, part + '.h')
        fresh = derive(words[0], part)
        if check:
            with open(path, encoding='utf-8') as f:
                diff = list(difflib.unified_diff(f.read().splitlines(True), fresh.splitlines(True),
                                                 path, 'derived from the headers'))
            sys.stdout.writelines(diff)
            stale += bool(diff)
        else:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(fresh)
    if stale:
        print('a public header has changed: run bindings/python/make_cdef.py include, and look at '
              'what the change asks of the binding')
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
