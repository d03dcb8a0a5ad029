# promised.awk: are these lines printed?
#
#   awk -f ../pattern.awk -f promised.awk VARIANTS-WORDS OUTPUT
#
# A form feed begins a group: lines that are printed one right after the other.
# The groups come in this order; other lines may stand between them.

FILENAME == ARGV[1] {
    if ($0 == "\f")
        first[++groups] = wants + 1
    else
        want[++wants] = $0
    next
}

{
    sub(/[ \t]+$/, "")
    got[++gots] = $0
}

function holds(i, j)
{
    return got[j] == want[i] || pattern(want[i]) != "" && \
        got[j] ~ pattern(want[i])
}

# Behind the group, if it begins at this line of the output; or 0.
function behind(group, at,    i)
{
    for (i = first[group]; i < first[group + 1]; i++)
        if (at > gots || !holds(i, at++))
            return 0
    return at
}

END {
    first[groups + 1] = wants + 1
    for (at = group = 1; group <= groups; at = next_at) {
        for (next_at = 0; at <= gots && !next_at; at++)
            next_at = behind(group, at)
        if (!next_at) {
            print "it does not print, after what stands above it:"
            for (i = first[group]; i < first[group + 1]; i++)
                print "> " want[i]
            exit 1
        }
        group++
    }
}
