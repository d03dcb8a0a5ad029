/* cancel.h against a model: a tree of tokens that comes and goes. */
#include "a08_channels/cancel.h"
#include "tests/model.h"

enum { TOKENS = 8, NONE = -1 };

static struct { /* the block */
    struct token
        *token[TOKENS]; /* on the heap: nobody may look at a dead one */
    struct token_cancelled cancelled[TOKENS];
} real;

static struct waiting waits[TOKENS]; /* one at each token */

static struct { /* the model */
    bool alive, cancelled;
    bool waits; /* a future that was PENDING, and was not dropped */
    int parent;
} want[TOKENS];

static bool want_below(int i, int top)
{
    while (i != NONE && i != top)
        i = want[i].parent;
    return i == top;
}

static void step_make(int i)
{
    int parent = (int)roll(TOKENS + 1) - 1;
    if (want[i].alive || waits[i].future)
        return;
    if (parent != NONE && !want[parent].alive)
        parent = NONE;
    model_say("make %d below %d", i, parent);
    real.token[i] = malloc(sizeof *real.token[i]);
    assert_non_null(real.token[i]);
    token_init(real.token[i], parent == NONE ? NULL : real.token[parent]);
    want[i].alive = true;
    want[i].parent = parent;
    want[i].cancelled = parent != NONE && want[parent].cancelled;
}

static void step_cancel(int i)
{
    if (!want[i].alive || roll(4))
        return;
    model_say("cancel %d", i);
    token_cancel(real.token[i]);
    for (int k = 0; k < TOKENS; k++)
        if (want[k].alive && want_below(k, i))
            want[k].cancelled = true;
}

/* A wait that was woken may stay. */
static void step_drop(int i)
{
    if (!want[i].alive)
        return;
    model_say("drop %d", i);
    if (!want[i].cancelled)
        waiting_drop(&waits[i]);
    if (!waits[i].future)
        want[i].waits = false;
    token_drop(real.token[i]);
    free(real.token[i]);
    want[i].alive = false;
    for (int k = 0; k < TOKENS; k++)
        if (want[k].alive && want[k].parent == i)
            want[k].parent = want[i].parent;
}

static void step_poll(int i)
{
    if (!want[i].alive && !want[i].waits)
        return;
    model_say("poll the wait for %d", i);
    if (!waits[i].future)
        waits[i].future = token_cancelled(&real.cancelled[i], real.token[i]);
    want[i].waits = !want[i].cancelled;
    assert_int_equal(waiting_poll(&waits[i]),
                     want[i].waits ? POLL_PENDING : POLL_READY);
}

static void model_begin(void)
{
    memset(want, 0, sizeof want);
}

static void model_end(void)
{
    for (int i = 0; i < TOKENS; i++) {
        waiting_drop(&waits[i]);
        if (want[i].alive)
            step_drop(i);
    }
}

static void model_step(void)
{
    int i = (int)roll(TOKENS);
    switch (roll(7)) {
    case 0:
        step_cancel(i);
        break;
    case 1:
        if (roll(2))
            step_drop(i);
        break;
    case 2:
        model_say("drop the wait for %d", i);
        waiting_drop(&waits[i]);
        want[i].waits = false;
        break;
    case 3:
    case 4:
        step_make(i);
        break;
    default:
        step_poll(i);
    }
    for (i = 0; i < TOKENS; i++) {
        waiting_check(&waits[i]);
        assert_int_equal(waiting_woken(&waits[i]),
                         want[i].waits && want[i].cancelled);
        if (want[i].alive)
            assert_int_equal(token_is_cancelled(real.token[i]),
                             want[i].cancelled);
    }
}

int main(int argc, char **argv)
{
    return model_main(argc, argv, "cancel_model");
}
