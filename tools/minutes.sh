#!/bin/sh
# minutes.sh [COURSE]
#
# Does each lesson's page say how long it takes?  minutes.awk measures; what a
# page says may differ from that by a sixth.  The table in notes/README.md says
# the same as the pages.  Prints a line for each page, and exits 1 if one is
# wrong.
set -u
export LC_ALL=C
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$tools/..}" || exit 2
bad=0

wrong() {
    echo "    $1"
    bad=1
}

for page in notes/a[0-9][0-9]_*.md; do
    name=$(basename "$page")
    figures=$(awk -v root=. -f "$tools/minutes.awk" "$page") || exit 2
    said=${figures% *} measured=${figures#* }
    echo "$page: $said minutes, measured $measured"
    off=$((said > measured ? said - measured : measured - said))
    [ $((off * 6)) -le "$measured" ] ||
        wrong "say *$measured minutes to teach, ...*, or shorten the lesson"
    grep -Eq "^\| \[.*\]\($name\) .*\| $said \|$" notes/README.md ||
        wrong "the table in notes/README.md does not say $said"
done
exit $bad
