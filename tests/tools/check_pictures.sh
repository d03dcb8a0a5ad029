#!/bin/sh
# Tests of tools/check_pictures.sh, on a small course that breaks one rule each.
set -u
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

# A course that keeps all rules.
fresh() {
    rm -rf notes README.md
    mkdir -p notes/pictures
    printf 'title One\nsize 100\nbox 1 2 30 40 a < b | c\n' \
        >notes/pictures/one.pic
    awk -f "$tools/draw.awk" notes/pictures/one.pic >notes/pictures/one.svg
    echo '![The one and only picture.](pictures/one.svg)' >notes/page.md
    echo 'Read [the page](notes/page.md).' >README.md
}

not_ok() {
    echo "FAILED: $*"
    sed 's/^/    /' message
    bad=1
}

passes() {
    "$tools/check_pictures.sh" . >message 2>&1 || not_ok "$1"
    fresh
}

# It says this line, and nothing else.
fails() {
    "$tools/check_pictures.sh" . >message 2>&1 && not_ok "$1"
    grep -qF -e "$2" message || not_ok "$1: should say $2"
    [ "$(wc -l <message)" -eq 1 ] || not_ok "$1: should say nothing else"
    fresh
}

fresh
passes a_course_that_keeps_all_rules
rm -r notes/pictures notes/page.md
echo 'No picture.' >notes/page.md
passes a_course_without_pictures

echo '![](pictures/one.svg)' >>notes/page.md
fails no_alternative_text 'notes/page.md:2: pictures/one.svg needs a sentence'
echo '![One picture](pictures/one.svg)' >>notes/page.md
fails no_sentence 'notes/page.md:2: pictures/one.svg needs a sentence'
echo 'See ![a picture of two.](pictures/two.svg)!' >>notes/page.md
fails no_such_picture 'notes/page.md:2: there is no picture pictures/two.svg'
echo '![A link from the root.](pictures/one.svg)' >>README.md
fails links_begin_at_the_page 'README.md:2: there is no picture'
# shellcheck disable=SC2016  # three backticks
printf '```rust\nvec![x](1);\n```\n' >>notes/page.md
passes code_is_no_link

echo 'No picture.' >notes/page.md
fails each_is_shown 'notes/pictures/one.svg: no page shows it'
echo 'mid 1 2 more' >>notes/pictures/one.pic
fails each_is_up_to_date 'notes/pictures/one.svg: run  awk -f tools/draw.awk'
rm notes/pictures/one.pic
fails each_has_a_description 'notes/pictures/one.svg: has no description'
echo 'bocks 1 2 more' >>notes/pictures/one.pic
fails shapes_are_known 'notes/pictures/one.svg: run'
exit $bad
