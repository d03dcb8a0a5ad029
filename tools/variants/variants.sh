#!/bin/sh
# variants.sh list VARIANTS                     the names of its blocks
# variants.sh apply VARIANTS NAME SOURCE        SOURCE as the block NAME makes it
#
# What a variants file is: see README.md.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

for file in "${2-}" "${4-}"; do
    [ -z "$file" ] || [ -r "$file" ] || {
        echo "${0##*/}: $file: cannot be read" >&2
        exit 2
    }
done
case "${1-} $#" in
'list 2') exec awk -v mode=list -f "$here/variants.awk" "$2" ;;
'apply 4')
    exec awk -v mode=apply -v name="$3" -v changes= \
        -f "$here/variants.awk" "$2" "$4"
    ;;
*)
    echo "usage: ${0##*/} list VARIANTS | apply VARIANTS NAME SOURCE" >&2
    exit 2
    ;;
esac
