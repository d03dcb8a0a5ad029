# check_tree.awk: the rules that one file can break: its length and width, what
# it includes, the top comment of a program.
#
#   awk -v headers="future.h …" -f check_tree.awk FILE...     from the root

function say(line, what)
{
    print file ":" line ": " what
}

# A room's number, from a path that begins with it; "" for other paths.
function room(path)
{
    return path ~ /^a[0-9][0-9]_/ ? substr(path, 1, 3) : ""
}

function begin_file()
{
    file = FILENAME
    program = file ~ /^a[0-9][0-9]_[^\/]*\/a[0-9][0-9]_[^\/]*\.c$/
    block = file ~ /^a[0-9][0-9]_[^\/]*\/[^\/]*\.h$/
    limit = program ? 200 : block ? 300 : file ~ /^include\// ? 200 : 0
    top = ""
    in_top = program
    promise = opened = code = comment = 0
}

function end_file(    i)
{
    if (limit && lines > limit)
        say(lines, "has " lines " lines, at most " limit " are allowed")
    if (!program)
        return
    if (top !~ /^\/\* [^\n]*(\n \* [^\n]+)*\?\n \*\n/)
        say(1, "begin the top comment with the question that it answers")
    for (i = 1; i <= 4; i++)
        if (!index(top, "\n * " section[i] ":"))
            say(1, "the top comment has no '" section[i] ":'")
}

# In a header all includes come first.
function check_place()
{
    if (code && file ~ /^include\/|^a[0-9][0-9]_[^\/]*\/[^\/]*\.h$/)
        say(FNR, "in a header, includes come first: line " code " is code")
}

# Note what includes what: later a circle is looked for.
function note_include(name)
{
    if (index(" " headers " ", " " name " "))
        name = "include/" name
    includes[file] = includes[file] " " name
}

# Follow the includes of a header; `path` is how we came here.
function follow(header, path,    list, n, i)
{
    followed[header] = "begun"
    n = split(includes[header], list, " ")
    for (i = 1; i <= n; i++)
        if (!(list[i] in followed))
            follow(list[i], path " " list[i])
        else if (followed[list[i]] == "begun")
            print header ":1: a circle of includes: " path " " list[i]
    followed[header] = "done"
}

# Which way includes point: from rooms to earlier rooms and to include/, and
# from include/ to nowhere else.  Tests and exercises may have helpers.
function check_include(name)
{
    if (index(" " headers " ", " " name " "))
        return
    if (file ~ /^include\//)
        say(FNR, "a header in include/ includes only its neighbours")
    else if (room(file) && room(name) > room(file))
        say(FNR, name " is of a later room")
    else if ((program || block) && !room(name))
        say(FNR, "include a building block by its full name: " \
            "\"aNN_room/" name "\"")
}

BEGIN {
    split("Run,Watch,Expected output,Try", section, ",")
}

FNR == 1 {
    if (file)
        end_file()
    begin_file()
}

{
    lines = FNR
    text = $0
    gsub(/[\200-\277]/, "", text) # bytes that go on a character of UTF-8
    promise = in_top && / \* Expected output:/ || promise && /^ \*(     |$)/
    wrong = FILENAME ~ /\/mistakes\// # a line may be what is wrong
    if (length(text) > 80 && !promise && !wrong)
        say(FNR, "is " length(text) " columns wide, at most 80 are allowed")
}

# The first line of code: neither comment nor preprocessor.
!code && !comment && !/^(#|\/[*]|$)/ && !joined { code = FNR }
{
    joined = /\\$/
    if (/\/[*]/)
        comment = 1
    if (/[*]\//)
        comment = 0
}

/^# *include / { check_place() }

/^# *include "/ {
    split($0, part, "\"")
    check_include(part[2])
    note_include(part[2])
}

/^\{$/ { opened = FNR }

/^\}/ {
    if (opened && FNR - opened - 1 > 40 && FILENAME !~ /check_async\//)
        say(opened, "this function has " FNR - opened - 1 \
            " lines, at most 40 are allowed")
    opened = 0
}

in_top {
    top = top $0 "\n"
    if (/\*\//)
        in_top = 0
}

END {
    if (file)
        end_file()
    for (header in includes)
        if (!(header in followed))
            follow(header, header)
}
