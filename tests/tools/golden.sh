#!/bin/sh
# Tests of tools/golden.sh.
# shellcheck disable=SC2016,SC1003  # quotes and dollars here are text
set -u
golden=$(cd "$(dirname "$0")/../.." && pwd)/tools/golden.sh
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

# The source: a top comment with the promise read from stdin.
promise() {
    {
        printf '/* What?\n *\n * Run:    ./program\n *\n * Expected output:\n'
        sed -e 's/^/ *     /' -e 's/ *$//'
        printf ' *\n * Try:    another one\n */\nint main(void) { }\n'
    } >source.c
}

# A program that prints what it reads here from stdin.
prints() {
    { echo "#!/bin/sh"; echo "cat <<'END'"; cat; echo END; } >program
    chmod +x program
}

# A program that is this shell script.
does() {
    { echo "#!/bin/sh"; echo "$1"; } >program
    chmod +x program
}

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

passes() {
    "$golden" check program source.c >message 2>&1 || not_ok "$1"
}

# It fails, and among what it says is $2.
fails() {
    if "$golden" check program source.c >message 2>&1; then
        not_ok "$1"
    else
        grep -qF -e "$2" message || not_ok "$1: should say $2"
    fi
}

updates() {
    "$golden" update program source.c >message 2>&1 || not_ok "$1"
}

refuses_to_update() {
    cp source.c before.c
    "$golden" update program source.c >message 2>&1 && not_ok "$1"
    grep -qF -e "$2" message || not_ok "$1: should say $2"
    cmp -s source.c before.c || not_ok "$1: the source was touched"
}

# ---- Literal text -----------------------------------------------------------

nasty='a;b;;c [x] {y} (z) "q" \n \\ $HOME `id` %s & && * . ^ $ | ? + / é …'
printf '%s\n' "$nasty" | promise
printf '%s\n' "$nasty" | prints
passes nasty_characters_are_literal
printf '%s <n>\n' "$nasty" | promise
printf '%s 42\n' "$nasty" | prints
passes nasty_characters_are_literal_beside_a_wildcard
for c in '.' '*' '?' '[a]' 'a|x' '(x)' '^x' 'x$' 'x{1}' '\.' 'x+'; do
    printf '%s <n>\n' "$c" | promise
    echo 'x 1' | prints
    fails "regex_characters_match_only_themselves: $c" "+ *     x 1"
done

printf 'one\n\n\n  two\n' | promise
printf 'one\n\n\n  two\n' | prints
passes empty_lines_and_indentation_count
printf 'one\n\n  two\n' | prints
fails a_missing_empty_line_is_seen 'source.c: the top comment promises'
printf 'one\n\n\n two\n' | prints
fails indentation_is_seen '+ *      two'
printf 'one   \n\n\n  two\n\n\n' | prints
passes blanks_at_the_end_of_a_line_and_lines_at_the_very_end_do_not_count

printf 'one\ntwo\n' | promise
does 'echo one; echo two >&2'
passes stderr_is_output_too
printf 'one\n' | prints
fails a_missing_line_is_seen '- *     two'
printf 'one\ntwo\nthree\n' | prints
fails a_line_too_many_is_seen '+ *     three'
fails the_message_says_how_to_update 'tools/golden.sh update program source.c'
does :
fails a_silent_program_is_seen '- *     one'

# ---- Wildcards --------------------------------------------------------------

printf 'took <n> ms, <n> of <n>.\n' | promise
echo 'took    1,234.5 ms, 3 of 10.' | prints
passes a_number_may_have_blanks_points_and_commas
for line in 'took ms, 3 of 10.' 'took x ms, 3 of 10.' 'took5 ms, 3 of 10.' \
    'took 5ms, 3 of 10.' 'took 5 ms, 3 of 10!' 'took 5 ms, 3 of .' \
    'so took 5 ms, 3 of 10.' 'took 5 6 ms, 3 of 10.'; do
    echo "$line" | prints
    fails "a_number_is_just_one_number: $line" "+ *     $line"
done

printf '  <n> threads (<n> each)\n' | promise
printf '12345 threads (  7 each)\n' | prints
passes a_column_of_numbers_may_grow_to_the_margin

printf 'host <text> has <text>\n' | promise
printf '%s\n' 'host my own box   has $%^&* [] \' | prints
passes text_matches_any_words
echo 'host  has much' | prints
fails text_matches_not_nothing '+ *     host  has much'
echo 'host a had b' | prints
fails what_follows_text_is_literal '+ *     host a had b'
echo 'host <text> has <text>' | prints
passes a_wildcard_matches_itself

# ---- How the program ends ---------------------------------------------------

printf 'one\n' | promise
does 'echo one; exit 3'
fails the_right_output_with_a_wrong_status_fails 'ended with status 3, not 0'
does 'echo one; kill -ABRT $$'
fails an_abort_fails 'ended with status 134, not 0'
does 'echo one; exec sleep 9'
RUN_SECONDS=1
export RUN_SECONDS
fails a_program_that_hangs_is_stopped 'did not end within 1 seconds'
unset RUN_SECONDS
does 'exec yes'
fails output_without_end_is_stopped 'prints more than 100 KB'
does 'printf one'
fails a_missing_newline_at_the_end_is_seen 'ends without a newline'
rm program
fails a_missing_program_is_named 'is not there'

printf 'virtual, no seed, no trace\nno stdin\n' | promise
does 'echo "$EXECUTOR_CLOCK, ${EXECUTOR_SEED-no seed}, ${EXECUTOR_TRACE-no trace}"
read line || echo no stdin'
export EXECUTOR_CLOCK=real EXECUTOR_SEED=1 EXECUTOR_TRACE=x
passes the_environment_is_the_same_everywhere <source.c

# ---- The top comment --------------------------------------------------------

does 'echo one'
printf '/* What? */\n/*\n * Expected output:\n *     one\n */\n' >source.c
fails only_the_top_comment_counts "no 'Expected output:'"
printf '/* What?\n *\n * Expected output:\n *     one\n *   two\n */\n' >source.c
fails a_line_with_too_little_indentation_is_named 'by five blanks'
printf '/* What?\n *\n * Expected output:\n *     one\n */\n' >source.c
passes the_promise_may_end_the_comment

# ---- Update -----------------------------------------------------------------

printf 'took <n> ms\nold\nrow  <n>\nrow  <n>\n' | promise
printf 'new \\1 & "x"\ntook 7 ms\nrow 1\nmore\nrow 20\n\n' | prints
updates an_update_succeeds
passes after_an_update_the_check_passes
cp source.c updated.c
printf 'new \\1 & "x"\ntook <n> ms\nrow  <n>\nmore\nrow  <n>\n' | promise
cmp -s source.c updated.c || not_ok an_update_keeps_wildcards_that_match
printf 'it took 7 ms\nnew\n' | prints
updates an_update_succeeds_when_a_wildcard_does_not_match
grep -q 'mark again what varies' message || not_ok a_lost_wildcard_is_named

does 'echo one; exit 3'
refuses_to_update a_failing_program_updates_nothing 'ended with status 3'
does 'echo "a */ b"'
refuses_to_update a_comment_cannot_hold_its_own_end 'prints */'
exit $bad
