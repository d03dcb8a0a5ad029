#!/bin/sh
# Tests of tools/check_tree.sh, on small courses that break one rule each.
# shellcheck disable=SC2016  # quotes and dollars here are text
set -u
check=$(cd "$(dirname "$0")/../.." && pwd)/tools/check_tree.sh
format=$(cd "$(dirname "$0")/../.." && pwd)/.clang-format
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

# A course that keeps all rules.
fresh() {
    rm -rf a0* include notes tools tests .clang-format learn
    cp "$format" .
    mkdir -p a01_one/exercises a01_one/mistakes a02_two/tests include notes
    mkdir tests tools
    echo '#include <uv.h>' >include/executor.h
    echo '#include "executor.h"' >include/inbox.h
    echo '#include "executor.h"' >a01_one/one.h
    program 'What is one?' >a01_one/a01_one.c
    program 'What is two, and what' 'is it not?' >a02_two/a02_two.c
    echo '#include "a01_one/one.h"' >>a02_two/a02_two.c
    echo '#include "inbox.h"' >>a02_two/a02_two.c
    echo '#include "helper.h"' >a02_two/tests/two.c
    echo '#include "a02_two/two.h"' >tests/all.c
    echo '#include "exercise.h"' >a01_one/exercises/a01_try.c
    echo '#include "exercise.h"' >a01_one/exercises/a01_try.test.c
    async 'return POLL_READY;' >a01_one/mistakes/a01_try.returns.c
    echo 'Run a01_one; then try a01_try.' >notes/a01_one.md
    echo 'Run a02_two.' >notes/a02_two.md
    echo '[1](a01_one.md), [2](a02_two.md#intro)' >notes/README.md
    printf '#!/bin/sh\necho "$1"\n' >learn
}

program() {
    printf '/* %s\n' "$1"
    [ $# = 1 ] || printf ' * %s\n' "$2"
    printf ' *\n * Run:    x\n * Watch:  x\n *\n * Expected output:\n *     x\n'
    printf ' *\n * Try:    x\n */\n'
}

async() {
    printf 'static enum poll x_poll(struct future *f, struct context *cx)\n{\n'
    printf '    ASYNC_BEGIN(struct x);\n    %s\n    ASYNC_END;\n}\n' "$1"
}

lines() {
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "/* line */" }'
}

columns() {
    awk -v n="$1" 'BEGIN { printf "/*"; for (i = 4; i < n; i++) printf "…"
        print "*/" }'
}

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

passes() {
    "$check" . >message 2>/dev/null || not_ok "$1"
    fresh
}

# It says this line, and nothing else.
fails() {
    "$check" . >message 2>/dev/null && not_ok "$1"
    grep -qF -e "$2" message || not_ok "$1: should say $2"
    [ "$(wc -l <message)" -eq 1 ] || not_ok "$1: should say nothing else"
    fresh
}

fresh
passes a_course_that_keeps_all_rules

# ---- Includes ---------------------------------------------------------------

echo '#include "a02_two/two.h"' >>a01_one/one.h
fails rooms_do_not_look_ahead 'a01_one/one.h:2: a02_two/two.h is of a later'
echo '#include "a02_two/two.h"' >>a01_one/exercises/a01_try.test.c
fails nor_do_exercises 'a02_two/two.h is of a later room'
echo '#include "one.h"' >>a01_one/a01_one.c
fails a_block_has_its_full_name 'full name: "aNN_room/one.h"'
echo '#include "a01_one/one.h"' >>include/inbox.h
fails the_executor_knows_no_lesson 'include/inbox.h:2: a header in include/'

echo '#include "inbox.h"' >>include/executor.h
fails no_circle_of_includes 'a circle of includes: '
printf 'int x;\n#include <uv.h>\n' >>include/inbox.h
fails includes_come_first 'include/inbox.h:3: in a header, includes come first'
printf '/* int\n * x; */\n#define x 1\n#include <uv.h>\n' >>include/inbox.h
passes comments_and_macros_may_stand_above
printf '#ifndef ONE\n#define ONE\nint x_; /* y_ */\n#endif\n' >>include/inbox.h
echo 'int a = x_, b = y_;' >>a01_one/one.h
fails private_names_stay_in_their_file \
    'include/inbox.h:4: x_ stands in a01_one/one.h:2, too'
echo 'int x_;' >>a01_one/a01_one.c
echo 'int x_;' >>a02_two/tests/two.c
passes two_programs_may_have_private_names_that_are_alike

# ---- Lengths ----------------------------------------------------------------

for limit in include/executor.h:200 include/wheel.h:200 a01_one/two.h:300; do
    file=${limit%:*} most=${limit#*:}
    lines "$most" >"$file"
    passes "$file may have $most lines"
    lines $((most + 1)) >"$file"
    fails "$file may have no more" "has $((most + 1)) lines, at most $most"
done
lines 191 >>a01_one/a01_one.c
fails a_program_has_200_lines 'a01_one/a01_one.c:201: has 201 lines'

long() {
    printf 'static void x(void)\n{\n'
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "    x();" }'
    printf '}\n\nstruct x {\n    int x;\n};\n'
}
long 40 >a01_one/one.h
passes a_function_may_have_40_lines
long 41 >a01_one/one.h
fails but_no_more 'a01_one/one.h:2: this function has 41 lines'

columns 80 >a01_one/one.h
passes a_line_may_have_80_columns
columns 81 >a01_one/one.h
fails it_may_not_have_more 'a01_one/one.h:1: is 81 columns wide'
{
    program 'What?' | sed "s|^ \*     x|&$(columns 90 | tr -d /)|"
} >a01_one/a01_one.c
passes only_what_a_program_prints_may_be_wider

# ---- Programs, notes, async functions ---------------------------------------

program 'No question' >a01_one/a01_one.c
fails a_program_begins_with_a_question 'a01_one/a01_one.c:1: begin the top'
for section in Run Watch 'Expected output' Try; do
    program 'What?' | grep -v "$section" >a01_one/a01_one.c
    fails "a_program_has_$section" "a01_one.c:1: the top comment has no '$section"
done

echo 'try a01_try' >notes/a01_one.md
fails a_page_names_its_programs 'notes/a01_one.md: says nothing about a01_one'
echo 'a01_one, a01_try_hard' >notes/a01_one.md
fails a_page_names_its_exercises 'says nothing about a01_try'
rm notes/a02_two.md
fails a_room_has_a_page 'notes/a02_two.md: says nothing about a02_two'
echo 'a01_one.md, [2](a02_two.md)' >notes/README.md
fails all_pages_are_listed 'notes/README.md: has no link to a01_one.md'

mkdir a01_one/solutions
printf '/* Exercise: one. */\n' >a01_one/exercises/a01_try.c
printf '/* Exercise: two. */\n' >a01_one/solutions/a01_try.c
fails a_solution_has_the_text_of_its_exercise \
    'a01_try.c: its top comment is not that of a01_one/exercises/a01_try.c'

async 'return POLL_READY;' >a01_one/one.h
fails async_functions_keep_their_rules 'a01_one/one.h:4: leave by ASYNC_RETURN'

# ---- Tools that may not be there --------------------------------------------

if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    printf 'int  a;\nint b;\nint  c;\n' >a01_one/one.h
    fails code_is_formatted 'a01_one/one.h:1: run  clang-format -i a01_one/one.h'
fi
if command -v shellcheck >/dev/null; then
    printf '#!/bin/sh\necho $1\n' >learn
    fails scripts_are_checked 'learn:2:6: note: Double quote'
fi
mkdir bin
for tool in awk sh dirname basename cat find grep sort sed; do
    ln -s "$(command -v $tool)" bin
done
PATH=$PWD/bin "$check" . >message 2>&1 || not_ok without_those_tools_it_passes
grep -q 'not checked: formatting' message || not_ok it_says_what_it_leaves_out
grep -q 'not checked: shell' message || not_ok it_says_what_it_leaves_out
exit $bad
