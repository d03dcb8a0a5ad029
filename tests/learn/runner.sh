#!/bin/sh
# runner.sh LEARN: the course runner in a course of three programs and two
# exercises, all of them small shell scripts, with a cmake that builds nothing.
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"

course=$tmp/course
learn=$course/build/bin/learn
mkdir -p "$course/build/bin" "$course/a01_one/exercises" \
    "$course/a01_one/hints" "$course/a01_one/solutions" "$course/a02_two" \
    "$course/notes" "$tmp/bin"
cp "$1" "$learn"
cat >"$course/build/course.txt" <<END
root $course
program a01_one a01_first
program a01_one a01_second
skipped a01_one a01_urls libcurl
exercise a01_one a01_box
exercise a01_one a01_wake
program a02_two a02_first
END
printf '/* What is first?\n *\n * More.\n */\n' >"$course/a01_one/a01_first.c"
printf '/* What\n * comes second?\n */\n' >"$course/a01_one/a01_second.c"
printf '/* Two */\n' >"$course/a02_two/a02_first.c"
printf '# a01: the first room\n' >"$course/notes/a01_one.md"
for name in a01_first a01_second a02_first; do
    printf '#!/bin/sh\necho %s "$@"\nexit 7\n' $name >"$course/build/bin/$name"
done
printf '#!/bin/sh\necho the first program\n' >"$course/build/bin/a01_first"
for name in a01_box a01_wake; do
    printf '/* Exercise: a %s.\n */\nTODO\n' $name \
        >"$course/a01_one/exercises/$name.c"
    printf '/* %s */\nright\n' $name >"$course/a01_one/solutions/$name.c"
done
cat >"$course/a01_one/hints/a01_box.md" <<'END'
# 1
A question.

# 2
Where to look.

# 3
Nearly the answer.
END
cat >"$course/build/exercise.sh" <<'END'
#!/bin/sh
# Passes what is right; takes its time over what is slow.
echo "test $1 of $2"
if grep -q slow "$2"; then
    echo $$ >"$2.pid"
    sleep 300
fi
grep -q right "$2"
END
printf '#!/bin/sh\necho "$*" >>"%s/built"\nif [ -f "%s/broken" ]; then\n' \
    "$tmp" "$tmp" >"$tmp/bin/cmake"
cat >>"$tmp/bin/cmake" <<'END'
    echo '[1/2] Building C object x.o'
    echo 'FAILED: x.o'
    echo '/usr/bin/cc -o x.o'
    echo 'x.c:1: error: the compiler speaks'
    echo 'ninja: build stopped'
    exit 1
fi
END
chmod +x "$tmp/bin/cmake" "$course/build/exercise.sh" "$course"/build/bin/*
PATH=$tmp/bin:$PATH
cd "$course" || exit 1
progress=$course/work/progress

it 'runs the first program when it is started for the first time'
run "$learn"
status 0
says 'What is first?'
says 'a01_one/a01_first.c'
says 'the first program'
says 'read   notes/a01_one.md'
says './learn run a01_second'
says 'What comes second?'
says './learn check a01_box'

it 'says where you stand after that'
run "$learn"
status 0
says_not 'the first program'
says '1 of 2 programs run, 0 of 2 exercises passed'

it 'lists every program and exercise, with its question'
run "$learn" list
status 0
says 'a01_one  the first room'
says '[x] a01_first              What is first?'
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
says 'the nearest is a01_second'
run "$learn" check a01_bax
status 2
lines 1
says 'the nearest is a01_box'
run "$learn" chekc
status 2
lines 1
says 'the nearest is check'

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
exercise.h
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
grep -qx 'passed a01_box' "$progress" || wrong 'did not record it'
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

it 'has nothing to check when all is passed'
run "$learn" check
status 0
lines 1

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

it 'watches: each save is checked, and drops the check before it'
"$learn" watch a01_box >"$tmp/out" 2>&1 &
pid=$!
eventually grep -q 'Ctrl-C' "$tmp/out" || wrong 'does not say how to end'
# shellcheck disable=SC2317 # called by eventually
save() {
    echo slow again >work/a01_box.c
    test -s work/a01_box.c.pid
}
eventually save || wrong 'did not check what was saved'
cp a01_one/solutions/a01_box.c work/a01_box.c
eventually grep -q 'a01_box passed' "$tmp/out" || wrong 'did not pass'
eventually gone || wrong 'the dropped check runs on'
kill -INT $pid
wait $pid
status=$?
status 0

it 'keeps the answers elsewhere if told so'
run env LEARN_WORK="$tmp/mine" "$learn" check a01_wake
says "Made $tmp/mine/a01_wake.c"
same a01_one/exercises/a01_wake.c "$tmp/mine/a01_wake.c"

it 'works from any folder'
cd / || exit 1
run "$learn" check a01_wake
status 0
says "test a01_one/exercises/a01_wake.test.c of work/a01_wake.c"
cd "$course" || exit 1

it 'makes the best of a broken progress file'
printf 'passed a01_wake\n\000\377\nran\n%0300d\nhint a01_box x\n' 0 >"$progress"
run "$learn" list
status 0
says '[x] a01_wake'
says '[ ] a01_box'
rm "$progress"
mkdir "$progress"
run "$learn" check a01_wake
status 0
says 'cannot write'
rmdir "$progress"

it 'says what is wrong with a broken build'
mv build/course.txt build/course
run "$learn" list
status 1
lines 1
mv build/course build/course.txt
mv build/exercise.sh build/exercise
run "$learn" check a01_wake
status 1
says 'exercise.sh'

done_testing
