#!/bin/sh
# marc.sh good|broken|refused|stopped|full|yaz|large|faults A08_MARC MARC_MAKE
# [LIBRARY]: what a08_marc does with good and broken files, signals, a full disk,
# and calls that fail.  The library is that of tests/faults.
set -u
export LC_ALL=C
what=$1 marc=$2 make=$3 library=${4-}
dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fail() {
    echo "marc.sh: $*" >&2
    [ ! -e report ] || head -20 report >&2
    exit 1
}

# run STATUS ARGUMENTS…: the program must end with STATUS
run() {
    expected=$1
    shift
    "$marc" "$@" >report 2>&1
    status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit $status, not $expected"
}

says() {
    grep -q -e "$1" report || fail "the output does not say: $1"
}

# The file OUT is not there, or as it was, and nothing else is left.
nothing_written() {
    [ ! -e out.part ] || fail "out.part is left"
    [ "$(cat out 2>/dev/null)" = "${1-}" ] || fail "there is an out"
}

# Each input's records are in OUT whole and in order, between those of others:
# the records of the input n have the numbers n0001, n0002 …
all_of() {
    for file; do
        input=${file%%.*}
        tr '\035' '\n' <out | grep -a "Title ${input}[0-9][0-9][0-9][0-9] " >got
        tr '\035' '\n' <"$file" >wanted
        cmp -s got wanted || fail "not all of $file is in out, in order"
    done
}

make() { # NUMBER COUNT BYTES
    "$make" "$2" "${1}0001" "$3" >"$1.mrc" || fail 'there is no record'
}

good() {
    make 1 300 500
    make 2 40 9000
    make 3 5 30000
    : >4.mrc
    make 5 1 10
    run 0 1.mrc 2.mrc 3.mrc 4.mrc 5.mrc -o out
    says '^ *346 records, .*  out$'
    says '^ *0 records  4.mrc$'
    all_of 1.mrc 2.mrc 3.mrc 5.mrc
    [ "$(wc -c <out)" -eq "$(cat ./*.mrc | wc -c)" ] || fail 'too many bytes'
    nothing_else=$(find . -name '*.part')
    [ -z "$nothing_else" ] || fail 'a .part is left'

    # One input is copied; an OUT that is there is replaced.
    run 0 1.mrc -o out
    cmp 1.mrc out || fail 'one input is not copied'
    for mode in 600 666 440; do
        chmod $mode out
        run 0 1.mrc -o out
        [ "$(find out -perm $mode)" = out ] || fail "out is not $mode any more"
    done
    run 0 --titles -o out 1.mrc
    says '^ *300 titles, .*  out$'
    [ "$(sed -n 300p out)" = 'Title 10300 /' ] || fail 'the last title is wrong'
    [ "$(wc -l <out)" -eq 300 ] || fail 'not a line for each title'

    # Standard input: a pipe in pieces, a file that is partly read, nothing.
    { head -c 10000 2.mrc && sleep 0.1 && tail -c +10001 2.mrc; } |
        run 0 1.mrc - -o out
    says '^ *340 records, .*  out$'
    all_of 1.mrc 2.mrc
    cat 5.mrc 1.mrc >both.mrc
    { dd bs="$(wc -c <5.mrc)" count=1 of=first 2>/dev/null &&
        run 0 - -o out; } <both.mrc
    cmp 1.mrc out || fail 'not the rest of standard input'
    run 0 - -o out </dev/null
    says '^ *0 records, 0 bytes  out$'
    run 0 - -o out <&-

    # More files than may be open.
    mkdir many
    i=1000
    while [ $i -lt 1200 ]; do
        "$make" 2 ${i}0001 100 >many/$i.mrc
        i=$((i + 1))
    done
    (
        # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
        ulimit -n 40
        run 0 many/*.mrc -o out
    ) || exit 1
    says '^ *400 records, .*  out$'
}

broken() {
    make 1 20 300
    make 2 3 300
    # Junk in front, a record without its end in the middle, and at the end.
    { echo no record && cat 2.mrc && head -c 400 1.mrc && cat 2.mrc &&
        head -c 100 1.mrc; } >3.mrc
    run 1 1.mrc 3.mrc -o out
    says '^3.mrc: record 1 at byte 0: 10 bytes are too few for a leader$'
    says '^3.mrc: record [0-9]* at byte [0-9]*: the leader says'
    [ "$(grep -c '^3.mrc: record' report)" -eq 3 ] || fail 'not 3 are broken'
    says ' 3 broken  3.mrc$'
    all_of 1.mrc
    head -c 400 1.mrc | tr '\035' '\n' | wc -l >inside # and whole
    says "^ *$((20 + 6 + $(cat inside))) records, .*  out\$"

    # Offsets are those of the file, also far behind what is in memory.
    make 4 200 4000
    { cat 4.mrc && echo 00000 && cat 1.mrc; } >5.mrc
    run 1 5.mrc -o out
    says "^5.mrc: record 201 at byte $(wc -c <4.mrc): 6 bytes"
    says '^ *220 records, .*  out$'

    # What is no MARC at all, and much of it, in little memory.
    head -c 3000000 /dev/zero >6.mrc
    run 1 6.mrc 1.mrc -o out
    says '^6.mrc: record 1 at byte 0: more than 99999 bytes without a record$'
    cmp 1.mrc out || fail 'what is no record spoils another file'
    run 1 "$marc" "$make" -o out
    says '^ *0 records, 0 bytes  out$'
}

# In a line that says why, without touching OUT.
refuse() { # WORDS ARGUMENTS…
    words=$1
    shift
    echo old >out
    run 2 "$@"
    says "^a08_marc: .*$words"
    [ "$(wc -l <report)" -eq 1 ] || fail "$*: not one line"
    nothing_written old
}

refused() {
    make 1 3 100
    make 2 3 100
    mkdir folder
    ln 1.mrc link.mrc
    ln -s out symbolic
    mkfifo pipe
    refuse 'nothing.mrc: No such file' 1.mrc nothing.mrc -o out
    refuse 'folder: Is a directory' 1.mrc folder -o out
    refuse 'pipe: not a regular file' 1.mrc pipe -o out
    refuse '-: Is a directory' - -o out <folder
    refuse 'same file as 1.mrc' 1.mrc 2.mrc 1.mrc -o out
    refuse 'same file as 1.mrc' 1.mrc ./link.mrc -o out
    # shellcheck disable=SC2094 # nothing is written
    refuse 'same file as -' - 1.mrc -o out <1.mrc
    refuse 'same file as -' - - -o out
    refuse 'also an input' 1.mrc out -o ./out
    refuse 'also an input' 1.mrc -o link.mrc
    refuse 'not a regular file' 1.mrc -o folder
    refuse 'not a regular file' 1.mrc -o symbolic
    refuse 'not a regular file' 1.mrc -o pipe
    refuse 'not a regular file' 1.mrc -o /dev/null
    refuse 'renamed' 1.mrc -o -
    refuse 'No such file' 1.mrc -o folder/no/out
    refuse 'not the name' 1.mrc -o ''
    refuse 'Not a directory' 1.mrc -o out/out
    refuse 'is missing' 1.mrc
    refuse 'unrecognized option' 1.mrc -o out --what
    refuse 'requires an argument' 1.mrc -o
    if [ "$(id -u)" -ne 0 ]; then
        mkdir closed && chmod 500 closed
        refuse 'Permission denied' 1.mrc -o closed/out
        : >secret.mrc && chmod 0 secret.mrc
        run 1 1.mrc secret.mrc -o out
        says 'secret.mrc: permission denied; out is not written'
        nothing_written old
    fi
    # Of another run, perhaps: nobody touches it.
    echo other >out.part
    run 2 1.mrc -o out
    says '^a08_marc: out.part: there is one already'
    [ "$(cat out.part)" = other ] || fail 'the .part of another run is changed'
    run 2 out.part 1.mrc -o out
    [ "$(cat out.part)" = other ] || fail 'an input is changed'
    run 0 --help
    run 0
    says '^ *8 records, .* in all$'
}

# In the middle, while it waits for standard input.  $1: what to do before.
begin_waiting() {
    [ -e stdin ] || mkfifo stdin
    echo old >out
    (eval "${1-}"; exec "$marc" 1.mrc - -o out) >report 2>&1 <stdin &
    pid=$!
    exec 9>stdin
    head -c 5000 1.mrc >&9
    until [ -e out.part ]; do
        kill -0 "$pid" || fail 'it has ended too early'
        sleep 0.01
    done
}

ended() { # STATUS
    wait "$pid"
    status=$?
    pid=
    exec 9>&-
    [ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

stopped() {
    make 1 2000 900
    for number in 1 2 15; do
        begin_waiting
        kill -$number "$pid"
        ended $((128 + number))
        says '^a08_marc: stopped: .*; out is not written$'
        [ "$(wc -l <report)" -eq 1 ] || fail 'more than one line'
        nothing_written old
    done

    # What nohup makes it ignore does not stop it.
    begin_waiting 'trap "" HUP'
    kill -1 "$pid"
    exec 9>&-
    ended 1
    says '1 broken'
    [ ! -e out.part ] || fail 'out.part is left'

    # Nobody reads what it says: it says no more, and still writes all.
    head -c 950 1.mrc >cut.mrc
    for i in 1 2 3 4 5 6 7 8 9 10; do cat cut.mrc; done >half.mrc
    mkfifo closed_pipe
    true <closed_pipe &
    ("$marc" half.mrc 1.mrc -o out; echo $? >status) >closed_pipe 2>&1
    [ "$(cat status)" = 1 ] || fail "exit $(cat status) without a reader"
    [ ! -e out.part ] || fail 'out.part is left, as nobody read its report'

    # The folder of OUT is removed meanwhile.
    mkdir gone
    mkfifo other
    "$marc" - -o gone/out >report 2>&1 <other &
    pid=$!
    exec 9>other
    until [ -e gone/out.part ]; do
        kill -0 "$pid" || fail 'it has ended too early'
        sleep 0.01
    done
    rm -r gone
    exec 9>&-
    ended 1
    says '^a08_marc: gone/out.part: no such file or directory; gone/out is not'

    # At any other moment: all of it, or nothing.
    make 3 20000 900
    for ms in 00 01 02 05 08 10 15 20; do
        echo old >out
        "$marc" 3.mrc -o out >report 2>&1 &
        pid=$!
        sleep "0.$ms"
        kill -s TERM "$pid" 2>/dev/null
        wait "$pid"
        status=$?
        pid=
        case $status in
        0) cmp 3.mrc out || fail 'status 0, and not all is there' ;;
        143) [ "$(cat out)" = old ] || cmp 3.mrc out || fail 'half an out' ;;
        *) fail "exit $status" ;;
        esac
        [ ! -e out.part ] || fail 'out.part is left'
    done
}

# A limit on the size of files, then a disk that is small, where we may make one.
full() {
    make 1 2000 900
    echo old >out
    (
        ulimit -f 100
        run 1 1.mrc -o out
    ) || exit 1
    says '^a08_marc: out.part: file too large; out is not written$'
    [ "$(wc -l <report)" -eq 1 ] || fail 'more than one line'
    nothing_written old
    unshare -rm true 2>/dev/null || {
        echo 'marc.sh: not checked: a full disk (unshare does not work)'
        return
    }
    export marc
    # shellcheck disable=SC2016 # the inner shell's
    unshare -rm sh -c 'mkdir small && mount -t tmpfs -o size=256k none small ||
        exit 77
        "$marc" 1.mrc -o small/out
        echo "status $?, $(ls small | wc -l) files"' >report 2>&1
    [ $? -eq 77 ] && {
        echo 'marc.sh: not checked: a full disk (mount does not work)'
        return
    }
    says '^a08_marc: small/out.part: no space left on device; small/out is not'
    says '^status 1, 0 files$'
}

# Another program reads the same in our records.
yaz() {
    command -v yaz-marcdump >/dev/null || {
        echo 'marc.sh: skipped: yaz-marcdump is not installed (package yaz)'
        exit 77
    }
    make 1 300 500
    make 2 20 20000
    run 0 1.mrc 2.mrc -o out
    yaz-marcdump -i marc -o marc out >again || fail 'yaz finds errors'
    cmp out again || fail 'yaz writes other records than it reads'
    yaz-marcdump out | sed -n 's/^245 10 \$a \(.*\) \$c .*/\1/p' >wanted
    run 0 --titles out -o titles
    [ "$(wc -l <wanted)" -eq 320 ] || fail 'yaz finds too few'
    cmp titles wanted || fail 'yaz finds other titles'
    run 0 -o sample.mrc
    yaz-marcdump -i marc -o marc sample.mrc | cmp - sample.mrc ||
        fail 'yaz reads the samples otherwise'
}

# The most memory that it had resident, in kB.
peak() {
    "$marc" "$@" >report 2>&1 &
    pid=$!
    most=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
        "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.02
    done
    wait "$pid" || fail 'the measured run failed'
    pid=
}

# 100 MB of short records in one file, and of long ones in ten.
large() {
    [ -r /proc/self/status ] || exit 77
    make 1 110000 900
    peak 1.mrc -o out
    echo "100 MB, one file: $most kB"
    [ "$most" -lt 20000 ] || fail "$most kB"
    cmp 1.mrc out || fail 'not all of it'
    for n in 2 3 4 5 6 7 8 9 10 11; do make $n 250 40000; done
    peak 2.mrc 3.mrc 4.mrc 5.mrc 6.mrc 7.mrc 8.mrc 9.mrc 10.mrc 11.mrc -o out
    echo "100 MB, ten files: $most kB"
    [ "$most" -lt 20000 ] || fail "$most kB"
    says '^ *2500 records, '
}

# fault KIND N: the N-th call fails.  False: there is none.
fault() {
    echo old >out
    : >note
    env "LD_PRELOAD=$library" "FAULT_KIND=$1" "FAULT_N=$2" \
        "FAULT_NOTE=$dir/note" "$marc" 1.mrc 2.mrc -o out >report 2>error
    status=$?
    [ -s note ] || return 1
    if [ $status -eq 0 ]; then
        all_of 1.mrc 2.mrc
    else
        [ "$(wc -l <error)" -eq 1 ] || fail "$1 $2: $(cat note error)"
        [ "$(cat out)" = old ] || fail "$1 $2, $(cat note): out is changed"
        # The executor ends the program if it has no memory for a task.
        grep -q 'no memory for a task' error && rm -f out.part
    fi
    [ ! -e out.part ] || fail "$1 $2, $(cat note): out.part is left"
}

faults() {
    make 1 3 500
    make 2 3 60000
    for kind in memory calls; do
        n=1
        while fault $kind $n; do n=$((n + 1)); done
        echo "$kind: $((n - 1)) times"
        [ "$n" -gt 10 ] || fail "only $n times"
    done
}

case $what in
good | broken | refused | stopped | full | yaz | large | faults) $what ;;
*) fail "what is $what?" ;;
esac
