#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh PROGRAM: makes a wheel, installs it into an empty environment and runs the tests of the package and of its pages
# there, beside the program. 77: skipped, for there is no pip or no package index.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skip() {
    echo "Python: skipped, $1"
    exit 77
}
"$python" -m venv "$work/empty" > /dev/null 2>&1 || skip "$python makes no environments (python3-venv)"
pip() { "$work/empty/bin/pip" --quiet --disable-pip-version-check "$@"; }
pip download --no-deps --dest "$work/there" pycparser > /dev/null 2>&1 || skip "the package index cannot be reached"
tools/wheel.sh "$work/wheel" "$python"
wheels=("$work"/wheel/auspex-*.whl)
[ "$(stat -c %s "${wheels[0]}")" -lt 40000000 ] || { echo "the wheel has 40 MB or more"; exit 1; }
pip install "${wheels[0]}" pandas polars
export AUSPEX_PROGRAM=$program AUSPEX_SAMPLES=$PWD/datasets/samples AUSPEX_DOCS=$PWD/docs
cp python/tests/test_*.py "$work"
cd "$work"
"$work/empty/bin/python" -m unittest test_auspex test_docs
