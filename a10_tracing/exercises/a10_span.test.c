/* The inner future notes in which span it is polled and dropped. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

struct inner_ {
    struct future future;
    struct probe_child child;
    const struct span *wanted; /* where it must be polled and dropped */
    bool closed_inside;        /* the span was closed while it was in it */
};

static const char *name_(const struct span *span)
{
    return span ? span->name : "no span";
}

static void must_be_inside_(struct inner_ *self, const char *what)
{
    CHECK(current == self->wanted || !current ||
              current->name != self->wanted->name,
          "the inner future was %s in a copy of the span: enter &self->span "
          "itself, because others look at it while it is open",
          what);
    CHECK(current == self->wanted,
          "the inner future was %s in %s, and should be in \"%s\"", what,
          name_(current), self->wanted->name);
    self->closed_inside = self->closed_inside || current->closed;
}

static enum poll inner__poll(struct future *f, struct context *cx)
{
    struct inner_ *self = container_of(f, struct inner_, future);
    must_be_inside_(self, "polled");
    return probe_child_poll(&self->child, f, cx);
}

static void inner__drop(struct future *f)
{
    struct inner_ *self = container_of(f, struct inner_, future);
    must_be_inside_(self, "dropped");
    probe_child_drop(&self->child, f);
}

static const struct future_ops inner_ops_ = { .name = "the inner future",
                                              .poll = inner__poll,
                                              .drop = inner__drop };

static struct inner_ inners_[2];
static struct spanned spans_[2];
static struct poller task_;

static struct future *make_(int i, const char *name)
{
    inners_[i] =
        (struct inner_){ .future.ops = &inner_ops_, .wanted = &spans_[i].span };
    probe_child(&inners_[i].child, "the inner future");
    task_ = (struct poller){ .executor = probe_executor() };
    return spanned(&spans_[i], &inners_[i].future, name);
}

static void must_be_in_(const struct span *span, const char *after)
{
    CHECK(current == span,
          "after %s the program is in %s, and before it was in %s: leave the "
          "span, and go back to the one that was there before",
          after, name_(current), name_(span));
}

static enum poll poll_it_(int i)
{
    const struct span *before = current;
    int polls = inners_[i].child.polls, woken = task_.woken;
    enum poll result = poll_by(&task_, &spans_[i].future);
    CHECK(task_.woken == woken,
          "a poll of yours woke the task: only the inner future knows when "
          "to poll again; otherwise the task is polled without a pause");
    CHECK(inners_[i].child.polls == polls + 1,
          "one poll of yours polled the inner future %d times",
          inners_[i].child.polls - polls);
    must_be_in_(before, "a poll");
    return result;
}

static void drop_it_(int i)
{
    const struct span *before = current;
    future_drop(&spans_[i].future);
    CHECK(inners_[i].child.drops == 1,
          "it was dropped, and the inner future was dropped %d times",
          inners_[i].child.drops);
    probe_child_must_be_dropped(&inners_[i].child, &inners_[i].future);
    must_be_in_(before, "a drop");
    CHECK(spans_[i].span.closed, "it was dropped, and the span is not closed");
    CHECK(!inners_[i].closed_inside,
          "the span was closed while the inner future was still in it");
}

static void each_poll_is_in_the_span(void **state)
{
    (void)state;
    make_(0, "request");
    CHECK(current == NULL,
          "your future was only made, and the program is in %s already",
          name_(current));
    CHECK(spans_[0].span.name && strcmp(spans_[0].span.name, "request") == 0,
          "it was made with the name \"request\", and its span has another "
          "one");
    for (int i = 0; i < 3; i++) {
        CHECK(poll_it_(0) == POLL_PENDING,
              "READY, although the inner future is PENDING");
        CHECK(!spans_[0].span.closed,
              "the inner future is PENDING, and the span is closed");
    }
    inners_[0].child.ready = true;
    CHECK(poll_it_(0) == POLL_READY,
          "PENDING, although the inner future is READY");
    CHECK(spans_[0].span.closed,
          "the inner future is READY, and the span is not closed");
    CHECK(!inners_[0].closed_inside,
          "the span was closed while the inner future was still in it");
    CHECK(inners_[0].child.drops == 0,
          "the inner future was READY, and then it was dropped");
}

static void a_drop_is_in_the_span(void **state)
{
    (void)state;
    for (int polls = 0; polls < 3; polls++) {
        make_(0, "request");
        for (int i = 0; i < polls; i++)
            (void)poll_it_(0);
        drop_it_(0);
    }
}

static void two_tasks_do_not_mix(void **state)
{
    (void)state;
    make_(0, "request 1");
    make_(1, "request 2");
    for (int i = 0; i < 4; i++)
        (void)poll_it_(i % 2);
    drop_it_(0);
    inners_[1].child.ready = true;
    CHECK(poll_it_(1) == POLL_READY,
          "PENDING, although the inner future is READY");
}

static void a_span_may_be_inside_another(void **state)
{
    static struct span first = { .name = "first" }, second = { "second", 0 };
    (void)state;
    make_(0, "request");
    current = &first;
    (void)poll_it_(0);
    current = &second;
    (void)poll_it_(0);
    current = NULL;
    (void)poll_it_(0);
    current = &first;
    drop_it_(0);
    make_(0, "request");
    inners_[0].child.ready = true;
    CHECK(poll_it_(0) == POLL_READY,
          "PENDING, although the inner future is READY");
    current = NULL;
}

static void a_span_in_a_span(void **state)
{
    (void)state;
    make_(0, "inner span");
    spanned(&spans_[1], &spans_[0].future, "outer span");
    CHECK(poll_by(&task_, &spans_[1].future) == POLL_PENDING,
          "READY, although the inner future is PENDING");
    must_be_in_(NULL, "a poll");
    future_drop(&spans_[1].future);
    must_be_in_(NULL, "a drop");
    CHECK(inners_[0].child.drops == 1,
          "the outer one was dropped, and the inner future was dropped %d "
          "times",
          inners_[0].child.drops);
    CHECK(spans_[0].span.closed && spans_[1].span.closed,
          "both spans were dropped, and one of them is not closed");
}

static void a_mute_inner_future_is_told(void **state)
{
    (void)state;
    make_(0, "request");
    inners_[0].child.mute = true;
    probe_must_tell_of("the inner future", &spans_[0].future);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_poll_is_in_the_span),
    cmocka_unit_test(a_drop_is_in_the_span),
    cmocka_unit_test(two_tasks_do_not_mix),
    cmocka_unit_test(a_span_may_be_inside_another),
    cmocka_unit_test(a_span_in_a_span),
    cmocka_unit_test(a_mute_inner_future_is_told),
};
EXERCISE_MAIN(tests)
