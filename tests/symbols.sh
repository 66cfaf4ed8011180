#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# symbols.sh LIBRARY HEADER COMPILER...: the library gives out what its header declares and nothing else; the header
# compiles alone as strict C and, where there is a compiler, as C++.
set -u
library=$1
header=$2
shift 2
status=0
given=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort)
declared=$(grep -oE '\bauspex_[a-z_]+\(' "$header" | tr -d '(' | sort -u)
if [ -z "$given" ] || [ "$given" != "$declared" ]; then
    printf 'given out:\n%s\ndeclared:\n%s\n' "$given" "$declared"
    status=1
fi
printf '#include "%s"\n' "$header" | "$@" -x c -std=c11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only - || status=1
if command -v c++ > /dev/null; then
    printf '#include "%s"\nint main() { return !auspex_version(); }\n' "$header" |
        c++ -x c++ -std=c++11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only - || status=1
fi
exit "$status"
