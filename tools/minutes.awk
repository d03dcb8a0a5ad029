# minutes.awk: how long a page of the notes takes to teach.
#
#   awk -v root=DIR -f minutes.awk PAGE     prints  SAID MEASURED, in minutes
#
# Measured is what a reader needs for the first reading, so down to the line ---
# of the page: 200 words a minute; 20 lines of code a minute, of the programs to
# "run first" and of the headers that the page names before its first section;
# and three minutes to run each of these programs and to talk about what it
# prints.  Code that is shown on the page is in those files, so it is not counted
# again.

function lines(file,    line, n) {
    while ((getline line < (root "/" file)) > 0)
        n += line !~ /^[ \t]*$/
    close(root "/" file)
    return n
}

/^ *```/ { code = !code; next }
code { next }
/^---$/ { exit }
/^## / { section = 1 }

!said && match($0, /^\*[0-9]+ minutes/) { said = substr($0, 2, RLENGTH - 9) }

/^\| run first \|/ { table = 1; next }
table && /^\| `/ {
    split($0, columns, "|")
    room = FILENAME
    gsub(/.*\/|\.md$/, "", room)
    for (s = columns[2]; match(s, /`[a-z0-9_]+`/); programs++) {
        code_lines += lines(room "/" substr(s, RSTART + 1, RLENGTH - 2) ".c")
        s = substr(s, RSTART + RLENGTH)
    }
    table = 0
}

!section {
    for (s = $0; match(s, /\]\(\.\.\/[a-z0-9_\/]+\.h\)/);) {
        code_lines += lines(substr(s, RSTART + 5, RLENGTH - 6))
        s = substr(s, RSTART + RLENGTH)
    }
}

{
    gsub(/<!--.*-->/, "")
    words += NF
}

END { printf "%d %d\n", said, words / 200 + code_lines / 20 + 3 * programs + .5 }
