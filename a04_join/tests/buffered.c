/* buffered.h: never more than n in flight. */
#include "children.h"
#include "a04_join/buffered.h"

static struct buffered buffered;
static struct buffered_next next;
static int asked, jobs; /* how many the source has made, of how many */
static bool told_end;   /* it said that there are no more */

/* Probes a, b, c … one after the other. */
static struct child *probe_source(void *data)
{
    assert_ptr_equal(data, &jobs);
    assert_false(told_end); /* never asked again */
    told_end = asked == jobs;
    if (told_end)
        return NULL;
    trace("+%s", names[asked]);
    return &children[asked++];
}

static void open_all(int n, size_t limit, bool in_order)
{
    fresh_children();
    asked = 0;
    jobs = n;
    told_end = false;
    if (in_order)
        buffered_init_ordered(&buffered, limit, probe_source, &jobs);
    else
        buffered_init(&buffered, limit, probe_source, &jobs);
}

static char take(void)
{
    if (poll_once(buffered_next(&next, &buffered)) == POLL_READY)
        return name_of(next.child);
    future_drop(&next.future);
    return '?';
}

/* SET-16 */
static void unordered_a_finished_one_makes_room_for_the_next(void **state)
{
    open_all(4, 2, false);
    expect_trace(""); /* FUT-01: the source was not asked */
    assert_int_equal(take(), '?');
    expect_trace("+a +b a? b?");
    assert_int_equal(buffered_len(&buffered), 2);
    probe_open(&probes[1]);
    assert_int_equal(take(), 'b');
    expect_trace("b!");
    assert_int_equal(take(), '?');
    expect_trace("+c c?");
    probe_open(&probes[2]);
    probe_open(&probes[0]);
    assert_int_equal(take(), 'c');
    assert_int_equal(take(), 'a');
    assert_int_equal(take(), '?');
    expect_trace("c! +d a! d?");
    probe_open(&probes[3]);
    assert_int_equal(take(), 'd');
    assert_int_equal(take(), '-');
    assert_int_equal(take(), '-');
    expect_trace("d!");
}

/* SET-15 */
static void ordered_one_slow_job_holds_up_the_others(void **state)
{
    open_all(4, 2, true);
    assert_int_equal(take(), '?');
    probe_open(&probes[1]);
    assert_int_equal(take(), '?');
    expect_trace("+a +b a? b? b!"); /* c has to wait: b is not taken out */
    assert_int_equal(buffered_len(&buffered), 2);
    probe_open(&probes[0]);
    assert_int_equal(take(), 'a');
    assert_int_equal(take(), 'b');
    expect_trace("a! +c"); /* b was over already, so nobody was polled */
    assert_int_equal(take(), '?');
    expect_trace("+d c? d?");
    probe_open(&probes[3]);
    probe_open(&probes[2]);
    assert_int_equal(take(), 'c');
    assert_int_equal(take(), 'd');
    assert_int_equal(take(), '-');
    expect_trace("d! c!");
}

/* SET-h */
static void one_in_flight_is_one_after_the_other(void **state)
{
    for (int in_order = 0; in_order < 2; in_order++) {
        open_all(3, 1, in_order);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(take(), '?');
            probe_open(&probes[i]);
            assert_int_equal(take(), *names[i]);
        }
        assert_int_equal(take(), '-');
        expect_trace("+a a? a! +b b? b! +c c? c!");
    }
}

static void a_source_with_fewer_jobs_than_room(void **state)
{
    for (int in_order = 0; in_order < 2; in_order++) {
        open_all(0, 3, in_order);
        assert_int_equal(take(), '-');
        open_all(2, MANY, in_order);
        probes[0].open = probes[1].open = true;
        assert_int_equal(take(), 'a');
        assert_int_equal(take(), 'b');
        assert_int_equal(take(), '-');
        expect_trace("+a +b a! b!");
    }
}

/* The trap: what nobody awaits stands still. */
static void nothing_moves_while_nobody_awaits_next(void **state)
{
    open_all(3, 2, false);
    assert_int_equal(take(), '?');
    expect_trace("+a +b a? b?");
    probe_open(&probes[0]);
    probe_open(&probes[1]);
    expect_trace("");
    assert_int_equal(bell.rings, 0);
    assert_int_equal(take(), 'a');
    expect_trace("a!"); /* and b, which could have ended, has not */
    buffered_drop(&buffered);
    expect_trace("~b");
}

/* FUT-04, FUT-c */
static void dropping_it_drops_those_in_flight(void **state)
{
    for (int in_order = 0; in_order < 2; in_order++) {
        open_all(4, 3, in_order);
        poll_once(buffered_next(&next, &buffered));
        future_drop(&next.future);
        buffered_drop(&buffered);
        buffered_drop(&buffered);
        expect_trace("+a +b +c a? b? c? ~a ~b ~c");
        assert_no_waker_left();
        assert_int_equal(take(), '-'); /* the source is not asked again */
        expect_trace("");
    }
}

static void at_most_none(void)
{
    open_all(4, 0, false);
}

/* SET-i */
static void at_most_0_is_refused(void **state)
{
    assert_misuse(at_most_none, "at most 0 in flight");
}

/* ---- On an executor ------------------------------------------------------ */

enum { LIMIT = 5 };

struct job { /* counts how many of its kind run */
    struct async async;
    struct child child;
    struct sleep nap;
    struct yield yield;
    int number; /* 0: this place is free */
    bool began;
    uint64_t ms;
};

static int running, most, out;

static enum poll job_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct job);
    self->began = true;
    if (++running > most)
        most = running;
    AWAIT(sleep_ms(&self->nap, self->ms));
    AWAIT(yield_now(&self->yield));
    ASYNC_FINALLY
    running -= self->began;
    ASYNC_END;
}

static const struct future_ops job_ops = ASYNC_OPS(job);

struct body { /* takes them all out */
    struct async async;
    bool in_order;
    struct executor *executor;
    struct job pool[LIMIT]; /* as many as are in flight are enough */
    struct buffered buffered;
    struct buffered_next next;
};

static struct child *pool_source(void *data)
{
    struct body *self = data;
    struct job *job = self->pool;
    if (asked == jobs)
        return NULL;
    while (job->number)
        job++;
    *job = (struct job){ .async.future.ops = &job_ops,
                         .number = ++asked,
                         .ms = executor_random(self->executor, 4) };
    job->child.future = &job->async.future;
    return &job->child;
}

static void take_out(struct body *self)
{
    struct job *job =
        container_of(self->next.child->future, struct job, async.future);
    out++;
    if (self->in_order)
        assert_int_equal(job->number, out);
    job->number = 0;
}

static enum poll body_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct body);
    self->executor = cx->executor;
    if (self->in_order)
        buffered_init_ordered(&self->buffered, LIMIT, pool_source, self);
    else
        buffered_init(&self->buffered, LIMIT, pool_source, self);
    AWAIT(buffered_next(&self->next, &self->buffered));
    while (self->next.child) {
        take_out(self);
        AWAIT(buffered_next(&self->next, &self->buffered));
    }
    ASYNC_FINALLY
    buffered_drop(&self->buffered);
    ASYNC_END;
}

static const struct future_ops body_ops = ASYNC_OPS(body);

static struct future *body(struct body *self, bool in_order, int n)
{
    running = most = asked = out = 0;
    jobs = n;
    *self =
        (struct body){ .async.future.ops = &body_ops, .in_order = in_order };
    return &self->async.future;
}

/* SET-15, SET-16, in random order */
static void every_job_comes_out_once_whatever_the_order(void **state)
{
    static struct body b;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed };
        for (int in_order = 0; in_order < 2; in_order++) {
            up(&options);
            block_on(&ex, body(&b, in_order, 60));
            assert_int_equal(asked, 60);
            assert_int_equal(out, 60);
            assert_int_equal(running, 0);
            assert_int_equal(most, LIMIT);
            down();
        }
    }
}

/* ---- How often they are polled ------------------------------------------- */

enum { CROWD = 100, SLOW = 10 }; /* the slow ones come last */

struct step { /* READY at once; or takes three budgets full and a bit more, or
                 yields three times */
    struct future future;
    struct child child;
    bool quick, yields;
    int taken, polls;
};

static enum poll step_poll(struct future *f, struct context *cx)
{
    struct step *self = container_of(f, struct step, future);
    self->polls++;
    if (self->quick)
        return POLL_READY;
    if (self->yields && self->polls <= 3) {
        waker_wake(context_waker(cx));
        return POLL_PENDING;
    }
    for (; !self->yields && self->taken <= 3 * BUDGET_STEPS; self->taken++)
        if (!spend(cx))
            return POLL_PENDING;
    return POLL_READY;
}

static const struct future_ops step_ops = { .name = "step",
                                            .poll = step_poll,
                                            .drop = future_drop_nothing };

static struct step steps[CROWD];

static struct child *step_source(void *data)
{
    struct step *s = &steps[asked];
    if (asked == CROWD)
        return NULL;
    *s = (struct step){ .future.ops = &step_ops,
                        .quick = asked < CROWD - SLOW,
                        .yields = *(bool *)data };
    asked++;
    s->child.future = &s->future;
    return &s->child;
}

struct drain { /* takes them all out, as one task */
    struct async async;
    struct buffered buffered;
    struct buffered_next next;
    bool in_order, yields;
};

static enum poll drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct drain);
    if (self->in_order)
        buffered_init_ordered(&self->buffered, CROWD, step_source,
                              &self->yields);
    else
        buffered_init(&self->buffered, CROWD, step_source, &self->yields);
    do {
        AWAIT(buffered_next(&self->next, &self->buffered));
    } while (self->next.child);
    ASYNC_END;
}

static const struct future_ops drain_ops = ASYNC_OPS(drain);

/* SCHED-10, SET-l: a slow one is polled 4 times, or once more if it found the
 * budget half spent; and not each time that a quick one comes out. */
static void slow_jobs_are_not_polled_while_others_come_out(void **state)
{
    for (int way = 0; way < 4; way++) {
        static struct drain drain;
        drain = (struct drain){ .async.future.ops = &drain_ops,
                                .in_order = way % 2,
                                .yields = way / 2 };
        asked = 0;
        up(&virtual_clock);
        block_on(&ex, &drain.async.future);
        down();
        for (int i = CROWD - SLOW; i < CROWD; i++)
            assert_in_range(steps[i].polls, 4, 5);
    }
}

static struct future *unordered_body(void *memory)
{
    return body(memory, false, 8);
}

static struct future *ordered_body(void *memory)
{
    return body(memory, true, 8);
}

static void it_can_be_dropped_after_every_poll(void **state)
{
    assert_true(every_drop(sizeof(struct body), unordered_body) > 4);
    assert_int_equal(running, 0);
    assert_true(every_drop(sizeof(struct body), ordered_body) > 4);
    assert_int_equal(running, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unordered_a_finished_one_makes_room_for_the_next),
        cmocka_unit_test(ordered_one_slow_job_holds_up_the_others),
        cmocka_unit_test(one_in_flight_is_one_after_the_other),
        cmocka_unit_test(a_source_with_fewer_jobs_than_room),
        cmocka_unit_test(nothing_moves_while_nobody_awaits_next),
        cmocka_unit_test(dropping_it_drops_those_in_flight),
        cmocka_unit_test(at_most_0_is_refused),
        cmocka_unit_test(every_job_comes_out_once_whatever_the_order),
        cmocka_unit_test(slow_jobs_are_not_polled_while_others_come_out),
        cmocka_unit_test(it_can_be_dropped_after_every_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
