# golden.awk: prints SOURCE with the expected output in its top comment as the
# program prints it today; a wildcard that still holds stays.
#
#   awk -v mode=update -v label=SOURCE -f pattern.awk -f golden.awk OUTPUT SOURCE
#
# The promise is the lines behind " *     " under " * Expected output:", with the
# wildcards of pattern.awk.  All else is literal, except blanks at the end of a
# line and empty lines at the very end.

function fail(what)
{
    print label ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

# A line that is printed, as the promise says it: the line at the same place, or
# any line with a wildcard, if that holds; otherwise what is printed.
function promised(j,    i)
{
    if (got[j] == want[j] || regex[j] != "" && got[j] ~ regex[j]) {
        kept += regex[j] != ""
        return want[j]
    }
    for (i = 1; i <= wants; i++)
        if (regex[i] != "" && got[j] ~ regex[i]) {
            kept++
            return want[i]
        }
    return got[j]
}

function comment(text)
{
    print (text == "" ? " *" : " *     " text)
}

FILENAME == ARGV[1] {
    sub(/[ \t]+$/, "")
    if (/\*\//)
        fail("the program prints */, which a comment cannot hold")
    got[++gots] = $0
    next
}

/\*\// { after = 1 }

state == "block" && /^ \*(     .*)?$/ {
    sub(/[ \t]+$/, "")
    want[++wants] = substr($0, 8)
    regex[wants] = pattern(want[wants])
    wildcards += regex[wants] != ""
    next
}

state == "block" {
    if (!/^ \*( [^ ]|\/)/)
        fail("line " FNR ": indent the expected output by five blanks")
    state = "done"
    while (gots && got[gots] == "")
        gots--
    for (empty = 0; wants && want[wants] == ""; empty++)
        wants--
    for (j = 1; j <= gots; j++)
        comment(promised(j))
    if (kept < wildcards && mode == "update")
        print label ": " wildcards - kept " lines with <n> or <text> " \
            "changed: mark again what varies" > "/dev/stderr"
    while (empty-- > 0)
        comment("")
}

{ print }

!after && /^ \* Expected output:$/ && state == "" { state = "block" }

END {
    if (!failed && state != "done")
        fail("no 'Expected output:' in its top comment")
    exit failed
}
