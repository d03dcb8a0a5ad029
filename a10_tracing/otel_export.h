/* otel_export.h: the task that sends spans: a batch at a time.
 *
 * batch    is sent when it is full, when options.delay_ms have passed since its
 *          first span came, or when no more spans will come.
 * next     While a batch is on its way, spans wait in the channel.
 * end      when the channel has no sender any more, and all is sent.
 * drop     ends what is under way; what was not sent is counted.
 */
#ifndef A10_OTEL_EXPORT_H
#define A10_OTEL_EXPORT_H

#include "a08_channels/mpsc.h"
#include "a10_tracing/otel_json.h"
#include "a10_tracing/otel_send.h"

typedef MPSC_SENDER(json_t *) otel_tx;
typedef MPSC_RECEIVER(json_t *) otel_rx;

struct otel_options {     /* 0 and NULL: the default */
    const char *endpoint; /* a URL, if the environment has none */
    const char *service;  /* as above; default "unknown_service" */
    const char *target;   /* only its spans; default: all */
    size_t queue;         /* 2048: spans that may wait */
    size_t batch;         /* 512: spans in a document */
    uint64_t delay_ms;    /* 1000: until a batch is sent that is not full */
    long timeout_ms;      /* 10000: for each attempt */
    uint64_t flush_ms;    /* 2000: for all that is left at the end */
    bool silent;          /* stderr hears of no failure */
};

struct otel_count {   /* of spans that have ended; each is in one of these */
    uint64_t sent;    /* the collector has them */
    uint64_t refused; /* it does not want them */
    uint64_t unsent;  /* they did not get there */
    uint64_t full;    /* there was no room in the queue */
    uint64_t no_memory;
};

static inline uint64_t otel_lost(const struct otel_count *count)
{
    return count->refused + count->unsent + count->full + count->no_memory;
}

struct otel_out { /* what the task needs; it outlives it */
    struct otel_options options;
    struct otel_count count;
    struct otel_route route;
    char *service;
};

/* ---- The task ------------------------------------------------------------ */

struct otel_export {
    struct async async;
    struct otel_out *out;
    otel_rx rx;
    struct mpsc_recv recv;
    json_t *span;   /* just received */
    json_t *batch;  /* an array */
    uint64_t until; /* when it is sent at the latest */
    struct timeout timeout;
    struct otel_send send;
    size_t sending; /* spans of which we do not know yet */
};

static inline void otel_take_(struct otel_export *self)
{
    if (!self->batch)
        self->batch = json_array();
    if (json_array_append_new(self->batch, self->span) != 0) {
        self->out->count.no_memory++;
        otel_tell(&self->out->route, "a span is lost: %s",
                  uv_strerror(UV_ENOMEM));
    }
}

static inline struct future *otel_recv_(struct otel_export *self)
{
    return mpsc_recv(&self->recv, &self->rx, &self->span);
}

/* Until a batch is full, or it is time to send it. */
static inline struct future *otel_more_(struct otel_export *self, uint64_t now)
{
    return timeout_ms(&self->timeout, otel_recv_(self),
                      self->until > now ? self->until - now : 0);
}

/* False: there is nothing to send. */
static inline bool otel_pack_(struct otel_export *self)
{
    struct otel_out *out = self->out;
    char *document = NULL;
    self->sending = json_array_size(self->batch);
    if (self->sending)
        document = otel_document(self->batch, out->service);
    json_decref(self->batch);
    self->batch = NULL;
    if (document) {
        otel_send(&self->send, &out->route, document);
        return true;
    }
    if (self->sending)
        otel_tell(&out->route, "spans are lost: %s", uv_strerror(UV_ENOMEM));
    out->count.no_memory += self->sending;
    self->sending = 0;
    return false;
}

static inline void otel_sent_(struct otel_export *self)
{
    struct otel_count *count = &self->out->count;
    uint64_t n = self->sending, rejected = (uint64_t)self->send.rejected;
    self->sending = 0;
    if (self->send.outcome == OTEL_AGAIN) {
        count->unsent += n;
        return;
    }
    if (self->send.outcome == OTEL_REFUSED || rejected > n)
        rejected = n;
    count->refused += rejected;
    count->sent += n - rejected;
}

static inline enum poll otel_export_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct otel_export);
    for (;;) {
        AWAIT(otel_recv_(self));
        if (self->recv.status) /* UV_EOF: otel_close() was called */
            break;
        self->until = executor_now(cx->executor) + self->out->options.delay_ms;
        do {
            otel_take_(self);
            if (json_array_size(self->batch) >= self->out->options.batch)
                break;
            AWAIT(otel_more_(self, executor_now(cx->executor)));
        } while (!self->timeout.status && !self->recv.status);
        if (otel_pack_(self)) {
            AWAIT(&self->send.async.future);
            otel_sent_(self);
        }
    }
    ASYNC_FINALLY
    if (self->rx.rx)
        self->out->count.unsent += mpsc_len(&self->rx);
    self->out->count.unsent += self->sending + json_array_size(self->batch);
    mpsc_receiver_drop(&self->rx);
    json_decref(self->batch);
    ASYNC_END;
}

static const struct future_ops otel_export_ops_ = ASYNC_OPS(otel_export);

/* `rx` is given away. */
static inline struct future *otel_export(struct otel_export *self,
                                         struct otel_out *out, otel_rx rx)
{
    *self = (struct otel_export){ .async.future.ops = &otel_export_ops_,
                                  .out = out,
                                  .rx = rx };
    return &self->async.future;
}
#endif
