/* span.h: a span: a time in which something is done, such as one request.
 *
 *     AWAIT(INSTRUMENT(&self->spanned, request(&self->request, 7), INFO,
 *                      "request", FIELD("id", 7)));
 *
 * INSTRUMENT() puts a span around a future.  The span is entered at the start
 * of each poll and left at its end, so it is never open across a suspension,
 * and events of other tasks are not in it.  A drop happens inside the span,
 * too.  Then, or after READY, it is closed.
 *
 * busy, idle  the time inside polls, and between them.
 * parent      the span in which the INSTRUMENT() was evaluated, or one of
 *             another service: span_set_parent().
 * fields      4 at most.  Strings stay yours, and must outlive the span.
 * task        For a span around a whole task, put a struct instrument first
 *             into a struct of your own, with the future behind it, and give
 *             that to task_slot().
 * cost        If nobody listens when it is made: one branch in each poll.
 * drop        drops the future; cancel-safe exactly if the future is.
 */
#ifndef A10_SPAN_H
#define A10_SPAN_H

#include "a10_tracing/trace.h"

struct instrument { /* the result is in the struct of `inner` */
    struct future future;
    struct future *inner;
    struct span span;
};

/* ---- A span's life ------------------------------------------------------- */

static inline void span_write_(struct span *s, enum record_kind kind)
{
    log_write(kind, &s->site, s->fields, s);
}

static inline void span_enter_(struct span *s)
{
    uint64_t now = log_ns();
    s->outer = span_current;
    span_current = s;
    if (!s->begun)
        span_write_(s, SPAN_NEW);
    s->begun = true;
    s->idle += now - s->since;
    s->since = now;
    span_write_(s, SPAN_ENTER);
}

static inline void span_exit_(struct span *s)
{
    uint64_t now = log_ns();
    s->busy += now - s->since;
    s->since = now;
    span_write_(s, SPAN_EXIT);
}

/* The span around `s` is the current one again. */
static inline void span_leave_(struct span *s, bool over)
{
    if (over)
        span_write_(s, SPAN_CLOSE);
    span_current = s->outer;
    s->outer = NULL;
}

/* ---- Other services ------------------------------------------------------ */

/* The parent of a request to another service, for the header traceparent.
 * NULL outside of all spans that somebody hears. */
static inline const struct traceparent *span_traceparent(void)
{
    return span_current ? &span_current->as_parent : NULL;
}

static inline void span_below_(struct span *s, const struct traceparent *parent)
{
    s->as_parent = traceparent_below(&log_state.ids, parent);
    s->above = parent ? parent->span : 0;
}

/* Between INSTRUMENT() and the first poll: the span belongs to a trace that
 * began elsewhere, as the header of a request says.
 *     if (traceparent_parse(&parent, header))
 *         span_set_parent(&self->spanned, &parent); */
static inline void span_set_parent(struct instrument *self,
                                   const struct traceparent *parent)
{
    struct span *s = &self->span;
    if (!s->id)
        return;
    if (s->begun)
        misuse("%s:%d: span %s: span_set_parent() after its first poll",
               site_file(&s->site), s->site.line, s->site.message);
    span_below_(s, parent);
    s->remote = true;
}

/* ---- INSTRUMENT ---------------------------------------------------------- */

static inline enum poll instrument_poll(struct future *f, struct context *cx)
{
    struct instrument *self = container_of(f, struct instrument, future);
    enum poll result;
    if (!self->span.id)
        return future_poll(self->inner, cx);
    span_enter_(&self->span);
    self->span.polls++;
    result = future_poll(self->inner, cx);
    span_exit_(&self->span);
    span_leave_(&self->span, result == POLL_READY);
    return result;
}

static inline void instrument_drop(struct future *f)
{
    struct instrument *self = container_of(f, struct instrument, future);
    if (!self->span.id) {
        future_drop(self->inner);
        return;
    }
    span_enter_(&self->span);
    future_drop(self->inner);
    span_exit_(&self->span);
    span_leave_(&self->span, true);
}

static inline void instrument_children(struct future *f, future_visit *visit,
                                       void *data)
{
    visit(container_of(f, struct instrument, future)->inner, data);
}

static const struct future_ops instrument_ops_ = COMBINATOR_OPS(instrument);

/* Nobody listens: a wrapper without a span. */
static inline struct future *instrument_bare(struct instrument *self,
                                             struct future *inner)
{
    self->future = (struct future){ .ops = &instrument_ops_ };
    self->inner = inner;
    self->span.id = 0;
    return &self->future;
}

static inline struct future *instrument(struct instrument *self,
                                        struct future *inner, struct site site,
                                        const struct field *fields)
{
    int n = 0;
    if (!log_wants(&site))
        return instrument_bare(self, inner);
    *self =
        (struct instrument){ .future.ops = &instrument_ops_, .inner = inner };
    self->span.site = site;
    for (; fields[n].name; n++) {
        if (n == SPAN_FIELDS)
            misuse("%s:%d: span %s: more than %d fields", site_file(&site),
                   site.line, site.message, SPAN_FIELDS);
        self->span.fields[n] = fields[n];
    }
    self->span.id = ++log_state.last_id;
    self->span.parent = span_current ? span_current->id : 0;
    span_below_(&self->span, span_traceparent());
    self->span.since = log_ns();
    return &self->future;
}

/* INSTRUMENT(self, future, level, name, fields ...).  The name is a literal.
 * `self` and `fut` are written twice here, but evaluated once. */
#define INSTRUMENT(self, fut, level, ...)                                   \
    (log_state.most != LEVEL_OFF                                            \
         ? instrument((self), (fut), (struct site)SITE(level, __VA_ARGS__), \
                      FIELDS(__VA_ARGS__))                                  \
         : instrument_bare((self), (fut)))
#endif
