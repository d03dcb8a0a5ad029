/* broadcast.h against a model, one channel after the other. */
#include "a08_channels/broadcast.h"
#include "tests/model.h"

typedef BROADCAST_SENDER(int *) number_tx;
typedef BROADCAST_RECEIVER(int *) number_rx;

enum { SENDERS = 3, RECEIVERS = 4 };

static struct { /* the block */
    number_tx tx[SENDERS];
    number_rx rx[RECEIVERS];
    struct broadcast_recv recv[RECEIVERS];
    int *received[RECEIVERS];
} real;

static struct { /* the model: value number n is the n-th that was sent */
    int capacity, sent;
    bool tx[SENDERS], rx[RECEIVERS]; /* there is such an end */
    int next[RECEIVERS];             /* the number that this receiver wants */
    bool tried[RECEIVERS];           /* since its receive was polled */
} want;

static struct waiting readers[RECEIVERS];
static bool no_memory; /* for a clone */

static bool number_clone(void *copy, const void *value)
{
    if (!no_memory)
        *(int **)copy = value_make(**(int *const *)value);
    return !no_memory;
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

static int oldest(void)
{
    return want.sent > want.capacity ? want.sent - want.capacity : 0;
}

/* How many receivers will still get value n. */
static int owed(int n)
{
    int found = 0;
    for (int i = 0; i < RECEIVERS; i++)
        found += want.rx[i] && want.next[i] <= n && n >= oldest();
    return found;
}

static int want_status(int i)
{
    if (want.next[i] == want.sent)
        return senders() ? UV_EAGAIN : UV_EOF;
    if (want.next[i] < oldest())
        return UV_ENOBUFS;
    return no_memory && owed(want.next[i]) > 1 ? UV_ENOMEM : 0;
}

/* What a receive found, before it changes the model. */
static void received(int i, int status, uint64_t missed)
{
    assert_int_equal(status, want_status(i));
    if (status == UV_ENOBUFS) {
        assert_int_equal(missed, oldest() - want.next[i]);
        want.next[i] = oldest();
    } else if (status == 0) {
        assert_int_equal(*real.received[i], want.next[i]);
        value_free(&real.received[i]);
        want.next[i]++;
    }
}

/* A free place for a new end, or -1. */
static int place(const bool *ends, int n)
{
    while (n-- > 0 && ends[n]) {
    }
    return n;
}

static void step_send(int i)
{
    int *value = value_make(want.sent);
    int rc = broadcast_send(&real.tx[i], &value);
    model_say("sender %d sends %d: %d", i, want.sent, rc);
    assert_int_equal(rc, receivers() ? 0 : UV_EPIPE);
    if (rc)
        value_free(&value);
    else
        want.sent++;
}

static void step_sender(int i)
{
    int to;
    assert_int_equal(broadcast_receivers(&real.tx[i]), receivers());
    switch (roll(12)) {
    case 0:
        model_say("drop sender %d", i);
        broadcast_sender_drop(&real.tx[i]);
        want.tx[i] = false;
        break;
    case 1:
        if ((to = place(want.tx, SENDERS)) < 0)
            break;
        model_say("clone sender %d to %d", i, to);
        real.tx[to] = broadcast_sender_clone(&real.tx[i]);
        want.tx[to] = true;
        break;
    case 2:
        if ((to = place(want.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes", to);
        assert_int_equal(broadcast_subscribe(&real.tx[i], &real.rx[to]), 0);
        want.rx[to] = true;
        want.next[to] = want.sent;
        break;
    default:
        step_send(i);
    }
}

static void step_recv(int i)
{
    if (!readers[i].future)
        readers[i].future =
            broadcast_recv(&real.recv[i], &real.rx[i], &real.received[i]);
    model_say("receiver %d receives", i);
    want.tried[i] = false;
    if (waiting_poll(&readers[i]) == POLL_READY)
        received(i, real.recv[i].status, real.recv[i].missed);
    else
        assert_int_equal(want_status(i), UV_EAGAIN);
}

static void step_receiver(int i)
{
    uint64_t missed;
    int to, rc;
    switch (roll(14)) {
    case 0:
        model_say("drop receiver %d", i);
        waiting_drop(&readers[i]);
        broadcast_receiver_drop(&real.rx[i]);
        want.rx[i] = false;
        break;
    case 1:
        if ((to = place(want.rx, RECEIVERS)) < 0)
            break;
        model_say("receiver %d subscribes beside %d", to, i);
        assert_int_equal(broadcast_resubscribe(&real.rx[i], &real.rx[to]), 0);
        want.rx[to] = true;
        want.next[to] = want.sent;
        break;
    case 2:
        model_say("receiver %d drops its receive", i);
        waiting_drop(&readers[i]);
        break;
    case 3:
    case 4:
        rc = broadcast_try_recv(&real.rx[i], &real.received[i], &missed);
        model_say("receiver %d tries: %d", i, rc);
        received(i, rc, missed);
        want.tried[i] = true;
        break;
    default:
        step_recv(i);
    }
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    want.capacity = 1 + (int)roll(5);
    want.tx[0] = want.rx[0] = true;
    assert_int_equal(broadcast_open(&real.tx[0], &real.rx[0],
                                    (size_t)want.capacity, value_free,
                                    number_clone),
                     0);
}

static void model_end(void)
{
    for (int i = 0; i < RECEIVERS; i++)
        waiting_drop(&readers[i]);
    for (int i = 0; i < RECEIVERS; i++)
        broadcast_receiver_drop(&real.rx[i]);
    for (int i = 0; i < SENDERS; i++)
        broadcast_sender_drop(&real.tx[i]);
}

static void compare(void)
{
    int alive = 0;
    for (int n = oldest(); n < want.sent; n++)
        alive += owed(n) > 0;
    assert_int_equal(values_alive, alive);
    for (int i = 0; i < RECEIVERS; i++) {
        waiting_check(&readers[i]);
        if (readers[i].future && !want.tried[i])
            assert_int_equal(waiting_woken(&readers[i]),
                             want_status(i) != UV_EAGAIN);
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
    return model_main(argc, argv, "broadcast_model");
}
