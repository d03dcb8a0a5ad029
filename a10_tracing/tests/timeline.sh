#!/bin/sh
# timeline.sh BIN DEADLOCK
#
# EXECUTOR_TRACE on programs of the course, which know nothing of it: are the
# files what a browser and Perfetto can read, the same each time, and is what
# cannot be written refused with one line?
set -u
export LC_ALL=C EXECUTOR_CLOCK=virtual
unset EXECUTOR_SEED EXECUTOR_LOG EXECUTOR_TRACE
cd "$1" || exit 2
deadlock=$2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

failed() {
    echo "timeline: $*"
    exit 1
}

# trace PROGRAM FILE: it succeeds, and prints what it prints without.
trace() {
    EXECUTOR_TRACE=$tmp/$2 "./$1" >"$tmp/traced" 2>"$tmp/errors" </dev/null ||
        failed "$1 into $2 ended with $?: $(cat "$tmp/errors")"
}

check_svg() { # FILE
    if command -v xmllint >/dev/null; then
        xmllint --noout "$1" || failed "$1 is not XML"
    else
        tail -n 1 "$1" | grep -q '^</svg>$' || failed "$1 has no end"
    fi
}

check_json() { # FILE
    if command -v python3 >/dev/null; then
        python3 -m json.tool "$1" >/dev/null || failed "$1 is not JSON"
    elif command -v jq >/dev/null; then
        jq . "$1" >/dev/null || failed "$1 is not JSON"
    else
        tail -n 1 "$1" | grep -q '^]}$' || failed "$1 has no end"
    fi
}

# count WORDS FILE HOW_MANY
count() {
    n=$(grep -cF "$1" "$2")
    [ "$n" -eq "$3" ] || failed "$2 has $n of '$1', not $3"
}

# refused FILE STATUS WORDS
refused() {
    EXECUTOR_TRACE=$1 ./a02_executor >"$tmp/traced" 2>"$tmp/errors"
    status=$?
    [ $status -eq "$2" ] || failed "$1: ended with $status, not $2"
    [ "$(wc -l <"$tmp/errors")" -eq 1 ] || failed "$1: not one line on stderr"
    grep -qF "EXECUTOR_TRACE: cannot write $1: $3" "$tmp/errors" ||
        failed "$1: says $(cat "$tmp/errors")"
}

# The picture: two naps on one thread; it is the same each time.
./a02_executor >"$tmp/plain" || failed 'a02_executor fails'
trace a02_executor one.svg
cmp -s "$tmp/plain" "$tmp/traced" || failed 'a02_executor prints otherwise'
trace a02_executor two.svg
cmp "$tmp/one.svg" "$tmp/two.svg" || failed 'a second picture is another one'
check_svg "$tmp/one.svg"
count '>1 naps<' "$tmp/one.svg" 1
count '>2 naps<' "$tmp/one.svg" 1
count '<rect class="run" x=' "$tmp/one.svg" 8 # 4 + 3 polls, and the key
count '"arrow" d=' "$tmp/one.svg" 7           # 3 + 2 timers, and the key
count 'This is only the beginning' "$tmp/one.svg" 0

# The same as JSON.
trace a02_executor one.json
trace a02_executor two.json
cmp "$tmp/one.json" "$tmp/two.json" || failed 'a second trace is another one'
check_json "$tmp/one.json"
count '"ph":"X","pid":1,"tid":1,"name":"poll"' "$tmp/one.json" 4
count '"ph":"X","pid":1,"tid":2,"name":"poll"' "$tmp/one.json" 3
count '"name":"sleep_ms"' "$tmp/one.json" 5
count '"name":"woken by the event loop"' "$tmp/one.json" 5
count '"result":"READY"' "$tmp/one.json" 2

# Who woke it: the cook by the waiter, the waiter by the cook, the join.
trace a10_timeline wakes.json
count '"ph":"s","pid":1,"tid":3,"name":"wake"' "$tmp/wakes.json" 2
count '"ph":"f","pid":1,"tid":2,"name":"wake"' "$tmp/wakes.json" 1
count '"ph":"f","pid":1,"tid":1,"name":"wake"' "$tmp/wakes.json" 1
count '"name":"woken by itself"' "$tmp/wakes.json" 3
count '"name":"dropped"' "$tmp/wakes.json" 1

# Joins, selects, channels, hooks of its own, two executors in two threads.
for program in a02_hooks a02_two_executors a04_join a07_select a08_channels; do
    trace $program run.svg
    check_svg "$tmp/run.svg"
    trace $program run.json
    check_json "$tmp/run.json"
done
./a02_hooks >"$tmp/plain"
trace a02_hooks run.svg
cmp -s "$tmp/plain" "$tmp/traced" || failed 'a02_hooks lost its own hooks'
trace a07_select run.json
grep -q '"name":"select' "$tmp/run.json" || failed 'a wait in a select has no name'

# A program that ends in a deadlock: its report, and its picture (TRACE-o).
for file in stuck.svg stuck.json; do
    EXECUTOR_TRACE=$tmp/$file "$deadlock" 2>"$tmp/errors" >"$tmp/traced" &&
        failed 'a deadlock ends with 0'
    grep -q 'async-in-c: deadlock' "$tmp/errors" ||
        failed "no report of the deadlock: $(cat "$tmp/errors")"
done
check_svg "$tmp/stuck.svg"
check_json "$tmp/stuck.json"
count '>notified<' "$tmp/stuck.svg" 2
count '"name":"notified","ts"' "$tmp/stuck.json" 2

# Nothing is traced without a name.
EXECUTOR_TRACE='' ./a02_executor >/dev/null || failed 'an empty name is refused'

# What cannot be written.
refused "$tmp/run.png" 2 'the name must end in .svg or .json'
refused run 2 'the name must end in .svg or .json'
refused "$tmp/no/run.svg" 2 'No such file or directory'
mkfifo "$tmp/fifo.svg" || exit 1
refused "$tmp/fifo.svg" 2 'nobody reads this fifo'
[ ! -s "$tmp/traced" ] || failed 'it ran all the same'
if [ -c /dev/full ]; then
    ln -s /dev/full "$tmp/full.svg"
    ln -s /dev/full "$tmp/full.json"
    refused "$tmp/full.svg" 1 'No space left on device'
    refused "$tmp/full.json" 1 'No space left on device'
fi
