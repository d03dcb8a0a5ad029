#!/bin/sh
# Tests of tools/check_semantics.sh, on a small course.
set -u
check=$(cd "$(dirname "$0")/../.." && pwd)/tools/check_semantics.sh
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

page() { # LESSON TESTS
    printf '| ID | Promise | Idea from | Lesson | Tests |\n'
    printf '| ONE-01 | It is one. | ours | %s | %s |\n' "$1" "$2"
}

# A course whose page and tests agree.
fresh() {
    rm -rf a01_one tests include notes
    mkdir -p a01_one/tests tests/misuse include notes
    touch a01_one/a01_one.c
    printf '/* ONE-01: so it is */\nstatic void it_is_one(void **state)\n' \
        >tests/one.c
    printf '/* TWO-02, ONE-01\n * and more */\nstatic void two(\n' \
        >a01_one/tests/two.c
    printf '/* gcc: no */\n/* TWO-02: it does not compile */\n' \
        >tests/misuse/two.c
    page a01_one 'a01_one/tests/two.c: two<br>tests/one.c: it_is_one' \
        >notes/semantics.md
    printf '| TWO-02 | Two. | ours | a01_one | %s |\n' \
        'a01_one/tests/two.c: two<br>tests/misuse/two.c' >>notes/semantics.md
}

passes() { # WHAT
    "$check" check . >message 2>&1 && return
    echo "FAILED: $1"
    sed 's/^/    /' message
    bad=1
}

fails() { # WHAT MESSAGE
    if "$check" check . >message 2>&1 || ! grep -qF "$2" message; then
        echo "FAILED: $1: should say '$2'"
        sed 's/^/    /' message
        bad=1
    fi
    fresh
}

fresh
passes 'a page and tests that agree'

rm tests/one.c a01_one/tests/two.c
fails 'a promise without a test' 'ONE-01 has no test'

sed -i 's/it_is_one/it_is_1/' tests/one.c
fails 'a test of another name' 'ONE-01: run  tools/check_semantics.sh update'

sed -i 's/ONE-01/SIX-06/' tests/one.c
fails 'a test of something else' 'tests/one.c:2: SIX-06 is not on the page'

sed -i 's/^static .*/int x;/' tests/one.c
fails 'a comment without a test' 'names ONE-01, but no test follows'

sed -i 's/| ours | a01_one/| ours | a09_nine/' notes/semantics.md
fails 'a lesson that is not there' 'where is the lesson a09_nine?'

sed -i 's/| ours |/|/' notes/semantics.md
fails 'a column forgotten' 'ONE-01 has not 5 columns'

page a01_one x >>notes/semantics.md
fails 'a promise given twice' 'ONE-01 stands here twice'

sed -i 's/| a01_one | .*/| a01_one |  |/' notes/semantics.md
fails 'columns that are empty' 'update'
sed -i 's/| a01_one | .*/| a01_one |  |/' notes/semantics.md
"$check" update . || bad=1
passes 'what update has written'

exit $bad
