/* mutex.h against a model: a queue whose first one has the lock. */
#include "a08_channels/mutex.h"
#include "tests/model.h"

enum { USERS = 5 };

static struct { /* the block */
    struct mutex mutex;
    struct mutex_lock lock[USERS];
    struct guard guard[USERS];
} real;

static struct waiting waits[USERS];

static struct { /* the model */
    int queue[USERS], n;
    bool knows[USERS]; /* that it has the lock */
} want;

static bool want_first(int i)
{
    return want.n > 0 && want.queue[0] == i;
}

static bool want_in_queue(int i)
{
    for (int j = 0; j < want.n; j++)
        if (want.queue[j] == i)
            return true;
    return false;
}

static void want_leave(int i)
{
    int k = 0;
    for (int j = 0; j < want.n; j++)
        if (want.queue[j] != i)
            want.queue[k++] = want.queue[j];
    want.n = k;
    want.knows[i] = false;
}

static void step_lock(int i)
{
    if (want.knows[i]) /* that would be misuse */
        return;
    model_say("%d locks", i);
    if (!waits[i].future)
        waits[i].future =
            mutex_lock(&real.lock[i], &real.guard[i], &real.mutex);
    if (!want_in_queue(i))
        want.queue[want.n++] = i;
    assert_int_equal(waiting_poll(&waits[i]),
                     want_first(i) ? POLL_READY : POLL_PENDING);
    want.knows[i] = want_first(i);
}

static void step_try(int i)
{
    int status;
    if (want_in_queue(i))
        return;
    status = mutex_try_lock(&real.mutex, &real.guard[i]);
    model_say("%d tries to lock: %d", i, status);
    assert_int_equal(status, want.n ? UV_EAGAIN : 0);
    if (status)
        return;
    want.queue[want.n++] = i;
    want.knows[i] = true;
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    mutex_init(&real.mutex);
}

static void model_end(void)
{
    for (int i = 0; i < USERS; i++) {
        waiting_drop(&waits[i]);
        mutex_unlock(&real.guard[i]);
    }
    mutex_drop(&real.mutex);
}

static void model_step(void)
{
    int i = (int)roll(USERS);
    switch (roll(5)) {
    case 0:
        model_say("%d unlocks", i);
        mutex_unlock(&real.guard[i]);
        if (want.knows[i])
            want_leave(i);
        break;
    case 1:
        model_say("%d gives up", i);
        waiting_drop(&waits[i]);
        if (!want.knows[i])
            want_leave(i);
        break;
    case 2:
        step_try(i);
        break;
    default:
        step_lock(i);
    }
    assert_int_equal(mutex_is_locked(&real.mutex), want.n > 0);
    for (i = 0; i < USERS; i++) {
        waiting_check(&waits[i]);
        assert_int_equal(waiting_woken(&waits[i]),
                         want_first(i) && !want.knows[i]);
        assert_int_equal(real.guard[i].permit.semaphore != NULL, want.knows[i]);
    }
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "mutex_model");
}
