#!/bin/sh
# Tests of tools/check_async.awk: it complains about exactly the lines that say
# so, with the words that they name:  /* error: words */
set -u
cd "$(dirname "$0")/check_async" || exit 2
found=$(mktemp) || exit 2
trap 'rm -f "$found"' EXIT
bad=0

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' "$found"
    bad=1
}


for file in good.c bad_*.c; do
    awk -f ../../../tools/check_async.awk "$file" >"$found"
    status=$?
    lines=$(grep -n '/\* error: ' "$file" | cut -d: -f1)
    for line in $lines; do
        words=$(sed -n "${line}s|.*/\* error: \(.*\) \*/.*|\1|p" "$file")
        grep "^$file:$line: " "$found" | grep -qF -e "$words" ||
            not_ok "$file:$line: nothing about '$words'"
    done
    # shellcheck disable=SC2086  # one word for each line
    set -- $lines
    [ "$(wc -l <"$found")" -eq $# ] || not_ok "$file: $# lines are wrong"
    [ $status -eq $(($# > 0)) ] || not_ok "$file: ends with status $status"
done

# Several files at once: each has its own lines and its own end.
awk -f ../../../tools/check_async.awk bad_*.c good.c >"$found" &&
    not_ok 'all files: ends with status 0'
[ "$(wc -l <"$found")" -eq "$(cat bad_*.c | grep -c '/\* error: ')" ] ||
    not_ok 'all files: other lines than one by one'
exit $bad
