/* watch.h against a model, one channel after the other. */
#include "a08_channels/watch.h"
#include "tests/model.h"

typedef WATCH_SENDER(int *) number_tx;
typedef WATCH_RECEIVER(int *) number_rx;

enum { SENDERS = 3, RECEIVERS = 4, DIVISOR = 5 };

static struct { /* the block */
    number_tx tx[SENDERS];
    number_rx rx[RECEIVERS];
    struct watch_changed changed[RECEIVERS];
} real;

static struct {                      /* the model */
    int number;                      /* of the newest value */
    int version;                     /* sends that were accepted */
    bool tx[SENDERS], rx[RECEIVERS]; /* there is such an end */
    int seen[RECEIVERS];             /* the version */
    bool picks[RECEIVERS];           /* it waits for multiples of DIVISOR */
    bool marked[RECEIVERS];          /* since its wait was polled */
} want;

static struct waiting readers[RECEIVERS];
static bool no_memory; /* for a clone */

static bool number_clone(void *copy, const void *value)
{
    if (!no_memory)
        *(int **)copy = value_make(**(int *const *)value);
    return !no_memory;
}

static bool is_multiple(const void *value, const void *data)
{
    return **(int *const *)value % *(const int *)data == 0;
}

static int count(const bool *ends, int n)
{
    int found = 0;
    while (n-- > 0)
        found += ends[n];
    return found;
}

static int senders(void)
{
    return count(want.tx, SENDERS);
}

static int receivers(void)
{
    return count(want.rx, RECEIVERS);
}

/* A free place for a new end, or -1. */
static int place(const bool *ends, int n)
{
    while (n-- > 0 && ends[n]) {
    }
    return n;
}

/* What the wait of this receiver finds. */
static int want_status(int i)
{
    if (want.picks[i] ? want.number % DIVISOR == 0
                      : want.seen[i] != want.version)
        return 0;
    return senders() ? UV_EAGAIN : UV_EOF;
}

static void step_send(int i)
{
    int number = (int)roll(20);
    int *value = value_make(number);
    int rc = watch_send(&real.tx[i], &value);
    model_say("sender %d sends %d: %d", i, number, rc);
    assert_int_equal(rc, receivers() ? 0 : UV_EPIPE);
    if (rc) {
        value_free(&value);
        return;
    }
    want.number = number;
    want.version++;
}

static void receiver_begins(int i)
{
    want.rx[i] = true;
    want.seen[i] = want.version;
    want.marked[i] = false;
}

static void step_sender(int i)
{
    int to;
    assert_int_equal(watch_receivers(&real.tx[i]), receivers());
    switch (roll(12)) {
    case 0:
        model_say("drop sender %d", i);
        watch_sender_drop(&real.tx[i]);
        want.tx[i] = false;
        break;
    case 1:
        if ((to = place(want.tx, SENDERS)) < 0)
            break;
        model_say("clone sender %d to %d", i, to);
        real.tx[to] = watch_sender_clone(&real.tx[i]);
        want.tx[to] = true;
        break;
    case 2:
        if ((to = place(want.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes", to);
        assert_int_equal(watch_subscribe(&real.tx[i], &real.rx[to]), 0);
        receiver_begins(to);
        break;
    default:
        step_send(i);
    }
}

static void step_wait(int i)
{
    static const int divisor = DIVISOR;
    if (!readers[i].future) {
        want.picks[i] = roll(3) == 0;
        readers[i].future = want.picks[i]
                                ? watch_wait_for(&real.changed[i], &real.rx[i],
                                                 is_multiple, &divisor)
                                : watch_changed(&real.changed[i], &real.rx[i]);
    }
    model_say("receiver %d waits%s", i, want.picks[i] ? ", and picks" : "");
    if (waiting_poll(&readers[i]) == POLL_READY)
        assert_int_equal(real.changed[i].status, want_status(i));
    else
        assert_int_equal(want_status(i), UV_EAGAIN);
    want.seen[i] = want.version;
    want.marked[i] = false;
}

static void step_read(int i, bool mark)
{
    int *value;
    int rc = mark ? watch_read_and_mark(&real.rx[i], &value)
                  : watch_read(&real.rx[i], &value);
    model_say("receiver %d reads%s: %d", i, mark ? " and marks" : "", rc);
    assert_int_equal(rc, no_memory ? UV_ENOMEM : 0);
    if (rc)
        return;
    assert_int_equal(*value, want.number);
    value_free(&value);
    if (mark) {
        want.marked[i] = true;
        want.seen[i] = want.version;
    }
}

static void step_receiver(int i)
{
    int to;
    switch (roll(16)) {
    case 0:
        model_say("drop receiver %d", i);
        waiting_drop(&readers[i]);
        watch_receiver_drop(&real.rx[i]);
        want.rx[i] = false;
        break;
    case 1:
        if ((to = place(want.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes beside %d", to, i);
        assert_int_equal(watch_resubscribe(&real.rx[i], &real.rx[to]), 0);
        receiver_begins(to);
        break;
    case 2:
        model_say("receiver %d drops its wait", i);
        waiting_drop(&readers[i]);
        break;
    case 3:
    case 4:
        step_read(i, true);
        break;
    case 5:
    case 6:
        step_read(i, false);
        break;
    default:
        step_wait(i);
    }
}

static void model_begin(void)
{
    int *first = value_make(0);
    memset(&want, 0, sizeof want);
    want.tx[0] = want.rx[0] = true;
    assert_int_equal(watch_open(&real.tx[0], &real.rx[0], &first, value_free,
                                number_clone),
                     0);
}

static void model_end(void)
{
    for (int i = 0; i < RECEIVERS; i++)
        waiting_drop(&readers[i]);
    for (int i = 0; i < RECEIVERS; i++)
        watch_receiver_drop(&real.rx[i]);
    for (int i = 0; i < SENDERS; i++)
        watch_sender_drop(&real.tx[i]);
}

static void compare(void)
{
    assert_int_equal(values_alive, senders() || receivers());
    for (int i = 0; i < RECEIVERS; i++) {
        waiting_check(&readers[i]);
        if (want.rx[i])
            assert_int_equal(watch_has_changed(&real.rx[i]),
                             want.seen[i] != want.version);
        if (!readers[i].future)
            continue;
        if (want_status(i) != UV_EAGAIN && !want.marked[i])
            assert_true(waiting_woken(&readers[i]));
        if (waiting_woken(&readers[i]) && senders() && !want.marked[i])
            assert_true(want.seen[i] != want.version);
    }
}

static void model_step(void)
{
    int i = (int)roll(SENDERS + RECEIVERS);
    if (!senders() && !receivers()) {
        model_say("open another");
        model_begin();
    }
    no_memory = roll(8) == 0;
    if (i >= SENDERS && want.rx[i - SENDERS])
        step_receiver(i - SENDERS);
    else if (i < SENDERS && want.tx[i])
        step_sender(i);
    compare();
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "watch_model");
}
