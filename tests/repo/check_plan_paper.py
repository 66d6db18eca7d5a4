#!/usr/bin/env python3
"""Runs the example of docs/plan.md: its inputs give the text and the operation that it shows.

usage: check_plan_paper.py CRMSYNC_PLAN SOURCE_ROOT
"""
import json
import os
import re
import subprocess
import sys
import tempfile


def blocks(paper, language):
    return re.findall(r'^```%s\n(.*?)^```' % language, paper, re.S | re.M)


def run(program, paper):
    """Text and JSON of the plan that the inputs in the paper give."""
    people, crm = blocks(paper, 'jsonl')
    inputs = {'config': blocks(paper, 'json')[0], 'schema': '{"objects":[]}', 'people': people,
              'candidates': crm}
    with tempfile.TemporaryDirectory() as folder:
        args = [program]
        for name, content in inputs.items():
            path = os.path.join(folder, name)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(content)
            args += ['--' + name, path]
        return [subprocess.run(args + ['--format', form], check=True, text=True, encoding='utf-8',
                               stdout=subprocess.PIPE, timeout=60).stdout for form in ('text', 'json')]


def main(argv):
    if len(argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(os.path.join(argv[2], 'docs', 'plan.md'), encoding='utf-8') as f:
        paper = f.read()
    text, plan = run(argv[1], paper)
    shown = json.loads(blocks(paper, 'json')[1])
    good = blocks(paper, 'text') == [text]
    if not good:
        print('docs/plan.md shows another text than crmsync-plan gives:\n' + text)
    if shown['operations'][0] not in json.loads(plan)['operations']:
        good = False
        print('docs/plan.md shows an operation that is not in the plan:\n' + plan)
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv))
