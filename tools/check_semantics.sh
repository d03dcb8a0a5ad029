#!/bin/sh
# check_semantics.sh [COURSE]
#
# Does every promise of notes/semantics.md have a test that names it, and is
# every ID that a test names on that page?
set -u
export LC_ALL=C
awk=$(cd "$(dirname "$0")" && pwd)/check_semantics.awk
cd "${1:-$(dirname "$0")/..}" || exit 2

tests=$(find tests a[0-9][0-9]_*/tests -name '*.c' \
    ! -path 'tests/tools/*' ! -path 'tests/learn/*' | sort)
lessons=$(find a[0-9][0-9]_* include -name 'a[0-9][0-9]_*.c' \
    ! -path '*/exercises/*' ! -path '*/solutions/*' \
    -o -name '*.h' | sed 's|.*/||; s|\.c$||' | tr '\n' ' ')

# shellcheck disable=SC2086 # a word for each file
exec awk -v lessons="$lessons" -f "$awk" $tests notes/semantics.md
