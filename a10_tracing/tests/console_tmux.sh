#!/bin/sh
# console_tmux.sh BIN: a10_console in a real terminal, which tmux plays.
# shellcheck disable=SC2317 # functions that eventually calls
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/../../tests/learn/expect.sh"
for needed in tmux "$1/a10_console"; do
    command -v "$needed" >/dev/null || {
        echo "skipped: there is no $needed"
        exit 77
    }
done
cd "$1" || exit 1
unset EXECUTOR_SEED EXECUTOR_LOG EXECUTOR_TRACE EXECUTOR_CLOCK TMUX
unset EXECUTOR_CONSOLE
XDG_RUNTIME_DIR=$tmp/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"
watched=

# Two terminals, A and B.  Each has a server of its own, and a new one each time
# it is opened, because tmux may still take a command on a socket that it is
# about to close.
opened=0 A='' B=''
terminal() {
    case $1 in
    A) name=$A ;;
    B) name=$B ;;
    esac
    shift
    LC_ALL=C.UTF-8 tmux -L "console$$.$name" -f /dev/null "$@" 2>&1
}

finish() {
    [ -z "$A" ] || terminal A kill-server >/dev/null
    [ -z "$B" ] || terminal B kill-server >/dev/null
    [ -z "$watched" ] || kill -9 "$watched" 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
at=A

# open_console NAME COLUMNS ROWS: the screen stays when it has ended
open_console() {
    at=$1
    opened=$((opened + 1))
    case $at in
    A)
        [ -z "$A" ] || terminal A kill-server >/dev/null
        A=$opened
        ;;
    B)
        [ -z "$B" ] || terminal B kill-server >/dev/null
        B=$opened
        ;;
    esac
    terminal "$at" new-session -d -x "$2" -y "$3" \
        "export XDG_RUNTIME_DIR='$XDG_RUNTIME_DIR'
         sh -c 'echo \$\$ >$tmp/pid; exec ./a10_console'
         echo ended \$?; exec sleep 1000"
}

keys() {
    terminal "$at" send-keys "$@"
}

screen_has() {
    terminal "$at" capture-pane -p >"$tmp/out"
    grep -qE -e "$1" "$tmp/out"
}

shows() {
    eventually screen_has "$1" || wrong "does not show: $1"
}

not_there() {
    ! screen_has "$1"
}

shows_not() {
    eventually not_there "$1" || wrong "still shows: $1"
}

# The nth line of the screen.
line() {
    terminal "$at" capture-pane -p | sed -n "$1p"
}

line_has() {
    line "$1" | grep -qE -e "$2"
}

line_shows() {
    eventually line_has "$1" "$2" || {
        terminal "$at" capture-pane -p >"$tmp/out"
        wrong "line $1 does not show: $2"
    }
}

# watch [NAME=VALUE…] PROGRAM: in the background
watch() {
    rm -f "$XDG_RUNTIME_DIR/executor-it-1.sock"
    env EXECUTOR_CONSOLE="$XDG_RUNTIME_DIR/executor-it-1.sock" "$@" \
        >"$tmp/printed" 2>&1 &
    watched=$!
    eventually [ -S "$XDG_RUNTIME_DIR/executor-it-1.sock" ] ||
        wrong 'it has no socket'
}

# ---- The table ---------------------------------------------------------------

it 'says how to start a program when there is none'
open_console A 100 24
shows 'no program to watch; start one in another terminal: EXECUTOR_CONSOLE=1'
shows 'ended 1'

it 'shows a table of the tasks, and what is wrong with them'
watch ./a10_watched --seconds 1000
open_console A 80 24
shows '^a10_watched, pid [0-9]+: 7 tasks, 0 are over +sorted by ID'
shows 'ID NAME +STATE +SINCE TOTAL +BUSY READY POLLS +SELF WAITS IN$'
line_shows 4 '2 ticker +(waiting|queued) .* sleep_ms'
shows '^ S +3 impatient '
shows '^C +4 computes '
shows '^  L +5 large '
shows '7 stuck +waiting .* 1 +0 mutex_lock$'
shows '^S  3 impatient: 9[0-9] % of its wakes come from its own polls'
shows '^C  4 computes: a poll took [0-9a-z.]+; no other task ran meanwhile'
shows '^L  5 large: its frame has [0-9]+ bytes'
line_shows 24 '^q quit  up/down select  Enter look  left/right sort  r reverse'

it 'counts on'
polls_of_the_ticker() { # in line 4, whatever its warnings are
    line 4 | sed 's/^[CSL ]*//' | awk '{ print $8 + 0 }'
}
polls=$(polls_of_the_ticker)
polls_went_on() {
    [ "$(polls_of_the_ticker)" -gt "$polls" ]
}
eventually polls_went_on || wrong 'the ticker is not polled any more'

it 'sorts by another column, and the other way round'
keys Right
shows 'sorted by NAME, smallest first'
line_shows 3 ' computes '
keys r
shows 'sorted by NAME, largest first'
line_shows 3 ' ticker '
keys Left Left
shows 'sorted by warnings, largest first'
line_shows 3 '^  L '
keys Left
shows 'sorted by SELF, largest first'
line_shows 3 ' impatient '

it 'stands still while it is paused'
keys p
shows 'PAUSED'
stands_still() {
    line 3 >"$tmp/before"
    sleep 0.7
    line 3 >"$tmp/after"
    cmp -s "$tmp/before" "$tmp/after"
}
eventually stands_still || wrong 'the figures still change'
keys p
shows_not 'PAUSED'

it 'explains its columns'
keys '?'
shows '^  READY +of TOTAL, in the queue, while others were polled'
shows '^  IDLE .*needs a wider terminal'
keys Escape
shows 'WAITS IN$'

# ---- One task ----------------------------------------------------------------

it 'shows where one task waits, and whether its waker was lost'
keys '!'
shows 'sorted by warnings'
keys End
line_shows 9 'stuck|ticker|keeper|minute'
keys Left Left Left Left Left Left Left Left
shows 'sorted by NAME'
keys End
keys Up Enter
shows '^task 7: stuck'
shows '^  polled 1 times, the longest took 0; woken 1 times, by itself 0'
shows '^  stuck at console_demo.h:[0-9]+ -> mutex_lock$'
keys w
shows 'It waits there again: nothing has happened yet'
shows '^  polled 2 times'
keys Escape
shows 'sorted by NAME'

# ---- Sizes -------------------------------------------------------------------

it 'shows more in a large window'
terminal A resize-window -x 140 -y 40
shows 'IDLE POLLS WAKES  SELF FRAME WAITS IN'
shows 'stuck at console_demo.h:[0-9]+ -> mutex_lock'

it 'works in a small one'
terminal A resize-window -x 30 -y 6
line_shows 6 '^q quit  up/down select'
line_shows 2 '^ +ID NAME +STATE'
terminal A resize-window -x 5 -y 2
line_shows 2 '^q qui$'
terminal A resize-window -x 80 -y 24
shows 'WAITS IN$'

# ---- Come and go -------------------------------------------------------------

it 'lets two consoles look at once, each in its own way'
open_console B 80 24
shows 'sorted by ID'
at=A
shows 'sorted by NAME'

it 'leaves the terminal as it was'
keys q
shows 'ended 0'
terminal A display-message -p '#{alternate_on} #{cursor_flag}' >"$tmp/out"
[ "$(cat "$tmp/out")" = '0 1' ] || wrong 'the terminal is not as it was'

it 'ends on Ctrl-C in the same way'
at=B
keys C-c
shows 'ended 0'

it 'may be killed, and the program does not notice'
for signal in KILL STOP TERM; do
    open_console A 80 24
    shows 'WAITS IN$'
    pid=$(cat "$tmp/pid")
    kill -$signal "$pid"
    open_console B 80 24
    shows 'WAITS IN$'
    polls=$(polls_of_the_ticker)
    eventually polls_went_on || wrong "it stands still after SIG$signal"
    keys q
    shows 'ended 0'
    kill -KILL "$pid" 2>/dev/null
done

it 'says that the program has ended, and keeps the last table'
open_console A 80 24
shows 'WAITS IN$'
kill "$watched"
wait "$watched" 2>/dev/null
shows '^a10_watched: the program has ended'
shows '7 stuck '
keys q
shows 'ended 0'
[ "$(cat "$tmp/printed")" = 'look at me with ./a10_console, for 1000 seconds' ] ||
    wrong 'the program has printed something else'

# ---- A program that does not answer ------------------------------------------

it 'lets one leave while the program is stopped, and looks again when it goes on'
watch ./a10_watched --seconds 1000
kill -STOP "$watched"
open_console A 80 24
shows 'no answer; is it stopped'
kill -CONT "$watched"
shows 'WAITS IN$'
kill -STOP "$watched"
keys q
shows 'ended 0'

done_testing
