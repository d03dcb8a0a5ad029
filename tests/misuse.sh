#!/bin/sh
# What a compiler says to misuse: every file of a misuse/ folder names it on its
# first lines, a line for each compiler:
#
#   /* gcc: switch jumps over variable initialization */   does not compile
#   /* gcc warns: pointer type mismatch */                 compiles, but says so
#   /* gcc: compiles */                                    without a warning
#   /* check_async: belongs in the frame */  what no compiler sees, see tools/
#
# or one for all:
#
#   /* each: a pointer to what? */   refuses each line that ends with "no", in
#                                    these words, and no other line
#
# The environment's UV_CFLAGS say where uv.h is.
#
#   misuse.sh gcc|clang COMPILER INCLUDE FILE...
#   misuse.sh check_async AWKFILE INCLUDE FILE...
kind=$1 compiler=$2 include=$3
shift 3
standard='-std=c11 -D_POSIX_C_SOURCE=200809L'
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
failed=0

# Misuse has to be noticed with no option at all, and what is right must pass
# with all of them.
compile() # FILE OPTION...
{
    file=$1
    shift
    if [ "$kind" = check_async ]; then
        awk -f "$compiler" "$file"
        return
    fi
    # shellcheck disable=SC2086 # the options are words
    LC_ALL=C $compiler $standard "$@" -I "$include" -I "$include/.." \
        ${UV_CFLAGS:-} -fsyntax-only "$file" 2>&1
}

# The lines of the file that it speaks of, where all that it says is `words`.
refused() # FILE WORDS
{
    said=$(compile "$1")
    said_otherwise=$(echo "$said" | grep 'error:' | grep -vF "$2")
    [ -z "$said_otherwise" ] || complain "$1" "$kind should not say:" \
        "$said_otherwise"
    echo "$said" | sed -n "s|^[^ ]*/${1##*/}:\([0-9]*\):.*|\1|p" | sort -nu
}

complain() # FILE WHAT SAID
{
    echo "$1: $2" "$3" | sed '2,$s/^/    /'
    failed=1
}

for file; do
    words=$(sed -n 's|^/\* each: \(.*\) \*/$|\1|p' "$file")
    if [ -n "$words" ]; then
        [ "$kind" != check_async ] || continue
        marked=$(sed -n '/\/\* no \*\/$/=' "$file")
        refused=$(refused "$file" "$words")
        [ "$refused" = "$marked" ] || complain "$file" \
            "$kind should refuse these lines, and then those it does:" \
            "$marked - $refused"
        continue
    fi
    wanted=$(sed -n "s|^/\* $kind: \(.*\) \*/\$|\1|p" "$file")
    warning=$(sed -n "s|^/\* $kind warns: \(.*\) \*/\$|\1|p" "$file")
    if [ "$kind" = check_async ] && [ -z "$wanted" ]; then
        case $file in
        */fine_*) wanted=compiles ;;
        *) continue ;; # the compilers see it
        esac
    fi
    if [ "$wanted" = compiles ]; then
        # shellcheck disable=SC2086
        said=$(compile "$file" $strict)
        [ -z "$said" ] || complain "$file" "should compile:" "$said"
        continue
    fi
    said=$(compile "$file")
    status=$?
    case $wanted$warning in
    '') complain "$file" "no line for $kind" '' ;;
    esac
    case $said in
    *"$wanted$warning"*) ;;
    *) complain "$file" "$kind should say '$wanted$warning', but says:" "$said" ;;
    esac
    case $said in
    *"${file##*/}:"*) ;;
    *) complain "$file" "no line of the file is named:" "$said" ;;
    esac
    [ -n "$warning" ] || [ $status -ne 0 ] ||
        complain "$file" "compiles, and should not" ''
    [ -z "$warning" ] || [ $status -eq 0 ] ||
        complain "$file" "does not compile, and should:" "$said"
done
[ $failed -eq 0 ] && echo "$kind: $# files, each as it says"
exit $failed
