/* console_keys.h: what the keys of a10_console do, and what it asks next. */
#ifndef A10_CONSOLE_KEYS_H
#define A10_CONSOLE_KEYS_H

#include "a10_tracing/console_screen.h"

/* ---- Keys ---------------------------------------------------------------- */

/* `by` rows down, or up. */
static inline void console_move_(struct console_screen *s, int64_t by)
{
    uint64_t all = s->table.program.alive;
    int64_t at = (int64_t)s->from + s->cursor + by, rows = console_visible();
    if (all > INT64_MAX / 2) /* no program has so many, but it may say so */
        all = INT64_MAX / 2;
    if (at >= (int64_t)all)
        at = (int64_t)all - 1;
    if (at < 0)
        at = 0;
    if (at < (int64_t)s->from)
        s->from = (uint64_t)at;
    if (at >= (int64_t)s->from + rows)
        s->from = (uint64_t)(at - rows + 1);
    s->cursor = (int)(at - (int64_t)s->from);
}

static inline bool console_shows_(enum console_column column)
{
    return !console_headings[column].wide || COLS >= CONSOLE_WIDE;
}

static inline void console_sort_by(struct console_screen *s,
                                   enum console_column column)
{
    s->column = column;
    s->down = console_sorts_down(column);
    s->from = 0;
    s->cursor = 0;
}

/* Sort by the next column on the left (-1) or on the right (1). */
static inline void console_sort_(struct console_screen *s, int step)
{
    int i = 0;
    while (console_order[i] != s->column)
        i++;
    do
        i = (i + step + CONSOLE_COLUMNS) % CONSOLE_COLUMNS;
    while (!console_shows_(console_order[i]));
    console_sort_by(s, console_order[i]);
}

static inline void console_look_(struct console_screen *s)
{
    if ((size_t)s->cursor >= s->table.n)
        return;
    s->task = s->table.rows[s->cursor];
    s->page = PAGE_TASK;
    s->over = false;
    s->woken_at = 0;
    s->verdict = NULL;
}

static inline void console_key_table_(struct console_screen *s, int key)
{
    int rows = console_visible();
    if (key == KEY_UP || key == 'k')
        console_move_(s, -1);
    else if (key == KEY_DOWN || key == 'j')
        console_move_(s, 1);
    else if (key == KEY_PPAGE)
        console_move_(s, -rows);
    else if (key == KEY_NPAGE)
        console_move_(s, rows);
    else if (key == KEY_HOME)
        console_move_(s, INT32_MIN);
    else if (key == KEY_END)
        console_move_(s, INT32_MAX);
    else if (key == KEY_LEFT || key == '<')
        console_sort_(s, -1);
    else if (key == KEY_RIGHT || key == '>')
        console_sort_(s, 1);
    else if (key == 'r')
        s->down = !s->down;
    else if (key == '\r' || key == '\n' || key == KEY_ENTER)
        console_look_(s);
    else if (key == '!')
        console_sort_by(s, COLUMN_WARN);
}

static inline void console_wake_it_(struct console_screen *s)
{
    s->verdict = s->paused ? "Press p first: while the console is paused, "
                             "nothing is sent."
                           : "A wake helps only a task that waits.";
    if (s->task.state != TASK_WAITING || s->over || s->paused || s->lost)
        return;
    s->wake = true;
    s->woken_at = s->task.polls + 1;
    memcpy(s->woken_where, s->task.where, sizeof s->woken_where);
    s->verdict = "It is woken ...";
}

static inline void console_key(struct console_screen *s, int key)
{
    if (key == 'q')
        s->quit = true;
    else if (key == 'p' || key == ' ')
        s->paused = !s->paused;
    else if (key == '?')
        s->page = PAGE_HELP;
    else if (key == 27 || key == KEY_BACKSPACE || key == 127 || key == 'b')
        s->page = PAGE_TABLE;
    else if (s->page == PAGE_TABLE)
        console_key_table_(s, key);
    else if (s->page == PAGE_TASK && key == 'w')
        console_wake_it_(s);
}

/* ---- Questions and answers ----------------------------------------------- */

/* For console_request(); at most 60 characters. */
static inline void console_question(struct console_screen *s, char *text,
                                    size_t size)
{
    if (s->page == PAGE_TASK)
        snprintf(text, size, "%s %u %u", s->wake ? "wake" : "task",
                 s->task.executor, s->task.id);
    else
        snprintf(text, size, "table %s %s %" PRIu64 " %d",
                 console_columns[s->column], s->down ? "down" : "up", s->from,
                 console_visible());
    s->wake = false;
}

/* A task that was woken for nothing must wait at the same place after it. */
static inline void console_judge_wake_(struct console_screen *s)
{
    if (!s->woken_at || (!s->over && s->task.polls < s->woken_at))
        return;
    if (s->over || strcmp(s->task.where, s->woken_where) != 0)
        s->verdict = "It went on!  So its waker was lost: who should have "
                     "called it?";
    else if (s->task.state == TASK_WAITING)
        s->verdict = "It waits there again: nothing has happened yet, or the "
                     "task is in a loop.";
    s->woken_at = 0;
}

/* `page` is the one that was asked for. */
static inline void console_take(struct console_screen *s,
                                const struct console_table *answer,
                                enum console_page page)
{
    const struct console_row *r = answer->rows;
    if (page != PAGE_TASK) {
        s->table = *answer;
    } else if (answer->n == 0) {
        s->over = true;
    } else if (r->executor == s->task.executor && r->id == s->task.id) {
        char before[CONSOLE_WHERE];
        memcpy(before, s->task.where, sizeof before);
        s->task = *r;
        if (!r->where[0]) /* nobody could say: what was known still stands */
            memcpy(s->task.where, before, sizeof before);
    }
    s->table.program = answer->program;
    if (page == PAGE_TASK)
        console_judge_wake_(s);
}
#endif
