#!/bin/sh
# check_tree.sh [COURSE]
#
# Does the course keep its own rules?  Prints a line for each place where it
# does not, and exits 1.  check_tree.awk and check_async.awk look into files;
# this compares them with each other, and calls clang-format and shellcheck.
set -u
export LC_ALL=C
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$tools/..}" || exit 2

# Every C file of the course, and those that follow the rules of async functions.
sources=$(find a[0-9][0-9]_* include tests tools bench -name '*.[ch]' \
    2>/dev/null | sort)
# The harness looks into the headers; that is what it is for.
names=$(echo "$sources" | grep -v ^tools/)
async=$(echo "$sources" | grep -v -e /mistakes/ -e /misuse/ \
    -e ^tests/tools/)
scripts=$(find learn .ci tools tests -name '*.sh' -o -path learn \
    -o -path '.ci/*' -type f 2>/dev/null | sort)

# A page for each room, which names all that is in it; and a list of all pages.
check_notes() {
    for room in a[0-9][0-9]_*; do
        page=notes/$room.md
        for file in "$room"/a[0-9][0-9]_*.c "$room"/exercises/a[0-9][0-9]_*.c; do
            name=$(basename "$file" .c)
            case $name in *'*' | *.test) continue ;; esac
            grep -qsw "$name" "$page" || echo "$page: says nothing about $name"
        done
    done
    for page in notes/*.md; do
        name=$(basename "$page")
        case $name in README.md | '*.md') continue ;; esac
        grep -qsF "]($name" notes/README.md ||
            echo "notes/README.md: has no link to $name"
    done
}

# A learner sees the difference between answer and solution: the text of the
# exercise is no part of it.
check_solutions() {
    for solution in a[0-9][0-9]_*/solutions/*.c; do
        exercise=$(echo "$solution" | sed 's/solutions/exercises/')
        [ -f "$solution" ] && [ "$(sed '/\*\//q' "$solution")" != \
            "$(sed '/\*\//q' "$exercise")" ] &&
            echo "$solution: its top comment is not that of $exercise"
    done
}

# Another version of clang-format would format otherwise.
check_format() {
    if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
        # shellcheck disable=SC2086  # one word for each file
        clang-format --dry-run $sources 2>&1 |
            sed -n 's/^\([^:]*:[0-9]*\):.* code should be .*/\1/p' |
            sort -u -t : -k 1,1 |
            sed 's/\(.*\):\(.*\)/\1:\2: run  clang-format -i \1/'
    else
        echo 'not checked: formatting (clang-format 14 is not installed)' >&2
    fi
}

check_scripts() {
    if command -v shellcheck >/dev/null; then
        # shellcheck disable=SC2086
        shellcheck -f gcc $scripts
    else
        echo 'not checked: shell scripts (shellcheck is not installed)' >&2
    fi
}

# shellcheck disable=SC2086
found=$(
    exec </dev/null
    awk -v headers="$(cd include && echo *.h)" \
        -f "$tools/check_tree.awk" $sources || echo 'check_tree.awk failed'
    awk -f "$tools/check_async.awk" $async
    [ $? -le 1 ] || echo 'check_async.awk failed'
    awk -f "$tools/check_names.awk" $names || echo 'check_names.awk failed'
    check_notes
    check_solutions
    check_format
    check_scripts
)
[ -z "$found" ] && exit 0
echo "$found"
exit 1
