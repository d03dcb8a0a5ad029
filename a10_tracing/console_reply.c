/* What a console asks, and what it is answered; see console_protocol.h. */
#include <unistd.h>
#include "a10_tracing/console_server.h"

bool console_parse_query(struct console_query *q, char *line)
{
    const char *what = console_word(&line);
    uint64_t from, count;
    int column;
    *q = (struct console_query){ .column = COLUMN_ID };
    if (strcmp(what, "task") == 0 || strcmp(what, "wake") == 0) {
        q->ask.n = 1;
        q->ask.wake = *what == 'w';
        return console_unsigned(&line, &q->ask.tasks[0].executor) &&
               console_unsigned(&line, &q->ask.tasks[0].id) &&
               q->ask.tasks[0].id && !*line;
    }
    if (strcmp(what, "table") != 0)
        return false;
    column =
        console_index(console_word(&line), console_columns, CONSOLE_COLUMNS);
    what = console_word(&line);
    q->down = strcmp(what, "down") == 0;
    if (column < 0 || (!q->down && strcmp(what, "up") != 0) ||
        !console_number(&line, UINT64_MAX, &from) ||
        !console_number(&line, CONSOLE_ROWS, &count) || *line)
        return false;
    q->column = (enum console_column)column;
    q->from = from;
    q->ask.n = (unsigned)count;
    return true;
}

/* ---- An entry as a row --------------------------------------------------- */

static uint64_t between(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0; /* the other thread may be ahead */
}

/* False: there is no such task any more.  All but `where`. */
static bool read_entry(struct console_row *r, struct console_page *page,
                       uint64_t now)
{
    unsigned at = r->id % CONSOLE_PAGE;
    struct console_task *e = &page->tasks[at];
    const char *name;
    if (!atomic_load_explicit(&e->alive, memory_order_acquire))
        return false;
    r->state = (enum task_state)CONSOLE_GET(&e->state);
    r->since = between(CONSOLE_GET(&e->since), now);
    r->total = between(CONSOLE_GET(&page->also[at].spawned), now);
    r->busy = CONSOLE_GET(&e->busy);
    r->ready = CONSOLE_GET(&e->ready);
    r->longest = CONSOLE_GET(&e->longest);
    r->polls = CONSOLE_GET(&e->polls);
    r->self_wakes = CONSOLE_GET(&e->self_wakes);
    r->wakes = r->polls + (r->state == TASK_QUEUED);
    r->frame = CONSOLE_GET(&e->frame);
    if (console_is_polled(r->state)) {
        r->busy += r->since;
        r->longest = r->since > r->longest ? r->since : r->longest;
    }
    if (r->state == TASK_QUEUED)
        r->ready += r->since;
    r->warnings = console_judge(r);
    name = CONSOLE_GET(&page->also[at].name);
    console_copy_text(r->name, sizeof r->name, name ? name : "?");
    return true;
}

static struct console_page *page_of(const struct console_tasks *c, unsigned id)
{
    return id / CONSOLE_PAGE < c->n_pages ? c->pages[id / CONSOLE_PAGE] : NULL;
}

/* ---- Choose -------------------------------------------------------------- */

struct place {
    uint64_t key;
    const char *name;
    unsigned executor, id;
};

struct places {
    enum console_column column;
    struct place *list;
    size_t n, room;
    bool failed;                    /* there was no memory for a longer list */
    struct console_program program; /* only what is counted here */
};

static struct places places; /* of the console's thread */

static int by_place(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    int order = (a->key > b->key) - (a->key < b->key);
    if (a->name && b->name)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = (a->executor > b->executor) - (a->executor < b->executor);
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

static void note(const struct console_row *r, struct console_page *page)
{
    struct place *p;
    places.program.alive++;
    for (int i = 0; i < CONSOLE_WARNINGS; i++)
        places.program.warnings[i] += r->warnings >> i & 1;
    if (places.n == places.room) {
        size_t room = places.room ? 2 * places.room : 256;
        p = realloc(places.list, room * sizeof *p);
        if (!p) {
            places.failed = true;
            return;
        }
        places.list = p;
        places.room = room;
    }
    p = &places.list[places.n++];
    *p = (struct place){ console_figure(r, places.column), NULL, r->executor,
                         r->id };
    if (places.column == COLUMN_NAME)
        p->name = CONSOLE_GET(&page->also[r->id % CONSOLE_PAGE].name);
}

/* All tasks: what is counted of them, and by what they are sorted. */
static void look_at_all(void)
{
    struct console_row r;
    uint64_t now = uv_hrtime();
    places.n = 0;
    places.failed = false;
    places.program = (struct console_program){ .pid = (unsigned)getpid() };
    uv_mutex_lock(&console_lock);
    for (struct console_tasks *c = console_first; c; c = c->next) {
        places.program.executors++;
        places.program.over += CONSOLE_GET(&c->over);
        r.executor = c->number;
        for (r.id = 0; r.id / CONSOLE_PAGE < c->n_pages; r.id++) {
            struct console_page *page = page_of(c, r.id);
            if (!page)
                r.id += CONSOLE_PAGE - 1;
            else if (read_entry(&r, page, now))
                note(&r, page);
        }
    }
    uv_mutex_unlock(&console_lock);
}

bool console_choose(struct console_query *q)
{
    unsigned n = 0;
    bool one = q->ask.n == 1 && q->ask.tasks[0].id;
    places.column = q->column;
    look_at_all();
    if (one || places.failed)
        return !places.failed;
    if (q->from > places.n)
        q->from = places.n;
    if (places.n > 0)
        qsort(places.list, places.n, sizeof *places.list, by_place);
    for (; n < q->ask.n && q->from + n < places.n; n++) {
        size_t at = (size_t)q->from + n;
        if (q->down)
            at = places.n - 1 - at;
        q->ask.tasks[n].executor = places.list[at].executor;
        q->ask.tasks[n].id = places.list[at].id;
    }
    q->ask.n = n;
    return true;
}

/* ---- Answer -------------------------------------------------------------- */

static void write_task(FILE *out, const struct console_query *q, unsigned i,
                       uint64_t now)
{
    struct console_row r = { .executor = q->ask.tasks[i].executor,
                             .id = q->ask.tasks[i].id };
    const struct console_tasks *c = console_first;
    struct console_page *page;
    while (c && c->number != r.executor)
        c = c->next;
    page = c ? page_of(c, r.id) : NULL;
    if (page && read_entry(&r, page, now))
        console_write_row(out, &r, q->ask.tasks[i].where);
}

char *console_reply(struct console_query *q, const char *name, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    bool bad = q->ask.failed;
    if (!out)
        return NULL;
    console_copy_text(places.program.name, sizeof places.program.name, name);
    console_write_program(out, &places.program);
    for (unsigned i = 0; i < q->ask.n; i++)
        write_task(out, q, i, uv_hrtime());
    fputs("end\n", out);
    bad = bad || ferror(out);
    if (fclose(out) == 0 && !bad)
        return text;
    free(text);
    return NULL;
}
