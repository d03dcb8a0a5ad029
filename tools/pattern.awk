# pattern.awk: the wildcards in a line of promised output, for golden.awk and
# variants/try.sh.
#
#     <n>      matches one number: digits, with . or , in between
#     <text>   matches anything, but not nothing
#
# The blanks beside these two may be more or fewer, for tables.

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
