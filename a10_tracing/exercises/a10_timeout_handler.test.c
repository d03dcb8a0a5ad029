/* The backend is a fake, which answers when the test says, on the virtual
 * clock.  It writes to the last byte of its frame. */
#include <stdlib.h>
static size_t refused_; /* for so many bytes there is no memory */
#define malloc(size) ((size) == refused_ ? NULL : malloc(size))
#define calloc(n, size) ((n) * (size) == refused_ ? NULL : calloc(n, size))
#include ANSWER
#undef malloc
#undef calloc
#include <limits.h>
#include <sanitizer/asan_interface.h>
#include "exercise_executor.h"

/* ---- A backend ----------------------------------------------------------- */

struct ask_ {
    struct future future;
    struct sleep nap;
    long *cents;
    bool over;
    char rest[3000]; /* more than you think, and than any task here */
};

struct fake_ {
    struct backend backend;
    uint64_t ms; /* until it answers */
    long price;  /* the answer */
    int asks, drops, answers;
    char item[20];
};

static struct fake_ fake_;

static enum poll ask__poll(struct future *f, struct context *cx)
{
    struct ask_ *self = container_of(f, struct ask_, future);
    if (future_poll(&self->nap.future, cx) == POLL_PENDING)
        return POLL_PENDING;
    *self->cents = fake_.price;
    self->over = true;
    fake_.answers++;
    return POLL_READY;
}

static void ask__drop(struct future *f)
{
    struct ask_ *self = container_of(f, struct ask_, future);
    future_drop(&self->nap.future);
    if (!self->over)
        fake_.drops++;
    self->over = true;
}

static const struct future_ops ask_ops_ = { .name = "the backend",
                                            .poll = ask__poll,
                                            .drop = ask__drop };

static struct future *ask_it_(void *frame, struct backend *backend,
                              const char *item, long *cents)
{
    struct ask_ *self = frame;
    CHECK(backend == &fake_.backend, "ask() was given another backend than "
                                     "the one of the desk");
    CHECK(frame, "ask() was given no memory for its frame");
    CHECK(!__asan_region_is_poisoned(frame, sizeof *self),
          "ask() needs a frame of %zu bytes, desk->backend->frame, and the one "
          "that it was given has fewer",
          sizeof *self);
    memset(frame, 0, sizeof *self);
    self->future.ops = &ask_ops_;
    self->cents = cents;
    sleep_ms(&self->nap, fake_.ms);
    snprintf(fake_.item, sizeof fake_.item, "%s", item);
    fake_.asks++;
    return &self->future;
}

/* ---- A desk with handlers ------------------------------------------------ */

static struct desk desk_;

static void open_(uint64_t patience, int most, uint64_t ms)
{
    fake_ = (struct fake_){ .backend = { sizeof(struct ask_), ask_it_ },
                            .ms = ms,
                            .price = 250 };
    desk_ = (struct desk){ .backend = &fake_.backend,
                           .patience = patience,
                           .most = most };
    (void)virtual_executor();
}

static struct task *begin_at_(struct desk *desk, const char *item)
{
    return task_spawn(virtual_executor(),
                      handler(task_slot(struct handler), desk, item));
}

static struct task *begin_(const char *item)
{
    return begin_at_(&desk_, item);
}

static void pass_(uint64_t ms)
{
    struct sleep nap;
    WHILE("handlers are polled");
    block_on(virtual_executor(), sleep_ms(&nap, ms));
}

static void must_be_open_(int n, const char *when)
{
    CHECK(desk_.open == n, "%s, desk->open is %d, and should be %d", when,
          desk_.open, n);
}

/* It is over, with this status; then its memory is given back. */
static void must_end_(struct task *t, int status, const char *why)
{
    struct handler *h;
    CHECK(task_is_over(t), "%s, and the handler still waits", why);
    h = task_output(t, struct handler);
    CHECK(h->status == status, "%s, and the status is %d, not %d", why,
          h->status, status);
    if (status == 200)
        CHECK(h->cents == fake_.price,
              "the backend has answered %ld, and `cents` is %ld", fake_.price,
              h->cents);
    task_detach(t);
}

static void a_price_comes_from_the_backend(void **state)
{
    struct task *t;
    (void)state;
    open_(100, 5, 20);
    t = begin_("tea");
    pass_(10);
    CHECK(fake_.asks == 1, "the backend was asked %d times, not once",
          fake_.asks);
    CHECK(strcmp(fake_.item, "tea") == 0,
          "the backend was asked for \"%s\" instead of \"tea\"", fake_.item);
    CHECK(!task_is_over(t), "the handler is over before the backend has "
                            "answered");
    must_be_open_(1, "while the backend is asked");
    pass_(10);
    pass_(0);
    must_end_(t, 200, "the backend has answered");
    must_be_open_(0, "after the handler was over");
}

static void a_backend_that_is_too_slow_is_dropped(void **state)
{
    static const uint64_t patience[] = { 100, 40, 0 };
    (void)state;
    for (int i = 0; i < 3; i++) {
        open_(patience[i], 5, 1000);
        struct task *t = begin_("gold");
        if (patience[i] > 1) {
            pass_(patience[i] - 1);
            CHECK(!task_is_over(t),
                  "the handler is over after %d ms, and the "
                  "backend may take %d",
                  (int)patience[i] - 1, (int)patience[i]);
            pass_(1);
        }
        pass_(0);
        pass_(0);
        must_end_(t, 504, "the backend may not take that long");
        CHECK(fake_.drops == 1, "time was up, and the backend's future was "
                                "not dropped");
        must_be_open_(0, "after the time was up");
    }
}

static void any_number_may_be_a_price(void **state)
{
    static const long prices[] = { 0, -1, LONG_MAX, LONG_MIN };
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct task *t;
        open_(100, 5, 20);
        fake_.price = prices[i];
        t = begin_("tea");
        pass_(20);
        pass_(0);
        must_end_(t, 200, "the backend has answered");
    }
}

static void patience_may_be_long(void **state)
{
    struct task *t;
    (void)state;
    open_(5000000000, 5, 4999999999);
    t = begin_("marble");
    pass_(4999999998);
    CHECK(!task_is_over(t),
          "the backend may take 5,000,000,000 ms, and the handler is over "
          "before that: milliseconds are uint64_t");
    pass_(1);
    pass_(0);
    must_end_(t, 200, "the backend has answered in time");
}

static void the_most_may_be_none(void **state)
{
    struct task *t;
    (void)state;
    open_(100, 0, 50);
    t = begin_("tea");
    pass_(0);
    must_end_(t, 503, "none may be handled");
    must_be_open_(0, "after one was refused");
    CHECK(fake_.asks == 0, "none may be handled, and the backend was asked");
}

static void an_answer_in_the_last_moment_counts(void **state)
{
    struct task *t;
    (void)state;
    open_(100, 5, 100);
    t = begin_("silk");
    pass_(100);
    pass_(0);
    must_end_(t, 200, "the backend has answered just in time");
}

static void a_client_that_leaves_gives_its_place_back(void **state)
{
    struct task *t;
    (void)state;
    open_(100, 5, 50);
    t = begin_("tea");
    task_abort(t); /* before its first poll */
    task_detach(t);
    must_be_open_(0, "after a handler was dropped before its first poll");
    t = begin_("tea");
    pass_(10);
    task_abort(t);
    task_detach(t);
    CHECK(fake_.drops == 1, "the handler was dropped, and the backend's future "
                            "was not");
    must_be_open_(0, "after a handler was dropped while it waited");
}

/* By hand, so that it is dropped where it yields, too. */
static void a_client_may_leave_between_any_two_polls(void **state)
{
    (void)state;
    for (int polls = 1; polls < 5; polls++) {
        struct poller task = { .executor = virtual_executor() };
        struct handler self;
        struct future *f;
        open_(100, 5, 50);
        f = handler(&self, &desk_, "tea");
        for (int i = 0; i < polls && task.woken >= i; i++)
            CHECK(poll_by(&task, f) == POLL_PENDING,
                  "the backend has not answered, and the handler is over");
        future_drop(f);
        must_be_open_(0, "after a handler was dropped where it waits or "
                         "yields");
    }
}

static void no_more_than_may_be_handled_at_a_time(void **state)
{
    struct task *two[2], *more;
    (void)state;
    open_(100, 2, 50);
    two[0] = begin_("tea");
    two[1] = begin_("tea");
    pass_(1);
    must_be_open_(2, "while two are handled");
    for (int i = 0; i < 3; i++) {
        more = begin_("tea");
        pass_(1);
        must_end_(more, 503, "two are handled, and that is the most");
        must_be_open_(2, "after one was refused");
    }
    CHECK(fake_.asks == 2, "for a request that is refused the backend was "
                           "asked");
    more = begin_("tea");
    task_abort(more);
    task_detach(more);
    must_be_open_(2, "after one was dropped that had no place");
    pass_(50);
    must_end_(two[0], 200, "the backend has answered");
    must_end_(two[1], 200, "the backend has answered");
    more = begin_("tea");
    pass_(51);
    must_end_(more, 200, "there are places again");
    must_be_open_(0, "after all were over");
}

static void two_desks_do_not_know_each_other(void **state)
{
    struct desk closed;
    struct task *one, *two;
    (void)state;
    open_(100, 5, 50);
    closed = desk_;
    closed.most = 0;
    ASIDE(
        "Two handlers began at the same time: keep what belongs to one in its "
        "frame, not in a static.");
    one = begin_("tea");
    two = begin_at_(&closed, "gold");
    pass_(1);
    must_end_(two, 503, "at the desk of this one none may be handled");
    CHECK(fake_.asks == 1,
          "one handler has a place, and the backend was asked "
          "%d times",
          fake_.asks);
    CHECK(strcmp(fake_.item, "tea") == 0,
          "the handler at this desk asks for \"tea\", and the backend was "
          "asked "
          "for \"%s\"",
          fake_.item);
    must_be_open_(1, "while one is handled");
    CHECK(closed.open == 0, "at the other desk %d are handled", closed.open);
    pass_(50);
    must_end_(one, 200, "the backend has answered");
    ASIDE("");
}

static void without_memory_the_backend_is_not_asked(void **state)
{
    struct task *t;
    (void)state;
    open_(100, 2, 50);
    refused_ = fake_.backend.frame;
    t = begin_("tea");
    pass_(1);
    refused_ = 0;
    must_end_(t, 500, "there was no memory");
    must_be_open_(0, "after a handler found no memory");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_price_comes_from_the_backend),
    cmocka_unit_test(a_backend_that_is_too_slow_is_dropped),
    cmocka_unit_test(an_answer_in_the_last_moment_counts),
    cmocka_unit_test(a_client_that_leaves_gives_its_place_back),
    cmocka_unit_test(a_client_may_leave_between_any_two_polls),
    cmocka_unit_test(no_more_than_may_be_handled_at_a_time),
    cmocka_unit_test(two_desks_do_not_know_each_other),
    cmocka_unit_test(without_memory_the_backend_is_not_asked),
    cmocka_unit_test(any_number_may_be_a_price),
    cmocka_unit_test(patience_may_be_long),
    cmocka_unit_test(the_most_may_be_none),
};
EXERCISE_MAIN(tests)
