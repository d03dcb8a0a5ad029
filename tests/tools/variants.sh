#!/bin/sh
# Tests of tools/variants: variants.sh, mistake.sh and try.sh.
# shellcheck disable=SC2016  # quotes and dollars here are text
set -u
tools=$(cd "$(dirname "$0")/../.." && pwd)/tools/variants
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

# The block NAME of what is read from stdin makes this of the source.
makes() { # WHAT NAME RESULT
    cat >x.variants
    "$tools/variants.sh" apply x.variants "$2" source >message 2>&1 ||
        not_ok "$1"
    [ "$(tr '\n' '/' <message)" = "$3" ] || not_ok "$1: should be $3"
}

# It fails, and prints this one line and nothing else.
fails() { # WHAT NAME MESSAGE
    cat >x.variants
    "$tools/variants.sh" apply x.variants "$2" source >message 2>&1 &&
        not_ok "$1"
    [ "$(cat message)" = "$3" ] || not_ok "$1: should say: $3"
}

printf 'a\n    b\\n & c\n\na\nd\n' >source
cat >two.variants <<'END'
# Two blocks.

= first
! words
-    b\n & c
+    B\t & C

= second
! more words
 a
-d
+# e
END

# ---- What a block does ------------------------------------------------------

makes lines_are_replaced first 'a/    B\t & C//a/d/' <two.variants
makes lines_beside_it_stay second 'a/    b\n & c//a/# e/' <two.variants
printf '= x\n! w\n+new\n+\n-\n-a\n d\n' |
    makes lines_are_put_in_and_taken_out x 'a/    b\n & c/new//d/'
printf '= x\n! w\n-d\n\n-    b\\n & c\n' |
    makes several_changes_in_any_order x 'a//a/'
printf '= x\n! w\n-d\n+D\n@ other.h\n-z\n+Z\n' |
    makes a_change_of_another_file_is_left_out x 'a/    b\n & c//a/D/'
printf '= x\n$ ./x --fast\n> done\n' |
    makes a_command_needs_no_change x 'a/    b\n & c//a/d/'

# ---- What is wrong in a file ------------------------------------------------

printf '= x\n! w\n-nothing\n' |
    fails what_is_nowhere x \
        'x.variants:3: x: the text to be found here stands nowhere in source'
printf '= x\n! w\n\n-a\n+b\n' |
    fails what_is_there_twice x \
        'x.variants:4: x: the text to be found here stands 2 times in source, in lines 1, 4'
printf '= x\n! w\n-   b\\n & c\n' |
    fails indentation_counts x \
        'x.variants:3: x: the text to be found here stands nowhere in source'
printf '= x\n! w\n-a\n-d\n\n-d\n+e\n' |
    fails two_changes_of_one_line x 'x.variants:6: x: two changes of the same line 5'
printf '= x\n! w\n+a\n' | fails nothing_to_find x \
    'x.variants:3: nothing to find: begin with a line that stands beside it'
printf '= x\n! w\n a\n-d\n+d\n' |
    fails no_change x 'x.variants:3: this changes nothing'
printf '= x\n-d\n' |
    fails nothing_expected x 'x.variants:1: x: say what comes of it, with ! or >'
printf '= x\n! w\n' | fails nothing_done x \
    'x.variants:1: x: say what to change, or a command with $'
fails no_such_block third 'x.variants:1: there is no block third' <two.variants
sed 's/second/first/' two.variants | fails two_of_a_name first \
    'x.variants:8: first stands here twice, first in line 3'
printf '= x y\n! w\n-d\n' |
    fails a_name_of_two_words x 'x.variants:1: a name is made of a-z, 0-9 and _'
printf -- '-d\n' | fails no_name x 'x.variants:1: a change before the first = NAME'
printf '! w\n' | fails no_name_before x 'x.variants:1: a ! before the first = NAME'
printf '= x\n!w\n-d\n' | fails no_blank_behind_a_sign x \
    'x.variants:2: behind ! come a blank and its text'
printf '= x\n! w\n-d\n\nd\n' | fails some_other_line x \
    'x.variants:5: a line begins with one of = ! > $ % @ - + # or a blank'
: | fails an_empty_file x 'x.variants:1: there is no block x'

"$tools/variants.sh" list two.variants >message 2>&1 || not_ok list
[ "$(tr '\n' ' ' <message)" = 'first second ' ] || not_ok list
"$tools/variants.sh" list nowhere >message 2>&1 && not_ok a_file_is_missing
grep -q 'nowhere: cannot be read' message || not_ok a_file_is_missing
"$tools/variants.sh" apply two.variants first >message 2>&1 && not_ok usage
grep -q '^usage: ' message || not_ok usage

# ---- A wrong answer must be rejected in its words ---------------------------

mkdir -p room/mistakes room/solutions room/exercises build
cp source room/solutions/a01_try.c
cp two.variants room/mistakes/a01_try.variants
cat >build/exercise.sh <<'END'
#!/bin/sh
cat verdict
exit $(grep -c FAIL verdict)
END
chmod +x build/exercise.sh

mistake() {
    "$tools/mistake.sh" build room/mistakes/a01_try.variants second \
        >message 2>&1
}
printf '  ok    one\n  FAIL  two\n        so: more\n        words.\n' >verdict
mistake || not_ok words_may_be_folded
[ "$(tail -n 1 build/mistakes/a01_try.second.c)" = '# e' ] ||
    not_ok the_answer_is_the_changed_solution
printf '  ok    more words\n  FAIL  two\n        so\nmore words\n' >verdict
mistake && not_ok words_elsewhere_do_not_count
grep -q 'rejected, but not in the words of its !: more words' message ||
    not_ok words_elsewhere_do_not_count
printf '  ok    more words\n' >verdict
mistake && not_ok what_passes_is_not_rejected
grep -q 'exit status 0, not 1' message || not_ok what_passes_is_not_rejected
sed 's/^! more words/> more words/' two.variants \
    >room/mistakes/a01_try.variants
mistake && not_ok a_mistake_without_words
grep -q 'second: say with ! what the rejection says' message ||
    not_ok a_mistake_without_words

# ---- An experiment must end as it says --------------------------------------

# The compiler: refuses what says so, otherwise makes a script of the source.
cat >compiler <<'END'
#!/bin/sh
shift 4
source=$1
if grep -q refuse "$1"; then
    echo "$1: I refuse, as you said"
    exit 1
fi
while [ "$1" != -o ]; do echo "$1"; shift; done >arguments
shift
{ echo '#!/bin/sh'; cat "$source"; } >"$1"
chmod +x "$1"
END
chmod +x compiler
mkdir room/tries
printf 'echo a 1\necho b\necho c\n' >room/a01_try.c
echo 'echo other' >other.sh

try() { # the block is what stands on stdin
    { echo '= x'; cat; } >room/tries/a01_try.variants
    "$tools/try.sh" build room/tries/a01_try.variants x "$PWD/compiler" -lx \
        >message 2>&1
}

ends() {
    try || not_ok "$1"
}

fails_to_end() { # WHAT MESSAGE
    try && not_ok "$1"
    grep -qF -e "$2" message || not_ok "$1: should say $2"
}

printf '> a <n>\n\n> c\n-echo c\n+echo c # changed\n' | ends lines_in_order
grep -qx -e -lx arguments || not_ok arguments_reach_the_compiler
printf '> a 1\n> c\n-echo c\n+echo c #\n' |
    fails_to_end lines_that_are_not_neighbours '> a 1'
printf '> c\n\n> a 1\n-echo c\n+echo c #\n' |
    fails_to_end lines_in_another_order '> a 1'
printf '> <n><n>\n-echo c\n+echo 7\n' | fails_to_end one_digit_is_not_two '> <n><n>'
printf '> c\n-echo b\n+exit 3\n' | fails_to_end a_failing_run 'status 3, not 0'
printf '! words\n-echo b\n+echo "some   words"; exit 3\n' | ends words_of_a_failure
printf '! words\n-echo b\n+echo words\n' |
    fails_to_end words_without_a_failure 'it does not fail'
printf '! words\n-echo b\n+exit 3\n' |
    fails_to_end a_failure_without_the_words 'it does not say: words'
printf '! I refuse, as\n-echo b\n+refuse\n' | ends the_compiler_refuses
printf '$ ./a01_try  # exits 3\n-echo b\n+exit 3\n' | ends a_status
printf '$ ./a01_try  # exits 4\n-echo b\n+exit 3\n' |
    fails_to_end another_status 'ended with status 3, not 4'
printf '$ X=1 ./a01_try\n$ X=2 ./a01_try\n> 1\n\n> 2\n-echo b\n+echo "$X"\n' |
    ends several_commands
printf '$ no-such-command ./a01_try\n> a 1\n' | try
[ $? -eq 77 ] || not_ok a_command_that_is_not_there_skips_the_test
printf '> a 1\n@ other.sh\n-echo other\n+echo else\n' | ends another_file
[ "$(cat build/tries/a01_try.x/other.sh)" = 'echo else' ] ||
    not_ok another_file_is_changed
exit $bad
