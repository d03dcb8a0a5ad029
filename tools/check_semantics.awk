# check_semantics.awk: the promises of notes/semantics.md and the tests.
#
#   awk -v lessons="NAMES" -f check_semantics.awk TESTS PAGE
#
# A comment above a test begins with the IDs of the promises that it checks:
#
#     /* FUT-01, FUT-a: what else there is to say */
#     static void making_a_future_runs_nothing(void **state)

function wrong(what)
{
    print FILENAME ":" FNR ": " what >"/dev/stderr"
    failed = 1
}

BEGIN {
    ID = "[A-Z]+-[0-9a-z]+"
    n = split(lessons, names, " ")
    for (i = 1; i <= n; i++)
        known[names[i]] = 1
}

# A file in misuse/ is one test; elsewhere a function follows the comment.
FILENAME ~ /[.]c$/ && match($0, "^/[*] " ID "(, " ID ")*") {
    n = split(substr($0, 4, RLENGTH - 3), ids, ", ")
    for (i = 1; i <= n; i++)
        tested[ids[i]] = FILENAME ":" FNR
    if (FILENAME !~ /misuse/)
        open = substr($0, 4, RLENGTH - 3)
    in_comment = 1
}

FILENAME ~ /[.]c$/ {
    if (open != "" && !in_comment) {
        if (!/^static void [a-z0-9_]+/)
            wrong("a comment names " open ", but no test follows")
        open = ""
    }
    if (index($0, "*/"))
        in_comment = 0
    next
}

# A row: | ID | promise | idea from | lessons |
$0 ~ "^[|] " ID " [|]" {
    n = split($0, cell, / *[|] */)
    id = cell[2]
    if (id in rows)
        wrong(id " stands here twice")
    rows[id] = 1
    if (n != 6)
        wrong(id " has not 4 columns")
    if (!(id in tested))
        wrong(id " has no test: name it in the comment above one")
    n = split(cell[5], names, ", ")
    for (i = 1; i <= n; i++)
        if (!(names[i] in known))
            wrong(id ": where is the lesson " names[i] "?")
}

END {
    for (id in tested)
        if (!(id in rows)) {
            print tested[id] ": " id " is not on the page" | "sort >&2"
            failed = 1
        }
    close("sort >&2")
    exit failed + 0
}
