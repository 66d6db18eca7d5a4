#!/usr/bin/env python3
"""Exported symbols of each library = names in its version map = functions its headers declare.

usage: check_symbols.py [--self-test] SOURCE_ROOT LIBRARY.so...
       check_symbols.py --print-map SOURCE_ROOT NAME      the map that the headers of NAME ask for

The library of a file is told by its name, libcrmsync-curl.so.0.1.0 is `crmsync-curl`. Exit code 0:
all the same; 1: each difference on a line of its own; 2: wrong usage.
"""
import fnmatch
import os
import re
import subprocess
import sys
import tempfile

# name: (map, headers). The core's are all of include/crmsync/*.h that no other library names.
LIBRARIES = {
    'crmsync': ('src/crmsync.map', None),
    'crmsync-conformance': ('src/conformance/crmsync-conformance.map', ['conformance.h']),
    'crmsync-curl': ('src/adapters/curl/crmsync-curl.map', ['adapters/curl.h']),
    'crmsync-memory': ('src/adapters/memory/crmsync-memory.map', ['adapters/memory.h']),
    'crmsync-posix': ('src/adapters/posix/crmsync-posix.map', ['adapters/posix.h']),
    'crmsync-postgres': ('src/adapters/postgres/crmsync-postgres.map', ['adapters/postgres.h']),
    'crmsync-sqlite': ('src/adapters/sqlite/crmsync-sqlite.map', ['adapters/sqlite.h']),
}


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def without_comments(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


def headers_of(root, name):
    folder = os.path.join(root, 'include', 'crmsync')
    own = LIBRARIES[name][1]
    if own is None:
        others = {h for _, hs in LIBRARIES.values() if hs for h in hs}
        own = sorted(h for h in os.listdir(folder) if h.endswith('.h') and h not in others)
    return [os.path.join(folder, h) for h in own]


def declared(paths):
    """Functions marked CRMSYNC_API."""
    names = set()
    for path in paths:
        text = re.sub(r'^[ \t]*#.*$', '', without_comments(read(path)), flags=re.M)
        for m in re.finditer(r'\bCRMSYNC_API\b([^;]*);', text):
            names.add(re.search(r'(\w+)\s*\(', m.group(1)).group(1))
    return names


def unmarked(paths):
    """Functions declared without CRMSYNC_API: nobody could call them."""
    names = set()
    for path in paths:
        text = re.sub(r'^[ \t]*#.*$', '', without_comments(read(path)), flags=re.M)
        text = re.sub(r'\b(?:typedef|CRMSYNC_API)\b[^;{]*;', '', text)
        text = re.sub(r'\{[^{}]*\}', '', text)
        names |= set(re.findall(r'^[\w \t*]+?\b(crmsync_\w+)\s*\([^)]*\)\s*;', text, re.M))
    return names


def mapped(path):
    """(names, wildcards) that the map makes global."""
    names, wild = set(), set()
    for block in re.findall(r'global:(.*?)(?:local:|\})', without_comments(read(path)), re.S):
        for name in block.replace('\n', ' ').split(';'):
            if name.strip():
                (wild if '*' in name else names).add(name.strip())
    return names, wild


def exported(library):
    out = subprocess.run(['nm', '-D', '--defined-only', library], stdout=subprocess.PIPE, text=True, check=True)
    names = set()
    for line in out.stdout.split('\n'):
        parts = line.split()
        if len(parts) == 3 and parts[1] != 'A':  # A: the version node itself
            names.add(parts[2].split('@')[0])
    return names


def differences(name, want, global_names, wild, have):
    found = []

    def tell(names, text):
        found.extend('%s: %s %s' % (name, n, text) for n in sorted(names))

    tell(wild, 'is a wildcard of the map; write the names out')
    tell(global_names - want, 'is in the map, but no header declares it')
    tell({n for n in want - global_names if not any(fnmatch.fnmatchcase(n, w) for w in wild)},
         'is declared, but missing in the map')
    tell(want - have, 'is declared, but the library does not export it: it is not defined')
    tell(have - want, 'is exported, but no header declares it')
    return found


def check(root, library):
    name = re.match(r'lib([\w-]+)\.so', os.path.basename(library)).group(1)
    headers = headers_of(root, name)
    global_names, wild = mapped(os.path.join(root, LIBRARIES[name][0]))
    found = differences(name, declared(headers), global_names, wild, exported(library))
    found += ['%s: %s is declared without CRMSYNC_API' % (name, n) for n in sorted(unmarked(headers))]
    return found


def print_map(root, name):
    node = name.upper().replace('-', '_') + '_0.1'
    lines = ''.join('    %s;\n' % n for n in sorted(declared(headers_of(root, name))))
    print('%s {\n  global:\n%s  local:\n    *;\n};' % (node, lines))


def self_test():
    """The comparison on libraries made for it, right and wrong."""
    failures = 0
    good = 'CRMSYNC_API int32_t crmsync_a(void);\nCRMSYNC_API const char *\ncrmsync_b(int x,\n  int y);\n'
    cases = [
        # header, map, code, words of the one finding or None
        (good, 'crmsync_a; crmsync_b;', 'int crmsync_a, crmsync_b;', None),
        (good, 'crmsync_a; crmsync_b;', 'int crmsync_a;', 'crmsync_b is declared, but the library'),
        (good, 'crmsync_a;', 'int crmsync_a;', 'crmsync_b is declared, but missing in the map'),
        (good, 'crmsync_a; crmsync_b; crmsync_c;', 'int crmsync_a, crmsync_b;', 'crmsync_c is in the map'),
        (good, 'crmsync_a; crmsync_b; crmsync_c;', 'int crmsync_a, crmsync_b, crmsync_c;', 'crmsync_c is exported'),
        (good, 'crmsync_*;', 'int crmsync_a, crmsync_b;', 'is a wildcard'),
        (good + 'int32_t crmsync_d(void);\n', 'crmsync_a; crmsync_b;', 'int crmsync_a, crmsync_b;', 'crmsync_d is declared without'),
    ]
    with tempfile.TemporaryDirectory() as folder:
        def path(name):
            return os.path.join(folder, name)
        for number, (header, names, code, words) in enumerate(cases):
            for name, text in (('a.h', header), ('a.c', code),
                               ('a.map', 'A_1 { global: %s local: *; };' % names)):
                with open(path(name), 'w', encoding='utf-8') as f:
                    f.write(text)
            subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-o', path('a.so'), path('a.c'),
                            '-Wl,--version-script=' + path('a.map')], check=True)
            global_names, wild = mapped(path('a.map'))
            found = differences('a', declared([path('a.h')]), global_names, wild, exported(path('a.so')))
            found += ['%s is declared without CRMSYNC_API' % n for n in unmarked([path('a.h')])]
            if bool(found) != bool(words) or (words and not any(words in f for f in found)):
                failures += 1
                print('self-test %d: expected %s, found %s' % (number, words, found))
    print('self-test: %d libraries, %d failures' % (len(cases), failures))
    return failures


def main(argv):
    if len(argv) == 4 and argv[1] == '--print-map' and argv[3] in LIBRARIES:
        print_map(argv[2], argv[3])
        return 0
    failures = self_test() if '--self-test' in argv else 0
    args = [a for a in argv[1:] if a != '--self-test']
    if len(args) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for library in args[1:]:
        found = check(args[0], library)
        failures += len(found)
        for line in found:
            print(line)
        print('%s: %d differences' % (os.path.basename(library), len(found)))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
