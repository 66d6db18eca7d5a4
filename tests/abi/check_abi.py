#!/usr/bin/env python3
"""Compares built libraries with the ABI recorded in abi/, by abidiff of abigail-tools.

usage: check_abi.py [--renew] SOURCE_ROOT LIBRARY.so...

The record of libcrmsync-curl.so.0.1.0 is abi/libcrmsync-curl-0.1.abi. Exit code 0: nothing but
additions; 1: what broke is printed; 2: wrong usage; 77: cannot be told (abidiff is not installed,
or the libraries are without debug information, from a sanitized build or another kind of machine).
--renew writes the records instead; tests/abi/renew.sh calls it.
"""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SKIP = 77
WRITE = ['--exported-interfaces-only', '--type-id-style', 'hash', '--no-elf-needed', '--no-comp-dir-path',
         '--no-corpus-path', '--no-show-locs', '--no-parameter-names']


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def record_path(root, library):
    """Where the record of a library lies: libcrmsync-curl.so.0.1.0 -> abi/libcrmsync-curl-0.1.abi."""
    name, version = re.match(r'(.*)\.so\.(\d+\.\d+)', os.path.basename(library)).groups()
    return os.path.join(root, 'abi', '%s-%s.abi' % (name, version))


def baseline(root, library):
    """The newest record: that of this version, or of the last that was released."""
    folder, name = os.path.join(root, 'abi'), os.path.basename(library).split('.so')[0]
    found = [m for m in (re.match(re.escape(name) + r'-(\d+)\.(\d+)\.abi$', f) for f in os.listdir(folder)) if m]
    newest = max(found, key=lambda m: (int(m.group(1)), int(m.group(2))), default=None)
    return os.path.join(folder, newest.group(0)) if newest else record_path(root, library)


def unfit(library):
    """Why this library cannot be compared, or None."""
    try:
        if run('abidiff', '--version').returncode:
            return 'abidiff does not run'
    except FileNotFoundError:
        return 'abidiff is not installed; scripts/setup installs abigail-tools'
    if '.debug_info' not in run('readelf', '-SW', library).stdout:
        return 'the libraries have no debug information'
    if re.search(r' U __(asan|tsan|msan|ubsan|hwasan)_', run('nm', '-D', library).stdout):
        return 'this is a sanitized build'
    if not re.search(r'Machine: .*X86-64', run('readelf', '-h', library).stdout):
        return 'the records are of x86-64'
    return None


def record(root, library, path):
    """Writes what programs see of a library. Returns what went wrong, or None."""
    done = run('abidw', *WRITE, '--suppressions', os.path.join(root, 'abi', 'crmsync.abignore'),
               '--out-file', path, library)
    if done.returncode:
        return done.stdout or 'abidw failed'
    with open(path, encoding='utf-8') as f:
        text = f.read()
    # where it was built does not belong into it
    text = re.sub(r"path='[^']*?((?:src|tests)/[^']*)'", r"path='\1'", text)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    return None


def structs(path):
    """{name: (size, [(offset, name, type) of each member])} of a record; types are named by digests."""
    found = {}
    for node in xml.etree.ElementTree.parse(path).iter('class-decl'):
        members = [(m.get('layout-offset-in-bits'), v.get('name'), v.get('type-id'))
                   for m in node.findall('data-member') for v in m.findall('var-decl')]
        if members:
            found[node.get('name')] = (int(node.get('size-in-bits')), members)
    return found


def grown(old, new):
    """Names of the sized structs that did nothing but grow at their end, which docs/abi.md allows."""
    before, after = structs(old), structs(new)
    for name, (size, members) in before.items():
        now_size, now = after.get(name, (0, []))
        if members[0][1] == 'struct_size' and now_size > size and now[:len(members)] == members:
            yield name


def compare(root, old, library):
    """(exit code of abidiff, what it says). 4 and 8 are changes, 1 and 2 mean it did not work.
    Records are compared with records: seen through a library, each struct behind a handle differs.
    Only structs that have grown are let pass: has_data_member_inserted_at alone, which is what
    abidiff offers for that, also hides a changed type in structs that have not (abigail 2.2)."""
    with tempfile.TemporaryDirectory() as folder:
        new, ignore = os.path.join(folder, os.path.basename(old)), os.path.join(folder, 'grown')
        why = record(root, library, new)
        if why:
            return 1, why
        with open(ignore, 'w', encoding='utf-8') as f:
            for name in grown(old, new):
                f.write('[suppress_type]\n  type_kind = struct\n  name = %s\n'
                        '  has_data_member_inserted_at = end\n' % name)
        done = run('abidiff', '--no-added-syms', '--suppressions', ignore, old, new)
    return done.returncode, done.stdout


def check(root, library):
    old, name = baseline(root, library), os.path.basename(library)
    if not os.path.exists(old):
        print('%s: %s is missing; tests/abi/renew.sh writes it' % (name, os.path.relpath(old, root)))
        return 1
    code, text = compare(root, old, library)
    if code == 0:
        print('%s: nothing broke' % name)
        return 0
    print('%s: abidiff ends with %d\n%s' % (name, code, text))
    print('Programs that are compiled against %s break. Take it back; a break that is meant is '
          'recorded as docs/abi.md says.' % os.path.relpath(old, root))
    return 1


def main(argv):
    args = [a for a in argv[1:] if a != '--renew']
    if len(args) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, libraries = args[0], args[1:]
    for library in libraries:
        why = unfit(library)
        if why:
            print('%s: %s' % (os.path.basename(library), why))
            return SKIP
    if '--renew' in argv:
        failures = [why for why in (record(root, l, record_path(root, l)) for l in libraries) if why]
        print('\n'.join(failures) or 'abi/: %d records written' % len(libraries))
        return 1 if failures else 0
    return 1 if sum(check(root, library) for library in libraries) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
