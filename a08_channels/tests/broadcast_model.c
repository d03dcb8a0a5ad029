/* broadcast.h against a model, one channel after the other. */
#include "a08_channels/broadcast.h"

typedef BROADCAST_SENDER(int *) number_tx;
typedef BROADCAST_RECEIVER(int *) number_rx;
struct real_wait {
    struct broadcast_recv recv;
    int *received;
};
#define BLOCK(call) broadcast_##call
#include "a08_channels/tests/many_model.h"

static struct { /* the model: value number n is the n-th that was sent */
    int capacity, sent;
    int next[RECEIVERS];   /* the number that this receiver wants */
    bool tried[RECEIVERS]; /* since its receive was polled */
} want;

static void receiver_begins(int i)
{
    want.next[i] = want.sent;
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
        found += ends.rx[i] && want.next[i] <= n && n >= oldest();
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
        assert_int_equal(*real.wait[i].received, want.next[i]);
        value_free(&real.wait[i].received);
        want.next[i]++;
    }
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

static void step_recv(int i)
{
    if (!readers[i].future)
        readers[i].future = broadcast_recv(&real.wait[i].recv, &real.rx[i],
                                           &real.wait[i].received);
    model_say("receiver %d receives", i);
    want.tried[i] = false;
    if (waiting_poll(&readers[i]) == POLL_READY)
        received(i, real.wait[i].recv.status, real.wait[i].recv.missed);
    else
        assert_int_equal(want_status(i), UV_EAGAIN);
}

static void step_use(int i)
{
    uint64_t missed;
    int rc;
    if (roll(5) > 0) {
        step_recv(i);
        return;
    }
    rc = broadcast_try_recv(&real.rx[i], &real.wait[i].received, &missed);
    model_say("receiver %d tries: %d", i, rc);
    received(i, rc, missed);
    want.tried[i] = true;
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    memset(&ends, 0, sizeof ends);
    want.capacity = 1 + (int)roll(5);
    ends.tx[0] = ends.rx[0] = true;
    assert_int_equal(broadcast_open(&real.tx[0], &real.rx[0],
                                    (size_t)want.capacity, value_free,
                                    number_clone),
                     0);
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

int main(int argc, char **argv)
{
    return model_main(argc, argv, "broadcast_model");
}
