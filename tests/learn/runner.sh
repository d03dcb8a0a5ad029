#!/bin/sh
# runner.sh LEARN: the course runner in a course that is only played.
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"

# shellcheck source=tests/learn/played_course.sh
. "$(dirname "$0")/played_course.sh"

it 'says where you stand, and what is next'
run "$learn"
status 0
says '0 of 2 programs run, 0 of 2 exercises passed'
says 'read   notes/a01_one.md'
says './learn run a01_first'
says 'What is first?'
says './learn check a01_box'

it 'lists every program and exercise, with its question'
run "$learn" list
status 0
says 'a01_one  the first room'
says '[ ] a01_first              What is first?'
says '[ ] a01_second             What comes second?'
says '[ ] a01_urls               not built: it needs libcurl'
says '[ ] a01_box                A a01_box'
says '[ ] a02_first              Two'

it 'lists one room'
run "$learn" list a02
says a02_first
says_not a01_first
run "$learn" list a09
status 2
lines 1

it 'runs a program, with its arguments and its exit status'
run "$learn" run a01_second --count 'two words'
status 7
says 'a01_second --count two words'
lines 1
grep -q 'target a01_second' "$tmp/built" || wrong 'did not build it first'
grep -qx 'ran a01_second' "$progress" || wrong 'did not record it'

it 'says so when nobody can read it'
if [ -c /dev/full ]; then
    "$learn" list >/dev/full 2>"$tmp/out"
    status=$?
    status 1
    lines 1
fi
run "$learn" list
"$learn" list >&- 2>&- <&-
status=$?
status 0

it 'leaves help to the script'
printf '#!/bin/sh\necho "script: $*"\n' >learn
chmod +x learn
for words in --help --version 'check --help' 'list -h'; do
    # shellcheck disable=SC2086 # words
    run "$learn" $words
    status 0
    says "script: $words"
done
run "$learn" run a01_second --help
says 'a01_second --help'
rm learn

it 'takes short names, and names of files'
run "$learn" run second
status 7
run "$learn" run ./a01_one/a01_second.c
status 7
run "$learn" run a01_sec
status 7

it 'asks which, if a short name fits two'
run "$learn" run first
status 2
lines 1
says 'a01_first, a02_first'

it 'names the nearest, if none fits'
run "$learn" run a01_secnod
status 2
lines 1
says 'did you mean a01_second?'
run "$learn" check a01_bax
status 2
lines 1
says 'did you mean a01_box?'
run "$learn" chekc
status 2
lines 1
says 'did you mean check?'

it 'suggests nothing that is far'
for words in 'run nothing' 'check xyz' 'frobnicate'; do
    # shellcheck disable=SC2086 # words
    run "$learn" $words
    status 2
    lines 1
    says_not 'did you mean'
done

it 'knows programs from exercises'
run "$learn" run a01_box
status 2
lines 1
says './learn check a01_box'
run "$learn" a01_first
status 2
lines 1
says './learn run a01_first'

it 'says what a skipped program needs'
run "$learn" run a01_urls
status 1
says libcurl

it 'shows what the compiler says, and does not run the old program'
: >"$tmp/broken"
run "$learn" run a01_second
status 1
lines 1
says 'x.c:1: error: the compiler speaks'
run env CLICOLOR_FORCE=1 "$learn" run a01_second
lines 1
says 'x.c:1: error: the compiler speaks'
rm "$tmp/broken"

it 'makes the answer on first use; it does not pass yet'
run "$learn" check
status 1
says 'Made work/a01_box.c'
says 'test a01_one/exercises/a01_box.test.c of work/a01_box.c'
says './learn hint a01_box'
same a01_one/exercises/a01_box.c work/a01_box.c

it 'tells editors how to compile it, and leaves that alone after that'
cat >"$tmp/flags" <<END
-std=c11
-D_POSIX_C_SOURCE=200809L
-I$course/include
-I$course
-I$course/tools/exercise
-include
todo.h
END
same "$tmp/flags" work/compile_flags.txt
echo -Wall >>work/compile_flags.txt
echo -Wall >>"$tmp/flags"
run "$learn" check a01_wake
says 'Made work/a01_wake.c'
same "$tmp/flags" work/compile_flags.txt
rm work/a01_wake.c

it 'leaves the answer alone after that'
echo mine >>work/a01_box.c
run "$learn" check a01_box
says_not Made
grep -q mine work/a01_box.c || wrong 'the answer is lost'

it 'gives one hint more each time'
run "$learn" hint
says 'a01_box, hint 1 of 3'
says 'A question.'
says_not 'Where to look.'
run "$learn" hint
says 'Where to look.'
says_not 'Nearly the answer.'
run "$learn" solution a01_box
status 1
says_not right
run "$learn" hint
says 'Nearly the answer.'
run "$learn" hint
says 'Nearly the answer.'
says './learn solution a01_box'

it 'shows the solution after the last hint'
run "$learn" solution a01_box
status 0
says right

it 'records a pass, and goes on to the next exercise'
cp a01_one/solutions/a01_box.c work/a01_box.c
run "$learn" check
status 0
says '[x] a01_box passed'
says './learn check a01_wake'
grep -qx 'passed a01_box [0-9a-f]*' "$progress" || wrong 'did not record it'
run "$learn" list
says '[x] a01_box'

it 'checks all'
run "$learn" check --all
status 1
says '1 passed, 0 failed, 1 not begun'
echo no >work/a01_wake.c
run "$learn" check --all
status 1
says '1 passed, 1 failed, 0 not begun'
cp a01_one/solutions/a01_wake.c work/a01_wake.c
run "$learn" check --all
status 0
says '2 passed, 0 failed, 0 not begun'

it 'refuses names that it would ignore'
run "$learn" check --all a01_wake
status 2
says 'check takes names or --all, not both'
run "$learn" reset a01_wake a01_box
status 2
says 'reset takes one name, and here are more'

it 'has nothing to check when all is passed, and says where to go on'
run "$learn" check
status 0
lines 1
run "$learn"
status 0
says 'You have passed all 2 exercises'
says 'Where to go on'

it 'checks several, each'
cp a01_one/exercises/a01_wake.c work/a01_wake.c
run "$learn" check box wake
status 1
says '[x] a01_box'
says '[!] a01_wake'
says '1 passed, 1 failed'
run "$learn" check box nothing
status 2
lines 1
cp a01_one/solutions/a01_wake.c work/a01_wake.c
run "$learn" check box wake
status 0

it 'begins again, and keeps the old answer'
run "$learn" reset a01_box
status 0
says 'work/a01_box.c.old'
same a01_one/exercises/a01_box.c work/a01_box.c
same a01_one/solutions/a01_box.c work/a01_box.c.old
! grep -q a01_box "$progress" || wrong 'it still counts as passed'
run "$learn" reset a01_box
status 0
same a01_one/solutions/a01_box.c work/a01_box.c.old
echo second >work/a01_box.c
run "$learn" reset a01_box
same a01_one/solutions/a01_box.c work/a01_box.c.old
grep -qx second work/a01_box.c.old2 || wrong 'the second answer is not kept'
run "$learn" reset
status 2

it 'stops at Ctrl-C, and leaves nothing running'
echo slow >work/a01_box.c
"$learn" check a01_box >"$tmp/out" 2>&1 &
pid=$!
eventually test -s work/a01_box.c.pid || wrong 'did not start'
kill -INT $pid
wait $pid
status=$?
status 130
# shellcheck disable=SC2317 # called by eventually
gone() {
    ! kill -0 "$(cat work/a01_box.c.pid)" 2>/dev/null
}
eventually gone || wrong 'the test runs on'
rm work/a01_box.c.pid

it 'has no watch mode without a terminal'
run "$learn" watch
status 2
lines 1

it 'keeps the answers elsewhere if told so'
run env LEARN_WORK="$tmp/mine" "$learn" check a01_wake
says "Made $tmp/mine/a01_wake.c"
same a01_one/exercises/a01_wake.c "$tmp/mine/a01_wake.c"

it 'works from any folder, also with answers in a folder of that one'
cd "$tmp" || exit 1
run "$learn" check a01_wake
status 0
says "test a01_one/exercises/a01_wake.test.c of work/a01_wake.c"
run env LEARN_WORK=here/and/there "$learn" check a01_wake
status 1
says "Made $tmp/here/and/there/a01_wake.c"
cd "$course" || exit 1

# ---- Progress ----------------------------------------------------------------

# passes NAME…: a progress file in which they are passed
passes() {
    for name in "$@"; do
        cp "a01_one/solutions/$name.c" work/
        "$learn" check "$name" >/dev/null 2>&1
    done
}

it 'sets a damaged progress file aside, and keeps what can be read'
rm -f work/progress*
passes a01_wake
{
    sed 's/$/\r/' "$progress"
    printf '\000\377\nran\n%0300d\nhint a01_box x y\npassed a01_b' 0
} >"$tmp/damaged"
cp "$tmp/damaged" "$progress"
run "$learn" list
status 0
says '[x] a01_wake'
says '[ ] a01_box'
says 'was damaged and is renamed to'
same "$tmp/damaged" work/progress.damaged
run "$learn" list
says_not damaged
says '[x] a01_wake'
rm "$progress"
mkdir "$progress"
run "$learn" check a01_wake
status 0
says 'was damaged'
grep -q a01_wake "$progress" || wrong 'the pass is lost'

it 'loses nothing when several write at once'
rm -rf work/progress*
for _ in 1 2 3 4 5 6 7 8; do
    for name in a01_box a01_wake; do
        "$learn" hint $name >/dev/null 2>&1 &
    done
    "$learn" run a02_first >/dev/null 2>&1 &
    "$learn" run a01_second >/dev/null 2>&1 &
    "$learn" check a01_wake >/dev/null 2>&1 &
    "$learn" run a01_first >/dev/null 2>&1 &
    wait
done
for mark in 'hint a01_box 3' 'hint a01_wake 0' 'ran a02_first' 'ran a01_first' \
    'ran a01_second'; do
    grep -qx "$mark" "$progress" || wrong "lost: $mark"
done
grep -qx 'passed a01_wake [0-9a-f]*' "$progress" || wrong 'the pass is lost'
[ "$(find work -name 'progress*' | wc -l)" -eq 1 ] || wrong "$(ls work)"

it 'checks a pass again when the test has changed, and it can be lost'
rm -rf work/progress*
passes a01_box a01_wake
echo '/* stricter */' >>a01_one/exercises/a01_wake.test.c
echo '/* stricter */' >>a01_one/exercises/a01_box.c
run "$learn" list
says 'its test has changed since'
echo wrong >work/a01_box.c
run "$learn" check
says '[!] a01_box'
says '[x] a01_wake'
run "$learn" list
says '[x] a01_wake'
says '[ ] a01_box'
grep -qx wrong work/a01_box.c || wrong 'the answer is lost'

it 'says once what it cannot keep on a full disk, and shows it all the same'
if mkdir "$tmp/full" && mount -t tmpfs -o size=16k none "$tmp/full" 2>/dev/null
then
    head -c 100000 /dev/zero >"$tmp/full/zeros" 2>/dev/null
    run env LEARN_WORK="$tmp/full" "$learn" hint a01_wake
    status 0
    says 'cannot write'
    says 'No space left'
    umount "$tmp/full"
else
    echo 'skipped: a full disk needs the right to mount'
fi

it 'offers what is for a second reading when all else is done'
mkdir "$tmp/again"
cp build/course.txt "$tmp/course.txt"
sed -e 's/a01_box$/& second/' -e 's/a01_first$/& second/' "$tmp/course.txt" \
    >build/course.txt
run env LEARN_WORK="$tmp/again" "$learn"
says 'run a01_second'
says 'check a01_wake'
run env LEARN_WORK="$tmp/again" "$learn" list a01
says 'check NAME, for a second reading'
cp a01_one/solutions/a01_wake.c "$tmp/again"
run env LEARN_WORK="$tmp/again" "$learn" check
status 0
says a01_wake
run env LEARN_WORK="$tmp/again" "$learn"
says 'run a01_first'
says 'check a01_box'
cp "$tmp/course.txt" build/course.txt

it 'says what is wrong with a broken build'
mv build/course.txt build/course
run "$learn" list
status 1
lines 1
mv build/course build/course.txt
mv build/exercise.sh build/exercise
run "$learn" check a01_wake
status 2
says 'exercise.sh'
says_not 'Stuck?'

done_testing
