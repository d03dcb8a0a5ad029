/* A lesson program, PROGRAM, whose block_on() gives up: after 0 polls, after 1,
 * after 2 ... , until it gets to its end.  What it was to wait for is dropped,
 * the rest of main() goes on, and must still close everything and return 0.
 * Each time is a process of its own, so sanitizers have their say. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "executor.h"

static int polls_left;

struct giving_up {
    struct future future;
    struct future *inner;
};

static enum poll giving_up_poll(struct future *f, struct context *cx)
{
    struct giving_up *self = container_of(f, struct giving_up, future);
    if (polls_left-- > 0)
        return future_poll(self->inner, cx);
    polls_left = -1;
    future_drop(self->inner);
    return POLL_READY;
}

static void giving_up_drop(struct future *f)
{
    future_drop(container_of(f, struct giving_up, future)->inner);
}

static const struct future_ops giving_up_ops = { .name = "giving_up",
                                                 .poll = giving_up_poll,
                                                 .drop = giving_up_drop };

static void block_on_or_give_up(struct executor *executor, struct future *f)
{
    struct giving_up g = { .future.ops = &giving_up_ops, .inner = f };
    block_on(executor, &g.future);
}

#define block_on block_on_or_give_up
#define main program_main
#include PROGRAM
#undef main

/* The child's status: 0 as it should be, 3 if it got to its end. */
static int giving_up_run(int polls)
{
    char name[] = "program", *arguments[] = { name, NULL };
    int status;
    polls_left = polls;
    if (!freopen("/dev/null", "w", stdout))
        return 1;
    status = program_main(1, arguments);
    return status ? status : polls_left >= 0 ? 3 : 0;
}

int main(void)
{
    setenv("EXECUTOR_CLOCK", "virtual", 1);
    for (int polls = 0;; polls++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            exit(giving_up_run(polls));
        if (child < 0 || waitpid(child, &status, 0) != child || polls > 10000)
            return 2;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
            printf("dropped at each of %d polls\n", polls);
            return 0;
        }
        if (status != 0) {
            printf("dropped after %d polls: status %d\n", polls, status);
            return 1;
        }
    }
}
