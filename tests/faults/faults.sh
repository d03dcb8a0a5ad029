#!/bin/sh
# faults.sh KIND PROGRAM LIBRARY [ARGUMENTS…]
#
# Does PROGRAM fail well?  KIND says what goes wrong:
#
#   memory       its 1st allocation returns NULL, then its 2nd …, to its last
#   calls        its 1st call that can fail does so, then its 2nd … (fault.c)
#   descriptors  it may have 4 of them, 5 …, 15
#   streams      standard input, output or error is closed, or the disk is full
#   signals      its parent has blocked them, and ignores SIGCHLD
#   arguments    --help, and what it does not know
#
# It may do what it always does, with status 0.  Or it says on standard error,
# in one line, what is wrong, and ends with another status.  It must not crash
# or hang, and it must not end with status 0 if something is missing.
set -u
export LC_ALL=C EXECUTOR_CLOCK=virtual
kind=$1 program=$2 library=$3
shift 3
name=${program##*/}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
seconds=60 # far more than any of them needs
bad=0

# run COMMAND…: its status is in $status, its output in out and err.
run() {
    timeout -k 5 "$seconds" "$@" <"$stdin" >"$dir/out" 2>"$dir/err"
    status=$?
}
stdin=/dev/null

# Without what differs between two runs: numbers, blanks, which worker did what,
# and a comparison that is left out where nothing could be measured.
plain() {
    sed 's/-*[0-9][0-9.,]*/#/g; s/#ms/#/g; s/ [A-Z][A-Z]*$/ who/; s/ nothing$/ who/
        s/  */ /g; /^one thread costs/d' "$1"
}

complain() {
    echo "$name, $1: $2 (status $status)"
    sed 's/^/    stderr: /' "$dir/err" | head -5
    tail -n 2 "$dir/out" | sed 's/^/    stdout: /'
    bad=$((bad + 1))
}

# Lines on standard error besides those that belong to the lesson.
complaints() {
    plain "$dir/err" | grep -cvxFf "$dir/usual_err"
}

# Do the lines say what went wrong?  A thread less in a table, a transfer that
# failed, or a connection that broke, is no reason to stop.
says_why() {
    grep -qiE "not enough memory|too many open files|already in use|\
temporarily unavailable|buffer space|unreachable|already exists|broken pipe|\
not connected|connection reset|read-only" "$dir/out" "$dir/err"
}

# judge WHAT
judge() {
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        complain "$1" "hangs"
    elif [ "$status" -gt 128 ]; then
        complain "$1" "crashes"
    elif [ "$status" -ne 0 ]; then
        lines=$(complaints)
        [ "$lines" -eq 1 ] || { [ "$lines" -eq 0 ] && says_why; } ||
            complain "$1" "not one line on stderr"
    elif ! plain "$dir/out" | cmp -s - "$dir/usual_out"; then
        says_why || complain "$1" "status 0, but another output"
    fi
}

# The n-th call fails, for each n until there are no more calls.
most=2000
one_after_the_other() {
    n=1 fault=$1
    shift
    while :; do
        if [ "$n" -gt "$most" ]; then
            complain "$fault" "more than $most calls, the rest is not tried"
            break
        fi
        : >"$dir/note"
        run env "LD_PRELOAD=$library" "FAULT_KIND=$fault" "FAULT_N=$n" \
            "FAULT_NOTE=$dir/note" "$program" "$@"
        [ -s "$dir/note" ] || break
        judge "$fault $n, $(head -n 1 "$dir/note")"
        n=$((n + 1))
    done
    echo "$name: $((n - 1)) times"
}

descriptors() {
    for n in 4 5 6 7 8 9 10 11 12 13 14 15; do
        run sh -c "ulimit -n $n; exec \"\$@\"" sh "$program" "$@"
        judge "$n descriptors"
    done
}

# closed REDIRECTIONS: with these
closed() {
    what=$1
    shift
    run sh -c "exec \"\$@\" $what" sh "$program" "$@"
}

streams() {
    closed '<&-' "$@"
    judge 'standard input closed'
    closed '2>&-' "$@"
    [ "$status" -eq 0 ] || complain 'standard error closed' 'fails'
    closed '>&-' "$@"
    [ "$status" -eq 0 ] || complain 'standard output closed' 'fails'
    closed '<&- >&- 2>&-' "$@"
    [ "$status" -eq 0 ] || complain 'all three closed' 'fails'
    closed '>/dev/full' "$@"
    judge 'a full disk'
    [ "$status" -eq 1 ] || complain 'a full disk' 'not noticed'
    closed '| head -n 1 >/dev/null' "$@"
    [ "$status" -eq 0 ] || complain 'a reader that leaves' 'fails'
}

signals() {
    run env "LD_PRELOAD=$library" FAULT_KIND=signals "$program" "$@"
    judge 'signals are blocked'
    [ "$status" -eq 0 ] || complain 'signals are blocked' 'fails'
}

arguments() {
    run "$program" --help
    if [ "$status" -ne 0 ] || [ -s "$dir/err" ] ||
        ! grep -q "^usage: $name" "$dir/out"; then
        complain '--help' 'no usage'
    fi
    usage=$(head -n 1 "$dir/out")
    run "$program" --no-such-option
    refused '--no-such-option'
    case $usage in
    *FILE* | *URL*) ;; # takes names
    *)
        run "$program" no-such-argument
        refused 'no-such-argument'
        ;;
    esac
}

refused() {
    if [ "$status" -ne 2 ] || [ -s "$dir/out" ] ||
        [ "$(complaints)" -ne 1 ]; then
        complain "$1" 'not refused in one line'
    fi
}

run "$program" "$@"
[ "$status" -eq 0 ] || complain 'as it is' 'fails'
plain "$dir/out" >"$dir/usual_out"
plain "$dir/err" >"$dir/usual_err"
case $kind in
memory | calls) one_after_the_other "$kind" "$@" ;;
descriptors | streams | signals | arguments) "$kind" "$@" ;;
*)
    echo "faults.sh: what is $kind?"
    exit 2
    ;;
esac
[ "$bad" -eq 0 ]
