/* mpsc.h: each way to wait at a channel, and each way that a wait can end. */
#include "a08_channels/tests/mpsc.h"

/* A channel with room for one, which is taken by 100. */
static void open_full(void)
{
    open_channel(1);
    assert_int_equal(put(100), 0);
}

/* ---- The line of those who want room ------------------------------------- */

/* MPSC-05, MPSC-06 */
static void one_slot_wakes_the_first(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(reserve_begins(&b), POLL_PENDING);
    assert_int_equal(send_begins(&c), POLL_PENDING);
    assert_int_equal(send_goes_on(&a), POLL_PENDING); /* keeps its place */
    assert_int_equal(take(), 100);
    assert_int_equal(a.bell.rings, 1);
    assert_int_equal(b.bell.rings + c.bell.rings, 0);
    assert_int_equal(send_goes_on(&a), POLL_READY);
    assert_int_equal(a.send.status, 0);

    assert_int_equal(take(), 1);
    assert_int_equal(b.bell.rings, 1);
    assert_int_equal(c.bell.rings, 0);
    assert_int_equal(reserve_goes_on(&b), POLL_READY);
    assert_int_equal(mpsc_permit_send(&b.permit, &b.value), 0);

    assert_int_equal(take(), 2);
    assert_int_equal(c.bell.rings, 1);
    assert_int_equal(send_goes_on(&c), POLL_READY);
    assert_int_equal(take(), 3);
    assert_int_equal(a.bell.rings + b.bell.rings, 2);
    drop_ends();
}

/* MPSC-07: the slot is not to be had, although nobody has used it yet. */
static void the_slot_belongs_to_the_first(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(take(), 100);
    assert_int_equal(put(200), UV_EAGAIN);
    assert_int_equal(mpsc_try_reserve(&tx, &c.permit), UV_EAGAIN);
    assert_int_equal(send_begins(&b), POLL_PENDING);
    assert_int_equal(send_goes_on(&b), POLL_PENDING);
    assert_int_equal(send_goes_on(&a), POLL_READY);
    assert_int_equal(take(), 1);
    assert_int_equal(send_goes_on(&b), POLL_READY);
    assert_int_equal(take(), 2);
    drop_ends();
}

/* MPSC-08, MPSC-22, WAIT-01 */
static void dropped_while_in_line(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(reserve_begins(&b), POLL_PENDING);
    assert_int_equal(send_begins(&c), POLL_PENDING);
    future_drop(&a.send.future);
    future_drop(&b.reserve.future);
    assert_int_equal(take(), 100);
    assert_int_equal(a.bell.rings + b.bell.rings, 0);
    assert_int_equal(c.bell.rings, 1);
    assert_int_equal(send_goes_on(&c), POLL_READY);
    assert_int_equal(take(), 3);
    assert_int_equal(take(), UV_EAGAIN); /* a did not send */
    assert_int_equal(dropped, 0);
    drop_ends();
}

/* MPSC-09, WAIT-02: what it was granted goes to the next, or is free again. */
static void dropped_with_a_slot(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(reserve_begins(&b), POLL_PENDING);
    assert_int_equal(send_begins(&c), POLL_PENDING);
    assert_int_equal(take(), 100);
    future_drop(&a.send.future);
    assert_int_equal(b.bell.rings, 1);
    future_drop(&b.reserve.future);
    assert_int_equal(c.bell.rings, 1);
    future_drop(&c.send.future);
    assert_int_equal(put(200), 0);
    assert_int_equal(put(300), UV_EAGAIN);
    assert_int_equal(take(), 200);
    drop_ends();
    assert_int_equal(a.bell.rings, 1);
}

/* WAIT-03, FUT-03, FUT-06 */
static void in_line_with_another_waker(void **state)
{
    struct bell late = { 0 };
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(reserve_begins(&b), POLL_PENDING);
    assert_int_equal(poll_bell(&late, &a.send.future), POLL_PENDING);
    assert_int_equal(poll_bell(&late, &b.reserve.future), POLL_PENDING);
    assert_int_equal(take(), 100);
    assert_int_equal(late.rings, 1);
    assert_int_equal(send_goes_on(&a), POLL_READY);
    assert_int_equal(take(), 1);
    assert_int_equal(late.rings, 2);
    assert_int_equal(reserve_goes_on(&b), POLL_READY);
    assert_int_equal(a.bell.rings + b.bell.rings, 0);
    mpsc_permit_drop(&b.permit);
    drop_ends();
}

/* MPSC-11, WAIT-04: all hear of it, and their values are still theirs. */
static void the_receiver_is_dropped(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(reserve_begins(&b), POLL_PENDING);
    assert_int_equal(send_begins(&c), POLL_PENDING);
    assert_int_equal(take(), 100); /* a has a slot by now */
    mpsc_receiver_drop(&rx);
    assert_int_equal(a.bell.rings, 1);
    assert_int_equal(b.bell.rings, 1);
    assert_int_equal(c.bell.rings, 1);
    assert_int_equal(send_goes_on(&a), POLL_READY);
    assert_int_equal(reserve_goes_on(&b), POLL_READY);
    assert_int_equal(a.send.status, UV_EPIPE);
    assert_int_equal(b.reserve.status, UV_EPIPE);
    assert_null(b.permit.permit);
    future_drop(&c.send.future); /* also possible */
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* MPSC-13, WAIT-04: whoever has a slot already may use it. */
static void the_receiver_is_closed(void **state)
{
    open_full();
    assert_int_equal(send_begins(&a), POLL_PENDING);
    assert_int_equal(send_begins(&b), POLL_PENDING);
    assert_int_equal(take(), 100);
    mpsc_close(&rx);
    assert_int_equal(b.bell.rings, 1);
    assert_int_equal(send_goes_on(&b), POLL_READY);
    assert_int_equal(b.send.status, UV_EPIPE);
    assert_int_equal(take(), UV_EAGAIN);
    assert_int_equal(send_goes_on(&a), POLL_READY);
    assert_int_equal(a.send.status, 0);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), UV_EOF);
    drop_ends();
}

/* ---- Permits ------------------------------------------------------------- */

/* MPSC-j */
static void a_permit_is_room(void **state)
{
    open_channel(2);
    assert_int_equal(reserve_begins(&a), POLL_READY);
    assert_int_equal(a.reserve.status, 0);
    assert_int_equal(mpsc_try_reserve(&tx, &b.permit), 0);
    assert_int_equal(put(100), UV_EAGAIN);
    assert_int_equal(mpsc_permit_send(&b.permit, &b.value), 0);
    assert_int_equal(mpsc_permit_send(&a.permit, &a.value), 0);
    assert_null(a.permit.permit);
    assert_int_equal(take(), 2); /* in the order sent */
    assert_int_equal(take(), 1);
    drop_ends();
}

/* MPSC-j */
static void a_permit_that_is_dropped(void **state)
{
    open_channel(1);
    assert_int_equal(mpsc_try_reserve(&tx, &a.permit), 0);
    mpsc_permit_drop(&a.permit);
    mpsc_permit_drop(&a.permit);
    assert_int_equal(mpsc_try_reserve(&tx, &a.permit), 0);
    assert_int_equal(send_begins(&b), POLL_PENDING);
    mpsc_permit_drop(&a.permit);
    assert_int_equal(b.bell.rings, 1);
    assert_int_equal(put(100), UV_EAGAIN);
    assert_int_equal(send_goes_on(&b), POLL_READY);
    assert_int_equal(take(), 2);
    drop_ends();
}

/* MPSC-a, MPSC-14: after close, or without any sender, a permit counts. */
static void a_permit_keeps_the_channel_open(void **state)
{
    for (int closed = 0; closed < 2; closed++)
        for (int sends = 0; sends < 2; sends++) {
            open_channel(1);
            assert_int_equal(mpsc_try_reserve(&tx, &a.permit), 0);
            assert_int_equal(poll_once(receive()), POLL_PENDING);
            if (closed)
                mpsc_close(&rx);
            else
                mpsc_sender_drop(&tx);
            assert_int_equal(bell.rings, 0);
            assert_int_equal(take(), UV_EAGAIN);
            if (sends)
                assert_int_equal(mpsc_permit_send(&a.permit, &a.value), 0);
            else
                mpsc_permit_drop(&a.permit);
            assert_int_equal(bell.rings, 1);
            assert_int_equal(poll_once(&receiving.future), POLL_READY);
            assert_int_equal(receiving.status, sends ? 0 : UV_EOF);
            assert_int_equal(take(), UV_EOF);
            drop_ends();
        }
}

/* MPSC-j: the permit is the last that is left of the channel. */
static void a_permit_after_both_ends(void **state)
{
    for (int sends = 0; sends < 2; sends++) {
        open_channel(1);
        assert_int_equal(mpsc_try_reserve(&tx, &a.permit), 0);
        drop_ends();
        if (sends)
            assert_int_equal(mpsc_permit_send(&a.permit, &a.value), UV_EPIPE);
        else
            mpsc_permit_drop(&a.permit);
        assert_int_equal(dropped, 0);
    }
}

/* ---- The receiver -------------------------------------------------------- */

/* WAIT-01 and WAIT-02: a receive that is dropped takes nothing with it. */
static void dropped_receive(void **state)
{
    open_channel(2);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    future_drop(&receiving.future);
    put(7);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(received(), 7);

    assert_int_equal(poll_once(receive()), POLL_PENDING);
    put(8);
    assert_int_equal(bell.rings, 1);
    future_drop(&receiving.future);
    assert_int_equal(received(), 8);
    drop_ends();
}

/* WAIT-03, FUT-03, FUT-06 */
static void receive_with_another_waker(void **state)
{
    struct bell late = { 0 };
    open_channel(2);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(poll_bell(&late, &receiving.future), POLL_PENDING);
    put(7);
    put(8);
    assert_int_equal(late.rings, 1);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(poll_once(&receiving.future), POLL_READY);
    assert_int_equal(got, 7);
    assert_int_equal(take(), 8);
    drop_ends();
}

/* WAIT-04: a close ends the receive as well, and so does the last sender. */
static void closed_under_a_receive(void **state)
{
    open_channel(2);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    mpsc_close(&rx);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&receiving.future), POLL_READY);
    assert_int_equal(receiving.status, UV_EOF);
    drop_ends();
}

/* ---- "The receiver is gone" ---------------------------------------------- */

/* MPSC-b, WAIT-01, WAIT-03, WAIT-04 */
static void wait_for_closed(void **state)
{
    for (int drop = 0; drop < 2; drop++) {
        struct mpsc_closed other, third;
        open_channel(1);
        assert_int_equal(poll_bell(&a.bell, mpsc_closed(&watching, &tx)),
                         POLL_PENDING);
        assert_int_equal(poll_bell(&b.bell, &watching.future), POLL_PENDING);
        assert_int_equal(poll_bell(&c.bell, mpsc_closed(&other, &tx)),
                         POLL_PENDING);
        assert_int_equal(poll_bell(&a.bell, mpsc_closed(&third, &tx)),
                         POLL_PENDING);
        future_drop(&third.future);
        if (drop)
            mpsc_receiver_drop(&rx);
        else
            mpsc_close(&rx);
        assert_int_equal(a.bell.rings, 0);
        assert_int_equal(b.bell.rings, 1);
        assert_int_equal(c.bell.rings, 1);
        assert_int_equal(poll_bell(&b.bell, &watching.future), POLL_READY);
        future_drop(&other.future);
        assert_int_equal(poll_once(mpsc_closed(&watching, &tx)), POLL_READY);
        drop_ends();
    }
}

/* ---- A waker that changes the channel ------------------------------------ */

static int rings;

static void drop_all(void *unused)
{
    rings++;
    future_drop(&receiving.future);
    future_drop(&watching.future);
    future_drop(&a.send.future);
    future_drop(&b.reserve.future);
    future_drop(&c.send.future);
    mpsc_permit_drop(&b.permit);
    drop_ends();
}

static enum poll poll_with_drop_all(struct future *f)
{
    struct context cx = context_make((struct waker){ drop_all, NULL }, NULL);
    return future_poll(f, &cx);
}

static void all_in_line(void)
{
    rings = 0;
    open_full();
    assert_int_equal(poll_with_drop_all(mpsc_send(&a.send, &tx, &a.value)),
                     POLL_PENDING);
    assert_int_equal(poll_with_drop_all(
                         mpsc_reserve(&b.reserve, &tx, &b.permit)),
                     POLL_PENDING);
    assert_int_equal(poll_with_drop_all(mpsc_closed(&watching, &tx)),
                     POLL_PENDING);
}

/* MPSC-m, WAIT-05: whatever a waker does to the channel. */
static void a_waker_drops_all(void **state)
{
    all_in_line();
    assert_int_equal(take(), 100);
    assert_int_equal(rings, 2); /* a drops its slot, which wakes b */
    assert_int_equal(dropped, 0);

    all_in_line();
    mpsc_close(&rx);
    assert_int_equal(rings, 1);
    assert_int_equal(dropped, 100);

    all_in_line();
    mpsc_receiver_drop(&rx);
    assert_int_equal(rings, 1);
    assert_int_equal(dropped, 100);

    for (int how = 0; how < 3; how++) { /* and one that waits for a value */
        rings = 0;
        open_channel(1);
        if (how == 1)
            assert_int_equal(mpsc_try_reserve(&tx, &b.permit), 0);
        assert_int_equal(poll_with_drop_all(receive()), POLL_PENDING);
        if (how == 0)
            put(7);
        else if (how == 1)
            assert_int_equal(mpsc_permit_send(&b.permit, &b.value), 0);
        else
            mpsc_sender_drop(&tx);
        assert_int_equal(rings, 1);
        assert_int_equal(dropped, how == 0 ? 7 : how == 1 ? 2 : 0);
    }
}

/* Two who wait; a waker drops the other one, which is not woken then. */
static void drop_c(void *unused)
{
    rings++;
    future_drop(&c.send.future);
}

/* MPSC-m, WAIT-05 */
static void a_waker_drops_its_neighbour(void **state)
{
    struct context cx = context_make((struct waker){ drop_c, NULL }, NULL);
    for (int how = 0; how < 2; how++) {
        rings = 0;
        open_full();
        mpsc_send(&a.send, &tx, &a.value);
        assert_int_equal(future_poll(&a.send.future, &cx), POLL_PENDING);
        assert_int_equal(send_begins(&c), POLL_PENDING);
        if (how)
            mpsc_receiver_drop(&rx);
        else
            assert_int_equal(take(), 100);
        assert_int_equal(rings, 1);
        assert_int_equal(c.bell.rings, 0);
        assert_int_equal(send_goes_on(&a), POLL_READY);
        assert_int_equal(a.send.status, how ? UV_EPIPE : 0);
        drop_ends();
    }
}

static void poll_a_again(void *unused)
{
    rings++;
    assert_int_equal(send_goes_on(&a), POLL_READY);
}

/* MPSC-m, WAIT-05: it sends within the receive that made room for it. */
static void a_waker_polls(void **state)
{
    struct context cx =
        context_make((struct waker){ poll_a_again, NULL }, NULL);
    rings = 0;
    open_full();
    mpsc_send(&a.send, &tx, &a.value);
    assert_int_equal(future_poll(&a.send.future, &cx), POLL_PENDING);
    assert_int_equal(received(), 100);
    assert_int_equal(rings, 1);
    assert_int_equal(received(), 1);
    drop_ends();
}

/* ---- A drop function that changes the channel ---------------------------- */

static void drop_the_sender(void *value)
{
    dropped += *(int *)value;
    mpsc_permit_drop(&b.permit);
    mpsc_sender_drop(&tx);
}

/* MPSC-m: values that hold the last sender of their own channel. */
static void a_drop_function_drops_the_sender(void **state)
{
    open_channel(1);
    drop_ends();
    dropped = 0;
    assert_int_equal(mpsc_open(&tx, &rx, 3, drop_the_sender), 0);
    assert_int_equal(mpsc_try_reserve(&tx, &b.permit), 0);
    put(10);
    put(20);
    mpsc_receiver_drop(&rx);
    assert_int_equal(dropped, 30);
    assert_null(tx.tx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slot_wakes_the_first),
        cmocka_unit_test(the_slot_belongs_to_the_first),
        cmocka_unit_test(dropped_while_in_line),
        cmocka_unit_test(dropped_with_a_slot),
        cmocka_unit_test(in_line_with_another_waker),
        cmocka_unit_test(the_receiver_is_dropped),
        cmocka_unit_test(the_receiver_is_closed),
        cmocka_unit_test(a_permit_is_room),
        cmocka_unit_test(a_permit_that_is_dropped),
        cmocka_unit_test(a_permit_keeps_the_channel_open),
        cmocka_unit_test(a_permit_after_both_ends),
        cmocka_unit_test(dropped_receive),
        cmocka_unit_test(receive_with_another_waker),
        cmocka_unit_test(closed_under_a_receive),
        cmocka_unit_test(wait_for_closed),
        cmocka_unit_test(a_waker_drops_all),
        cmocka_unit_test(a_waker_drops_its_neighbour),
        cmocka_unit_test(a_waker_polls),
        cmocka_unit_test(a_drop_function_drops_the_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
