#!/bin/sh
# leftovers.sh BUILD: all answers that misbehave, one after the other, leave no
# process and no file.  Which took the longest is printed, and not judged: it
# depends on what else the machine does.
set -u
build=$1
here=$(cd "$(dirname "$0")" && pwd)
test=$here/exercises/selftest.test.c
TMPDIR=$(mktemp -d) || exit 2
trap 'rm -rf "$TMPDIR"' EXIT
export TMPDIR
mark=EXERCISE_LEFTOVERS=$$
bad=0 count=0 longest=0

# All that descends from the answer has the mark in its environment.
strays() {
    grep -lszxF "$mark" /proc/[0-9]*/environ | while read -r environment; do
        tr '\0' ' ' <"${environment%environ}cmdline"
        echo
    done 2>/dev/null
}

# A process that was killed may need a moment to be gone.
none_is_left() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        found=$(strays)
        [ -n "$found" ] || return 0
        sleep 0.2
    done
    return 1
}

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

for answer in "$here"/mistakes/*.c; do
    started=$(milliseconds)
    env "$mark" "$build/exercise.sh" "$test" "$answer" >"$TMPDIR/said" 2>&1
    status=$?
    took=$(($(milliseconds) - started))
    count=$((count + 1))
    [ $status -eq 1 ] || {
        echo "$answer: exit status $status"
        cat "$TMPDIR/said"
        bad=1
    }
    rm "$TMPDIR/said"
    none_is_left || {
        echo "$answer: left a process: $found"
        bad=1
    }
    [ -z "$(ls -A "$TMPDIR")" ] || {
        echo "$answer: left $(ls -A "$TMPDIR")"
        bad=1
    }
    [ $took -le $longest ] || {
        longest=$took
        slowest=${answer##*/}
    }
done
echo "$count answers; the longest check took $longest ms: $slowest"
[ $count -ge 50 ] || bad=1
exit $bad
