/* probes.c: see probes.h. */
#include <sanitizer/asan_interface.h>
#include "list.h"
#include "machinery.h"
#include "probes.h"

/* ---- Two at the same time ------------------------------------------------ */

enum { STEPS_MAX = 10, ORDERS = 64 };

/* One life after the other in the same place: what was kept of an earlier one
 * is not caught as freed memory, but by what it does to this one. */
static void live_alone(void *life, probe_step *const steps[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        steps[i](life);
}

/* Bit k of `order` says which of the two takes the next step, as long as it has
 * steps to take. */
static void live_together(void *const life[2], probe_step *const steps[],
                          size_t count, unsigned order)
{
    size_t at[2] = { 0, 0 };
    for (size_t k = 0; k < 2 * count; k++) {
        unsigned who = at[0] == count || (at[1] < count && order >> k & 1);
        steps[at[who]++](life[who]);
    }
}

void probe_lives(size_t size, probe_step *const steps[], size_t count)
{
    void *life[2] = { malloc(size), malloc(size) };
    CHECK(count <= STEPS_MAX && life[0] && life[1],
          "the test itself: too many steps, or no memory");
    for (int i = 0; i < 2; i++)
        memset(life[i], 0xa5, size);
    live_alone(life[0], steps, count);
    ASIDE("This is the second one, made where the first one was, and the first "
          "one was right: something of the first is left over, in the struct "
          "or in a static.");
    live_alone(life[0], steps, count);
    ASIDE("There are two at the same time here, and one alone was right: keep "
          "what belongs to one in its struct, not in a static.");
    live_together(life, steps, count, 0x55555555u); /* by turns */
    for (int i = 1; i < ORDERS; i++)
        live_together(life, steps, count, (unsigned)i * 2654435761u);
    ASIDE("");
    free(life[0]);
    free(life[1]);
}

/* ---- Wakers that are hard to tell apart ---------------------------------- */

enum { FUNCTIONS = 2, DATA = 3, WAKERS = FUNCTIONS * DATA };
static char data[DATA - 1];
static int woken[WAKERS];

static void *data_of(int waker) /* the last of three is NULL */
{
    int which = waker % DATA;
    return which < DATA - 1 ? &data[which] : NULL;
}

static int index_of(const void *of)
{
    return of ? (int)((const char *)of - data) : DATA - 1;
}

static void wake_one(void *of)
{
    woken[index_of(of)]++;
}

static void wake_other(void *of)
{
    woken[DATA + index_of(of)]++;
}

static enum poll poll_with(int waker, struct executor *ex, struct future *f)
{
    struct waker this = { waker < DATA ? wake_one : wake_other,
                          data_of(waker) };
    return exercise_poll_in(f, this, ex);
}

static void must_wake_only(int last, int first)
{
    for (int i = 0; i < WAKERS; i++)
        CHECK(i == last || woken[i] == 0,
              data_of(i) == data_of(last)
                  ? "two polls came with wakers that have the same data and "
                    "different functions, and the first of them was called: "
                    "the latest waker counts, and a waker consists of both its "
                    "words"
                  : "you woke the waker of an earlier poll: the latest waker "
                    "counts, because another task may poll the future now");
    CHECK(woken[last] > 0 || data_of(last),
          "a waker whose data is NULL was not called: it is a waker like any "
          "other; only a waker without a function is empty");
    CHECK(woken[last] > 0 || first == last,
          "the waker of the latest poll was not called: it may differ from the "
          "one before in only one of its two words");
    CHECK(woken[last] > 0, "the waker of the latest poll was not called");
    CHECK(woken[last] == 1, "the waker was called %d times, once is enough",
          woken[last]);
}

void probe_wakers_in(struct executor *ex, struct future *(*make)(void),
                     void (*happen)(void))
{
    for (int first = 0; first < WAKERS; first++) {
        for (int last = 0; last < WAKERS; last++) {
            struct future *f = make();
            memset(woken, 0, sizeof woken);
            CHECK(poll_with(first, ex, f) == POLL_PENDING &&
                      poll_with(last, ex, f) == POLL_PENDING,
                  "READY, and what it waits for has not happened");
            happen();
            must_wake_only(last, first);
            future_drop(f);
        }
    }
}

void probe_wakers(struct future *(*make)(void), void (*happen)(void))
{
    probe_wakers_in(probe_executor(), make, happen);
}

/* ---- Lists of those that wait -------------------------------------------- */

void probe_list(const struct list *list, int most, const struct list *gone,
                const char *why)
{
    const struct list *l = list;
    int n = 0;
    do {
        CHECK(l->next->prev == l && n++ <= most,
              "the list of those that wait is broken: one that is polled "
              "again is in it already, and must not be appended twice");
        CHECK(l != gone,
              "%s, and is still in the list: soon its memory belongs to "
              "something else",
              why);
        l = l->next;
    } while (l != list);
}

/* ---- Children ------------------------------------------------------------ */

struct executor *probe_executor(void)
{
    static max_align_t nobody_looks_inside;
    return (struct executor *)(void *)&nobody_looks_inside;
}

enum { SPENT_BEFORE = 2 };
static struct {     /* the budget of one poll */
    unsigned spent; /* 0: it is not looked at */
    bool unknown;   /* to a child's context */
} budget;

static void use_the_budget(struct context *cx)
{
    if (!budget.spent)
        return;
    budget.unknown = budget.unknown || cx->spent < SPENT_BEFORE;
    budget.spent++;
    cx->spent++;
}

enum poll probe_child_poll(struct probe_child *self, struct future *f,
                           struct context *cx)
{
    CHECK(!self->over && f->home == f,
          "%s was polled through its ops: call future_poll(), which checks the "
          "contract",
          self->name);
    f->home = NULL; /* future_poll() notes it anew each time */
    CHECK(cx->executor == self->executor,
          "%s was polled in a context that lacks the executor: a child "
          "may need it for a timer; pass on `cx`, or context_child(cx, …)",
          self->name);
    use_the_budget(cx);
    static int polls;
    self->when = ++polls;
    self->polls++;
    self->waker = (struct waker){ NULL, NULL };
    if (self->ready) {
        self->over = true;
        return POLL_READY;
    }
    if (!self->mute)
        self->waker = context_waker(cx);
    return POLL_PENDING;
}

void probe_child_drop(struct probe_child *self, struct future *f)
{
    (void)f;
    CHECK(!self->over,
          "%s was READY, and was dropped through its ops: call future_drop(), "
          "which does nothing to a future that is over",
          self->name);
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
}

static enum poll child_poll(struct future *f, struct context *cx)
{
    return probe_child_poll(container_of(f, struct probe_child, future), f, cx);
}

static void child_drop(struct future *f)
{
    probe_child_drop(container_of(f, struct probe_child, future), f);
}

static const struct future_ops child_ops = {
    .name = "child",
    .poll = child_poll,
    .drop = child_drop,
};

struct future *probe_child(struct probe_child *self, const char *name)
{
    *self = (struct probe_child){ .future.ops = &child_ops,
                                  .name = name,
                                  .executor = probe_executor() };
    return &self->future;
}

void probe_child_wakes(struct probe_child *self)
{
    waker_wake(self->waker);
}

void probe_child_can_go(struct probe_child *self)
{
    self->ready = true;
    probe_child_wakes(self);
}

void probe_child_must_be_dropped(const struct probe_child *self,
                                 const struct future *f)
{
    CHECK(self->over || self->drops > 0,
          "%s was not dropped: it still waits, and holds a waker that "
          "nobody may call any more",
          self->name);
    CHECK(self->drops <= 1, "%s was dropped %d times", self->name, self->drops);
    CHECK(f->ops == &future_over_ops,
          "%s is over, but it is not marked as over: call future_poll() and "
          "future_drop(), which mark it, instead of the functions in its ops",
          self->name);
}

static void wake_nobody(void *of)
{
    (void)of;
}

void probe_must_tell_of_in(struct executor *ex, const char *child,
                           struct future *parent)
{
    struct context cx = context_make((struct waker){ wake_nobody, NULL }, ex);
    cx.spent = budget.spent = SPENT_BEFORE;
    budget.unknown = false;
    CHECK(future_poll(parent, &cx) == POLL_PENDING,
          "READY, and a child is still PENDING");
    CHECK(cx.mute && strcmp(cx.mute, child) == 0,
          "a child returned PENDING and took no waker, and this was not passed "
          "on: poll it with `cx` itself; if it needs a context of its own, "
          "make one with context_child(), and call context_merge() afterwards");
    CHECK(!budget.unknown,
          "a child was polled in a context that does not know how much of the "
          "poll's budget was used before: make it with context_child(), not "
          "with context_make()");
    CHECK(cx.spent >= budget.spent,
          "a child has used a part of the poll's budget, and this was not "
          "passed on: if a child needs a context of its own, call "
          "context_merge() after its poll");
    budget.spent = 0;
}

void probe_must_tell_of(const char *child, struct future *parent)
{
    probe_must_tell_of_in(probe_executor(), child, parent);
}

/* ---- Memory that is not to be touched now -------------------------------- */

static struct {
    const char *from, *why;
    size_t size;
} forbidden[8];

void probe_forbid(const void *from, size_t size, const char *why)
{
    int i = 0;
    while (forbidden[i].why)
        CHECK(++i < 8, "the test itself: too many forbidden regions");
    forbidden[i].from = from;
    forbidden[i].size = size;
    forbidden[i].why = why;
    __asan_poison_memory_region(from, size);
}

void probe_allow(const void *from, size_t size)
{
    const char *begin = from;
    __asan_unpoison_memory_region(from, size);
    for (int i = 0; i < 8; i++)
        if (forbidden[i].from >= begin && forbidden[i].from < begin + size)
            forbidden[i].why = NULL;
}

const char *why_forbidden(const void *at)
{
    const char *address = at;
    for (int i = 0; i < 8; i++)
        if (forbidden[i].why && address >= forbidden[i].from &&
            address < forbidden[i].from + forbidden[i].size)
            return forbidden[i].why;
    return "uses what a lock protects, without the lock";
}
