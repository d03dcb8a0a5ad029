#!/bin/sh
# echo.sh a05_echo|a07_echo PROGRAM TALK: the server alone, with clients of
# other processes; arguments; signals.
set -u
what=$1 program=$2 talk=$3
dir=$(mktemp -d) || exit 1
server='' client=''
trap 'kill -9 $server $client 2>/dev/null; rm -rf "$dir"' EXIT

fail() {
    echo "echo.sh: $*" >&2
    cat "$dir"/* >&2
    exit 1
}

# run STATUS ARGUMENTS...: it must end with STATUS, and with one line on
# standard error if that is not 0
run() {
    expected=$1
    shift
    "$program" "$@" >"$dir/run.out" 2>"$dir/run.err"
    status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit $status, not $expected"
    [ "$expected" -eq 0 ] || [ "$(wc -l <"$dir/run.err")" -eq 1 ] ||
        fail "$*: not one line on standard error"
}

# until_it_says WORDS FILE PID
until_it_says() {
    until grep -q -e "$1" "$dir/$2"; do
        kill -0 "$3" 2>/dev/null || fail "it ended and did not say: $1"
        sleep 0.02
    done
}

# start [DESCRIPTORS]
start() {
    (
        # shellcheck disable=SC3045 # every shell of today has it
        [ $# -eq 0 ] || ulimit -n "$1"
        exec "$program" --port 0
    ) >"$dir/server.out" 2>"$dir/server.err" &
    server=$!
    until_it_says '^.*port ' server.out $server
    port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$dir/server.out")
}

# ended STATUS
ended() {
    wait "$server"
    status=$?
    server=''
    [ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

# talks N LINE...: N clients say these lines, and each hears them again
talks() {
    n=$1
    shift
    "$talk" "$port" "$n" "$@" >"$dir/talk.out" 2>"$dir/talk.err" ||
        fail "a client failed"
    while [ "$n" -gt 0 ]; do
        printf '%s\n' "$@"
        n=$((n - 1))
    done | cmp -s - "$dir/talk.out" || fail "clients did not hear their lines"
}

stays() {
    "$talk" "$port" 1 "$@" --stay >"$dir/stay.out" 2>"$dir/stay.err" &
    client=$!
}

arguments() {
    run 0 --help
    for bad in '--port' '--port x' '--port 65536' '--port -1' '4000' "$@"; do
        # shellcheck disable=SC2086
        run 2 $bad
    done
    start
    run 1 --port "$port"
    grep -q 'address already in use' "$dir/run.err" || fail "why not listen?"
}

a05_echo() {
    arguments '--clients' '--clients 1x' '--clients -1'
    stays hello # keeps a connection, and nobody waits for it
    until_it_says hello stay.out $client
    talks 1 one two three
    talks 50 hello
    kill "$server"
    ended 143

    # Descriptors for some ten clients: the others wait for those.
    start 20
    talks 50 hello
    grep -q 'clients have to wait: too many open files' "$dir/server.err" ||
        fail 'it did not say that clients have to wait'
    kill "$server"
    ended 143
}

a07_echo() {
    arguments
    talks 1 one two three
    talks 50 hello
    long=$(awk 'BEGIN { while (i++ < 1100) printf "x" }')
    "$talk" "$port" 1 "$long" >"$dir/talk.out"
    grep -qx 'bye: your line is too long' "$dir/talk.out" ||
        fail 'it was not told that its line is too long'
    kill "$server" # nobody is left
    ended 0

    start
    stays hello
    until_it_says hello stay.out $client
    kill -s INT "$server"
    until_it_says 'no more clients' server.out $server
    ! "$talk" "$port" 1 hello 2>/dev/null || fail 'it accepts after the signal'
    kill -s TERM "$server" # and does not wait for the one who stays
    ended 143
    wait $client || fail 'the one who stays heard no end'
    client=''
}

$what
