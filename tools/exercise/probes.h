/* probes.h: what the tests of many exercises need.  Wrong answers come in
 * kinds: a static where a field should be, a waker compared by its data, a
 * child polled behind the contract's back.  Each kind has its probe here.
 */
#ifndef PROBES_H
#define PROBES_H

#include "exercise.h"

/* ---- Two at the same time ------------------------------------------------ */

/* A life is a story told in steps, each of which checks what it sees.  All
 * that a life knows stands in `size` bytes, which the first step fills in.  It
 * is lived alone, then in the same bytes once more, then by two at the same
 * time, in many orders of their steps: so a static is found. */
typedef void probe_step(void *life);
void probe_lives(size_t size, probe_step *const steps[], size_t count);
#define PROBE_LIVES(type, ...)                                             \
    probe_lives(sizeof(struct type), (probe_step *const[]){ __VA_ARGS__ }, \
                sizeof((probe_step *const[]){ __VA_ARGS__ }) / sizeof(void *))

/* ---- Wakers that are hard to tell apart ---------------------------------- */

/* Polls the future that make() returns by one waker, then by another one; then
 * happen() makes its wait end.  Only the second may be called, and once: also
 * if its data is NULL, or if only its function differs from the first. */
void probe_wakers(struct future *(*make)(void), void (*happen)(void));
void probe_wakers_in(struct executor *ex, struct future *(*make)(void),
                     void (*happen)(void));

/* ---- Lists of those that wait -------------------------------------------- */

/* The links of a list with `most` items at most are right, and `gone` is not
 * among them; `why` says why it should not be.  NULL: none is gone. */
struct list;
void probe_list(const struct list *list, int most, const struct list *gone,
                const char *why);

/* ---- Children ------------------------------------------------------------ */

struct probe_child { /* a child that sees what its parent does */
    struct future future;
    const char *name;          /* "child one": a sentence begins with it */
    struct executor *executor; /* the one it must be polled with */
    bool ready;                /* its next poll is READY */
    bool mute;                 /* it takes no waker */
    bool over;                 /* it was READY */
    int polls, drops;
    int when; /* its latest poll was: the first, the second, … of all */
    struct waker waker; /* of its latest poll; empty: it waits no more */
};
struct future *probe_child(struct probe_child *self, const char *name);

/* For children whose future stands elsewhere. */
enum poll probe_child_poll(struct probe_child *self, struct future *f,
                           struct context *cx);
void probe_child_drop(struct probe_child *self, struct future *f);

void probe_child_wakes(struct probe_child *self);  /* for nothing */
void probe_child_can_go(struct probe_child *self); /* to its end: it wakes */

/* It was dropped as a child should be, through future_drop(); or, as it was
 * READY, not at all. */
void probe_child_must_be_dropped(const struct probe_child *self,
                                 const struct future *f);

/* An executor that may be passed on and compared, and nothing else. */
struct executor *probe_executor(void);

/* A poll of a parent one of whose children is mute must tell of that child, and
 * of the budget that its children have used. */
void probe_must_tell_of(const char *child, struct future *parent);
void probe_must_tell_of_in(struct executor *ex, const char *child,
                           struct future *parent);

/* ---- Memory that is not to be touched now -------------------------------- */

/* Whoever reads or writes it is rejected: "work/x.c:12 <why>".  Both ends must
 * be multiples of 8 bytes, or ends of arrays.  To allow it again, allow a
 * region that begins there or before. */
void probe_forbid(const void *from, size_t size, const char *why);
void probe_allow(const void *from, size_t size);
#endif
