#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of the installed library as programs were compiled for it:
abi.py LIBRARY HEADER RECORD CHANGELOG VERSION COMPILER...

RECORD holds the SONAME, the symbols with their versions, every declaration of the header, and where the members of its
structs lie as the compiler has it (where pointers have 64 bits). The test fails where the library or its header say
something else, and where the changelog has nothing of the version. `--update` writes the record anew: further declarations
are welcome, one that is gone or different asks for another SONAME (soversion in api/meson.build) first, for programs that
were compiled for the old one would go wrong without a word."""
import os
import re
import subprocess
import sys
import tempfile

NEW = """What is new asks for another version: raise the second number in meson.build, begin packaging/debian/changelog and
docs/changelog.md with it, add new symbols with it to packaging/debian/libauspex*.symbols; then"""
GONE = """What is gone or different breaks programs that were compiled for it. Where that is meant: another soversion in
api/meson.build, another node in api/auspex.map, packaging/debian/libauspex* called after it, and all that asks for another
version: the number in meson.build, packaging/debian/changelog and docs/changelog.md; then"""


def declarations(path):
    """One a line: functions, structs and constants without comments and layout."""
    with open(path, encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', ' ', file.read(), flags=re.S)
    text = re.sub(r'#ifdef __cplusplus.*?#endif', ' ', text, flags=re.S)
    text = re.sub(r'^\s*#.*$', ' ', text, flags=re.M)
    found, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == '{') - (c == '}')
        if c == ';' and depth == 0:
            found += pieces(' '.join(text[begin:i].split()))
            begin = i + 1
    return found


def pieces(one):
    """Constants one by one: there may be more of them."""
    constants = re.fullmatch(r'enum \{ (.*?),? \}', one)
    return [f'constant {c}' for c in constants.group(1).split(', ')] if constants else [f'declaration {one}']


def members(body):
    """The names of a struct's members, in their order."""
    names = []
    for statement in filter(None, (part.strip() for part in body.split(';'))):
        pointer = re.search(r'\(\*(\w+)\)', statement)  # to a function
        names += [pointer.group(1)] if pointer else [re.search(r'(\w+)(\[\w+\])*$', one.strip()).group(1)
                                                     for one in statement.split(',')]
    return names


def layout(header, declared, compiler):
    """One a line: the size of a struct, and how many bytes before each member. Nothing where pointers are no 64 bits."""
    lines = ['#include <stddef.h>', '#include <stdio.h>', f'#include "{os.path.abspath(header)}"', 'int main(void) {',
             'if (sizeof(void *) != 8) return 0;']
    for one in declared:
        struct = re.fullmatch(r'declaration typedef struct \w+ \{ (.*) \} (\w+)', one)
        if struct:
            names, name = members(struct.group(1)), struct.group(2)
            places = ''.join(f' {m} %zu' for m in names)
            values = ''.join(f', offsetof({name}, {m})' for m in names)
            lines.append(f'printf("layout {name}:{places}, %zu bytes\\n"{values}, sizeof({name}));')
    lines.append('return 0; }')
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, 'layout')
        subprocess.run([*compiler, '-x', 'c', '-', '-o', program], input='\n'.join(lines), check=True, text=True)
        return subprocess.run([program], capture_output=True, check=True, text=True).stdout.splitlines()


def interface(library, header, compiler):
    dynamic = subprocess.run(['readelf', '-d', library], capture_output=True, check=True, text=True).stdout
    symbols = subprocess.run(['nm', '-D', '--with-symbol-versions', '--defined-only', library], capture_output=True,
                             check=True, text=True).stdout
    names = sorted(line.split()[2] for line in symbols.splitlines() if len(line.split()) > 2 and line.split()[1] != 'A')
    soname = re.search(r'SONAME[^[]*\[([^]]*)', dynamic).group(1)
    declared = declarations(header)
    return [f'soname {soname}', *(f'symbol {name}' for name in names), *declared, *layout(header, declared, compiler)]


def main():
    arguments = [a for a in sys.argv[1:] if a != '--update']
    library, header, record, changelog, version, *compiler = arguments
    now = interface(library, header, compiler)
    with open(record, encoding='utf-8') as file:
        before = [line for line in file.read().splitlines() if line and not line.startswith('#')]
    if not any(line.startswith('layout ') for line in now):
        before = [line for line in before if not line.startswith('layout ')]
    gone, new = [line for line in before if line not in now], [line for line in now if line not in before]
    same_soname = now[0] in before
    if '--update' in sys.argv:
        if gone and same_soname:
            print('these are gone or different, and the SONAME is the same:', *gone, sep='\n  ')
            return 1
        with open(record, 'w', encoding='utf-8') as file:
            print('# SPDX-License-Identifier: GPL-3.0-or-later', f'# Written by {os.path.basename(__file__)} --update.', *now,
                  sep='\n', file=file)
        return 0
    with open(changelog, encoding='utf-8') as file:
        told = re.search(rf'^## {re.escape(version)}\b', file.read(), re.M)
    for line in gone:
        print(f'gone: {line}')
    for line in new:
        print(f'new: {line}')
    if gone or new:
        print(f'the interface differs from {record}.', GONE if gone else NEW,
              ' '.join(['    tests/abi.py --update', *arguments]), sep='\n')
    if not told:
        print(f'{changelog} has no heading for {version}')
    return 1 if gone or new or not told else 0


sys.exit(main())
