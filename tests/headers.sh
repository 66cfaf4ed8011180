#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# headers.sh ROOT COMPILER...: every header compiles by itself, twice over, without warnings.
set -u
root=$1
shift
count=0
failed=0
for header in $(find "$root"/lib "$root"/datasets "$root"/forecast "$root"/plots "$root"/cli "$root"/api -name "*.h"); do
    [ -e "$header" ] || continue
    name=${header#"$root"/}
    count=$((count + 1))
    if ! printf '#include "%s"\n#include "%s"\n' "$name" "$name" | "$@" -x c -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow \
        -Wstrict-prototypes -Wmissing-prototypes -Werror -fsyntax-only -I"$root" -; then
        echo "$name does not compile alone"
        failed=$((failed + 1))
    fi
done
echo "$count headers, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
