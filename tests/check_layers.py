#!/usr/bin/env python3
"""Holds the arrows between the layers against every #include.

usage: check_layers.py [--self-test] SOURCE_ROOT

Exit code 0: all well; 1: each breach on a line of its own; 2: wrong usage.
With --self-test, breaches are planted in a copy and each must be found.
"""
import os
import re
import shutil
import sys
import tempfile

# The same arrows as layer_below in src/meson.build; a test of ours compares them.
BELOW = {
    'base': [],
    'normalize': ['base'],
    'model': ['normalize'],
    'decide': ['model'],
    'salesforce': ['model'],
    'state': ['model'],
    'net': ['salesforce', 'state'],
    'sync': ['decide', 'net', 'state', 'salesforce'],
}

# Layers that take values and return values; they must not even see a hook.
PURE = ('normalize', 'model', 'decide', 'salesforce')
HOOK_HEADERS = {'env.h', 'state.h', 'records.h', 'transport.h', 'engine.h', 'workspace.h', 'job.h'}
# What a layer that does call hooks may see of them, directly or through another header.
HOOKS_OF = {
    'base': set(),
    'state': {'env.h', 'state.h'},
    'net': {'env.h', 'state.h', 'transport.h'},
    'sync': HOOK_HEADERS,
}
# base/sinks.h holds the inside of the sinks, so it names the hooks; nothing else in base does.
SINKS = {'base/sinks.h', 'base/sinks.c'}
# Findings of lint have the severities of log lines, whose numbers env.h holds.
NUMBERS_ONLY = {'model/config_lint.h': {'env.h'}}

C_HEADERS = {'float.h', 'inttypes.h', 'limits.h', 'stdalign.h', 'stdarg.h', 'stdbool.h', 'stddef.h',
             'stdint.h', 'stdio.h', 'stdlib.h', 'string.h'}  # tests/check_style.py bans their worse parts
# Headers that one file alone may include, and why.
ONE_FILE = {
    'stdatomic.h': {'sync/job.h', 'sync/job.c'},  # cancel may come from another thread
}
EXTERNAL = {
    'base': ('yyjson.h', 'openssl/'),
    'normalize': ('libpsl.h', 'utf8proc.h', 'idn2.h'),
}
# What a part outside the layers may include with quotes, besides its own folder.
PARTS = {
    'adapters': {'document.h', 'host_alloc.h', 'key_rules.h', 'record_rows.h', 'record_save.h'},
    'conformance': {'host_alloc.h', 'base/sinks.h'},
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def includes(path):
    """(line, quoted, name) of each #include outside comments."""
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group(0).count('\n'), read(path), flags=re.S)
    for m in INCLUDE.finditer(text):
        yield text.count('\n', 0, m.start(2)) + 1, m.group(1) == '"', m.group(2)


def closure(layer):
    seen, todo = set(), [layer]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += BELOW[name]
    return seen


def c_files(folder):
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith(('.c', '.h')):
                yield os.path.join(where, name)


def public_reach(root):
    """For each public header, every public header it leads to, itself included."""
    base = os.path.join(root, 'include')
    direct = {}
    for path in c_files(base):
        name = os.path.relpath(path, base)
        direct[name] = [n for _, _, n in includes(path) if n.startswith('crmsync/')]
    reach = {}
    for name in direct:
        seen, todo = set(), [name]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += direct.get(one, [])
        reach[name] = seen
    return reach


class Layers:
    def __init__(self, root):
        self.root, self.src = root, os.path.join(root, 'src')
        self.reach = public_reach(root)
        self.breaches = []

    def say(self, path, line, text):
        self.breaches.append('%s:%d: %s' % (os.path.relpath(path, self.root), line, text))

    def public_headers(self):
        for path in c_files(os.path.join(self.root, 'include')):
            for line, quoted, name in includes(path):
                if quoted or not (name.startswith('crmsync/') or name in ('stddef.h', 'stdint.h')):
                    self.say(path, line, 'a public header includes %s; it may include <crmsync/...>, '
                             '<stddef.h> and <stdint.h>' % name)
                elif name.startswith('crmsync/') and name not in self.reach:
                    self.say(path, line, 'includes %s, which does not exist' % name)

    def public_include(self, path, line, name, layer):
        if name.startswith('crmsync/adapters/') or name == 'crmsync/conformance.h':
            self.say(path, line, 'the library includes %s, which belongs to another library' % name)
        hooks = {os.path.basename(n) for n in self.reach.get(name, set())} & HOOK_HEADERS
        relative = os.path.relpath(path, self.src)
        allowed = HOOKS_OF.get(layer, set()) | NUMBERS_ONLY.get(relative, set())
        if relative in SINKS:
            allowed = HOOK_HEADERS
        for hook in sorted(hooks - allowed):
            self.say(path, line, '%s calls no such hook, but <%s> leads to crmsync/%s'
                     % (layer, name, hook))

    def system_include(self, path, line, name, layer):
        relative = os.path.relpath(path, self.src)
        if name in C_HEADERS or relative in ONE_FILE.get(name, set()):
            return
        if any(name == e or (e.endswith('/') and name.startswith(e)) for e in EXTERNAL.get(layer, ())):
            return
        self.say(path, line, '%s may not include <%s>; the library reaches the world through hooks '
                 'and src/base' % (layer, name))

    def layer_file(self, path, layer, allowed):
        for line, quoted, name in includes(path):
            if not quoted and name.startswith('crmsync/'):
                self.public_include(path, line, name, layer)
            elif not quoted:
                self.system_include(path, line, name, layer)
            elif '/' not in name:
                self.say(path, line, 'write "%s/%s"; includes start at src/' % (layer, name))
            elif name.split('/')[0] not in allowed:
                self.say(path, line, '%s may not include %s: the arrow points the other way or is '
                         'missing' % (layer, name))
            elif layer in PURE and name in SINKS:
                self.say(path, line, '%s is pure and may not see %s' % (layer, name))
            elif not os.path.exists(os.path.join(self.src, name)):
                self.say(path, line, 'includes %s, which does not exist' % name)

    def part_file(self, path, part):
        here = os.path.dirname(path)
        for line, quoted, name in includes(path):
            own = os.path.exists(os.path.join(here, name)) and '/' not in name
            if quoted and not own and name not in PARTS[part]:
                self.say(path, line, '%s may include public headers and its own folder, not %s'
                         % (part, name))

    def check(self):
        self.public_headers()
        for layer in BELOW:
            allowed = closure(layer)
            for path in c_files(os.path.join(self.src, layer)):
                self.layer_file(path, layer, allowed)
        for part in PARTS:
            for path in c_files(os.path.join(self.src, part)):
                self.part_file(path, part)
        self.build_agrees()
        return self.breaches

    def build_agrees(self):
        path = os.path.join(self.src, 'meson.build')
        block = re.search(r'layer_below = \{(.*?)\n\}', read(path), re.S).group(1)
        built = {k: re.findall(r"'(\w+)'", v) for k, v in re.findall(r"'(\w+)': \[([^\]]*)\]", block)}
        if built != BELOW:
            self.say(path, 1, 'layer_below differs from the arrows of tests/check_layers.py')
        folders = {d for d in os.listdir(self.src) if os.path.isdir(os.path.join(self.src, d))}
        for extra in sorted(folders - set(BELOW) - set(PARTS)):
            self.say(path, 1, 'folder %s is no layer that tests/check_layers.py knows' % extra)


# Each plants one breach: file, text to append, words of the finding.
PLANTS = [
    ('src/base/str.c', '#include "normalize/normalizer.h"', 'base may not include normalize/'),
    ('src/decide/route.c', '#include "salesforce/soql.h"', 'decide may not include salesforce/'),
    ('src/salesforce/soql.c', '#include "state/store.h"', 'salesforce may not include state/'),
    ('src/state/claim.c', '#include "net/pump.h"', 'state may not include net/'),
    ('src/net/call.c', '#include "decide/decide.h"', 'net may not include decide/'),
    ('src/net/call.c', '#include "sync/job.h"', 'net may not include sync/'),
    ('src/decide/route.c', '#include <crmsync/state.h>', 'decide calls no such hook'),
    ('src/model/rows.c', '#include <crmsync/job.h>', 'model calls no such hook'),
    ('src/salesforce/query.c', '#include "base/sinks.h"', 'salesforce is pure'),
    ('src/state/lease.c', '#include <crmsync/records.h>', 'state calls no such hook'),
    ('src/sync/job.c', '#include <crmsync/adapters/memory.h>', 'belongs to another library'),
    ('src/model/cell.c', '#include <time.h>', 'model may not include <time.h>'),
    ('src/sync/job.c', '#include <yyjson.h>', 'sync may not include <yyjson.h>'),
    ('src/net/call.c', '#include "pump.h"', 'write "net/pump.h"'),
    ('src/adapters/memory/state.c', '#include "base/str.h"', 'adapters may include public headers'),
    ('src/conformance/kit.c', '#include "base/map.h"', 'conformance may include public headers'),
    ('include/crmsync/rows.h', '#include "model/rows.h"', 'a public header includes model/rows.h'),
    ('include/crmsync/rows.h', '#include <time.h>', 'a public header includes time.h'),
    ('include/crmsync/error.h', '#include <crmsync/state.h>', 'decide calls no such hook'),
]


def self_test(root):
    failures = 0
    with tempfile.TemporaryDirectory() as copy:
        for part in ('src', 'include'):
            shutil.copytree(os.path.join(root, part), os.path.join(copy, part))
        before = set(Layers(copy).check())
        for name, text, words in PLANTS:
            path = os.path.join(copy, name)
            kept = read(path)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(kept + text + '\n')
            found = [b for b in Layers(copy).check() if b not in before]
            with open(path, 'w', encoding='utf-8') as f:
                f.write(kept)
            if not any(words in b for b in found):
                failures += 1
                print('self-test: %s in %s was not found' % (text, name))
    print('self-test: %d of %d breaches found' % (len(PLANTS) - failures, len(PLANTS)))
    return 1 if failures else 0


def main(argv):
    args = [a for a in argv[1:] if a != '--self-test']
    if len(args) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if '--self-test' in argv:
        return self_test(args[0])
    breaches = Layers(args[0]).check()
    for breach in breaches:
        print(breach)
    print('layers: %d breaches' % len(breaches))
    return 1 if breaches else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
