#!/usr/bin/env python3
"""Breaks the ABI on a copy of the headers, in every way that has a name, and expects the gate to fail.

usage: check_breaks.py SOURCE_ROOT CC...

Three checks make the gate: `layout` (test_abi_layout.c against golden.txt), `abidiff` (check_abi.py)
and `symbols` (check_symbols.py). Each case says which of them see it: no more and no fewer. A library
is compiled from the headers alone, with empty functions, and compared with the record of the real one.
Where abidiff is missing, that is said and the other two are tried.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import check_abi  # noqa: E402
import check_symbols  # noqa: E402
import print_layout  # noqa: E402

CORE = 'crmsync'
INC = 'include/crmsync/'
MAP = 'src/crmsync.map'
# (what is done, file, text that is there once, text instead of it, who sees it)
BREAKS = [
    ('a member is inserted into a sized struct', INC + 'job.h',
     'uint32_t phases;', 'uint64_t mode; uint32_t phases;', 'layout abidiff'),
    ('a member goes', INC + 'job.h', 'uint64_t api_calls;', '', 'layout abidiff'),
    ('a member changes its type, not its size', INC + 'job.h', 'uint64_t done;', 'int64_t done;', 'layout abidiff'),
    ('two members change places', INC + 'state.h', 'uint32_t space;\n    uint32_t zero;',
     'uint32_t zero;\n    uint32_t space;', 'layout abidiff'),
    ('a sized struct gets padding at its end', INC + 'job.h',
     '} crmsync_want;', 'uint32_t more; } crmsync_want;', 'layout'),
    ('a frozen element grows', INC + 'types.h', '} crmsync_cell;', 'uint64_t more; } crmsync_cell;', 'layout abidiff'),
    ('a result code is renumbered', INC + 'error.h', 'CRMSYNC_E_BUDGET = -14', 'CRMSYNC_E_BUDGET = -44', 'layout'),
    ('a constant of an enum goes', INC + 'error.h', 'CRMSYNC_CLASS_STORE = 12,', '', 'layout'),
    ('a macro gets another value', INC + 'normalize.h', 'CRMSYNC_KEY_MAX 1024', 'CRMSYNC_KEY_MAX 2048', 'layout'),
    ('a parameter changes its type', INC + 'job.h', 'crmsync_job_wait(crmsync_job *job, uint32_t',
     'crmsync_job_wait(crmsync_job *job, uint64_t', 'layout abidiff'),
    ('a parameter is added', INC + 'plan.h', 'crmsync_plan_free(crmsync_plan *plan)',
     'crmsync_plan_free(crmsync_plan *plan, uint32_t flags)', 'layout abidiff'),
    ('a function returns something else', INC + 'rows.h', 'CRMSYNC_API size_t crmsync_rows_count',
     'CRMSYNC_API uint32_t crmsync_rows_count', 'layout abidiff'),
    ('a hook gets another parameter', INC + 'transport.h', '(*resume)(void *ctx, uint64_t id,',
     '(*resume)(void *ctx, uint64_t id, uint32_t flags,', 'layout abidiff'),
    ('a hook changes while the struct grows', INC + 'transport.h',
     'void (*destroy)(void *ctx);\n} crmsync_transport_ops;',
     'int32_t (*destroy)(void *ctx);\n    void (*more)(void *ctx);\n} crmsync_transport_ops;', 'layout abidiff'),
    ('a callback type changes', INC + 'types.h', '(*crmsync_write_fn)(void *ctx, crmsync_str text)',
     '(*crmsync_write_fn)(void *ctx, const char *text)', 'layout abidiff'),
    ('a function goes from the header', INC + 'rows.h', 'CRMSYNC_API void crmsync_rows_clear(crmsync_rows *rows);',
     '', 'layout abidiff symbols'),
    ('a function goes from the map', MAP, 'crmsync_rows_clear;', '', 'abidiff symbols'),
]
# The same for what is allowed: `layout` wants it recorded, nobody calls it a break.
ADDITIONS = [
    ('nothing', INC + 'job.h', 'typedef struct crmsync_want {', 'typedef struct crmsync_want {', False),
    ('a parameter is renamed', INC + 'job.h', 'crmsync_job_wait(crmsync_job *job, uint32_t timeout_ms',
     'crmsync_job_wait(crmsync_job *work, uint32_t most_ms', False),
    ('a sized struct grows at its end', INC + 'job.h', '} crmsync_want;', 'uint64_t more; } crmsync_want;', True),
    ('a constant is added', INC + 'error.h', 'CRMSYNC_E_CONTRACT = -20', 'CRMSYNC_E_CONTRACT = -20, CRMSYNC_E_NEW = -21',
     True),
    ('a function is added', INC + 'rows.h', 'CRMSYNC_API void crmsync_rows_clear(crmsync_rows *rows);',
     'CRMSYNC_API void crmsync_rows_clear(crmsync_rows *rows);\nCRMSYNC_API int32_t crmsync_rows_new_one(void);', True),
]


def replace(root, name, old, new):
    path = os.path.join(root, name)
    text = print_layout.read(path)
    if text.count(old) != 1:
        raise SystemExit('check_breaks.py: "%s" stands %d times in %s; mend the case' % (old, text.count(old), name))
    print_layout.write(path, text.replace(old, new))


class Gate:
    def __init__(self, source, compiler, folder):
        self.source, self.compiler, self.folder = source, compiler, folder
        self.root = os.path.join(folder, 'copy')
        self.library = os.path.join(folder, 'libcrmsync.so.0.1.0')
        self.record, self.soname = None, 'libcrmsync.so.0'

    def restore(self):
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ('include', 'abi'):
            shutil.copytree(os.path.join(self.source, name), os.path.join(self.root, name))
        os.makedirs(os.path.join(self.root, 'src'))
        shutil.copy(os.path.join(self.source, MAP), os.path.join(self.root, MAP))

    def cc(self, *args):
        done = subprocess.run([*self.compiler, '-std=c11', '-I', os.path.join(self.root, 'include'), *args],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def layout(self):
        """(breaks, additions) as test_abi_layout.c tells them."""
        rows = os.path.join(self.folder, 'abi_rows.inc')
        print_layout.main(['', os.path.join(self.root, 'include'), rows])
        program = os.path.join(self.folder, 'layout')
        code, text = self.cc('-I', self.folder, '-o', program, os.path.join(HERE, 'test_abi_layout.c'), '-lcmocka')
        if code:
            if 'has padding at its end' not in text:
                raise SystemExit('check_breaks.py: the headers do not compile\n' + text)
            return True, False
        env = dict(os.environ, ABI_GOLDEN=os.path.join(HERE, 'golden.txt'))
        env.pop('UPDATE_ABI', None)
        done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False)
        broken = 'rows of golden.txt changed or went' in done.stdout
        added = bool(re.search(r'additions are not in golden.txt', done.stdout))
        if bool(done.returncode) != (broken or added):
            raise SystemExit('check_breaks.py: the layout test fails otherwise\n' + done.stdout)
        return broken, added

    def build(self):
        """A library of the core's functions, each of them empty."""
        code = ['#include <%s>\n' % h for h in print_layout.headers(os.path.join(self.root, 'include'))]
        for path in check_symbols.headers_of(self.root, CORE):
            text = re.sub(r'^[ \t]*#.*$', '', check_symbols.without_comments(print_layout.read(path)), flags=re.M)
            code += ['%s\n{\n    for (;;) {\n    }\n}\n' % re.sub(r'\s+', ' ', body).strip()
                     for body in re.findall(r'\bCRMSYNC_API\b([^;]*);', text)]
        source = os.path.join(self.root, 'src', 'empty.c')
        print_layout.write(source, ''.join(code))
        code, text = self.cc('-g', '-w', '-shared', '-fPIC', '-Wl,-soname,' + self.soname,
                             '-Wl,--version-script=' + os.path.join(self.root, MAP), '-o', self.library, source)
        if code:
            raise SystemExit('check_breaks.py: the headers do not compile\n' + text)

    def abidiff(self):
        code, text = check_abi.compare(self.root, self.record, self.library)
        if code & 3 or code < 0:
            raise SystemExit('check_breaks.py: abidiff did not work\n' + text)
        return code != 0

    def see(self, case):
        """(names of the checks that call it a break, whether an addition is seen)"""
        self.restore()
        replace(self.root, *case[1:4])
        self.build()
        broken, added = self.layout()
        seen = {'layout'} if broken else set()
        if self.record and self.abidiff():
            seen.add('abidiff')
        if check_symbols.check(self.root, self.library):
            seen.add('symbols')
        return seen, added

    def start(self):
        """Takes the record of the real library: to abidiff the empty one is no other."""
        self.restore()
        self.build()
        why = check_abi.unfit(self.library)
        if why:
            print('without abidiff: ' + why)
            return
        self.record = check_abi.baseline(self.source, self.library)
        self.soname = re.search(r"soname='([^']*)'", print_layout.read(self.record)).group(1)


def main(argv):
    if len(argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(argv[1], argv[2:], folder)
        gate.start()
        for case in BREAKS:
            want = set(case[4].split()) - (set() if gate.record else {'abidiff'})
            seen, _ = gate.see(case)
            if seen != want:
                failures += 1
                print('%s: seen by %s, expected of %s' % (case[0], sorted(seen), sorted(want)))
        for case in ADDITIONS:
            seen, added = gate.see(case)
            seen.discard('symbols')  # wants a new function in the map, which is not its concern here
            if seen or added != case[4]:
                failures += 1
                print('%s: called a break by %s, an addition: %s' % (case[0], sorted(seen), added))
    print('%d breaks, %d allowed changes, %d failures' % (len(BREAKS), len(ADDITIONS), failures))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
