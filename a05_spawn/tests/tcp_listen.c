/* tcp_listen.h: listeners, over real sockets on 127.0.0.1. */
#include "tcp_peer.h"
#include <sys/resource.h>

/* TCP-16 */
static void clients_are_accepted_in_the_order_they_came(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    char buffer[8];
    int peers[3];
    up(&virtual_clock);
    listener = listener_open();
    for (int i = 0; i < 3; i++) {
        peers[i] = peer_connect(listener);
        peer_says(peers[i], (const char *[]){ "a", "b", "c" }[i]);
    }
    for (int i = 0; i < 3; i++) {
        block_on(&ex, tcp_accept(&a, listener));
        assert_int_equal(a.status, 0);
        read_some_into(a.tcp, buffer, sizeof buffer);
        trace("%s", buffer);
        tcp_close(a.tcp);
        close(peers[i]);
    }
    expect_trace("a b c");
    tcp_close(listener);
    down();
}

/* TCP-16 */
static void where_one_cannot_listen_it_says_why(void **state)
{
    struct tcp *listener, *other;
    int port;
    up(&virtual_clock);
    listener = listener_open();
    port = tcp_port(listener);
    assert_in_range(port, 1, 65535);
    assert_int_equal(tcp_listen(&other, &ex, "127.0.0.1", port), UV_EADDRINUSE);
    assert_null(other);
    assert_int_equal(tcp_listen(&other, &ex, "localhost", 0), UV_EINVAL);
    assert_int_equal(tcp_listen(&other, &ex, "127.0.0.1", 65536), UV_EINVAL);
    assert_int_equal(tcp_listen(&other, &ex, "192.0.2.1", 0),
                     UV_EADDRNOTAVAIL); /* it is nobody's */
    tcp_close(listener);
    assert_int_equal(tcp_listen(&listener, &ex, "127.0.0.1", port), 0);
    tcp_close(listener);
    down();
}

/* TCP-16 */
static void to_wait_for_a_client_is_no_deadlock(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    up(&virtual_clock);
    bell.rings = 0;
    listener = listener_open();
    assert_false(uv_loop_alive(&loop));
    assert_int_equal(poll_with(&ex, tcp_accept(&a, listener)), POLL_PENDING);
    assert_true(uv_loop_alive(&loop));
    future_drop(&a.async.future);
    assert_false(uv_loop_alive(&loop));
    tcp_close(listener);
    down();
}

/* TCP-17 */
static void a_dropped_accept_takes_no_client(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    int peer;
    up(&virtual_clock);
    for (int looks = 0; looks < 2; looks++) {
        bell.rings = 0;
        listener = listener_open();
        assert_int_equal(poll_with(&ex, tcp_accept(&a, listener)),
                         POLL_PENDING);
        peer = peer_connect(listener);
        if (looks)
            look(); /* it was woken, and not polled since */
        assert_int_equal(bell.rings, looks);
        future_drop(&a.async.future);
        look();
        assert_int_equal(bell.rings, looks);
        block_on(&ex, tcp_accept(&a, listener));
        assert_int_equal(a.status, 0);
        tcp_close(a.tcp);
        tcp_close(listener);
        close(peer);
    }
    down();
}

/* TCP-17 */
static void clients_nobody_accepted_hear_of_the_end(void **state)
{
    struct tcp *listener;
    char byte;
    int peer;
    up(&virtual_clock);
    listener = listener_open();
    peer = peer_connect(listener);
    tcp_close(listener);
    assert_true(recv(peer, &byte, 1, 0) <= 0);
    close(peer);
    down();
}

/* ---- Nothing left -------------------------------------------------------- */

static const int shortages[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM };
enum { SHORTAGES = sizeof shortages / sizeof shortages[0] };

/* TCP-18 */
static void a_shortage_is_told_once_and_then_it_waits(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    int peer;
    up(&virtual_clock);
    listener = listener_open();
    for (int i = 0; i < SHORTAGES; i++) {
        struct sleep second;
        uint64_t start = executor_now(&ex);
        peer = peer_connect(listener);
        accept_error = shortages[i];
        block_on(&ex, tcp_accept(&a, listener));
        assert_int_equal(a.status, uv_translate_sys_error(shortages[i]));
        assert_null(a.tcp);
        accept_tries = 0;
        tcp_accept(&a, listener);
        assert_int_equal(poll_with(&ex, &a.async.future), POLL_PENDING);
        for (int ms = 0; ms < 1000; ms += 100) {
            block_on(&ex, sleep_ms(&second, 100));
            assert_int_equal(poll_with(&ex, &a.async.future), POLL_PENDING);
        }
        assert_int_equal(accept_tries, 10); /* in a second */
        accept_error = 0;
        block_on(&ex, sleep_ms(&second, 100));
        assert_int_equal(poll_with(&ex, &a.async.future), POLL_READY);
        assert_int_equal(a.status, 0);
        assert_int_equal(executor_now(&ex) - start, 1100);
        tcp_close(a.tcp);
        close(peer);
    }
    tcp_close(listener);
    down();
}

/* TCP-18 */
static void when_the_shortage_is_over_the_next_is_told_again(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    struct sleep pause;
    int peer;
    up(&virtual_clock);
    listener = listener_open();
    for (int i = 0; i < 2; i++) {
        peer = peer_connect(listener);
        accept_error = EMFILE;
        block_on(&ex, tcp_accept(&a, listener));
        assert_int_equal(a.status, UV_EMFILE);
        accept_error = i ? EAGAIN : 0; /* the client may be gone by then */
        assert_int_equal(poll_with(&ex, tcp_accept(&a, listener)),
                         POLL_PENDING);
        block_on(&ex, sleep_ms(&pause, TCP_RETRY_MS));
        if (i) {
            assert_int_equal(poll_with(&ex, &a.async.future), POLL_PENDING);
            accept_error = 0;
            look();
        }
        assert_int_equal(poll_with(&ex, &a.async.future), POLL_READY);
        assert_int_equal(a.status, 0);
        tcp_close(a.tcp);
        close(peer);
    }
    tcp_close(listener);
    down();
}

/* TCP-18 */
static void a_client_that_has_hung_up_is_passed_over(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    int peer;
    up(&virtual_clock);
    listener = listener_open();
    peer = peer_connect(listener);
    assert_int_equal(poll_with(&ex, tcp_accept(&a, listener)), POLL_PENDING);
    accept_error = ECONNABORTED;
    look();
    assert_int_equal(poll_with(&ex, &a.async.future), POLL_PENDING);
    accept_error = 0;
    block_on(&ex, &a.async.future);
    assert_int_equal(a.status, 0);
    tcp_close(a.tcp);
    tcp_close(listener);
    close(peer);
    down();
}

/* TCP-18 */
static void no_descriptor_is_left_until_somebody_closes(void **state)
{
    struct rlimit before, few;
    struct tcp_accept a;
    struct tcp *listener;
    char buffer[8];
    int peers[2], fills[64], spare, fd, fill = 0;
    up(&virtual_clock);
    listener = listener_open();
    for (int i = 0; i < 2; i++)
        peers[i] = peer_connect(listener);
    peer_says(peers[0], "first");
    spare = dup(0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)spare + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while ((fd = dup(0)) >= 0) { /* the gaps below it, too */
        assert_true(fill < 64);
        fills[fill++] = fd;
    }
    block_on(&ex, tcp_accept(&a, listener));
    assert_int_equal(a.status, UV_EMFILE);
    tcp_accept(&a, listener);
    assert_int_equal(poll_with(&ex, &a.async.future), POLL_PENDING);
    close(spare);
    block_on(&ex, &a.async.future);
    assert_int_equal(a.status, 0);
    assert_int_equal(read_some_into(a.tcp, buffer, sizeof buffer), 5);
    assert_string_equal(buffer, "first");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    tcp_close(a.tcp);
    tcp_close(listener);
    while (fill > 0)
        close(fills[--fill]);
    close(peers[0]);
    close(peers[1]);
    down();
}

/* TCP-14 */
static void an_accept_that_fails_leaves_nothing_open(void **state)
{
    struct tcp_accept a;
    struct tcp *listener;
    int n, lost = 0, peer = -1;
    up(&virtual_clock);
    listener = listener_open();
    for (n = 0;; n++) {
        if (peer < 0)
            peer = peer_connect(listener);
        calls_left = n;
        block_on(&ex, tcp_accept(&a, listener));
        if (calls_left >= 0)
            break;
        assert_true(a.status < 0);
        assert_null(a.tcp);
        if (n >= 2) { /* it was accepted, and could not be kept */
            assert_string_equal(peer_hears(peer, 0), "");
            close(peer);
            peer = -1;
            lost++;
        }
        listener->starved = false; /* tell the next one, too */
    }
    calls_left = -1;
    assert_int_equal(n, 5); /* memory, accept, flag, delay, libuv */
    assert_int_equal(lost, 3);
    assert_int_equal(a.status, 0);
    tcp_close(a.tcp);
    close(peer);
    tcp_close(listener);
    down();
}

/* ---- Many ---------------------------------------------------------------- */

struct echo { /* sends back what it gets */
    struct async async;
    struct tcp *tcp;
    char buffer[16];
    struct tcp_read read;
    struct tcp_write write;
};

static int echoes_open;

static enum poll echo_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct echo);
    for (;;) {
        AWAIT(tcp_read(&self->read, self->tcp, self->buffer,
                       sizeof self->buffer));
        if (self->read.n <= 0)
            break;
        AWAIT(tcp_write(&self->write, self->tcp, self->buffer,
                        (size_t)self->read.n));
    }
    ASYNC_FINALLY
    tcp_close(self->tcp);
    echoes_open--;
    ASYNC_END;
}

static const struct future_ops echo_ops = ASYNC_OPS(echo);

static struct future *echo(struct echo *self, struct tcp *tcp)
{
    *self = (struct echo){ .async.future.ops = &echo_ops, .tcp = tcp };
    echoes_open++;
    return &self->async.future;
}

struct server {
    struct async async;
    struct tcp *listener;
    struct tcp_accept accept;
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    for (;;) {
        AWAIT(tcp_accept(&self->accept, self->listener));
        assert_int_equal(self->accept.status, 0);
        spawn(echo(task_slot(struct echo), self->accept.tcp));
    }
    ASYNC_FINALLY
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

struct client { /* says a word, and hears it */
    struct async async;
    int port;
    struct tcp *tcp;
    char buffer[16];
    struct tcp_connect connect;
    struct tcp_write write;
    struct tcp_read read;
    struct sleep nap;
};

static int clients_served, clients_wanted, most_open;

static enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);
    AWAIT(tcp_connect(&self->connect, "127.0.0.1", self->port));
    assert_int_equal(self->connect.status, 0);
    self->tcp = self->connect.tcp;
    AWAIT(tcp_write(&self->write, self->tcp, "hello", 5));
    AWAIT(tcp_read(&self->read, self->tcp, self->buffer, 16));
    assert_int_equal(self->read.n, 5);
    clients_served++;
    if (echoes_open > most_open)
        most_open = echoes_open;
    while (clients_served < clients_wanted) /* all are there at once */
        AWAIT(sleep_ms(&self->nap, 10));
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

/* TCP-19 */
static void a_thousand_connections_on_one_thread(void **state)
{
    struct server *server = task_slot(struct server);
    struct rlimit files;
    struct sleep nap;
    struct task *t;
    int port;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    clients_wanted = files.rlim_cur >= 2100 ? 1000 : (int)files.rlim_cur / 3;
    up(NULL);
    *server = (struct server){ .async.future.ops = &server_ops,
                               .listener = listener_open() };
    port = tcp_port(server->listener);
    t = task_spawn(&ex, &server->async.future);
    for (int i = 0; i < clients_wanted; i++) {
        struct client *c = task_slot(struct client);
        *c = (struct client){ .async.future.ops = &client_ops, .port = port };
        spawn(&c->async.future);
    }
    while (clients_served < clients_wanted || echoes_open > 0)
        block_on(&ex, sleep_ms(&nap, 1));
    assert_int_equal(most_open, clients_wanted);
    task_abort(t);
    task_detach(t);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_are_accepted_in_the_order_they_came),
        cmocka_unit_test(where_one_cannot_listen_it_says_why),
        cmocka_unit_test(to_wait_for_a_client_is_no_deadlock),
        cmocka_unit_test(a_dropped_accept_takes_no_client),
        cmocka_unit_test(clients_nobody_accepted_hear_of_the_end),
        cmocka_unit_test(a_shortage_is_told_once_and_then_it_waits),
        cmocka_unit_test(when_the_shortage_is_over_the_next_is_told_again),
        cmocka_unit_test(a_client_that_has_hung_up_is_passed_over),
        cmocka_unit_test(no_descriptor_is_left_until_somebody_closes),
        cmocka_unit_test(an_accept_that_fails_leaves_nothing_open),
        cmocka_unit_test(a_thousand_connections_on_one_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
