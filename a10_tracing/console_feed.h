/* console_feed.h: the task of a10_console that asks, and one that asks once. */
#ifndef A10_CONSOLE_FEED_H
#define A10_CONSOLE_FEED_H

#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "a08_channels/notify.h"
#include "a10_tracing/console_keys.h"

enum { REFRESH_MS = 500, ONCE_MS = 5000 };

/* ---- Ask, twice a second ------------------------------------------------- */

struct feed {
    struct async async;
    struct console_client *client;
    struct console_screen *screen;
    struct notify *changed; /* a key changes what to ask */
    struct console_table answer;
    struct console_request request;
    enum console_page asked;
    char question[60];
    struct notified key;
    struct sleep nap;
    struct select select;
};

static inline enum poll feed_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct feed);
    while (!self->screen->lost) {
        if (!self->screen->paused) {
            self->asked = self->screen->page;
            console_question(self->screen, self->question,
                             sizeof self->question);
            self->screen->asked = uv_hrtime();
            AWAIT(console_request(&self->request, self->client, &self->answer,
                                  self->question));
            self->screen->asked = 0;
            if (self->request.status == 0)
                console_take(self->screen, &self->answer, self->asked);
            else if (self->request.status == UV_EOF)
                self->screen->lost = "the program has ended";
            else
                self->screen->lost = uv_strerror(self->request.status);
            console_draw(self->screen);
        }
        SELECT_BIASED() {
            ARM(notified(&self->key, self->changed)) {
            }
            ARM(sleep_ms(&self->nap, REFRESH_MS)) {
            }
        }
    }
    ASYNC_END;
}

static const struct future_ops feed_ops_ = ASYNC_OPS(feed);

/* All of these stay yours. */
static inline struct future *feed(struct feed *self,
                                  struct console_client *client,
                                  struct console_screen *screen,
                                  struct notify *changed)
{
    *self = (struct feed){ .async.future.ops = &feed_ops_ };
    self->client = client;
    self->screen = screen;
    self->changed = changed;
    return &self->async.future;
}

/* ---- Once, as text ------------------------------------------------------- */

struct once {
    struct async async;
    struct console_client *client;
    enum console_column column;
    uint64_t delay; /* ms before it asks */
    struct sleep nap;
    struct console_table answer;
    struct console_request request;
    struct timeout timeout;
    char question[60];
    int status;
};

static inline void once_print_(const struct console_table *t)
{
    const struct console_program *p = &t->program;
    const char *columns = getenv("COLUMNS");
    int width = columns ? atoi(columns) : 0;
    char text[400];
    width = width < 40 || width > 300 ? 80 : width;
    printf("%s: %" PRIu64 " tasks, %" PRIu64 " are over\n", p->name, p->alive,
           p->over);
    console_row_text(text, sizeof text, width, NULL, p->executors > 1);
    puts(text);
    for (size_t i = 0; i < t->n; i++) {
        console_row_text(text, sizeof text, width, &t->rows[i],
                         p->executors > 1);
        puts(text);
    }
    if (p->alive > t->n)
        printf("and %" PRIu64 " more\n", p->alive - t->n);
    for (size_t i = 0; i < t->n; i++)
        for (int w = 0; w < CONSOLE_WARNINGS; w++)
            if (t->rows[i].warnings >> w & 1) {
                console_warning(text, sizeof text, &t->rows[i],
                                (enum console_warning)w);
                puts(text);
            }
}

static inline enum poll once_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct once);
    if (self->delay)
        AWAIT(sleep_ms(&self->nap, self->delay));
    snprintf(self->question, sizeof self->question, "table %s %s 0 %d",
             console_columns[self->column],
             console_sorts_down(self->column) ? "down" : "up", CONSOLE_ROWS);
    AWAIT(timeout_ms(&self->timeout,
                     console_request(&self->request, self->client,
                                     &self->answer, self->question),
                     ONCE_MS));
    self->status = self->timeout.status;
    if (self->status == 0)
        self->status = self->request.status;
    if (self->status)
        program_exit(1, "no answer from the program: %s",
                     uv_strerror(self->status));
    once_print_(&self->answer);
    ASYNC_END;
}

static const struct future_ops once_ops_ = ASYNC_OPS(once);

/* Ask, after so many milliseconds, and print the table. */
static inline struct future *once(struct once *self,
                                  struct console_client *client,
                                  enum console_column column, uint64_t delay)
{
    memset(self, 0, sizeof *self); /* too large for a copy on the stack */
    self->async.future.ops = &once_ops_;
    self->client = client;
    self->column = column;
    self->delay = delay;
    return &self->async.future;
}
#endif
