# check_semantics.awk: the promises of notes/semantics.md and the tests.
#
#   awk -v update=0 -v lessons="NAMES" -f check_semantics.awk TESTS PAGE
#
# The last column of the page is made here, from the IDs that stand above the
# tests; the rest is written by people.

function wrong(what)
{
    print FILENAME ":" FNR ": " what >"/dev/stderr"
    failed = 1
}

BEGIN {
    ID = "[A-Z]+-[0-9a-z]+"
    IDS = "^/[*] " ID "(, " ID ")*"
    n = split(lessons, names, " ")
    for (i = 1; i <= n; i++)
        known[names[i]] = 1
}

# "FUT-01, FUT-02" and the name of the test below (none in misuse/).
function remember(ids, test,    n, list, i)
{
    n = split(ids, list, ", ")
    for (i = 1; i <= n; i++) {
        first[list[i]] = first[list[i]] == "" ? FILENAME ":" FNR : first[list[i]]
        if (last_file[list[i]] != FILENAME)
            tests[list[i]] = tests[list[i]] (tests[list[i]] ? "<br>" : "") \
                FILENAME (test ? ": " test : "")
        else
            tests[list[i]] = tests[list[i]] ", " test
        last_file[list[i]] = FILENAME
    }
}

FILENAME ~ /[.][ch]$/ && match($0, IDS) {
    ids = substr($0, 4, RLENGTH - 3)
    if (FILENAME ~ /misuse/)
        remember(ids, "")
    else
        open = ids
    in_comment = 1
}

FILENAME ~ /[.][ch]$/ && open != "" && !in_comment {
    if (match($0, /^static void [a-z0-9_]+/))
        remember(open, substr($0, 13, RLENGTH - 12))
    else
        wrong("a comment names " open ", but no test follows")
    open = ""
}

FILENAME ~ /[.][ch]$/ {
    if (in_comment && index($0, "*/"))
        in_comment = 0
    next
}

# A row: | ID | promise | idea from | lesson | tests |
$0 ~ "^[|] " ID " [|]" {
    n = split($0, cell, / *[|] */)
    id = cell[2]
    if (id in rows)
        wrong(id " stands here twice")
    rows[id] = 1
    if (n != 7)
        wrong(id " has not 5 columns")
    if (!(id in tests))
        wrong(id " has no test: name it in the comment above one")
    else if (cell[6] != tests[id] && !update)
        wrong(id ": run  tools/check_semantics.sh update")
    n = split(cell[5], names, ", ")
    for (i = 1; i <= n; i++)
        if (!(names[i] in known))
            wrong(id ": where is the lesson " names[i] "?")
    $0 = "| " id " | " cell[3] " | " cell[4] " | " cell[5] " | " tests[id] " |"
}

update { print }

END {
    for (id in tests)
        if (!(id in rows)) {
            print first[id] ": " id " is not on the page" | "sort >&2"
            failed = 1
        }
    close("sort >&2")
    exit failed + 0
}
