#!/usr/bin/env python3
"""Run the example crmsync-normalize: check_normalize.py PROGRAM VECTORS..."""
import json
import subprocess
import sys


def call(program, *args, text=""):
    done = subprocess.run([program, *args], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def main():
    program, vectors = sys.argv[1], sys.argv[2:]
    rows = [json.loads(line) for path in vectors for line in open(path, encoding="utf-8")]
    code, out, _ = call(program, text="\n".join(json.dumps(row) for row in rows))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and len(answers) == len(rows), (code, len(answers))
    for row, answer in zip(rows, answers):
        assert answer == {**row, "output": row["expected"]}, answer

    good = '{"kind":"company","input":"Acme Inc","n":0.10}'
    bad = ["{", "[1]", '{"kind":"colour","input":"x"}', '{"kind":"email"}',
           '{"kind":"email","input":1}']
    code, out, _ = call(program, text="\n\n".join([good] + bad + [good]))
    lines = out.splitlines()
    assert code == 1 and len(lines) == len(bad) + 2, (code, out)
    assert lines[0] == lines[-1] == good[:-1] + ',"output":"acme"}', lines[0]
    for number, line in enumerate(lines[1:-1]):
        told = json.loads(line)
        assert told["error"] and told["line"] == 3 + 2 * number, line

    code, out, _ = call(program, "--help")
    assert code == 0 and out.startswith("usage:")
    code, out, err = call(program, "--colour")
    assert code == 2 and out == "" and err.startswith("usage:")
    assert call(program) == (0, "", "")


if __name__ == "__main__":
    main()
