#!/usr/bin/env python3
"""Prints what of the public headers is compiled into programs, as rows of C macros.

usage: print_layout.py INCLUDE_DIR [OUTPUT [DEPFILE]]

test_abi_layout.c includes the output and turns it into sizes, offsets and values. The rows:

  HEADER(path)                          ABI_STRUCT(name)   ABI_MEMBER(struct, member, "type")
  ABI_CONSTANT(name)                    ABI_LAST(struct, its last member)
  ABI_FUNCTION(name, "type")            ABI_TYPE(name, "type")    ABI_INIT(struct, macro)

ABI_LAST and ABI_INIT stand only for structs that begin with struct_size.
"""
import os
import re
import sys

# Not part of what is compiled into programs, or changing with each release.
NO_CONSTANT = re.compile(r'_H$|_INIT$|^CRMSYNC_(API|BEGIN_DECLS|END_DECLS|VERSION\w*)$')
BASIC = {'void', 'char', 'int', 'int32_t', 'uint32_t', 'int64_t', 'uint64_t', 'size_t', 'unsigned'}


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def headers(include):
    for where, folders, names in os.walk(include):
        folders.sort()
        for name in sorted(names):
            if name.endswith('.h'):
                yield os.path.relpath(os.path.join(where, name), include)


def split_top(text, by=','):
    """Splits at separators outside of parentheses."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == '(') - (c == ')')
        if c == by and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [p.strip() for p in parts + [text[start:]] if p.strip()]


def spelled(text):
    """One way to write blanks."""
    text = re.sub(r'\s+', ' ', text).strip()
    return re.sub(r'\* (?=[*)])', '*', re.sub(r'\s*\*', ' *', text))


def declarator(text):
    """(name, type) of `const char *const *name`, `int32_t (*name)(...)` or `T name[2]`."""
    text = re.sub(r'\s+', ' ', text).strip()
    m = re.match(r'(.*?)\(\s*\*\s*(\w*)\s*\)\s*\((.*)\)$', text)
    if m:
        return m.group(2), '%s (*)%s' % (spelled(m.group(1)), parameters(m.group(3)))
    m = re.match(r'(.*?)(\w+)\s*((?:\[[^\]]*\])*)$', text)
    if not m or not m.group(1).strip() or m.group(2) in BASIC or m.group(1).strip() in ('const', 'struct'):
        return '', spelled(text)
    return m.group(2), spelled(m.group(1) + m.group(3))


def parameters(text):
    """Types of parameters; their names are no ABI."""
    return '(%s)' % ', '.join(declarator(p)[1] for p in split_top(text))


def members(body):
    for line in split_top(body, ';'):
        first, *more = split_top(line)
        name, kind = declarator(first)
        yield name, kind
        for other in more:  # crmsync_cell a, b;
            yield other.strip(' *'), kind


class Rows:
    def __init__(self, include):
        self.rows, self.inits = [], {}
        texts = []
        for name in headers(include):
            text = re.sub(r'/\*.*?\*/', ' ', read(os.path.join(include, name)), flags=re.S)
            self.rows.append('HEADER <%s>' % name)
            texts.append(text)
        whole = '\n'.join(texts)
        self.inits = set(re.findall(r'^#define (CRMSYNC_\w+_INIT)\b', whole, re.M))
        self.macros(whole)
        self.declarations(re.sub(r'^[ \t]*#(?:.*\\\n)*.*$', '', whole, flags=re.M))

    def add(self, macro, *words):
        self.rows.append('%s(%s)' % (macro, ', '.join(words)))

    def macros(self, text):
        for name in re.findall(r'^#define (CRMSYNC_\w+)[ \t]+\S', text, re.M):
            if not NO_CONSTANT.search(name):
                self.add('ABI_CONSTANT', name)

    def declarations(self, text):
        for body in re.findall(r'\benum\s*\w*\s*\{(.*?)\}', text, re.S):
            for item in split_top(body):
                self.add('ABI_CONSTANT', item.split('=')[0].strip())
        for body, name in re.findall(r'typedef struct \w+\s*\{(.*?)\}\s*(\w+);', text, re.S):
            self.struct(name, list(members(body)))
        rest = re.sub(r'(typedef )?(struct|enum)[^;(]*?\{.*?\}[^;]*;', '', text, flags=re.S)
        for body in re.findall(r'\btypedef\s+([^;{]*\([^;{]*);', rest):
            name, kind = declarator(body)
            self.add('ABI_TYPE', name, '"%s"' % kind)
        for body in re.findall(r'\bCRMSYNC_API\b([^;]*);', rest):
            m = re.match(r'(.*?)(\w+)\s*\((.*)\)$', re.sub(r'\s+', ' ', body).strip())
            self.add('ABI_FUNCTION', m.group(2), '"%s %s"' % (spelled(m.group(1)), parameters(m.group(3))))

    def struct(self, name, fields):
        self.add('ABI_STRUCT', name)
        for member, kind in fields:
            self.add('ABI_MEMBER', name, member, '"%s"' % kind)
        if fields[0][0] == 'struct_size':
            self.add('ABI_LAST', name, fields[-1][0])
            init = name.upper() + '_INIT'
            if init in self.inits:
                self.add('ABI_INIT', name, init)


def main(argv):
    if len(argv) not in (2, 3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    rows = Rows(argv[1]).rows
    text = ['#ifdef ABI_HEADERS']
    text += ['#include ' + r[7:] for r in rows if r.startswith('HEADER ')]
    text += ['#else'] + [r for r in rows if not r.startswith('HEADER ')] + ['#endif']
    out = '\n'.join(text) + '\n'
    if len(argv) == 2:
        sys.stdout.write(out)
        return 0
    write(argv[2], out)
    if len(argv) == 4:  # what the build looks at for changes
        needed = [os.path.join(argv[1], name) for name in headers(argv[1])]
        write(argv[3], '%s: %s\n' % (argv[2], ' '.join(n.replace(' ', '\\ ') for n in needed)))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
