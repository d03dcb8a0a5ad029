#!/bin/sh
# try.sh BUILD VARIANTS NAME COMPILER ARGUMENT...
#
# Does the experiment NAME of ROOM/tries/PROGRAM.variants end as it says?  The
# program is compiled with its changes, and each command of the block runs as
# tools/run.sh says; without one it is ./PROGRAM.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
build=$1 variants=$2 name=$3 compiler=$4
shift 4
room=${variants%/tries/*}
root=$(cd "$room/.." && pwd)
room=$(basename "$room")
program=$(basename "$variants" .variants)
out=$build/tries/$program.$name

failed() {
    cat "$out/output"
    echo "$variants: $name: $*"
    exit 1
}

# What stands behind a sign in this block.
behind() {
    awk -v mode=words -v name="$name" -v kind="$1" \
        -f "$here/variants.awk" "$variants"
}

# A file of the course with the changes that the block makes to it.
changed() { # CHANGES FILE
    mkdir -p "$out/$(dirname "$2")" &&
        awk -v mode=apply -v name="$name" -v changes="$1" \
            -f "$here/variants.awk" "$variants" "$root/$2" >"$out/$2"
}

# A command of some other tool: without it there is nothing to test.
for word in $(behind '$'); do
    case $word in
    *=*) continue ;;
    ./*) break ;;
    esac
    command -v "$word" >/dev/null || {
        echo "skipped: $word is not installed"
        exit 77
    }
    break
done

rm -rf "$out"
mkdir -p "$out/bin" || exit 1
: >"$out/output"
changed "" "$room/$program.c" || exit 1
for file in $(behind @ | sort -u); do
    changed "$file" "$file" || exit 1
done

status=0
# shellcheck disable=SC2046 # flags are words
"$compiler" -I "$out" -I "$out/include" "$out/$room/$program.c" "$@" \
    $(behind %) -o "$out/bin/$program" >"$out/output" 2>&1 || status=1
if [ $status -eq 0 ]; then
    behind '$' >"$out/commands"
    [ -s "$out/commands" ] || echo "./$program" >"$out/commands"
    while read -r command; do
        wanted=${command##*# exits }
        [ "$wanted" != "$command" ] || wanted=
        "$here/../run.sh" "$out/bin" "$command" >>"$out/output" 2>&1
        status=$?
        [ -z "$wanted" ] || [ "$status" -eq "$wanted" ] ||
            failed "$command: ended with status $status, not $wanted"
        [ -z "$wanted" ] || status=0
        [ "$status" -eq 0 ] || break
    done <"$out/commands"
fi

words=$(behind !)
if [ -n "$words" ]; then
    [ "$status" -ne 0 ] || [ -n "${wanted-}" ] || failed "it does not fail"
    case $(tr -s ' \n' '  ' <"$out/output") in
    *"$words"*) ;;
    *) failed "it does not say: $words" ;;
    esac
elif [ "$status" -ne 0 ]; then
    failed "ended with status $status, not 0"
fi
behind '>' >"$out/promised"
missing=$(awk -f "$here/../pattern.awk" -f "$here/promised.awk" \
    "$out/promised" "$out/output") || failed "$missing"
