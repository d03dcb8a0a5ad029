/* Async functions: what the macros promise. */
#include "support.h"
#include <fnmatch.h>

static struct bell bell;

static enum poll step(struct future *f)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    return future_poll(f, &cx);
}

/* ---- A function that waits twice, and one that waits for it -------------- */

struct inner {
    struct async async;
    struct probe a, b;
};

static enum poll inner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct inner);
    trace("begin");
    AWAIT(&self->a.future);
    trace("middle");
    AWAIT(&self->b.future);
    trace("end");
    ASYNC_FINALLY
    trace("finally");
    assert_null(cx);
    ASYNC_END;
}

static const struct future_ops inner_ops = ASYNC_OPS(inner);

static struct future *inner(struct inner *self)
{
    *self = (struct inner){ .async.future.ops = &inner_ops };
    probe(&self->a, "a");
    probe(&self->b, "b");
    return &self->async.future;
}

struct outer {
    struct async async;
    struct inner inner;
};

static enum poll outer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct outer);
    AWAIT(inner(&self->inner));
    ASYNC_FINALLY
    trace("outer");
    ASYNC_END;
}

static const struct future_ops outer_ops = ASYNC_OPS(outer);

static struct future *outer(struct outer *self)
{
    *self = (struct outer){ .async.future.ops = &outer_ops };
    return &self->async.future;
}

/* ASYNC-01 */
static void each_poll_goes_on_where_the_last_one_stopped(void **state)
{
    struct inner fn;
    struct future *f = inner(&fn);
    assert_int_equal(step(f), POLL_PENDING);
    assert_int_equal(step(f), POLL_PENDING);
    expect_trace("begin a? a?");
    fn.a.open = true;
    assert_int_equal(step(f), POLL_PENDING);
    expect_trace("a! middle b?");
    fn.b.open = true;
    assert_int_equal(step(f), POLL_READY);
    expect_trace("b! end finally");
}

/* ASYNC-02 */
static void a_child_that_is_ready_at_once_does_not_suspend(void **state)
{
    struct inner fn;
    struct future *f = inner(&fn);
    fn.a.open = fn.b.open = true;
    assert_int_equal(step(f), POLL_READY);
    expect_trace("begin a! middle b! end finally");
}

/* ASYNC-03 */
static void drop_cancels_the_child_we_wait_for(void **state)
{
    struct inner fn;
    step(inner(&fn));
    future_drop(&fn.async.future);
    expect_trace("begin a? ~a finally");

    inner(&fn);
    fn.a.open = true;
    step(&fn.async.future);
    future_drop(&fn.async.future);
    expect_trace("begin a! middle b? ~b finally");
}

/* ASYNC-03 */
static void drop_goes_from_the_inside_out(void **state)
{
    struct outer fn;
    step(outer(&fn));
    future_drop(&fn.async.future);
    expect_trace("begin a? ~a finally outer");
    future_drop(&fn.async.future);
    expect_trace("");
}

/* ASYNC-04, FUT-a */
static void a_function_never_polled_runs_its_finally_when_dropped(void **state)
{
    struct inner fn;
    future_drop(inner(&fn));
    expect_trace("finally");
    future_drop(&fn.async.future);
    expect_trace("");
}

/* ASYNC-04 */
static void a_function_that_has_ended_does_not_end_again(void **state)
{
    struct inner fn;
    inner(&fn);
    fn.a.open = fn.b.open = true;
    assert_int_equal(step(&fn.async.future), POLL_READY);
    future_drop(&fn.async.future);
    expect_trace("begin a! middle b! end finally");
}

/* ---- Every way to write it ----------------------------------------------- */

/* Without braces on purpose: a macro that is two statements breaks here. */
struct bare {
    struct async async;
    int path, i, result;
    struct probe leaf;
};

static struct future *bare_leaf(struct bare *self, const char *name)
{
    trace("make");
    return probe(&self->leaf, name);
}

static enum poll bare_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct bare);
    if (self->path == 0)
        ASYNC_RETURN(self->result = -1);
    else if (self->path == 1)
        AWAIT(bare_leaf(self, "one"));
    else
        AWAIT(bare_leaf(self, "other"));
    for (self->i = 0; self->i < 2; self->i++)
        if (self->path == 2)
            AWAIT(bare_leaf(self, "loop"));
        else
            trace("round");
    while (self->path == 2) {
        int block = self->path; /* lives in a block without AWAIT */
        self->path = block - 1;
    }
    ASYNC_RETURN(self->result = self->i, trace("two statements"));
    ASYNC_END;
}

static const struct future_ops bare_ops = ASYNC_OPS(bare);

static void bare_run(struct bare *self, int path)
{
    *self = (struct bare){ .async.future.ops = &bare_ops, .path = path };
    while (step(&self->async.future) == POLL_PENDING)
        probe_open(&self->leaf);
}

/* ASYNC-05, ASYNC-06, ASYNC-07 */
static void the_macros_are_single_statements(void **state)
{
    struct bare fn;
    bare_run(&fn, 0);
    assert_int_equal(fn.result, -1);
    expect_trace("");
    bare_run(&fn, 1);
    assert_int_equal(fn.result, 2);
    expect_trace("make one? one! round round two statements");
    bare_run(&fn, 2);
    assert_int_equal(fn.result, 2);
    expect_trace("make other? other! make loop? loop! make loop? loop! "
                 "two statements");
}

struct loops {
    struct async async;
    int i, j;
    struct yield nap;
};

static enum poll loops_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct loops);
    for (self->i = 0; self->i < 4; self->i++) {
        if (self->i == 1)
            continue;
        for (self->j = 0;; self->j++) {
            AWAIT(yield_now(&self->nap));
            trace("%d%d", self->i, self->j);
            if (self->j == 1)
                break;
        }
        if (self->i == 2)
            break;
    }
    do
        AWAIT(yield_now(&self->nap));
    while (self->i++ < 4);
    goto out;
    trace("never");
out:
    trace("i=%d", self->i);
    ASYNC_END;
}

static const struct future_ops loops_ops = ASYNC_OPS(loops);

/* ASYNC-05 */
static void loops_break_continue_and_goto_work(void **state)
{
    struct loops fn = { .async.future.ops = &loops_ops };
    int polls = 1;
    while (step(&fn.async.future) == POLL_PENDING)
        polls++;
    expect_trace("00 01 20 21 i=5");
    assert_int_equal(polls, 1 + 4 + 3);
}

struct nothing {
    struct async async;
};

static enum poll nothing_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nothing);
    ASYNC_END;
}

static enum poll only_finally_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nothing);
    ASYNC_FINALLY
    trace("finally %s", self->async.future.ops->name);
    ASYNC_END;
}

static const struct future_ops nothing_ops = ASYNC_OPS(nothing),
                               only_finally_ops = ASYNC_OPS(only_finally);

/* ASYNC-02, ASYNC-04 */
static void an_empty_function_is_ready_at_once(void **state)
{
    struct nothing fn = { .async.future.ops = &nothing_ops };
    assert_int_equal(step(&fn.async.future), POLL_READY);
    fn = (struct nothing){ .async.future.ops = &only_finally_ops };
    assert_int_equal(step(&fn.async.future), POLL_READY);
    expect_trace("finally only_finally");
}

/* ---- Depth --------------------------------------------------------------- */

struct deep { /* awaits itself, on the heap: a frame cannot contain itself */
    struct async async;
    struct deep *next;
    int depth;
    bool began;
    struct yield yield;
};

static int deep_alive;
static struct future *deep(struct deep *self, int depth);

static enum poll deep_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct deep);
    deep_alive++;
    self->began = true;
    if (self->depth == 0)
        ASYNC_RETURN((void)0);
    AWAIT(yield_now(&self->yield));
    self->next = malloc(sizeof *self->next);
    assert_non_null(self->next);
    AWAIT(deep(self->next, self->depth - 1));
    ASYNC_FINALLY
    deep_alive -= self->began;
    free(self->next);
    ASYNC_END;
}

static const struct future_ops deep_ops = ASYNC_OPS(deep);

static struct future *deep(struct deep *self, int depth)
{
    *self = (struct deep){ .async.future.ops = &deep_ops, .depth = depth };
    return &self->async.future;
}

/* FUT-b, ASYNC-03 */
static void a_chain_of_1000_can_end_and_can_be_dropped_anywhere(void **state)
{
    struct deep fn;
    for (int polls = 0; polls <= 1000; polls += 250) {
        deep(&fn, 1000);
        for (int i = 0; i < polls; i++)
            assert_int_equal(step(&fn.async.future), POLL_PENDING);
        assert_int_equal(deep_alive, polls);
        future_drop(&fn.async.future);
        assert_int_equal(deep_alive, 0);
    }
    deep(&fn, 1000);
    while (step(&fn.async.future) == POLL_PENDING) {
    }
    assert_int_equal(deep_alive, 0);
}

/* ---- Where does it stand? ------------------------------------------------ */

static void expect_backtrace(const struct future *f, const char *pattern)
{
    char text[4096] = "";
    FILE *out = tmpfile();
    assert_non_null(out);
    future_backtrace(f, out);
    rewind(out);
    assert_true(fread(text, 1, sizeof text - 1, out) > 0);
    fclose(out);
    if (fnmatch(pattern, text, 0) != 0)
        assert_string_equal(text, pattern);
}

/* ASYNC-08 */
static void the_backtrace_names_file_and_line_of_each_await(void **state)
{
    struct outer fn;
    struct future *f = outer(&fn);
    expect_backtrace(f, "outer");
    step(f);
    expect_backtrace(f, "outer at async.c:[0-9]* -> inner at async.c:[0-9]* "
                        "-> probe");
    assert_true(fn.async.state < __LINE__ && fn.inner.async.state > 0);
    future_drop(f);
    trace_text[0] = '\0';
}

/* ASYNC-08 */
static void the_state_is_the_line_of_the_await(void **state)
{
    struct inner fn;
    int first;
    step(inner(&fn));
    first = fn.async.state;
    fn.a.open = true;
    step(&fn.async.future);
    assert_int_equal(fn.async.state, first + 2);
    assert_ptr_equal(fn.async.child, &fn.b.future);
    future_drop(&fn.async.future);
    assert_null(fn.async.child);
    trace_text[0] = '\0';
}

/* ---- A tree of futures --------------------------------------------------- */

struct many { /* polls nothing, but says that it has children */
    struct future future;
    struct future **children;
    int n;
};

static void many_children(struct future *f, future_visit *visit, void *data)
{
    struct many *self = container_of(f, struct many, future);
    for (int i = 0; i < self->n; i++)
        visit(self->children[i], data);
}

static const struct future_ops many_ops = {
    .name = "many",
    .poll = probe_poll,
    .drop = future_drop_nothing,
    .children = many_children,
};

/* ASYNC-09 */
static void the_backtrace_shows_what_a_combinator_waits_for(void **state)
{
    struct inner a, b;
    struct many two = { { .ops = &many_ops },
                        (struct future *[]){ inner(&a), inner(&b) },
                        2 };
    struct many one = { { .ops = &many_ops },
                        (struct future *[]){ &two.future },
                        1 };
    step(&a.async.future);
    step(&b.async.future);
    expect_trace("begin a? begin a?");
    expect_backtrace(&one.future, "many -> many\n"
                                  "  |- inner at async.c:[0-9]* -> probe\n"
                                  "  `- inner at async.c:[0-9]* -> probe");
    future_drop(&a.async.future);
    future_drop(&b.async.future);
    trace_text[0] = '\0';
}

/* ASYNC-09 */
static void of_10000_children_a_backtrace_shows_a_few(void **state)
{
    static struct future *same[10000];
    struct many self = { { .ops = &many_ops }, same, 10000 };
    struct inner a;
    for (int i = 0; i < 10000; i++)
        same[i] = inner(&a);
    {
        FILE *out = tmpfile();
        int lines = 1, c;
        assert_non_null(out);
        future_backtrace(&self.future, out);
        rewind(out);
        while ((c = fgetc(out)) != EOF)
            lines += c == '\n';
        fclose(out);
        assert_int_equal(lines, BACKTRACE_LINES + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_poll_goes_on_where_the_last_one_stopped),
        cmocka_unit_test(a_child_that_is_ready_at_once_does_not_suspend),
        cmocka_unit_test(drop_cancels_the_child_we_wait_for),
        cmocka_unit_test(drop_goes_from_the_inside_out),
        cmocka_unit_test(a_function_never_polled_runs_its_finally_when_dropped),
        cmocka_unit_test(a_function_that_has_ended_does_not_end_again),
        cmocka_unit_test(the_macros_are_single_statements),
        cmocka_unit_test(loops_break_continue_and_goto_work),
        cmocka_unit_test(an_empty_function_is_ready_at_once),
        cmocka_unit_test(a_chain_of_1000_can_end_and_can_be_dropped_anywhere),
        cmocka_unit_test(the_backtrace_names_file_and_line_of_each_await),
        cmocka_unit_test(the_state_is_the_line_of_the_await),
        cmocka_unit_test(the_backtrace_shows_what_a_combinator_waits_for),
        cmocka_unit_test(of_10000_children_a_backtrace_shows_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
