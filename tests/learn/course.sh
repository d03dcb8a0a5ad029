#!/bin/sh
# course.sh BUILD: the runner and the real course.
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"
cd "$(dirname "$0")/../.." || exit 1
build=$1
learn=$build/bin/learn
export LEARN_WORK="$tmp/work"

# Everything is built, and the build folder may be in use by other tests.
mkdir "$tmp/bin"
printf '#!/bin/sh\n' >"$tmp/bin/cmake"
chmod +x "$tmp/bin/cmake"
PATH=$tmp/bin:$PATH

it 'lists every program and exercise, and each says what it is about'
run "$learn" list
status 0
while read -r kind room name needs; do
    case $kind in
    program | exercise)
        grep -qE "^  \[ \] $name( +[A-Z]|\$)" "$tmp/out" ||
            wrong "$name has no question, or is not there"
        ;;
    skipped) says "needs $needs" ;;
    esac
done <"$build/course.txt"

it 'fits into 80 columns'
awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' "$tmp/out" ||
    wrong 'too long'

# of_page ROOM: its programs and exercises, in the order of the tables, and
# which of them are for a second reading
# shellcheck disable=SC2046 # names of files without spaces
of_page() {
    awk -v room="$1" '
    function names(kind, text, rest) {
        while (match(text, /`[^`]*`/)) {
            print kind, room, substr(text, RSTART + 1, RLENGTH - 2) rest
            text = substr(text, RSTART + RLENGTH)
        }
    }
    /^\| run first \|/ { table = FNR + 2 }
    FNR == table { split($0, cell, "|"); names("program", cell[2])
        names("program", cell[3], " second") }
    /^\*Second reading starts/ { later = 1 }
    /^##/ { sub(/^#+ /, ""); heading[$0] = later }
    /^\| `/ && FNR != table {
        split($0, cell, "|"); gsub(/[` ]/, "", cell[2])
        if (cell[2] in section) order[++count] = cell[2]
    }
    FILENAME ~ /exercises/ && /^ \* Read:/ {
        name = FILENAME; sub(/.*\//, "", name); sub(/\.c$/, "", name)
        section[name] = ""
        if (match($0, /"[^"]*("|$)/))
            section[name] = substr($0, RSTART + 1, RLENGTH - 1)
        sub(/"$/, "", section[name])
    }
    END {
        for (i = 1; i <= count; i++) {
            second = ""
            for (h in heading)
                if (section[order[i]] != "" && heading[h] &&
                    index(h, section[order[i]]) == 1)
                    second = " second"
            print "exercise", room, order[i] second
        }
    }' $(printf '%s\n' "$1"/exercises/*.c | grep -v '[.]test[.]c$') "notes/$1.md"
}

# What the page does not name, and what is built only with another package and
# so comes last, is nobody's order.
it 'offers what there is in the order of the pages'
for page in notes/a[0-9]*.md; do
    room=${page#notes/} room=${room%.md}
    of_page "$room" | sort -s -k 1,1 -k 4,4 >"$tmp/page"
    sed -n -e "s/^skipped \($room [^ ]*\) [^ ]*/program \1/" \
        -e "/^[a-z]* $room /p" "$build/course.txt" | sort -s -k 1,1 -k 4,4 |
        awk 'NR == FNR { named[$1 $3]; next } $1 $3 in named' "$tmp/page" - |
        diff "$tmp/page" - ||
        wrong "SECOND_READING or the order is not that of $page"
done

it 'says where to begin'
run "$learn"
status 0
says notes/a01_futures.md
says 'run a01_futures'
says 'check a01_countdown'

# as_editors_do FILE: compile it with the flags that stand beside it
# shellcheck disable=SC2317 # called by run
as_editors_do() {
    file=$1
    set --
    while read -r flag; do
        set -- "$@" "$flag"
    done <"${file%/*}/compile_flags.txt"
    "$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")" \
        "$@" -fsyntax-only "$file"
}

while read -r kind room name needs; do
    [ "$kind" = exercise ] || continue
    it "rejects $name as it is shipped"
    run "$learn" check "$name"
    status 1
    says TODO
    it "lets editors see $name as it is compiled"
    run as_editors_do "$LEARN_WORK/$name.c"
    status 0
    lines 0
    it "passes the solution of $name"
    cp "$room/solutions/$name.c" "$LEARN_WORK/$name.c"
    run "$learn" check "$name"
    status 0
    run "$learn" list
    says "[x] $name"
    run "$learn" hint "$name"
    status 0
    says "$name, hint 1 of 3"
    break # the tests of the exercises do the same to each of them
done <"$build/course.txt"

done_testing
