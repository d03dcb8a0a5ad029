/* What do tasks in trouble look like from the outside?
 *
 * Six tasks run for a minute, or --seconds N, and print nothing.  One of them
 * is well.  One wakes itself instead of waiting, one computes for long, one has
 * a large frame, and one waits for a lock that the last one keeps.  Which are
 * they?  The program cannot tell you, but you can look at it while it runs.
 *
 * Run:    EXECUTOR_CONSOLE=1 ./a10_watched
 *         ./a10_console                      meanwhile, in another terminal
 * Watch:  The marks at the left of the table, and what is said of them below.
 *         Select `stuck` and press Enter: where does it wait?  A console can
 *         come and go; the program does not notice.
 *
 * Expected output:
 *     look at me with ./a10_console, for 60 seconds
 *     that was it
 *
 * Try:    EXECUTOR_CONSOLE=here ./a10_watched: one line says what is wrong.
 *         EXECUTOR_CONSOLE=./here EXECUTOR_TRACE=run.svg ./a10_watched: a
 *         socket at a place of your own, and a picture of the same minute.
 */
#include "a10_tracing/console_demo.h"
#include "runtime.h"

struct minute {
    struct async async;
    uint64_t seconds;
    struct console_demo demo;
    struct sleep nap;
};

static enum poll minute_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct minute);
    printf("look at me with ./a10_console, for %d seconds\n",
           (int)self->seconds);
    program_flush();
    console_demo_start(&self->demo, cx->executor);
    AWAIT(sleep_ms(&self->nap, 1000 * self->seconds));
    printf("that was it\n");
    ASYNC_FINALLY
    console_demo_end(&self->demo);
    ASYNC_END;
}

static const struct future_ops minute_ops = ASYNC_OPS(minute);

static uint64_t parse(int argc, char **argv)
{
    static const struct option known[] = { { "seconds", 1, NULL, 's' }, { 0 } };
    long seconds = 60;
    program_begin_options(argc, argv, "[--seconds N]");
    while (program_option(argc, argv, "", known) != -1)
        seconds = program_number("--seconds", optarg, 1, 100000);
    program_no_more(argc, argv);
    return (uint64_t)seconds;
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct minute minute = { .async.future.ops = &minute_ops,
                             .seconds = parse(argc, argv) };
    runtime_init(&rt, NULL);
    return runtime_run(&rt, &minute.async.future);
}
