#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is one version: versions.py SOURCE VERSION PROGRAM. It stands in meson.build; the program, the changelog, the Debian
package and the Python package must say the same, and the Debian package of the library must know its symbols."""
import pathlib
import re
import subprocess
import sys

source, version, program = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
failed = []


def agree(where, found, expected=version):
    if found != expected:
        failed.append(f'{where}: {found!r}, expected {expected!r}')


def first(pattern, path):
    match = re.search(pattern, (source / path).read_text(encoding='utf-8'), re.M)
    return match.group(1) if match else None


def check_library():
    """What is in the interface's record (see abi.py) is in the Debian package's list of symbols."""
    record = (source / 'api/auspex.abi').read_text(encoding='utf-8').splitlines()
    number = next(line for line in record if line.startswith('soname ')).rsplit('.', 1)[1]
    package = f'packaging/debian/libauspex{number}'
    agree('packaging/debian/control', first(r'^Package: (libauspex\d+)$', 'packaging/debian/control'), f'libauspex{number}')
    agree(f'{package}.symbols', first(r'^(libauspex\.so\.\S+ \S+)', f'{package}.symbols'),
          f'libauspex.so.{number} libauspex{number}')
    listed = re.findall(r'^ (auspex_\S+) ', (source / f'{package}.symbols').read_text(encoding='utf-8'), re.M)
    recorded = [line.split()[1].replace('@@', '@') for line in record if line.startswith('symbol ')]
    agree(f'symbols of {package}.symbols', sorted(listed), sorted(recorded))


agree('docs/changelog.md', first(r'^## (\S+)', 'docs/changelog.md'))
agree('packaging/debian/changelog', first(r'^auspex \((.+)-\d+\)', 'packaging/debian/changelog'))
agree('pyproject.toml', first(r"^dynamic = \[(.*)\]", 'pyproject.toml'), "'version'")  # meson-python's: that of meson.build
said = subprocess.run([program, '--version'], capture_output=True, check=True, text=True).stdout
agree('auspex --version', (re.search(r'\d+\.\d+\.\d+', said) or [None])[0])
check_library()
print('\n'.join(failed) or f'{version} everywhere')
sys.exit(1 if failed else 0)
