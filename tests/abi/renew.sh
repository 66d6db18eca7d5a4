#!/bin/sh
# Records the ABI as it is now: abi/*.abi from the libraries of a build, tests/abi/golden.txt from
# the headers. After an addition this is routine. After a break it is a decision: docs/abi.md tells
# when it is allowed and what else has to be done.
#
#   tests/abi/renew.sh BUILD_DIR      a build with gcc and debug information, without sanitizers
set -eu

if [ $# -ne 1 ] || [ ! -f "$1/build.ninja" ]; then
    echo "usage: $0 BUILD_DIR" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
cd "$build"

targets=$(ninja -t targets all | sed -n 's/: .*//; /^src\/.*libcrmsync[a-z-]*\.so\.[0-9.]*$/p')
# shellcheck disable=SC2086 # words are meant to be split
ninja -j 2 $targets tests/abi/test_abi_layout >/dev/null

# shellcheck disable=SC2086
python3 "$here/check_abi.py" --renew "$source_root" $targets
ABI_GOLDEN="$here/golden.txt" UPDATE_ABI=1 tests/abi/test_abi_layout >/dev/null 2>&1
echo "tests/abi/golden.txt: $(grep -vc '^#' "$here/golden.txt") rows written"
git -C "$source_root" diff --stat -- abi tests/abi/golden.txt
