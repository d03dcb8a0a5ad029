#!/bin/sh
# lines.sh A09_LINES: what a09_lines does with standard input and with files.
set -u
lines=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# run STATUS INPUT ARGUMENTS…: the program must end with STATUS
run() {
    expected=$1 input=$2
    shift 2
    printf '%b' "$input" | "$lines" "$@" >"$dir/out" 2>&1
    status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit $status, not $expected"
}

fail() {
    echo "lines.sh: $*" >&2
    head -20 "$dir/out" >&2
    exit 1
}

says() {
    grep -Eq "$1" "$dir/out" || fail "the output does not say: $1"
}

printf 'one\r\nthree\n' >"$dir/file"
run 0 'a\nbc\nlast' - "$dir/file"
says '^ *3 +7 +4  -$'
says "^ *2 +8 +5  $dir/file\$"
run 0 'a\r\nb' --print -
[ "$(cat "$dir/out")" = 'a
b' ] || fail 'these are not the lines'
run 2 'a\nb\nc\n' - -
says 'standard input can be read only once'
run 1 '' - "$dir/none"
says 'none: no such file'
