/* json.h: a subscriber that writes a JSON object for each event, one a line.
 *
 *     {"ms":20,"level":"INFO","target":"a10_tracing","file":"a10_json.c",
 *      "line":44,"task":2,"message":"found","fields":{"table":"users"},
 *      "spans":[{"id":1,"name":"request","fields":{"id":7}}]}
 *
 * Programs read this, for instance jq.  Each field keeps its type.  The spans
 * begin with the outermost.  The object is made by jansson, which escapes what
 * must be escaped.
 *
 * text    JSON is UTF-8.  In a text that is not, each byte above 127 becomes ?.
 * number  JSON has no nan and no inf, and many readers have no integer above
 *         2^63-1: these become strings.
 * lost    counts the events for which there was no memory, or that could not be
 *         written into `out`.  If `out` keeps an event in its buffer and fails
 *         later, fflush() or fclose() says so, and the event is not counted.
 */
#ifndef A10_JSON_H
#define A10_JSON_H

#include <inttypes.h>
#include "a10_tracing/json_text.h"
#include "a10_tracing/trace.h"

struct json_log {
    struct subscriber subscriber;
    FILE *out;             /* yours; it is flushed by you */
    bool place;            /* target, file and line */
    bool closes;           /* also when a span is closed */
    _Atomic uint64_t lost; /* events, see above */
};

/* ---- Values -------------------------------------------------------------- */

static inline json_t *json_double_(double d)
{
    json_t *value = json_real(d); /* NULL if it is not finite */
    char digits[32];
    if (value)
        return value;
    snprintf(digits, sizeof digits, "%g", d);
    return json_string(digits);
}

static inline json_t *json_uint_(uint64_t u)
{
    char digits[32];
    if (u <= INT64_MAX)
        return json_integer((json_int_t)u);
    snprintf(digits, sizeof digits, "%" PRIu64, u);
    return json_string(digits);
}

static inline json_t *json_value_(const struct field *f)
{
    switch (f->kind) {
    case FIELD_BOOL:
        return json_boolean(f->value.yes);
    case FIELD_INT:
        return json_integer(f->value.i);
    case FIELD_UINT:
        return json_uint_(f->value.u);
    case FIELD_DOUBLE:
        return json_double_(f->value.d);
    case FIELD_TEXT:
        break;
    }
    return f->value.text ? json_text(f->value.text) : json_null();
}

/* ---- Objects ------------------------------------------------------------- */

/* The functions below return false if there is no memory. */
static inline bool json_fields_(json_t *object, const struct field *f)
{
    json_t *fields;
    if (!f->name)
        return true;
    fields = json_object();
    if (!json_put(object, "fields", fields))
        return false;
    for (; f->name; f++)
        if (!json_put(fields, f->name, json_value_(f)))
            return false;
    return true;
}

static inline bool json_span_(json_t *list, const struct span *span)
{
    json_t *one;
    if (!span)
        return true;
    if (!json_span_(list, span->outer))
        return false;
    one = json_object();
    return json_array_append_new(list, one) == 0 &&
           json_put(one, "id", json_uint_(span->id)) &&
           json_put(one, "name", json_text(span->site.message)) &&
           json_fields_(one, span->fields);
}

static inline bool json_place_(json_t *object, const struct site *site)
{
    char target[FILTER_NAME];
    site_target(site, target);
    return json_put(object, "target", json_text(target)) &&
           json_put(object, "file", json_text(site_file(site))) &&
           json_put(object, "line", json_integer(site->line));
}

static inline bool json_what_(json_t *object, const struct record *r)
{
    if (r->kind == RECORD_EVENT)
        return json_put(object, "message", json_text(r->site->message)) &&
               json_fields_(object, r->fields);
    if (!json_put(object, "message", json_string("close")) ||
        !json_put(object, "busy_ns", json_uint_(r->span->busy)) ||
        !json_put(object, "idle_ns", json_uint_(r->span->idle)) ||
        !json_put(object, "polls", json_uint_(r->span->polls)))
        return false;
    return !r->span->parent ||
           json_put(object, "parent", json_uint_(r->span->parent));
}

static inline bool json_all_(const struct json_log *self, json_t *object,
                             const struct record *r)
{
    json_t *spans;
    if (!json_put(object, "ms", json_uint_(r->ns / 1000000)) ||
        !json_put(object, "level", json_string(level_name(r->site->level))) ||
        (self->place && !json_place_(object, r->site)) ||
        (r->task && !json_put(object, "task", json_integer(r->task))) ||
        !json_what_(object, r))
        return false;
    if (!r->span)
        return true;
    spans = json_array();
    return json_put(object, "spans", spans) && json_span_(spans, r->span);
}

/* ---- The subscriber ------------------------------------------------------ */

static inline void json_write_(struct subscriber *s, const struct record *r)
{
    struct json_log *self = container_of(s, struct json_log, subscriber);
    json_t *object;
    char *line = NULL;
    if (r->kind != RECORD_EVENT && !(r->kind == SPAN_CLOSE && self->closes))
        return;
    object = json_object();
    if (object && json_all_(self, object, r))
        line = json_line(object, JSON_COMPACT, "\n");
    if (!line || fputs(line, self->out) < 0)
        self->lost++;
    free(line);
    json_decref(object);
}

/* Give the result to log_subscribe(). */
static inline struct subscriber *json_log(struct json_log *self, FILE *out)
{
    *self = (struct json_log){ .subscriber.write = json_write_, .out = out };
    self->place = true;
    return &self->subscriber;
}
#endif
