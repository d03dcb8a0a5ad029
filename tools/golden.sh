#!/bin/sh
# golden.sh check|update PROGRAM SOURCE
#
# Does PROGRAM print what SOURCE's top comment promises under " * Expected
# output:"?  update writes what it prints into SOURCE.  Either way it must end
# with status 0.  golden.awk says how the promise is read.
set -u
export LC_ALL=C
mode=$1 program=$2 source=$3
tools=$(cd "$(dirname "$0")" && pwd)
name=./$(basename "$program")
label=${source#"${tools%/*}/"}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

refuse() {
    tail -n 30 "$tmp/output"
    echo "$label: $name $*"
    exit 1
}

"$tools/run.sh" "$(dirname "$program")" "'$name'" >"$tmp/output"
status=$?
case $status in
0) [ -z "$(tail -c 1 "$tmp/output")" ] || refuse 'ends without a newline' ;;
124 | 137) refuse "did not end within ${RUN_SECONDS:-40} seconds" ;;
127) refuse 'is not there: build it first' ;;
141) refuse 'prints more than 100 KB' ;;
*) refuse "ended with status $status, not 0" ;;
esac

awk -v mode="$mode" -v label="$label" \
    -f "$tools/pattern.awk" -f "$tools/golden.awk" \
    "$tmp/output" "$source" >"$tmp/source" || exit 1
cmp -s "$source" "$tmp/source" && exit 0

if [ "$mode" = update ]; then
    cat "$tmp/source" >"$source"
    echo "updated $label"
else
    diff -u -L "$label promises" -L "$name prints" "$source" "$tmp/source"
    cat <<END

$label: the top comment promises (-), the program prints (+).
If the program is right:  tools/update.sh build  updates everything, this one alone:
    tools/golden.sh update $program $label
END
    exit 1
fi
