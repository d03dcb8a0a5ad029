/* oneshot.h, watch.h and notify.h belong to one thread.  Another thread reaches
 * them by a message to the inbox; nothing that it sends is lost. */
#include "a08_channels/notify.h"
#include "a08_channels/oneshot.h"
#include "a08_channels/watch.h"
#include "tests/support.h"

enum { ROUNDS = 2000 };

typedef ONESHOT_SENDER(int) answer_tx;
typedef ONESHOT_RECEIVER(int) answer_rx;
typedef WATCH_SENDER(int) level_tx;
typedef WATCH_RECEIVER(int) level_rx;

static struct notify bell_rang;
static level_tx level;
static int rung, refused;

struct post { /* what the thread posts */
    struct message message;
    answer_tx tx;
    int number;
};

struct thread {
    uv_thread_t id;
    struct inbox *inbox;
    struct post *posts; /* ROUNDS of them */
};

static void post_all(void *arg)
{
    struct thread *self = arg;
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(inbox_post(self->inbox, &self->posts[i].message), 0);
    inbox_close(self->inbox);
}

static void start(struct thread *self,
                  void (*run)(struct message *m, struct executor *ex))
{
    self->posts = calloc(ROUNDS, sizeof *self->posts);
    assert_non_null(self->posts);
    for (int i = 0; i < ROUNDS; i++)
        self->posts[i] = (struct post){ .message.run = run, .number = i };
    self->inbox = inbox_open(&ex);
    assert_non_null(self->inbox);
}

static void go(struct thread *self)
{
    assert_int_equal(uv_thread_create(&self->id, post_all, self), 0);
}

static void end(struct thread *self)
{
    uv_thread_join(&self->id);
    executor_run(&ex);
    free(self->posts);
    down();
}

/* ---- oneshot ------------------------------------------------------------- */

static void answer_run(struct message *m, struct executor *e)
{
    struct post *p = container_of(m, struct post, message);
    (void)e;
    refused += oneshot_send(&p->tx, &p->number) != 0;
}

/* ONE-11: every second receiver is dropped meanwhile. */
static void answers_of_a_thread(void **state)
{
    static answer_rx rx[ROUNDS];
    struct thread thread;
    refused = 0;
    up(NULL);
    start(&thread, answer_run);
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(oneshot_open(&thread.posts[i].tx, &rx[i], NULL), 0);
    go(&thread);
    for (int i = 0; i < ROUNDS; i++) {
        struct oneshot_recv recv;
        int got = -1;
        if (i % 2 == 0) {
            block_on(&ex, oneshot_recv(&recv, &rx[i], &got));
            assert_int_equal(recv.status, 0);
            assert_int_equal(got, i);
        }
        oneshot_receiver_drop(&rx[i]);
    }
    end(&thread);
    assert_true(refused <= ROUNDS / 2);
}

/* ---- watch --------------------------------------------------------------- */

static void level_run(struct message *m, struct executor *e)
{
    (void)e;
    assert_int_equal(watch_send(&level,
                                &container_of(m, struct post, message)->number),
                     0);
}

/* WAT-11 */
static void levels_of_a_thread(void **state)
{
    struct thread thread;
    struct watch_changed changed;
    level_rx rx;
    int now = -1, before;
    up(NULL);
    assert_int_equal(watch_open(&level, &rx, &now, NULL, NULL), 0);
    start(&thread, level_run);
    go(&thread);
    do {
        before = now;
        block_on(&ex, watch_changed(&changed, &rx));
        watch_read(&rx, &now);
        assert_true(now > before);
    } while (now < ROUNDS - 1);
    watch_sender_drop(&level);
    watch_receiver_drop(&rx);
    end(&thread);
}

/* ---- notify -------------------------------------------------------------- */

static void notify_run(struct message *m, struct executor *e)
{
    (void)m, (void)e;
    rung++;
    notify_one(&bell_rang);
}

/* NOT-07 */
static void notifications_of_a_thread(void **state)
{
    struct thread thread;
    struct notified wait;
    rung = 0;
    up(NULL);
    notify_init(&bell_rang);
    start(&thread, notify_run);
    go(&thread);
    while (rung < ROUNDS)
        block_on(&ex, notified(&wait, &bell_rang));
    end(&thread);
    notify_drop(&bell_rang);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_a_thread),
        cmocka_unit_test(levels_of_a_thread),
        cmocka_unit_test(notifications_of_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
