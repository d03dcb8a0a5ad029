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

# Behind  list_each(...) { },  if that is what begins at `at`; or 0.
function block_of_macro(at)
{
    if (!is_name(token[at]) || token[at + 1] != "(")
        return 0
    at = closing(at + 1) + 1
    return token[at] == "{" ? closing(at) + 1 : 0
}

# Behind the statement that begins at `at`.
function behind_statement(at)
{
    while (token[at] ~ /^(if|for|while|switch|do|else)$/) {
        if (token[at] == "do")
            return behind_statement(behind_statement(at + 1))
        if (token[at] == "if") {
            at = behind_statement(closing(at + 1) + 1)
            if (token[at] != "else")
                return at
        }
        at = token[at] == "else" ? at + 1 : closing(at + 1) + 1
    }
    if (block_of_macro(at))
        return block_of_macro(at)
    if (token[at] == "{")
        return closing(at) + 1
    for (; at < tokens && token[at] != ";"; at++)
        if (token[at] ~ /^[({[]$/)
            at = closing(at)
    return at + 1
}

# Demand "= ..." of every name declared from `at` on; returns the end.
function check_names(at,    name, value)
{
    for (; at <= tokens; at++) {
        if (token[at] ~ /^[,;]$/) {
            if (name && !value)
                say(name, "`" token[name] "` belongs in the frame; or, if " \
                    "no AWAIT comes while it is in use, into a { } of its " \
                    "own, with an initialiser")
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
        say(at, "one AWAIT on a line: the line number is where it goes on")
}

# Up to where a `break` is in the loop or switch that begins at `at`; or 0.
function breaks_to(at)
{
    if (token[at] == "do")
        return behind_statement(at + 1)
    if (token[at] ~ /^(for|while|switch)$/)
        return behind_statement(at)
    return block_of_macro(at)
}

function check_break(at, finally)
{
    if (finally)
        say(at, "a `break` outside of a loop skips what is left of " \
            "ASYNC_FINALLY; use if and else")
    else
        say(at, "a `break` outside of a loop skips ASYNC_FINALLY; use " \
            "ASYNC_RETURN()")
}

# From ASYNC_BEGIN to ASYNC_END.
function check_body(at, end,    finally, switch_end, line, to, loop_end)
{
    for (; at < end; at++) {
        if (token[at] == "return")
            say(at, "leave by ASYNC_RETURN(...): a bare return skips " \
                "ASYNC_FINALLY and forgets where the function is")
        if (finally && token[at] ~ /^(AWAIT|ASYNC_RETURN)$/)
            say(at, "no " token[at] " after ASYNC_FINALLY: that code also " \
                "runs on a drop, and cannot wait; AWAIT before it")
        if (token[at] == "ASYNC_FINALLY")
            finally = 1
        if ((to = breaks_to(at)) > loop_end)
            loop_end = to
        if (token[at] == "break" && at >= loop_end)
            check_break(at, finally)
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
    if (begin != open + 1 && token[open + 1] == "static" && \
        token[open + 2] != "const")
        say(open + 1, "all futures of this kind share a static variable: put " \
            "what each one needs into its frame, the struct")
    else if (begin != open + 1)
        say(begin, "make ASYNC_BEGIN the first line of its function: code " \
            "before it runs again at every poll")
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
