#!/bin/sh
# Does every workload run, and does README.md explain it?  No figure is judged.
#
#     bench_runs.sh PROGRAM
set -eu
bench=$1
here=$(dirname "$0")
err=$(mktemp)
trap 'rm -f "$err"' EXIT

fail()
{
    echo "bench_runs: $*"
    cat "$err"
    exit 1
}

out=$("$bench" --quick --reps 1 2>"$err") || fail "it failed"
printf '%s\n' "$out"
for name in $("$bench" --help | awk '/^  [a-z]/ { print $1 }'); do
    printf '%s\n' "$out" |
        awk -F '\t' -v name="$name" '
            $1 == name && NF == 4 && $2 > 0 && $3 ~ /^[0-9.]+$/ { n++ }
            END { exit n != 1 }' ||
        fail "no line, or a strange one, for $name"
    grep -q "\`$name\`" "$here/README.md" || fail "README.md lacks $name"
done

printf '%s\n' "$out" | awk -f "$here/ratios.awk" | grep -q yield2 ||
    fail "ratios.awk finds nothing"

# Bad input: one line, and exit status 2.
for arguments in '--only nothing' '--only' '--reps' '--reps 0' '--reps 5x' \
    '--reps 101' 'yield2'; do
    status=0
    # shellcheck disable=SC2086
    out=$("$bench" $arguments 2>"$err") || status=$?
    lines=$(wc -l <"$err")
    [ "$status.$lines.$out" = 2.1. ] || fail "$arguments: exit status $status"
done
