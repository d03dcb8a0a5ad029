#!/bin/sh
# record.sh FILE COMMAND…
#
# CMake runs the compiler and the linker of the sample through this script.  It
# writes the command to FILE as shell, quoted, with "$source", "$object" and
# "$program" in the places of the sample's own, and runs it.  So an answer is
# compiled as CMake would do it, whatever CC, CFLAGS and paths are.  The function
# `run`, which whoever reads FILE defines, gets the command.
#
# shellcheck disable=SC2016  # the dollars are for the one who reads FILE
set -u
file=$1
shift

quoted() {
    printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"
}

{
    case " $* " in
    *' -c '*) ;; # compiles: all paths are absolute
    *) printf 'cd %s &&\n' "$(quoted "$PWD")" ;;
    esac
    printf 'run '
    previous=
    for word in "$@"; do
        case $previous$word in
        -MD | -M[FTQ] | -M[FTQ]*) ;; # what to build anew, and when
        -o*.o) printf '"$object" "$@" ' ;;
        -o?*) [ "$previous" ] && printf '"$program" ' || quoted "$word" ;;
        *sample.test.c.o) printf '"$object" ' ;;
        *sample.test.c) printf '"$source" ' ;;
        *) quoted "$word" ;;
        esac
        case $word in
        -o | -M[FTQ]) previous=$word ;;
        *) previous= ;;
        esac
    done | tr '\n' ' '
    echo
} >"$file.new" && mv "$file.new" "$file"
exec "$@"
