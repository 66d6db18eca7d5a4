#!/usr/bin/env python3
"""Writes the built-in presets as C: one text for each document, without its blanks.

usage: embed_presets.py OUTPUT.c DOCUMENT.json...
"""
import json
import os
import sys

COLUMNS = 96


def text_of(path):
    with open(path, encoding='utf-8') as f:
        document = json.load(f)
    if 'extends' in document:
        sys.exit('%s: a preset stands alone, it extends nothing' % path)
    return json.dumps(document, separators=(',', ':')).encode('ascii')


def array(name, text):
    """Numbers, not literals: compilers need not take a literal of more than 4095 characters."""
    lines, line = ['const char %s[] = {' % name], ''
    for byte in text + b'\0':
        item = '%d,' % byte
        if len(line) + len(item) > COLUMNS:
            lines.append('    ' + line)
            line = ''
        line += item
    return '\n'.join(lines + ['    ' + line, '};'])


def main(argv):
    if len(argv) < 3:
        sys.exit(__doc__)
    out = ['/* Made of examples/configs by embed_presets.py. */', '#include "model/config_preset_text.h"']
    for path in argv[2:]:
        name = os.path.splitext(os.path.basename(path))[0].replace('-', '_')
        out += ['', array('crmi_preset_' + name, text_of(path))]
    with open(argv[1], 'w', encoding='ascii') as f:
        f.write('\n'.join(out) + '\n')


if __name__ == '__main__':
    main(sys.argv)
