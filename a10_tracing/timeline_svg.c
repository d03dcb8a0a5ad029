/* A timeline as a picture: a row for each task, time goes to the right.
 *
 * Time between polls is to scale.  A poll takes almost no time, so each is
 * drawn STEP wide in addition; otherwise nobody could see it.  The picture has
 * the first ROWS tasks and their first POLLS polls.  Everything is computed in
 * integers, so that each machine draws the same.
 */
#include <inttypes.h>
#include "a10_tracing/timeline.h"

enum {
    ROWS = 24,
    POLLS = 120,
    WIDTH = 760,
    LEFT = 130, /* of the first event */
    RIGHT = 744,
    TAIL = 80, /* of the waits in a deadlock */
    TOP = 34,
    ROW = 34,
    LETTER = 71, /* width of a small letter, in 1/10 */
    STEP = 8,    /* at most, */
    LONG = 24,   /* or, if no time passes, this */
    BAR = 6      /* half of its height */
};

struct svg {
    const struct timeline *tl;
    FILE *out;
    int *rows; /* of each task; -1: not shown */
    int n_rows;
    size_t n; /* events up to here */
    size_t polls;
    int64_t *x; /* of each event, in 1/1000 */
};

/* ---- Where things are ---------------------------------------------------- */

static int row(const struct svg *s, const struct timeline_event *e)
{
    return s->rows[timeline_index(s->tl, e)];
}

static int x_of(const struct svg *s, size_t i)
{
    return (int)((s->x[i] + 500) / 1000);
}

static int y_of(int at)
{
    return TOP + ROW * at + ROW / 2;
}

/* Which tasks, and up to which event. */
static void choose(struct svg *s)
{
    size_t tasks = timeline_tasks(s->tl);
    for (size_t i = 0; i < tasks; i++)
        s->rows[i] = -1;
    for (s->n = 0; s->n < s->tl->n; s->n++) {
        const struct timeline_event *e = &s->tl->events[s->n];
        if (e->kind == TIMELINE_SPAWNED && s->n_rows < ROWS)
            s->rows[timeline_index(s->tl, e)] = s->n_rows++;
        if (e->kind == TIMELINE_POLL && row(s, e) >= 0 && s->polls++ == POLLS) {
            s->polls = POLLS;
            break;
        }
    }
}

/* A poll begins, or it ends: half a step each. */
static bool is_step(const struct svg *s, const struct timeline_event *e)
{
    return row(s, e) >= 0 &&
           (e->kind == TIMELINE_POLL || e->kind == TIMELINE_PENDING ||
            e->kind == TIMELINE_READY);
}

/* all * ns / time, without an overflow */
static int64_t scaled(uint64_t ns, uint64_t time, int64_t all)
{
    while (time >> 40)
        time >>= 1, ns >>= 1;
    return (int64_t)(ns * (uint64_t)all / time);
}

static void place(struct svg *s)
{
    const struct timeline_event *e = s->tl->events;
    int64_t all = (RIGHT - LEFT) * 1000, half = 0, steps = 0, x, most;
    uint64_t begin = s->n ? e[0].ns : 0;
    uint64_t time = s->n ? e[s->n - 1].ns - begin : 0;
    most = (time ? STEP : LONG) * 500;
    if (s->tl->deadlock)
        all -= TAIL * 1000;
    if (s->polls)
        half = all / (int64_t)s->polls / (time ? 4 : 2);
    if (half > most)
        half = most;
    all -= 2 * half * (int64_t)s->polls;
    for (size_t i = 0; i < s->n; i++) {
        bool step = is_step(s, &e[i]);
        if (step && e[i].kind != TIMELINE_POLL)
            steps++;
        x = LEFT * 1000 + half * steps;
        if (time)
            x += scaled(e[i].ns - begin, time, all);
        s->x[i] = x;
        if (step && e[i].kind == TIMELINE_POLL)
            steps++;
    }
}

/* ---- Words --------------------------------------------------------------- */

static void escape(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&' || c == '<' || c == '>' || c == '"')
            fprintf(out, "&#%d;", c);
        else
            putc(c < ' ' || c > '~' ? '?' : c, out);
    }
}

static void words(const struct svg *s, int x, int y, const char *class,
                  const char *text)
{
    fprintf(s->out, "<text%s x=\"%d\" y=\"%d\">", class, x, y);
    escape(s->out, text);
    fputs("</text>\n", s->out);
}

static void name_row(const struct svg *s, const struct timeline_event *e)
{
    char text[200];
    int n = 0;
    if (s->tl->n_executors > 1)
        n = snprintf(text, sizeof text, "%u.", e->executor + 1);
    snprintf(text + n, sizeof text - (size_t)n, "%u %s", e->task,
             e->name ? e->name : "?");
    text[12] = '\0';
    words(s, 8, y_of(row(s, e)) + 4, "", text);
}

/* ---- What tasks do ------------------------------------------------------- */

static void draw_wait(const struct svg *s, const struct timeline_span *span,
                      int x, int y, int width)
{
    const struct timeline_event *e = &s->tl->events[span->begin];
    char text[200];
    fprintf(s->out, "<path class=\"line\" d=\"M%d %dh%d\"/>\n", x, y, width);
    timeline_wait_name(text, sizeof text, e);
    if ((int)strlen(text) * LETTER / 10 > width - 4)
        snprintf(text, sizeof text, "%s", e->name ? e->name : "?");
    if ((int)strlen(text) * LETTER / 10 <= width - 4)
        words(s, x + 4, y - 4, " class=\"small\"", text);
}

/* A wait that the last event did not end: nothing ever will. */
static bool is_for_ever(const struct svg *s, const struct timeline_span *span)
{
    return s->tl->deadlock && span->state == TIMELINE_WAITING &&
           span->end == s->tl->n - 1 &&
           (span->begin == span->end ||
            row(s, span->task) != row(s, &s->tl->events[span->end]));
}

static void draw_span(const struct timeline_span *span, void *data)
{
    const struct svg *s = data;
    int at = row(s, span->task), x = x_of(s, span->begin), y, width;
    if (at < 0)
        return;
    y = y_of(at);
    width = (is_for_ever(s, span) ? RIGHT : x_of(s, span->end)) - x;
    if (span->state == TIMELINE_RUNNING)
        width = width > 2 ? width - 1 : 1; /* a gap to the next poll */
    if (span->state == TIMELINE_WAITING)
        draw_wait(s, span, x, y, width);
    else if (width > 0)
        fprintf(s->out,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                "height=\"%d\"/>\n",
                span->state == TIMELINE_RUNNING ? "run" : "ready", x, y - BAR,
                width, 2 * BAR);
}

/* A wake: of the loop from above, of the task itself in a bow, or of another
 * task from there. */
static void draw_arrow(const struct svg *s, int from, int to, int x,
                       const char *class)
{
    int y = y_of(to), up = from > to ? -1 : 1;
    if (from < 0)
        fprintf(s->out, "<path class=\"%s\" d=\"M%d %dV%d\"/>\n", class, x,
                y - BAR - 11, y - BAR - 1);
    else if (from == to)
        fprintf(s->out, "<path class=\"%s\" d=\"M%d %dv-8h8v7\"/>\n", class, x,
                y - BAR);
    else
        fprintf(s->out, "<path class=\"%s\" d=\"M%d %dV%d\"/>\n", class, x,
                y_of(from) + up * BAR, y - up * (BAR + 1));
}

static void draw_event(const struct svg *s, size_t i)
{
    const struct timeline_event *e = &s->tl->events[i];
    struct timeline_event by = *e;
    int to = row(s, e), from = -1;
    if (to < 0)
        return;
    by.task = e->from;
    if (e->from)
        from = row(s, &by);
    if (e->kind == TIMELINE_SPAWNED && from >= 0)
        draw_arrow(s, from, to, x_of(s, i), "arrow spawn");
    else if (e->kind == TIMELINE_WOKEN && !timeline_is_first_wake(s->tl, i))
        draw_arrow(s, from, to, x_of(s, i), "arrow");
    else if (e->kind >= TIMELINE_FINISHED)
        timeline_over(s->out, e->kind == TIMELINE_DROPPED, x_of(s, i),
                      y_of(to));
    if (e->kind == TIMELINE_SPAWNED)
        name_row(s, e);
}

/* ---- The rest ------------------------------------------------------------ */

static void draw_times(const struct svg *s)
{
    const struct timeline_event *e = s->tl->events;
    int free_from = 0, bottom = TOP + ROW * s->n_rows;
    uint64_t before = UINT64_MAX;
    bool fine = s->n && e[s->n - 1].ns - e[0].ns < 10000000;
    char text[40];
    for (size_t i = 0; i < s->n; i++) {
        uint64_t t = e[i].ns / (fine ? 1000 : 1000000);
        int x = x_of(s, i), at = x < WIDTH - 52 ? x : WIDTH - 52;
        if (row(s, &e[i]) < 0 || t == before || at < free_from)
            continue;
        before = t;
        free_from = at + 52;
        fprintf(s->out, "<path class=\"grid\" d=\"M%d %dV%d\"/>\n", x, TOP - 6,
                bottom);
        snprintf(text, sizeof text, "%" PRIu64 " %s", t, fine ? "us" : "ms");
        words(s, at, TOP - 10, " class=\"small\"", text);
    }
}

static bool is_whole(const struct svg *s)
{
    return s->tl->lost == 0 && s->n == s->tl->n &&
           (size_t)s->n_rows == s->tl->tasks;
}

static void draw_limits(const struct svg *s, int y)
{
    char text[120];
    snprintf(text, sizeof text,
             "This is only the beginning: %d of %zu tasks, and %zu of %zu "
             "polls.",
             s->n_rows, s->tl->tasks, s->polls, s->tl->polls);
    words(s, 8, y, " class=\"key\"", text);
}

void timeline_write_svg(const struct timeline *tl, FILE *out)
{
    struct svg s = { .tl = tl, .out = out };
    int bottom;
    s.rows = observe_alloc(timeline_tasks(tl), sizeof *s.rows);
    s.x = observe_alloc(tl->n, sizeof *s.x);
    choose(&s);
    place(&s);
    bottom = TOP + ROW * s.n_rows + 28;
    timeline_page(out, WIDTH, bottom + (is_whole(&s) ? 38 : 64));
    draw_times(&s);
    timeline_walk(tl, s.n, draw_span, &s);
    for (size_t i = 0; i < s.n; i++)
        draw_event(&s, i);
    timeline_key(out, bottom);
    if (!is_whole(&s))
        draw_limits(&s, bottom + 52);
    fputs("</svg>\n", out);
    free(s.rows);
    free(s.x);
}
