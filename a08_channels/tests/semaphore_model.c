/* semaphore.h against a model: who waits for how many, and who has how many. */
#include "a08_channels/semaphore.h"
#include "tests/model.h"

enum { USERS = 5, MOST = 4 };

static struct { /* the block */
    struct semaphore semaphore;
    struct semaphore_acquire acquire[USERS];
    struct permit permit[USERS];
} real;

static struct waiting waits[USERS];

static struct { /* the model */
    size_t total, free;
    bool closed;
    enum { OUT, WAITS, HANDED, TOLD, HOLDS } state[USERS];
    size_t n[USERS];        /* what a user waits for or has */
    int queue[USERS], last; /* those that wait, the longest first */
} want;

static void want_leave(int i)
{
    int k = 0;
    for (int j = 0; j < want.last; j++)
        if (want.queue[j] != i)
            want.queue[k++] = want.queue[j];
    want.last = k;
}

static void want_serve(void)
{
    while (want.last > 0 && want.n[want.queue[0]] <= want.free) {
        int first = want.queue[0];
        want_leave(first);
        want.free -= want.n[first];
        want.state[first] = HANDED;
    }
}

static int want_try(size_t n)
{
    if (want.closed)
        return UV_ECANCELED;
    return want.last > 0 || n > want.free ? UV_EAGAIN : 0;
}

static void want_out(int i)
{
    if (want.state[i] == HANDED || want.state[i] == HOLDS)
        want.free += want.n[i];
    want_leave(i);
    want.state[i] = OUT;
    want_serve();
}

static void want_has(int i, int status)
{
    want.state[i] = status ? OUT : HOLDS;
    assert_ptr_equal(real.permit[i].semaphore, status ? NULL : &real.semaphore);
}

static void step_poll(int i)
{
    int status;
    if (want.state[i] == HOLDS) /* that would be misuse */
        return;
    if (!waits[i].future) {
        want.n[i] = roll(MOST + 1);
        waits[i].future = semaphore_acquire(&real.acquire[i], &real.permit[i],
                                            &real.semaphore, want.n[i]);
    }
    model_say("poll %d, which wants %zu", i, want.n[i]);
    status = want.state[i] == HANDED  ? 0
             : want.state[i] == WAITS ? UV_EAGAIN
                                      : want_try(want.n[i]);
    assert_int_equal(waiting_poll(&waits[i]),
                     status == UV_EAGAIN ? POLL_PENDING : POLL_READY);
    if (status == UV_EAGAIN) {
        if (want.state[i] != WAITS)
            want.queue[want.last++] = i;
        want.state[i] = WAITS;
        return;
    }
    assert_int_equal(real.acquire[i].status, status);
    if (want.state[i] != HANDED && status == 0)
        want.free -= want.n[i];
    want_has(i, status);
}

static void step_try(int i)
{
    int status;
    if (want.state[i] != OUT)
        return;
    want.n[i] = roll(MOST + 1);
    status = semaphore_try_acquire(&real.semaphore, &real.permit[i], want.n[i]);
    model_say("%d tries to get %zu: %d", i, want.n[i], status);
    assert_int_equal(status, want_try(want.n[i]));
    if (status == 0)
        want.free -= want.n[i];
    want_has(i, status);
}

static void step_forget(int i)
{
    if (want.state[i] != HOLDS)
        return;
    model_say("%d forgets %zu", i, want.n[i]);
    permit_forget(&real.permit[i]);
    want.total -= want.n[i];
    want.state[i] = OUT;
}

static void step_add(void)
{
    size_t n = roll(MOST);
    if (want.total + n > 2 * MOST)
        return;
    model_say("add %zu", n);
    semaphore_add(&real.semaphore, n);
    want.total += n;
    want.free += n;
    want_serve();
}

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    want.total = want.free = MOST;
    semaphore_init(&real.semaphore, MOST);
}

static void model_end(void)
{
    for (int i = 0; i < USERS; i++) {
        waiting_drop(&waits[i]);
        permit_drop(&real.permit[i]);
    }
    assert_int_equal(semaphore_available(&real.semaphore), want.total);
    semaphore_drop(&real.semaphore);
}

static void step_close(void)
{
    model_say("close");
    semaphore_close(&real.semaphore);
    want.closed = true;
    for (; want.last > 0; want_leave(want.queue[0]))
        want.state[want.queue[0]] = TOLD;
}

static void step(int i)
{
    switch (roll(9)) {
    case 0:
    case 1:
        model_say("%d gives back or gives up", i);
        waiting_drop(&waits[i]);
        permit_drop(&real.permit[i]);
        want_out(i);
        break;
    case 2:
        step_try(i);
        break;
    case 3:
        if (roll(4) == 0)
            step_forget(i);
        break;
    case 4:
        step_add();
        break;
    case 5:
        if (roll(50) == 0)
            step_close();
        break;
    default:
        step_poll(i);
    }
}

static void model_step(void)
{
    size_t held = 0;
    if (want.closed && roll(30) == 0) {
        model_say("open another");
        model_end();
        model_begin();
    }
    step((int)roll(USERS));
    for (int i = 0; i < USERS; i++) {
        waiting_check(&waits[i]);
        assert_int_equal(waiting_woken(&waits[i]),
                         want.state[i] == HANDED || want.state[i] == TOLD);
        if (want.state[i] == HANDED || want.state[i] == HOLDS)
            held += want.n[i];
    }
    assert_int_equal(held + want.free, want.total);
    assert_int_equal(semaphore_available(&real.semaphore),
                     want.last ? 0 : want.free);
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "semaphore_model");
}
