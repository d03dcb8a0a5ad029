/* model.h: random operations on a block, compared with a plain model of it.
 *
 * A test gives model_begin(), model_step(), model_end().  For each seed there
 * is a begin, many steps and an end.  A step picks an operation with roll(),
 * says it with model_say(), does it to both, and compares.
 *
 *     test_oneshot_model [SEEDS [FIRST]]
 *
 * When a seed fails, its last operations are printed, and how to run it alone.
 *
 * struct waiting is a future that is polled by hand, each time with another
 * waker.  A waker that is not the latest one must never be called again:
 * waiting_check() sees it.  waiting_woken(): the latest one was called.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "tests/support.h"

static void model_begin(void);
static void model_step(void);
static void model_end(void);

enum { MODEL_STEPS = 10000, MODEL_LINES = 40, MODEL_WIDTH = 60 };

static struct {
    int seeds, first, seed, step;
    uint64_t chance; /* the state of roll() */
    bool passed;
    char said[MODEL_LINES][MODEL_WIDTH]; /* the last operations */
    int lines;
} model;

/* 0 to below - 1. */
static inline unsigned roll(unsigned below)
{
    model.chance = model.chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(model.chance >> 33) % below;
}

__attribute__((format(printf, 1, 2))) static inline void model_say(
    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(model.said[model.lines++ % MODEL_LINES], MODEL_WIDTH, format,
              arguments);
    va_end(arguments);
}

/* ---- A future polled by hand --------------------------------------------- */

struct waiting {
    struct future *future; /* NULL: over, dropped or never made */
    struct bell bells[2];  /* of the latest poll, and of the one before */
    int latest;            /* which of them */
    int silent[2];         /* what they had rung when they were replaced */
};

static inline void waiting_check(const struct waiting *w)
{
    for (int i = 0; i < 2; i++)
        if (!w->future || i != w->latest)
            assert_int_equal(w->bells[i].rings, w->silent[i]);
}

static inline bool waiting_woken(const struct waiting *w)
{
    return w->bells[w->latest].rings > w->silent[w->latest];
}

static inline void waiting_over_(struct waiting *w)
{
    w->future = NULL;
    w->silent[w->latest] = w->bells[w->latest].rings;
}

/* Poll w->future.  READY: it is over, and no longer there. */
static inline enum poll waiting_poll(struct waiting *w)
{
    struct context cx;
    int old = w->latest;
    w->silent[old] = w->bells[old].rings;
    w->latest = !old;
    w->silent[w->latest] = w->bells[w->latest].rings;
    cx = context_make(bell_waker(&w->bells[w->latest]), &ex);
    if (future_poll(w->future, &cx) == POLL_READY) {
        waiting_over_(w);
        return POLL_READY;
    }
    context_check(&cx, w->future);
    return POLL_PENDING;
}

static inline void waiting_drop(struct waiting *w)
{
    future_drop(w->future);
    waiting_over_(w);
}

/* ---- Values that are counted --------------------------------------------- */

/* Each value is memory of its own, so that what is lost is a leak, and what is
 * dropped twice is a double free. */
static int values_alive;

static inline int *value_make(int n)
{
    int *value = malloc(sizeof *value);
    assert_non_null(value);
    *value = n;
    values_alive++;
    return value;
}

static inline void value_free(void *pointer)
{
    free(*(int **)pointer);
    values_alive--;
}

/* ---- The run ------------------------------------------------------------- */

static inline void model_test(void **state)
{
    for (int i = 0; i < model.seeds; i++) {
        model.seed = model.first + i;
        model.chance = (uint64_t)model.seed * 0x9e3779b97f4a7c15u;
        model.lines = 0;
        up(&virtual_clock);
        model_begin();
        for (model.step = 0; model.step < MODEL_STEPS; model.step++)
            model_step();
        model_end();
        assert_int_equal(values_alive, 0);
        down();
    }
    model.passed = true;
}

static inline int model_say_why(void **state)
{
    int first = model.lines > MODEL_LINES ? model.lines - MODEL_LINES : 0;
    if (model.passed)
        return 0;
    fprintf(stderr, "seed %d, step %d; again with the arguments 1 %d\n",
            model.seed, model.step, model.seed);
    for (int i = first; i < model.lines; i++)
        fprintf(stderr, "    %s\n", model.said[i % MODEL_LINES]);
    return 0;
}

static inline int model_main(int argc, char **argv, const char *name)
{
    const struct CMUnitTest tests[] = {
        { name, model_test, NULL, model_say_why, NULL },
    };
    model.seeds = argc > 1 ? atoi(argv[1]) : 20;
    model.first = argc > 2 ? atoi(argv[2]) : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
