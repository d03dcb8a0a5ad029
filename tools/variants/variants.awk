# variants.awk: reads a variants file; README.md describes the format.
#
#   awk -v mode=list -f variants.awk FILE
#       the name of each block, a line each
#   awk -v mode=words -v name=NAME -v kind='!' -f variants.awk FILE
#       what stands behind that sign in the block NAME
#   awk -v mode=apply -v name=NAME -v changes=PATH -f variants.awk FILE SOURCE
#       SOURCE with the changes that the block makes to PATH ("": above any @)
#
# The whole file is checked each time.  A mistake gets one line and status 1.

function fail(line, what)
{
    if (failed)
        exit 1
    print ARGV[1] ":" line ": " what >"/dev/stderr"
    failed = 1
    exit 1
}

# ---- Reading ----------------------------------------------------------------

# The end of a change: lines to find, lines to put there.
function end_change()
{
    if (!changing)
        return
    changing = 0
    if (finds[change] == 0)
        fail(at[change], "nothing to find: begin with a line that stands " \
            "beside it")
    if (find[change] == put[change] && finds[change] == puts[change])
        fail(at[change], "this changes nothing")
}

function end_block()
{
    end_change()
    if (block != "" && !says)
        fail(block_line, block ": say what comes of it, with ! or >")
    if (block != "" && !does)
        fail(block_line, block ": say what to change, or a command with $")
}

function begin_block(name)
{
    end_block()
    if (name !~ /^[a-z0-9_]+$/)
        fail(FNR, "a name is made of a-z, 0-9 and _")
    if (name in seen)
        fail(FNR, name " stands here twice, first in line " seen[name])
    seen[name] = block_line = FNR
    block = name
    path = ""
    says = does = 0
    if (mode == "list")
        print name
}

function add_change(sign, text)
{
    if (!changing) {
        at[++change] = FNR
        of_block[change] = block
        of_path[change] = path
        changing = does = 1
    }
    if (sign != "+")
        find[change] = find[change] (finds[change]++ ? "\n" : "") text
    if (sign != "-")
        put[change] = put[change] (puts[change]++ ? "\n" : "") text
}

FILENAME == ARGV[1] {
    sign = substr($0, 1, 1)
    if (sign ~ /^[-+ ]$/) {
        if (block == "")
            fail(FNR, "a change before the first = NAME")
        add_change(sign, substr($0, 2))
        next
    }
    end_change()
    text = substr($0, 3)
    if (sign == "=")
        begin_block(text)
    else if (sign != "#" && sign != "") {
        if (sign !~ /^[!>$%@]$/)
            fail(FNR, "a line begins with one of = ! > $ % @ - + # or a blank")
        if (block == "")
            fail(FNR, "a " sign " before the first = NAME")
        says += sign ~ /^[!>]$/ || sign == "$" && / # exits [0-9]+$/
        does += sign == "$"
        if (sign == "@")
            path = text
        if (mode == "words" && block == name && sign == kind) {
            if (kind == ">" && last != ">")
                print "\f" # a group of lines begins
            print text
        }
    }
    last = sign
    if (sign ~ /^[=!$%@]$/ && $0 !~ /^. [^ ]/ || sign == ">" && !/^>( |$)/)
        fail(FNR, "behind " sign " come a blank and its text")
    next
}

# ---- Applying ---------------------------------------------------------------

# The source, line by line.
{ line[++lines] = $0 }

# Does the change begin at this line of the source?
function fits(change, start,    wanted, n, i)
{
    n = split(find[change], wanted, "\n")
    if (find[change] == "") # one empty line
        n = 1
    for (i = 1; i <= n; i++)
        if (start + i - 1 > lines || line[start + i - 1] != wanted[i])
            return 0
    return 1
}

# Where the change fits: it must be at one place.
function place(change,    i, found, where)
{
    for (i = 1; i <= lines; i++)
        if (fits(change, i)) {
            where = where (found++ ? ", " : "") i
            start = i
        }
    if (found != 1)
        fail(at[change], name ": the text to be found here stands " \
            (found ? found " times" : "nowhere") " in " ARGV[2] \
            (found ? ", in lines " where : ""))
    return start
}

function apply(    c, i, end, start)
{
    for (c = 1; c <= change; c++) {
        if (of_block[c] != name || of_path[c] != changes)
            continue
        start = place(c)
        for (i = start; i < start + finds[c]; i++) {
            if (i in gone)
                fail(at[c], name ": two changes of the same line " i)
            gone[i] = 1
        }
        instead[start] = puts[c] ? put[c] "\n" : ""
    }
    for (i = 1; i <= lines; i++) {
        printf "%s", instead[i]
        if (!(i in gone))
            print line[i]
    }
}

END {
    if (failed)
        exit 1
    end_block()
    if (mode != "list" && !(name in seen))
        fail(1, "there is no block " name)
    if (mode == "apply")
        apply()
}
