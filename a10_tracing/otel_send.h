/* otel_send.h: one document to the collector, with patience.
 *
 * again     If the collector cannot be reached, hangs up, or says 429, 502, 503
 *           or 504, the same document is sent again, five times in all.  The
 *           pause is what its Retry-After asks for, but not more than a minute.
 *           Without one it is 1 s, then 2, 4 and 8, each up to a fifth more or
 *           less, so that many programs do not come back at the same moment.
 * twice     If only the answer was lost, the collector gets the spans twice.
 *           OTLP prefers that to losing them.
 * refused   Any other status is final; so are the spans that it rejects in an
 *           answer that is a success otherwise.
 * hurry     Once `hurry` is set, there are no more pauses, and the attempt that
 *           runs or begins then is the last.
 * silence   Nothing here logs or is in a span, so no trace is about traces.
 * told      The first failure is one line on stderr.  Later ones print nothing,
 *           and if the route is silent, the first one prints nothing either.
 * drop      ends the transfer.
 */
#ifndef A10_OTEL_SEND_H
#define A10_OTEL_SEND_H

#include "a04_join/fetch.h"
#include "a07_select/timeout.h"
#include "a08_channels/notify.h"
#include "a10_tracing/trace.h"

enum {
    OTEL_ATTEMPTS = 5,
    OTEL_PAUSE_MS = 1000,  /* the first, if the collector asks for none */
    OTEL_PAUSE_MOST_S = 60 /* whatever it asks for */
};

struct otel_route { /* to a collector; it outlives what is sent */
    struct fetcher *fetcher;
    char *url;
    struct curl_slist *headers;
    long timeout_ms;       /* for one attempt */
    struct trace_ids *ids; /* for chance */
    struct notify changed; /* `hurry` is set */
    bool hurry;
    bool silent; /* a failure is not told */
    bool failed; /* it was told */
};

enum otel_outcome { OTEL_SENT, OTEL_REFUSED, OTEL_AGAIN };

struct otel_send {
    struct async async;
    struct otel_route *route;
    struct fetch_request request; /* its body is ours */
    struct fetch fetch;
    struct notified changed;
    struct timeout pause;
    int attempt;
    long retry_after;          /* s, as the collector asks, or 0 */
    char *answer;              /* what it says, or NULL */
    size_t length;             /* of that */
    enum otel_outcome outcome; /* result; AGAIN: it is given up */
    int64_t rejected;          /* result: spans in it that are refused */
};

/* ---- What is said -------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static inline void otel_tell(
    struct otel_route *route, const char *format, ...)
{
    va_list arguments;
    bool before = route->failed;
    route->failed = true;
    if (before || route->silent)
        return;
    va_start(arguments, format);
    fputs("otel: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("; the program runs on\n", stderr);
    va_end(arguments);
}

/* ---- What the collector answers ------------------------------------------ */

enum { OTEL_ANSWER = 65536 }; /* the rest of a longer one is not read */

static inline void otel_bytes_(struct fetch *f, const char *bytes, size_t n)
{
    struct otel_send *self = container_of(f, struct otel_send, fetch);
    char *more = NULL;
    if (n <= OTEL_ANSWER - self->length)
        more = realloc(self->answer, self->length + n + 1);
    if (!more)
        return;
    memcpy(more + self->length, bytes, n);
    self->answer = more;
    self->length += n;
    more[self->length] = '\0';
}

static inline void otel_end_(struct fetch *f, CURL *easy)
{
    struct otel_send *self = container_of(f, struct otel_send, fetch);
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    self->retry_after = seconds < 0                   ? 0
                        : seconds > OTEL_PAUSE_MOST_S ? OTEL_PAUSE_MOST_S
                                                      : (long)seconds;
}

/* {"partialSuccess":{"rejectedSpans":"3"}}: a string, or a number.  It is only
 * looked for, because the parser of jansson 2.14 crashes without memory. */
static inline int64_t otel_rejected_(const struct otel_send *self)
{
    static const char name[] = "\"rejectedSpans\"";
    const char *at = self->answer ? strstr(self->answer, name) : NULL;
    long long rejected = 0;
    if (at) {
        at += sizeof name - 1;
        rejected = strtoll(at + strspn(at, " \t\r\n:\""), NULL, 10);
    }
    return rejected < 0 ? 0 : rejected;
}

/* There is no answer, or not all of it. */
static inline bool otel_is_cut_(const struct fetch *f)
{
    return *f->error && f->transfer.result != CURLE_HTTP_RETURNED_ERROR;
}

static inline enum otel_outcome otel_judge_(const struct fetch *f)
{
    if (otel_is_cut_(f))
        return OTEL_AGAIN;
    if (f->status >= 200 && f->status < 300)
        return OTEL_SENT;
    return f->status == 429 || (f->status >= 502 && f->status <= 504)
               ? OTEL_AGAIN
               : OTEL_REFUSED;
}

static inline void otel_hear_(struct otel_send *self)
{
    const struct fetch *f = &self->fetch;
    self->outcome = otel_judge_(f);
    if (self->outcome == OTEL_SENT)
        self->rejected = otel_rejected_(self);
    if (self->rejected)
        otel_tell(self->route, "the collector rejects spans");
    else if (otel_is_cut_(f))
        otel_tell(self->route, "the collector does not answer: %s", f->error);
    else if (self->outcome != OTEL_SENT)
        otel_tell(self->route, "the collector answers with status %ld",
                  f->status);
}

/* ---- Until it is over ---------------------------------------------------- */

static inline uint64_t otel_pause_ms_(const struct otel_send *self)
{
    uint64_t ms = (uint64_t)OTEL_PAUSE_MS << (self->attempt - 1);
    if (self->retry_after)
        return (uint64_t)self->retry_after * 1000;
    return ms - ms / 5 + trace_id_new(self->route->ids) % (ms / 5 * 2 + 1);
}

static inline struct future *otel_post_(struct otel_send *self)
{
    static const struct fetch_hooks hooks = { otel_bytes_, otel_end_ };
    free(self->answer);
    self->answer = NULL;
    self->length = 0;
    self->retry_after = 0;
    return fetch_send(&self->fetch, self->route->fetcher, self->route->url,
                      self->route->timeout_ms, &self->request, &hooks);
}

static inline enum poll otel_send_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct otel_send);
    for (self->attempt = 1;; self->attempt++) {
        AWAIT(otel_post_(self));
        otel_hear_(self);
        if (self->outcome != OTEL_AGAIN || self->route->hurry ||
            self->attempt == OTEL_ATTEMPTS)
            break;
        AWAIT(timeout_ms(&self->pause,
                         notified(&self->changed, &self->route->changed),
                         otel_pause_ms_(self)));
    }
    ASYNC_FINALLY
    free((char *)self->request.body);
    free(self->answer);
    ASYNC_END;
}

static const struct future_ops otel_send_ops_ = ASYNC_OPS(otel_send);

/* `document` is given away; free() frees it. */
static inline struct future *otel_send(struct otel_send *self,
                                       struct otel_route *route, char *document)
{
    *self = (struct otel_send){ .async.future.ops = &otel_send_ops_,
                                .route = route };
    self->request = (struct fetch_request){ .headers = route->headers,
                                            .body = document,
                                            .size = strlen(document) };
    return &self->async.future;
}
#endif
