#!/usr/bin/env python3
"""Compiles each public header alone, twice in one file, as C99 and as C++11, without a warning.

usage: check_headers.py INCLUDE_DIR WORK_DIR CC... [-- CXX...]

Without a C++ compiler only C99 is tried, and that is said. Broken headers are tried as well: each
must be refused, else the compiler calls prove nothing.
"""
import os
import subprocess
import sys
import tempfile

STRICT = ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-pedantic-errors']
C99 = ['-x', 'c', '-std=c99', '-Wstrict-prototypes', '-Wundef']
CXX11 = ['-x', 'c++', '-std=c++11', '-Wundef']

BROKEN = {
    'no guard': ('struct crmsync_a { int b; };\n', True, True),
    'missing include': ('#ifndef A_H\n#define A_H\nint32_t crmsync_a(void);\n#endif\n', True, True),
    'C11 only': ('#ifndef A_H\n#define A_H\nstruct crmsync_a { struct { int b; }; };\n#endif\n', True, True),
    'a word of C++': ('#ifndef A_H\n#define A_H\nint crmsync_a(int class);\n#endif\n', False, True),
    'no prototype': ('#ifndef A_H\n#define A_H\nint crmsync_a();\n#endif\n', True, False),
}


def compile_twice(compiler, language, folder, name, include):
    source = os.path.join(folder, 'twice')
    with open(source, 'w', encoding='utf-8') as f:
        f.write('#include <%s>\n#include <%s>\nint main(void)\n{\n    return 0;\n}\n' % (name, name))
    done = subprocess.run(compiler + language + STRICT + ['-I', folder, '-I', include, source],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout


def headers(include):
    for where, folders, names in os.walk(include):
        folders.sort()
        for name in sorted(names):
            if name.endswith('.h'):
                yield os.path.relpath(os.path.join(where, name), include)


def main(argv):
    if len(argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    include, work, rest = argv[1], argv[2], argv[3:]
    cut = rest.index('--') if '--' in rest else len(rest)
    tries = [('C99', rest[:cut], C99)]
    if rest[cut + 1:]:
        tries.append(('C++11', rest[cut + 1:], CXX11))
    else:
        print('headers: no C++ compiler, so C++11 is not tried')
    failures = count = 0
    os.makedirs(work, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        for name in headers(include):
            for title, compiler, language in tries:
                good, output = compile_twice(compiler, language, folder, name, include)
                count += 1
                if not good:
                    failures += 1
                    print('%s does not stand alone in %s:\n%s' % (name, title, output))
        for title, (text, bad_c, bad_cxx) in BROKEN.items():
            with open(os.path.join(folder, 'broken.h'), 'w', encoding='utf-8') as f:
                f.write(text)
            for language, compiler, flags in tries:
                expected_bad = bad_c if language == 'C99' else bad_cxx
                good, output = compile_twice(compiler, flags, folder, 'broken.h', include)
                if good == expected_bad:
                    failures += 1
                    print('self-test: "%s" was %s in %s\n%s'
                          % (title, 'accepted' if good else 'refused', language, output))
    print('headers: %d compilations, %d failures' % (count, failures))
    return 1 if failures or not count else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
