# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the C source of the extension module from the library's header: extension.py HEADER OUTPUT."""
import re
import sys

import cffi

# What the library calls while it works; its Python side is in auspex/_call.py.
CALLBACK = 'extern "Python" int auspex_python_report(void *context, int what, const char *text);\n'


def declarations(header):
    """The header without what only compilers take."""
    text = re.sub(r'/\*.*?\*/', '', header, flags=re.S)
    text = re.sub(r'#ifdef __cplusplus.*?#endif\n', '', text, flags=re.S)
    return re.sub(r'^#.*\n', '', text, flags=re.M)


def main():
    header, output = sys.argv[1:]
    with open(header, encoding='utf-8') as file:
        text = declarations(file.read())
    ffi = cffi.FFI()
    ffi.cdef(text + CALLBACK)
    ffi.set_source('auspex._auspex', '#include "auspex.h"\n')
    ffi.emit_c_code(output)


main()
