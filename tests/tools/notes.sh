#!/bin/sh
# Tests of tools/notes.sh, on a small course of its own.
# shellcheck disable=SC2016  # dollars and backquotes here are text
set -u
tools=$(cd "$(dirname "$0")/../.." && pwd)/tools
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
mkdir tools bin notes
cp "$tools"/*.sh "$tools"/*.awk tools
bad=0

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

# The page is what stands on stdin.
page() {
    cat >notes/page.md
}

passes() {
    tools/notes.sh check bin notes/page.md >message 2>&1 || not_ok "$1"
}

# It fails, and among what it says is $2.
fails() {
    if tools/notes.sh check bin notes/page.md >message 2>&1; then
        not_ok "$1"
    else
        grep -qF -e "$2" message || not_ok "$1: should say $2"
    fi
}

# After an update the page is what stands on stdin.
becomes() {
    cat >wanted.md
    tools/notes.sh update bin notes/page.md >message 2>&1 || not_ok "$1"
    diff -u wanted.md notes/page.md >message || not_ok "$1"
    passes "$1, and then it passes"
}

cat >room.c <<'EOT'
/* Top.
 *
 * static int fake(void)
 */
#include "room.h"
#define ONE 1
#define TWO(x) \
    do { \
        (void)(x); \
    } while (0)

/* Not this one. */

/* What a pair is:
 * two. */
struct pair {
    int a, b; /* [fields] */
};
enum side { LEFT, RIGHT };

static int pair_sum(struct pair *p);
static struct pair *pair(struct pair *self,
                         int a);

static const struct ops pair_ops = { .name = "a;b",
                                     .sum = pair_sum };
static const char *const names[] = {
    "x", /* ; */
    "y",
};

/* Adds. */
static int pair_sum(struct pair *p)
{
    *p = (struct pair){ 1, 2 };

    if (p) {
        /* [middle] */
        puts("& \\1 `x` \"q\"");

        if (p->a)
            return fake(p); /* [odd] */
        /* [/middle] */
    }
    return pair_sum(p);
}

static struct pair *pair(struct pair *self,
                         int a)
{
    return self;
}
EOT

# ---- Snippets ---------------------------------------------------------------

page <<'EOT'
<!-- snippet: room.c pair_sum -->
```c
old
```
<!-- snippet: room.c pair_sum with comment -->
```c
```
<!-- snippet: room.c pair -->
```c
```
<!-- snippet: room.c struct pair with comment -->
```c
```
<!-- snippet: room.c side -->
```c
```
<!-- snippet: room.c pair_ops -->
```c
```
<!-- snippet: room.c names with comment -->
```c
```
<!-- snippet: room.c ONE -->
```c
```
<!-- snippet: room.c TWO -->
```c
```
<!-- snippet: room.c [middle] -->
```c
```
EOT
fails an_old_snippet_is_seen '-old'
fails the_message_says_how_to_update 'tools/notes.sh update bin notes/page.md'
becomes an_update_takes_each_thing_whole <<'EOT'
<!-- snippet: room.c pair_sum -->
```c
static int pair_sum(struct pair *p)
{
    *p = (struct pair){ 1, 2 };

    if (p) {
        puts("& \\1 `x` \"q\"");

        if (p->a)
            return fake(p); /* [odd] */
    }
    return pair_sum(p);
}
```
<!-- snippet: room.c pair_sum with comment -->
```c
/* Adds. */
static int pair_sum(struct pair *p)
{
    *p = (struct pair){ 1, 2 };

    if (p) {
        puts("& \\1 `x` \"q\"");

        if (p->a)
            return fake(p); /* [odd] */
    }
    return pair_sum(p);
}
```
<!-- snippet: room.c pair -->
```c
static struct pair *pair(struct pair *self,
                         int a)
{
    return self;
}
```
<!-- snippet: room.c struct pair with comment -->
```c
/* What a pair is:
 * two. */
struct pair {
    int a, b; /* [fields] */
};
```
<!-- snippet: room.c side -->
```c
enum side { LEFT, RIGHT };
```
<!-- snippet: room.c pair_ops -->
```c
static const struct ops pair_ops = { .name = "a;b",
                                     .sum = pair_sum };
```
<!-- snippet: room.c names with comment -->
```c
static const char *const names[] = {
    "x", /* ; */
    "y",
};
```
<!-- snippet: room.c ONE -->
```c
#define ONE 1
```
<!-- snippet: room.c TWO -->
```c
#define TWO(x) \
    do { \
        (void)(x); \
    } while (0)
```
<!-- snippet: room.c [middle] -->
```c
puts("& \\1 `x` \"q\"");

if (p->a)
    return fake(p); /* [odd] */
```
EOT

snippet() {
    printf '<!-- snippet: %s -->\n```c\nx\n```\n' "$1" | page
}

snippet 'room.c fake'
fails a_name_that_is_not_there 'page.md:1: no complete `fake` in room.c'
snippet 'room.c struct ONE'
fails a_macro_is_no_struct 'no complete `ONE` in'
snippet 'gone.c pair'
fails a_file_that_is_not_there 'there is no file'
snippet 'room.c [gone]'
fails a_marker_that_is_not_there 'no complete `[gone]` in'
snippet 'room.c [fields]'
fails a_marker_that_does_not_end 'no complete `[fields]` in'
snippet 'room.c pair and more'
fails words_that_mean_nothing 'a snippet is FILE NAME'
echo 'static int twice(void)
{
}
static int twice(void)
{
}' >twice.c
snippet 'twice.c twice'
fails two_of_the_same_name 'more than one `twice` in'

printf '```c\nint x;\n```\n' | page
fails c_without_a_source 'page.md:1: C without its source'
printf '   ```c\n   int x;\n   ```\n' | page
fails c_without_a_source_in_a_list 'page.md:1: C without its source'
printf '<!-- snippet: room.c ONE -->\n\n```c\n#define ONE 1\n```\n' | page
fails an_empty_line_between_comment_and_block 'page.md:1: under a snippet'
printf '<!-- snippet room.c ONE -->\n' | page
fails a_comment_spelled_wrong 'this comment is neither'
printf '<!-- snippet: room.c ONE -->\n```c\n#define ONE 1\n' | page
fails a_block_that_is_not_closed 'the last block is not closed'
printf '```rust\n<!-- snippet -->\n[x](gone)\n```\n```sh\n$ false\n```\n' | page
passes other_blocks_are_left_alone

# ---- Console ----------------------------------------------------------------

printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >bin/say
chmod +x bin/say

page <<'EOT'
```console
$ ./say 'a;b' "\1 & $((1 + 2)) [x]" '' '  end  ' | cat
old
$ ./say wrong >&2; exit 3  # exits 3
$ echo $EXECUTOR_CLOCK; cat
$ kill -ABRT $$  # exits 134
```
EOT
fails old_output_is_seen '-old'
becomes an_update_runs_every_command <<'EOT'
```console
$ ./say 'a;b' "\1 & $((1 + 2)) [x]" '' '  end  ' | cat
a;b
\1 & 3 [x]

  end
$ ./say wrong >&2; exit 3  # exits 3
wrong
$ echo $EXECUTOR_CLOCK; cat
virtual
$ kill -ABRT $$  # exits 134
```
EOT

console() {
    { echo '```console'; cat; echo '```'; } | page
}

printf '$ ./say because; false\nbecause\n' | console
fails a_failing_command '`./say because; false` ended with status 1, not 0'
fails the_output_of_a_failing_command_is_shown '    because'
printf '$ true  # exits 2\n' | console
fails a_command_that_should_fail_and_does_not 'status 0, not 2'
printf '$ ./gone\n' | console
fails a_missing_program 'status 127, not 0'
mkdir a01_room
touch a01_room/a01_optional.c
printf '$ ./a01_optional x\nx\n$ ./say y\ny\n' | console
passes output_of_a_program_that_is_not_built_is_left_alone
grep -q 'left alone' message || not_ok and_that_is_said
printf '$ ./a01_optional x\nx\n$ ./say z\ny\n' | console
fails what_stands_beside_it_is_not '+z'
printf '$ ./a01_gone\n' | console
fails a_program_that_has_no_source_is_missing 'status 127, not 0'
printf '$ exec sleep 9\n' | console
RUN_SECONDS=1
export RUN_SECONDS
fails a_command_that_hangs '`exec sleep 9` ended with status 124, not 0'
unset RUN_SECONDS
printf 'a\n' | console
fails a_block_without_a_command 'begins with $ and a command'
printf '' | console
fails an_empty_block 'begins with $ and a command'
printf '$ ./say "\140\140\140"\n' | console
printf '$ ./say \047```\047\n' | console
fails output_that_would_end_the_block 'would end the block'
printf '```console \n$ true\n```\n' | page
fails a_fence_that_is_not_alone 'alone in its line'
printf '$ ./say one\none\ntwo\n' | console
fails a_line_too_many '-two'

vary() {
    printf '<!-- numbers vary -->\n```console\n%s\n```\n' "$1" | page
}

vary '$ ./say "x   12.5 ms, 3 of 4"
x 7 ms,  1,000 of 4'
passes numbers_may_vary
cp notes/page.md before.md
becomes an_update_leaves_varying_numbers_alone <before.md
vary '$ ./say "from 0x7ffe09a to (nil)"
from 0xdb4 to (nil)'
passes addresses_are_numbers
vary '$ ./say "x 12 s, 3 of 4"
x 7 ms, 1 of 4'
fails words_beside_numbers_may_not '+x 12 s, 3 of 4'
vary '$ ./say 1 2
1'
fails nor_may_a_line_be_missing '+2'
vary '$ ./say 1
1
2'
fails nor_may_a_line_be_left '-2'
printf '<!-- numbers vary -->\n\n' | page
fails a_mark_without_a_block 'page.md:1: under <!-- numbers vary -->'
printf '/* What?\n *\n * Expected output:\n *     took <n> ms\n */\n' \
    >a01_room/a01_slow.c
cp bin/say bin/a01_slow
printf '$ ./a01_slow | cat\n\n' | console
fails a_mark_that_is_missing_is_seen_before_a_number_varies 'a01_slow prints'
vary '$ ./a01_slow 7
3'
passes with_the_mark_it_is_fine
printf '/* What?\n *\n * Expected output:\n *     x <n> ms\n *     at line 7\n */\n' \
    >a01_room/a01_wild.c
printf '#!/bin/sh\necho "x 12 ms"\necho "at line 7"\n' >bin/a01_wild
chmod +x bin/a01_wild
vary '$ ./a01_wild
x 7 ms
at line 7'
passes a_line_with_a_wildcard_may_vary
vary '$ ./a01_wild
x 7 ms
at line 6'
fails other_numbers_of_that_program_may_not '+at line 7'
vary '$ ./a01_wild
y 7 ms
at line 7'
fails nor_what_the_wildcard_does_not_stand_for '+x 12 ms'
printf '$ ./say 2\n1\n' | console
fails without_the_mark_numbers_count '+2'

# ---- Links ------------------------------------------------------------------

printf 'x' >'notes/a;b.svg'
page <<'EOT'
[a](page.md), [b](page.md#part) and [`c`](../room.c), `[d](gone)`, [e](#here)
[f](https://example.org/gone) ![g](a;b.svg) <img src="a;b.svg"> [h](../bin/)
[i]: page.md
EOT
passes links_that_lead_somewhere
for link in '[a](page.md) [b](gone.md)' '![a](gone.svg "title")' \
    '[a](gone.md#part)' '<a href="gone.md">' '[a]: gone.md' "[a](it's.md)"; do
    echo "$link" | page
    fails "a_link_that_leads_nowhere: $link" 'page.md:1: the link '
done

# ---- An update that cannot be right leaves the page alone -------------------

printf '[a](gone.md)\n```console\n$ ./say one\ntwo\n```\n' | page
cp notes/page.md before.md
tools/notes.sh update bin notes/page.md >message 2>&1 && not_ok it_should_fail
cmp -s before.md notes/page.md || not_ok a_page_with_errors_is_not_updated

# ---- Everything at once -----------------------------------------------------

printf '/* What?\n *\n * Expected output:\n *     old\n */\n' >a01_room/a01_say.c
printf '#!/bin/sh\necho new\n' >bin/a01_say
chmod +x bin/a01_say
mkdir build
mv bin build
printf '```console\n$ ./a01_say\nold\n```\n' | tee README.md | page
tools/update.sh build >message 2>&1 || not_ok everything_can_be_updated
grep -q 'left alone, not built: a01_room/a01_optional.c' message ||
    not_ok what_is_not_built_is_said
for file in README.md notes/page.md a01_room/a01_say.c; do
    grep -q new $file || not_ok "update.sh should update $file"
done
printf '```console\n$ false\n```\n' >README.md
tools/update.sh build >message 2>&1 && not_ok a_page_with_errors_is_an_error
exit $bad
