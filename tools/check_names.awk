# check_names.awk: a name that ends in _ is private to its file.
#
#   awk -f check_names.awk FILE...     prints  FILE:LINE: where else it stands
#
# Names in comments and strings do not count.  Two programs, or two tests, may
# each have a private name of their own that is spelt alike; a header may not.

function note(name)
{
    if ((name, FILENAME) in at)
        return
    at[name, FILENAME] = FNR
    files[name] = files[name] " " FILENAME
    if (FILENAME ~ /\.h$/ && !(name in home))
        home[name] = FILENAME
}

BEGIN {
    lexeme = "^([A-Za-z_0-9]+|\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)*'" \
             "|/[*]|//.*|.)"
}

FNR == 1 { comment = 0 }

{
    for (text = $0; text != "";) {
        if (comment) {
            if (!(end = index(text, "*/")))
                break
            text = substr(text, end + 2)
            comment = 0
        }
        if (!match(text, lexeme))
            break
        token = substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
        if (token == "/*")
            comment = 1
        else if (token ~ /^[A-Za-z][A-Za-z0-9_]*_$/)
            note(token)
    }
}

END {
    for (name in home) {
        n = split(files[name], list, " ")
        for (i = 1; i <= n; i++)
            if (list[i] != home[name])
                print list[i] ":" at[name, list[i]] ": " name \
                    " stands in " home[name] ":" at[name, home[name]] \
                    ", too: a name that ends in _ is private to its file" \
                    | "sort"
    }
    close("sort")
}
