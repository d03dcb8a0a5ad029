/* When does a task need a lock, although nothing else runs at the same instant?
 *
 * Tasks of one executor take turns, and they do so where one of them awaits.
 * Here three clerks each put 10 into an account: one reads the balance, waits
 * 20 ms for a signature, and writes the new balance.  While it waits, the
 * others read the old one.
 *
 * Run:    ./a08_mutex
 * Watch:  Without a lock two of three deposits are lost.  With one, the clerks
 *         follow each other, so it takes three times as long.  A clerk that
 *         waits first, and then reads and writes without an AWAIT in between,
 *         needs no lock at all.
 *
 * Expected output:
 *     no lock                      20 ms  balance 10
 *     a lock                       60 ms  balance 30
 *     a lock, and one falls ill    50 ms  balance 20
 *     no lock, no AWAIT between    20 ms  balance 30
 *
 * Try:    Let the clerk that falls ill not unlock in ASYNC_FINALLY: the others
 *         wait without end, and the executor reports it.
 *         Let a clerk lock the account a second time while it has it: it waits
 *         for itself.
 */
#include "a08_channels/mutex.h"
#include "runtime.h"

enum { CLERKS = 3 };
enum way { NO_LOCK, LOCK, LOCK_AND_ILL, NO_AWAIT, WAYS };
static const char *const names[WAYS] = {
    "no lock",
    "a lock",
    "a lock, and one falls ill",
    "no lock, no AWAIT between",
};

struct account {
    struct mutex mutex;
    int balance;
};

/* ---- A clerk ------------------------------------------------------------- */

struct clerk {
    struct async async;
    struct account *account;
    enum way way;
    struct mutex_lock lock;
    struct guard guard;
    struct sleep signature;
    int balance; /* as it was read */
};

static enum poll clerk_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct clerk);
    if (self->way == LOCK || self->way == LOCK_AND_ILL)
        AWAIT(mutex_lock(&self->lock, &self->guard, &self->account->mutex));
    self->balance = self->account->balance;
    AWAIT(sleep_ms(&self->signature, 20));
    if (self->way == NO_AWAIT)
        self->balance = self->account->balance;
    self->account->balance = self->balance + 10;
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops clerk_ops = ASYNC_OPS(clerk);

static struct future *clerk(struct clerk *self, struct account *account,
                            enum way way)
{
    *self = (struct clerk){ .async.future.ops = &clerk_ops,
                            .account = account,
                            .way = way };
    return &self->async.future;
}

/* ---- The bank ------------------------------------------------------------ */

struct bank {
    struct async async;
    struct account account;
    enum way way;
    struct task *clerks[CLERKS];
    struct sleep nap;
    struct join join;
    uint64_t began;
    int i;
};

static void bank_opens(struct bank *self, struct executor *executor)
{
    mutex_init(&self->account.mutex);
    self->account.balance = 0;
    self->began = executor_now(executor);
    for (int i = 0; i < CLERKS; i++)
        self->clerks[i] =
            task_spawn(executor, clerk(task_slot(struct clerk), &self->account,
                                       self->way));
}

static void bank_closes(struct bank *self)
{
    for (int i = 0; i < CLERKS; i++) {
        task_abort(self->clerks[i]);
        task_detach(self->clerks[i]);
        self->clerks[i] = NULL;
    }
    mutex_drop(&self->account.mutex); /* no clerk is left that needs it */
}

static enum poll bank_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct bank);
    for (self->way = 0; self->way < WAYS; self->way++) {
        bank_opens(self, cx->executor);
        if (self->way == LOCK_AND_ILL) {
            AWAIT(sleep_ms(&self->nap, 10));
            task_abort(self->clerks[0]); /* it has the lock */
        }
        for (self->i = 0; self->i < CLERKS; self->i++)
            AWAIT(task_join(&self->join, self->clerks[self->i]));
        printf("%-26s  %3d ms  balance %d\n", names[self->way],
               (int)(executor_now(cx->executor) - self->began) / 10 * 10,
               self->account.balance);
        bank_closes(self);
    }
    ASYNC_FINALLY
    bank_closes(self);
    ASYNC_END;
}

static const struct future_ops bank_ops = ASYNC_OPS(bank);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct bank bank = { .async.future.ops = &bank_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &bank.async.future);
}
