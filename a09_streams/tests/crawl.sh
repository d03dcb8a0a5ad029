#!/bin/sh
# crawl.sh few|hostile|odd|endless|stopped|many A09_CRAWL SITE_SERVER [PAGES]:
# what a09_crawl does with a site that is not friendly, or not small.
# See site_server.c.
set -u
what=$1 crawl=$2 server=$3 pages=${4:-10000}
dir=$(mktemp -d) || exit 1
mkfifo "$dir/stdin"
(cd "$dir" && exec "$server" <stdin >requests) &
pid=$!
exec 9>"$dir/stdin" # the server stops when this is closed
trap 'exec 9>&-; rm -rf "$dir"' EXIT
while [ ! -s "$dir/requests" ] && kill -0 "$pid"; do sleep 0.01; done
host=127.0.0.1:$(head -n 1 "$dir/requests")
base=http://$host

fail() {
    echo "crawl.sh: $*" >&2
    [ ! -e "$dir/out" ] || tail -20 "$dir/out" >&2
    exit 1
}

# run STATUS ARGUMENTS…: the program must end with STATUS
run() {
    expected=$1
    shift
    : >"$dir/requests"
    timeout 100 "$crawl" "$@" >"$dir/out" 2>&1
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

requested() {
    grep -Fqx -e "$1" "$dir/requests"
}

# No page was asked for twice.
once() {
    twice=$(grep -a '^/' "$dir/requests" | sort | uniq -d)
    [ -z "$twice" ] || fail "asked for twice: $twice"
}

# How many were served at once, at the most.
busy() {
    sed -n 's/^busy //p' "$dir/requests" | tail -n 1
}

# files N: so many files in the folder, none of half a page, and nothing beside
# the folder
files() {
    [ "$(find "$dir/x/out" -type f | wc -l)" -eq "$1" ] ||
        fail "not $1 files: $(ls -a "$dir/x/out")"
    [ "$(find "$dir/x/out" | wc -l)" -eq $(($1 + 1)) ] || fail "a folder"
    [ "$(ls -A "$dir/x")" = out ] || fail "saved elsewhere: $(ls -A "$dir/x")"
    [ -z "$(find "$dir/x" -name '*.part')" ] || fail "a .part is left"
}

# Cycles, redirects, what fails: each page once, and each failure in its row.
few() {
    mkdir "$dir/x"
    run 1 --depth 1 -o "$dir/x/out" "$base"
    once
    row 200 '[0-9]*' "$base/a"
    row 302 0 "$base/away"
    row 302 5 "$base/moved"
    row 404 0 "$base/missing: .*"
    row 200 '[0-9]*' "$base/half-then-reset: .*reset.*"
    says '^10 of 10 pages visited, 2 failed, at most 3 at a time'
    says '^links not followed: 2 elsewhere, 19 too deep, 0 too many'
    ! requested 'another host' || fail "it went to another host"
    [ "$(busy)" -le 3 ] || fail "$(busy) at a time"
    files 5 # the first page, a, b, slow, hostile
    [ "$(cat "$dir/x/out/slow")" = slow ] || fail "slow was not saved"

    run 1 --depth 0 http://127.0.0.1:1/
    says '1 of 1 pages visited, 1 failed'
    run 0 --depth 0 "${base#http://}/a#b"
    row 200 '[0-9]*' "$base/a"
    run 0 --depth 1 --delay 1 --at-most 1 --timeout 5000 "HTTP://$host/%61"
    row 200 '[0-9]*' "$base/b"
}

# A write that fails, here because of a limit, fails that page only.
too_large() (
    rm -rf "$dir/x"
    mkdir "$dir/x"
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -f 20
    run 1 --depth 1 -o "$dir/x/out" "$base/large"
    row 200 '[0-9]*' "$base/large: File too large"
    row 200 '[0-9]*' "$base/a"
    files 1
)

arguments() {
    for bad in '--at-most 0' '--depth -1' '--pages 0' '--bytes 0' '--delay x' '--what' '-o' "-o $crawl" \
        'ftp://x/' 'http://' 'mailto:me@example.org' 'http://me:pw@x/' 'a b'; do
        # shellcheck disable=SC2086 # words
        run 2 $bad
        [ "$(wc -l <"$dir/out")" -eq 1 ] || fail "$bad: not one line"
    done
    run 2 ''
    run 0 --help
}

# Whatever a page calls its links, all is saved in one folder.
hostile() {
    mkdir "$dir/x"
    run 1 --depth 2 -o "$dir/x/out" "$base/hostile"
    once
    requested '/deep/DEEP' || fail "the capitals are gone"
    saved=$(grep -c '^ *200 ' "$dir/out")
    [ "$saved" -gt 15 ] || fail "only $saved pages"
    files "$saved"
    [ -z "$(find "$dir/x/out" -name '.?*')" ] || fail "a hidden file"
    [ -z "$(tr -d '[:print:]\n' <"$dir/out")" ] || fail "not printable"
    find "$dir/x/out" -type f | sed 's|.*/||' | tr A-Z a-z | sort | uniq -d |
        grep . && fail "two names differ in capitals only"

    # What is there already is replaced, not followed; a folder is no file.
    ln -s "$dir/victim" "$dir/x/out/a.part"
    ln -s "$dir/victim" "$dir/x/out/a"
    mkdir "$dir/x/out/b"
    run 1 -o "$dir/x/out" "$base/a"
    [ ! -e "$dir/victim" ] || fail "it wrote where a link leads"
    [ -f "$dir/x/out/a" ] && [ ! -L "$dir/x/out/a" ] || fail "a is not saved"
    row 200 '[0-9]*' "$base/b: .*"
}

# CRAWL-08: answers that break a rule, or one of ours, concern their page only.
odd() {
    mkdir "$dir/x"
    run 1 --depth 2 --at-most 1 --timeout 3000 -o "$dir/x/out" "$base/odd"
    once
    odd=$base/odd
    row 200 18 "$odd/zipped"
    requested /unzipped || fail "the link in the packed page was not found"
    row 200 0 "$odd/cut-zip.*" # libcurl does not tell
    row 200 4 "$odd/more"
    row 200 4 "$odd/less: .*"
    row 200 21 "$odd/until-close"
    requested /deep/closed || fail "the link of the page without a length"
    row 200 '[0-9]*' "$odd/cut-chunk: .*"
    row 200 0 "$odd/only-header: .*"
    row 0 0 "$odd/nothing: .*"
    row 0 '[0-9]*' "$odd/not-http: .*"
    row 304 0 "$odd/same"
    row 200 15 "$odd/picture"
    row 200 15 "$odd/untyped"
    row 302 0 "$odd/to-script"
    row 302 0 "$odd/to-file"
    row 302 0 "$odd/to-nowhere"
    ! requested /never || fail "it followed what is no link"
    says '^links not followed: 0 elsewhere'
    printf '<a href=/unzipped>' | cmp -s - "$dir/x/out/odd+zipped" ||
        fail "the packed page was not saved unpacked"
    [ -z "$(find "$dir/x" -name '.?*' -o -name '*.part')" ] || fail "a rest"
}

# CRAWL-08: what has no end, has one: redirects, pages, bytes, patience.
endless() {
    mkdir "$dir/x"
    run 0 --depth 20 "$base/hop/0"
    says '^21 of 21 pages visited, 0 failed'
    says '0 elsewhere, 1 too deep, 0 too many'
    run 0 --depth 1000 --pages 50 "$base/farm/0"
    says '^50 of 50 pages visited, 0 failed'
    says '0 elsewhere, 0 too deep, [1-9][0-9]* too many'
    once
    run 1 --bytes 100000 -o "$dir/x/out" "$base/endless"
    row 200 '1[0-9]{5}' "$base/endless: larger than --bytes permits"
    files 0
    run 0 --depth 0 --bytes 4 "$base/slow"
    run 1 --depth 0 --bytes 3 "$base/slow"
    run 1 --timeout 300 -o "$dir/x/out" "$base/drip"
    row 200 '[0-9]+' "$base/drip: .*[Tt]ime.*"
    files 0
}

# Ctrl-C: what is whole is kept, the rest is cancelled.
stopped() {
    for signal in INT TERM; do
        rm -rf "$dir/x"
        mkdir "$dir/x"
        "$crawl" -o "$dir/x/out" "$base/silent" >"$dir/out" 2>&1 &
        crawling=$!
        until [ -s "$dir/x/out/whole" ] && [ -f "$dir/x/out/stuck.part" ]; do
            kill -0 "$crawling" || fail "it ended too early"
            sleep 0.01
        done
        kill -$signal "$crawling"
        wait "$crawling"
        status=$?
        [ "$status" -eq "$(kill_status $signal)" ] ||
            fail "SIG$signal: exit $status"
        row 200 5 "$base/whole"
        row '[0-9]*' '[0-9]*' "$base/stuck: cancelled"
        says '^2 of 3 pages visited, 0 failed'
        files 2
    done
}

kill_status() {
    case $1 in
    INT) echo 130 ;;
    TERM) echo 143 ;;
    esac
}

# Many pages through few descriptors; memory grows only by what is remembered
# of each page.
many() {
    depth=20 # of the tree
    # shellcheck disable=SC3045 # dash, bash, ksh and busybox all know it
    ulimit -n 100 # 4 for each visit, and some of libcurl and libuv
    mkdir "$dir/x"
    run 0 --depth $depth --at-most 10 -o "$dir/x/out" "$base/tree/$pages/0"
    says "^$pages of $pages pages visited, 0 failed, at most 10 at a time"
    once
    files "$pages"
    [ "$(busy)" -le 10 ] || fail "$(busy) at a time"
    [ "$pages" -ge 10000 ] && [ -r /proc/self/status ] || return 0
    small=$(peak $((pages / 10)))
    large=$(peak "$pages")
    echo "crawl.sh: $small kB for $((pages / 10)) pages, $large kB for $pages"
    # a page is remembered in less than 500 bytes; its HTML has 4,000
    [ $((large - small)) -lt $((pages / 2)) ] ||
        fail "$small kB for $((pages / 10)) pages, $large kB for $pages"
}

# The most memory that it had resident, in kB.
peak() {
    "$crawl" --depth 20 --at-most 10 "$base/tree/$1/0" >"$dir/out" 2>&1 &
    crawling=$!
    most=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
        "/proc/$crawling/status" 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.02
    done
    wait "$crawling" || fail "the measured run failed"
    echo "$most"
}

case $what in
few) few && too_large && arguments ;;
hostile) hostile ;;
odd) odd ;;
endless) endless ;;
stopped) stopped ;;
many) many ;;
*) fail "what is $what?" ;;
esac
