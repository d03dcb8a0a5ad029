/* The server a08_chat, $CHAT, with clients of another process. */
#include "a08_channels/tests/chat_peer.h"
#include "a08_channels/chat_line.h"

static int stop_if_it_failed(void **state)
{
    (void)state;
    if (server.pid > 0) {
        kill(server.pid, SIGKILL);
        waitpid(server.pid, NULL, 0);
        server.pid = 0;
    }
    return 0;
}

static struct peer ann, bob, cid;

/* CHAT-01, CHAT-02 */
static void what_is_said_in_a_room_is_heard_by_all_in_it(void **state)
{
    (void)state;
    server_start("10", 0);
    peer_dial(&ann, 0);
    peer_hears(&ann, "* hello, you are guest1; /help says what you can do");
    peer_hears(&ann, "* guest1 joins lobby");
    peer_enters(&bob, "bob");
    peer_until(&ann, "* guest2 is now bob");
    peer_types(&ann, "hello\n\n");
    peer_hears(&ann, "guest1: hello");
    peer_hears(&bob, "guest1: hello");
    peer_types(&bob, "/join tea\n/join Tea\n");
    peer_hears(&bob, "* bob joins tea");
    peer_hears(&bob, "* you are in tea");
    peer_hears(&ann, "* bob leaves lobby");
    peer_types(&bob, "is anybody here?\n/rooms\n");
    peer_hears(&bob, "bob: is anybody here?");
    peer_hears(&bob, "* rooms: lobby (1) tea (1)");
    peer_types(&ann, "/join TEA\n/users\n/rooms\n");
    peer_hears(&ann, "* guest1 joins tea");
    peer_hears(&ann, "* in tea: bob guest1");
    peer_hears(&ann, "* rooms: tea (2)"); /* the lobby has ended */
    peer_hears(&bob, "* guest1 joins tea");
    peer_quits(&ann);
    peer_hears(&bob, "* guest1 leaves tea");
    server_stop();
    peer_hears(&bob, "* bye: the server ends");
    peer_hears_the_end(&bob);
}

/* CHAT-03 */
static void a_name_belongs_to_one(void **state)
{
    static const char *const bad[] = { "/name",     "/name ",
                                       "/name a b", "/name \xc3\xa4",
                                       "/name *",   "/name 12345678901234567",
                                       "/join a/b" };
    (void)state;
    server_start("10", 0);
    peer_enters(&ann, "Ann");
    peer_enters(&bob, "guest3");
    peer_types(&bob, "/name ann\n/join tea\n/name ANN\n");
    peer_hears(&bob, "* the name Ann is taken");
    peer_hears(&bob, "* guest3 joins tea");
    peer_hears(&bob, "* the name Ann is taken"); /* by one in another room */
    peer_dial(&cid, 0);
    peer_hears(&cid, "* hello, you are guest4; /help says what you can do");
    peer_hears(&cid, "* guest4 joins lobby");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        peer_types(&cid, bad[i]);
        peer_types(&cid, "\n");
        peer_hears(&cid, "* a name has 1 to 16 letters, digits, - or _");
    }
    peer_until(&ann, "* guest4 joins lobby");
    peer_types(&ann, "/name ann\n"); /* his own, in another way */
    peer_hears(&ann, "* Ann is now ann");
    peer_quits(&ann);
    peer_until(&cid, "* ann leaves lobby");
    peer_types(&cid, "/name 1234567890123456\n/name ann\n");
    peer_hears(&cid, "* guest4 is now 1234567890123456");
    peer_hears(&cid, "* 1234567890123456 is now ann"); /* it is free again */
    close(bob.fd);
    close(cid.fd);
    server_stop();
}

/* CHAT-01 */
static void a_command_that_does_not_exist_is_answered_with_help(void **state)
{
    static const char *const commands[] = { "/help\n", "/\n", "/nam x\n" };
    (void)state;
    server_start("10", 0);
    peer_enters(&ann, "ann");
    for (int i = 0; i < 3; i++) {
        peer_types(&ann, commands[i]);
        peer_hears(&ann, "* /name NAME: choose another name");
        peer_until(&ann, "* all else is said in your room");
    }
    close(ann.fd);
    server_stop();
}

/* CHAT-04 */
static void a_line_is_whole_however_it_comes(void **state)
{
    static const char text[] = "hello\r\nhow are you?\n";
    (void)state;
    server_start("10", 0);
    peer_enters(&ann, "ann");
    peer_enters(&bob, "bob");
    for (const char *c = text; *c; c++) {
        peer_bytes(&bob, c, 1);
        peer_types(&ann, "/users\n"); /* so the server has seen the byte */
        peer_until(&ann, "* in lobby: ann bob");
        if (c == text + 6)
            peer_hears(&bob, "bob: hello");
    }
    peer_hears(&bob, "bob: how are you?");
    close(ann.fd);
    close(bob.fd);
    server_stop();
}

/* CHAT-05 */
static void a_line_that_is_too_long_is_an_error_and_not_the_end(void **state)
{
    static char much[1024 * 1024];
    char said[CHAT_LINE + 16] = "bob: ";
    (void)state;
    memset(much, 'x', sizeof much);
    server_start("10", 0);
    peer_enters(&ann, "ann");
    peer_enters(&bob, "bob");
    peer_until(&ann, "* guest2 is now bob");
    peer_bytes(&bob, much, sizeof much);
    peer_types(&bob, "\nhello\n");
    peer_hears(&bob, "* your line is too long; it may have 400 bytes");
    peer_hears(&bob, "bob: hello");
    peer_hears(&ann, "bob: hello");
    peer_bytes(&bob, much, CHAT_LINE);
    peer_types(&bob, "\r\n");
    memset(said + 5, 'x', CHAT_LINE);
    peer_hears(&ann, said); /* just as long as it may be */
    peer_hears(&bob, said);
    peer_bytes(&bob, much, CHAT_LINE + 1);
    peer_types(&bob, "\n");
    peer_hears(&bob, "* your line is too long; it may have 400 bytes");
    close(ann.fd);
    close(bob.fd);
    server_stop();
}

/* CHAT-06 */
static void junk_is_made_harmless(void **state)
{
    static const char some[] = "\x1b[2Jme\too \xff \xc3\xa9\r \0!\n";
    static unsigned char junk[20000];
    uint32_t random = 1;
    char *line, copy[500];
    (void)state;
    server_start("10", 0);
    peer_enters(&ann, "ann");
    peer_enters(&bob, "bob");
    peer_until(&ann, "* guest2 is now bob");
    peer_bytes(&bob, some, sizeof some - 1);
    peer_hears(&ann, "bob: ?[2Jme oo ? \xc3\xa9? ?!");
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] =
            (unsigned char)((random = random * 1664525u + 1013904223u) >> 24);
    peer_bytes(&bob, junk, sizeof junk);
    peer_types(&bob, "\nthe end\n");
    do {
        line = peer_line(&ann);
        assert_non_null(line);
        strcpy(copy, line);
        chat_clean(copy, strlen(copy));
        assert_string_equal(line, copy); /* there was nothing to clean */
    } while (strcmp(line, "bob: the end") != 0);
    close(ann.fd);
    close(bob.fd);
    server_stop();
}

/* CHAT-07 */
static void those_who_leave_at_once_leave_nothing_behind(void **state)
{
    (void)state;
    server_start("2", 0);
    peer_enters(&ann, "ann");
    for (int i = 0; i < 100; i++) {
        peer_dial(&bob, 0);
        if (i % 2)
            peer_resets(&bob);
        else
            close(bob.fd);
    }
    peer_enters(&bob, "bob"); /* when all of them have left */
    peer_types(&bob, "/users\n");
    peer_until(&bob, "* in lobby: ann bob");
    close(ann.fd);
    close(bob.fd);
    server_stop();
}

/* CHAT-07 */
static void a_client_that_half_closes_gets_its_answers_and_the_end(void **state)
{
    (void)state;
    server_start("10", 0);
    peer_dial(&ann, 0);
    peer_types(&ann, "/name ann\nhello\nand half a");
    assert_int_equal(shutdown(ann.fd, SHUT_WR), 0);
    peer_until(&ann, "* guest1 is now ann");
    peer_hears(&ann, "ann: hello");
    peer_hears(&ann, "* bye");
    peer_hears_the_end(&ann);
    server_stop();
}

/* CHAT-07 */
static void a_reset_in_mid_line_says_nothing(void **state)
{
    (void)state;
    server_start("10", 0);
    peer_enters(&ann, "ann");
    peer_enters(&bob, "bob");
    peer_until(&ann, "* guest2 is now bob");
    peer_types(&bob, "half a");
    peer_resets(&bob);
    peer_hears(&ann, "* bob leaves lobby");
    close(ann.fd);
    server_stop();
}

/* ---- Slow ones ----------------------------------------------------------- */

/* Bob says lines with the numbers from `first` to `last`, and reads them. */
static void bob_counts(int first, int last, const char *more)
{
    char text[500];
    for (int i = first; i <= last; i++) {
        snprintf(text, sizeof text, "%d %s\n", i, more);
        peer_types(&bob, text);
        assert_non_null(peer_line(&bob));
    }
}

/* Ann reads up to the line with this number.  Every gap is told. */
static uint64_t ann_catches_up(int *next, int last)
{
    unsigned long long gap, missed = 0;
    while (*next <= last) {
        int number = 0;
        char *line = peer_line(&ann);
        assert_non_null(line);
        if (sscanf(line, "* you missed %llu messages", &gap) == 1) {
            missed += gap;
            *next += (int)gap;
            continue;
        }
        assert_int_equal(sscanf(line, "bob: %d ", &number), 1);
        assert_int_equal(number, *next);
        ++*next;
    }
    return missed;
}

static void ann_stops_reading(void)
{
    char much[400];
    memset(much, 'x', sizeof much);
    much[390] = '\0';
    server_start("10", 0);
    peer_dial(&ann, 2048);
    peer_enters(&bob, "bob");
    peer_until(&ann, "* guest2 is now bob");
    bob_counts(1, 1500, much); /* more than the system keeps for her */
}

/* CHAT-08 */
static void one_who_is_slow_is_told_how_many_messages_were_missed(void **state)
{
    int next = 1;
    (void)state;
    ann_stops_reading();
    assert_true(ann_catches_up(&next, 1500) > 0);
    bob_counts(1501, 1600, "");
    assert_int_equal(ann_catches_up(&next, 1600), 0); /* she is quick again */
    close(ann.fd);
    close(bob.fd);
    server_stop();
}

/* CHAT-08 */
static void one_who_misses_too_much_is_let_go(void **state)
{
    char *line, words[100] = "";
    (void)state;
    ann_stops_reading();
    bob_counts(1501, 13000, "");
    while ((line = peer_line(&ann)) && strcmp(line, "* bye: you are too slow"))
        snprintf(words, sizeof words, "%.99s", line);
    assert_int_equal(strncmp(words, "* you missed 1", 14), 0);
    peer_hears_the_end(&ann);
    peer_hears(&bob, "* guest1 leaves lobby");
    close(bob.fd);
    server_stop();
}

/* ---- Many of them -------------------------------------------------------- */

/* CHAT-09 */
static void one_client_more_than_seats_waits_until_a_seat_is_free(void **state)
{
    (void)state;
    server_start("2", 0);
    peer_enters(&ann, "ann");
    peer_enters(&bob, "bob");
    server_until("all seats are taken");
    peer_dial(&cid, 0);
    peer_types(&cid, "/name cid\n");
    for (int i = 0; i < 20; i++) {
        peer_types(&ann, "/users\n");
        peer_until(&ann, "* in lobby: ann bob");
    }
    peer_quits(&bob);
    peer_hears(&cid, "* hello, you are guest3; /help says what you can do");
    peer_until(&ann, "* guest3 is now cid");
    close(ann.fd);
    close(cid.fd);
    server_stop();
}

/* CHAT-09 */
static void of_200_at_once_each_gets_its_turn(void **state)
{
    static struct peer crowd[200];
    (void)state;
    server_start("10", 0);
    for (int i = 0; i < 200; i++)
        peer_dial(&crowd[i], 0);
    for (int i = 0; i < 200; i++)
        peer_types(&crowd[i], "hello\n");
    for (int i = 0; i < 200; i++) {
        assert_non_null(strstr(peer_line(&crowd[i]), "* hello, you are guest"));
        peer_quits(&crowd[i]);
    }
    server_stop();
}

/* CHAT-10 */
static void without_descriptors_clients_wait(void **state)
{
    static struct peer crowd[40];
    (void)state;
    server_start("100", 20);
    for (int i = 0; i < 40; i++)
        peer_dial(&crowd[i], 0);
    server_until("clients have to wait: too many open files");
    for (int i = 0; i < 40; i++) {
        assert_non_null(strstr(peer_line(&crowd[i]), "* hello, you are guest"));
        peer_quits(&crowd[i]);
    }
    kill(server.pid, SIGTERM);
    server_ended(1);
}

/* ---- The end ------------------------------------------------------------- */

/* CHAT-11 */
static void a_server_that_ends_lets_all_read_the_rest(void **state)
{
    static struct peer crowd[20];
    char *line, last[100] = "";
    (void)state;
    server_start("20", 0);
    for (int i = 0; i < 20; i++)
        peer_dial(&crowd[i], 0);
    server_until("all seats are taken");
    for (int n = 0; n < 20; n++)
        for (int i = 0; i < 20; i++)
            peer_types(&crowd[i], "busy\nbusy\n");
    assert_int_equal(kill(server.pid, SIGINT), 0);
    server_until("signal 2: no more clients");
    for (int i = 0; i < 20; i++) {
        while ((line = peer_line(&crowd[i])))
            snprintf(last, sizeof last, "%.99s", line);
        assert_string_equal(last, "* bye: the server ends");
        peer_hears_the_end(&crowd[i]);
    }
    assert_string_equal(server_line(), "clients left, and dropped: 0");
    server_ended(0);
}

/* CHAT-11 */
static void one_who_does_not_read_cannot_keep_a_server_from_ending(void **state)
{
    (void)state;
    ann_stops_reading();
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    peer_until(&bob, "* bye: the server ends");
    peer_hears_the_end(&bob);
    assert_string_equal(server_until("clients left"),
                        "clients left, and dropped: 1");
    server_ended(0);
    close(ann.fd);
}

/* CHAT-11 */
static void the_second_signal_does_not_wait(void **state)
{
    (void)state;
    ann_stops_reading();
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    server_until("signal 15: no more clients");
    assert_int_equal(kill(server.pid, SIGINT), 0);
    server_ended(128 + SIGINT);
    close(ann.fd);
    close(bob.fd);
}

#define TEST(f) cmocka_unit_test_teardown(f, stop_if_it_failed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_said_in_a_room_is_heard_by_all_in_it),
        TEST(a_name_belongs_to_one),
        TEST(a_command_that_does_not_exist_is_answered_with_help),
        TEST(a_line_is_whole_however_it_comes),
        TEST(a_line_that_is_too_long_is_an_error_and_not_the_end),
        TEST(junk_is_made_harmless),
        TEST(those_who_leave_at_once_leave_nothing_behind),
        TEST(a_client_that_half_closes_gets_its_answers_and_the_end),
        TEST(a_reset_in_mid_line_says_nothing),
        TEST(one_who_is_slow_is_told_how_many_messages_were_missed),
        TEST(one_who_misses_too_much_is_let_go),
        TEST(one_client_more_than_seats_waits_until_a_seat_is_free),
        TEST(of_200_at_once_each_gets_its_turn),
        TEST(without_descriptors_clients_wait),
        TEST(a_server_that_ends_lets_all_read_the_rest),
        TEST(one_who_does_not_read_cannot_keep_a_server_from_ending),
        TEST(the_second_signal_does_not_wait),
    };
    program = getenv("CHAT");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
