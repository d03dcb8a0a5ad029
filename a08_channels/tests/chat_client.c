/* chat_room.h and chat_client.h: members without a connection, and one client
 * with one, on the virtual clock. */
#include "a07_select/select.h"
#include "a05_spawn/tests/tcp_peer.h"

/* The n-th allocation from now fails, once. */
#define malloc(size) (FAILS() ? NULL : malloc(size))
#define calloc(n, size) (FAILS() ? NULL : calloc(n, size))
#define realloc(old, size) (FAILS() ? NULL : realloc(old, size))
#include "a08_channels/chat_client.h"
#undef malloc
#undef calloc
#undef realloc

static struct chat chat;
static struct semaphore seats;
static struct chat_rules rules;
static struct chat_member ann, bob;

/* What a member without a connection has received, or why not. */
static const char *hears(struct chat_member *member)
{
    static char text[500];
    struct chat_message *m;
    uint64_t missed;
    int rc = broadcast_try_recv(&member->rx, &m, &missed);
    if (rc == UV_ENOBUFS)
        snprintf(text, sizeof text, "missed %d", (int)missed);
    else
        snprintf(text, sizeof text, "%s", rc ? uv_err_name(rc) : m->text);
    if (rc == 0)
        chat_message_drop(&m);
    return text;
}

/* ---- Rooms, without clients ---------------------------------------------- */

/* CHAT-02 */
static void a_room_lasts_from_its_first_member_to_its_last(void **state)
{
    chat_init(&chat);
    assert_null(chat_room_find(&chat, "lobby"));
    assert_int_equal(chat_welcome(&ann, &chat), 0);
    assert_int_equal(chat_welcome(&bob, &chat), 0);
    assert_string_equal(hears(&ann), "* guest1 joins lobby\n");
    assert_string_equal(hears(&ann), "* guest2 joins lobby\n");
    assert_int_equal(chat_enter(&ann, "Tea"), 0);
    assert_string_equal(hears(&ann), "* guest1 joins Tea\n");
    assert_ptr_equal(chat_room_find(&chat, "tEA"), ann.room);
    chat_leave(&bob);
    assert_null(chat_room_find(&chat, "lobby"));
    assert_int_equal(chat_enter(&bob, "tea"), 0);
    assert_ptr_equal(bob.room, ann.room);
    assert_int_equal(bob.room->n, 2);
    chat_leave(&ann);
    chat_leave(&ann); /* twice is fine */
    assert_string_equal(hears(&bob), "* guest2 joins Tea\n");
    assert_string_equal(hears(&bob), "* guest1 leaves Tea\n");
    assert_int_equal(chat_enter(&bob, "Tea"), 0); /* alone, and again */
    assert_int_equal(bob.room->n, 1);
    chat_leave(&bob);
    assert_true(list_is_empty(&chat.rooms));
}

/* CHAT-03 */
static void a_name_that_is_given_is_free(void **state)
{
    static struct chat_member crowd[20];
    chat_init(&chat);
    assert_int_equal(chat_welcome(&ann, &chat), 0);
    strcpy(ann.name, "GUEST5");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(chat_welcome(&crowd[i], &chat), 0);
        assert_ptr_equal(chat_member_find(&chat, crowd[i].name), &crowd[i]);
        assert_int_equal(chat_enter(&crowd[i], i % 2 ? "odd" : "even"), 0);
    }
    assert_string_equal(crowd[3].name, "guest6"); /* not 5 */
    assert_ptr_equal(chat_member_find(&chat, "guest5"), &ann);
    for (int i = 0; i < 20; i++)
        chat_leave(&crowd[i]);
    assert_null(chat_member_find(&chat, "guest6"));
    chat_leave(&ann);
}

/* CHAT-11 */
static void a_closed_chat_gives_what_is_left_and_takes_nobody(void **state)
{
    struct chat_member late;
    chat_init(&chat);
    assert_int_equal(chat_welcome(&ann, &chat), 0);
    assert_int_equal(chat_welcome(&bob, &chat), 0);
    chat_say(&chat, ann.room, "last\n");
    chat_close(&chat);
    chat_say(&chat, ann.room, "too late\n");
    assert_int_equal(chat_enter(&ann, "tea"), UV_ECANCELED);
    assert_int_equal(chat_welcome(&late, &chat), UV_ECANCELED);
    chat_leave(&late);
    chat_leave(&bob);
    assert_string_equal(hears(&ann), "* guest1 joins lobby\n");
    assert_string_equal(hears(&ann), "* guest2 joins lobby\n");
    assert_string_equal(hears(&ann), "last\n");
    assert_string_equal(hears(&ann), "EOF");
    chat_leave(&ann);
    assert_true(list_is_empty(&chat.rooms));
}

/* CHAT-08 */
static void a_member_who_is_behind_misses_exactly_the_oldest(void **state)
{
    chat_init(&chat);
    assert_int_equal(chat_welcome(&ann, &chat), 0);
    for (int i = 1; i <= CHAT_BACKLOG + 3; i++)
        chat_say(&chat, ann.room, "%d\n", i);
    assert_string_equal(hears(&ann), "missed 4"); /* with "joins" */
    assert_string_equal(hears(&ann), "4\n");
    chat_leave(&ann);
}

/* Some of all that needs memory; how often it was refused. */
static int scene(void)
{
    static const char *const lines[] = { "hello",  "/name x", "/join tea",
                                         "/rooms", "/users",  "/help" };
    int failed = 0;
    chat_init(&chat);
    ann = (struct chat_member){ .room = NULL };
    failed += chat_welcome(&bob, &chat) != 0;
    failed += chat_welcome(&ann, &chat) != 0;
    for (int i = 0; ann.room && i < 6; i++) {
        struct chat_message *reply = NULL;
        int rc = chat_obey(&ann, lines[i], &reply);
        assert_true(rc == 0 || rc == UV_ENOMEM);
        failed += rc != 0;
        chat_message_drop(&reply);
    }
    chat_leave(&ann);
    chat_leave(&bob);
    assert_true(list_is_empty(&chat.rooms));
    return failed + chat.lost;
}

/* CHAT-12 */
static void every_allocation_that_fails_is_told(void **state)
{
    int n = 0;
    for (;; n++) {
        int failed;
        calls_left = n;
        failed = scene();
        if (calls_left >= 0)
            break;
        assert_int_equal(failed, 1);
    }
    calls_left = -1;
    assert_true(n > 20);
    assert_int_equal(scene(), 0);
}

/* ---- One client ---------------------------------------------------------- */

static struct chat_client *self;
static struct task *task;
static int peer;

/* A client in a task, with the only seat; Bob is there, too. */
static void start(uint64_t patience)
{
    struct permit seat = { NULL, 0 };
    up(&virtual_clock);
    chat_init(&chat);
    assert_int_equal(chat_welcome(&bob, &chat), 0);
    semaphore_init(&seats, 1);
    assert_int_equal(semaphore_try_acquire(&seats, &seat, 1), 0);
    rules = (struct chat_rules){ .patience = patience,
                                 .missed = 1000,
                                 .farewell = 40 };
    self = task_slot(struct chat_client);
    task = task_spawn(&ex, chat_client(self, &chat, &rules, pair(&peer), seat));
}

/* Let the client do what it can. */
static void turns(void)
{
    struct sleep nap;
    for (int i = 0; i < 5; i++)
        block_on(&ex, sleep_ms(&nap, 1));
}

/* It is over, and has given everything back. */
static void end(int status)
{
    assert_int_equal(join_status(task), status);
    task_detach(task);
    assert_int_equal(semaphore_available(&seats), 1);
    semaphore_drop(&seats);
    assert_null(chat_member_find(&chat, "guest2"));
    chat_leave(&bob);
    assert_true(list_is_empty(&chat.rooms));
    close(peer);
    down();
}

/* CHAT-07 */
static void one_that_is_dropped_gives_everything_back(void **state)
{
    for (int how = 0; how < 4; how++) {
        start(60000);
        if (how > 0)
            turns();
        if (how == 2)
            peer_says(peer, "half");
        if (how == 3)
            chat_say(&chat, bob.room, "hello\n");
        task_abort(task);
        if (how > 0)
            (void)peer_hears(peer, 0); /* up to the end */
        end(UV_ECANCELED);
    }
}

/* CHAT-07 */
static void a_client_that_does_not_end_is_closed_all_the_same(void **state)
{
    start(60000);
    peer_says(peer, "/quit\n");
    turns();
    assert_null(chat_member_find(&chat, "guest2")); /* has left already */
    assert_false(task_is_over(task));               /* waits, but not forever */
    end(0);
}

/* CHAT-08 */
static void one_who_takes_no_message_in_time_is_let_go(void **state)
{
    char text[400];
    int small = 1;
    start(30);
    turns();
    setsockopt(self->tcp->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    while (!task_is_over(task)) { /* nobody reads at the other end */
        chat_say(&chat, bob.room, "%s\n", text);
        turns();
    }
    assert_int_equal(self->timeout.status, UV_ETIMEDOUT);
    assert_int_equal(self->end, CHAT_GONE); /* without last words */
    end(0);
}

/* CHAT-08 */
static void one_who_misses_too_much_hears_so(void **state)
{
    const char *heard;
    start(60000);
    turns();
    peer_says(peer, "/users\n");
    for (int i = 0; i < 1000 + CHAT_BACKLOG; i++)
        chat_say(&chat, bob.room, "x\n"); /* all of them in one turn */
    turns();
    for (int i = 0; i < 1 + CHAT_BACKLOG; i++)
        chat_say(&chat, bob.room, "x\n");
    turns();
    heard = peer_hears(peer, MSG_DONTWAIT);
    assert_non_null(strstr(heard, "* you missed 1000 messages\nx\n"));
    while ((heard = peer_hears(peer, 0)) && strlen(heard) > 200) {
    }
    assert_non_null(strstr(heard, "* you missed 1 messages\n"
                                  "* bye: you are too slow\n"));
    end(0);
}

/* CHAT-01.  More lines than a budget has steps, and then it leaves the room. */
static void one_who_changes_its_room_has_heard_all_of_the_old_one(void **state)
{
    char text[400] = "";
    const char *heard;
    int n = 0; /* lines that it has said, and heard */
    start(60000);
    turns();
    for (int i = 0; i < 150; i++)
        strcat(text, "a\n");
    strcat(text, "/join tea\n");
    peer_says(peer, text);
    turns();
    task_abort(task);
    while (*(heard = peer_hears(peer, 0)))
        for (; *heard; heard++)
            n += *heard == ':';
    assert_int_equal(n, 150);
    end(UV_ECANCELED);
}

/* CHAT-09 */
static void a_dead_peer_is_asked_by_the_system(void **state)
{
    int on = 0;
    socklen_t size = sizeof on;
    start(60000);
    turns();
    assert_int_equal(getsockopt(self->tcp->fd, SOL_SOCKET, SO_KEEPALIVE, &on,
                                &size),
                     0);
    assert_int_equal(on, 1);
    task_abort(task);
    end(UV_ECANCELED);
}

/* CHAT-11 */
static void after_the_end_it_has_had_everything(void **state)
{
    start(60000);
    turns();
    (void)peer_hears(peer, MSG_DONTWAIT);
    chat_say(&chat, bob.room, "one\n");
    chat_say(&chat, bob.room, "two\n");
    peer_says(peer, "three\n"); /* too late */
    chat_close(&chat);
    (void)shutdown(peer, SHUT_WR);
    turns();
    assert_string_equal(peer_hears(peer, 0),
                        "one\ntwo\n* bye: the server ends\n");
    end(0);
}

/* CHAT-11 */
static void one_who_comes_as_it_closes_is_told(void **state)
{
    start(60000);
    chat_close(&chat);
    (void)shutdown(peer, SHUT_WR);
    turns();
    assert_string_equal(peer_hears(peer, 0), "* bye: the server ends\n");
    end(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_lasts_from_its_first_member_to_its_last),
        cmocka_unit_test(a_name_that_is_given_is_free),
        cmocka_unit_test(a_closed_chat_gives_what_is_left_and_takes_nobody),
        cmocka_unit_test(a_member_who_is_behind_misses_exactly_the_oldest),
        cmocka_unit_test(every_allocation_that_fails_is_told),
        cmocka_unit_test(one_that_is_dropped_gives_everything_back),
        cmocka_unit_test(a_client_that_does_not_end_is_closed_all_the_same),
        cmocka_unit_test(one_who_takes_no_message_in_time_is_let_go),
        cmocka_unit_test(one_who_misses_too_much_hears_so),
        cmocka_unit_test(one_who_changes_its_room_has_heard_all_of_the_old_one),
        cmocka_unit_test(a_dead_peer_is_asked_by_the_system),
        cmocka_unit_test(after_the_end_it_has_had_everything),
        cmocka_unit_test(one_who_comes_as_it_closes_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
