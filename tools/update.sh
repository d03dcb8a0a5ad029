#!/bin/sh
# update.sh BUILD_FOLDER
#
# Brings up to date, from what is built there: the expected output in the top
# comment of each program, then the snippets and outputs in README.md and the
# notes, and the timelines.  Look at the difference before you commit it.
set -u
bin=$(cd "$1/bin" && pwd) || exit 2
cd "$(dirname "$0")/.." || exit 2
bad=0

for source in a[0-9][0-9]_*/a[0-9][0-9]_*.c; do
    program=$bin/$(basename "$source" .c)
    if [ -x "$program" ]; then
        tools/golden.sh update "$program" "$source" || bad=1
    else
        echo "left alone, not built: $source"
    fi
done
for page in README.md notes/*.md; do
    [ ! -f "$page" ] || tools/notes.sh update "$bin" "$page" || bad=1
done
tools/timelines.sh update "$bin" || bad=1
exit $bad
