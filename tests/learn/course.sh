#!/bin/sh
# course.sh BUILD: the runner and the real course.
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"
cd "$(dirname "$0")/../.." || exit 1
build=$1
learn=$build/bin/learn
export LEARN_WORK="$tmp/work"

# Everything is built, and the build folder may be in use by other tests.
mkdir "$tmp/bin"
printf '#!/bin/sh\n' >"$tmp/bin/cmake"
chmod +x "$tmp/bin/cmake"
PATH=$tmp/bin:$PATH

it 'lists every program and exercise, and each says what it is about'
run "$learn" list
status 0
while read -r kind room name needs; do
    case $kind in
    program | exercise)
        grep -qE "^  \[ \] $name( +[A-Z]|\$)" "$tmp/out" ||
            wrong "$name has no question, or is not there"
        ;;
    skipped) says "needs $needs" ;;
    esac
done <"$build/course.txt"

it 'fits into 80 columns'
awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' "$tmp/out" ||
    wrong 'too long'

it 'says where to begin'
run "$learn"
status 0
says notes/a01_futures.md
says 'run a01_futures'
says 'check a01_countdown'

# as_editors_do FILE: compile it with the flags that stand beside it
# shellcheck disable=SC2317 # called by run
as_editors_do() {
    file=$1
    set --
    while read -r flag; do
        set -- "$@" "$flag"
    done <"${file%/*}/compile_flags.txt"
    "$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")" \
        "$@" -fsyntax-only "$file"
}

while read -r kind room name needs; do
    [ "$kind" = exercise ] || continue
    it "rejects $name as it is shipped"
    run "$learn" check "$name"
    status 1
    says TODO
    it "lets editors see $name as it is compiled"
    run as_editors_do "$LEARN_WORK/$name.c"
    status 0
    lines 0
    it "passes the solution of $name"
    cp "$room/solutions/$name.c" "$LEARN_WORK/$name.c"
    run "$learn" check "$name"
    status 0
    run "$learn" list
    says "[x] $name"
    run "$learn" hint "$name"
    status 0
    says "$name, hint 1 of 3"
    break # the tests of the exercises do the same to each of them
done <"$build/course.txt"

done_testing
