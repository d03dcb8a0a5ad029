#!/bin/sh
# timelines.sh check|update BIN
#
# A picture of the notes that is called like a program, notes/pictures/
# a04_join.svg, is that program's timeline on the virtual clock.  Is each what
# the program in BIN draws now?  update draws it; to have a new one, make an
# empty file of that name first.
set -u
export LC_ALL=C
mode=$1
bin=$(cd "$2" && pwd) || exit 2
tools=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
bad=0

for picture in "$tools"/../notes/pictures/a[0-9][0-9]_*.svg; do
    [ -f "$picture" ] || continue
    name=$(basename "$picture" .svg)
    if ! "$tools/run.sh" "$bin" \
        "EXECUTOR_TRACE='$tmp/$name.svg' './$name'" >"$tmp/output"; then
        cat "$tmp/output"
        echo "notes/pictures/$name.svg: ./$name failed"
        bad=1
    elif cmp -s "$tmp/$name.svg" "$picture"; then
        continue
    elif [ "$mode" = update ]; then
        cat "$tmp/$name.svg" >"$picture"
        echo "updated notes/pictures/$name.svg"
    else
        echo "notes/pictures/$name.svg is older than ./$name; look at the new"
        echo "one after:  tools/timelines.sh update $2"
        bad=1
    fi
done
exit $bad
