#!/bin/sh
# Tests of tools/check_semantics.sh, on a small course.
set -u
check=$(cd "$(dirname "$0")/../.." && pwd)/tools/check_semantics.sh
cd "$(mktemp -d)" || exit 2
trap 'rm -rf "$PWD"' EXIT
bad=0

page() {
    printf '| ID | Promise | Idea from | Lesson |\n'
    printf '| ONE-01 | It is one. | ours | a01_one |\n'
    printf '| TWO-02 | Two. | ours | one.h, a01_one |\n'
}

# A course whose page and tests agree.
fresh() {
    rm -rf a01_one tests include notes
    mkdir -p a01_one/tests tests/misuse include notes
    touch a01_one/a01_one.c a01_one/one.h
    printf '/* ONE-01: so it is */\nstatic void it_is_one(void **state)\n' \
        >tests/one.c
    printf '/* TWO-02, ONE-01\n * and more */\nstatic void two(\n' \
        >a01_one/tests/two.c
    printf '/* gcc: no */\n/* TWO-02: it does not compile */\n' \
        >tests/misuse/two.c
    page >notes/semantics.md
}

passes() { # WHAT
    "$check" . >message 2>&1 && return
    echo "FAILED: $1"
    sed 's/^/    /' message
    bad=1
}

fails() { # WHAT MESSAGE
    if "$check" . >message 2>&1 || ! grep -qF "$2" message; then
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

sed -i 's/ONE-01/SIX-06/' tests/one.c
fails 'a test of something else' 'tests/one.c:1: SIX-06 is not on the page'

sed -i 's/^static .*/int x;/' tests/one.c
fails 'a comment without a test' 'names ONE-01, but no test follows'

sed -i 's/| ours | a01_one/| ours | a09_nine/' notes/semantics.md
fails 'a lesson that is not there' 'where is the lesson a09_nine?'

sed -i 's/| ours |/|/' notes/semantics.md
fails 'a column forgotten' 'ONE-01 has not 4 columns'

page >>notes/semantics.md
fails 'a promise given twice' 'ONE-01 stands here twice'

exit $bad
