#!/bin/sh
# notes.sh check|update BIN PAGE...
#
# Do the pages show what the sources say, and what the programs in BIN print?
# update rewrites the blocks that do not.  notes.awk says what a page may hold.
set -u
export LC_ALL=C
mode=$1 bin=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
bad=0

for page; do
    label=${page#"$root/"}
    awk -v root="$root" -v bin="$bin" -v tmp="$tmp/output" -v label="$label" \
        -f "$root/tools/pattern.awk" -f "$root/tools/notes.awk" "$page" >"$tmp/page" || { bad=1; continue; }
    cmp -s "$page" "$tmp/page" && continue
    if [ "$mode" = update ]; then
        cat "$tmp/page" >"$page"
        echo "updated $label"
    else
        diff -u -L "$label says" -L "it should say" "$page" "$tmp/page"
        cat <<END

$label: the page (-) is older than the sources and programs (+).
If those are right:  tools/update.sh build  updates everything, this page alone:
    tools/notes.sh update $bin $label
END
        bad=1
    fi
done
exit $bad
