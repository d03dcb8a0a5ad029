#!/bin/sh
# planted.sh CC COURSE ROOM/HEADER.h [BLOCK]
#
# Do the random trees of trees.c notice a bug?  planted/HEADER.variants has bugs
# for HEADER.h, each as what it changes there.  With each of them the trees are
# compiled and run, and must fail in the words that stand behind its !.
set -u
cc=$1 course=$2 header=$3
room=$course/a07_select/tests
variants=$room/planted/$(basename "$header" .h).variants
folder=$(mktemp -d "${TMPDIR:-/tmp}/planted.XXXXXX") || exit 2
trap 'rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM
bad=0
mkdir -p "$folder/$(dirname "$header")"
names=${4-$("$course/tools/variants/variants.sh" list "$variants")} &&
    [ -n "$names" ] || exit 2

for name in $names; do
    "$course/tools/variants/variants.sh" apply "$variants" "$name" \
        "$course/$header" >"$folder/$header" || exit 2
    # shellcheck disable=SC2046 # flags are words
    $cc -std=c11 -D_POSIX_C_SOURCE=200809L -g -w -I"$folder" -I"$course" \
        -I"$course/include" "$room/trees.c" -o "$folder/trees" \
        $(pkg-config --cflags --libs libuv cmocka) -lpthread || exit 2
    words=$(awk -v mode=words -v name="$name" -v kind='!' \
        -f "$course/tools/variants/variants.awk" "$variants") || exit 2
    timeout 60 "$folder/trees" 3000 >"$folder/said" 2>&1
    status=$?
    if [ $status -eq 0 ] || ! grep -qF -e "$words" "$folder/said"; then
        echo "$header: $name is not noticed: status $status, not \"$words\""
        bad=1
    fi
done
exit $bad
