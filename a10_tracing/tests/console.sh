#!/bin/sh
# console.sh BIN
#
# EXECUTOR_CONSOLE on programs of the course, and a10_console without a
# terminal: what a watched program prints, its socket, and what is refused.
set -u
export LC_ALL=C
unset EXECUTOR_SEED EXECUTOR_LOG EXECUTOR_TRACE EXECUTOR_CLOCK EXECUTOR_CONSOLE
unset COLUMNS
cd "$1" || exit 2
tmp=$(mktemp -d) || exit 2
XDG_RUNTIME_DIR=$tmp/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"
watched=
# shellcheck disable=SC2086 # a list of numbers
trap '[ -z "$watched" ] || kill -9 $watched 2>/dev/null; rm -rf "$tmp"' EXIT

failed() {
    cat "$tmp/out" "$tmp/errors" 2>/dev/null
    echo "console: $*"
    exit 1
}

# watch [NAME=VALUE…]: a10_watched, in the background, until its socket is there
watch() {
    before=$(sockets)
    env EXECUTOR_CONSOLE=1 "$@" ./a10_watched --seconds 1000 >/dev/null 2>&1 &
    pid=$!
    watched="$watched $pid"
    tries=0
    until [ "$(sockets)" -gt "$before" ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || failed 'no socket'
        sleep 0.05
    done
}

sockets() {
    # shellcheck disable=SC2012 # only a number
    ls "$XDG_RUNTIME_DIR" | wc -l
}

run() {
    "$@" >"$tmp/out" 2>"$tmp/errors" </dev/null
    status=$?
}

# refuses STATUS WORDS: one line on stderr, and nothing else
refuses() {
    [ $status -eq "$1" ] || failed "ended with $status, not $1"
    [ "$(wc -l <"$tmp/errors")" -eq 1 ] || failed 'not one line on stderr'
    [ ! -s "$tmp/out" ] || failed 'it went on'
    grep -qF -e "$2" "$tmp/errors" || failed "does not say: $2"
}

says() {
    [ $status -eq 0 ] || failed "ended with $status"
    grep -qE -e "$1" "$tmp/out" || failed "does not say: $1"
}

# prints PROGRAM NAME=VALUE: what it prints, to its end
prints() {
    env EXECUTOR_CLOCK=virtual "$2" "./$1" 2>&1 </dev/null |
        sed 's/[0-9]* ms of real/some ms of real/'
    echo "ended"
}

# ---- A watched program prints what it always prints --------------------------

for program in a02_executor a02_hooks a02_two_executors a04_join a05_echo \
    a05_spawn a07_select a07_echo a08_channels a08_chat a08_mutex; do
    prints "$program" EXECUTOR_CONSOLE=0 >"$tmp/plain"
    prints "$program" EXECUTOR_CONSOLE=1 >"$tmp/out"
    cmp "$tmp/plain" "$tmp/out" || failed "$program prints something else"
    [ "$(sockets)" -eq 0 ] || failed "$program leaves its socket"
done

# Nobody wants it.
EXECUTOR_CONSOLE='' ./a02_executor >/dev/null || failed 'an empty value'
EXECUTOR_CONSOLE=0 ./a02_executor >/dev/null || failed '0 is refused'

# ---- The socket --------------------------------------------------------------

run env EXECUTOR_CONSOLE=here ./a02_executor
refuses 2 'cannot serve at here: neither 1 nor a path with a /'
run env EXECUTOR_CONSOLE="$tmp/no/socket" ./a02_executor
refuses 2 'No such file or directory'
run env EXECUTOR_CONSOLE="$tmp/$(printf '%0200d' 0)" ./a02_executor
refuses 2 'the path is too long'
echo precious >"$tmp/file"
run env EXECUTOR_CONSOLE="$tmp/file" ./a02_executor
refuses 2 'in use'
[ "$(cat "$tmp/file")" = precious ] || failed 'it has written into a file'
chmod 755 "$XDG_RUNTIME_DIR"
run env EXECUTOR_CONSOLE=1 ./a02_executor
refuses 2 'other users can look into it'
chmod 700 "$XDG_RUNTIME_DIR"
run env XDG_RUNTIME_DIR="$tmp/file" EXECUTOR_CONSOLE=1 ./a02_executor
refuses 2 'it is not a folder'
ln -s "$XDG_RUNTIME_DIR" "$tmp/link"
run env XDG_RUNTIME_DIR="$tmp/link" EXECUTOR_CONSOLE=1 ./a02_executor
refuses 2 'it is not a folder'
if [ "$(id -u)" -eq 0 ]; then
    mkdir -m 700 "$tmp/theirs"
    chown 65534 "$tmp/theirs"
    run env XDG_RUNTIME_DIR="$tmp/theirs" EXECUTOR_CONSOLE=1 ./a02_executor
    refuses 2 'it belongs to another user'
fi

watch EXECUTOR_CONSOLE="$XDG_RUNTIME_DIR/mine"
# shellcheck disable=SC2012 # the mode of one file
[ "$(ls -l "$XDG_RUNTIME_DIR/mine" | cut -c 1-10)" = srw------- ] ||
    failed 'others can open the socket'
run env EXECUTOR_CONSOLE="$XDG_RUNTIME_DIR/mine" ./a02_executor
refuses 2 'in use'
kill -9 "$pid"
wait "$pid" 2>/dev/null
[ -S "$XDG_RUNTIME_DIR/mine" ] || failed 'who has removed it?'
run env EXECUTOR_CONSOLE="$XDG_RUNTIME_DIR/mine" ./a02_executor
says 'napped' # in the place of the one that was killed
[ "$(sockets)" -eq 0 ] || failed 'the socket is left'

# ---- a10_console without a terminal ------------------------------------------

if [ ! -x ./a10_console ]; then
    echo 'a10_console is not built: not tested'
    exit 0
fi

run ./a10_console --once
refuses 1 'no program to watch; start one'
run ./a10_console --once nobody
refuses 1 'no watched program has the pid or name nobody'
run ./a10_console --once "$tmp/no"
refuses 1 'cannot connect to'
run ./a10_console --sort shoe
refuses 2 "--sort 'shoe'"
run ./a10_console --sort
[ $status -eq 2 ] || failed '--sort without a column'
run ./a10_console a b
refuses 2 "unknown argument 'b'"
run ./a10_console 1
refuses 2 'this is no terminal; --once prints the table'
run ./a10_console --help
says '^usage: a10_console \[--once\]'

watch
one=$pid
tries=0
until run ./a10_console --once && grep -qE 'stuck +waiting.*mutex_lock' "$tmp/out"; do
    tries=$((tries + 1)) # `computes` computes, or others want the processor
    [ $tries -lt 400 ] || failed 'they are not polled'
    sleep 0.05
done
says '^a10_watched: 7 tasks, 0 are over$'
says '^  L +5 large +waiting .* sleep_ms$'
says '^ +7 stuck +waiting .* mutex_lock$'
says '^L  5 large: its frame has [0-9]+ bytes$'
run env COLUMNS=150 ./a10_console --once
says 'IDLE POLLS WAKES  SELF FRAME WAITS IN$'
says 'stuck +waiting .* stuck at console_demo.h:[0-9]+ -> mutex_lock$'
run ./a10_console --once --sort name
[ "$(sed -n '3s/.* 4 \([a-z]*\) .*/\1/p' "$tmp/out")" = computes ] ||
    failed 'it is not sorted by name'
run ./a10_console --once a10_watched
says '^a10_watched: '

watch
two=$pid
run ./a10_console --once
refuses 2 'several programs run; name one by its pid:'
grep -qF " $one (a10_watched)" "$tmp/errors" || failed "no $one"
run ./a10_console --once "$two"
says '^a10_watched: '

# One is stopped, and does not answer.
kill -STOP "$two"
run ./a10_console --once "$two"
refuses 1 'no answer from the program: connection timed out'
kill -CONT "$two"
run ./a10_console --once "$two"
says '^a10_watched: '

# Both are killed.  The console removes what they leave.
kill -9 "$one" "$two"
wait "$one" "$two" 2>/dev/null
[ "$(sockets)" -eq 2 ] || failed 'two sockets should be left'
run ./a10_console --once
refuses 1 'no program to watch'
[ "$(sockets)" -eq 0 ] || failed 'it has not removed them'

# Only what is its own.
: >"$XDG_RUNTIME_DIR/executor-file"
: >"$XDG_RUNTIME_DIR/executor-x-99999999.txt"
run ./a10_console --once
[ "$(sockets)" -eq 2 ] || failed 'it has removed a file of somebody else'
rm "$XDG_RUNTIME_DIR"/*

# A program that is watched all the time, and ends as always.  On a busy machine
# it may be over before anybody has looked.
EXECUTOR_CLOCK=virtual
export EXECUTOR_CLOCK
./a08_chat >"$tmp/plain"
looks=0
rounds=0
while [ $looks -eq 0 ]; do
    rounds=$((rounds + 1))
    [ $rounds -le 20 ] || failed 'nobody has looked at a08_chat'
    EXECUTOR_CONSOLE=$XDG_RUNTIME_DIR/chat ./a08_chat >"$tmp/chat" 2>&1 &
    pid=$!
    watched=$pid
    while kill -0 "$pid" 2>/dev/null; do
        ./a10_console --once "$XDG_RUNTIME_DIR/chat" >/dev/null 2>&1 &&
            looks=$((looks + 1))
    done
    wait "$pid" || failed "a08_chat ended with $?"
    cmp "$tmp/plain" "$tmp/chat" || failed 'a08_chat prints something else'
done
