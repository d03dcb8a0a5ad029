#!/bin/sh
# check_semantics.sh [check|update [COURSE]]
#
# Does every promise of notes/semantics.md have a test that names it, and is
# every ID that a test names on that page?  `update` writes its last column.
set -u
export LC_ALL=C
awk=$(cd "$(dirname "$0")" && pwd)/check_semantics.awk
cd "${2:-$(dirname "$0")/..}" || exit 2
page=notes/semantics.md

tests=$(find tests a[0-9][0-9]_*/tests -name '*.c' \
    ! -path 'tests/tools/*' ! -path 'tests/learn/*' | sort)
lessons=$(find a[0-9][0-9]_* include -name 'a[0-9][0-9]_*.c' \
    ! -path '*/exercises/*' ! -path '*/solutions/*' ! -path '*/mistakes/*' \
    -o -name '*.h' | sed 's|.*/||; s|\.c$||' | tr '\n' ' ')

case ${1-check} in
check)
    # shellcheck disable=SC2086 # a word for each file
    awk -v update=0 -v lessons="$lessons" \
        -f "$awk" $tests $page
    ;;
update)
    # shellcheck disable=SC2086
    awk -v update=1 -v lessons="$lessons" \
        -f "$awk" $tests $page >$page.new
    status=$?
    if [ -s $page.new ]; then
        mv $page.new $page
    else
        rm -f $page.new
    fi
    exit $status
    ;;
*)
    echo 'check_semantics.sh [check|update [COURSE]]' >&2
    exit 2
    ;;
esac
