/* otel_collector.h: a small collector, for a program that brings its own.
 *
 * It takes POST /v1/traces, as a real one does, and keeps the spans.  In the
 * end it prints them as trees: each trace once, each span below its parent,
 * with the service that it is from.
 *
 *     server.answer = collector_answer;
 *     collector_print();
 *
 * Times are those since the first span began.  Not a model of a collector: it
 * trusts its clients, keeps everything, and ends the program if that fails.
 */
#ifndef A10_OTEL_COLLECTOR_H
#define A10_OTEL_COLLECTOR_H

#include <inttypes.h>
#include <jansson.h>
#include "runtime.h"

struct collector_span_ {
    json_t *span, *resource;
    const char *trace, *id, *parent; /* parent: or NULL */
    uint64_t start, end;             /* ns */
};

enum { COLLECTOR_SPANS = 1000 };

static struct {
    json_t *documents; /* all of them: an array */
    struct collector_span_ spans[COLLECTOR_SPANS];
    int n;
} collector_;

/* ---- What comes in ------------------------------------------------------- */

/* The parser of jansson 2.14 crashes without memory, so it does not return. */
static inline void *collector_malloc_(size_t size)
{
    void *block = malloc(size);
    if (!block)
        program_exit(1, "no memory for the collector");
    return block;
}

static inline uint64_t collector_number_(const json_t *o, const char *name)
{
    return strtoull(json_string_value(json_object_get(o, name)), NULL, 10);
}

static inline void collector_keep_(json_t *span, json_t *resource)
{
    if (collector_.n == COLLECTOR_SPANS)
        program_exit(1, "more than %d spans", COLLECTOR_SPANS);
    collector_.spans[collector_.n++] = (struct collector_span_){
        .span = span,
        .resource = resource,
        .trace = json_string_value(json_object_get(span, "traceId")),
        .id = json_string_value(json_object_get(span, "spanId")),
        .parent = json_string_value(json_object_get(span, "parentSpanId")),
        .start = collector_number_(span, "startTimeUnixNano"),
        .end = collector_number_(span, "endTimeUnixNano"),
    };
}

static inline void collector_read_(json_t *document)
{
    size_t i, j, k;
    json_t *part, *scope, *span;
    json_array_foreach(json_object_get(document, "resourceSpans"), i, part)
    {
        json_array_foreach(json_object_get(part, "scopeSpans"), j, scope)
        {
            json_array_foreach(json_object_get(scope, "spans"), k, span)
            {
                collector_keep_(span, json_object_get(part, "resource"));
            }
        }
    }
}

/* For demo_server.answer. */
static inline unsigned collector_answer(const char *request, char *reply,
                                        size_t size)
{
    bool ours = strncmp(request, "POST /v1/traces ", 16) == 0;
    const char *body = strstr(request, "\r\n\r\n") + 4;
    const char *answer = "{}";
    json_malloc_t usual_malloc;
    json_free_t usual_free;
    json_t *document;
    json_get_alloc_funcs(&usual_malloc, &usual_free);
    json_set_alloc_funcs(collector_malloc_, free);
    if (!collector_.documents)
        collector_.documents = json_array();
    document = ours ? json_loads(body, 0, NULL) : NULL;
    if (document) {
        json_array_append_new(collector_.documents, document);
        collector_read_(document);
    }
    json_set_alloc_funcs(usual_malloc, usual_free);
    snprintf(reply, size,
             "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             document ? "200 OK"
             : ours   ? "400 Bad Request"
                      : "404 Not Found",
             strlen(answer), answer);
    return 0;
}

/* ---- What goes out ------------------------------------------------------- */

/* "stringValue" and the like say the type. */
static inline void collector_print_value_(json_t *any)
{
    const char *type;
    json_t *value;
    json_object_foreach(any, type, value)
    {
        if (json_is_string(value) && strcmp(type, "stringValue") != 0)
            printf("%s", json_string_value(value)); /* 64 bits */
        else
            json_dumpf(value, stdout, JSON_ENCODE_ANY);
    }
}

/* Those of the program; the others are known to who reads it. */
static inline void collector_print_attributes_(const json_t *owner)
{
    static const char *const known[] = { "target",           "code.file.path",
                                         "code.line.number", "busy_ns",
                                         "idle_ns",          "level" };
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(owner, "attributes"), i, one)
    {
        const char *key = json_string_value(json_object_get(one, "key"));
        size_t k = 0;
        while (k < 6 && strcmp(key, known[k]) != 0)
            k++;
        if (k < 6)
            continue;
        printf(" %s=", key);
        collector_print_value_(json_object_get(one, "value"));
    }
    putchar('\n');
}

static inline void collector_print_span_(const struct collector_span_ *s,
                                         int depth)
{
    uint64_t zero = collector_.spans[0].start;
    json_t *service =
        json_array_get(json_object_get(s->resource, "attributes"), 0);
    size_t i;
    json_t *event;
    service = json_object_get(json_object_get(service, "value"), "stringValue");
    printf("%4" PRIu64 " ms  %4" PRIu64 " ms  %-6s %*s%s",
           (s->start - zero) / 1000000, (s->end - s->start) / 1000000,
           json_string_value(service), 2 * depth, "",
           json_string_value(json_object_get(s->span, "name")));
    collector_print_attributes_(s->span);
    json_array_foreach(json_object_get(s->span, "events"), i, event)
    {
        printf("%4" PRIu64 " ms  %16s %*s- %s",
               (collector_number_(event, "timeUnixNano") - zero) / 1000000, "",
               2 * depth, "",
               json_string_value(json_object_get(event, "name")));
        collector_print_attributes_(event);
    }
}

static inline bool collector_is_child_(const struct collector_span_ *child,
                                       const struct collector_span_ *of)
{
    return child->parent && strcmp(child->parent, of->id) == 0 &&
           strcmp(child->trace, of->trace) == 0;
}

static inline void collector_print_tree_(const struct collector_span_ *root,
                                         int depth)
{
    collector_print_span_(root, depth);
    for (int i = 0; i < collector_.n; i++)
        if (collector_is_child_(&collector_.spans[i], root))
            collector_print_tree_(&collector_.spans[i], depth + 1);
}

static inline bool collector_is_root_(const struct collector_span_ *s)
{
    for (int i = 0; i < collector_.n; i++)
        if (collector_is_child_(s, &collector_.spans[i]))
            return false;
    return true;
}

static inline int collector_compare_(const void *a, const void *b)
{
    const struct collector_span_ *one = a, *two = b;
    return one->start < two->start ? -1 : one->start > two->start;
}

/* The trees, and then all is forgotten. */
static inline void collector_print(void)
{
    qsort(collector_.spans, (size_t)collector_.n, sizeof *collector_.spans,
          collector_compare_);
    for (int i = 0; i < collector_.n; i++) {
        const struct collector_span_ *s = &collector_.spans[i];
        if (!collector_is_root_(s))
            continue;
        printf("trace %s%s%s\n", s->trace, s->parent ? ", below " : "",
               s->parent ? s->parent : "");
        collector_print_tree_(s, 0);
    }
    printf("%d spans in %zu documents\n", collector_.n,
           json_array_size(collector_.documents));
    json_decref(collector_.documents);
    collector_.documents = NULL;
    collector_.n = 0;
}
#endif
