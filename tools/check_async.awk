# check_async.awk: the rules of async functions that no compiler checks.
#
#   awk -f check_async.awk FILE...     prints  FILE:LINE: what to do instead
#
# First a file becomes a list of tokens, without comments and preprocessor
# lines; then every function that holds ASYNC_BEGIN is looked through.

function say(at, what)
{
    print file ":" line_of[at] ": " what
    failed = 1
}

function is_name(t)
{
    return t ~ /^[A-Za-z_]/ && !(t in keyword)
}

# The token that closes the bracket at `at`.
function closing(at,    depth)
{
    for (; at <= tokens; at++) {
        depth += token[at] ~ /^[({[]$/
        depth -= token[at] ~ /^[]})]$/
        if (depth == 0)
            return at
    }
    return tokens
}

# If a declaration of locals begins at `at`: the token behind its type, or 0.
function behind_type(at,    start)
{
    for (start = at; token[at] in type_word; at++) {
        if (token[at] ~ /^(static|extern|typedef)$/)
            return 0 # not on the stack, so no AWAIT can lose it
        if (token[at] ~ /^(struct|union|enum)$/) {
            if (is_name(token[at + 1]))
                at++
            if (token[at + 1] == "{")
                at = closing(at + 1)
        }
    }
    if (at > start)
        return at
    if (!is_name(token[at]))
        return 0
    start = ++at
    while (token[at] ~ /^(\*|const|restrict|volatile)$/)
        at++
    return is_name(token[at]) && token[at + 1] ~ /^[=;,[]$/ ? start : 0
}

# Demand "= ..." of every name declared from `at` on; returns the end.
function check_names(at,    name, value)
{
    for (; at <= tokens; at++) {
        if (token[at] ~ /^[,;]$/) {
            if (name && !value)
                say(name, "`" token[name] "` needs an initialiser (= 0, " \
                    "= { 0 }), or a place in the frame: without either an " \
                    "AWAIT loses its value and no compiler sees it")
            if (token[at] == ";")
                return at
            name = value = 0
        } else if (token[at] == "=") {
            value = 1
        } else if (is_name(token[at]) && !value) {
            name = at
            value = token[at + 1] == "(" # a prototype
        } else if (token[at] ~ /^[[{]$/ || token[at] == "(" && name)
            at = closing(at)
    }
    return at
}

function check_await(at, switch_end, line)
{
    if (at < switch_end)
        say(at, "no AWAIT inside a switch of your own: an async function is " \
            "a switch too; use if and else")
    if (line_of[at] == line)
        say(at, "one AWAIT on a line: the line is where it resumes")
}

# From ASYNC_BEGIN to ASYNC_END.
function check_body(at, end,    finally, switch_end, line, to)
{
    for (; at < end; at++) {
        if (token[at] == "return")
            say(at, "leave by ASYNC_RETURN(...): a bare return skips " \
                "ASYNC_FINALLY and forgets where we are")
        if (finally && token[at] ~ /^(AWAIT|ASYNC_RETURN)$/)
            say(at, "no " token[at] " after ASYNC_FINALLY, which runs on " \
                "cancel too and cannot wait: do it before")
        if (token[at] == "ASYNC_FINALLY")
            finally = 1
        if (token[at] == "switch") {
            to = closing(closing(at + 1) + 1)
            switch_end = to > switch_end ? to : switch_end
        }
        if (token[at] == "AWAIT") {
            check_await(at, switch_end, line)
            at = closing(at + 1)
            line = line_of[at]
        }
        if (token[at] ~ /^([;{}]|ASYNC_FINALLY)$/ || \
            token[at] == "(" && token[at - 1] == "for")
            if ((to = behind_type(at + 1)))
                at = check_names(to) - 1
    }
}

function check_function(open, end,    at, begin)
{
    for (at = open; at < end && token[at] != "ASYNC_END"; at++)
        if (token[at] == "ASYNC_BEGIN")
            begin = at
    if (!begin)
        return
    if (begin != open + 1)
        say(begin, "make ASYNC_BEGIN the first line of its function: what " \
            "stands before it happens again at every poll")
    if (at == end)
        say(end, "end an async function with ASYNC_END")
    check_body(begin, at)
}

function check_file(    at, end)
{
    for (at = 1; at <= tokens; at = end + 1) {
        end = at
        if (token[at] == "{") {
            end = closing(at)
            if (token[at - 1] == ")")
                check_function(at, end)
        }
    }
    tokens = 0
}

BEGIN {
    split("static extern typedef struct union enum const volatile restrict " \
          "register auto unsigned signed char short int long float double " \
          "void bool _Bool _Atomic", words, " ")
    for (i in words)
        type_word[words[i]]
    split("return goto else do case default if for while switch break " \
          "continue sizeof ASYNC_FINALLY", words, " ")
    for (i in words)
        keyword[words[i]]
    lexeme = "^([A-Za-z_0-9]+|\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)*'" \
             "|/[*]|//.*|.)"
}

FNR == 1 {
    check_file()
    file = FILENAME
    comment = joined = directive = 0
}

{
    text = $0
    directive = joined ? directive : !comment && text ~ /^[ \t]*#/
    joined = sub(/\\$/, "", text)
    while (text != "") {
        if (comment) {
            comment = !match(text, /[*]\//)
            text = comment ? "" : substr(text, RSTART + 2)
            continue
        }
        match(text, lexeme)
        word = substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
        if (word == "/*")
            comment = 1
        else if (word !~ /^([ \t\r]|\/\/.*)$/ && !directive) {
            token[++tokens] = word
            line_of[tokens] = FNR
        }
    }
}

END {
    check_file()
    exit failed
}
