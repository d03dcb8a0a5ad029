#!/bin/sh
# programs.sh a07_race|a07_shutdown PROGRAM: its arguments, and real signals.
set -u
what=$1 program=$2
dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$dir"' EXIT

fail() {
    echo "programs.sh: $*" >&2
    cat "$dir/out" >&2
    exit 1
}

# run STATUS ARGUMENTS…: it must end with STATUS, and with a line on standard
# error if that is 2
run() {
    expected=$1
    shift
    "$program" "$@" >"$dir/out" 2>"$dir/err"
    status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit $status, not $expected"
    [ "$expected" -ne 2 ] || [ "$(wc -l <"$dir/err")" -eq 1 ] ||
        fail "$*: not one line on standard error"
}

says() {
    grep -q -e "$1" "$dir/out" || fail "the output does not say: $1"
}

# until WORDS: wait for them in the output of $pid
until_it_says() {
    until grep -q -e "$1" "$dir/out"; do
        kill -0 "$pid" || fail "it ended and did not say: $1"
        sleep 0.02
    done
}

start() {
    : >"$dir/out" # what the last one said is not the answer
    "$program" "$@" >>"$dir/out" &
    pid=$!
}

# ended STATUS
ended() {
    wait "$pid"
    status=$?
    pid=
    [ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

a07_race() {
    run 0 --help
    says 'mirrors N'
    for bad in '--mirrors 0' '--mirrors 100' '--mirrors 1x' '--mirrors' '3'; do
        # shellcheck disable=SC2086
        run 2 $bad
    done
    EXECUTOR_CLOCK=virtual
    export EXECUTOR_CLOCK
    for n in 1 2 20 99; do
        run 0 --mirrors $n
        sed '/^hedged/,$d' "$dir/out" >"$dir/all"
        [ "$(grep -c 'is asked' "$dir/all")" -eq $n ] || fail "not $n asked"
        [ "$(grep -c 'hangs up' "$dir/all")" -eq $((n - 1)) ] ||
            fail "not all losers of $n hang up"
        awk '/answers/ { answered++; first = NR }
            /hangs up/ && NR < first { exit 1 }
            /=> mirror/ { told = NR }
            END { exit !(answered == 1 && told == NR) }' "$dir/all" ||
            fail "the losers of $n are told of in the wrong order"
    done
}

# In order: no more jobs, those that run finish.
shutdown_in_order() {
    start --wait 200
    until_it_says 'begin job 1'
    kill -s "$1" "$pid"
    ended 0
    says 'no more jobs: signal'
    says 'finish job 1'
    ! grep -q 'undo' "$dir/out" || fail 'a job was undone'
}

# At once: a job of a minute is undone.
shutdown_at_once() {
    start --wait 60000
    until_it_says 'begin job 1'
    kill -s "$1" "$pid"
    until_it_says 'no more jobs: signal'
    kill -s "$2" "$pid"
    ended "$3"
    says 'end at once: signal'
    says 'undo job 1'
    ! grep -q 'finish' "$dir/out" || fail 'a job was finished'
}

a07_shutdown() {
    run 0 --help
    says 'wait'
    for bad in '--wait 0' '--wait -1' '--wait 1x' '--wait 1 2' '1'; do
        # shellcheck disable=SC2086
        run 2 $bad
    done
    shutdown_in_order INT
    shutdown_in_order TERM
    shutdown_at_once INT INT 130
    shutdown_at_once TERM INT 130
    shutdown_at_once INT TERM 143
}

: >"$dir/out"
$what
