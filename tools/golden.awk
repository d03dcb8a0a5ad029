# golden.awk: prints SOURCE with the expected output in its top comment as the
# program prints it today; lines that still hold stay as they are.
#
#   awk -v mode=update -v label=SOURCE -f golden.awk OUTPUT SOURCE
#
# The promise is the lines behind " *     " under " * Expected output:".
#     <n>      matches one number: digits, with . or , in between
#     <text>   matches anything, but not nothing
# and the blanks beside these two may be more or fewer, for tables.  All else is
# literal, except blanks at the end of a line and empty lines at the very end.

function fail(what)
{
    print label ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

function literally(text,    i, c, regex)
{
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        regex = regex (index("\\^$.[|(){*+?", c) ? "\\" c : c)
    }
    return regex
}

# A promised line as a regular expression; "" if it holds no wildcard.
function pattern(line,    regex, wild)
{
    while (match(line, / *<(n|text)> */)) {
        wild = substr(line, RSTART, RLENGTH)
        if (RSTART > 1)
            regex = regex literally(substr(line, 1, RSTART - 1))
        regex = regex (wild ~ /^ / && RSTART > 1 ? " +" : " *")
        regex = regex (wild ~ /n/ ? "[0-9]([0-9.,]*[0-9])?" : "[^ ](.*[^ ])?")
        line = substr(line, RSTART + RLENGTH)
        regex = regex (wild ~ / $/ ? " +" : "")
    }
    return regex == "" ? "" : "^" regex literally(line) "$"
}

function holds(i, j)
{
    if (want[i] == got[j])
        return 1
    return regex[i] != "" && got[j] ~ regex[i]
}

# Print the output; where a promised line holds, that line.  Which one stands
# for which is the longest common subsequence, as diff would find it.
function merge(    i, j, best, marked)
{
    for (i = wants; i >= 1; i--)
        for (j = gots; j >= 1; j--)
            if (holds(i, j))
                best[i, j] = best[i + 1, j + 1] + 1
            else if (best[i + 1, j] > best[i, j + 1])
                best[i, j] = best[i + 1, j]
            else
                best[i, j] = best[i, j + 1]
    for (i = j = 1; i <= wants || j <= gots;)
        if (i <= wants && j <= gots && holds(i, j) && \
            best[i, j] == best[i + 1, j + 1] + 1) {
            comment(want[i++])
            j++
        } else if (i <= wants && best[i + 1, j] >= best[i, j + 1]) {
            marked += regex[i++] != ""
        } else
            comment(got[j++])
    if (marked && mode == "update")
        print label ": " marked " lines with <n> or <text> changed: " \
            "mark again what varies" > "/dev/stderr"
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
    merge()
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
