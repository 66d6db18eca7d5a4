#!/usr/bin/env python3
"""Runs the program of docs/engagement.md: it prints what the paper says, block after block.

usage: check_engagement.py PROGRAM SOURCE_ROOT
"""
import os
import re
import subprocess
import sys


def main(argv):
    if len(argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(os.path.join(argv[2], 'docs', 'engagement.md'), encoding='utf-8') as f:
        told = ''.join(re.findall(r'^```text\n(.*?)^```', f.read(), re.M | re.S))
    done = subprocess.run([argv[1]], text=True, check=False, timeout=60, stdout=subprocess.PIPE)
    if done.returncode or done.stdout != told:
        print('the program prints\n%s\nand the paper says\n%s' % (done.stdout, told))
        return 1
    print('engagement: as the paper says')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
