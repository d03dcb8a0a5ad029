/* console_screen.h: what a10_console draws, and what its keys change.
 *
 * ncurses only draws, and says what a key means.  The terminal is opened a
 * second time for the keys, so that the executor can wait for them.  The first
 * one must stay blocking, because the shell uses it too.
 */
#ifndef A10_CONSOLE_SCREEN_H
#define A10_CONSOLE_SCREEN_H

#define NCURSES_NOMACROS /* its getch and clear are functions then */
#include <curses.h>
#include "a10_tracing/console_client.h"
#include "a10_tracing/console_view.h"
#include "program.h"

/* After so long a program that does not answer is reported. */
#define CONSOLE_SILENCE_NS UINT64_C(2000000000)

enum console_page { PAGE_TABLE, PAGE_TASK, PAGE_HELP };

struct console_screen {
    struct console_table table; /* the latest answer */
    struct console_row task;    /* of PAGE_TASK */
    bool over;                  /* the task is over */
    enum console_page page;
    enum console_column column; /* that it is sorted by */
    bool down;                  /* the largest first */
    uint64_t from;              /* the first row shown, of all */
    int cursor;                 /* the row selected, of those shown */
    bool paused, quit;
    bool wake;         /* to be asked next: wake this task */
    uint64_t woken_at; /* its polls then, plus 1; 0: was not woken */
    char woken_where[CONSOLE_WHERE];
    const char *verdict; /* what came of it, or NULL */
    uint64_t asked;      /* when, for uv_hrtime(); 0: it has been answered */
    const char *lost;    /* why there are no more answers, or NULL */
};

/* Rows of tasks that fit; the rest are titles, warnings and keys. */
static inline int console_warning_rows(void)
{
    return LINES >= 16 ? 4 : LINES >= 10 ? 2 : 0;
}

static inline int console_visible(void)
{
    int n = LINES - 3 - console_warning_rows();
    return n < 1 ? 1 : n > CONSOLE_ROWS ? CONSOLE_ROWS : n;
}

/* ---- Open and close ------------------------------------------------------ */

/* `keys` is where they come from. */
static inline void console_screen_open(FILE *keys)
{
    if (!newterm(NULL, stdout, keys))
        program_exit(2, "cannot draw on this terminal: TERM is %s",
                     getenv("TERM") ? getenv("TERM") : "not set");
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
}

/* ---- Draw ---------------------------------------------------------------- */

static inline void console_put_(int y, attr_t attributes, const char *text)
{
    if (y < 0 || y >= LINES)
        return;
    attrset((int)attributes);
    mvaddnstr(y, 0, text, COLS);
    for (int x = (int)strlen(text); x < COLS && attributes & A_REVERSE; x++)
        mvaddnstr(y, x, " ", 1);
    attrset((int)A_NORMAL);
}

/* At the right of the first line, if there is room. */
static inline void console_draw_right_(const struct console_screen *s)
{
    char text[60] = "PAUSED, p goes on";
    int n;
    if (!s->paused && s->page == PAGE_TABLE)
        snprintf(text, sizeof text, "sorted by %s, %s first",
                 s->column == COLUMN_WARN ? "warnings"
                                          : console_headings[s->column].title,
                 s->down ? "largest" : "smallest");
    n = (int)strlen(text);
    if (s->lost || (!s->paused && s->page != PAGE_TABLE))
        return;
    if (COLS > 45 + n)
        mvaddnstr(0, COLS - n, text, -1);
    else if (s->paused)
        console_put_(0, A_BOLD, text);
}

static inline void console_draw_top_(const struct console_screen *s)
{
    const struct console_program *p = &s->table.program;
    char text[300];
    snprintf(text, sizeof text,
             "%s, pid %u: %" PRIu64 " tasks, %" PRIu64 " are over", p->name,
             p->pid, p->alive, p->over);
    if (s->lost)
        snprintf(text, sizeof text, "%s: %s", p->name, s->lost);
    else if (s->asked && uv_hrtime() - s->asked > CONSOLE_SILENCE_NS)
        snprintf(text, sizeof text, "%s: no answer; is it stopped?", p->name);
    console_put_(0, A_BOLD, text);
    console_draw_right_(s);
}

static inline void console_draw_keys_(const struct console_screen *s)
{
    const char *const keys[] = {
        [PAGE_TABLE] = "q quit  up/down select  Enter look  left/right sort  "
                       "r reverse  p pause  ? help",
        [PAGE_TASK] = "q quit  Esc back  w wake it, to see if its waker was "
                      "lost  p pause",
        [PAGE_HELP] = "q quit  Esc back",
    };
    console_put_(LINES - 1, A_REVERSE, keys[s->page]);
}

/* Warnings of the tasks shown, as far as there is room; then how many there
 * are in all. */
static inline void console_draw_warnings_(const struct console_screen *s)
{
    int room = console_warning_rows(), y = LINES - 1 - room;
    uint64_t all = 0, shown = 0;
    char text[300];
    for (int w = 0; w < CONSOLE_WARNINGS; w++)
        all += s->table.program.warnings[w];
    for (size_t i = 0; i < s->table.n; i++)
        for (int w = 0; w < CONSOLE_WARNINGS; w++) {
            const struct console_row *r = &s->table.rows[i];
            if (!(r->warnings >> w & 1) || (int)shown == room ||
                ((int)shown == room - 1 && all > shown + 1))
                continue;
            console_warning(text, sizeof text, r, (enum console_warning)w);
            console_put_(y + (int)shown++, A_NORMAL, text);
        }
    if (all == shown || room == 0)
        return;
    snprintf(text, sizeof text,
             "warnings not shown here: %" PRIu64 "; ! sorts by them",
             all - shown);
    console_put_(y + (int)shown, A_NORMAL, text);
}

static inline void console_draw_table_(struct console_screen *s)
{
    char text[400];
    bool executors = s->table.program.executors > 1;
    int n = (int)s->table.n;
    console_row_text(text, sizeof text, COLS, NULL, executors);
    console_put_(1, A_UNDERLINE, text);
    if (s->cursor >= n)
        s->cursor = n ? n - 1 : 0;
    for (int i = 0; i < n && i < console_visible(); i++) {
        console_row_text(text, sizeof text, COLS, &s->table.rows[i], executors);
        console_put_(2 + i, i == s->cursor ? A_REVERSE : A_NORMAL, text);
    }
    console_draw_warnings_(s);
}

static inline void console_draw_where_(int y, const char *where)
{
    char line[CONSOLE_LINE];
    while (*where && y < LINES - 5) {
        size_t n = strcspn(where, "\n");
        snprintf(line, sizeof line, "  %.*s", (int)n, where);
        console_put_(y++, A_NORMAL, line);
        where += n + (where[n] == '\n');
    }
}

static inline void console_draw_task_(const struct console_screen *s)
{
    const struct console_row *r = &s->task;
    char text[300], a[CONSOLE_SHORT], b[CONSOLE_SHORT], c[CONSOLE_SHORT];
    int y = 2;
    snprintf(text, sizeof text, "task %u: %s%s", r->id, r->name,
             s->over ? ", which is over" : "");
    console_put_(y++, A_BOLD, text);
    snprintf(text, sizeof text, "  %s for %s; its future has %" PRIu64 " bytes",
             console_states[r->state], console_duration(a, r->since), r->frame);
    console_put_(y++, A_NORMAL, text);
    snprintf(text, sizeof text, "  spawned %s ago: busy %s, ready %s, and idle",
             console_duration(a, r->total), console_duration(b, r->busy),
             console_duration(c, r->ready));
    snprintf(text + strlen(text), 40, " %s",
             console_duration(a, console_idle(r)));
    console_put_(y++, A_NORMAL, text);
    snprintf(text, sizeof text,
             "  polled %" PRIu64 " times, the longest took %s; woken %" PRIu64
             " times, by itself %" PRIu64,
             r->polls, console_duration(a, r->longest), r->wakes,
             r->self_wakes);
    console_put_(y++, A_NORMAL, text);
    for (int w = 0; w < CONSOLE_WARNINGS; w++)
        if (r->warnings >> w & 1) {
            console_warning(text, sizeof text, r, (enum console_warning)w);
            console_put_(y++, A_NORMAL, text);
        }
    console_put_(++y, A_BOLD,
                 console_is_polled(r->state) ? "It is polled now."
                 : r->where[0]               ? "It waits in"
                                             : "Where it waits is not known "
                                               "while another poll runs.");
    if (!console_is_polled(r->state))
        console_draw_where_(y + 1, r->where);
    if (s->verdict)
        console_put_(LINES - 3, A_BOLD, s->verdict);
}

static inline void console_draw_help_(void)
{
    char text[200];
    int y = 2;
    for (int i = 0; i < CONSOLE_COLUMNS; i++) {
        const struct console_heading *h = &console_headings[console_order[i]];
        snprintf(text, sizeof text, "  %-6s %s%s", h->title, h->what,
                 h->wide && COLS < CONSOLE_WIDE ? " (needs a wider terminal)"
                                                : "");
        console_put_(y++, A_NORMAL, text);
    }
    console_put_(y++, A_NORMAL,
                 "  WAITS IN  the last future of its async "
                 "backtrace, or all of it");
    console_put_(y + 1, A_NORMAL,
                 "Times come from a clock that ticks each millisecond.");
    console_put_(y + 2, A_NORMAL,
                 "Home End PgUp PgDn move.  ! warnings first.");
}

static inline void console_draw(struct console_screen *s)
{
    erase();
    console_draw_top_(s);
    if (s->page == PAGE_TABLE)
        console_draw_table_(s);
    else if (s->page == PAGE_TASK)
        console_draw_task_(s);
    else
        console_draw_help_();
    console_draw_keys_(s);
    refresh();
}
#endif
