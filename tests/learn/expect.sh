# expect.sh: to be sourced by the tests of ./learn.
#
#   run COMMAND…      keeps its output in $tmp/out, errors included
#   status N          it ended with this status
#   says TEXT         it printed this somewhere; says_not TEXT
#   lines N           it printed so many lines
# shellcheck shell=sh

tmp=$(mktemp -d) || exit 1
tmp=$(cd "$tmp" && pwd -P)
trap 'rm -rf "$tmp"' EXIT
unset LEARN_AS LEARN_WORK NO_COLOR CC CDPATH
failures=0
it='(before the first test)'

# it WORDS…: what the lines below show
it() {
    it=$*
}

wrong() {
    failures=$((failures + 1))
    printf 'WRONG: it %s\n  %s\n' "$it" "$*"
    sed 's/^/    | /' "$tmp/out"
    [ $failures -lt 5 ] || done_testing
}

run() {
    "$@" >"$tmp/out" 2>&1 </dev/null
    status=$?
}

status() {
    [ "$status" = "$1" ] || wrong "status $status instead of $1"
}

says() {
    grep -qF -e "$1" "$tmp/out" || wrong "does not say: $1"
}

says_not() {
    ! grep -qF -e "$1" "$tmp/out" || wrong "says: $1"
}

lines() {
    count=$(wc -l <"$tmp/out")
    [ "$count" -eq "$1" ] || wrong "$count lines instead of $1"
}

# same FILE FILE
same() {
    cmp -s "$1" "$2" || wrong "$1 and $2 differ"
}

# eventually COMMAND…: becomes true; gives up after 20 seconds
eventually() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt "${TRIES-400}" ] || return 1
        sleep 0.05
    done
}

done_testing() {
    [ $failures -eq 0 ] || echo "$failures wrong"
    [ $failures -eq 0 ]
    exit
}
