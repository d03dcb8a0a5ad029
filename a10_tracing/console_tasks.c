/* The entries of tasks, and the doorbell of an executor; see console_tasks.h.
 */
#include <unistd.h>
#include "a10_tracing/console_tasks.h"
#include "a10_tracing/console_server.h"

uv_mutex_t console_lock;
_Atomic uint64_t console_clock;
struct console_tasks *console_first;

static uv_once_t once = UV_ONCE_INIT;
static bool wanted;               /* EXECUTOR_CONSOLE is set */
static struct console_ask *asked; /* all that wait for an answer */

/* ---- Pages --------------------------------------------------------------- */

void console_free_page(struct console_tasks *c, unsigned page)
{
    uv_mutex_lock(&console_lock);
    free(c->pages[page]);
    c->pages[page] = NULL;
    uv_mutex_unlock(&console_lock);
}

static struct console_page *new_page(void)
{
    struct console_page *page =
        aligned_alloc(_Alignof(struct console_page), sizeof *page);
    if (!page) {
        fputs("EXECUTOR_CONSOLE: no memory\n", stderr);
        _exit(1);
    }
    return memset(page, 0, sizeof *page);
}

void console_add_page(struct console_tasks *c)
{
    unsigned n = c->n_pages;
    struct console_page *page = new_page();
    if (n > 0 && c->pages[n - 1]->alive == 0)
        console_free_page(c, n - 1);
    uv_mutex_lock(&console_lock);
    if ((n & (n - 1)) == 0) { /* a power of two: all places are taken */
        struct console_page **more = observe_alloc(n ? 2 * n : 1, sizeof *more);
        if (n)
            memcpy(more, c->pages, n * sizeof *more);
        free(c->pages);
        c->pages = more;
    }
    c->pages[c->n_pages++] = page;
    uv_mutex_unlock(&console_lock);
}

/* ---- Questions, from one thread to the other ----------------------------- */

static struct task *find(const struct console_tasks *c, unsigned id)
{
    struct console_page *page =
        id / CONSOLE_PAGE < c->n_pages ? c->pages[id / CONSOLE_PAGE] : NULL;
    struct console_task *e = page ? &page->tasks[id % CONSOLE_PAGE] : NULL;
    return e && CONSOLE_GET(&e->alive) ? CONSOLE_GET(&e->task) : NULL;
}

/* On the heap; NULL if there is no memory. */
static char *where(struct task *t)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    future_backtrace(task_future(t), out);
    return fclose(out) == 0 ? text : NULL;
}

/* On the executor's thread, outside of its polls. */
static void answer(struct console_tasks *c, struct console_ask *ask)
{
    for (unsigned i = 0; i < ask->n; i++) {
        struct task *t;
        if (ask->tasks[i].executor != c->number || ask->tasks[i].where)
            continue;
        t = find(c, ask->tasks[i].id);
        if (t && ask->wake)
            task_wake(t);
        /* One that is over is answered, too: there is nothing to wait for. */
        ask->tasks[i].where = t ? where(t) : calloc(1, 1);
        ask->failed = ask->failed || !ask->tasks[i].where;
    }
}

static void doorbell_cb(uv_async_t *doorbell)
{
    uv_mutex_lock(&console_lock);
    for (struct console_ask *ask = asked; ask; ask = ask->next)
        answer(doorbell->data, ask);
    uv_mutex_unlock(&console_lock);
}

void console_ask(struct console_ask *ask)
{
    ask->next = asked;
    asked = ask;
    for (struct console_tasks *c = console_first; c; c = c->next)
        uv_async_send(c->doorbell);
}

void console_unask(struct console_ask *ask)
{
    struct console_ask **at = &asked;
    while (*at && *at != ask)
        at = &(*at)->next;
    if (*at)
        *at = ask->next;
    for (unsigned i = 0; i < ask->n; i++)
        free(ask->tasks[i].where);
    ask->n = 0;
}

bool console_is_answered(const struct console_ask *ask)
{
    for (unsigned i = 0; i < ask->n; i++)
        if (!ask->tasks[i].where)
            return false;
    return true;
}

/* ---- An executor begins and ends ----------------------------------------- */

static void start(void)
{
    const char *value = getenv("EXECUTOR_CONSOLE");
    if (!value || !*value || strcmp(value, "0") == 0)
        return;
    wanted = true;
    uv_mutex_init(&console_lock);
    CONSOLE_SET(&console_clock, uv_hrtime());
    console_serve(strcmp(value, "1") == 0 ? NULL : value);
}

static uv_async_t *open_doorbell(uv_loop_t *loop)
{
    uv_async_t *doorbell = observe_alloc(1, sizeof *doorbell);
    int rc = uv_async_init(loop, doorbell, doorbell_cb);
    if (rc == 0) {
        uv_unref((uv_handle_t *)doorbell);
        return doorbell;
    }
    fflush(stdout);
    fprintf(stderr, "EXECUTOR_CONSOLE: cannot add a doorbell to the loop: %s\n",
            uv_strerror(rc));
    _exit(1);
}

struct console_tasks *console_observe(struct executor *ex)
{
    static unsigned last;
    struct console_tasks *c;
    uv_once(&once, start);
    if (!wanted)
        return NULL;
    c = observe_alloc(1, sizeof *c);
    c->doorbell = open_doorbell(ex->loop);
    uv_mutex_lock(&console_lock);
    c->number = ++last;
    c->next = console_first;
    c->doorbell->data = c;
    console_first = c;
    uv_mutex_unlock(&console_lock);
    return c;
}

static void closed_cb(uv_handle_t *doorbell)
{
    struct executor *ex = doorbell->data;
    ex->closing--;
    free(doorbell);
}

void console_closing(struct console_tasks *c, struct executor *ex)
{
    struct console_tasks **at = &console_first;
    uv_mutex_lock(&console_lock);
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    uv_mutex_unlock(&console_lock);
    c->doorbell->data = ex;
    ex->closing++;
    uv_close((uv_handle_t *)c->doorbell, closed_cb);
    for (unsigned i = 0; i < c->n_pages; i++)
        free(c->pages[i]);
    free(c->pages);
    free(c);
}
