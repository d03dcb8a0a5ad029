#!/bin/sh
# Tests of tools/exercise/statics.awk: it names exactly the lines that say
# /* shared */.
set -u
cd "$(dirname "$0")/statics" || exit 2
found=$(awk -f ../../../tools/exercise/statics.awk given.c answer.c |
    sed 's/^answer.c:\([0-9]*\): .*/\1/')
wanted=$(grep -n '/\* shared \*/' answer.c | cut -d: -f1)
[ "$found" = "$wanted" ] || {
    echo "found the lines:" "$found"
    echo "it should be:   " "$wanted"
    exit 1
}
