/* session.h: one client of a07_echo, over a real socket. */
#include "a05_spawn/tests/tcp_peer.h"
#include "a07_select/session.h"

static struct session_rules rules;
static struct session *self;
static struct task *task;
static int peer;

/* A session in a task; its limits are short, or so long that none is met. */
static void start(uint64_t silence)
{
    up(&virtual_clock);
    rules = (struct session_rules){ .silence = silence, .line = 16 };
    self = task_slot(struct session);
    task = task_spawn(&ex, session(self, pair(&peer), &rules));
}

/* Let the session do what it can. */
static void turns(void)
{
    struct sleep nap;
    for (int i = 0; i < 5; i++)
        block_on(&ex, sleep_ms(&nap, 1));
}

static void end(void)
{
    assert_int_equal(join_status(task), 0);
    task_detach(task);
    close(peer);
    down();
}

/* The client hears this, and the end; then it ends, too. */
static void end_with(const char *words)
{
    while (!self->drain.tcp && !task_is_over(task))
        turns(); /* it has half-closed, or closed */
    assert_string_equal(peer_hears(peer, 0), words);
    (void)shutdown(peer, SHUT_WR);
    end();
}

/* SRV-01 */
static void lines_come_back_whole_however_they_came(void **state)
{
    start(60000);
    peer_says(peer, "hel");
    turns();
    assert_string_equal(peer_hears(peer, MSG_DONTWAIT), "");
    peer_says(peer, "lo\nwor");
    turns();
    assert_string_equal(peer_hears(peer, MSG_DONTWAIT), "hello\n");
    peer_says(peer, "ld\na\nb\n");
    turns();
    assert_string_equal(peer_hears(peer, MSG_DONTWAIT), "world\na\nb\n");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    end();
}

/* SRV-02 */
static void a_silent_client_is_told_and_let_go(void **state)
{
    start(30);
    peer_says(peer, "hello\n");
    end_with("hello\nbye: you are silent\n");
}

/* SRV-02 */
static void a_client_that_ends_is_told_nothing(void **state)
{
    start(60000);
    peer_says(peer, "hello\nand half a");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    end_with("hello\n");
}

/* SRV-03 */
static void a_line_that_is_too_long_is_the_last(void **state)
{
    start(60000);
    peer_says(peer, "just as long ok\n"); /* 16 bytes */
    peer_says(peer, "this one is longer\n");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    end_with("just as long ok\nbye: your line is too long\n");
}

/* SRV-04 */
static void a_client_that_does_not_read_is_let_go(void **state)
{
    static const char lines[] = "1234567\n1234567\n1234567\n1234567\n";
    int small = 1;
    start(30);
    setsockopt(self->tcp->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    while (!task_is_over(task))
        if (send(peer, lines, sizeof lines - 1, MSG_DONTWAIT) < 0)
            turns();
    assert_int_equal(self->timeout.status, UV_ETIMEDOUT);
    end();
}

/* SRV-05 */
static void a_server_that_stops_lets_a_client_finish_its_line(void **state)
{
    start(60000);
    peer_says(peer, "half");
    turns();
    rules.stopping = true;
    peer_says(peer, " a line\n");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    end_with("half a line\nbye: the server ends\n");
}

/* SRV-06 */
static void one_that_is_dropped_closes_its_connection(void **state)
{
    for (int polled = 0; polled < 2; polled++) {
        start(60000);
        if (polled)
            turns();
        task_abort(task);
        assert_string_equal(peer_hears(peer, 0), ""); /* and the end */
        task_detach(task);
        close(peer);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back_whole_however_they_came),
        cmocka_unit_test(a_silent_client_is_told_and_let_go),
        cmocka_unit_test(a_client_that_ends_is_told_nothing),
        cmocka_unit_test(a_line_that_is_too_long_is_the_last),
        cmocka_unit_test(a_client_that_does_not_read_is_let_go),
        cmocka_unit_test(a_server_that_stops_lets_a_client_finish_its_line),
        cmocka_unit_test(one_that_is_dropped_closes_its_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
