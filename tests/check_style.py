#!/usr/bin/env python3
"""Holds the house style that a script can see; CONTRIBUTING.md states it.

usage: check_style.py [--self-test] SOURCE_ROOT

Exit code 0: all well (long files and functions are listed); 1: each breach on a line of its own;
2: wrong usage. With --self-test, breaches are planted in a copy and each must be found.
"""
import os
import re
import shutil
import sys
import tempfile

# Never in the library. The reason is told with the finding.
BANNED = {
    'malloc calloc realloc free strdup strndup reallocarray aligned_alloc':
        'memory comes from crmsync_alloc (base/alloc.h)',
    'sprintf vsprintf strcpy strcat strncpy strncat stpcpy gets': 'it does not know the size; use base/str.h',
    'strtok strtok_r atoi atol atoll atof strtod strtof strtol strtoul strtoll strtoull sscanf':
        'parse with base/str.h; these depend on the locale or hide errors',
    'gmtime gmtime_r localtime localtime_r mktime timegm strftime strptime time clock clock_gettime '
    'gettimeofday': 'time comes from the environment hook; convert with base/time.h',
    'setlocale getenv setenv secure_getenv toupper tolower isalpha isdigit isspace isalnum isupper islower':
        'the library has no locale and no environment',
    'printf fprintf vprintf vfprintf puts putchar fputs fputc fwrite perror fopen freopen':
        'the library prints nothing and opens no file; use the log hook',
    'abort exit _exit quick_exit atexit raise signal kill system popen fork': 'the library never ends or starts a process',
    'sleep usleep nanosleep': 'poll of the transport is the only wait',
    'rand srand random srandom rand_r drand48 getentropy getrandom': 'random bytes come from the environment hook',
    'pthread_create thrd_create': 'the library has no threads',
    'alloca setjmp longjmp': 'no',
    'memmem': 'not in C11; use base/str.h',
}
# What an adapter is there for; the key is a folder or file below src/.
ALLOWED = {
    'base/alloc.c': 'malloc realloc free',
    'adapters/host_alloc.c': 'malloc realloc free',
    'adapters/posix': 'fprintf clock_gettime getentropy',
    'adapters/curl': 'clock_gettime',
    'conformance': 'strcpy strcat nanosleep pthread_create clock_gettime',
}
# Globals that are written to; the value says why that is no shared state.
GLOBALS = {
    'base/error.c': {'out_of_memory'},  # immortal and never written; returned as crmsync_error *
}
BAD_NAMES = re.compile(r'(^|_)(utils?|helpers?|managers?|misc|common)(_|\.|$)')
CODE = ('src', 'include', 'examples', 'fuzz', 'tests', 'bench')
TEXT = ('.c', '.h', '.py', '.build', '.map', '.in', '.sh')
COLUMNS_LISTED, COLUMNS_MOST = 100, 110
FILE_LISTED, FILE_MOST = 600, 800
FUNCTION_LISTED, FUNCTION_MOST = 100, 150

COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    """The same text with comments and literals blanked, lines kept."""
    def empty(m):
        s = m.group(0)
        if s[0] in '"\'':
            return s[0] + ' ' * (len(s) - 2) + s[0]
        return re.sub(r'[^\n]', ' ', s)
    return COMMENT_OR_TEXT.sub(empty, text)


def no_directives(text):
    out, going = [], False
    for line in text.split('\n'):
        directive = going or line.lstrip().startswith('#')
        going = directive and line.endswith('\\')
        out.append('' if directive else line)
    return '\n'.join(out)


class Style:
    def __init__(self, root):
        self.root = root
        self.breaches, self.notes, self.wide = [], [], 0

    def say(self, path, line, text):
        self.breaches.append('%s:%d: %s' % (os.path.relpath(path, self.root), line, text))

    def note(self, path, line, text):
        self.notes.append('%s:%d: %s' % (os.path.relpath(path, self.root), line, text))

    def files(self):
        for top in CODE:
            for where, folders, names in os.walk(os.path.join(self.root, top)):
                folders[:] = sorted(f for f in folders if f not in ('vectors', 'data', 'corpus', '__pycache__'))
                for name in sorted(names):
                    if name.endswith(TEXT):
                        yield os.path.join(where, name)

    def check(self, paths=None):
        for path in paths or self.files():
            with open(path, encoding='utf-8') as f:
                text = f.read()
            self.any_file(path, text)
            if path.endswith(('.c', '.h')):
                self.c_file(path, text)
        return self.breaches

    def any_file(self, path, text):
        name = os.path.basename(path)
        if BAD_NAMES.search(name):
            self.say(path, 1, 'a file is named after what it is about')
        if text and not text.endswith('\n'):
            self.say(path, text.count('\n') + 1, 'no newline at the end')
        for number, line in enumerate(text.split('\n'), 1):
            if '\t' in line:
                self.say(path, number, 'a tab; indent with 4 spaces')
            if line != line.rstrip():
                self.say(path, number, 'blanks at the end of the line')
            if path.endswith(('.c', '.h')) and len(line) > COLUMNS_MOST and not self.data(path, line):
                self.say(path, number, '%d columns; wrap at %d' % (len(line), COLUMNS_LISTED))
            elif path.endswith(('.c', '.h')) and len(line) > COLUMNS_LISTED:
                self.wide += 1
            if re.search(r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b(?!-)', line) and name != 'check_style.py':
                self.say(path, number, 'an open end is written down nowhere but in the tracker')

    def data(self, path, line):
        """A row of JSON in a test: one record a line is easier to read than a wrapped one."""
        return os.path.relpath(path, self.root).startswith('tests/') and \
            re.match(r'\s*["{].*\\"', line)

    def c_file(self, path, text):
        code = no_directives(blank(text))
        lines = text.count('\n')
        if lines > FILE_MOST:
            self.say(path, 1, '%d lines; split it by concept' % lines)
        elif lines > FILE_LISTED:
            self.note(path, 1, '%d lines' % lines)
        if path.endswith('.h'):
            self.guard(path, text)
        self.functions(path, code)
        relative = os.path.relpath(path, os.path.join(self.root, 'src'))
        if not relative.startswith('..'):
            self.banned(path, relative, code)
            if not relative.startswith('conformance'):
                self.globals(path, relative, code)

    def guard(self, path, text):
        bare = re.sub(r'/\*.*?\*/', '', text, flags=re.S).strip()
        m = re.match(r'#ifndef (\w+)\n#define (\w+)\n', bare)
        if not m or m.group(1) != m.group(2) or not bare.endswith('#endif'):
            self.say(path, 1, 'no include guard around the whole header')
            return
        want = 'CRMSYNC_' if os.path.relpath(path, self.root).startswith('include') else ''
        if not m.group(1).startswith(want) or not m.group(1).endswith('_H'):
            self.say(path, 1, 'include guard %s; CRMSYNC_..._H in public headers' % m.group(1))

    def functions(self, path, code):
        start = name = None
        before = ''
        for number, line in enumerate(code.split('\n'), 1):
            if line == '{':
                start = number
                found = re.findall(r'(\w+)\s*\(', before)
                name = found[0] if found else '?'
                if BAD_NAMES.search(name):
                    self.say(path, number, '%s(): a function is named after what it does' % name)
            elif line.startswith('}') and start:
                length = number - start + 1
                if length > FUNCTION_MOST:
                    self.say(path, start, '%s() has %d lines; at most %d' % (name, length, FUNCTION_MOST))
                elif length > FUNCTION_LISTED:
                    self.note(path, start, '%s() has %d lines' % (name, length))
                start, before = None, ''
            if not start:
                before = '' if line.rstrip().endswith((';', '}')) or not line.strip() else before + line

    def banned(self, path, relative, code):
        allowed = set()
        for where, names in ALLOWED.items():
            if relative == where or relative.startswith(where + '/'):
                allowed |= set(names.split())
        for names, reason in BANNED.items():
            names = [n for n in names.split() if n not in allowed]
            if not names:
                continue
            for m in re.finditer(r'(?<![\w.>])(%s)\s*\(' % '|'.join(names), code):
                if re.search(r'\(\*$', code[:m.start()]):
                    continue
                self.say(path, code.count('\n', 0, m.start()) + 1, '%s(): %s' % (m.group(1), reason))

    def globals(self, path, relative, code):
        allowed = GLOBALS.get(relative, set())
        for line, text in declarations(code):
            name = mutable(text)
            if name and name not in allowed:
                self.say(path, line, '%s can be written to; the library has no globals' % name)


def declarations(code):
    """(line, text) of what is declared at file scope, and of each `static` inside a function."""
    depth, start, buf = 0, None, []
    for m in re.finditer(r'[{};]|[^{};]+', code):
        piece = m.group(0)
        if piece == '{':
            depth += 1
        elif piece == '}':
            depth -= 1
            if depth == 0 and not re.search(r'=\s*$', ''.join(buf)):
                if ')' in ''.join(buf):  # a function's body has ended
                    buf, start = [], None
        elif piece == ';':
            if depth == 0:
                if start is not None:
                    yield start, ''.join(buf)
                buf, start = [], None
        elif depth == 0:
            if not buf and piece.strip():
                start = code.count('\n', 0, m.start() + len(piece) - len(piece.lstrip())) + 1
            buf.append(piece)
        else:
            inner = re.match(r'\s*(static\b.*)', piece, re.S)
            if inner:
                yield code.count('\n', 0, m.start() + len(piece) - len(piece.lstrip())) + 1, inner.group(1)


def mutable(text):
    """The name, if the declaration makes an object that is not const."""
    text = ' '.join(text.split())
    text = re.sub(r'^extern "C"', '', text).strip()
    if not text or re.match(r'(typedef|extern|struct \w+$|union \w+$|enum\b|_Static_assert)', text):
        return None
    if re.match(r'(CRMSYNC_BEGIN_DECLS|CRMSYNC_END_DECLS)', text):
        return None
    head = text.split('=')[0].strip()
    pointer_to_function = re.match(r'[^(]*\(\s*\*\s*(const\s+)?(\w+)', head)
    if pointer_to_function:
        return None if pointer_to_function.group(1) else pointer_to_function.group(2)
    if '(' in head:
        return None
    head = re.sub(r'(\[[^\]]*\]\s*)+$', '', head).strip()
    m = re.search(r'(\w+)$', head)
    if not m or ' ' not in head.replace('*', ' '):
        return None
    before = head[:m.start()]
    qualified = before.rsplit('*', 1)[-1] if '*' in before else before
    return None if re.search(r'\bconst\b', qualified) else m.group(1)


# Each plants one breach: file, text to append, words of the finding.
PLANTS = [
    ('src/decide/route.c', 'void *crmi_x(void);\nvoid *crmi_x(void)\n{\n    return malloc(3);\n}', 'malloc()'),
    ('src/model/cell.c', 'static void f(char *p)\n{\n    strcpy(p, "a");\n}', 'strcpy()'),
    ('src/net/call.c', 'static long f(void)\n{\n    return time (0);\n}', 'time()'),
    ('src/sync/job.c', 'static void f(void)\n{\n    fprintf(stderr, "x");\n}', 'fprintf()'),
    ('src/adapters/sqlite/state.c', 'static char *f(void)\n{\n    return getenv("X");\n}', 'getenv()'),
    ('src/base/str.c', 'static int counter;', 'counter can be written'),
    ('src/base/str.c', 'static const char *names[] = {"a", "b"};', 'names can be written'),
    ('src/base/str.c', 'int crmi_shared = 3;', 'crmi_shared can be written'),
    ('src/base/str.c', 'static int next(void)\n{\n    static int n;\n    return n++;\n}', 'n can be written'),
    ('src/base/str.c', 'static struct { int a; } pair = {1};', 'pair can be written'),
    ('src/base/str.c', 'static int (*hook)(void);', 'hook can be written'),
    ('src/base/str.c', '\tint crmi_f(void);', 'a tab'),
    ('src/base/str.c', '/* ' + 'x' * 108 + ' */', 'columns; wrap at 100'),
    ('src/base/str.c', '/* TO' 'DO: later */', 'an open end'),
    ('src/base/str.c', 'int crmi_f(void); ', 'blanks at the end'),
    ('src/base/str.c', 'static void long_one(void)\n{\n' + '    f();\n' * 150 + '}', 'long_one() has 152'),
    ('src/base/str.c', 'static void str_utils(void)\n{\n}', 'str_utils(): a function is named'),
    ('src/base/str.c', '/**/\n' * 801, 'split it by concept'),
    ('src/base/common.h', '#ifndef A_H\n#define A_H\n#endif', 'a file is named'),
    ('src/base/open.h', '#ifndef A_H\n#define B_H\n#endif', 'no include guard'),
    ('include/crmsync/open.h', '#ifndef A_H\n#define A_H\n#endif', 'include guard A_H'),
]
# And these are none.
INNOCENT = """
static const int one = 1;
static const char *const words[] = {"a", "b"};
static const struct { const char *name; int n; } pairs[] = {{"a", 1}, {"b", 2}};
typedef struct crmi_pair { int a, b; } crmi_pair;
extern const int crmi_table[];
static int (*const rule)(int) = 0;
enum { CRMI_A = 1 };
static int malloc_count(int n);
void *crmi_task_new(int size, void (*clear)(void *task));
static void call(crmi_host *h)
{
    static const char *const inner = "printf(";
    h->free(h->ctx); /* malloc( */
    h->ops.time(inner);
}
"""


def self_test(root):
    failures = 0
    with tempfile.TemporaryDirectory() as copy:
        for part in ('src', 'include'):
            shutil.copytree(os.path.join(root, part), os.path.join(copy, part))

        def found_with(name, text):
            path = os.path.join(copy, name)
            before, kept = [], ''
            if os.path.exists(path):
                before = Style(copy).check([path])
                with open(path, encoding='utf-8') as f:
                    kept = f.read()
            with open(path, 'w', encoding='utf-8') as f:
                f.write(kept + text + '\n')
            found = [b for b in Style(copy).check([path]) if b not in before]
            with open(path, 'w', encoding='utf-8') as f:
                f.write(kept)
            return found

        for name, text, words in PLANTS:
            if not any(words in b for b in found_with(name, text)):
                failures += 1
                print('self-test: "%s" in %s was not found' % (words, name))
        for breach in found_with('src/base/str.c', INNOCENT):
            failures += 1
            print('self-test: found where there is nothing: ' + breach)
    print('self-test: %d breaches planted, %d failures' % (len(PLANTS), failures))
    return 1 if failures else 0


def main(argv):
    args = [a for a in argv[1:] if a != '--self-test']
    if len(args) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if '--self-test' in argv:
        return self_test(args[0])
    style = Style(args[0])
    breaches = style.check()
    for note in style.notes:
        print('long: ' + note)
    for breach in breaches:
        print(breach)
    print('style: %d breaches; %d lines between %d and %d columns'
          % (len(breaches), style.wide, COLUMNS_LISTED + 1, COLUMNS_MOST))
    return 1 if breaches else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
