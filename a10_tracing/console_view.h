/* console_view.h: what a console shows of a task, as text.
 *
 * A row of the table begins with its warnings: C it computes for long, S it
 * wakes itself, L its frame is large.  Then come the columns that fit into the
 * width, and behind them where the task waits: the last future of its async
 * backtrace or, if there is room, all of it.
 */
#ifndef A10_CONSOLE_VIEW_H
#define A10_CONSOLE_VIEW_H

#include "a10_tracing/console_protocol.h"

enum { CONSOLE_SHORT = 24 }; /* a figure; it has at most 5 characters */

struct console_heading {
    const char *title;
    int width;        /* to the right, but for names */
    bool wide;        /* only if there is much room */
    const char *what; /* for the help page */
};

static const struct console_heading console_headings[CONSOLE_COLUMNS] = {
    [COLUMN_ID] = { "ID", 6, false, "tasks are numbered as they are spawned" },
    [COLUMN_WARN] = { "", 3, false,
                      "C computes for long, S wakes itself, L large frame" },
    [COLUMN_NAME] = { "NAME", 12, false, "its async function" },
    [COLUMN_STATE] = { "STATE", 8, false,
                       "queued: ready, others are polled first" },
    [COLUMN_SINCE] = { "SINCE", 5, false,
                       "how long it has been in this state" },
    [COLUMN_TOTAL] = { "TOTAL", 5, false, "how long ago it was spawned" },
    [COLUMN_BUSY] = { "BUSY", 5, false, "of TOTAL, inside its polls" },
    [COLUMN_READY] = { "READY", 5, false,
                       "of TOTAL, in the queue, while others were polled" },
    [COLUMN_IDLE] = { "IDLE", 5, true, "the rest of TOTAL: it waited" },
    [COLUMN_POLLS] = { "POLLS", 5, false, "how often it was polled" },
    [COLUMN_WAKES] = { "WAKES", 5, true, "how often it was made ready" },
    [COLUMN_SELF] = { "SELF", 5, false,
                      "of its wakes, those of its own polls" },
    [COLUMN_FRAME] = { "FRAME", 5, true, "bytes of its future" },
};

enum { CONSOLE_WIDE = 110 }; /* columns of a terminal with much room */

/* The columns, in the order shown. */
static const enum console_column console_order[CONSOLE_COLUMNS] = {
    COLUMN_WARN,  COLUMN_ID,   COLUMN_NAME,  COLUMN_STATE, COLUMN_SINCE,
    COLUMN_TOTAL, COLUMN_BUSY, COLUMN_READY, COLUMN_IDLE,  COLUMN_POLLS,
    COLUMN_WAKES, COLUMN_SELF, COLUMN_FRAME
};

/* Of these the largest is looked for, and not the first. */
static inline bool console_sorts_down(enum console_column column)
{
    return column != COLUMN_ID && column != COLUMN_NAME;
}

/* ---- Figures ------------------------------------------------------------- */

/* 0, 7ms, 1.25s, 12.5s, 3m10s, 2h, 5d.  A clock that ticks once a millisecond
 * knows nothing below it. */
static inline const char *console_duration(char text[CONSOLE_SHORT],
                                           uint64_t ns)
{
    unsigned long ms = (unsigned long)(ns / 1000000), s = ms / 1000;
    if (ms == 0)
        snprintf(text, CONSOLE_SHORT, "0");
    else if (ms < 1000)
        snprintf(text, CONSOLE_SHORT, "%lums", ms);
    else if (s < 10)
        snprintf(text, CONSOLE_SHORT, "%lu.%02lus", s, ms % 1000 / 10);
    else if (s < 100)
        snprintf(text, CONSOLE_SHORT, "%lu.%lus", s, ms % 1000 / 100);
    else if (s < 600)
        snprintf(text, CONSOLE_SHORT, "%lum%02lu", s / 60, s % 60);
    else if (s < 6000)
        snprintf(text, CONSOLE_SHORT, "%lum", s / 60);
    else if (s < 360000)
        snprintf(text, CONSOLE_SHORT, "%luh", s / 3600);
    else
        snprintf(text, CONSOLE_SHORT, "%lud", s / 86400 % 10000);
    return text;
}

/* 99999, 123k, 123M, 123G, 123T */
static inline const char *console_count(char text[CONSOLE_SHORT], uint64_t n)
{
    const char *unit = "kMGTPE";
    if (n < 100000) {
        snprintf(text, CONSOLE_SHORT, "%u", (unsigned)n);
        return text;
    }
    for (n /= 1000; n >= 10000; n /= 1000)
        unit++;
    snprintf(text, CONSOLE_SHORT, "%u%c", (unsigned)n, *unit);
    return text;
}

/* ---- Where it waits ------------------------------------------------------ */

/* "a at x.c:1 -> b at y.c:2": b */
static inline int console_last_(const char *line, size_t n, const char **last)
{
    size_t from = 0, length;
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(line + i, " -> ", 4) == 0)
            from = i + 4;
    from += strspn(line + from, " ");
    if (from + 3 <= n && (memcmp(line + from, "|- ", 3) == 0 ||
                          memcmp(line + from, "`- ", 3) == 0))
        from += 3;
    *last = line + from;
    for (length = 0; from + length < n && line[from + length] != ' '; length++)
        ;
    return (int)length;
}

/* "select_biased: signals_next, tcp_ready" */
static inline void console_where_short(char *text, size_t size,
                                       const struct console_row *r)
{
    const char *line = r->where;
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; *line && n < size; i++) {
        size_t length = strcspn(line, "\n");
        const char *last;
        int width = console_last_(line, length, &last);
        int rc = snprintf(text + n, size - n, "%s%.*s",
                          i == 0   ? ""
                          : i == 1 ? ": "
                                   : ", ",
                          width, last);
        n += rc > 0 ? (size_t)rc : 0;
        line += length + (line[length] == '\n');
    }
}

/* As much of it as fits into `width` columns. */
static inline void console_where(char *text, size_t size, int width,
                                 const struct console_row *r)
{
    size_t n = strcspn(r->where, "\n");
    if (console_is_polled(r->state))
        snprintf(text, size, "(is polled now)");
    else if (!r->where[0])
        snprintf(text, size, "(not known now)");
    else if (!r->where[n] && n <= (size_t)width)
        snprintf(text, size, "%.*s", width, r->where);
    else
        console_where_short(text, size, r);
    if (width < 0 || strlen(text) <= (size_t)width)
        return;
    text[strcspn(text, ":")] = '\0'; /* without the children */
    if (strlen(text) > (size_t)width)
        text[width] = '\0';
}

/* ---- Rows ---------------------------------------------------------------- */

static inline void console_cell_(char text[32], const struct console_row *r,
                                 enum console_column column, bool executors)
{
    if (column == COLUMN_WARN)
        snprintf(text, 32, "%c%c%c",
                 r->warnings >> WARN_LONG_POLL & 1 ? 'C' : ' ',
                 r->warnings >> WARN_SELF_WAKES & 1 ? 'S' : ' ',
                 r->warnings >> WARN_LARGE_FRAME & 1 ? 'L' : ' ');
    else if (column == COLUMN_ID && executors)
        snprintf(text, 32, "%u.%u", r->executor, r->id);
    else if (column == COLUMN_ID)
        snprintf(text, 32, "%u", r->id);
    else if (column == COLUMN_NAME)
        snprintf(text, 32, "%.12s", r->name);
    else if (column == COLUMN_STATE)
        snprintf(text, 32, "%s", console_states[r->state]);
    else if (column >= COLUMN_POLLS)
        console_count(text, console_figure(r, column));
    else
        console_duration(text, console_figure(r, column));
}

/* Words are on the left of their column, figures on the right. */
static inline bool console_is_word(enum console_column column)
{
    return column == COLUMN_WARN || column == COLUMN_NAME ||
           column == COLUMN_STATE;
}

/* A row for so many columns, or (NULL) the titles.  `sorted` is in brackets. */
static inline void console_row_text(char *text, size_t size, int width,
                                    const struct console_row *r, bool executors)
{
    size_t n = 0;
    for (int i = 0; i < CONSOLE_COLUMNS && n < size; i++) {
        enum console_column column = console_order[i];
        const struct console_heading *h = &console_headings[column];
        char cell[32];
        if (h->wide && width < CONSOLE_WIDE)
            continue;
        snprintf(cell, sizeof cell, "%s", h->title);
        if (r)
            console_cell_(cell, r, column, executors);
        n += (size_t)snprintf(text + n, size - n, "%*s ",
                              console_is_word(column) ? -h->width : h->width,
                              cell);
    }
    if (n >= size)
        return;
    if (r)
        console_where(text + n, size - n, width - (int)n, r);
    else
        snprintf(text + n, size - n, "WAITS IN");
}

/* ---- Warnings ------------------------------------------------------------ */

/* A sentence about this warning of the task, behind its letter. */
static inline void console_warning(char *text, size_t size,
                                   const struct console_row *r,
                                   enum console_warning warning)
{
    static const char letters[CONSOLE_WARNINGS + 1] = "CSL";
    uint64_t own = r->self_wakes < r->wakes ? r->self_wakes : r->wakes;
    char time[CONSOLE_SHORT], what[80];
    console_duration(time, r->longest);
    if (warning == WARN_LARGE_FRAME)
        snprintf(what, sizeof what, "its frame has %" PRIu64 " bytes",
                 r->frame);
    else if (warning == WARN_SELF_WAKES)
        snprintf(what, sizeof what,
                 "%u %% of its wakes come from its own polls",
                 (unsigned)((double)own * 100 / (double)r->wakes));
    else if (console_is_polled(r->state) && r->since >= CONSOLE_LONG_POLL)
        snprintf(what, sizeof what, "never yields: this poll runs for %s",
                 time);
    else
        snprintf(what, sizeof what,
                 "a poll took %s; no other task ran meanwhile", time);
    snprintf(text, size, "%c  %u %s: %s", letters[warning], r->id, r->name,
             what);
}
#endif
