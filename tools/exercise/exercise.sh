#!/bin/sh
# Check one answer:  exercise.sh TEST.c ANSWER.c
# Exit status: 0 passed, 1 not, 2 it could not be checked.
#
# shellcheck disable=SC2034  # what the recorded commands use
# shellcheck disable=SC2317  # run and stop are called from elsewhere
# shellcheck disable=SC3045  # every sh of Linux has these limits
set -u
unset CDPATH LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS GCC_COLORS
export LC_ALL=C
build=$(cd "$(dirname "$0")" && pwd -P) || exit 2
out=
running=

# What is wrong, and what to do.  No fault of the answer's.
cannot() {
    printf 'This answer cannot be checked: %s\n' "$1" >&2
    exit 2
}

# A failure before any test could run: what should hold, and what says no.
failed() {
    echo "  FAIL  $1"
    printf '%s\n' "$2" | sed -e 's/^/        /' -e 's/ *$//'
    exit 1
}

folded() {
    printf '%s\n' "$1" | fold -s -w 70
}

stop() {
    [ -z "$running" ] || kill "$running"
    exit "$1"
}

# In the background, or sh would hear of a signal only afterwards.
attend() {
    "$@" &
    running=$!
    wait "$running"
    set -- $?
    running=
    return "$1"
}

# ---- What is given -----------------------------------------------------------

must_be_a_file() {
    if [ -d "$1" ]; then
        cannot "$1 is a folder.  Move it away, then ./learn reset $name."
    elif [ -L "$1" ] && [ ! -e "$1" ]; then
        cannot "$1 is a link to a file that is not there.  Remove it, then ./learn reset $name."
    elif [ -e "$1" ] && [ ! -f "$1" ]; then
        cannot "$1 is no ordinary file.  Move it away, then ./learn reset $name."
    elif [ ! -f "$1" ]; then
        cannot "there is no file $1."
    elif [ ! -r "$1" ]; then
        cannot "$1 may not be read.  chmod u+r $1 allows it."
    fi
}

# As seen from the top of the course: work/a01_countdown.c
from_root() {
    path=$(cd "$(dirname "$1")" && pwd -P)/${1##*/}
    printf '%s\n' "${path#"$root"/}"
}

if [ $# -ne 2 ]; then
    echo "usage: ${0##*/} TEST.c ANSWER.c" >&2
    exit 2
fi
name=${1##*/} name=${name%.test.c}
must_be_a_file "$1"
must_be_a_file "$2"
if [ ! -f "$build/exercise.link" ] || [ ! -f "$build/libexercise.a" ]; then
    cannot "the course is not built.  ./learn builds it."
fi
root=$(sed -n 's/^root //p' "$build/course.txt")
test=$(from_root "$1")
answer=$(from_root "$2")
cd "$root" 2>/dev/null || cannot "the build folder was moved.  Delete it, then ./learn."
[ "$(ulimit -v)" = unlimited ] ||
    cannot "ulimit -v limits the memory of programs, and AddressSanitizer needs all addresses.  Start a shell without that limit."

[ -s "$answer" ] ||
    failed 'your file is not empty' "It is.  Begin again: ./learn reset $name"
bytes=$(($(wc -c <"$answer")))
[ $bytes -lt 500000 ] ||
    failed 'your file is an answer' "It has $((bytes / 1000)) KB; answers have less than 10."
[ "$(tr -d '\000' <"$answer" | wc -c)" -eq $bytes ] ||
    failed 'your file is text' "$(folded "It holds bytes that are 0: it was saved in another encoding, perhaps UTF-16, or it is no text at all.  Save it as UTF-8, or begin again: ./learn reset $name")"

# ---- What no compiler sees ---------------------------------------------------

# Includes of what is no file would keep the compiler waiting.
includes() {
    sed -n 's/^[ 	]*#[ 	]*include[ 	]*["<]\([^">]*\)[">].*/\1/p' "$answer" |
        while IFS= read -r file; do
            for path in "$file" "${answer%/*}/$file" "include/$file"; do
                if [ -e "$path" ] && [ ! -f "$path" ]; then
                    echo "#include \"$file\": this is no ordinary file."
                    break
                fi
            done
        done
}

switches() {
    awk '/no_sanitize|__asan_|__ubsan_|__sanitizer_/ {
        print FILENAME ":" FNR ": this hides mistakes from the sanitizers. " \
            "Take it out." }' "$answer"
}

found=$(includes)
[ -z "$found" ] || failed 'your file includes files' "$found"
found=$(switches)
[ -z "$found" ] || failed 'nothing is switched off' "$(folded "$found")"
found=$(awk -f tools/check_async.awk "$answer") ||
    failed 'async functions keep to the rules' "$(folded "$found")"

# ---- Compiling ---------------------------------------------------------------

out=$(mktemp -d "${TMPDIR:-/tmp}/exercise.XXXXXX" 2>/dev/null) ||
    cannot "no folder can be made in ${TMPDIR:-/tmp}.  Set TMPDIR to a folder that exists, may be written, and has room."
trap 'rm -rf "$out"' EXIT
trap 'stop 130' INT
trap 'stop 143' TERM HUP

# A path that C would take for another one.
case $answer in
*[\"\\]*)
    ln -s "$answer" "$out/$name.c"
    answer=$out/$name.c
    ;;
esac

# For the commands that CMake handed over: backstops of minutes.
run() {
    ulimit -t 100
    if command -v timeout >/dev/null; then
        exec timeout 300 "$@"
    fi
    exec "$@"
}

# $source to $object
compile() {
    # shellcheck disable=SC2086,SC1091  # the flags are words
    (
        set -- $colour ${EXERCISE_CFLAGS-} -iquote . \
            -include todo.h -DANSWER="\"$answer\"" "$@"
        . "$build/exercise.compile"
    ) 2>&1 </dev/null
}

link() {
    # shellcheck disable=SC1091
    (. "$build/exercise.link") 2>&1 </dev/null
}

# says WORDS…: the compiler says one of these
says() {
    for words in "$@"; do
        case $plain in *"$words"*) return 0 ;; esac
    done
    return 1
}

# A failure that is not the answer's ends here: machinery STATUS
machinery() {
    if [ "$1" -eq 153 ] || says 'File size limit exceeded'; then
        cannot "ulimit -f limits the size of files.  Start a shell without that limit."
    fi
    if says 'No space left on device' 'error writing to'; then
        cannot "there is no room left in ${TMPDIR:-/tmp}.  Make room there, or set TMPDIR to another folder."
    fi
    case $1 in
    124 | 137 | 152) cannot "the compiler found no end.  Does the answer include something odd?" ;;
    126 | 127) cannot "the compiler is gone.  Delete the folder build, then ./learn." ;;
    esac
    # All else is about a line of a source, or about a name.
    if says 'internal compiler error' ||
        ! printf '%s\n' "$plain" | grep -q ':[0-9][0-9]*: .*error: ' &&
        ! says 'undefined reference' 'multiple definition' \
            'undefined symbol' 'duplicate symbol'; then
        printf '%s\n' "$plain" >&2
        cannot "the compiler failed by itself, see above."
    fi
}

# ---- What the compiler says, in other words ----------------------------------

# Without the way from the test to the answer.
tidy() {
    sed -e '/^In file included from /d' -e '/^                 from /d' \
        -e '/compilation terminated/d' -e '/^[0-9]* errors* generated/d' \
        -e '/too many errors emitted/d' -e 's|^\([^ ./]*\)\./|\1|'
}

# Lines FILE:LINE:… error: of the answer, or of the test.
errors_in() {
    printf '%s\n' "$plain" | tidy |
        file="$1:" awk 'index($0, ENVIRON["file"]) == 1 && / (fatal )?error: /'
}

# The line of the answer that the first error is about.
line_at_fault() {
    n=$(errors_in "$answer" | sed -n '1s/^[^:]*:\([0-9]*\):.*/\1/p')
    [ -z "$n" ] || sed -n "${n}p" "$answer"
}

explain() {
    case $(errors_in "$answer" | head -n 1) in
    *'mixed declarations and code'* | *'mixing declarations and code'* | \
        *'jump bypasses variable'* | *'jumps over variable init'* | \
        *'may be uninit'*'conditional-u'* | *'switch jumps into scope'*)
        case $(line_at_fault) in
        *static*)
            echo 'All futures of this kind share a static variable.  Put what each'
            echo 'one needs into its frame, the struct.'
            ;;
        *)
            echo 'no local variable lives across an AWAIT: when poll() returns, C'
            echo 'forgets it.  Put it into the frame, the struct; or, if there is no'
            echo 'AWAIT while you need it, into { } of its own.'
            ;;
        esac
        echo
        ;;
    *'expected expression'*)
        case $(line_at_fault) in
        *[=\(,]*AWAIT* | *return*AWAIT*)
            echo 'AWAIT is a statement and has no value.  When it is over, the result'
            echo 'is in the struct that was awaited:'
            echo '    AWAIT(work(&self->work));'
            echo '    x = self->work.result;'
            echo
            ;;
        esac
        ;;
    esac
}

# The first error is in the test, and none is in the answer: what did the test
# find changed?
changed() {
    [ -z "$(errors_in "$answer")" ] || return 1
    # clang names the function only in the note behind the error.
    called=$(printf '%s\n' "$plain" |
        sed -n "s/.*note: '\([A-Za-z_0-9]*\)' declared here.*/\1/p" | head -n 1)
    errors_in "$test" | sed -n \
        -e "/redefinition of 'main'/{s/.*/Your file defines main(): the test has one.  Take yours out./p;q;}" \
        -e "s/.*implicit declaration of function '\([a-z_0-9]*\)'.*/The test calls \1(), and your file has no such function: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*\(undeclared function\|undeclared identifier\) '\([A-Za-z_0-9]*\)'.*/The test uses \2, and your file has no such name: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*error: '\([A-Za-z_0-9]*\)' undeclared.*/The test uses \1, and your file has no such name: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*'\(const \)*\(struct [a-z_0-9]*\)[^']*' has no member named '\([a-z_0-9]*\)'.*/The test looks at \3 in \2, and yours has no such member: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*no member named '\([a-z_0-9]*\)' in '\(struct [a-z_0-9]*\)'.*/The test looks at \1 in \2, and yours has no such member: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*error: too \(few\|many\) arguments to function '\([a-z_0-9]*\)'.*/The test calls \2() with other arguments than yours takes: they must stay as they were./p;t quit" \
        -e "s/.*error: too \(few\|many\) arguments to function call.*/The test calls ${called:-a function of yours}${called:+()} with other arguments than yours takes: they must stay as they were./p;t quit" \
        -e "s/.*'\(struct [a-z_0-9]*\)'.*/The test needs \1, and your file has none: was it renamed?  What was there must keep its name./p;t quit" \
        -e "s/.*storage size of .* isn't known.*/A struct that the test needs is not in your file: was it renamed?  What was there must keep its name./p;t quit" \
        -e 'b' -e ':quit' -e 'q'
}

failed_to_compile() {
    plain=$(printf '%s\n' "$said" | sed "s/$(printf '\033')\[[0-9;]*[mK]//g")
    machinery "$1"
    found=$(changed)
    [ -z "$found" ] ||
        failed 'your file has what the test needs' "$(folded "$found")"
    failed 'your file compiles' "$(explain && printf '%s\n' "$said" | tidy | head -n 60)"
}

colour=
if { [ -t 1 ] || [ -n "${CLICOLOR_FORCE-}" ]; } && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
    colour=-fdiagnostics-color=always
fi
source=$test object=$out/test.o program=$out/test
said=$(compile)
status=$?
if [ $status -ne 0 ]; then
    # A missing } shows up far behind, in the test; alone it does not.
    source=$answer object=$out/answer.o
    alone=$(compile -fsyntax-only) || said=$alone
    failed_to_compile $status
fi
[ -z "$said" ] || printf '%s\n' "$said" | tidy
said=$(link) || failed_to_compile $?
[ -z "$said" ] || printf '%s\n' "$said"

# ---- Running -----------------------------------------------------------------

# A static shows in many ways, and mostly as something else: so name it.  These
# are the variables in memory that can be written, if the answer declares them
# and the file as it came does not.
shared() {
    given=${test%.test.c}.c
    [ -f "$given" ] || given=/dev/null
    objdump -t "$object" 2>/dev/null |
        sed -n 's/.* O \.t*\(bss\|data\|data\.rel\|data\.rel\.local\)	.* //p' |
        sed -e 's/\.[0-9]*$//' -e 's/.*\.//' | sort -u |
        while IFS= read -r name; do
            declares="(^[A-Za-z_]|static )[^(]*\\<$name\\>"
            line=$(grep -nE "$declares" "$answer" | head -n 1)
            [ -z "$line" ] || grep -qE "$declares" "$given" ||
                echo "$answer:${line%%:*}: \`$name\` is one variable for all uses: two at the same time share it, and it keeps its value from one use to the next.  Keep what belongs to one in its struct."
        done | head -n 2 | fold -s -w 70
}

[ -x "$program" ] ||
    cannot "programs may not run in ${TMPDIR:-/tmp}.  Set TMPDIR to another folder."
attend "$program"
case $? in
90) exit 0 ;;
91)
    shared | sed -e 's/^/        /' -e 's/ *$//'
    exit 1
    ;;
*) cannot "its test did not come to an end; what it said is above." ;;
esac
