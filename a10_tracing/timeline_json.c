/* A timeline in the Chrome trace event format.
 *
 * An executor is a process there, and a task is a thread.  What a task does is
 * a complete event ("X"); a wake is an arrow, which is a flow ("s" to "f").
 * Perfetto drops an arrow whose ends do not lie in events that it has read.
 * On the virtual clock each event is 1 microsecond after the one before it, so
 * that a poll can be seen.
 */
#include <inttypes.h>
#include "a10_tracing/timeline.h"

struct json {
    const struct timeline *tl;
    FILE *out;
    uint64_t *ns; /* of each event, where it is drawn */
};

static void quote(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ')
            fprintf(out, "\\u%04x", c);
        else
            putc(c > '~' ? '?' : c, out); /* it may be no UTF-8 */
    }
    putc('"', out);
}

static void write_us(FILE *out, const char *key, uint64_t ns)
{
    fprintf(out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000,
            (unsigned)(ns % 1000));
}

/* The begin of an event; the caller writes more of it, and the brace. */
static void begin(struct json *j, const struct timeline_event *e,
                  const char *kind, const char *name)
{
    fprintf(j->out, ",\n{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u,\"name\":", kind,
            e->executor + 1, e->task);
    quote(j->out, name);
}

static void write_span(const struct timeline_span *span, void *data)
{
    static const char *const names[] = { "", "ready", "poll", "" };
    struct json *j = data;
    const struct timeline_event *first = &j->tl->events[span->begin];
    const struct timeline_event *last = &j->tl->events[span->end];
    char wait[200];
    timeline_wait_name(wait, sizeof wait, first);
    begin(j, span->task, "X",
          span->state == TIMELINE_WAITING ? wait : names[span->state]);
    write_us(j->out, "ts", j->ns[span->begin]);
    write_us(j->out, "dur", j->ns[span->end] - j->ns[span->begin]);
    fprintf(j->out, ",\"cat\":\"%s\"",
            span->state == TIMELINE_WAITING ? "waiting" : names[span->state]);
    if (span->state == TIMELINE_RUNNING && last->kind == TIMELINE_READY)
        fputs(",\"args\":{\"result\":\"READY\"}", j->out);
    if (span->state == TIMELINE_RUNNING && last->kind == TIMELINE_PENDING)
        fputs(",\"args\":{\"result\":\"PENDING\"}", j->out);
    putc('}', j->out);
}

/* An instant of a task, shown as a mark. */
static void write_mark(struct json *j, size_t i, const char *name)
{
    begin(j, &j->tl->events[i], "i", name);
    write_us(j->out, "ts", j->ns[i]);
    fputs(",\"s\":\"t\"}", j->out);
}

/* An end wakes after the last poll.  There the arrow would come from nowhere,
 * so it begins at the end of that poll. */
static size_t arrow_begin(const struct json *j, size_t i)
{
    const struct timeline_event *e = j->tl->events, *to = &e[i];
    while (i > 0 && e[i - 1].kind >= TIMELINE_READY &&
           e[i - 1].task == to->from && e[i - 1].executor == to->executor)
        i--;
    return i;
}

static void write_arrow(struct json *j, size_t i, const char *name)
{
    const struct timeline_event *to = &j->tl->events[i];
    struct timeline_event from = *to;
    from.task = to->from;
    begin(j, &from, "s", name);
    write_us(j->out, "ts", j->ns[arrow_begin(j, i)]);
    fprintf(j->out, ",\"cat\":\"wake\",\"id\":%zu}", i);
    begin(j, to, "f", name);
    write_us(j->out, "ts", j->ns[i]);
    fprintf(j->out, ",\"cat\":\"wake\",\"id\":%zu,\"bp\":\"e\"}", i);
}

static void write_event(struct json *j, size_t i)
{
    const struct timeline_event *e = &j->tl->events[i];
    if (e->kind == TIMELINE_SPAWNED) {
        begin(j, e, "M", "thread_name");
        fprintf(j->out, ",\"args\":{\"name\":");
        quote(j->out, e->name ? e->name : "?");
        fputs("}}", j->out);
    } else if (e->kind == TIMELINE_DROPPED) {
        write_mark(j, i, "dropped");
    } else if (e->kind == TIMELINE_FINISHED) {
        write_mark(j, i, "finished");
    } else if (e->kind == TIMELINE_WOKEN && e->from == e->task) {
        write_mark(j, i, "woken by itself");
    } else if (e->kind == TIMELINE_WOKEN && e->from) {
        write_arrow(j, i, timeline_is_first_wake(j->tl, i) ? "spawn" : "wake");
    } else if (e->kind == TIMELINE_WOKEN && !timeline_is_first_wake(j->tl, i)) {
        write_mark(j, i, "woken by the event loop");
    }
}

/* Never back, and on the virtual clock always on. */
static void place(struct json *j)
{
    uint64_t least = 0;
    for (size_t i = 0; i < j->tl->n; i++) {
        const struct timeline_event *e = &j->tl->events[i];
        j->ns[i] = e->ns > least ? e->ns : least;
        least = j->ns[i];
        if (j->tl->executors[e->executor].virtual_clock)
            least += 1000;
    }
}

void timeline_write_json(const struct timeline *tl, FILE *out)
{
    struct json j = { tl, out, observe_alloc(tl->n, sizeof *j.ns) };
    place(&j);
    fprintf(out,
            "{\"displayTimeUnit\":\"ms\",\n"
            "\"otherData\":{\"events that were not kept\":%zu},\n"
            "\"traceEvents\":[",
            tl->lost);
    for (unsigned i = 0; i < tl->n_executors; i++)
        fprintf(out,
                "%s\n{\"ph\":\"M\",\"pid\":%u,\"name\":\"process_name\","
                "\"args\":{\"name\":\"executor\"}}",
                i ? "," : "", i + 1);
    timeline_walk(tl, tl->n, write_span, &j); /* first: what arrows lie in */
    for (size_t i = 0; i < tl->n; i++)
        write_event(&j, i);
    fputs("\n]}\n", out);
    free(j.ns);
}
