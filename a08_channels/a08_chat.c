/* How do clients of a server talk to each other?
 *
 * This is the server of a07_echo, as a chat.  Each room is a broadcast channel,
 * and each client a task that waits for two things: a message of its room, and
 * a line of its connection.  A semaphore has a seat for each client; those who
 * find none wait at the door.  On Ctrl-C the rooms are closed, and each client
 * gets what was said before, and a last word.
 *
 * Run:    ./a08_chat               a server and its clients, for a moment
 *         ./a08_chat --port 4000   the server alone; then  nc localhost 4000
 *         ./a08_chat --port 4000 --max 10   with 10 seats instead of 100
 * Watch:  Two want the same name.  A line is heard when it is complete.  What
 *         is said in one room is not heard in the other.  Cid waits for a seat
 *         until Bob leaves.
 *
 * Expected output:
 *       20 ms  Ann connects
 *       20 ms      Ann hears * hello, you are guest1; /help says what you can do
 *       20 ms      Ann hears * guest1 joins lobby
 *       40 ms  Ann types /name ann
 *       40 ms      Ann hears * guest1 is now ann
 *       60 ms  Bob connects
 *       60 ms  all seats are taken
 *       60 ms      Ann hears * guest2 joins lobby
 *       60 ms      Bob hears * hello, you are guest2; /help says what you can do
 *       60 ms      Bob hears * guest2 joins lobby
 *       80 ms  Bob types /name Ann
 *       80 ms      Bob hears * the name ann is taken
 *      100 ms  Bob types /name bob
 *      100 ms      Bob hears * guest2 is now bob
 *      100 ms      Ann hears * guest2 is now bob
 *      120 ms  Bob types hel
 *      140 ms  Ann types good morning
 *      140 ms      Ann hears ann: good morning
 *      140 ms      Bob hears ann: good morning
 *      160 ms  Bob types lo?
 *      160 ms      Bob hears bob: hello?
 *      160 ms      Ann hears bob: hello?
 *      180 ms  Cid connects
 *      200 ms  Bob types /join tea
 *      200 ms      Bob hears * bob joins tea
 *      200 ms      Ann hears * bob leaves lobby
 *      220 ms  Ann types /rooms
 *      220 ms      Ann hears * rooms: lobby (1) tea (1)
 *      240 ms  Bob types is anybody here?
 *      240 ms      Bob hears bob: is anybody here?
 *      260 ms  Bob types /quit
 *      260 ms      Bob hears * bye
 *      260 ms      Bob hears the end
 *      260 ms  all seats are taken
 *      260 ms      Cid hears * hello, you are guest3; /help says what you can do
 *      260 ms      Cid hears * guest3 joins lobby
 *      260 ms      Ann hears * guest3 joins lobby
 *      280 ms  Cid types what did I miss?
 *      280 ms      Cid hears guest3: what did I miss?
 *      280 ms      Ann hears guest3: what did I miss?
 *      300 ms  Eve stops the server
 *      300 ms  signal 15: no more clients
 *      300 ms      Cid hears * bye: the server ends
 *      300 ms      Ann hears * bye: the server ends
 *      300 ms      Cid hears the end
 *      300 ms      Ann hears the end
 *      300 ms  clients left, and dropped: 0
 *
 * Try:    Make SEATS 3: Cid does not have to wait.
 *         Leave out, one at a time, and see what it was for:
 *         the question for `other` in chat_name_(), chat_commands.h;
 *         chat_close() in chat_server_poll(), chat_server.h;
 *         permit_drop() in chat_client_poll(), chat_client.h.
 */
#include "a08_channels/chat_demo.h"
#include "a08_channels/chat_server.h"

/* In the demo; otherwise 100, or as --max says. */
enum { SEATS = 2 };

static const struct chat_rules rules = {
    .patience = 10000, .missed = 10000, .farewell = 1000, .end = 5000
};

static const struct chat_act play[] = {
    { 20, "Ann", "" },
    { 40, "Ann", "/name ann\n" },
    { 60, "Bob", "" },
    { 80, "Bob", "/name Ann\n" },
    { 100, "Bob", "/name bob\n" },
    { 120, "Bob", "hel" },
    { 140, "Ann", "good morning\n" },
    { 160, "Bob", "lo\a\n" },
    { 180, "Cid", "" },
    { 200, "Bob", "/join tea\n" },
    { 220, "Ann", "/rooms\n" },
    { 240, "Bob", "is anybody here?\n" },
    { 260, "Bob", "/quit\n" },
    { 280, "Cid", "what did I miss?\n" },
    { 300, "Eve", NULL },
};

struct options {
    int port; /* -1: the demo */
    long max;
};

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = { { "port", 1, NULL, 'p' },
                                           { "max", 1, NULL, 'm' },
                                           { 0 } };
    struct options options = { .port = -1 };
    int c;
    program_begin_options(argc, argv, "[--port P] [--max N]");
    while ((c = program_option(argc, argv, "", known)) != -1)
        if (c == 'p')
            options.port = (int)program_number("--port", optarg, 0, 65535);
        else
            options.max = program_number("--max", optarg, 1, 1000000);
    program_no_more(argc, argv);
    if (!options.max)
        options.max = options.port < 0 ? SEATS : 100;
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    struct tcp *listener;
    struct chat_server server;
    struct runtime rt;
    runtime_init(&rt, NULL);
    runtime_check(tcp_listen(&listener, &rt.executor, "127.0.0.1",
                             options.port < 0 ? 0 : options.port),
                  "listen");
    if (options.port < 0)
        chat_play(&rt.executor, play, sizeof play / sizeof play[0],
                  tcp_port(listener));
    else
        say(&rt.executor, "port %d", tcp_port(listener));
    block_on(&rt.executor,
             chat_server(&server, listener, (size_t)options.max, &rules));
    return runtime_close(&rt) ? 1 : server.status;
}
