/* console_protocol.h: what a watched program and its console say to each other.
 *
 * Both speak lines of text.  The console asks, with one of
 *
 *     table KEY up|down FROM COUNT      tasks, sorted by this column
 *     task EXECUTOR ID                  one task
 *     wake EXECUTOR ID                  the same, and wake it before
 *
 * and the program answers with
 *
 *     program VERSION PID EXECUTORS ALIVE OVER SHOWN WARNINGS... NAME
 *     task EXECUTOR ID STATE SINCE ... NAME      for each task
 *     at LINE                           where it waits: its async backtrace
 *     end
 *
 * Times are in ns.  A name is the rest of its line.  Neither side trusts the
 * other: a line has a bound, a number is checked, and what is no printable
 * ASCII becomes a question mark.  The program answers one question at a time
 * and reads the next when its answer has gone out, so a console that does not
 * read costs it a buffer and nothing else.
 */
#ifndef A10_CONSOLE_PROTOCOL_H
#define A10_CONSOLE_PROTOCOL_H

#include <errno.h>
#include <inttypes.h>
#include "state.h"

enum {
    CONSOLE_VERSION = 1,
    CONSOLE_ROWS = 128,   /* the most in one answer */
    CONSOLE_NAME = 48,    /* of a task, with its NUL */
    CONSOLE_WHERE = 2048, /* of an async backtrace */
    CONSOLE_LINE = 512
};

/* ---- Columns and warnings ------------------------------------------------ */

enum console_column {
    COLUMN_ID,
    COLUMN_WARN,
    COLUMN_NAME,
    COLUMN_STATE,
    COLUMN_SINCE,
    COLUMN_TOTAL,
    COLUMN_BUSY,
    COLUMN_READY,
    COLUMN_IDLE,
    COLUMN_POLLS,
    COLUMN_WAKES,
    COLUMN_SELF,
    COLUMN_FRAME,
    CONSOLE_COLUMNS
};

static const char *const console_columns[CONSOLE_COLUMNS] = {
    "id",    "warn", "name",  "state", "since", "total", "busy",
    "ready", "idle", "polls", "wakes", "self",  "frame"
};

enum console_warning { /* each is a bit of console_row.warnings */
                       WARN_LONG_POLL,
                       WARN_SELF_WAKES,
                       WARN_LARGE_FRAME,
                       CONSOLE_WARNINGS
};

enum {
    CONSOLE_LONG_POLL = 200000000, /* ns */
    CONSOLE_FEW_WAKES = 16,        /* too few to judge */
    CONSOLE_LARGE = 1024           /* bytes */
};

static const char *const console_states[] = { "waiting",  "queued",  "polled",
                                              "woken",    "aborted", "finished",
                                              "cancelled" };
enum { CONSOLE_STATES = sizeof console_states / sizeof console_states[0] };

/* ---- What is said -------------------------------------------------------- */

struct console_program {
    unsigned pid, executors;
    uint64_t alive, over;                /* tasks */
    uint64_t warnings[CONSOLE_WARNINGS]; /* tasks that have each */
    char name[CONSOLE_NAME];
};

struct console_row { /* a task */
    unsigned executor, id;
    enum task_state state;
    uint64_t since; /* how long it has been in this state */
    uint64_t total; /* how long it lives: busy, ready, and the rest, idle */
    uint64_t busy, ready, longest; /* inside polls; queued; the longest poll */
    uint64_t polls, wakes, self_wakes;
    uint64_t frame; /* bytes */
    unsigned warnings;
    char name[CONSOLE_NAME];
    char where[CONSOLE_WHERE]; /* "": not known; else lines */
};

static inline uint64_t console_idle(const struct console_row *r)
{
    uint64_t other = r->busy + r->ready;
    return other < r->total ? r->total - other : 0;
}

/* It is polled now. */
static inline bool console_is_polled(enum task_state state)
{
    return state == TASK_POLLED || state == TASK_WOKEN || state == TASK_ABORTED;
}

static inline unsigned console_judge(const struct console_row *r)
{
    unsigned warnings = 0;
    if (r->longest >= CONSOLE_LONG_POLL)
        warnings |= 1U << WARN_LONG_POLL;
    if (r->wakes >= CONSOLE_FEW_WAKES && r->self_wakes > r->wakes / 2)
        warnings |= 1U << WARN_SELF_WAKES;
    if (r->frame > CONSOLE_LARGE)
        warnings |= 1U << WARN_LARGE_FRAME;
    return warnings;
}

/* The figure in a column, by which the table is sorted.  0: the column has an
 * id or a name instead. */
static inline uint64_t console_figure(const struct console_row *r,
                                      enum console_column column)
{
    const uint64_t figures[CONSOLE_COLUMNS] = {
        [COLUMN_WARN] = r->warnings,     [COLUMN_STATE] = r->state,
        [COLUMN_SINCE] = r->since,       [COLUMN_TOTAL] = r->total,
        [COLUMN_BUSY] = r->busy,         [COLUMN_READY] = r->ready,
        [COLUMN_IDLE] = console_idle(r), [COLUMN_POLLS] = r->polls,
        [COLUMN_WAKES] = r->wakes,       [COLUMN_SELF] = r->self_wakes,
        [COLUMN_FRAME] = r->frame
    };
    return figures[column];
}

/* ---- Write --------------------------------------------------------------- */

static inline void console_write_text_(FILE *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n && text[i] && text[i] != '\n'; i++)
        putc(text[i] < ' ' || text[i] > '~' ? '?' : text[i], out);
    putc('\n', out);
}

static inline void console_write_program(FILE *out,
                                         const struct console_program *p)
{
    fprintf(out, "program %d %u %u %" PRIu64 " %" PRIu64, CONSOLE_VERSION,
            p->pid, p->executors, p->alive, p->over);
    for (int i = 0; i < CONSOLE_WARNINGS; i++)
        fprintf(out, " %" PRIu64, p->warnings[i]);
    putc(' ', out);
    console_write_text_(out, p->name, CONSOLE_NAME - 1);
}

/* `where` may be NULL: not known. */
static inline void console_write_row(FILE *out, const struct console_row *r,
                                     const char *where)
{
    const uint64_t numbers[] = { r->since, r->total,      r->busy,
                                 r->ready, r->longest,    r->polls,
                                 r->wakes, r->self_wakes, r->frame };
    fprintf(out, "task %u %u %s", r->executor, r->id, console_states[r->state]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        fprintf(out, " %" PRIu64, numbers[i]);
    putc(' ', out);
    console_write_text_(out, r->name, CONSOLE_NAME - 1);
    while (where && *where) {
        size_t n = strcspn(where, "\n");
        fputs("at ", out);
        console_write_text_(out, where, CONSOLE_LINE - 8);
        where += n + (where[n] == '\n');
    }
}

/* ---- Read: false if it is not what it should be -------------------------- */

/* The next word of the line, which ends at a blank. */
static inline char *console_word(char **line)
{
    char *word = *line;
    size_t n = strcspn(word, " ");
    *line = word + n + (word[n] == ' ');
    word[n] = '\0';
    return word;
}

/* A word that is one of these: its index; -1: it is none. */
static inline int console_index(const char *word, const char *const *words,
                                int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static inline bool console_number(char **line, uint64_t most, uint64_t *number)
{
    const char *word = console_word(line);
    char *end;
    errno = 0;
    *number = strtoull(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && !errno && *number <= most;
}

static inline bool console_unsigned(char **line, unsigned *number)
{
    uint64_t n = 0;
    bool good = console_number(line, UINT_MAX, &n);
    *number = (unsigned)n;
    return good;
}

/* At most `size` bytes with the NUL; nothing that could disturb a terminal. */
static inline void console_copy_text(char *to, size_t size, const char *text)
{
    size_t n = 0;
    for (; n + 1 < size && text[n]; n++)
        to[n] = text[n] < ' ' || text[n] > '~' ? '?' : text[n];
    to[n] = '\0';
}

/* The rest of a line, behind "program". */
static inline bool console_read_program(char *line, struct console_program *p)
{
    unsigned version;
    bool good = console_unsigned(&line, &version) &&
                version == CONSOLE_VERSION &&
                console_unsigned(&line, &p->pid) &&
                console_unsigned(&line, &p->executors) &&
                console_number(&line, UINT64_MAX, &p->alive) &&
                console_number(&line, UINT64_MAX, &p->over);
    for (int i = 0; good && i < CONSOLE_WARNINGS; i++)
        good = console_number(&line, UINT64_MAX, &p->warnings[i]);
    console_copy_text(p->name, sizeof p->name, line);
    return good;
}

/* The same behind "task". */
static inline bool console_read_row(char *line, struct console_row *r)
{
    uint64_t *const numbers[] = { &r->since, &r->total,      &r->busy,
                                  &r->ready, &r->longest,    &r->polls,
                                  &r->wakes, &r->self_wakes, &r->frame };
    bool good = console_unsigned(&line, &r->executor) &&
                console_unsigned(&line, &r->id);
    int state =
        console_index(console_word(&line), console_states, CONSOLE_STATES);
    for (size_t i = 0; good && i < sizeof numbers / sizeof numbers[0]; i++)
        good = console_number(&line, UINT64_MAX / 4, numbers[i]);
    r->state = (enum task_state)(state < 0 ? 0 : state);
    r->warnings = console_judge(r);
    r->where[0] = '\0';
    console_copy_text(r->name, sizeof r->name, line);
    return good && state >= 0;
}

/* The same behind "at": one more line.  What does not fit is left out. */
static inline void console_read_where(const char *line, struct console_row *r)
{
    size_t n = strlen(r->where);
    if (n && n + 2 < sizeof r->where)
        r->where[n++] = '\n';
    console_copy_text(r->where + n, sizeof r->where - n, line);
}
#endif
