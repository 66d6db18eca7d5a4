#!/usr/bin/env python3
"""Run a Salesforce client, as its makers publish it, against the simulated org.

usage: run.py (jsforce | simple-salesforce | aiosalesforce | go-salesforce) CRMSYNC_ORGSIM BUILD_FOLDER

The client is installed below BUILD_FOLDER, once. Exit code 77 when it cannot be had here: no npm,
pip or go, or no package registry within reach.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
SEED = """{"Account": [{"_ref": "acme", "Name": "Acme Ltd", "Website": "acme.example"}],
           "Contact": [{"LastName": "Doe", "Email": "jane@acme.example", "AccountId": "@acme"}]}"""


class Unavailable(Exception):
    pass


def install(command, env=None):
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, timeout=300, check=False)
    if done.returncode:
        raise Unavailable("\n".join(done.stdout.splitlines()[-3:]))


def jsforce(folder):
    """The command that runs the check, and its environment."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise Unavailable("npm and node are not installed")
    if not os.path.isdir(os.path.join(folder, "node_modules", "jsforce")):
        install([npm, "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts",
                 "--loglevel=error", "--fetch-retries=1", "jsforce@3"])
    return ([node, os.path.join(HERE, "check_jsforce.js")],
            {"NODE_PATH": os.path.join(folder, "node_modules")})


def from_pypi(folder, package, script):
    python = os.path.join(folder, "venv", "bin", "python")
    ready = os.path.join(folder, "installed")
    if not os.path.exists(ready):
        venv.create(os.path.join(folder, "venv"), with_pip=True, clear=True)
        install([python, "-m", "pip", "install", "--quiet", "--retries", "1",
                 "--disable-pip-version-check", package])
        with open(ready, "w", encoding="utf-8"):
            pass
    return [python, os.path.join(HERE, script)], {}


def simple_salesforce(folder):
    return from_pypi(folder, "simple-salesforce>=1.12,<2", "check_simple_salesforce.py")


def aiosalesforce(folder):
    return from_pypi(folder, "aiosalesforce==0.6.2", "check_aiosalesforce.py")


def go_salesforce(folder):
    """A module of its own around the check, which is built once for each version of either."""
    go = shutil.which("go")
    if not go:
        raise Unavailable("go is not installed")
    source = os.path.join(HERE, "check_go_salesforce.go")
    shutil.copy(source, os.path.join(folder, "main.go"))
    env = dict(os.environ, GOFLAGS="-mod=mod", GOTOOLCHAIN="local", CGO_ENABLED="0")
    if not os.path.exists(os.path.join(folder, "go.mod")):
        install([go, "-C", folder, "mod", "init", "check"], env)
    install([go, "-C", folder, "get", "github.com/k-capehart/go-salesforce/v3@v3.1.0"], env)
    subprocess.run([go, "-C", folder, "build", "-o", "check", "."], env=env, check=True)
    return [os.path.join(folder, "check")], {}


CLIENTS = {"jsforce": (jsforce, []), "simple-salesforce": (simple_salesforce, ["--tls"]),
           "aiosalesforce": (aiosalesforce, ["--tls"]), "go-salesforce": (go_salesforce, [])}


def check(command, extra, program, options, folder):
    seed, ca = os.path.join(folder, "seed.json"), os.path.join(folder, "ca.pem")
    with open(seed, "w", encoding="utf-8") as f:
        f.write(SEED)
    if options:
        options = options + ["--ca-out", ca]
    with subprocess.Popen([program, "--port", "0", "--seed", seed, "--query-page", "200",
                           "--exit-with-parent", *options],
                          stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            if not line.startswith("listening on "):
                print("the org did not start:", line)
                return 1
            env = dict(os.environ, ORG_URL=line.split()[-1], ORG_CA=ca, NO_PROXY="*", **extra)
            return subprocess.run(command, env=env, timeout=240, check=False).returncode
        finally:
            server.terminate()


def main(argv):
    if len(argv) != 4 or argv[1] not in CLIENTS:
        print(__doc__, file=sys.stderr)
        return 2
    prepare, options = CLIENTS[argv[1]]
    folder = os.path.join(os.path.abspath(argv[3]), argv[1])
    os.makedirs(folder, exist_ok=True)
    try:
        command, extra = prepare(folder)
    except (Unavailable, subprocess.TimeoutExpired, OSError) as why:
        print("skipped, %s cannot be installed: %s" % (argv[1], why))
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        return 1 if check(command, extra, os.path.abspath(argv[2]), options, scratch) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
