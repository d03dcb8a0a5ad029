#!/bin/sh
# urls.sh few|lists|files|stopped|many A04_URLS URLS_SERVER: what a04_urls does
# with good, bad, slow and many URLs.  The server is ours, see odd_server.h.
set -u
what=$1 urls=$2 server=$3
dir=$(mktemp -d) || exit 1
mkfifo "$dir/stdin"
(cd "$dir" && exec "$server" <stdin >port) &
pid=$!
exec 9>"$dir/stdin" # the server stops when this is closed
trap 'exec 9>&-; rm -rf "$dir"' EXIT
while [ ! -s "$dir/port" ] && kill -0 "$pid"; do sleep 0.01; done
host=127.0.0.1:$(cat "$dir/port")
base=http://$host

fail() {
    echo "urls.sh: $*" >&2
    [ ! -e "$dir/out" ] || head -20 "$dir/out" >&2
    exit 1
}

# run STATUS ARGUMENTS…: the program must end with STATUS
run() {
    expected=$1
    shift
    "$urls" "$@" >"$dir/out" 2>&1
    status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit $status, not $expected"
}

says() {
    grep -q "$1" "$dir/out" || fail "the output does not say: $1"
}

# The row of this URL says exactly this, but for the milliseconds.
row() {
    grep -Eq "^ *$1  *$2  *[0-9]+  $3\$" "$dir/out" ||
        fail "no row '$1 $2 $3'"
}

says_not() {
    ! grep -q "$1" "$dir/out" || fail "the output says: $1"
}

# files DIR N: so many files in it, and none of half a body
files() {
    [ "$(find "$1" -type f | wc -l)" -eq "$2" ] || fail "not $2 files in $1"
    [ -z "$(find "$1" -name '*.part')" ] || fail "a .part is left in $1"
}

few() {
    run 0 "$base/slow/1" "$base/moved/2"
    row 200 15 "$base/slow/1"
    says '2 of 2 done, 0 failed'

    run 1 "$base/slow/1" "$base/nothing" http://127.0.0.1:1/ nonsense://x ''
    row 200 15 "$base/slow/1"
    says '^ *404 .*/nothing: '
    says '5 of 5 done, 4 failed'

    run 0 --at-most 1
    says '7 of 7 done, 2 failed; at most 1 at a time'
    run 0 --timeout 150
    says '/slow/200: .*imed out'

    run 1 --timeout 50 "$base/slow/60000" "$base/slow/1"
    says '/slow/60000: .*imed out'
    says '2 of 2 done, 1 failed'

    run 2 --at-most 0 "$base/"
    says 'not a number from 1'
    run 2 --what
    run 0 --help
    run 0 -h
}

# One that waits inside libcurl would stop the others, Ctrl-C and the clock.
other_protocols() {
    mkfifo "$dir/pipe"
    run 1 "file://$dir/pipe" "telnet://$host/" "$base/ok"
    row 0 0 "file://$dir/pipe: Protocol .file. .*"
    row 200 3 "$base/ok"
    says '3 of 3 done, 2 failed'
}

# What is on this machine is asked directly.
proxy() {
    http_proxy=http://127.0.0.1:1 run 0 "$base/ok"
    http_proxy=http://127.0.0.1:1 run 0
    says '7 of 7 done, 2 failed'
}

# list STATUS: standard input is the list
list() {
    cat >"$dir/list"
    run "$1" -f "$dir/list"
}

lists() {
    printf '\357\273\277# a mark\r\n%s\r\n\r\n%s' "$base/ok" "$base/slow/1" |
        list 0
    row 200 3 "$base/ok"
    says '2 of 2 done, 0 failed'
    printf '  %s \t\n\t# blanks in front\n%s # why\n%s#part\n' \
        "$base/ok" "$base/slow/1" "$base/slow/2" | list 0
    row 200 3 "$base/ok"
    row 200 15 "$base/slow/1"
    row 200 15 "$base/slow/2#part"
    says '3 of 3 done, 0 failed'
    printf '%s\r%s\r\357\273\277%s\r' "$base/ok" "$base/slow/1" "$base/slow/2" |
        list 0
    says '3 of 3 done, 0 failed'
    printf '%s\n%s\n%s\n' "$base/ok" "$base/with blank" "$base/slow/1" | list 1
    says '3 of 3 done, 1 failed'

    printf '%s\n%s\0b\n' "$base/ok" "$base/a" | list 2
    says "list:2: a zero byte"
    printf '\377\376h\0t\0t\0p\0' | list 2
    printf '# nothing\n\n' | list 2
    says 'no URL'
    list 2 </dev/null
    run 2 -f /dev/zero
    run 2 -f "$dir"
    says "$dir: "
    run 2 -f "$dir/does-not-exist"
    run 2 -f - <&-
    echo "$base/ok" | run 0 -f - -f -
    says '1 of 1 done'
}

# A password is not shown, and is in no file's name.  Nothing is shown that a
# terminal would obey.
shown() {
    run 1 -o "$dir/shown" "http://me:secret@$host/ok" "me:secret@$host/ok" \
        "http://me:sec/ret@$host/" "//me:secret@$host/" \
        "$base/slow/1?at:b@c" "$(printf '%s/\033[31m\302\233' "$base")"
    says_not secret
    row 200 3 "http://\*\*\*@$host/ok"
    row 200 3 "\*\*\*@$host/ok"
    row 200 15 "$base/slow/1\?at:b@c"
    says '/?\[31m'
    files "$dir/shown" 3
    [ -z "$(find "$dir/shown" -name '*secret*')" ] || fail "a secret is saved"
    [ -z "$(tr -d '[:print:]\n\302' <"$dir/out")" ] || fail "not printable"
}

saved() {
    run 0 -o "$dir/saved" "$base/slow/1" "$base/slow/2"
    [ "$(cat "$dir"/saved/0001_*slow_1)" = "this took 1 ms" ] ||
        fail "the body was not saved"
    files "$dir/saved" 2
    run 1 -o "$dir/failed" "$base/half-then-reset" "$base/nothing" "$base/ok"
    row 200 100 "$base/half-then-reset: .*reset.*"
    files "$dir/failed" 1

    rm "$dir"/saved/0001_*
    mkdir "$dir/saved/0001_${host%:*}_${host#*:}_ok"
    run 1 -o "$dir/saved" "$base/ok"
    row 200 3 "$base/ok: .*"
    files "$dir/saved" 1

    long=$(printf '%0200d' 0)
    long=$dir/$long/$long/$long/
    mkdir -p "$long"
    run 0 -o "$long" "$base/ok" "$base/slow/1"
    files "$long" 2
    [ "$(cat "$long"/0001_*)" = ok ] || fail "one file replaces another"

    run 2 -o "$dir/port" "$base/ok"
    says 'port.: Not a directory'
    run 2 -o "$dir/port/x" "$base/"
    run 2 -o '' "$base/"
}

# A write that fails, here because of a limit: the reason is in the table.
too_large() (
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -f 20
    run 1 -o "$dir/large" "$base/much" "$base/ok"
    row 200 '[0-9]*' "$base/much: File too large"
    files "$dir/large" 1
)

# What find finds; waits for it, while $pid is there.
await() {
    while [ -z "$(find "$@" 2>/dev/null)" ] && kill -0 "$pid"; do
        sleep 0.01
    done
}

# The folder is removed while the first is under way.
vanished() {
    "$urls" --at-most 1 -o "$dir/gone" "$base/without/gone" "$base/ok" \
        >"$dir/out" 2>&1 &
    pid=$!
    await "$dir/gone" -name '*.part'
    rm -r "$dir/gone"
    wait "$pid"
    [ $? -eq 1 ] || fail "a folder that is gone does not end with 1"
    row 200 3 "$base/without/gone: No such file or directory"
    row 0 0 "$base/ok: No such file or directory"
    says '2 of 2 done, 2 failed'
}

# A certificate that nobody has signed is refused, one that we trust is not.
https() {
    command -v openssl >/dev/null || return 0
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key" \
        -out "$dir/cert" 2>/dev/null || fail "openssl makes no certificate"
    openssl s_server -accept 127.0.0.1:0 -www -key "$dir/key" \
        -cert "$dir/cert" >"$dir/tls" 2>&1 </dev/null &
    tls=$!
    until port=$(sed -n 's/^ACCEPT .*:\([0-9][0-9]*\)$/\1/p' "$dir/tls") &&
        [ -n "$port" ]; do
        kill -0 "$tls" || fail "openssl s_server does not start"
        sleep 0.01
    done
    run 1 "https://127.0.0.1:$port/"
    says 'certificate'
    CURL_CA_BUNDLE="$dir/cert" run 0 "https://127.0.0.1:$port/"
    says '^ *200 '
    kill "$tls"
}

# interrupted SIGNAL STATUS: in the middle of the second; the first is kept, the
# rest is cancelled.
interrupted() {
    "$urls" --at-most 2 -o "$dir/kept$1" "$base/slow/1" \
        "$base/much-then-silence" "$base/slow/60000" "$base/ok" \
        >"$dir/out" 2>&1 &
    pid=$!
    await "$dir/kept$1" -name '0001*slow_1'
    await "$dir/kept$1" -name '0002*.part' -size +0
    kill -"$1" "$pid"
    wait "$pid"
    [ $? -eq "$2" ] || fail "SIG$1 does not end with $2"
    says '1 of 4 done, 0 failed'
    row 200 '[1-9][0-9]*' "$base/much-then-silence: cancelled"
    row 0 0 "$base/ok: cancelled"
    files "$dir/kept$1" 1
}

# nohup's way
ignored() {
    : >"$dir/hold"
    (trap '' HUP && exec "$urls" -o "$dir/ignored" "$base/without/hold" \
        >"$dir/out" 2>&1) &
    pid=$!
    await "$dir/ignored" -name '*.part'
    kill -HUP "$pid"
    rm "$dir/hold"
    wait "$pid" || fail "it ends by a SIGHUP that is ignored"
    says '1 of 1 done'
}

# On a terminal a line counts; the table does not begin in that line.
terminal() {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || {
        echo "urls.sh: not checked: a terminal (there is no script(1))"
        return
    }
    script -qec "echo \$\$ >$dir/pid; exec '$urls' --at-most 1 $base/ok \
        $base/half-then-silence" /dev/null >"$dir/out" 2>&1 </dev/null &
    pid=$!
    until grep -q '1 of 2' "$dir/out" || ! kill -0 "$pid"; do sleep 0.01; done
    kill -INT "$(cat "$dir/pid")"
    wait "$pid"
    tr '\r' '\n' <"$dir/out" >"$dir/lines"
    grep -qx 'status  *bytes  *ms  *url' "$dir/lines" ||
        fail "the table begins in the line that counts"
}

# So many at once need more descriptors than there are.
descriptors() (
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -n 64
    seq 1 200 | sed "s|.*|$base/slow/1|" >"$dir/list"
    run 0 --at-most 1000 -f "$dir/list" -o "$dir/few"
    says '200 of 200 done, 0 failed; at most 10 at a time, because only 64'
)

# 10,000 through 50 connections: few files are open, memory stays flat.
many() {
    i=0
    while [ $i -lt 10000 ]; do
        echo "$base/slow/$((i % 5))"
        i=$((i + 1))
    done >"$dir/list"
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -n 250 # 4 for each transfer, and some of libcurl and libuv
    run 0 --at-most 50 -f "$dir/list"
    says '10000 of 10000 done, 0 failed; at most 50'
    if [ -r /proc/self/status ]; then
        head -2000 "$dir/list" >"$dir/short"
        small=$(peak "$dir/short")
        large=$(peak "$dir/list")
        # a row takes some 250 bytes: 8,000 more rows, 2 MB
        [ $((large - small)) -lt 12000 ] ||
            fail "$small kB for 2,000 URLs, $large kB for 10,000"
    fi
}

# The most memory that it had resident, in kB.
peak() {
    "$urls" --at-most 50 -f "$1" >"$dir/out" 2>&1 &
    pid=$!
    most=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
        "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.02
    done
    wait "$pid" || fail "the measured run failed"
    echo "$most"
}

case $what in
few) few && other_protocols && proxy && https && descriptors ;;
lists) lists && shown ;;
files) saved && too_large && vanished ;;
stopped)
    interrupted INT 130
    interrupted TERM 143
    interrupted HUP 129
    ignored
    terminal
    ;;
many) many ;;
*) fail "what is $what?" ;;
esac
