#!/bin/sh
# service.sh answers|ends|load A10_SERVICE: the program, as curl sees it.
set -u
export LC_ALL=C
what=$1 service=$2
command -v curl >/dev/null || exit 77
unset http_proxy HTTP_PROXY ALL_PROXY all_proxy
dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
cd "$dir" || exit 1

fail() {
    echo "service.sh: $*" >&2
    head -20 answer log >&2
    exit 1
}

# begin ARGUMENTS…: then $base is where it is
begin() {
    : >log
    (
        # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
        [ -z "${descriptors-}" ] || ulimit -n "$descriptors"
        exec "$service" --port 0 "$@"
    ) >log 2>&1 &
    pid=$!
    while ! grep -q 'port ' log && kill -0 "$pid"; do sleep 0.01; done
    base=http://127.0.0.1:$(sed -n 's/.* port //p' log)
}

# ended STATUS
ended() {
    wait "$pid"
    status=$?
    pid=
    [ "$status" -eq "$1" ] || fail "it ended with status $status, not $1"
}

# http STATUS ARGUMENTS…: curl gets this status; the rest is in the file answer
http() {
    expected=$1
    shift
    status=$(curl -sS -m 20 -i -o answer -w '%{http_code}' "$@") ||
        fail "curl $*: status $?"
    [ "$status" -eq "$expected" ] || fail "curl $*: $status, not $expected"
}

says() {
    grep -q -e "$1" answer || fail "the answer does not say: $1"
}

# eventually FILE WORDS
eventually() {
    n=0
    while ! grep -q -e "$2" "$1" 2>/dev/null; do
        n=$((n + 1))
        [ $n -lt 2000 ] || fail "$1 does not say: $2"
        sleep 0.01
    done
}

# An order that is under way: the service has its headers, and waits for the
# body, which ends with the file end.
order() {
    rm -f end half whole
    (
        printf '{"item": "tea",'
        n=0
        until [ -e end ] || [ $n -gt 1000 ]; do
            sleep 0.01
            n=$((n + 1))
        done
        printf ' "count": 2}'
    ) | curl -sS -v -m 60 -o whole -H 'Expect: 100-continue' -T - -X POST \
        "$base/orders" 2>half &
    client=$!
    eventually half '^< HTTP/1.1 100 Continue'
}

answers() {
    begin
    http 200 "$base/price/tea"
    says '^Content-Type: application/json'
    says '^{"item": "tea", "cents": 250}'
    http 200 "$base/price/tea?size=large"
    http 404 "$base/price/nothing%0A%00%22"
    http 404 "$base/nothing"
    says '^{"error": "there is no /nothing"}'
    http 405 -X DELETE "$base/orders/1"
    says '^Allow: GET, HEAD'
    http 405 "$base/orders"
    says '^Allow: POST'
    http 200 -I "$base/price/tea"
    says '^Content-Length: 30'
    ! grep -q cents answer || fail "HEAD has a body"
    http 502 "$base/price/salt"
    http 504 "$base/price/gold"

    http 201 -d '{"item": "tea", "count": 2}' "$base/orders"
    says '^Location: /orders/1'
    http 200 "$base/orders/1"
    says '"cents": 500'
    http 400 -d '{"item": "tea", "count" 2}' "$base/orders"
    says 'line 1, column 25'
    http 400 -d '' "$base/orders"
    http 422 -d '{"item": "tea"}' "$base/orders"

    head -c 1025 /dev/zero | tr '\0' x >large
    head -c 2000000 /dev/zero | tr '\0' x >huge
    http 413 -d @large "$base/orders"
    says 'the body may have 1024 bytes'
    http 413 -d @large -H 'Transfer-Encoding: chunked' "$base/orders"
    http 413 -d @huge "$base/orders" # curl asks before it sends
    http 413 -d @large -H 'Expect: 100-continue' "$base/orders"

    # One connection for three requests.
    connections=$(curl -sS -o answer -w '%{num_connects}\n' "$base/price/tea" \
        -o answer "$base/nothing" -o answer "$base/orders/1")
    [ "$(echo "$connections" | tr '\n' ' ')" = '1 0 0 ' ] ||
        fail "keep-alive: $connections"

    # A client that sends slowly, one that leaves in the middle of its body, and
    # one that leaves while the warehouse is asked.
    http 201 --limit-rate 100 -d '{"item": "silk", "count": 3}' "$base/orders"
    order
    kill "$client"
    : >end
    until grep -q 'WARN .*path="/price/gold"}: dropped' log; do
        curl -sS -m 0.05 "$base/price/gold" 2>/dev/null
    done

    http 200 -H 'traceparent: nonsense' "$base/metrics"
    says '^requests_open 1'
    says '^requests_dropped_total [1-9]'
    says '^requests_total{code="201"} 2'
    says '^requests_total{code="504"} 1'

    # Nothing is left open: as many descriptors as there were at first.
    before=$(find "/proc/$pid/fd" 2>/dev/null | wc -l)
    for time in 01 02 03 04 05 06 07 08 09 10; do
        curl -sS -m "0.$time" "$base/price/gold" 2>/dev/null
        http 200 "$base/orders/1"
    done
    http 200 "$base/metrics"
    until grep -q '^requests_open 1$' answer; do http 200 "$base/metrics"; done
    after=$(find "/proc/$pid/fd" 2>/dev/null | wc -l)
    [ "$after" -le "$((before + 1))" ] || fail "$before descriptors, then $after"
    kill -TERM "$pid"
    ended 0
}

ends() {
    # The port is in use.
    begin
    "$service" --port "${base##*:}" >answer 2>&1
    [ $? -eq 1 ] || fail 'two on one port'
    says '^a10_service: cannot listen: address already in use$'
    [ "$(wc -l <answer)" -eq 1 ] || fail 'not one line'

    # Ctrl-C while a request is under way: it is answered, new ones are not.
    order
    kill -TERM "$pid"
    eventually log 'no more clients signal=15'
    ! curl -sS -m 1 "$base/price/tea" 2>/dev/null || fail 'it still listens'
    : >end
    wait "$client" || fail 'the request that had begun has no answer'
    ended 0
    grep -q '"cents": 500' whole || fail 'another answer'
    grep -q '^< Connection: close' half || fail 'it does not say that it ends'
    eventually log 'the end dropped=0'
    ! curl -sS -m 1 "$base/price/tea" 2>/dev/null || fail 'it still listens'

    # A second one does not wait.
    begin
    order
    kill -TERM "$pid"
    eventually log 'no more clients signal=15'
    kill -TERM "$pid"
    ended 143
    eventually log 'the end dropped=1'
    : >end
    wait "$client"

    # Full.
    begin --max 1
    until grep -q '^Retry-After: 1' answer; do
        curl -sS -m 20 "$base/price/gold" >/dev/null &
        curl -sS -m 20 -i -o answer "$base/price/tea"
        wait $!
    done
    says '^HTTP/1.1 503 '
    http 200 "$base/metrics"
    http 200 "$base/price/tea"
    kill -TERM "$pid"
    ended 0

    # It may have 24 descriptors, and 40 clients come at once.
    descriptors=24
    begin
    curl -sS -m 60 -Z --parallel-max 40 -H 'Connection: close' -o answer \
        -w '%{http_code}\n' "$base/price/silk?[1-40]" >codes 2>&1
    [ "$(grep -c '^200$' codes)" -eq 40 ] || fail "not all of 40: $(cat codes)"
    kill -TERM "$pid"
    ended 0

    for arguments in '--port' '--port x' '--port 65536' '--max 0' 'more'; do
        # shellcheck disable=SC2086 # words
        "$service" $arguments >answer 2>&1
        [ $? -eq 2 ] || fail "$arguments: not refused"
    done
}

# Many clients at once, for a bounded time.
load() {
    command -v ab >/dev/null || exit 77
    begin --max 50
    ab -q -k -c 40 -n 4000 "$base/price/tea" >answer 2>&1 || fail 'ab failed'
    says '^Complete requests: *4000$'
    says '^Failed requests: *0$'
    ! grep -q '^Non-2xx' answer || fail 'not all are answered'
    ab -q -c 40 -n 2000 "$base/orders/1" >answer 2>&1 || fail 'ab failed'
    says '^Complete requests: *2000$'
    says '^Non-2xx responses: *2000$'
    http 200 "$base/metrics"
    says '^requests_open 1$'
    says '^requests_total{code="200"} 4000$'
    says '^requests_total{code="404"} 2000$'
    kill -TERM "$pid"
    ended 0
}

"$what"
