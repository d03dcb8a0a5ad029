/* watch.h against a model, one channel after the other. */
#include "a08_channels/watch.h"

typedef WATCH_SENDER(int *) number_tx;
typedef WATCH_RECEIVER(int *) number_rx;
struct real_wait {
    struct watch_changed changed;
};
#define BLOCK(call) watch_##call
#include "a08_channels/tests/many_model.h"

enum { DIVISOR = 5 };

static struct {             /* the model */
    int number;             /* of the newest value */
    int version;            /* sends that were accepted */
    int seen[RECEIVERS];    /* the version */
    bool picks[RECEIVERS];  /* it waits for multiples of DIVISOR */
    bool marked[RECEIVERS]; /* since its wait was polled */
} want;

static bool is_multiple(const void *value, const void *data)
{
    return **(int *const *)value % *(const int *)data == 0;
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
    want.seen[i] = want.version;
    want.marked[i] = false;
}

static void step_wait(int i)
{
    static const int divisor = DIVISOR;
    if (!readers[i].future) {
        want.picks[i] = roll(3) == 0;
        readers[i].future =
            want.picks[i] ? watch_wait_for(&real.wait[i].changed, &real.rx[i],
                                           is_multiple, &divisor)
                          : watch_changed(&real.wait[i].changed, &real.rx[i]);
    }
    model_say("receiver %d waits%s", i, want.picks[i] ? ", and picks" : "");
    if (waiting_poll(&readers[i]) == POLL_READY)
        assert_int_equal(real.wait[i].changed.status, want_status(i));
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

static void step_use(int i)
{
    unsigned chance = roll(13);
    if (chance < 4)
        step_read(i, chance < 2);
    else
        step_wait(i);
}

static void model_begin(void)
{
    int *first = value_make(0);
    memset(&want, 0, sizeof want);
    memset(&ends, 0, sizeof ends);
    ends.tx[0] = ends.rx[0] = true;
    assert_int_equal(watch_open(&real.tx[0], &real.rx[0], &first, value_free,
                                number_clone),
                     0);
}

static void compare(void)
{
    assert_int_equal(values_alive, senders() || receivers());
    for (int i = 0; i < RECEIVERS; i++) {
        waiting_check(&readers[i]);
        if (ends.rx[i])
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

int main(int argc, char **argv)
{
    return model_main(argc, argv, "watch_model");
}
