/* many_model.h: the ends of a channel with many receivers, and their model.
 *
 * What broadcast_model.c and watch_model.c share: ends come and go, by chance.
 * Each says what its block is called, and gives the rest:
 *
 *     #define BLOCK(call) watch_##call
 *     struct real_wait         the future of a receiver
 *     receiver_begins(i)       what a new receiver has seen
 *     step_send(i)             sender i sends
 *     step_use(i)              receiver i receives, waits, reads
 *     compare()                block and model, after each step
 */
#ifndef A08_MANY_MODEL_H
#define A08_MANY_MODEL_H

#include "tests/model.h"

enum { SENDERS = 3, RECEIVERS = 4 };

static struct { /* the block */
    number_tx tx[SENDERS];
    number_rx rx[RECEIVERS];
    struct real_wait wait[RECEIVERS];
} real;

static struct { /* the model: there is such an end */
    bool tx[SENDERS], rx[RECEIVERS];
} ends;

static struct waiting readers[RECEIVERS];
static bool no_memory; /* for a clone */

static void receiver_begins(int i);
static void step_send(int i);
static void step_use(int i);
static void compare(void);

static bool number_clone(void *copy, const void *value)
{
    if (!no_memory)
        *(int **)copy = value_make(**(int *const *)value);
    return !no_memory;
}

static int count(const bool *of, int n)
{
    int found = 0;
    while (n-- > 0)
        found += of[n];
    return found;
}

static int senders(void)
{
    return count(ends.tx, SENDERS);
}

static int receivers(void)
{
    return count(ends.rx, RECEIVERS);
}

/* A free place for a new end, or -1. */
static int place(const bool *of, int n)
{
    while (n-- > 0 && of[n]) {
    }
    return n;
}

static void step_sender(int i)
{
    int to;
    assert_int_equal(BLOCK(receivers)(&real.tx[i]), receivers());
    switch (roll(12)) {
    case 0:
        model_say("drop sender %d", i);
        BLOCK(sender_drop)(&real.tx[i]);
        ends.tx[i] = false;
        break;
    case 1:
        if ((to = place(ends.tx, SENDERS)) < 0)
            break;
        model_say("clone sender %d to %d", i, to);
        real.tx[to] = BLOCK(sender_clone)(&real.tx[i]);
        ends.tx[to] = true;
        break;
    case 2:
        if ((to = place(ends.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes", to);
        assert_int_equal(BLOCK(subscribe)(&real.tx[i], &real.rx[to]), 0);
        ends.rx[to] = true;
        receiver_begins(to);
        break;
    default:
        step_send(i);
    }
}

static void step_receiver(int i)
{
    int to;
    switch (roll(16)) {
    case 0:
        model_say("drop receiver %d", i);
        waiting_drop(&readers[i]);
        BLOCK(receiver_drop)(&real.rx[i]);
        ends.rx[i] = false;
        break;
    case 1:
        if ((to = place(ends.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes beside %d", to, i);
        assert_int_equal(BLOCK(resubscribe)(&real.rx[i], &real.rx[to]), 0);
        ends.rx[to] = true;
        receiver_begins(to);
        break;
    case 2:
        model_say("receiver %d drops its wait", i);
        waiting_drop(&readers[i]);
        break;
    default:
        step_use(i);
    }
}

static void model_end(void)
{
    for (int i = 0; i < RECEIVERS; i++)
        waiting_drop(&readers[i]);
    for (int i = 0; i < RECEIVERS; i++)
        BLOCK(receiver_drop)(&real.rx[i]);
    for (int i = 0; i < SENDERS; i++)
        BLOCK(sender_drop)(&real.tx[i]);
}

static void model_step(void)
{
    int i = (int)roll(SENDERS + RECEIVERS);
    if (!senders() && !receivers()) {
        model_say("open another");
        model_begin();
    }
    no_memory = roll(8) == 0;
    if (i >= SENDERS && ends.rx[i - SENDERS])
        step_receiver(i - SENDERS);
    else if (i < SENDERS && ends.tx[i])
        step_sender(i);
    compare();
}
#endif
