/* Exercise: a select loop that sends, and loses nothing.
 *
 * Read:   notes/a08_channels.md, "Whose is the room?" and "Two channels at
 *         once"
 * Build:  reporter(): take readings from a meter and send them, one after the
 *         other; in the same loop obey the commands that come.
 * Why:    A send that loses a select is dropped.  Then it has not sent, and the
 *         next round must not go on as if it had.
 * Rules:  Each reading is sent once, in order.  A command is obeyed at once,
 *         also while there is no room for a reading.  When no more commands
 *         come, the readings go on.  The reporter is over when all readings are
 *         sent, or when nobody receives them.  When it is over or dropped, both
 *         its ends are dropped, too.
 * Check:  ./learn check a08_cancel_safe_send
 */
#include "a07_select/select.h"
#include "a08_channels/mpsc_reserve.h"

typedef MPSC_SENDER(int) reading_tx;
typedef MPSC_PERMIT(int) reading_permit;
typedef MPSC_RECEIVER(int) command_rx;

/* ---- Given: where the readings come from --------------------------------- */

struct meter {
    int next, end; /* the readings are next, next + 1, … below end */
};

static inline bool meter_is_over(const struct meter *meter)
{
    return meter->next == meter->end;
}

/* Each reading can be taken once: the meter does not remember it. */
static inline int meter_take(struct meter *meter)
{
    return meter->next++;
}

/* ---- Yours --------------------------------------------------------------- */

struct reporter {
    struct async async;
    struct meter meter;
    reading_tx out;      /* ours */
    command_rx commands; /* ours */
    int reading, command;
    struct select select;
    struct mpsc_send send;
    struct mpsc_reserve reserve;
    reading_permit permit;
    struct mpsc_recv recv;
    bool no_more_commands;
    int obeyed; /* how many commands, */
    int latest; /* and the latest one */
};

static inline void reporter_obey(struct reporter *self)
{
    self->obeyed++;
    self->latest = self->command;
}

static enum poll reporter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reporter);
    TODO("while readings are left: a select with an arm that sends a reading "
         "and an arm that receives a command; what if the first one loses?");
    ASYNC_END;
}

static const struct future_ops reporter_ops = ASYNC_OPS(reporter);

static struct future *reporter(struct reporter *self, struct meter meter,
                               reading_tx out, command_rx commands)
{
    *self = (struct reporter){ .async.future.ops = &reporter_ops,
                               .meter = meter,
                               .out = out,
                               .commands = commands };
    return &self->async.future;
}
