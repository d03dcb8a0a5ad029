#!/bin/sh
# run.sh DIR COMMAND
#
# Runs a shell command in DIR the way every check of this course runs one: on
# the virtual clock, with no other EXECUTOR_* set, nothing to read, five minutes
# at most (where there is a timeout command).  Prints what the command prints,
# errors too, up to 100 KB, and exits as it exits.
set -u
cd "$1" || exit 2
status=$(mktemp) || exit 2
trap 'rm -f "$status"' EXIT

for name in $(env | sed -n 's/^\(EXECUTOR_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
export EXECUTOR_CLOCK=virtual LC_ALL=C
limit="timeout -k 2 ${RUN_SECONDS:-300}"
command -v timeout >/dev/null || limit=

# A program may abort to show that it does.  Then no core file, and none of the
# lines that shells and timeout add, each in its own way.
# shellcheck disable=SC3045  # all shells have -c, though POSIX does not ask
ulimit -c 0
shells='^Aborted( \(core dumped\))?$|^sh: .* Aborted |^timeout: .* dumped core$'
{
    (exec $limit sh -c "$2" </dev/null 2>&1)
    echo $? >"$status"
} 2>/dev/null | sed -E "/$shells/d" | head -c 100000
read -r code <"$status"
[ "$code" -eq 143 ] && code=124 # BusyBox's way to say that time is up
exit "$code"
