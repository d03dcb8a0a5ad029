/* What is lost with a loser?
 *
 * Records come over a wire in three pieces each, and a ticker interrupts.  When
 * the ticker wins, the reader is dropped in the middle of a record, and a piece
 * that is only in its frame is lost.  A future is cancel-safe if dropping it
 * and making it again loses nothing.
 *
 * Run:    ./a07_cancel_safety
 * Watch:  The first version loses pieces.  Worse, it goes on, and makes records
 *         of pieces that do not belong together.  The second keeps its pieces
 *         outside of what can be dropped.  The third is not dropped.
 *
 * Expected output:
 *     the pieces are           sent  arrived   lost  records whole   torn
 *     in the future, dropped     12        9      3              1      2
 *     outside                    12       12      0              4      0
 *     in the future, kept        12       12      0              4      0
 *
 * Try:    Let the ticker tick every 80 ms: the first version does not get a
 *         single record any more, and no message says so.
 *         Put  self->record->have = 0;  before the while of reader_poll(): now
 *         the second version has the fault of the first.
 */
#include "runtime.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"

enum { RECORDS = 4, PIECES = 3, ALL = RECORDS * PIECES };

/* ---- The wire: a piece every 40 ms --------------------------------------- */

struct wire {
    struct interval every;
    int next;
};

struct piece { /* cancel-safe: the tick is, and nothing comes between */
    struct async async;
    struct wire *wire;
    struct interval_tick tick;
    int number; /* result: 0, 1, 2 ... , and -1 after the last */
};

static enum poll piece_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct piece);
    if (self->wire->next == ALL)
        ASYNC_RETURN(self->number = -1);
    AWAIT(interval_tick(&self->tick, &self->wire->every));
    self->number = self->wire->next++;
    ASYNC_END;
}

static const struct future_ops piece_ops = ASYNC_OPS(piece);

static struct future *piece(struct piece *self, struct wire *wire)
{
    *self = (struct piece){ .async.future.ops = &piece_ops, .wire = wire };
    return &self->async.future;
}

/* ---- A reader puts records together -------------------------------------- */

struct record {
    int pieces[PIECES], have;
};

struct reader {
    struct async async;
    struct wire *wire;
    struct record *record; /* where the pieces go: outside, or `own` */
    struct record own;
    struct piece piece;
    bool end; /* result: the wire is over; otherwise *record is complete */
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    if (!self->record)
        self->record = &self->own;
    while (self->record->have < PIECES) {
        AWAIT(piece(&self->piece, self->wire));
        if (self->piece.number < 0)
            ASYNC_RETURN(self->end = true);
        self->record->pieces[self->record->have++] = self->piece.number;
    }
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

/* The reader goes on with the pieces in `record`.  NULL: it begins a record in
 * its own frame. */
static struct future *reader(struct reader *self, struct wire *wire,
                             struct record *record)
{
    *self = (struct reader){ .async.future.ops = &reader_ops,
                             .wire = wire,
                             .record = record };
    return &self->async.future;
}

/* ---- Read, and be interrupted -------------------------------------------- */

enum version { DROPPED, OUTSIDE, KEPT };

struct receiver {
    struct async async;
    enum version version;
    struct wire wire;
    struct record outside;
    struct interval ticker;
    struct sleep nap;
    struct interval_tick tick;
    struct reader reader;
    struct keep keep;
    struct select select;
    bool reading;             /* KEPT: in the middle of a record */
    int arrived, whole, torn; /* result: pieces and records */
};

static void receive(struct receiver *self, struct record *r)
{
    if (r->pieces[0] % PIECES == 0 && r->pieces[2] == r->pieces[0] + 2)
        self->whole++;
    else
        self->torn++;
    self->arrived += r->have;
    r->have = 0;
}

/* A reader for this round: a new one; or the one that is kept goes on. */
static struct future *receiver_read(struct receiver *self)
{
    struct record *record = self->version == OUTSIDE ? &self->outside : NULL;
    if (self->version != KEPT)
        return reader(&self->reader, &self->wire, record);
    if (!self->reading)
        keep_init(&self->keep, reader(&self->reader, &self->wire, record));
    self->reading = true;
    return keep_lend(&self->keep);
}

static enum poll receiver_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct receiver);
    interval_init(&self->wire.every, 40, INTERVAL_BURST);
    interval_init(&self->ticker, 160, INTERVAL_SKIP);
    AWAIT(interval_tick(&self->tick, &self->ticker)); /* the first is now */
    AWAIT(sleep_ms(&self->nap, 20));
    while (!self->reader.end) {
        SELECT_BIASED() {
            ARM(receiver_read(self)) {
                self->reading = false;
                if (!self->reader.end)
                    receive(self, self->reader.record);
            }
            ARM(interval_tick(&self->tick, &self->ticker)) {
                /* the reader has lost, and the next round begins */
            }
        }
    }
    ASYNC_FINALLY
    keep_drop(&self->keep);
    ASYNC_END;
}

static const struct future_ops receiver_ops = ASYNC_OPS(receiver);

static void run(struct executor *ex, const char *title, enum version version)
{
    struct receiver r = { .async.future.ops = &receiver_ops,
                          .version = version };
    block_on(ex, &r.async.future);
    printf("%-24s %4d %8d %6d %14d %6d\n", title, r.wire.next, r.arrived,
           r.wire.next - r.arrived, r.whole, r.torn);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("%-24s %4s %8s %6s %14s %6s\n", "the pieces are", "sent", "arrived",
           "lost", "records whole", "torn");
    run(&rt.executor, "in the future, dropped", DROPPED);
    run(&rt.executor, "outside", OUTSIDE);
    run(&rt.executor, "in the future, kept", KEPT);
    return runtime_close(&rt);
}
