# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts of this folder share; they run at the source root.

version=$(awk -F"'" '/^  version:/ {print $2}' meson.build)
# The same tree gives the same bytes: files are as old as the entry of the changelog.
SOURCE_DATE_EPOCH=$(date -d "$(sed -n '/^ -- /{s/.*>  //p;q}' packaging/debian/changelog)" +%s)
export SOURCE_DATE_EPOCH

# pack FOLDER NAME ARCHIVE OPTION...: NAME in FOLDER as a tar archive, compressed as an option of tar says.
pack() {
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "${@:4}" -cf "$3" -C "$1" "$2"
}

# copy_sources FOLDER: the source tree as it is now, without what was built in it; of a git checkout, what git follows.
copy_sources() {
    mkdir -p -- "$1"
    if git rev-parse --show-toplevel > /dev/null 2>&1 && [ -e .git ]; then
        git ls-files -z | tar --null --files-from=- -cf - | tar -xf - -C "$1"
    else
        tar --exclude='./build*' --exclude=./out -cf - . | tar -xf - -C "$1"
    fi
}
