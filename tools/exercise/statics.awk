# statics.awk: the variables of an answer that all its futures share.
#
#   awk -f statics.awk GIVEN ANSWER     prints  ANSWER:LINE: what that means
#
# What the file GIVEN, the exercise as it came, has as well is not named.
# These are the static variables, and those outside of functions, that are not
# constant.  A declaration that has a bracket in front of its `=` is taken for
# a function.

function is_name(t)
{
    return t ~ /^[A-Za-z_]/
}

# The declaration in token[from .. to]: the name that it declares, or 0.
function variable(from, to,    at, name, constant)
{
    for (at = from; at <= to; at++) {
        if (token[at] ~ /^(typedef|extern|return)$/ || token[at] == "(")
            return 0
        if (token[at] ~ /^[={,:[]$/)
            break
        if (token[at] == "*")
            constant = 0
        else if (token[at] == "const")
            constant = 1
        else if (is_name(token[at]))
            name = at
    }
    if (constant || !name || name == from ||
        token[name - 1] ~ /^(struct|union|enum|static)$/)
        return 0
    return name
}

# From the token behind the last declaration to the one at `end`.
function look(begin, end, depth,    name)
{
    if (begin == end || (depth > 0 && token[begin] != "static"))
        return
    name = variable(begin, end - 1)
    if (!name || token[name] in given)
        return
    if (file != ARGV[2])
        given[token[name]]
    else
        printf "%s:%d: `%s` is one variable for all uses: two at the same " \
            "time share it, and it keeps its value from one use to the " \
            "next.  Keep what belongs to one in its struct.\n",
            file, line_of[name], token[name]
}

function look_through(    at, begin, depth, inside)
{
    begin = 1
    for (at = 1; at <= tokens; at++) {
        if (token[at] == ";" && !inside) {
            look(begin, at, depth)
            begin = at + 1
        } else if (token[at] == "{") {
            # behind `=` or a name it is a part of a declaration
            if (inside || token[at - 1] == "=" ||
                depth == 0 && token[at - 1] != ")") {
                inside++
            } else {
                depth++
                begin = at + 1
            }
        } else if (token[at] == "}" && inside) {
            inside--
        } else if (token[at] == "}") {
            depth--
            begin = at + 1
        }
    }
    tokens = 0
}

FNR == 1 {
    look_through()
    file = FILENAME
    comment = joined = 0
}

{
    text = joined ? "" : $0
    if (text ~ /^[ \t]*#/ && !comment || joined)
        joined = $0 ~ /\\$/
    if (text ~ /^[ \t]*#/ && !comment)
        text = ""
    while (text != "") {
        if (comment) {
            comment = !match(text, /[*]\//)
            text = comment ? "" : substr(text, RSTART + 2)
            continue
        }
        match(text, "^([A-Za-z_0-9]+|\"([^\"\\\\]|\\\\.)*\"|" \
            "'([^'\\\\]|\\\\.)*'|/[*]|//.*|.)")
        word = substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
        if (word == "/*")
            comment = 1
        else if (word !~ /^([ \t\r]|\/\/.*)$/) {
            token[++tokens] = word
            line_of[tokens] = FNR
        }
    }
}

END {
    look_through()
}
