#!/bin/sh
# mistake.sh BUILD VARIANTS NAME
#
# Is the wrong answer NAME of ROOM/mistakes/EXERCISE.variants rejected, in the
# words that stand behind its ! there?  Words may be folded over lines.  If the
# words are "accepted", it is a right answer: is it accepted?
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
build=$1 variants=$2 name=$3
room=${variants%/mistakes/*}
exercise=$(basename "$variants" .variants)
answer=$build/mistakes/$exercise.$name.c

mkdir -p "$build/mistakes" &&
    "$here/variants.sh" apply "$variants" "$name" \
        "$room/solutions/$exercise.c" >"$answer" || exit 1
words=$(awk -v mode=words -v name="$name" -v kind='!' \
    -f "$here/variants.awk" "$variants") || exit 1
if [ -z "$words" ]; then
    echo "$variants: $name: say with ! what the rejection says"
    exit 1
fi

found=$("$build/exercise.sh" "$room/exercises/$exercise.test.c" "$answer" 2>&1)
status=$?
echo "$found"
if [ "$words" = accepted ]; then
    [ "$status" -eq 0 ] && exit 0
    echo "$variants: $name: exit status $status, not 0: it is right, and rejected"
    exit 1
fi
if [ "$status" -ne 1 ]; then
    echo "$variants: $name: exit status $status, not 1: it is not rejected"
    exit 1
fi

# What stands below the first FAIL, in one line.
reason=$(echo "$found" | awk '
    failed && !/^        /{ exit }
    failed
    /^  FAIL/ { failed = 1 }')
one_line() {
    echo "$1" | tr -s ' \n' '  '
}
case $(one_line "$reason") in
*"$(one_line "$words" | sed 's/^ *//; s/ *$//')"*) ;;
*)
    echo "$variants: $name: rejected, but not in the words of its !: $words"
    exit 1
    ;;
esac
