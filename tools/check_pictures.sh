#!/bin/sh
# check_pictures.sh [COURSE]
#
# Are the pictures of the notes as they should be?  Each is what draw.awk makes
# of its description, each is shown on a page, and each image link of a page
# leads to a file and has a sentence of alternative text.  Prints a line for
# what is wrong, and exits 1.  A picture that is called like a program is its
# timeline, which has no description; see timelines.sh.
set -u
export LC_ALL=C
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$tools/..}" || exit 2

# PAGE:LINE TARGET TEXT of every image link outside of code.
links() {
    awk '
        FNR == 1 { code = 0 }
        /^ *```/ { code = !code }
        code { next }
        {
            s = $0
            while (match(s, /!\[[^]]*\]\([^)]*\)/)) {
                link = substr(s, RSTART + 2, RLENGTH - 3)
                s = substr(s, RSTART + RLENGTH)
                at = index(link, "](")
                print FILENAME ":" FNR " " substr(link, at + 2) " " \
                    substr(link, 1, at - 1)
            }
        }
    ' README.md notes/*.md
}

check_link() { # PAGE:LINE TARGET TEXT
    case $2 in
    *://*) ;;
    *) [ -f "$(dirname "${1%:*}")/$2" ] || echo "$1: there is no picture $2" ;;
    esac
    case $3 in
    *' '*' '*.) ;;
    *) echo "$1: $2 needs a sentence of alternative text" ;;
    esac
}

check_picture() { # NAME, without its ending
    if ls a[0-9][0-9]_*/"${1##*/}.c" >/dev/null 2>&1; then
        : # timelines.sh looks at it
    elif [ ! -f "$1.pic" ]; then
        echo "$1.svg: has no description, $1.pic"
    elif ! awk -f "$tools/draw.awk" "$1.pic" 2>&1 | cmp -s - "$1.svg"; then
        echo "$1.svg: run  awk -f tools/draw.awk $1.pic >$1.svg"
    fi
    echo "$found_links" | grep -qF " pictures/${1##*/}.svg " ||
        echo "$1.svg: no page shows it"
}

found_links=$(links)
found=$(
    echo "$found_links" | while read -r where target text; do
        [ -z "$where" ] || check_link "$where" "$target" "$text"
    done
    for picture in notes/pictures/*.svg notes/pictures/*.pic; do
        [ -f "$picture" ] && echo "${picture%.*}"
    done | sort -u | while read -r name; do
        check_picture "$name"
    done
)
[ -z "$found" ] && exit 0
echo "$found"
exit 1
