/* marbles.h: streams as pictures.
 *
 * In a marble diagram time goes from left to right: "-a--b|" is nothing, then
 * an item called a, nothing twice, an item b, and then the end.  Each character
 * is MARBLE_MS milliseconds.  A stream without "|" does not end.  (In virtual
 * time, if nothing else waits, it ends when the clock does.)
 *
 * stream_marbles()  a stream that does what a picture says; its items are char
 * draw()            a future: the picture of what a stream did
 *
 * What comes in one moment is drawn in parentheses: "-(ab)-(c|)".
 */
#ifndef A09_MARBLES_H
#define A09_MARBLES_H

#include "a07_select/timeout.h"
#include "a09_streams/generator.h"

enum { MARBLE_MS = 20, MARBLES = 64 /* characters in a picture, at most */ };

/* ---- From a picture ------------------------------------------------------ */

struct marbles {
    GENERATOR;
    const char *next; /* what comes now */
    uint64_t time;    /* when, in ms of executor_now() */
    bool together;    /* between parentheses */
    char marble;      /* the item */
    struct sleep nap;
};

static inline bool marbles_is_item_(char c)
{
    return c && !strchr("-|()", c);
}

/* Until the moment at which `next` happens. */
static inline struct future *marbles_wait_(struct marbles *self,
                                           struct executor *executor)
{
    uint64_t now = executor_now(executor);
    return sleep_ms(&self->nap, now < self->time ? self->time - now : 0);
}

static inline enum poll marbles_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct marbles);
    if (!cx->executor)
        misuse("stream_marbles: this context has no executor");
    self->time = executor_now(cx->executor);
    for (; *self->next && *self->next != '|'; self->next++) {
        if (strchr("()", *self->next)) {
            self->together = *self->next == '(';
        } else if (marbles_is_item_(*self->next)) {
            AWAIT(marbles_wait_(self, cx->executor));
            self->marble = *self->next;
            YIELD(&self->marble);
        }
        if (!self->together && *self->next != '(')
            self->time += MARBLE_MS;
    }
    if (*self->next == '|')
        AWAIT(marbles_wait_(self, cx->executor));
    else
        AWAIT(sleep_ms(&self->nap, UINT64_MAX));
    ASYNC_END;
}

GENERATOR_OPS(marbles);

static inline struct stream *stream_marbles(struct marbles *self,
                                            const char *picture)
{
    *self =
        (struct marbles){ .generator = GENERATOR_OF(marbles), .next = picture };
    return &self->generator.stream;
}

/* ---- To a picture -------------------------------------------------------- */

struct draw {
    struct async async;
    struct stream *stream;              /* its own */
    void (*name)(char *to, void *item); /* writes a few characters */
    uint64_t start, limit;              /* in ms */
    size_t column;                      /* that was drawn last, from 1; or 0 */
    size_t group;                       /* where its marks begin in `picture` */
    unsigned marks;                     /* in that column */
    char picture[MARBLES * 4];          /* result */
    struct stream_next next;
    struct timeout timeout;
};

static inline void draw_char_name(char *to, void *item)
{
    to[0] = *(char *)item;
    to[1] = '\0';
}

/* What happened now.  A second mark in the same moment: parentheses. */
static inline void draw_mark_(struct draw *self, uint64_t now, const char *mark)
{
    size_t column = (size_t)((now - self->start) / MARBLE_MS) + 1;
    size_t end = strlen(self->picture);
    if (end + column - self->column + strlen(mark) + 3 > sizeof self->picture)
        return; /* there is no room left */
    if (column > self->column) {
        while (++self->column < column)
            self->picture[end++] = '-';
        self->group = end;
        self->marks = 0;
    } else if (self->marks == 1) {
        memmove(self->picture + self->group + 1, self->picture + self->group,
                end++ - self->group);
        self->picture[self->group] = '(';
    } else if (self->marks > 1) {
        end--; /* the parenthesis is put behind the new one */
    }
    self->marks++;
    snprintf(self->picture + end, sizeof self->picture - end, "%s%s", mark,
             self->marks > 1 ? ")" : "");
}

static inline void draw_what_came_(struct draw *self, uint64_t now)
{
    char mark[16] = "|";
    if (self->timeout.status)
        strcpy(mark, "-"); /* nothing, up to the limit */
    else if (self->next.item)
        self->name(mark, self->next.item);
    draw_mark_(self, now, mark);
}

static inline struct future *draw_next_(struct draw *self, uint64_t now)
{
    uint64_t end = self->start + self->limit;
    return timeout_ms(&self->timeout, stream_next(&self->next, self->stream),
                      now < end ? end - now : 0);
}

static inline enum poll draw_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct draw);
    self->start = executor_now(cx->executor);
    do {
        AWAIT(draw_next_(self, executor_now(cx->executor)));
        draw_what_came_(self, executor_now(cx->executor));
    } while (!self->timeout.status && self->next.item);
    ASYNC_FINALLY
    stream_drop(self->stream);
    ASYNC_END;
}

static const struct future_ops draw_ops_ = ASYNC_OPS(draw);

/* Draw a stream, which it owns, for the time of `columns` characters at most.
 * `name` writes an item in up to 15 characters; NULL: the items are char. */
static inline struct future *draw(struct draw *self, struct stream *stream,
                                  size_t columns,
                                  void (*name)(char *to, void *item))
{
    *self = (struct draw){ .async.future.ops = &draw_ops_,
                           .stream = stream,
                           .name = name ? name : draw_char_name,
                           .limit = (columns - 1) * MARBLE_MS };
    return &self->async.future;
}
#endif
