/* otel_json.h: a span in JSON, as OpenTelemetry's protocol (OTLP) has it.
 *
 *     {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736",
 *      "spanId":"00f067aa0ba902b7","name":"request","kind":1,
 *      "startTimeUnixNano":"1000000000000000000", ...
 *      "attributes":[{"key":"id","value":{"intValue":"7"}}],
 *      "events":[{"timeUnixNano":"...","name":"found", ...}]}
 *
 * Collectors are strict about it.  An id has 32 or 16 hexadecimal digits.  An
 * integer of 64 bits is a string, because many readers of JSON know integers
 * only up to 2^53; one of 32 bits, such as "kind", is a number.
 *
 * fields   become attributes, and so do the level of an event, and the target,
 *          the place and the times of a span.  Two with the same key are not
 *          allowed: the first is kept, and the others are dropped and counted.
 * kind     is SERVER if the parent is in another service, otherwise INTERNAL.
 *          FIELD("otel.kind", "client") says that it is something else.
 * status   is ERROR if an event of that level happened in the span.
 * memory   NULL or false: there was none.
 */
#ifndef A10_OTEL_JSON_H
#define A10_OTEL_JSON_H

#include <math.h>
#include "a10_tracing/json.h"

/* ---- Attributes ---------------------------------------------------------- */

static inline json_t *otel_digits(uint64_t u)
{
    return json_sprintf("%" PRIu64, u);
}

static inline json_t *otel_double_(double d)
{
    if (isnan(d))
        return json_string("NaN");
    if (isinf(d))
        return json_string(d < 0 ? "-Infinity" : "Infinity");
    return json_real(d);
}

/* {"stringValue":"x"}: the name says the type. */
static inline json_t *otel_any_(const char *type, json_t *value)
{
    json_t *any = json_object();
    if (json_put(any, type, value))
        return any;
    json_decref(any);
    return NULL;
}

/* A NULL has no type. */
static inline json_t *otel_text(const char *text)
{
    return text ? otel_any_("stringValue", json_text(text)) : json_object();
}

static inline json_t *otel_value(const struct field *f)
{
    switch (f->kind) {
    case FIELD_BOOL:
        return otel_any_("boolValue", json_boolean(f->value.yes));
    case FIELD_INT:
        return otel_any_("intValue", json_sprintf("%" PRId64, f->value.i));
    case FIELD_UINT: /* there is no type for those above 2^63-1 */
        return otel_any_(f->value.u <= INT64_MAX ? "intValue" : "stringValue",
                         otel_digits(f->value.u));
    case FIELD_DOUBLE:
        return otel_any_("doubleValue", otel_double_(f->value.d));
    case FIELD_TEXT:
        break;
    }
    return otel_text(f->value.text);
}

static inline bool otel_has_(const json_t *list, const char *key)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "key")), key) == 0)
            return true;
    }
    return false;
}

static inline bool otel_count_(json_t *owner, const char *name)
{
    json_t *before = json_object_get(owner, name);
    return json_put(owner, name, json_integer(json_integer_value(before) + 1));
}

/* `owner` is a span, an event or a resource.  `value` is given away, also when
 * this fails; NULL is a failure. */
static inline bool otel_attribute(json_t *owner, const char *key, json_t *value)
{
    json_t *list = json_object_get(owner, "attributes"), *one;
    bool named, valued;
    if (!list && !json_put(owner, "attributes", list = json_array()))
        list = NULL;
    if (!list || otel_has_(list, key)) {
        json_decref(value);
        return list && otel_count_(owner, "droppedAttributesCount");
    }
    one = json_object();
    named = json_put(one, "key", json_text(key));
    valued = json_put(one, "value", value);
    return json_array_append_new(list, one) == 0 && named && valued;
}

static inline bool otel_fields_(json_t *owner, const struct field *f)
{
    for (; f->name; f++)
        if (strcmp(f->name, "otel.kind") != 0 &&
            !otel_attribute(owner, f->name, otel_value(f)))
            return false;
    return true;
}

/* ---- Events -------------------------------------------------------------- */

/* Times are in ns since 1970. */
static inline json_t *otel_event(const struct record *r, uint64_t time)
{
    json_t *event = json_object();
    if (json_put(event, "timeUnixNano", otel_digits(time)) &&
        json_put(event, "name", json_text(r->site->message)) &&
        otel_fields_(event, r->fields) &&
        otel_attribute(event, "level", otel_text(level_name(r->site->level))))
        return event;
    json_decref(event);
    return NULL;
}

/* ---- Spans --------------------------------------------------------------- */

enum { OTEL_EVENTS = 128 }; /* of a span; OpenTelemetry has the same limit */

struct otel_open_span { /* what is known of a span before it ends */
    struct list link;
    uint64_t id;       /* span.id */
    uint64_t start;    /* ns since 1970 */
    json_t *events;    /* or NULL: none so far */
    json_int_t lost;   /* events over the limit, or without memory */
    const char *error; /* message of its last ERROR, or NULL */
};

static inline void otel_add_event(struct otel_open_span *open,
                                  const struct record *r, uint64_t time)
{
    if (r->site->level == LEVEL_ERROR)
        open->error = r->site->message;
    if (!open->events)
        open->events = json_array();
    if (json_array_size(open->events) >= OTEL_EVENTS ||
        json_array_append_new(open->events, otel_event(r, time)) != 0)
        open->lost++;
}

static inline int otel_kind_(const struct span *span)
{
    static const char *const kinds[] = { NULL,     "internal", "server",
                                         "client", "producer", "consumer" };
    int kind = span->remote ? 2 : 1;
    for (const struct field *f = span->fields; f->name; f++)
        for (int i = 1; i < 6 && strcmp(f->name, "otel.kind") == 0; i++)
            if (f->kind == FIELD_TEXT && f->value.text &&
                strcmp(f->value.text, kinds[i]) == 0)
                kind = i;
    return kind;
}

static inline bool otel_ids_(json_t *o, const struct span *span)
{
    const struct traceparent *tp = &span->as_parent;
    return json_put(o, "traceId",
                    json_sprintf("%016" PRIx64 "%016" PRIx64, tp->trace[0],
                                 tp->trace[1])) &&
           json_put(o, "spanId", json_sprintf("%016" PRIx64, tp->span)) &&
           (!span->above ||
            json_put(o, "parentSpanId",
                     json_sprintf("%016" PRIx64, span->above))) &&
           /* Bit 8: it is known whether the parent is remote; 9: it is. */
           json_put(o, "flags",
                    json_integer((tp->sampled ? 1 : 0) | 0x100 |
                                 (span->remote ? 0x200 : 0)));
}

static inline bool otel_about_(json_t *o, const struct span *span)
{
    char target[FILTER_NAME];
    site_target(&span->site, target);
    return otel_fields_(o, span->fields) &&
           otel_attribute(o, "target", otel_text(target)) &&
           otel_attribute(o, "code.file.path",
                          otel_text(site_file(&span->site))) &&
           otel_attribute(o, "code.line.number",
                          otel_any_("intValue",
                                    json_sprintf("%d", span->site.line))) &&
           otel_attribute(o, "busy_ns",
                          otel_any_("intValue", otel_digits(span->busy))) &&
           otel_attribute(o, "idle_ns",
                          otel_any_("intValue", otel_digits(span->idle)));
}

static inline bool otel_events_(json_t *o, const struct otel_open_span *open)
{
    json_t *status;
    if (open->events && json_object_set(o, "events", open->events) != 0)
        return false;
    if (open->lost &&
        !json_put(o, "droppedEventsCount", json_integer(open->lost)))
        return false;
    if (!open->error)
        return true;
    status = json_object();
    return json_put(o, "status", status) &&
           json_put(status, "code", json_integer(2)) && /* ERROR */
           json_put(status, "message", json_text(open->error));
}

/* When it ends. */
static inline json_t *otel_span(const struct span *span,
                                const struct otel_open_span *open, uint64_t end)
{
    json_t *o = json_object();
    if (end < open->start) /* some machines' clocks go back a little */
        end = open->start;
    if (otel_ids_(o, span) &&
        json_put(o, "name", json_text(span->site.message)) &&
        json_put(o, "kind", json_integer(otel_kind_(span))) &&
        json_put(o, "startTimeUnixNano", otel_digits(open->start)) &&
        json_put(o, "endTimeUnixNano", otel_digits(end)) &&
        otel_about_(o, span) && otel_events_(o, open))
        return o;
    json_decref(o);
    return NULL;
}

/* ---- The document -------------------------------------------------------- */

/* All that is in a POST, as text; free() it.  `spans` is an array. */
static inline char *otel_document(json_t *spans, const char *service)
{
    json_t *document =
        json_pack("{s:[{s:{s:[{s:s,s:o}]},s:[{s:{s:s},s:O}]}]}",
                  "resourceSpans", "resource", "attributes", "key",
                  "service.name", "value", otel_text(service), "scopeSpans",
                  "scope", "name", "async-in-c", "spans", spans);
    char *text = document ? json_line(document, JSON_COMPACT, "") : NULL;
    json_decref(document);
    return text;
}
#endif
