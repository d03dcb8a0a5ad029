/* tcp.h: connections, over real sockets on 127.0.0.1. */
#include "tcp_peer.h"
#include "a04_join/join.h"

static const char hello[] = "hello";

/* ---- Read, write, end ---------------------------------------------------- */

/* TCP-01 */
static void a_connection_carries_bytes_both_ways(void **state)
{
    struct tcp_connect c;
    struct tcp_accept a;
    struct tcp *listener;
    char buffer[64];
    up(&virtual_clock);
    listener = listener_open();
    block_on(&ex, tcp_connect(&c, "127.0.0.1", tcp_port(listener)));
    block_on(&ex, tcp_accept(&a, listener));
    assert_int_equal(c.status, 0);
    assert_int_equal(a.status, 0);
    assert_int_equal(write_all(c.tcp, "to the server"), 0);
    assert_int_equal(read_some_into(a.tcp, buffer, sizeof buffer), 13);
    assert_string_equal(buffer, "to the server");
    assert_int_equal(write_all(a.tcp, "and back"), 0);
    assert_int_equal(read_some_into(c.tcp, buffer, sizeof buffer), 8);
    assert_string_equal(buffer, "and back");
    tcp_close(c.tcp);
    tcp_close(a.tcp);
    tcp_close(listener);
    down();
}

/* TCP-02 */
static void read_takes_what_is_there_and_no_more(void **state)
{
    char buffer[4];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    peer_says(peer, hello);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 3);
    assert_string_equal(buffer, "hel");
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 2);
    assert_string_equal(buffer, "lo");
    close(peer);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 0);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 0);
    tcp_close(t);
    down();
}

enum { MUCH = 4 << 20 };

/* Much is more than the system takes at once. */
static void narrow(struct tcp *t)
{
    int bytes = 10000;
    assert_int_equal(setsockopt(t->fd, SOL_SOCKET, SO_SNDBUF, &bytes,
                                sizeof bytes),
                     0);
}

struct drain { /* reads until the end, and compares */
    struct async async;
    struct tcp *tcp;
    char buffer[8192];
    struct tcp_read read;
    size_t total;
};

static enum poll drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct drain);
    for (;;) {
        AWAIT(tcp_read(&self->read, self->tcp, self->buffer,
                       sizeof self->buffer));
        if (self->read.n <= 0)
            break;
        for (int i = 0; i < self->read.n; i++, self->total++)
            assert_int_equal((unsigned char)self->buffer[i], self->total % 251);
    }
    ASYNC_END;
}

static const struct future_ops drain_ops = ASYNC_OPS(drain);

struct pour { /* writes it all, then half-closes */
    struct async async;
    struct tcp *tcp;
    const char *data;
    size_t size;
    struct tcp_write write;
};

static enum poll pour_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct pour);
    AWAIT(tcp_write(&self->write, self->tcp, self->data, self->size));
    assert_int_equal(tcp_shutdown(self->tcp), 0);
    ASYNC_END;
}

static const struct future_ops pour_ops = ASYNC_OPS(pour);

/* TCP-03 */
static void write_waits_for_room_until_all_is_sent(void **state)
{
    struct drain drain = { .async.future.ops = &drain_ops };
    struct pour pour = { .async.future.ops = &pour_ops, .size = MUCH };
    struct tcp_connect c;
    struct tcp_accept a;
    struct join_two both;
    struct tcp *listener;
    char *data = malloc(MUCH);
    assert_non_null(data);
    for (int i = 0; i < MUCH; i++)
        data[i] = (char)(i % 251);
    up(&virtual_clock);
    listener = listener_open();
    block_on(&ex, tcp_connect(&c, "127.0.0.1", tcp_port(listener)));
    block_on(&ex, tcp_accept(&a, listener));
    pour.tcp = c.tcp;
    pour.data = data;
    drain.tcp = a.tcp;
    block_on(&ex, join_two(&both, &pour.async.future, &drain.async.future));
    assert_int_equal(pour.write.status, 0);
    assert_int_equal(pour.write.sent, MUCH);
    assert_int_equal(drain.total, MUCH);
    assert_int_equal(drain.read.n, 0);
    tcp_close(c.tcp);
    tcp_close(a.tcp);
    tcp_close(listener);
    down();
    free(data);
}

/* TCP-04 */
static void after_half_close_the_other_way_still_works(void **state)
{
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    assert_int_equal(write_all(t, "last words"), 0);
    assert_int_equal(tcp_shutdown(t), 0);
    assert_string_equal(peer_hears(peer, 0), "last words"); /* and the end */
    assert_int_equal(write_all(t, "more"), UV_EPIPE);
    peer_says(peer, "I have heard");
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 12);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 0);
    tcp_close(t);
    close(peer);
    down();
}

/* TCP-04 */
static void after_the_peers_end_we_can_still_write(void **state)
{
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 0);
    assert_int_equal(write_all(t, "answer"), 0);
    tcp_close(t);
    assert_string_equal(peer_hears(peer, 0), "answer");
    close(peer);
    down();
}

/* TCP-20 */
static void after_a_drain_the_close_resets_nothing(void **state)
{
    struct tcp_drain d;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    for (int drained = 0; drained < 2; drained++) {
        t = pair(&peer);
        peer_says(peer, hello); /* nobody reads it */
        assert_int_equal(write_all(t, "bye"), 0);
        if (drained) {
            assert_int_equal(shutdown(peer, SHUT_WR), 0);
            block_on(&ex, tcp_drain(&d, t));
        }
        tcp_close(t);
        while (recv(peer, buffer, sizeof buffer, 0) > 0)
            errno = 0;
        assert_int_equal(errno, drained ? 0 : ECONNRESET);
        close(peer);
    }
    down();
}

/* TCP-20 */
static void a_drain_of_what_is_gone_is_ready_at_once(void **state)
{
    struct tcp_drain d;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    peer_resets(peer);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), UV_ECONNRESET);
    assert_int_equal(poll_with(&ex, tcp_drain(&d, t)), POLL_READY);
    tcp_close(t);
    down();
}

/* TCP-05 */
static void a_reset_is_an_error_and_no_signal(void **state)
{
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    peer_resets(peer);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), UV_ECONNRESET);
    assert_int_equal(write_all(t, hello), UV_EPIPE);
    assert_int_equal(write_all(t, hello), UV_EPIPE);
    assert_int_not_equal(tcp_shutdown(t), 0);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 0);
    tcp_close(t);
    down();
}

/* TCP-05 */
static void what_came_before_a_reset_or_an_end_wakes_who_waits(void **state)
{
    struct tcp_read r;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    for (int reset = 0; reset < 2; reset++) {
        bell.rings = 0;
        t = pair(&peer);
        tcp_read(&r, t, buffer, sizeof buffer);
        assert_int_equal(poll_with(&ex, &r.async.future), POLL_PENDING);
        if (reset)
            peer_resets(peer);
        else
            close(peer);
        look();
        assert_int_equal(bell.rings, 1);
        assert_int_equal(poll_with(&ex, &r.async.future), POLL_READY);
        assert_int_equal(r.n, reset ? UV_ECONNRESET : 0);
        tcp_close(t);
    }
    down();
}

/* TCP-06 */
static void what_cannot_be_connected_says_why(void **state)
{
    struct tcp_connect c;
    struct tcp *listener;
    int port;
    up(&virtual_clock);
    listener = listener_open();
    port = tcp_port(listener);
    tcp_close(listener);
    block_on(&ex, tcp_connect(&c, "127.0.0.1", port));
    assert_int_equal(c.status, UV_ECONNREFUSED);
    assert_null(c.tcp);
    block_on(&ex, tcp_connect(&c, "localhost", port)); /* names no host */
    assert_int_equal(c.status, UV_EINVAL);
    block_on(&ex, tcp_connect(&c, "127.0.0.1", 65536));
    assert_int_equal(c.status, UV_EINVAL);
    block_on(&ex, tcp_connect(&c, "127.0.0.1", -1));
    assert_int_equal(c.status, UV_EINVAL);
    down();
}

/* ---- Wakers -------------------------------------------------------------- */

/* TCP-07, FUT-03, FUT-06 */
static void the_latest_waker_of_a_read_counts(void **state)
{
    struct bell old = { 0 };
    struct context cx;
    struct tcp_read r;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    bell.rings = 0;
    t = pair(&peer);
    cx = context_make(bell_waker(&old), &ex);
    tcp_read(&r, t, buffer, sizeof buffer);
    assert_int_equal(future_poll(&r.async.future, &cx), POLL_PENDING);
    assert_int_equal(poll_with(&ex, &r.async.future), POLL_PENDING);
    look();
    assert_int_equal(bell.rings, 0);
    peer_says(peer, hello);
    look();
    assert_int_equal(old.rings, 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_with(&ex, &r.async.future), POLL_READY);
    assert_int_equal(r.n, 5);
    tcp_close(t);
    close(peer);
    down();
}

/* TCP-07 */
static void one_reads_while_another_writes(void **state)
{
    struct bell writers = { 0 };
    struct context cx;
    struct tcp_read r;
    struct tcp_write w;
    char buffer[64], *data = calloc(1, MUCH);
    int peer;
    struct tcp *t;
    assert_non_null(data);
    up(&virtual_clock);
    bell.rings = 0;
    t = pair(&peer);
    narrow(t);
    tcp_read(&r, t, buffer, sizeof buffer);
    tcp_write(&w, t, data, MUCH);
    cx = context_make(bell_waker(&writers), &ex);
    assert_int_equal(poll_with(&ex, &r.async.future), POLL_PENDING);
    assert_int_equal(future_poll(&w.async.future, &cx), POLL_PENDING);
    look();
    assert_int_equal(bell.rings, 0);
    peer_says(peer, hello);
    look();
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_with(&ex, &r.async.future), POLL_READY);
    assert_int_equal(r.n, 5);
    while (recv(peer, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        continue;
    while (writers.rings == 0) /* now there is room */
        look();
    assert_int_equal(bell.rings, 1);
    future_drop(&w.async.future);
    assert_true(w.sent > 0 && w.sent < MUCH);
    tcp_close(t);
    close(peer);
    down();
    free(data);
}

/* TCP-07 */
static void what_nobody_waits_for_does_not_spin(void **state)
{
    struct inbox *inbox; /* keeps the loop alive */
    char buffer[2];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    inbox = inbox_open(&ex);
    t = pair(&peer);
    peer_says(peer, hello);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 1);
    assert_int_equal(t->events, UV_READABLE);
    look(); /* "ello" is there, and nobody reads it */
    assert_int_equal(t->events, 0);
    assert_int_equal(read_some_into(t, buffer, sizeof buffer), 1);
    assert_string_equal(buffer, "e");
    inbox_close(inbox);
    tcp_close(t);
    close(peer);
    down();
}

/* TCP-08 */
static void who_waits_keeps_the_loop_alive_and_an_idle_one_does_not(
    void **state)
{
    struct tcp_read r;
    struct sleep hour;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    look(); /* the listener is closed */
    assert_false(uv_loop_alive(&loop));
    block_on(&ex, sleep_ms(&hour, 3600 * 1000)); /* takes no time */
    tcp_read(&r, t, buffer, sizeof buffer);
    assert_int_equal(poll_with(&ex, &r.async.future), POLL_PENDING);
    assert_true(uv_loop_alive(&loop));
    future_drop(&r.async.future);
    assert_false(uv_loop_alive(&loop));
    tcp_close(t);
    close(peer);
    down();
}

struct gusher { /* writes for as long as somebody reads */
    struct async async;
    struct tcp *tcp;
    char data[4096];
    struct tcp_write write;
    struct yield yield;
};

static enum poll gusher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gusher);
    for (;;) {
        AWAIT(
            tcp_write(&self->write, self->tcp, self->data, sizeof self->data));
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops gusher_ops = ASYNC_OPS(gusher);

struct reader { /* never stops, and says nothing */
    struct async async;
    struct tcp *tcp;
    char buffer[16];
    struct tcp_read read;
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    for (;;)
        AWAIT(tcp_read(&self->read, self->tcp, self->buffer,
                       sizeof self->buffer));
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

/* TCP-09 */
static void a_peer_that_never_stops_starves_nobody(void **state)
{
    struct gusher *gusher = task_slot(struct gusher);
    struct reader *reader = task_slot(struct reader);
    struct tcp_connect c;
    struct tcp_accept a;
    struct tcp *listener;
    struct task *t;
    up(NULL);
    listener = listener_open();
    block_on(&ex, tcp_connect(&c, "127.0.0.1", tcp_port(listener)));
    block_on(&ex, tcp_accept(&a, listener));
    *gusher = (struct gusher){ .async.future.ops = &gusher_ops, .tcp = c.tcp };
    *reader = (struct reader){ .async.future.ops = &reader_ops, .tcp = a.tcp };
    spawn(&gusher->async.future);
    spawn(&reader->async.future);
    t = spawn_worker("a", 2, 10);
    assert_int_equal(join_status(t), 0);
    task_detach(t);
    expect_trace("a1 a2 a.");
    tcp_close(listener);
    down(); /* drops both, which close */
}

/* ---- Drop ---------------------------------------------------------------- */

/* TCP-10 */
static void a_dropped_read_has_lost_nothing(void **state)
{
    struct tcp_read r;
    char buffer[64];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    for (int looks = 0; looks < 2; looks++) {
        bell.rings = 0;
        t = pair(&peer);
        tcp_read(&r, t, buffer, sizeof buffer);
        assert_int_equal(poll_with(&ex, &r.async.future), POLL_PENDING);
        peer_says(peer, hello);
        if (looks)
            look(); /* it was woken, and not polled since */
        assert_int_equal(bell.rings, looks);
        future_drop(&r.async.future);
        look();
        assert_int_equal(bell.rings, looks);
        assert_int_equal(read_some_into(t, buffer, sizeof buffer), 5);
        assert_string_equal(buffer, hello);
        tcp_close(t);
        close(peer);
    }
    down();
}

/* TCP-11 */
static void a_dropped_write_says_how_much_was_sent(void **state)
{
    struct tcp_write w;
    char buffer[4096], *data = malloc(MUCH);
    size_t heard = 0;
    ssize_t got;
    int peer;
    struct tcp *t;
    assert_non_null(data);
    memset(data, 'x', MUCH);
    up(&virtual_clock);
    t = pair(&peer);
    narrow(t);
    tcp_write(&w, t, data, MUCH);
    assert_int_equal(poll_with(&ex, &w.async.future), POLL_PENDING);
    future_drop(&w.async.future);
    assert_int_equal(w.status, 0); /* nothing is broken */
    memset(data, 'y', MUCH);       /* nobody looks at it any more */
    free(data);
    tcp_close(t);
    look();
    while ((got = recv(peer, buffer, sizeof buffer, 0)) > 0) {
        assert_null(memchr(buffer, 'y', (size_t)got));
        heard += (size_t)got;
    }
    assert_int_equal(heard, w.sent);
    close(peer);
    down();
}

/* TCP-12 */
static void close_waits_for_nothing_and_the_executor_waits_for_it(void **state)
{
    struct tcp *t;
    int peer;
    up(&virtual_clock);
    t = pair(&peer);
    tcp_close(t);
    tcp_close(NULL);
    assert_string_equal(peer_hears(peer, 0), ""); /* the end, no turn later */
    close(peer);
    down();
}

/* TCP-12 */
static void one_that_nobody_closes_is_reported(void **state)
{
    struct tcp *t;
    int peer;
    up(&virtual_clock);
    t = pair(&peer);
    assert_int_equal(executor_close(&ex), UV_EBUSY);
    tcp_close(t);
    look();
    close(peer);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static char story_data[50000];

/* TCP-21 */
static void a_task_that_is_dropped_closes_its_connection(void **state)
{
    int peer;
    up(&virtual_clock);
    for (int polled = 0; polled < 2; polled++) {
        struct reader *reader = task_slot(struct reader);
        struct task *t;
        *reader = (struct reader){ .async.future.ops = &reader_ops,
                                   .tcp = pair(&peer) };
        t = task_spawn(&ex, &reader->async.future);
        if (polled)
            let_run(1);
        assert_int_equal(reader->async.state > ASYNC_START, polled);
        task_abort(t);
        task_detach(t);
        assert_string_equal(peer_hears(peer, 0), ""); /* and the end */
        close(peer);
    }
    down();
}

/* A future that does everything once: connect, accept, write, read, close. */
struct story {
    struct async async;
    struct tcp *listener, *client, *server;
    char buffer[64];
    struct tcp_connect connect;
    struct tcp_accept accept;
    struct tcp_write write;
    struct tcp_read read;
    struct drain drain;
    struct pour pour;
    struct join_two both;
};

static enum poll story_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct story);
    assert_int_equal(tcp_listen(&self->listener, &ex, "127.0.0.1", 0), 0);
    AWAIT(tcp_connect(&self->connect, "127.0.0.1", tcp_port(self->listener)));
    self->client = self->connect.tcp;
    AWAIT(tcp_accept(&self->accept, self->listener));
    self->server = self->accept.tcp;
    AWAIT(tcp_write(&self->write, self->client, hello, 5));
    AWAIT(tcp_read(&self->read, self->server, self->buffer, 64));
    self->pour = (struct pour){ .async.future.ops = &pour_ops,
                                .tcp = self->server,
                                .data = story_data,
                                .size = sizeof story_data };
    narrow(self->server);
    self->drain =
        (struct drain){ .async.future.ops = &drain_ops, .tcp = self->client };
    AWAIT(join_two(&self->both, &self->pour.async.future,
                   &self->drain.async.future));
    assert_int_equal(self->drain.total, sizeof story_data);
    ASYNC_FINALLY
    tcp_close(self->client);
    tcp_close(self->server);
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops story_ops = ASYNC_OPS(story);

static struct future *make_story(void *memory)
{
    struct story *self = memory;
    *self = (struct story){ .async.future.ops = &story_ops };
    return &self->async.future;
}

/* TCP-13 */
static void it_survives_every_drop(void **state)
{
    int lowest;
    for (size_t i = 0; i < sizeof story_data; i++)
        story_data[i] = (char)(i % 251);
    lowest = dup(0);
    close(lowest);
    assert_true(every_drop(sizeof(struct story), make_story) > 10);
    assert_int_equal(dup(0), lowest); /* no descriptor is left */
    close(lowest);
}

/* ---- What fails ---------------------------------------------------------- */

/* TCP-14 */
static void a_call_that_fails_leaves_nothing_open(void **state)
{
    struct tcp_connect c;
    struct tcp *listener, *t;
    int n, rc;
    up(&virtual_clock);
    listener = listener_open();
    for (n = 0;; n++) {
        calls_left = n;
        block_on(&ex, tcp_connect(&c, "127.0.0.1", tcp_port(listener)));
        if (calls_left >= 0)
            break;
        assert_true(c.status < 0);
        assert_null(c.tcp);
    }
    calls_left = -1;
    assert_int_equal(c.status, 0);
    tcp_close(c.tcp);
    assert_true(n >= 6); /* memory, socket, flag, delay, libuv, connect */
    for (n = 0;; n++) {
        calls_left = n;
        rc = tcp_listen(&t, &ex, "127.0.0.1", 0);
        if (calls_left >= 0)
            break;
        assert_true(rc < 0);
        assert_null(t);
    }
    calls_left = -1;
    assert_int_equal(rc, 0);
    assert_int_equal(n, 8); /* the first 5, address, bind, listen */
    tcp_close(t);
    tcp_close(listener);
    down();
}

static void read_twice(void)
{
    struct tcp_read a, b;
    char buffer[8];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    poll_with(&ex, tcp_read(&a, t, buffer, sizeof buffer));
    poll_with(&ex, tcp_read(&b, t, buffer, sizeof buffer));
}

static void close_while_it_reads(void)
{
    struct tcp_read r;
    char buffer[8];
    int peer;
    struct tcp *t;
    up(&virtual_clock);
    t = pair(&peer);
    poll_with(&ex, tcp_read(&r, t, buffer, sizeof buffer));
    tcp_close(t);
}

static void read_nothing(void)
{
    struct tcp_read r;
    char buffer[8];
    int peer;
    up(&virtual_clock);
    tcp_read(&r, pair(&peer), buffer, 0);
}

static void connect_without_an_executor(void)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct tcp_connect c;
    future_poll(tcp_connect(&c, "127.0.0.1", 80), &cx);
}

/* TCP-15 */
static void misuse_is_reported(void **state)
{
    assert_misuse(read_twice, "tcp: two futures wait to read one socket");
    assert_misuse(close_while_it_reads, "tcp_close: a future still waits");
    assert_misuse(read_nothing, "tcp_read: a buffer of 0 bytes");
    assert_misuse(connect_without_an_executor,
                  "tcp_connect: this context has no executor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_carries_bytes_both_ways),
        cmocka_unit_test(read_takes_what_is_there_and_no_more),
        cmocka_unit_test(write_waits_for_room_until_all_is_sent),
        cmocka_unit_test(after_half_close_the_other_way_still_works),
        cmocka_unit_test(after_the_peers_end_we_can_still_write),
        cmocka_unit_test(after_a_drain_the_close_resets_nothing),
        cmocka_unit_test(a_drain_of_what_is_gone_is_ready_at_once),
        cmocka_unit_test(a_reset_is_an_error_and_no_signal),
        cmocka_unit_test(what_came_before_a_reset_or_an_end_wakes_who_waits),
        cmocka_unit_test(what_cannot_be_connected_says_why),
        cmocka_unit_test(the_latest_waker_of_a_read_counts),
        cmocka_unit_test(one_reads_while_another_writes),
        cmocka_unit_test(what_nobody_waits_for_does_not_spin),
        cmocka_unit_test(
            who_waits_keeps_the_loop_alive_and_an_idle_one_does_not),
        cmocka_unit_test(a_peer_that_never_stops_starves_nobody),
        cmocka_unit_test(a_dropped_read_has_lost_nothing),
        cmocka_unit_test(a_dropped_write_says_how_much_was_sent),
        cmocka_unit_test(close_waits_for_nothing_and_the_executor_waits_for_it),
        cmocka_unit_test(one_that_nobody_closes_is_reported),
        cmocka_unit_test(a_task_that_is_dropped_closes_its_connection),
        cmocka_unit_test(it_survives_every_drop),
        cmocka_unit_test(a_call_that_fails_leaves_nothing_open),
        cmocka_unit_test(misuse_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
