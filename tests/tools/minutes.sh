#!/bin/sh
# Tests of tools/minutes.sh, on a small course of its own.
# shellcheck disable=SC2016  # backquotes here are text
set -u
tools=$(cd "$(dirname "$0")/../.." && pwd)/tools
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
mkdir notes a01_one
bad=0

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

# page SAID: 400 words, a header of 40 lines, a program of 60; what comes in
# code, in comments or after the line --- does not count.
page() {
    {
        echo "*$1 minutes to teach.*"
        printf '| run first | second |\n|---|---|\n| `a01_one` | `a01_two` |\n'
        echo 'Read [one.h](../a01_one/one.h).'
        printf '## One\n[two](../a01_one/two.h)\n```c\n'
        yes 'int x;' | head -n 500
        printf '```\n'
        yes 'word' | head -n 380
        printf -- '---\n'
        yes 'more words' | head -n 1000
    } >notes/a01_one.md
    echo "| [one](a01_one.md) | it | $1 |" >notes/README.md
}

lines() {
    yes "$1" | head -n "$2"
}

{ lines 'int a;' 60; lines '' 30; } >a01_one/a01_one.c
lines 'int b;' 1000 >a01_one/a01_two.c
lines 'int c;' 40 >a01_one/one.h
lines 'int d;' 1000 >a01_one/two.h

page 10
"$tools/minutes.sh" . >message || not_ok ten_minutes_are_right
grep -q '10 minutes, measured 10$' message || not_ok what_is_measured
page 11
"$tools/minutes.sh" . >message || not_ok a_sixth_more_is_fine
page 12
"$tools/minutes.sh" . >message && not_ok more_is_wrong
grep -q 'say \*10 minutes' message || not_ok it_says_what_is_right
page 10
echo '| [one](a01_one.md) | it | 11 |' >notes/README.md
"$tools/minutes.sh" . >message && not_ok the_table_must_agree
exit $bad
