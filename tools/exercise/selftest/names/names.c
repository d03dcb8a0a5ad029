/* Not for learners: an answer may use every name of the harness. */
#include "future.h"

enum { poller = 4, CHECK };
#define WHILE 7

struct reject {
    int skip, poll_by;
};

static const char tests[] = "names";

static int print_error(int n)
{
    return n;
}

static int print_message(int n)
{
    return tests[0] == 'n' ? n : 0;
}

static int run(int n)
{
    return print_error(n) + print_message(WHILE);
}

static int fail(struct reject mock)
{
    return run(mock.skip) + mock.poll_by + poller - CHECK;
}

static int answer(void)
{
    struct reject blocks_in_use = { .skip = 1, .poll_by = 2 };
    return fail(blocks_in_use);
}
