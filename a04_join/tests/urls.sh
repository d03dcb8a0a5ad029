#!/bin/sh
# urls.sh few|many A04_URLS URLS_SERVER: what a04_urls does with good, bad,
# slow and many URLs.  The server is ours, on 127.0.0.1.
set -u
what=$1 urls=$2 server=$3
dir=$(mktemp -d) || exit 1
mkfifo "$dir/stdin"
"$server" <"$dir/stdin" >"$dir/port" &
exec 9>"$dir/stdin" # the server stops when this is closed
trap 'exec 9>&-; rm -rf "$dir"' EXIT
while [ ! -s "$dir/port" ]; do sleep 0.01; done
base=http://127.0.0.1:$(cat "$dir/port")

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

few() {
    run 0 "$base/slow/1" "$base/moved/2"
    says '^ *200 .*/slow/1$'
    says '2 of 2 done, 0 failed'

    run 1 "$base/slow/1" "$base/nothing" http://127.0.0.1:1/ nonsense://x
    says '^ *200 .*/slow/1$'
    says '^ *404 .*/nothing: '
    says '4 of 4 done, 3 failed'

    run 1 --timeout 50 "$base/slow/60000" "$base/slow/1"
    says '/slow/60000: .*imed out'
    says '2 of 2 done, 1 failed'

    printf '# a comment\n\n%s\r\n%s' "$base/slow/1" "$base/slow/2" |
        run 0 -f - -o "$dir/saved"
    [ "$(cat "$dir"/saved/0001_*slow_1)" = "this took 1 ms" ] ||
        fail "the body was not saved"
    [ "$(find "$dir/saved" -type f | wc -l)" -eq 2 ] || fail "stray files"

    run 2 --at-most 0 "$base/"
    says 'not a number from 1'
    run 2 -f "$dir/does-not-exist"
    run 2 -o "$dir/port/x" "$base/"
    run 2 --what
    run 0 --help
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

# Ctrl-C once the first is saved: it is kept, the rest is cancelled.
interrupted() {
    "$urls" --at-most 2 -o "$dir/kept" "$base/slow/1" "$base/slow/60000" \
        "$base/slow/60000" >"$dir/out" 2>&1 &
    pid=$!
    until [ -n "$(find "$dir/kept" -name '*slow_1' 2>/dev/null)" ]; do
        sleep 0.01
    done
    kill -INT "$pid"
    wait "$pid"
    [ $? -eq 130 ] || fail "Ctrl-C does not end with 130"
    says '1 of 3 done, 0 failed'
    says 'slow/60000: cancelled'
    [ "$(find "$dir/kept" -type f | wc -l)" -eq 1 ] || fail "stray files"
}

# 10,000 through 50 connections: few files are open, memory stays flat.
many() {
    i=0
    while [ $i -lt 10000 ]; do
        echo "$base/slow/$((i % 5))"
        i=$((i + 1))
    done >"$dir/list"
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -n 100 # 50 connections, and some of libcurl and libuv
    run 0 --at-most 50 -f "$dir/list"
    says '10000 of 10000 done, 0 failed; at most 50'
    if [ -r /proc/self/status ]; then
        head -2000 "$dir/list" >"$dir/short"
        small=$(peak "$dir/short")
        large=$(peak "$dir/list")
        # a row takes some 600 bytes: 8,000 more rows, 5 MB
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
few) few && https && interrupted ;;
many) many ;;
esac
