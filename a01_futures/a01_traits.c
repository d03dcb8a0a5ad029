/* How does an interface get an async method?
 *
 * Each implementation waits in its own way, so its future has a size of its
 * own.  Code that calls through the interface knows neither the type nor the
 * size.  It asks for the size and provides a box, and gets back a struct
 * future, which it can poll.  Rust's `async-trait` does the same: it returns a
 * Box<dyn Future>.
 *
 * Run:    ./a01_traits
 * Watch:  The same `ask` talks to two kinds of station.  They differ in the
 *         size of the box and in the number of polls.
 *
 * Expected output:
 *     thermometer: a box of <n> bytes, 21 degrees after 1 poll
 *     satellite: a box of <n> bytes, 19 degrees after 4 polls
 *
 * Try:    Write a third station and ask it; `ask` does not change.
 *         Let `ask` allocate sizeof(struct thermometer_measure) for every
 *         station: it works until the satellite is asked, which then writes
 *         past the end of its box.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/ticks.h"

/* ---- The interface: one async method ------------------------------------- */

struct station {
    const struct station_ops *ops;
};

struct station_ops {
    const char *name;
    size_t box_size; /* bytes that the future of `measure` needs */
    struct future *(*measure)(struct station *s, void *box, int *degrees);
};

/* ---- An implementation that knows the answer ----------------------------- */

struct thermometer {
    struct station station;
    int degrees;
};

struct thermometer_measure {
    struct future future;
    struct thermometer *owner;
    int *degrees;
};

static enum poll thermometer_measure_poll(struct future *f, struct context *cx)
{
    struct thermometer_measure *self =
        container_of(f, struct thermometer_measure, future);
    (void)cx;
    *self->degrees = self->owner->degrees;
    return POLL_READY;
}

static const struct future_ops thermometer_measure_ops = {
    .name = "thermometer_measure",
    .poll = thermometer_measure_poll,
    .drop = future_drop_nothing
};

static struct future *thermometer_measure(struct station *s, void *box,
                                          int *degrees)
{
    struct thermometer_measure *self = box;
    *self = (struct thermometer_measure){
        .future.ops = &thermometer_measure_ops,
        .owner = container_of(s, struct thermometer, station),
        .degrees = degrees
    };
    return &self->future;
}

static const struct station_ops thermometer_ops = {
    .name = "thermometer",
    .box_size = sizeof(struct thermometer_measure),
    .measure = thermometer_measure
};

/* ---- An implementation that has to wait ---------------------------------- */

struct satellite {
    struct station station;
    int hops; /* to get there and back */
};

struct satellite_measure {
    struct async async;
    struct satellite *owner;
    int *degrees;
    struct ticks signal; /* on its way */
};

static enum poll satellite_measure_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct satellite_measure);
    AWAIT(ticks(&self->signal, self->owner->hops));
    *self->degrees = 19;
    ASYNC_END;
}

static const struct future_ops satellite_measure_ops =
    ASYNC_OPS(satellite_measure);

static struct future *satellite_measure(struct station *s, void *box,
                                        int *degrees)
{
    struct satellite_measure *self = box;
    *self =
        (struct satellite_measure){ .async.future.ops = &satellite_measure_ops,
                                    .owner = container_of(s, struct satellite,
                                                          station),
                                    .degrees = degrees };
    return &self->async.future;
}

static const struct station_ops satellite_ops = {
    .name = "satellite",
    .box_size = sizeof(struct satellite_measure),
    .measure = satellite_measure
};

/* ---- A caller that knows the interface only ------------------------------ */

static void ask(struct station *s)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    void *box = malloc(s->ops->box_size);
    int degrees = 0, polls = 1;
    if (!box)
        program_exit(1, "no memory for a box");
    struct future *f = s->ops->measure(s, box, &degrees);
    while (future_poll(f, &cx) == POLL_PENDING)
        polls++;
    printf("%s: a box of %zu bytes, %d degrees after %d poll%s\n", s->ops->name,
           s->ops->box_size, degrees, polls, polls == 1 ? "" : "s");
    free(box);
}

int main(int argc, char **argv)
{
    struct thermometer window = { .station.ops = &thermometer_ops,
                                  .degrees = 21 };
    struct satellite sky = { .station.ops = &satellite_ops, .hops = 3 };
    program_begin(argc, argv);
    ask(&window.station);
    ask(&sky.station);
    return program_end(0);
}
