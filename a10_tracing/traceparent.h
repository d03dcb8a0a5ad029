/* traceparent.h: which span of which trace, as services tell each other.
 *
 *     traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01
 *                  version, the trace, the span that asks, flags
 *
 * trace    All that is done for one request, in any number of services.  Its id
 *          goes with the request from the first service to the last.
 * header   A service that calls another one sends this header.  The span of the
 *          other service is then below the one that the header names; see
 *          span_set_parent() and span_traceparent() in span.h.
 * read     By the rules of W3C Trace Context, level 1: lower case only, no id
 *          of zeroes; a later version may add something behind the flags.  Any
 *          other header is ignored, as if there was none.
 * flags    "sampled": the caller may have kept its spans.  Otherwise keep none,
 *          because a trace with holes helps nobody.  Other flags are dropped.
 * left out tracestate, the header with notes of several vendors.
 */
#ifndef A10_TRACEPARENT_H
#define A10_TRACEPARENT_H

#include <inttypes.h>
#include <stdatomic.h>
#include "executor.h"

struct traceparent {
    uint64_t trace[2]; /* the trace's id, its first half first; not both 0 */
    uint64_t span;     /* the span's id, not 0 */
    bool sampled;
};

/* ---- In a header --------------------------------------------------------- */

enum { TRACEPARENT_SIZE = 56 }; /* with the '\0' */

static inline void traceparent_format(const struct traceparent *tp,
                                      char out[TRACEPARENT_SIZE])
{
    snprintf(out, TRACEPARENT_SIZE,
             "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-%02x",
             tp->trace[0], tp->trace[1], tp->span, tp->sampled ? 1u : 0u);
}

/* Reads n digits, and moves *text behind them. */
static inline bool traceparent_hex_(const char **text, int n, uint64_t *value)
{
    static const char digits[] = "0123456789abcdef";
    for (*value = 0; n > 0; n--, ++*text) {
        const char *digit = **text ? strchr(digits, **text) : NULL;
        if (!digit)
            return false;
        *value = *value << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static inline bool traceparent_dash_(const char **text)
{
    return *(*text)++ == '-';
}

/* The value of the header, without blanks in front of it; those behind it do
 * not count, because some HTTP libraries leave them.  NULL: there was none.
 * False: ignore it, `tp` is indeterminate. */
static inline bool traceparent_parse(struct traceparent *tp, const char *text)
{
    uint64_t version, flags;
    if (!text || !traceparent_hex_(&text, 2, &version) || version == 0xff ||
        !traceparent_dash_(&text) ||
        !traceparent_hex_(&text, 16, &tp->trace[0]) ||
        !traceparent_hex_(&text, 16, &tp->trace[1]) ||
        !traceparent_dash_(&text) || !traceparent_hex_(&text, 16, &tp->span) ||
        !traceparent_dash_(&text) || !traceparent_hex_(&text, 2, &flags))
        return false;
    tp->sampled = flags & 1;
    return (tp->trace[0] || tp->trace[1]) && tp->span &&
           (!text[strspn(text, " \t")] || (version > 0 && *text == '-'));
}

/* ---- New ids ------------------------------------------------------------- */

/* splitmix64 (public domain) with a step of its own. */
struct trace_ids {
    _Atomic uint64_t state; /* spans begin on any thread */
    uint64_t step;          /* odd */
};

/* Real randomness.  On the virtual clock or with a seed the ids are the same
 * in each run.  The program's own executor_random() goes on as without us. */
static inline void trace_ids_open(struct trace_ids *ids,
                                  const struct executor *ex)
{
    uint64_t chance[2] = { ex->options.seed, 0xd1342543de82ef95u };
    if (!ex->options.virtual_clock && !ex->options.seed &&
        uv_random(NULL, NULL, chance, sizeof chance, 0, NULL) != 0)
        chance[0] = uv_hrtime() ^ (uint64_t)uv_os_getpid() << 40;
    ids->state = chance[0];
    ids->step = chance[1] | 1;
}

static inline uint64_t trace_id_new(struct trace_ids *ids)
{
    uint64_t z;
    do {
        z = atomic_fetch_add(&ids->state, ids->step) + ids->step;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        z ^= z >> 31;
    } while (z == 0);
    return z;
}

/* For a new span below `parent`; NULL: it begins a trace, and is sampled. */
static inline struct traceparent traceparent_below(
    struct trace_ids *ids, const struct traceparent *parent)
{
    struct traceparent tp = { .sampled = true };
    if (parent) {
        tp = *parent;
    } else {
        tp.trace[0] = trace_id_new(ids);
        tp.trace[1] = trace_id_new(ids);
    }
    tp.span = trace_id_new(ids);
    return tp;
}
#endif
