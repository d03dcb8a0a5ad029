/* oneshot.h against a model, one channel after the other. */
#include "a08_channels/oneshot.h"
#include "tests/model.h"

typedef ONESHOT_SENDER(int *) number_tx;
typedef ONESHOT_RECEIVER(int *) number_rx;

static struct { /* the block */
    number_tx tx;
    number_rx rx;
    struct oneshot_recv recv;
    struct oneshot_closed closed;
    int *received;
} real;

static struct {       /* the model */
    bool tx, rx;      /* there is such an end */
    bool closed;      /* by the receiver */
    bool sent, taken; /* the value */
    int number;       /* of the latest value */
} want;

static struct waiting reader, watcher;

/* What a receive finds. */
static int want_status(void)
{
    if (want.sent && !want.taken)
        return 0;
    return want.tx && !want.closed ? UV_EAGAIN : UV_EOF;
}

static void received(int status)
{
    assert_int_equal(status, want_status());
    if (status)
        return;
    assert_int_equal(*real.received, want.number);
    value_free(&real.received);
    want.taken = true;
}

static void step_send(void)
{
    int *value = value_make(++want.number);
    int rc;
    waiting_drop(&watcher);
    rc = oneshot_send(&real.tx, &value);
    model_say("send %d: %d", want.number, rc);
    assert_int_equal(rc, want.closed ? UV_EPIPE : 0);
    assert_null(real.tx.tx);
    want.tx = false;
    want.sent = rc == 0;
    if (rc)
        value_free(&value);
}

static void step_sender(void)
{
    switch (want.tx ? roll(4) : 9) {
    case 0:
        step_send();
        break;
    case 1:
        model_say("drop the sender");
        waiting_drop(&watcher);
        oneshot_sender_drop(&real.tx);
        want.tx = false;
        break;
    case 2:
        if (!watcher.future)
            watcher.future = oneshot_closed(&real.closed, &real.tx);
        model_say("wait for closed");
        assert_int_equal(waiting_poll(&watcher),
                         want.closed ? POLL_READY : POLL_PENDING);
        break;
    case 3:
        model_say("drop the wait for closed");
        waiting_drop(&watcher);
        assert_int_equal(oneshot_is_closed(&real.tx), want.closed);
    }
}

static void step_recv(void)
{
    if (want.taken) /* that would be misuse */
        return;
    if (!reader.future)
        reader.future = oneshot_recv(&real.recv, &real.rx, &real.received);
    model_say("receive");
    if (waiting_poll(&reader) == POLL_READY)
        received(real.recv.status);
    else
        assert_int_equal(want_status(), UV_EAGAIN);
}

static void step_receiver(void)
{
    switch (want.rx ? roll(6) : 9) {
    case 0:
    case 1:
        step_recv();
        break;
    case 2:
        model_say("drop the receive");
        waiting_drop(&reader);
        break;
    case 3:
        model_say("try to receive");
        received(oneshot_try_recv(&real.rx, &real.received));
        break;
    case 4:
        model_say("close");
        oneshot_close(&real.rx);
        want.closed = true;
        break;
    case 5:
        model_say("drop the receiver");
        waiting_drop(&reader);
        oneshot_receiver_drop(&real.rx);
        want.rx = false;
        want.closed = true;
    }
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    want.tx = want.rx = true;
    assert_int_equal(oneshot_open(&real.tx, &real.rx, value_free), 0);
}

static void model_end(void)
{
    waiting_drop(&reader);
    waiting_drop(&watcher);
    oneshot_sender_drop(&real.tx);
    oneshot_receiver_drop(&real.rx);
}

static void model_step(void)
{
    if (!want.tx && !want.rx) {
        model_say("open another");
        model_begin();
    }
    if (roll(2))
        step_sender();
    else
        step_receiver();
    waiting_check(&reader);
    waiting_check(&watcher);
    if (reader.future && want_status() != UV_EAGAIN && !want.taken)
        assert_true(waiting_woken(&reader));
    if (watcher.future && want.closed)
        assert_true(waiting_woken(&watcher));
    assert_int_equal(values_alive, want.rx && want.sent && !want.taken);
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "oneshot_model");
}
