# played_course.sh: to be sourced, after expect.sh, with the runner as $1: a
# course of three programs and two exercises, all of them small shell scripts,
# with a cmake that builds nothing.  Its exercises pass with what is "right",
# and take long over what is "slow".
# shellcheck shell=sh disable=SC2034,SC2154 # shared with the files around it

course=$tmp/course
learn=$course/build/bin/learn
mkdir -p "$course/build/bin" "$course/a01_one/exercises" \
    "$course/a01_one/hints" "$course/a01_one/solutions" "$course/a02_two" \
    "$course/notes" "$tmp/bin"
cp "$1" "$learn" # LEARN
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
    cat >"$course/a01_one/exercises/$name.c" <<END
/* Exercise: a $name.
 *
 * Read:   notes/a01_one.md, "$name"
 * Why:    So that a line of this comment is long enough for a page of notes
 *         to follow it.
 * Rules:  No rules are as good as those that nobody has to follow: what counts,
 * Build:  Nothing.
 */
TODO
END
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
# Passes what is right; takes its time over what is slow, some over what is late.
# An answer with a verdict in it gets this verdict.
if grep -q '^  FAIL' "$2"; then
    cat "$2"
    exit 1
fi
echo "test $1 of $2"
if grep -q slow "$2"; then
    echo $$ >"$2.pid"
    sleep 300
fi
grep -q late "$2" && sleep 1
grep -q right "$2"
END
printf '#!/bin/sh\necho "$*" >>"%s/built"\nif [ -f "%s/broken" ]; then\n' \
    "$tmp" "$tmp" >"$tmp/bin/cmake"
cat >>"$tmp/bin/cmake" <<'END'
    echo '[1/2] Building C object x.o'
    if [ -n "${CLICOLOR_FORCE-}" ]; then
        printf '\033[31mFAILED: \033[0mx.o\n'
    else
        echo 'FAILED: x.o'
    fi
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
