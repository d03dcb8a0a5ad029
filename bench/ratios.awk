# What carries over from one machine to another: ratios within one run.
#
#     build-release/bin/bench | awk -f bench/ratios.awk
{ ns[$1] = $3; bytes[$1] = $4 }

function row(what, value, most)
{
    printf "%-36s %6.2f   at most %s\n", what, value, most
}

function ratio(a, b, most)
{
    if (ns[a] > 0 && ns[b] > 0)
        row(a " / " b, ns[a] / ns[b], most)
}

END {
    ratio("yield2", "limit_list_call", 5)
    ratio("yield1000", "limit_list_call", 5)
    ratio("spawn_seq", "limit_malloc", 4)
    ratio("lines", "lines_read", 3)
    ratio("tcp_echo", "tcp_echo_libuv", 1.05)
    ratio("service", "service_bare", 1.2)
    if (bytes["memory"] > 0)
        row("memory, bytes of a parked task", bytes["memory"], 128)
    if (bytes["sleepers_late"] > 0)
        row("sleepers, bytes of a sleeping task", bytes["sleepers_late"], 128)
}
