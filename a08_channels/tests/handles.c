/* Every call of a08 with a handle that must not be used any more: all zeroes,
 * or a copy of one that was dropped, or a struct that was moved.  Each says so,
 * and none crashes. */
#include "a08_channels/broadcast.h"
#include "a08_channels/cancel.h"
#include "a08_channels/file.h"
#include "a08_channels/mpsc_reserve.h"
#include "a08_channels/mutex.h"
#include "a08_channels/notify.h"
#include "a08_channels/oneshot.h"
#include "a08_channels/thread_channel.h"
#include "a08_channels/watch.h"
#include "tests/by_hand.h"

struct act { /* in a process of its own */
    void (*act)(void);
    const char *words;
};

#define ACT(name, call)    \
    static void name(void) \
    {                      \
        (void)(call);      \
    }

static void each_is_said(const struct act *acts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_misuse(acts[i].act, acts[i].words);
}
#define EACH_IS_SAID(acts) each_is_said(acts, sizeof acts / sizeof acts[0])

static int value;
static uint64_t missed;

/* ---- Zeroes: the ends of channels ---------------------------------------- */

static ONESHOT_SENDER(int) one_tx;
static ONESHOT_RECEIVER(int) one_rx;
static struct oneshot_recv one_recv;
static struct oneshot_closed one_closed;
ACT(one_send, oneshot_send(&one_tx, &value))
ACT(one_is_closed, oneshot_is_closed(&one_tx))
ACT(one_wait_closed, oneshot_closed(&one_closed, &one_tx))
ACT(one_close, (oneshot_close(&one_rx), 0))
ACT(one_try, oneshot_try_recv(&one_rx, &value))
ACT(one_receive, oneshot_recv(&one_recv, &one_rx, &value))

static MPSC_SENDER(int) many_tx, many_tx_2;
static MPSC_RECEIVER(int) many_rx;
static MPSC_PERMIT(int) many_permit;
static struct mpsc_send many_sending;
static struct mpsc_recv many_recv;
static struct mpsc_closed many_closed;
static struct mpsc_reserve many_reserving;
ACT(many_clone, (many_tx_2 = mpsc_sender_clone(&many_tx), 0))
ACT(many_is_closed, mpsc_is_closed(&many_tx))
ACT(many_try, mpsc_try_send(&many_tx, &value))
ACT(many_send, mpsc_send(&many_sending, &many_tx, &value))
ACT(many_wait_closed, mpsc_closed(&many_closed, &many_tx))
ACT(many_try_reserve, mpsc_try_reserve(&many_tx, &many_permit))
ACT(many_reserve, mpsc_reserve(&many_reserving, &many_tx, &many_permit))
ACT(many_permit_send, mpsc_permit_send(&many_permit, &value))
ACT(many_len, mpsc_len(&many_rx))
ACT(many_try_receive, mpsc_try_recv(&many_rx, &value))
ACT(many_receive, mpsc_recv(&many_recv, &many_rx, &value))
ACT(many_close, (mpsc_close(&many_rx), 0))

static BROADCAST_SENDER(int) news_tx, news_tx_2;
static BROADCAST_RECEIVER(int) news_rx, news_rx_2;
static struct broadcast_recv news_recv;
ACT(news_clone, (news_tx_2 = broadcast_sender_clone(&news_tx), 0))
ACT(news_subscribe, broadcast_subscribe(&news_tx, &news_rx_2))
ACT(news_receivers, broadcast_receivers(&news_tx))
ACT(news_send, broadcast_send(&news_tx, &value))
ACT(news_resubscribe, broadcast_resubscribe(&news_rx, &news_rx_2))
ACT(news_try, broadcast_try_recv(&news_rx, &value, &missed))
ACT(news_receive, broadcast_recv(&news_recv, &news_rx, &value))

static WATCH_SENDER(int) price_tx, price_tx_2;
static WATCH_RECEIVER(int) price_rx, price_rx_2;
static struct watch_changed price_wait;
ACT(price_clone, (price_tx_2 = watch_sender_clone(&price_tx), 0))
ACT(price_subscribe, watch_subscribe(&price_tx, &price_rx_2))
ACT(price_receivers, watch_receivers(&price_tx))
ACT(price_send, watch_send(&price_tx, &value))
ACT(price_resubscribe, watch_resubscribe(&price_rx, &price_rx_2))
ACT(price_has_changed, watch_has_changed(&price_rx))
ACT(price_read, watch_read(&price_rx, &value))
ACT(price_read_and_mark, watch_read_and_mark(&price_rx, &value))
ACT(price_changed, watch_changed(&price_wait, &price_rx))
ACT(price_wait_for, watch_wait_for(&price_wait, &price_rx, NULL, NULL))

static THREAD_SENDER(int) job_tx, job_tx_2;
static THREAD_RECEIVER(int) job_rx, job_rx_2;
static struct thread_channel_wait job_wait;
ACT(job_clone, (job_tx_2 = thread_channel_sender_clone(&job_tx), 0))
ACT(job_clone_rx, (job_rx_2 = thread_channel_receiver_clone(&job_rx), 0))
ACT(job_block_send, thread_channel_blocking_send(&job_tx, &value))
ACT(job_block_receive, thread_channel_blocking_recv(&job_rx, &value))
ACT(job_send, thread_channel_send(&job_wait, &job_tx, &value))
ACT(job_receive, thread_channel_recv(&job_wait, &job_rx, &value))

static const char tx_zero[] = "this sender is all zeroes";
static const char rx_zero[] = "this receiver is all zeroes";
static const char any_zero[] = "this handle is all zeroes";

static const struct act zeroes[] = {
    { one_send, "this sender has sent" },
    { one_is_closed, tx_zero },
    { one_wait_closed, tx_zero },
    { one_close, rx_zero },
    { one_try, rx_zero },
    { one_receive, rx_zero },
    { many_clone, tx_zero },
    { many_is_closed, tx_zero },
    { many_try, tx_zero },
    { many_send, tx_zero },
    { many_wait_closed, tx_zero },
    { many_try_reserve, tx_zero },
    { many_reserve, tx_zero },
    { many_permit_send, "this permit has no slot" },
    { many_len, rx_zero },
    { many_try_receive, rx_zero },
    { many_receive, rx_zero },
    { many_close, rx_zero },
    { news_clone, tx_zero },
    { news_subscribe, tx_zero },
    { news_receivers, tx_zero },
    { news_send, tx_zero },
    { news_resubscribe, rx_zero },
    { news_try, rx_zero },
    { news_receive, rx_zero },
    { price_clone, tx_zero },
    { price_subscribe, tx_zero },
    { price_receivers, tx_zero },
    { price_send, tx_zero },
    { price_resubscribe, rx_zero },
    { price_has_changed, rx_zero },
    { price_read, rx_zero },
    { price_read_and_mark, rx_zero },
    { price_changed, rx_zero },
    { price_wait_for, rx_zero },
    { job_clone, any_zero },
    { job_clone_rx, any_zero },
    { job_block_send, any_zero },
    { job_block_receive, any_zero },
    { job_send, any_zero },
    { job_receive, any_zero },
};

/* ONE-b, MPSC-o, BC-f, WAT-d, THR-05 */
static void ends_of_zeroes(void **state)
{
    EACH_IS_SAID(zeroes);
    oneshot_sender_drop(&one_tx); /* these are fine */
    oneshot_receiver_drop(&one_rx);
    mpsc_sender_drop(&many_tx);
    mpsc_receiver_drop(&many_rx);
    mpsc_permit_drop(&many_permit);
    broadcast_sender_drop(&news_tx);
    broadcast_receiver_drop(&news_rx);
    watch_sender_drop(&price_tx);
    watch_receiver_drop(&price_rx);
    thread_channel_sender_drop(&job_tx);
    thread_channel_receiver_drop(&job_rx);
}

/* ---- A copy of an end that was dropped ----------------------------------- */

static void open_all(void)
{
    assert_int_equal(oneshot_open(&one_tx, &one_rx, NULL), 0);
    assert_int_equal(mpsc_open(&many_tx, &many_rx, 1, NULL), 0);
    assert_int_equal(broadcast_open(&news_tx, &news_rx, 1, NULL, NULL), 0);
    assert_int_equal(watch_open(&price_tx, &price_rx, &value, NULL, NULL), 0);
    assert_int_equal(thread_channel_open(&job_tx, &job_rx, &ex, 1, NULL), 0);
}

/* The other end is there, and so is the channel. */
#define AFTER_COPY(name, end, drop, call) \
    static void name(void)                \
    {                                     \
        __typeof__(end) moved;            \
        open_all();                       \
        moved = end;                      \
        drop(&moved);                     \
        (void)(call);                     \
    }

#define ONE_TX(name, call) AFTER_COPY(name, one_tx, oneshot_sender_drop, call)
#define ONE_RX(name, call) AFTER_COPY(name, one_rx, oneshot_receiver_drop, call)
#define MANY_TX(name, call) AFTER_COPY(name, many_tx, mpsc_sender_drop, call)
#define MANY_RX(name, call) AFTER_COPY(name, many_rx, mpsc_receiver_drop, call)

ONE_TX(one_tx_twice, (oneshot_sender_drop(&one_tx), 0))
ONE_TX(one_tx_send, oneshot_send(&one_tx, &value))
ONE_TX(one_tx_is_closed, oneshot_is_closed(&one_tx))
ONE_TX(one_tx_closed, oneshot_closed(&one_closed, &one_tx))
ONE_RX(one_rx_twice, (oneshot_receiver_drop(&one_rx), 0))
ONE_RX(one_rx_close, (oneshot_close(&one_rx), 0))
ONE_RX(one_rx_try, oneshot_try_recv(&one_rx, &value))
ONE_RX(one_rx_recv, oneshot_recv(&one_recv, &one_rx, &value))
MANY_TX(many_tx_twice, (mpsc_sender_drop(&many_tx), 0))
MANY_TX(many_tx_try, mpsc_try_send(&many_tx, &value))
MANY_TX(many_tx_clone, (many_tx_2 = mpsc_sender_clone(&many_tx), 0))
MANY_RX(many_rx_twice, (mpsc_receiver_drop(&many_rx), 0))
MANY_RX(many_rx_try, mpsc_try_recv(&many_rx, &value))
MANY_RX(many_rx_len, mpsc_len(&many_rx))
AFTER_COPY(news_tx_twice, news_tx, broadcast_sender_drop,
           (broadcast_sender_drop(&news_tx), 0))
AFTER_COPY(news_tx_send, news_tx, broadcast_sender_drop,
           broadcast_send(&news_tx, &value))
AFTER_COPY(price_tx_twice, price_tx, watch_sender_drop,
           (watch_sender_drop(&price_tx), 0))
AFTER_COPY(price_tx_send, price_tx, watch_sender_drop,
           watch_send(&price_tx, &value))
AFTER_COPY(job_tx_twice, job_tx, thread_channel_sender_drop,
           (thread_channel_sender_drop(&job_tx), 0))
AFTER_COPY(job_tx_send, job_tx, thread_channel_sender_drop,
           thread_channel_blocking_send(&job_tx, &value))
AFTER_COPY(job_rx_twice, job_rx, thread_channel_receiver_drop,
           (thread_channel_receiver_drop(&job_rx), 0))
AFTER_COPY(job_rx_receive, job_rx, thread_channel_receiver_drop,
           thread_channel_blocking_recv(&job_rx, &value))

static const char tx_copy[] = "this sender was dropped or used up, through a";
static const char rx_copy[] = "this receiver was dropped or used up, through";
static const char any_copy[] = "this handle was dropped or used up, through";

static const struct act copies[] = {
    { one_tx_twice, tx_copy },     { one_tx_send, tx_copy },
    { one_tx_is_closed, tx_copy }, { one_tx_closed, tx_copy },
    { one_rx_twice, rx_copy },     { one_rx_close, rx_copy },
    { one_rx_try, rx_copy },       { one_rx_recv, rx_copy },
    { many_tx_twice, tx_copy },    { many_tx_try, tx_copy },
    { many_tx_clone, tx_copy },    { many_rx_twice, rx_copy },
    { many_rx_try, rx_copy },      { many_rx_len, rx_copy },
    { news_tx_twice, tx_copy },    { news_tx_send, tx_copy },
    { price_tx_twice, tx_copy },   { price_tx_send, tx_copy },
    { job_tx_twice, any_copy },    { job_tx_send, any_copy },
    { job_rx_twice, any_copy },    { job_rx_receive, any_copy },
};

/* ONE-b, MPSC-o, BC-f, WAT-d, THR-05 */
static void copies_of_dropped_ends(void **state)
{
    up(NULL);
    EACH_IS_SAID(copies);
    down();
}

/* ---- A copy of a permit or a guard --------------------------------------- */

static void copy_the_permit(void)
{
    MPSC_PERMIT(int) moved;
    assert_int_equal(mpsc_open(&many_tx, &many_rx, 2, NULL), 0);
    assert_int_equal(mpsc_try_reserve(&many_tx, &many_permit), 0);
    moved.permit = many_permit.permit;
    mpsc_permit_drop(&moved);
}

static void many_permit_used_twice(void)
{
    copy_the_permit();
    mpsc_permit_send(&many_permit, &value);
}

static void many_permit_dropped_twice(void)
{
    copy_the_permit();
    mpsc_permit_drop(&many_permit);
}

static void seat_given_back_twice(void)
{
    struct semaphore two;
    struct permit one = { NULL, 0 }, moved;
    semaphore_init(&two, 2);
    semaphore_try_acquire(&two, &one, 2);
    moved = one;
    permit_drop(&moved);
    permit_drop(&one);
}

static void seat_forgotten_twice(void)
{
    struct semaphore two;
    struct permit one = { NULL, 0 }, moved;
    semaphore_init(&two, 2);
    semaphore_try_acquire(&two, &one, 2);
    moved = one;
    permit_forget(&moved);
    permit_forget(&one);
}

static void unlocked_twice(void)
{
    struct mutex lock;
    struct guard one = { { NULL, 0 } }, moved;
    mutex_init(&lock);
    mutex_try_lock(&lock, &one);
    moved = one;
    mutex_unlock(&moved);
    mutex_unlock(&one);
}

/* MPSC-o, SEM-f, MTX-c */
static void copies_of_permits(void **state)
{
    assert_misuse(many_permit_used_twice, "this permit was dropped or used up");
    assert_misuse(many_permit_dropped_twice, "this permit was dropped or used");
    assert_misuse(seat_given_back_twice,
                  "more permits come back than are held");
    assert_misuse(seat_forgotten_twice, "more permits come back than are held");
    assert_misuse(unlocked_twice, "more permits come back than are held");
}

/* ---- Structs: zeroed, dropped, moved ------------------------------------- */

static struct notify changed, changed_2;
static struct notified changed_wait;
static struct semaphore seats, seats_2;
static struct semaphore_acquire seats_wait;
static struct permit permit;
static struct mutex till, till_2;
static struct mutex_lock till_lock;
static struct guard guard;
static struct token stop, stop_2, child;
static struct token_cancelled stop_wait;
static struct probe inner;
static struct token_run stop_run;

/* The same calls, with a struct that is all zeroes, one that was dropped, and
 * one that was moved by a copy. */
static struct notify *notify_at;
static struct semaphore *semaphore_at;
static struct mutex *mutex_at;
static struct token *token_at;
ACT(notify_one_, (notify_one(notify_at), 0))
ACT(notify_all_, (notify_all(notify_at), 0))
ACT(notified_, poll_once(notified(&changed_wait, notify_at)))
ACT(semaphore_add_, (semaphore_add(semaphore_at, 1), 0))
ACT(semaphore_available_, semaphore_available(semaphore_at))
ACT(semaphore_try_, semaphore_try_acquire(semaphore_at, &permit, 1))
ACT(semaphore_acquire_,
    poll_once(semaphore_acquire(&seats_wait, &permit, semaphore_at, 1)))
ACT(semaphore_close_, (semaphore_close(semaphore_at), 0))
ACT(mutex_is_locked_, mutex_is_locked(mutex_at))
ACT(mutex_try_, mutex_try_lock(mutex_at, &guard))
ACT(mutex_lock_, poll_once(mutex_lock(&till_lock, &guard, mutex_at)))
ACT(token_init_, (token_init(&child, token_at), 0))
ACT(token_is_cancelled_, token_is_cancelled(token_at))
ACT(token_cancelled_, poll_once(token_cancelled(&stop_wait, token_at)))
ACT(token_run_,
    poll_once(token_run(&stop_run, token_at, probe(&inner, "inner"))))
ACT(token_cancel_, (token_cancel(token_at), 0))

static void structs_are_said(const char *words)
{
    const struct act acts[] = {
        { notify_one_, words },
        { notify_all_, words },
        { notified_, words },
        { semaphore_add_, words },
        { semaphore_available_, words },
        { semaphore_try_, words },
        { semaphore_acquire_, words },
        { semaphore_close_, words },
        { mutex_is_locked_, words },
        { mutex_try_, words },
        { mutex_lock_, words },
        { token_init_, words },
        { token_is_cancelled_, words },
        { token_cancelled_, words },
        { token_run_, words },
        { token_cancel_, words },
    };
    EACH_IS_SAID(acts);
}

ACT(drop_notify_, (notify_drop(notify_at), 0))
ACT(drop_semaphore_, (semaphore_drop(semaphore_at), 0))
ACT(drop_mutex_, (mutex_drop(mutex_at), 0))
ACT(drop_token_, (token_drop(token_at), 0))

/* NOT-f, SEM-f, MTX-c, TOK-i */
static void structs_that_cannot_be_used(void **state)
{
    static const char zeroed[] = "is all zeroes; was it dropped, or never";
    static const char moved[] = "was moved; it has to stay where it was";
    static const struct act drops[] = {
        { drop_notify_, moved },
        { drop_semaphore_, moved },
        { drop_mutex_, moved },
        { drop_token_, moved },
    };
    notify_at = &changed;
    semaphore_at = &seats;
    mutex_at = &till;
    token_at = &stop;
    structs_are_said(zeroed);
    notify_drop(&changed); /* these are fine */
    semaphore_drop(&seats);
    mutex_drop(&till);
    token_drop(&stop);

    notify_init(&changed);
    semaphore_init(&seats, 1);
    mutex_init(&till);
    token_init(&stop, NULL);
    changed_2 = changed;
    seats_2 = seats;
    till_2 = till;
    stop_2 = stop;
    notify_at = &changed_2;
    semaphore_at = &seats_2;
    mutex_at = &till_2;
    token_at = &stop_2;
    structs_are_said(moved);
    EACH_IS_SAID(drops);

    notify_drop(notify_at = &changed);
    semaphore_drop(semaphore_at = &seats);
    mutex_drop(mutex_at = &till);
    token_drop(token_at = &stop);
    structs_are_said(zeroed);
}

/* TOK-f: what was cancelled stays so, also without its struct. */
static void cancelled_and_dropped(void **state)
{
    token_init(&stop, NULL);
    token_cancel(&stop);
    stop_2 = stop;
    token_at = &stop_2;
    assert_misuse(drop_token_, "was moved; it has to stay where it was");
    token_drop(&stop);
    token_cancel(&stop);
    assert_true(token_is_cancelled(&stop));
    assert_int_equal(poll_once(token_cancelled(&stop_wait, &stop)), POLL_READY);
    token_init(&child, &stop);
    assert_true(token_is_cancelled(&child));
    token_drop(&child);
}

/* ---- Files --------------------------------------------------------------- */

static struct file *file;
static struct file_read reading;
static struct file_write writing;
static char byte;
ACT(read_nothing, file_read(&reading, file, &byte, 1))
ACT(write_nothing, file_write(&writing, file, &byte, 1))
ACT(read_no_bytes, file_read(&reading, file, &byte, 0))

/* FILE-a */
static void files_that_are_not_open(void **state)
{
    static const struct act acts[] = {
        { read_nothing, "file_read: this file is not open" },
        { write_nothing, "file_write: this file is not open" },
    };
    EACH_IS_SAID(acts);
    file_close(file); /* this is fine */
    assert_int_equal(file_from(&file, 0), 0);
    assert_misuse(read_no_bytes, "file_read: a buffer of 0 bytes");
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_of_zeroes),
        cmocka_unit_test(copies_of_dropped_ends),
        cmocka_unit_test(copies_of_permits),
        cmocka_unit_test(structs_that_cannot_be_used),
        cmocka_unit_test(cancelled_and_dropped),
        cmocka_unit_test(files_that_are_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
