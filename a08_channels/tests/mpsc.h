/* mpsc.h: a channel of numbers for its tests, and futures polled by hand. */
#ifndef A08_TESTS_MPSC_H
#define A08_TESTS_MPSC_H

#include "tests/by_hand.h"

/* Only the channel gets its memory here. */
static bool no_memory;
#define malloc(size) (no_memory ? NULL : malloc(size))
#include "a08_channels/mpsc_reserve.h"
#undef malloc

typedef MPSC_SENDER(int) number_tx;
typedef MPSC_RECEIVER(int) number_rx;
typedef MPSC_PERMIT(int) number_permit;

static number_tx tx;
static number_rx rx;
static int got, dropped; /* received; the sum of what was dropped */

static struct mpsc_recv receiving;
static struct mpsc_closed watching;

/* Each has a value, a permit, and a bell: a, b, c. */
enum { SENDERS = 3 };
static struct sender {
    int value;
    struct mpsc_send send;
    struct mpsc_reserve reserve;
    number_permit permit;
    struct bell bell;
} a, b, c;

static void count_drop(void *value)
{
    dropped += *(int *)value;
}

static void open_channel(size_t capacity)
{
    got = dropped = 0;
    bell.rings = 0;
    a = (struct sender){ .value = 1 };
    b = (struct sender){ .value = 2 };
    c = (struct sender){ .value = 3 };
    receiving = (struct mpsc_recv){ .status = 0 };
    watching = (struct mpsc_closed){ .channel = NULL };
    if (capacity)
        assert_int_equal(mpsc_open(&tx, &rx, capacity, count_drop), 0);
    else
        assert_int_equal(mpsc_open_unbounded(&tx, &rx, count_drop), 0);
}

static void drop_ends(void)
{
    mpsc_sender_drop(&tx);
    mpsc_receiver_drop(&rx);
}

static inline int put(int n)
{
    return mpsc_try_send(&tx, &n);
}

/* What a try_recv finds: a value, or a negative status. */
static inline int take(void)
{
    int rc = mpsc_try_recv(&rx, &got);
    return rc ? rc : got;
}

static inline enum poll poll_bell(struct bell *by, struct future *f)
{
    struct context cx = context_make(bell_waker(by), NULL);
    enum poll result = future_poll(f, &cx);
    if (result == POLL_PENDING)
        context_check(&cx, f);
    return result;
}

/* The first poll of a send, a reserve, a receive; and the later ones. */
static inline enum poll send_begins(struct sender *s)
{
    return poll_bell(&s->bell, mpsc_send(&s->send, &tx, &s->value));
}

static inline enum poll send_goes_on(struct sender *s)
{
    return poll_bell(&s->bell, &s->send.future);
}

static inline enum poll reserve_begins(struct sender *s)
{
    return poll_bell(&s->bell, mpsc_reserve(&s->reserve, &tx, &s->permit));
}

static inline enum poll reserve_goes_on(struct sender *s)
{
    return poll_bell(&s->bell, &s->reserve.future);
}

static inline struct future *receive(void)
{
    return mpsc_recv(&receiving, &rx, &got);
}

/* A receive that is READY at once: a value, or its status. */
static inline int received(void)
{
    assert_int_equal(poll_once(receive()), POLL_READY);
    return receiving.status ? receiving.status : got;
}
#endif
