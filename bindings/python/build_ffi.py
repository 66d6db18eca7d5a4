"""Builds the extension crmsync._crmsync.

setup.py (pip) takes `ffibuilder()`, which asks pkg-config where the library is. The meson build runs
this file to write the C source, and compiles that itself:

    build_ffi.py OUTPUT.c PART...
"""
import os
import subprocess
import sys

from cffi import FFI

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONAL = ('memory', 'sqlite', 'postgres', 'curl', 'posix', 'conformance')
HEADERS = {name: f'crmsync/adapters/{name}.h' for name in OPTIONAL}
HEADERS['conformance'] = 'crmsync/conformance.h'


def cdef(name):
    with open(os.path.join(HERE, 'crmsync', 'cdef', name + '.h'), encoding='utf-8') as f:
        return f.read()


def make(parts, **kwds):
    ffi = FFI()
    ffi.cdef(cdef('core'))
    ffi.cdef(cdef('hooks'))
    if {'memory', 'sqlite', 'postgres'} & set(parts):
        ffi.cdef(cdef('record_keys'))
    for part in parts:
        ffi.cdef(cdef(part))
    if 'conformance' in parts:
        ffi.cdef(cdef('conformance_hooks'))
    includes = ['#include <crmsync/crmsync.h>'] + [f'#include <{HEADERS[part]}>' for part in parts]
    ffi.set_source('crmsync._crmsync', '\n'.join(includes), **kwds)
    return ffi


def pkg_config(*words):
    return subprocess.run(['pkg-config', *words], check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def ffibuilder():
    """For pip: libcrmsync must be installed where pkg-config finds it; so are the adapters, if any."""
    try:
        pkg_config('--exists', 'crmsync')
    except (OSError, subprocess.CalledProcessError):
        sys.exit('pkg-config does not find crmsync. Install libcrmsync first (meson install), and set '
                 'PKG_CONFIG_PATH if its prefix is not the usual one.')
    parts = [part for part in OPTIONAL
             if subprocess.run(['pkg-config', '--exists', 'crmsync-' + part], check=False).returncode == 0]
    packages = ['crmsync', *('crmsync-' + part for part in parts)]
    return make(parts, extra_compile_args=[*pkg_config('--cflags', *packages), '-w'],
                extra_link_args=pkg_config('--libs', *packages))


if __name__ == '__main__':
    make(sys.argv[2:]).emit_c_code(sys.argv[1])
