# notes.awk: prints a page of the notes as it should be now.
#
#   awk -v root=DIR -v bin=DIR -v tmp=FILE -v label=PAGE \
#       -f pattern.awk -f notes.awk PAGE
#
# <!-- snippet: FILE NAME -->   above ```c: the function, macro or object NAME
#                               of FILE, or else its struct or enum NAME
# <!-- snippet: FILE struct NAME -->        the struct, enum or union
# <!-- snippet: FILE NAME with comment -->  and the comment right above it
# <!-- snippet: FILE [NAME] -->   from the line /* [NAME] */ to /* [/NAME] */
# A ```c block without one of these is an error.
#
# ```console      holds lines "$ command", each followed by what it prints.  It
#                 is run in bin/ by run.sh and must end with status 0, or N:
#                 $ ./a07_race --what  # exits N
# <!-- numbers vary -->   above ```console: where the expected output in the
#                         program's top comment has a wildcard, the line may
#                         differ; while only such lines do, the block stays as it
#                         is.  Of other commands, and of a program with
#                         arguments, all numbers and addresses (0x…) may differ,
#                         with the blanks around them
#
# Every relative link must lead to a file.  All other blocks are left alone.

function fail(what)
{
    print label ":" at ": " what > "/dev/stderr"
    failed = 1
}

function quoted(text)
{
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}

# Read the lines of a block up to its closing fence into old[1..olds].
function read_block(    line)
{
    for (olds = 0; (getline line) > 0; old[++olds] = line)
        if (line ~ /^ *(```|~~~) *$/)
            return line
    fail("the last block is not closed")
    return "```"
}

# ---- Snippets ---------------------------------------------------------------

# What the line begins, if that is called `name`.
function kind_of(line, name)
{
    sub(/^__attribute__\(\([a-z_, ]*\)\) /, "", line)
    if (line ~ ("^(struct|enum|union) " name " \\{"))
        return "tag"
    if (line ~ ("^# *define " name "([^A-Za-z0-9_]|$)"))
        return "macro"
    if (line ~ ("^[A-Za-z_].*[ *]" name "\\("))
        return "function"
    if (line ~ ("^[A-Za-z_][^(=]*[ *]" name "(\\[[^]]*\\])*( =|;)"))
        return "object"
    return ""
}

function is_last(line, kind)
{
    if (kind == "macro")
        return line !~ /\\$/
    if (kind == "object")
        return line ~ /;( *\/\*.*)?$/
    return line ~ /^}/ || kind == "tag" && line ~ /};$/
}

# The text of all definitions called `name`, of tags or of all else.  How many
# there are is left in found.
function definition(file, name, tags, comment,    line, kind, text, above, body)
{
    found = open_comment = 0
    for (kind = ""; (getline line < file) > 0;) {
        if (kind == "" && (kind = kind_of(line, name)) != "") {
            if ((kind == "tag") != tags)
                kind = ""
            body = comment ? above : ""
        }
        above = line ~ /^\/\*/ || open_comment ? above line "\n" : ""
        open_comment = above != "" && line !~ /\*\/ *$/
        if (kind == "")
            continue
        if (line !~ /^ *\/\* \[.*\] \*\/$/)
            body = body line "\n"
        if (kind == "function" && line ~ /;$/ && body !~ /\n\{\n/) {
            kind = "" # only a prototype
        } else if (is_last(line, kind)) {
            text = text body
            found++
            kind = ""
        }
    }
    close(file)
    return text
}

# From marker to marker, moved to the left margin.
function marked(file, name,    line, text, inside, margin)
{
    found = 0
    for (margin = 80; (getline line < file) > 0;) {
        if (index(line, "/* [/" name "] */"))
            inside = 0
        if (inside && line !~ /^ *\/\* \[.*\] \*\/$/) {
            text = text line "\n"
            match(line, /^ */)
            if (line != "" && RLENGTH < margin)
                margin = RLENGTH
        }
        if (index(line, "/* [" name "] */")) {
            inside = 1
            found++
        }
    }
    close(file)
    if (inside)
        found = 0
    text = "\n" text
    while (margin-- > 0)
        gsub(/\n /, "\n", text)
    return substr(text, 2)
}

function snippet(what,    file, path, name, comment, tag, text)
{
    file = substr(what, 1, index(what, " ") - 1)
    name = substr(what, index(what, " ") + 1)
    path = root "/" file
    if ((getline text < path) < 0) {
        fail("there is no file " file)
        return
    }
    close(path)
    comment = sub(/ with comment$/, "", name)
    tag = sub(/^(struct|enum|union) /, "", name)
    if (name ~ /^\[.*\]$/) {
        text = marked(path, substr(name, 2, length(name) - 2))
    } else if (name ~ /^[A-Za-z_0-9]+$/) {
        text = tag ? "" : definition(path, name, 0, comment)
        if (tag || !found)
            text = definition(path, name, 1, comment)
    } else
        fail("a snippet is FILE NAME, FILE struct NAME or FILE [NAME]")
    if (found != 1)
        fail((found ? "more than one" : "no complete") " `" name "` in " file)
    printf "%s", text
}

# ---- Console blocks ---------------------------------------------------------

function masked(line)
{
    gsub(/ *(0x[0-9a-f]+|[0-9][0-9.,]*) */, "#", line)
    return line
}

# Run a command; append what it prints to now[1..nows].
function run(command,    status, wanted, line, first)
{
    first = nows + 1
    wanted = match(command, /# exits [0-9]+$/) ? substr(command, RSTART + 8) : 0
    status = system(quoted(root "/tools/run.sh") " " quoted(bin) " " \
                    quoted(command) " >" quoted(tmp))
    while ((getline line < tmp) > 0) {
        sub(/[ \t]+$/, "", line)
        now[++nows] = line
        if (line ~ /^```/)
            fail("`" command "` prints ```, which would end the block")
    }
    close(tmp)
    if (status == wanted)
        return
    for (; first <= nows; first++)
        print "    " now[first] > "/dev/stderr"
    fail("`" command "` ended with status " status ", not " wanted)
}

# The lesson program that a command runs, or "."
function program(command)
{
    return match(command, /\.\/a[0-9][0-9]_[a-z0-9_]+/) ? \
        substr(command, RSTART + 2, RLENGTH - 2) : "."
}

# A program of the course that this machine lacks the packages for.
function not_built(name)
{
    return system("test -e " quoted(bin "/" name)) && \
        !system("test -e " quoted(root) "/a??_*/" name ".c")
}

# Its expected output holds wildcards.
function varies(name)
{
    return !system("grep -Eqs '^ \\*     .*<(n|text)>' " quoted(root) \
                   "/a??_*/" name ".c")
}

# Remember for the lines from `at` on what the program promises to print, if the
# command is the program alone.
function read_promise(command, at,    file, line, inside)
{
    if (command !~ /^\.\/a[0-9][0-9]_[a-z0-9_]+$/)
        return
    file = "ls " quoted(root) "/a??_*/" substr(command, 3) ".c 2>/dev/null"
    if ((file | getline line) <= 0)
        return
    close(file)
    file = line
    while ((getline line < file) > 0 && line !~ /\*\//) {
        if (inside && line !~ /^ \*(     .*)?$/)
            break
        if (inside)
            promise[at++] = "=" pattern(substr(line, 8))
        inside = inside || line == " * Expected output:"
    }
    close(file)
}

# May line i of the block stay as it is, though the program printed another?
function may_differ(i)
{
    if (!(i in promise))
        return masked(old[i]) == masked(now[i])
    return promise[i] != "=" && old[i] ~ substr(promise[i], 2)
}

function console(vary,    i, same, command, name)
{
    split("", promise)
    read_block()
    if (!olds || old[1] !~ /^\$ /)
        fail("a console block begins with $ and a command")
    nows = 0
    for (i = 1; i <= olds; i++) {
        if (old[i] !~ /^\$ /)
            continue
        now[++nows] = old[i]
        command = substr(old[i], 3)
        read_promise(command, nows + 1)
        name = program(command)
        if (!vary && varies(name))
            fail("what " name " prints varies: <!-- numbers vary --> above it")
        if (not_built(name)) {
            print label ":" at ": left alone, as " name " is not built" \
                > "/dev/stderr"
            while (i < olds && old[i + 1] !~ /^\$ /)
                now[++nows] = old[++i]
        } else
            run(command)
    }
    same = vary && nows == olds
    for (i = 1; i <= nows; i++)
        same = same && (old[i] == now[i] || may_differ(i))
    for (i = 1; i <= nows; i++)
        print same ? old[i] : now[i]
}

# ---- Links ------------------------------------------------------------------

function check_links(text,    target, folder)
{
    folder = FILENAME
    if (!sub(/\/[^\/]*$/, "/", folder))
        folder = ""
    gsub(/`[^`]*`/, "", text)
    sub(/^\[[^]]*\]: */, "](", text)
    while (match(text, /(\]\(|(src|href)=")[^)" ]+/)) {
        target = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/^(\]\(|[a-z]+=")/, "", target)
        sub(/#.*/, "", target)
        if (target != "" && target !~ /^[a-z]+:/ && \
            system("test -e " quoted(folder target)))
            fail("the link " target " leads nowhere")
    }
}

# ---- The page ---------------------------------------------------------------

{ at = FNR } # for fail(): where a block begins

/^<!-- snippet: [^ ]+ .+ -->$/ {
    print
    what = substr($0, 15, length($0) - 18)
    getline
    print
    if ($0 == "```c") {
        read_block()
        snippet(what)
        print "```"
    } else
        fail("under a snippet comment stands ```c")
    next
}

/^<!-- numbers vary -->$/ {
    print
    getline
    if ($0 != "```console")
        fail("under <!-- numbers vary --> stands ```console")
    at = vary = FNR
}

/^```console$/ {
    print
    console(vary == FNR)
    print "```"
    next
}

/^ *(```|~~~)/ {
    print
    if (/^ *(```|~~~) *[cC]( |$)/)
        fail("C without its source: <!-- snippet: FILE NAME --> above ```c")
    if (/console/)
        fail("write ```console, at the left margin and alone in its line")
    end = read_block()
    for (i = 1; i <= olds; i++)
        print old[i]
    print end
    next
}

/<!-- *(snippet|numbers)/ {
    fail("this comment is neither <!-- snippet: FILE NAME --> nor " \
         "<!-- numbers vary -->")
}

{
    print
    check_links($0)
}

END { exit failed }
