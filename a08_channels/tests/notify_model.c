/* notify.h against a model: who waits, in which order, and what is kept. */
#include "a08_channels/notify.h"
#include "tests/model.h"

enum { WAITERS = 5 };

static struct { /* the block */
    struct notify notify;
    struct notified notified[WAITERS];
} real;

static struct waiting waits[WAITERS];

static struct { /* the model */
    bool permit;
    enum { OUT, WAITS, HAS_ONE, HAS_ALL } state[WAITERS];
    int queue[WAITERS], n; /* those that wait, the longest first */
} want;

static void want_leave(int i)
{
    int k = 0;
    for (int j = 0; j < want.n; j++)
        if (want.queue[j] != i)
            want.queue[k++] = want.queue[j];
    want.n = k;
    want.state[i] = OUT;
}

static void want_one(void)
{
    if (want.n == 0) {
        want.permit = true;
    } else {
        int first = want.queue[0];
        want_leave(first);
        want.state[first] = HAS_ONE;
    }
}

static void want_all(void)
{
    while (want.n > 0) {
        int first = want.queue[0];
        want_leave(first);
        want.state[first] = HAS_ALL;
    }
}

static enum poll want_poll(int i)
{
    bool ready = want.state[i] == HAS_ONE || want.state[i] == HAS_ALL;
    if (!ready && want.permit) {
        want.permit = false;
        ready = true;
    }
    if (ready) {
        want.state[i] = OUT;
        return POLL_READY;
    }
    if (want.state[i] == OUT)
        want.queue[want.n++] = i;
    want.state[i] = WAITS;
    return POLL_PENDING;
}

static void step_drop(int i)
{
    bool passes_on = want.state[i] == HAS_ONE;
    model_say("drop %d", i);
    waiting_drop(&waits[i]);
    want_leave(i);
    if (passes_on)
        want_one();
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    notify_init(&real.notify);
}

static void model_end(void)
{
    for (int i = 0; i < WAITERS; i++)
        waiting_drop(&waits[i]);
    notify_drop(&real.notify);
}

static void model_step(void)
{
    int i = (int)roll(WAITERS);
    switch (roll(6)) {
    case 0:
        model_say("notify one");
        notify_one(&real.notify);
        want_one();
        break;
    case 1:
        if (roll(4))
            break;
        model_say("notify all");
        notify_all(&real.notify);
        want_all();
        break;
    case 2:
        step_drop(i);
        break;
    default:
        model_say("poll %d", i);
        if (!waits[i].future)
            waits[i].future = notified(&real.notified[i], &real.notify);
        assert_int_equal(waiting_poll(&waits[i]), want_poll(i));
    }
    for (i = 0; i < WAITERS; i++) {
        waiting_check(&waits[i]);
        assert_int_equal(waiting_woken(&waits[i]), want.state[i] > WAITS);
    }
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "notify_model");
}
