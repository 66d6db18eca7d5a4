#!/usr/bin/env python3
"""Runs the program of the README: its first run prints the login address, and says what is missing.

usage: check_quickstart.py PROGRAM
"""
import os
import subprocess
import sys
import tempfile
from urllib.parse import parse_qs, urlsplit


def run(program, folder, *args):
    return subprocess.run([program, *args], cwd=folder, text=True, check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    program = os.path.abspath(argv[1])
    with tempfile.TemporaryDirectory() as folder:
        done = run(program, folder)
        url = urlsplit(done.stdout.strip())
        query = parse_qs(url.query)
        good = (done.returncode == 0 and url.scheme == 'https' and url.hostname == 'login.salesforce.com'
                and url.path == '/services/oauth2/authorize' and query.get('code_challenge_method') == ['S256']
                and query.get('redirect_uri') == ['https://app.example/crm/callback'])
        print(done.stdout, done.stderr)
        unconnected = run(program, folder, 'sync')
        print(unconnected.stdout, unconnected.stderr)
        good = good and unconnected.returncode == 1 and 'login page' in unconnected.stderr
    print('quickstart: ' + ('as the README says' if good else 'NOT as the README says'))
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv))
