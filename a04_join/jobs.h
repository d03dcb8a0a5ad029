/* jobs.h: six jobs of two steps each, which draw what happens to them.
 *
 * A column is 40 ms.  '#' is a step at work; '.' is a step that has finished,
 * in a job that nobody polls.  The last row is the caller's own.
 */
#ifndef A04_JOBS_H
#define A04_JOBS_H

#include "a04_join/unordered.h"

enum { JOBS = 6, JOBS_COLUMN = 40, JOBS_COLUMNS = 60 };

static struct {
    uint64_t start;
    char rows[JOBS + 1][JOBS_COLUMNS + 1];
} jobs_chart;

/* An empty chart that begins now. */
static inline void jobs_begin(const struct executor *ex)
{
    memset(&jobs_chart, 0, sizeof jobs_chart);
    jobs_chart.start = executor_now(ex);
}

/* Draw `c` into a row, from one time to another, in ms. */
static inline void jobs_draw(int row, uint64_t from, uint64_t to, char c)
{
    char *line = jobs_chart.rows[row];
    from = (from - jobs_chart.start) / JOBS_COLUMN;
    to = (to - jobs_chart.start) / JOBS_COLUMN;
    if (from < to && to < JOBS_COLUMNS)
        for (size_t i = strlen(line); i < to; i++)
            line[i] = i < from ? ' ' : c;
}

/* The chart, below its title and how long it took. */
static inline void jobs_print(const struct executor *ex, const char *title)
{
    uint64_t columns = (executor_now(ex) - jobs_chart.start) / JOBS_COLUMN;
    printf("%s, %d ms\n", title, (int)columns * JOBS_COLUMN);
    for (int row = 0; row < JOBS; row++)
        printf("  %c    %s\n", 'a' + row, jobs_chart.rows[row]);
    if (jobs_chart.rows[JOBS][0])
        printf("  you  %s\n", jobs_chart.rows[JOBS]);
}

/* ---- A job --------------------------------------------------------------- */

struct job {
    struct async async;
    struct child child; /* for a program that runs it in a set */
    int number;
    int step;
    uint64_t ms, due; /* of a step */
    struct sleep sleep;
};

static inline enum poll job_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct job);
    for (self->step = 0; self->step < 2; self->step++) {
        self->due = executor_now(cx->executor) + self->ms;
        AWAIT(sleep_ms(&self->sleep, self->ms));
        jobs_draw(self->number, self->due - self->ms, self->due, '#');
        jobs_draw(self->number, self->due, executor_now(cx->executor), '.');
    }
    ASYNC_END;
}

static const struct future_ops job_ops = ASYNC_OPS(job);

/* Job 0 … JOBS-1. */
static inline struct future *job(struct job *self, int number)
{
    static const uint64_t ms[JOBS] = { 80, 40, 120, 40, 120, 40 };
    *self = (struct job){ .async.future.ops = &job_ops,
                          .number = number,
                          .ms = ms[number] };
    return &self->async.future;
}
#endif
