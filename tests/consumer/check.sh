#!/bin/sh
# Compiles and runs programs outside the build against the library: installed and shared, installed
# and static, straight from the build tree, and as a meson subproject.
#
#   tests/consumer/check.sh BUILD_DIR [CC...]
#
# BUILD_DIR is configured and built. Exit code 77: built with sanitizers, which programs outside
# would have to be as well.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: $0 BUILD_DIR [CC...]" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
shift
cc=${*:-cc}
here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
if nm -D "$build/src/libcrmsync.so" | grep -qE ' U __(asan|tsan|msan|ubsan)_'; then
    echo "skipped: $build is a sanitized build"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

DESTDIR="$work/shared" meson install -C "$build" --no-rebuild --quiet
pc_dir=$(dirname "$(find "$work/shared" -name crmsync.pc)")
lib_dir=$(dirname "$pc_dir")
rel_pc=${pc_dir#"$work/shared"}
cp -a "$work/shared" "$work/static"
find "$work/static" -name 'libcrmsync*.so*' -exec rm {} +

# libraries PACKAGE: what a static libcrmsync stands on, shared. (pkg-config --static would also
# name what those were built from, which a machine without all development packages cannot link.)
libraries() {
    for required in $(pkg-config --print-requires-private "$1" | cut -d' ' -f1); do
        PKG_CONFIG_SYSROOT_DIR='' pkg-config --libs "$required"
    done
    sed -n 's/^Libs.private://p' "$PKG_CONFIG_PATH/$1.pc"
}

# compile_and_run LABEL PACKAGES [MORE_LIBRARIES]
compile_and_run() {
    use=
    for package in $2; do
        if [ "$package" != crmsync ]; then
            use="$use -DUSE_$(echo "${package#crmsync-}" | tr '[:lower:]' '[:upper:]')"
        fi
    done
    # shellcheck disable=SC2046,SC2086 # words are meant to be split
    $cc -std=c11 -Wall -Wextra -Werror $use -o "$work/consumer" "$here/consumer.c" \
        $(pkg-config --cflags --libs $2 crmsync) ${3:-}
    "$work/consumer"
    echo "ok - $1:" $2
}

packages=$(find "$pc_dir" -name 'crmsync*.pc' -exec basename {} .pc \; | sort)

for package in $packages; do
    (
        export PKG_CONFIG_PATH="$pc_dir" PKG_CONFIG_SYSROOT_DIR="$work/shared"
        export LD_LIBRARY_PATH="$lib_dir"
        compile_and_run "installed, shared" "$package"
    )
    (
        export PKG_CONFIG_PATH="$work/static$rel_pc" PKG_CONFIG_SYSROOT_DIR="$work/static"
        compile_and_run "installed, static" "$package" \
            "$(libraries "$package") $(libraries crmsync)"
        if ldd "$work/consumer" | grep -q libcrmsync; then
            echo "not ok - the static program needs a shared libcrmsync" >&2
            exit 1
        fi
    )
    (
        export PKG_CONFIG_PATH="$build/pkgconfig"
        LD_LIBRARY_PATH=$(find "$build/src" -name 'libcrmsync*.so' -exec dirname {} \; |
            sort -u | tr '\n' ':')
        export LD_LIBRARY_PATH
        compile_and_run "uninstalled" "$package"
    )
done

# All of them in one static program: no two libraries define one name.
(
    export PKG_CONFIG_PATH="$work/static$rel_pc" PKG_CONFIG_SYSROOT_DIR="$work/static"
    all=$(for package in $packages; do libraries "$package"; done)
    compile_and_run "installed, static, together" "$(echo $packages)" "$all"
)

mkdir -p "$work/project/subprojects"
cp "$here/consumer.c" "$here/meson.build" "$work/project/"
ln -s "$source_root" "$work/project/subprojects/crmsync"
CC=$cc meson setup "$work/project-build" "$work/project" --buildtype=plain \
    -Dcrmsync:tests=disabled -Dcrmsync:examples=disabled >"$work/meson.log" 2>&1 ||
    { cat "$work/meson.log"; exit 1; }
ninja -j 2 -C "$work/project-build" >"$work/ninja.log" 2>&1 || { cat "$work/ninja.log"; exit 1; }
for program in "$work"/project-build/consumer*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    "$program"
    echo "ok - subproject: $(basename "$program")"
done
