#!/usr/bin/env python3
"""Vet and test the Go binding and its example against a build tree.

usage: check_go.py SOURCE_ROOT BUILD_ROOT B_SANITIZE [CRMSYNC_ORGSIM]

Exits with 77, which skips the test, without go, and where the libraries are built with a sanitizer:
its runtime has to be loaded before everything else, and a program that go links does not do that.
"""
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def run(folder, env, *command):
    print("+", *command, f"({os.path.basename(folder)})", flush=True)
    subprocess.run(command, cwd=folder, env=env, check=True)


def unformatted(folder):
    told = subprocess.run(["gofmt", "-l", "."], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return [os.path.join(folder, line) for line in told.stdout.split()]


def quoted(source):
    """Blocks of docs/go.md that are not, line for line, in a file that is compiled here."""
    with open(os.path.join(source, "docs", "go.md"), encoding="utf-8") as paper:
        blocks = re.findall(r"^```go\n(.*?)^```", paper.read(), re.M | re.S)
    code = ""
    for top in ("bindings/go", "examples/go"):
        for where, _, names in os.walk(os.path.join(source, top)):
            for name in names:
                if name.endswith(".go"):
                    with open(os.path.join(where, name), encoding="utf-8") as file:
                        code += file.read()
    assert blocks
    return [block for block in blocks if block not in code]


def main():
    source, build, sanitize = sys.argv[1:4]
    if shutil.which("go") is None:
        print("go is not installed")
        return SKIPPED
    if sanitize != "none":
        print(f"the libraries are built with -fsanitize={sanitize}, which go test cannot load")
        return SKIPPED
    env = dict(os.environ, CGO_ENABLED="1", GOFLAGS="-mod=readonly", GOTOOLCHAIN="local",
               GODEBUG="cgocheck=1",
               PKG_CONFIG_PATH=os.path.join(build, "meson-uninstalled") + ":" + os.path.join(build, "pkgconfig"),
               LD_LIBRARY_PATH=os.path.join(build, "src") + ":" + os.path.join(build, "src", "conformance"))
    if len(sys.argv) > 4:
        env["ORGSIM_SERVER"] = sys.argv[4]
    binding = os.path.join(source, "bindings", "go")
    example = os.path.join(source, "examples", "go")
    wild = unformatted(binding) + unformatted(example)
    if wild:
        print("gofmt would change:", *wild)
        return 1
    for block in quoted(source):
        print("docs/go.md quotes what stands in no Go file:\n" + block)
        return 1
    for folder in (binding, example):
        run(folder, env, "go", "vet", "./...")
        run(folder, env, "go", "test", "-race", "-count=1", "./...")
    run(binding, env, "go", "build", "-tags", "crmsync_static", "./...")
    return 0


if __name__ == "__main__":
    sys.exit(main())
