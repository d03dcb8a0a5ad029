#!/bin/sh
# check_headers.sh COMPILER ARGUMENT...
#
# Does each header of include/, and each building block, compile alone?  Prints
# what the compiler says of those that do not, and exits 1.  Without libcurl,
# libxml2, jansson, libmicrohttpd or ncurses the headers that need them are
# left out.
set -u
cd "$(dirname "$0")/.." || exit 2
bad=0

alone() { # HEADER COMPILER ARGUMENT...
    header=$1
    shift
    # shellcheck disable=SC2086 # $xml is arguments
    echo "#include \"$header\"" |
        "$@" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
            -Wshadow -Wconversion -Werror -I. -Iinclude $xml \
            -fsyntax-only -x c - 2>&1
}

xml=$(pkg-config --cflags libxml-2.0 2>/dev/null)
curl=$(echo '#include <curl/curl.h>' | "$@" -fsyntax-only -x c - 2>&1)
ncurses=$(echo '#include <curses.h>' | "$@" -fsyntax-only -x c - 2>&1)
jansson=$(echo '#include <jansson.h>' | "$@" -fsyntax-only -x c - 2>&1)
http=$(echo '#include <microhttpd.h>' | "$@" -fsyntax-only -x c - 2>&1)
for header in include/*.h a[0-9][0-9]_*/*.h; do
    found=$(alone "$header" "$@") && continue
    case $found in
    *'fatal error'*curl/curl.h*) [ -z "$curl" ] || continue ;;
    *'fatal error'*libxml/*) [ -n "$xml" ] || continue ;;
    *'fatal error'*curses.h*) [ -z "$ncurses" ] || continue ;;
    *'fatal error'*jansson.h*) [ -z "$jansson" ] || continue ;;
    *'fatal error'*microhttpd.h*) [ -z "$http" ] || continue ;;
    esac
    echo "$header does not compile alone:"
    echo "$found"
    bad=1
done
exit $bad
