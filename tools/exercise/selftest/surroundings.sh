#!/bin/bash
# Tests of build/exercise.sh: what is wrong around an answer, or with its text,
# is told in a sentence of its own, and only the answer's faults are the
# answer's.   surroundings.sh BUILD
set -u
build=$1
here=$(cd "$(dirname "$0")/../../.." && pwd)
exercises=$here/a01_futures/exercises
test=$exercises/a01_countdown.test.c
right=$here/a01_futures/solutions/a01_countdown.c
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
answer=$PWD/a01_countdown.c
bad=0
export TMPDIR=$PWD

# check STATUS WORDS [ANSWER]
check() {
    # shellcheck disable=SC2086 # $under is words
    found=$(${under-} "$build/exercise.sh" "$test" "${3-$answer}" 2>&1 </dev/null)
    status=$?
    if [ $status -ne "$1" ]; then
        echo "$what: exit status $status, not $1:"
        echo "$found"
        bad=1
    elif ! echo "$found" | tr -s ' \n' '  ' | grep -qF -- "$2"; then
        echo "$what: no word of \"$2\" in:"
        echo "$found"
        bad=1
    fi
    [ -z "$(ls -d "$TMPDIR"/exercise.* 2>/dev/null)" ] || {
        echo "$what: left $(ls -d "$TMPDIR"/exercise.*)"
        bad=1
    }
}

fresh() {
    rm -rf "$answer"
    cp "$right" "$answer"
}

# with SED-COMMAND: the right answer, changed
with() {
    sed "$1" "$right" >"$answer"
    ! cmp -s "$right" "$answer" || {
        echo "$what: sed $1 changes nothing"
        bad=1
    }
}

what='a right answer'
fresh
check 0 'ok'

# ---- The machinery's fault, not the answer's: exit status 2 ------------------

what='no such answer'
check 2 'there is no file' "$PWD/none.c"

what='a link to nothing'
rm -f "$answer"
ln -s "$PWD/none.c" "$answer"
check 2 'is a link to a file that is not there'
rm "$answer"

what='a folder'
rm -f "$answer"
mkdir "$answer"
check 2 'is a folder. Move it away'
rmdir "$answer"

what='a fifo'
mkfifo "$answer"
check 2 'is no ordinary file'
rm "$answer"

what='an answer that may not be read'
fresh
chmod 000 "$answer"
[ -r "$answer" ] || check 2 'may not be read. chmod u+r'
fresh

what='TMPDIR is missing'
TMPDIR=$PWD/none check 2 'no folder can be made in'

what='a limit on memory'
(ulimit -v 4000000 && check 2 'ulimit -v' && exit $bad) || bad=1

what='a limit on files'
(ulimit -f 20 && check 2 'ulimit -f' && exit $bad) || bad=1

what='a compiler that fails by itself'
EXERCISE_CFLAGS=-no-such-option check 2 'the compiler failed by itself'

if mkdir small && mount -t tmpfs -o size=64k none small 2>/dev/null; then
    what='a full TMPDIR'
    TMPDIR=$PWD/small check 2 'there is no room left in'
    umount small
fi
if mkdir noexec && mount -t tmpfs -o noexec none noexec 2>/dev/null; then
    what='TMPDIR on a file system without programs'
    TMPDIR=$PWD/noexec check 2 'programs may not run in'
    umount noexec
fi

# ---- A parent that has blocked signals, and ignores the ends of children -----

under='timeout -k 1 60 env --ignore-signal=CHLD'
under="$under --block-signal=INT,TERM,HUP,ALRM,VTALRM,PROF,XCPU"
if $under true 2>/dev/null; then
    what='blocked signals, and a right answer'
    fresh
    check 0 'ok'
    what='blocked signals, and an endless loop'
    with 's/^{/{ for (volatile int i = 0;; i++) if (i == 5) i = 0;/'
    check 1 'countdown() runs and runs: a loop that never ends'
    fresh
fi
unset under

# ---- Odd, and fine: exit status 0 --------------------------------------------

what='CDPATH'
CDPATH=.:/tmp check 0 'ok'
what='LD_PRELOAD'
LD_PRELOAD=libuv.so.1 check 0 'ok'
what='options of the sanitizers'
ASAN_OPTIONS=halt_on_error=0 UBSAN_OPTIONS=halt_on_error=0 check 0 'ok'
what='another language'
LANG=de_DE.UTF-8 LANGUAGE=de check 0 'ok'
what='TMPDIR with a blank and a quote'
mkdir "t m'p"
TMPDIR="$PWD/t m'p" check 0 'ok'
for folder in 'with blank' "Anna's" '[x]' 'a*b' 'q"r' 'b\c'; do
    what="the answer in $folder"
    mkdir -p "$folder"
    cp "$right" "$folder"
    check 0 'ok' "$PWD/$folder/a01_countdown.c"
done
what='CRLF'
sed 's/$/\r/' "$right" >"$answer"
check 0 'ok'
what='no newline at the end'
printf %s "$(cat "$right")" >"$answer"
check 0 'ok'
what='100 KB of printf'
with 's/^    \*self = .*/    static int i;\n    for (; i < 2000; i++)\n        printf("%050d\\n", i);\n&/'
check 0 'ok'

# ---- The answer's text: exit status 1 ----------------------------------------

what='an empty file'
: >"$answer"
check 1 './learn reset a01_countdown'

what='2 MB of noise'
head -c 2000000 /dev/urandom >"$answer"
check 1 'answers have less than 10'

what='some noise'
head -c 20000 /dev/urandom >"$answer"
check 1 'it is no text at all'

what='UTF-16'
sed 's/./&\x00/g' "$right" >"$answer"
check 1 'perhaps UTF-16'

what='a byte order mark'
{
    printf '\357\273\277'
    cat "$right"
} >"$answer"
check 0 'ok'

what='an include of a fifo'
mkfifo fifo
with '1i #include "fifo"'
check 1 '#include "fifo": this is no ordinary file'

what='many errors'
{
    cat "$right"
    for i in 1 2 3 4 5 6; do echo "int f$i(void) { return none$i; }"; done
} >"$answer"
check 1 "'none3'" # undeclared, or an undeclared identifier
[ "$(echo "$found" | grep -c 'error:')" = 3 ] || {
    echo "$what: not three errors: $found"
    bad=1
}

what='a function that was renamed'
with 's/countdown_tick/tick/'
check 1 'The test calls countdown_tick(), and your file has no such function'
what='a member that was renamed'
with 's/\bleft\b/rest/g'
check 1 'The test looks at left in struct countdown'
what='a struct that was renamed'
with 's/struct countdown/struct counter/g'
check 1 'The test needs struct countdown'
what='other arguments'
with 's/countdown_tick(struct countdown \*\([a-z]*\))/countdown_tick(struct countdown *\1, int n)/; s/^    self->left--/    (void)n;\n&/'
check 1 'The test calls countdown_tick() with other arguments'
what='a main'
{
    cat "$right"
    echo 'int main(void) { return 0; }'
} >"$answer"
check 1 'Your file defines main()'

# An async function, for what else can be wrong in one.
async() {
    cat "$right"
    cat <<END
#include "async.h"
struct twice {
    struct async async;
    struct countdown one;
    int sum;
};
static enum poll twice_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct twice);
    $1
    ASYNC_END;
}
static const struct future_ops twice_ops = ASYNC_OPS(twice);
END
}
what='the value of AWAIT'
async 'self->sum = AWAIT(countdown(&self->one, 2));' >"$answer"
check 1 'AWAIT is a statement and has no value'
what='a local across AWAIT'
async 'AWAIT(countdown(&self->one, 2)); int i = 0; self->sum = i;
    AWAIT(countdown(&self->one, 2));' >"$answer"
check 1 'ives across an AWAIT'

exit $bad
