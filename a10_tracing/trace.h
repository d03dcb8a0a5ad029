/* trace.h: events: what a program says about itself while it runs.
 *
 *     LOG(INFO, "a client connects", FIELD("id", 7), FIELD("name", name));
 *
 * event       level, message, fields, file and line; also the time, the task,
 *             and the spans it happens in, see span.h.
 * fields      A name and a value: a bool, a number or a string.  The message
 *             is a literal; what differs from event to event is in the fields.
 * subscriber  gets each event that the filter lets through.  There can be any
 *             number; text.h and json.h have two.  It must not LOG().
 * filter      EXECUTOR_LOG, see filter.h.
 * cost        Without a subscriber, or if no rule asks for that level: one
 *             branch; the fields are not evaluated.
 * threads     LOG() may be called on any thread; a subscriber may be called on
 *             several at once.  Open and subscribe before they start.
 */
#ifndef A10_TRACE_H
#define A10_TRACE_H

#include <stdatomic.h>
#include "a10_tracing/filter.h"
#include "a10_tracing/traceparent.h"

/* ---- Fields -------------------------------------------------------------- */

enum field_kind { FIELD_BOOL, FIELD_INT, FIELD_UINT, FIELD_DOUBLE, FIELD_TEXT };

struct field {
    const char *name; /* NULL: the end of the array */
    enum field_kind kind;
    union {
        bool yes;
        int64_t i;
        uint64_t u;
        double d;
        const char *text; /* still yours; NULL is fine */
    } value;
};

#define FIELD_END ((struct field){ .name = NULL })

/* The compiler picks the kind by the type of the value. */
#define FIELD(name, value) \
    _Generic((value),                \
        bool: field_bool,            \
        char: field_int,             \
        signed char: field_int,      \
        short: field_int,            \
        int: field_int,              \
        long: field_int,             \
        long long: field_int,        \
        unsigned char: field_uint,   \
        unsigned short: field_uint,  \
        unsigned: field_uint,        \
        unsigned long: field_uint,   \
        unsigned long long: field_uint, \
        float: field_double,         \
        double: field_double,        \
        char *: field_text,          \
        const char *: field_text)(name, value)

static inline struct field field_bool(const char *name, bool yes)
{
    return (struct field){ name, FIELD_BOOL, { .yes = yes } };
}

static inline struct field field_int(const char *name, long long i)
{
    return (struct field){ name, FIELD_INT, { .i = i } };
}

static inline struct field field_uint(const char *name, unsigned long long u)
{
    return (struct field){ name, FIELD_UINT, { .u = u } };
}

static inline struct field field_double(const char *name, double d)
{
    return (struct field){ name, FIELD_DOUBLE, { .d = d } };
}

static inline struct field field_text(const char *name, const char *text)
{
    return (struct field){ name, FIELD_TEXT, { .text = text } };
}

/* ---- Where --------------------------------------------------------------- */

struct site { /* a place in the source that logs */
    const char *file;
    int line;
    const char *target; /* NULL: the folder of the file, which is the lesson */
    enum level level;
    const char *message; /* of a span: its name */
};

/* To have another target, define this before you include trace.h. */
#ifndef LOG_TARGET
#define LOG_TARGET NULL
#endif

/* The file without its folders. */
static inline const char *site_file(const struct site *site)
{
    const char *slash = strrchr(site->file, '/');
    return slash ? slash + 1 : site->file;
}

/* The target: what is given, or the last folder of the file. */
static inline void site_target(const struct site *site, char out[FILTER_NAME])
{
    const char *end = site_file(site), *begin;
    out[0] = '\0';
    if (site->target) {
        snprintf(out, FILTER_NAME, "%s", site->target);
    } else if (end > site->file) {
        for (begin = --end; begin > site->file && begin[-1] != '/';)
            begin--;
        snprintf(out, FILTER_NAME, "%.*s", (int)(end - begin), begin);
    }
}

/* ---- Records and subscribers --------------------------------------------- */

enum record_kind { RECORD_EVENT, SPAN_NEW, SPAN_ENTER, SPAN_EXIT, SPAN_CLOSE };

enum { SPAN_FIELDS = 4 };

struct span { /* span.h explains it */
    struct site site;
    struct field fields[SPAN_FIELDS + 1];
    struct span *outer; /* while it is entered: the span around it, or NULL */
    uint64_t id;        /* 1, 2, 3; 0: nobody listens to it */
    uint64_t parent;    /* id of the span in which it was made, or 0 */
    struct traceparent as_parent; /* its own ids, as its children get them */
    uint64_t above;               /* as_parent.span of its parent, or 0 */
    bool remote;                  /* its parent is in another service */
    uint64_t polls;               /* how often it was entered */
    uint64_t since;               /* when it was made, entered or left */
    uint64_t busy;                /* ns inside polls */
    uint64_t idle;                /* ns between them */
    bool begun;
};

struct record { /* lent to a subscriber for one call */
    enum record_kind kind;
    const struct site *site;
    const struct field *fields;
    const struct span *span; /* the innermost one, or the one it is about */
    uint64_t ns;             /* since the executor began */
    unsigned task;           /* its number, or 0 outside of all tasks */
};

struct subscriber { /* the first member of your own struct */
    void (*write)(struct subscriber *s, const struct record *r);
    struct subscriber *next;
};

struct log {
    enum level most; /* LEVEL_OFF while there is no subscriber */
    struct filter filter;
    struct subscriber *first;
    struct executor *executor; /* its clock gives the time */
    uv_thread_t thread;        /* that of the executor */
    _Atomic uint64_t last_id;  /* of a span */
    struct trace_ids ids;      /* for other services */
};

__attribute__((weak)) struct log log_state;

/* The span that this thread is in, or NULL. */
__attribute__((weak)) _Thread_local struct span *span_current;

/* This thread is inside of a subscriber. */
__attribute__((weak)) _Thread_local bool log_writing;

/* ---- Open and close ------------------------------------------------------ */

/* Reads EXECUTOR_LOG; what is wrong there ends the program with status 2. */
static inline void log_open(struct executor *ex)
{
    log_state.executor = ex;
    log_state.thread = uv_thread_self();
    trace_ids_open(&log_state.ids, ex);
    log_state.first = NULL;
    log_state.most = LEVEL_OFF;
    if (filter_parse(&log_state.filter, getenv("EXECUTOR_LOG")))
        return;
    fprintf(stderr, "EXECUTOR_LOG: %s\n", log_state.filter.bad);
    exit(2);
}

/* From now on `s` hears; it must live until log_close(). */
static inline void log_subscribe(struct subscriber *s)
{
    struct subscriber **end = &log_state.first;
    if (!log_state.executor)
        misuse("log_subscribe() before log_open(), or after log_close()");
    while (*end && *end != s)
        end = &(*end)->next;
    if (*end)
        misuse("log_subscribe(): this subscriber hears already");
    s->next = NULL;
    *end = s;
    log_state.most = filter_most(&log_state.filter);
}

/* Nobody hears any more. */
static inline void log_close(void)
{
    log_state.executor = NULL;
    log_state.first = NULL;
    log_state.most = LEVEL_OFF;
}

/* ---- Events -------------------------------------------------------------- */

static inline uint64_t log_ns(void)
{
    struct executor *ex = executor_running;
    uv_thread_t here = uv_thread_self();
    if (!ex && log_state.executor && uv_thread_equal(&here, &log_state.thread))
        ex = log_state.executor;
    if (ex && ex->options.virtual_clock)
        return ex->virtual_now * 1000000;
    return uv_hrtime() - (log_state.executor ? log_state.executor->start : 0);
}

/* Does the filter let it through? */
static inline bool log_wants(const struct site *site)
{
    char target[FILTER_NAME];
    if (site->level > log_state.most)
        return false;
    site_target(site, target);
    return site->level <=
           filter_find(&log_state.filter, target, site_file(site));
}

static inline void log_write(enum record_kind kind, const struct site *site,
                             const struct field *fields,
                             const struct span *span)
{
    struct task *t = executor_running ? executor_running->current : NULL;
    struct record r = { kind, site, fields, span, log_ns(), t ? t->id : 0 };
    if (log_writing)
        misuse("%s:%d: a subscriber must not LOG()", site_file(site),
               site->line);
    log_writing = true;
    for (struct subscriber *s = log_state.first; s; s = s->next)
        s->write(s, &r);
    log_writing = false;
}

static inline void log_event(const struct site *site,
                             const struct field *fields)
{
    if (log_wants(site))
        log_write(RECORD_EVENT, site, fields, span_current);
}

#define LOG_FIRST_(message, ...) message
#define LOG_REST_(message, ...) __VA_ARGS__

/* LOG(level, message, fields ...): a level is ERROR, WARN, INFO, DEBUG or
 * TRACE.  The message is a literal. */
#define LOG(level, ...)                                                \
    do {                                                               \
        if (LEVEL_##level <= log_state.most) {                         \
            static const struct site site_ = SITE(level, __VA_ARGS__); \
            log_event(&site_, FIELDS(__VA_ARGS__));                    \
        }                                                              \
    } while (0)

#define SITE(level, ...)                               \
    {                                                  \
        __FILE__, __LINE__, LOG_TARGET, LEVEL_##level, \
            LOG_FIRST_(__VA_ARGS__, 0)                 \
    }
#define FIELDS(...) \
    ((const struct field[]){ LOG_REST_(__VA_ARGS__, FIELD_END) })
#endif
