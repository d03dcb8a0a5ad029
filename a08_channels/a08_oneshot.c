/* How does an answer get back to the task that asked?
 *
 * A oneshot is a channel for one value.  It has two ends: the sender goes with
 * the question, the receiver stays and waits.  Each side learns when the other
 * one is gone.
 *
 * Run:    ./a08_oneshot
 * Watch:  The cook who falls ill drops his end, so the guest does not wait
 *         any longer.  The last guest leaves before the meal is ready; the cook
 *         learns of it, and stops, instead of cooking for nobody.
 *
 * Expected output:
 *       0 ms  the guest orders soup
 *      40 ms  the cook sends soup
 *      40 ms  the guest has soup
 *      40 ms  the guest orders a roast
 *      60 ms  the cook falls ill
 *      60 ms  the guest has no roast: end of file
 *      60 ms  the guest orders a cake, and is in a hurry
 *      80 ms  the guest leaves
 *      80 ms  the cook hears that nobody waits, and stops
 *
 * Try:    Let the cook not look whether the guest is still there: the send is
 *         refused, and the cake is still the cook's.
 *         Forget to drop the cook's end in ASYNC_FINALLY: the guest waits for
 *         the roast, and the executor reports who waits for what.
 */
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "a08_channels/oneshot.h"
#include "runtime.h"

typedef ONESHOT_SENDER(const char *) meal_tx;
typedef ONESHOT_RECEIVER(const char *) meal_rx;

__attribute__((format(printf, 2, 3))) static void say(struct executor *executor,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%3d ms  ", (int)executor_now(executor) / 10 * 10);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* ---- Who answers --------------------------------------------------------- */

struct cook {
    struct async async;
    const char *meal;
    meal_tx tx;   /* its own: where the meal goes */
    uint64_t ill; /* ms until then; 0: never */
    struct sleep nap;
    struct oneshot_closed closed;
    struct select select;
};

static enum poll cook_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct cook);
    if (self->ill) {
        AWAIT(sleep_ms(&self->nap, self->ill));
        say(cx->executor, "the cook falls ill");
        ASYNC_RETURN((void)0);
    }
    SELECT_ANY() {
        ARM(oneshot_closed(&self->closed, &self->tx))
            say(cx->executor, "the cook hears that nobody waits, and stops");
        ARM(sleep_ms(&self->nap, 40)) {
            say(cx->executor, "the cook sends %s", self->meal);
            if (oneshot_send(&self->tx, &self->meal))
                say(cx->executor, "nobody wants %s", self->meal);
        }
    }
    ASYNC_FINALLY
    oneshot_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops cook_ops = ASYNC_OPS(cook);

static struct future *cook(struct cook *self, const char *meal, meal_tx tx,
                           uint64_t ill)
{
    *self = (struct cook){
        .async.future.ops = &cook_ops, .meal = meal, .tx = tx, .ill = ill
    };
    return &self->async.future;
}

/* ---- Who asks ------------------------------------------------------------ */

struct guest {
    struct async async;
    meal_rx rx;
    const char *meal; /* what came */
    struct oneshot_recv recv;
    struct timeout timeout;
};

/* The sender goes with the order, the receiver stays. */
static void guest_orders(struct guest *self, struct executor *executor,
                         const char *meal, uint64_t ill)
{
    meal_tx tx;
    runtime_check(oneshot_open(&tx, &self->rx, NULL), "open a channel");
    task_detach(
        task_spawn(executor, cook(task_slot(struct cook), meal, tx, ill)));
}

static enum poll guest_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct guest);
    say(cx->executor, "the guest orders soup");
    guest_orders(self, cx->executor, "soup", 0);
    AWAIT(oneshot_recv(&self->recv, &self->rx, &self->meal));
    say(cx->executor, "the guest has %s", self->meal);
    oneshot_receiver_drop(&self->rx);

    say(cx->executor, "the guest orders a roast");
    guest_orders(self, cx->executor, "roast", 20);
    AWAIT(oneshot_recv(&self->recv, &self->rx, &self->meal));
    say(cx->executor, "the guest has no roast: %s",
        uv_strerror(self->recv.status));
    oneshot_receiver_drop(&self->rx);

    say(cx->executor, "the guest orders a cake, and is in a hurry");
    guest_orders(self, cx->executor, "cake", 0);
    AWAIT(timeout_ms(&self->timeout,
                     oneshot_recv(&self->recv, &self->rx, &self->meal), 20));
    say(cx->executor, "the guest leaves");
    ASYNC_FINALLY
    oneshot_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops guest_ops = ASYNC_OPS(guest);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct guest guest = { .async.future.ops = &guest_ops };
    runtime_open(&rt, argc, argv);
    block_on(&rt.executor, &guest.async.future);
    executor_run(&rt.executor); /* the last cook */
    return runtime_close(&rt);
}
