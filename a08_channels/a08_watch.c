/* How does everyone always know the newest value, and only that?
 *
 * A watch holds one value, and a send replaces it.  A receiver can read it at
 * any time, and it can wait for a change.  What was replaced before it looked
 * is not kept for it: a slow receiver skips values, and is never behind.
 *
 * Run:    ./a08_watch
 * Watch:  The display shows every temperature.  The log needs 180 ms for each
 *         entry, so it skips some, but each entry is the newest value of its
 *         moment.  The alarm waits for a condition.  The sensor measures 21
 *         twice, and both are a change.  The last value comes before the end.
 *
 * Expected output:
 *       0 ms  it is 18 degrees
 *      40 ms  sensor: 19
 *      40 ms          display: 19
 *      40 ms          log: 19
 *      80 ms  sensor: 21
 *      80 ms          display: 21
 *     120 ms  sensor: 21
 *     120 ms          display: 21
 *     160 ms  sensor: 24
 *     160 ms          display: 24
 *     200 ms  sensor: 26
 *     200 ms          display: 26
 *     200 ms          alarm: 26
 *     220 ms          log: 26
 *     240 ms  sensor: 25
 *     240 ms  the sensor is switched off
 *     240 ms          display: 25
 *     240 ms          display: the end
 *     400 ms          log: 25
 *     580 ms          log: the end
 *
 * Try:    Let the log need only 70 ms: it skips fewer values.
 *         Let the alarm wait for 30 degrees: it learns that they never came.
 *         Forget to drop the sender in ASYNC_FINALLY: the observers wait for
 *         another value, and the executor reports them.
 */
#include "a08_channels/watch.h"
#include "runtime.h"

enum { FIRST = 18, COUNT = 6 };
static const int measured[COUNT] = { 19, 21, 21, 24, 26, 25 };
static const int hot = 25;

typedef WATCH_SENDER(int) degrees_tx;
typedef WATCH_RECEIVER(int) degrees_rx;

__attribute__((format(printf, 2, 3))) static void say(struct executor *executor,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%3d ms  ", (int)executor_now(executor) / 20 * 20);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* ---- Who looks ----------------------------------------------------------- */

struct observer {
    struct async async;
    const char *name;
    degrees_rx rx; /* its own */
    uint64_t busy; /* ms, after each value */
    int degrees;
    struct watch_changed changed;
    struct sleep nap;
};

static enum poll observer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct observer);
    for (;;) {
        AWAIT(watch_changed(&self->changed, &self->rx));
        if (self->changed.status == UV_EOF)
            break;
        watch_read(&self->rx, &self->degrees);
        say(cx->executor, "        %s: %d", self->name, self->degrees);
        if (self->busy)
            AWAIT(sleep_ms(&self->nap, self->busy));
    }
    say(cx->executor, "        %s: the end", self->name);
    ASYNC_FINALLY
    watch_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops observer_ops = ASYNC_OPS(observer);

static struct future *observer(struct observer *self, const char *name,
                               degrees_rx rx, uint64_t busy)
{
    *self = (struct observer){
        .async.future.ops = &observer_ops, .name = name, .rx = rx, .busy = busy
    };
    return &self->async.future;
}

struct alarm {
    struct async async;
    degrees_rx rx;
    int degrees;
    struct watch_changed changed;
};

static bool is_at_least(const void *degrees, const void *least)
{
    return *(const int *)degrees >= *(const int *)least;
}

static enum poll alarm_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct alarm);
    AWAIT(watch_wait_for(&self->changed, &self->rx, is_at_least, &hot));
    watch_read(&self->rx, &self->degrees);
    if (self->changed.status == 0)
        say(cx->executor, "        alarm: %d", self->degrees);
    else
        say(cx->executor, "        alarm: none");
    ASYNC_FINALLY
    watch_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops alarm_ops = ASYNC_OPS(alarm);

static struct future *alarm_future(struct alarm *self, degrees_rx rx)
{
    *self = (struct alarm){ .async.future.ops = &alarm_ops, .rx = rx };
    return &self->async.future;
}

/* ---- Who measures -------------------------------------------------------- */

struct sensor {
    struct async async;
    degrees_tx tx;
    int i, degrees;
    struct sleep nap;
};

static void spawn(struct executor *executor, struct future *f)
{
    task_detach(task_spawn(executor, f));
}

static void sensor_is_watched(struct sensor *self, struct executor *executor)
{
    degrees_rx rx;
    self->degrees = FIRST;
    runtime_check(watch_open(&self->tx, &rx, &self->degrees, NULL, NULL),
                  "open a channel");
    watch_read(&rx, &self->degrees); /* there is a value from the beginning */
    say(executor, "it is %d degrees", self->degrees);
    spawn(executor, observer(task_slot(struct observer), "display", rx, 0));
    runtime_check(watch_subscribe(&self->tx, &rx), "subscribe");
    spawn(executor, observer(task_slot(struct observer), "log", rx, 180));
    runtime_check(watch_subscribe(&self->tx, &rx), "subscribe");
    spawn(executor, alarm_future(task_slot(struct alarm), rx));
}

static enum poll sensor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sensor);
    sensor_is_watched(self, cx->executor);
    for (self->i = 0; self->i < COUNT; self->i++) {
        AWAIT(sleep_ms(&self->nap, 40));
        say(cx->executor, "sensor: %d", measured[self->i]);
        watch_send(&self->tx, &measured[self->i]);
    }
    say(cx->executor, "the sensor is switched off");
    ASYNC_FINALLY
    watch_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops sensor_ops = ASYNC_OPS(sensor);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct sensor sensor = { .async.future.ops = &sensor_ops };
    runtime_open(&rt, argc, argv);
    block_on(&rt.executor, &sensor.async.future);
    executor_run(&rt.executor); /* the observers and the alarm */
    return runtime_close(&rt);
}
