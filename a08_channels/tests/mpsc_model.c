/* mpsc.h against a model: several senders, each with sends, reserves and
 * permits, and one receiver; one channel after the other. */
#include "a08_channels/mpsc_reserve.h"
#include "tests/model.h"

typedef MPSC_SENDER(int *) number_tx;
typedef MPSC_RECEIVER(int *) number_rx;
typedef MPSC_PERMIT(int *) number_permit;

enum { SENDERS = 4, WAITS = 2, MOST = 300 };

/* A send or a reserve, and what comes of it. */
struct wait {
    enum { NOTHING, IN_LINE, GRANTED, PERMIT } state;
    bool reserves;
    struct waiting waiting;
    struct mpsc_send send;
    struct mpsc_reserve reserve;
    number_permit permit;
    int *value; /* of a send */
    int number; /* of this value */
};

static struct sender {
    bool there;
    number_tx tx;
    struct wait waits[WAITS];
    struct waiting watcher;
    struct mpsc_closed closed;
} senders[SENDERS];

static struct {
    bool there;
    number_rx rx;
    struct waiting reader;
    struct mpsc_recv recv;
    int *received;
} receiver;

static struct { /* the model */
    bool closed;
    int capacity;                       /* 0: unbounded */
    int values[MOST], n;                /* in the channel, the oldest first */
    struct wait *line[SENDERS * WAITS]; /* who waits for room, in order */
    int waits;
    int reserved; /* granted, or permits */
    int number;   /* of the latest value */
} want;

static int senders_there(void)
{
    int n = 0;
    for (int i = 0; i < SENDERS; i++)
        n += senders[i].there;
    return n;
}

/* What a try_send finds. */
static int want_room(void)
{
    if (want.closed)
        return UV_EPIPE;
    if (!want.capacity || want.n + want.reserved < want.capacity)
        return 0;
    return UV_EAGAIN;
}

/* What a receive finds. */
static int want_value(void)
{
    if (want.n)
        return 0;
    return want.reserved || (!want.closed && senders_there()) ? UV_EAGAIN
                                                              : UV_EOF;
}

static void accepted(int number)
{
    assert_true(want.n < MOST);
    want.values[want.n++] = number;
}

static void leaves_the_line(struct wait *w)
{
    int i = 0;
    while (want.line[i] != w)
        i++;
    assert_true(i < want.waits);
    want.waits--;
    for (; i < want.waits; i++)
        want.line[i] = want.line[i + 1];
}

/* Slots that are free belong to those who wait. */
static void hand_over(void)
{
    while (want.waits && want_room() == 0) {
        want.line[0]->state = GRANTED;
        leaves_the_line(want.line[0]);
        want.reserved++;
    }
}

static void no_slot_any_more(void)
{
    want.reserved--;
    hand_over();
}

/* ---- Who wants room ------------------------------------------------------ */

static void wait_is_over(struct wait *w, int status)
{
    if (w->reserves) {
        assert_int_equal(w->permit.permit != NULL, status == 0);
        w->state = status ? NOTHING : PERMIT;
        want.reserved += status == 0;
        return;
    }
    w->state = NOTHING;
    if (status)
        value_free(&w->value);
    else
        accepted(w->number);
}

static void step_poll(struct wait *w)
{
    int status = want_room();
    model_say("poll the %s of %d", w->reserves ? "reserve" : "send", w->number);
    if (w->state == GRANTED) {
        status = receiver.there ? 0 : UV_EPIPE;
        want.reserved--;
    } else if (w->state == IN_LINE) {
        status = want.closed ? UV_EPIPE : UV_EAGAIN;
    }
    if (status == UV_EAGAIN) {
        assert_int_equal(waiting_poll(&w->waiting), POLL_PENDING);
        if (w->state != IN_LINE)
            want.line[want.waits++] = w;
        w->state = IN_LINE;
        return;
    }
    if (w->state == IN_LINE)
        leaves_the_line(w);
    assert_int_equal(waiting_poll(&w->waiting), POLL_READY);
    assert_int_equal(w->reserves ? w->reserve.status : w->send.status, status);
    wait_is_over(w, status);
}

static void step_begin(struct sender *s, struct wait *w)
{
    w->reserves = roll(2);
    w->number = ++want.number;
    if (w->reserves) {
        w->waiting.future = mpsc_reserve(&w->reserve, &s->tx, &w->permit);
    } else {
        w->value = value_make(w->number);
        w->waiting.future = mpsc_send(&w->send, &s->tx, &w->value);
    }
    step_poll(w);
}

static void drop_wait(struct wait *w)
{
    waiting_drop(&w->waiting);
    if (!w->reserves)
        value_free(&w->value);
    if (w->state == IN_LINE)
        leaves_the_line(w);
    else
        no_slot_any_more();
    w->state = NOTHING;
}

static void step_permit(struct wait *w)
{
    int *value = value_make(w->number);
    w->state = NOTHING;
    if (roll(3)) {
        int rc = mpsc_permit_send(&w->permit, &value);
        model_say("send %d with a permit: %d", w->number, rc);
        assert_int_equal(rc, receiver.there ? 0 : UV_EPIPE);
        if (rc == 0) {
            want.reserved--;
            accepted(w->number);
            return;
        }
    } else {
        model_say("drop a permit");
        mpsc_permit_drop(&w->permit);
    }
    value_free(&value);
    no_slot_any_more();
}

static void step_wait(struct sender *s, struct wait *w)
{
    if (w->state == PERMIT) {
        step_permit(w);
    } else if (w->state != NOTHING && roll(4) == 0) {
        model_say("drop the wait of %d", w->number);
        drop_wait(w);
    } else if (w->state != NOTHING) {
        step_poll(w);
    } else if (s->there) {
        step_begin(s, w);
    }
}

/* ---- The senders --------------------------------------------------------- */

static void step_try_send(struct sender *s)
{
    int *value = value_make(++want.number);
    int rc = mpsc_try_send(&s->tx, &value);
    model_say("try to send %d: %d", want.number, rc);
    assert_int_equal(rc, want_room());
    if (rc)
        value_free(&value);
    else
        accepted(want.number);
}

static void step_try_reserve(struct sender *s, struct wait *w)
{
    int rc;
    if (w->state != NOTHING)
        return;
    w->reserves = true;
    w->number = ++want.number;
    rc = mpsc_try_reserve(&s->tx, &w->permit);
    model_say("try to reserve for %d: %d", w->number, rc);
    assert_int_equal(rc, want_room());
    wait_is_over(w, rc);
}

/* Permits stay: they are handles of their own. */
static void drop_sender(struct sender *s)
{
    for (int i = 0; i < WAITS; i++)
        if (s->waits[i].state == IN_LINE || s->waits[i].state == GRANTED)
            drop_wait(&s->waits[i]);
    waiting_drop(&s->watcher);
    mpsc_sender_drop(&s->tx);
    s->there = false;
}

static void step_clone(struct sender *from)
{
    struct sender *to = &senders[roll(SENDERS)];
    if (to->there)
        return;
    model_say("clone a sender");
    to->tx = mpsc_sender_clone(&from->tx);
    to->there = true;
}

static void step_watch(struct sender *s)
{
    if (!s->watcher.future)
        s->watcher.future = mpsc_closed(&s->closed, &s->tx);
    model_say("wait for closed");
    assert_int_equal(waiting_poll(&s->watcher),
                     want.closed ? POLL_READY : POLL_PENDING);
}

static void step_sender(struct sender *s)
{
    struct wait *w = &s->waits[roll(WAITS)];
    unsigned what = roll(16);
    if (!s->there || what < 8) {
        step_wait(s, w);
        return;
    }
    assert_int_equal(mpsc_is_closed(&s->tx), want.closed);
    if (what < 10) {
        step_try_send(s);
    } else if (what < 11) {
        step_try_reserve(s, w);
    } else if (what < 13) {
        step_clone(s);
    } else if (what < 14) {
        step_watch(s);
    } else if (what < 15) {
        model_say("drop the wait for closed");
        waiting_drop(&s->watcher);
    } else {
        model_say("drop a sender");
        drop_sender(s);
    }
}

/* ---- The receiver -------------------------------------------------------- */

static void received(int status)
{
    assert_int_equal(status, want_value());
    if (status)
        return;
    assert_int_equal(*receiver.received, want.values[0]);
    value_free(&receiver.received);
    want.n--;
    memmove(want.values, want.values + 1,
            (size_t)want.n * sizeof want.values[0]);
    hand_over();
}

static void step_recv(void)
{
    struct waiting *reader = &receiver.reader;
    if (!reader->future)
        reader->future =
            mpsc_recv(&receiver.recv, &receiver.rx, &receiver.received);
    model_say("receive");
    if (waiting_poll(reader) == POLL_READY)
        received(receiver.recv.status);
    else
        assert_int_equal(want_value(), UV_EAGAIN);
}

static void step_receiver(void)
{
    unsigned what = receiver.there ? roll(60) : 99;
    if (what < 30) {
        step_recv();
    } else if (what < 50) {
        model_say("try to receive");
        received(mpsc_try_recv(&receiver.rx, &receiver.received));
    } else if (what < 58) {
        model_say("drop the receive");
        waiting_drop(&receiver.reader);
        assert_int_equal(mpsc_len(&receiver.rx), want.n);
    } else if (what < 59) {
        model_say("close");
        mpsc_close(&receiver.rx);
        want.closed = true;
    } else if (what < 60) {
        model_say("drop the receiver");
        waiting_drop(&receiver.reader);
        mpsc_receiver_drop(&receiver.rx);
        receiver.there = false;
        want.closed = true;
        want.n = 0;
    }
}

/* ---- The run ------------------------------------------------------------- */

static void model_begin(void)
{
    memset(&want, 0, sizeof want);
    want.capacity = (int)roll(5);
    senders[0].there = receiver.there = true;
    assert_int_equal(want.capacity
                         ? mpsc_open(&senders[0].tx, &receiver.rx,
                                     (size_t)want.capacity, value_free)
                         : mpsc_open_unbounded(&senders[0].tx, &receiver.rx,
                                               value_free),
                     0);
}

static void model_end(void)
{
    waiting_drop(&receiver.reader);
    mpsc_receiver_drop(&receiver.rx);
    receiver.there = false;
    want.closed = true;
    for (int i = 0; i < SENDERS; i++) {
        drop_sender(&senders[i]);
        for (int j = 0; j < WAITS; j++) {
            mpsc_permit_drop(&senders[i].waits[j].permit);
            senders[i].waits[j].state = NOTHING;
        }
    }
}

static void check_sender(struct sender *s, int *values)
{
    waiting_check(&s->watcher);
    if (s->watcher.future)
        assert_int_equal(waiting_woken(&s->watcher), want.closed);
    for (int i = 0; i < WAITS; i++) {
        struct wait *w = &s->waits[i];
        waiting_check(&w->waiting);
        *values += w->waiting.future && !w->reserves;
        if (w->waiting.future)
            assert_int_equal(waiting_woken(&w->waiting),
                             w->state == GRANTED || want.closed);
    }
}

static void model_step(void)
{
    int values;
    if (!receiver.there && !senders_there() && !want.reserved) {
        model_say("open another");
        model_begin();
    }
    if (roll(want.capacity ? 3 : 6))
        step_sender(&senders[roll(SENDERS)]);
    else
        step_receiver();
    values = want.n;
    for (int i = 0; i < SENDERS; i++)
        check_sender(&senders[i], &values);
    waiting_check(&receiver.reader);
    if (receiver.reader.future && want_value() != UV_EAGAIN)
        assert_true(waiting_woken(&receiver.reader));
    assert_int_equal(values_alive, values);
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "mpsc_model");
}
