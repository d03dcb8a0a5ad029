/* What do the tasks of a program do at this moment, and where do they wait?
 *
 * This is htop for tasks.  It connects to a program that was started with
 * EXECUTOR_CONSOLE=1, asks it twice a second, and shows a table of its tasks.
 * The program can be any of the course, and has no code for it.  Without a
 * terminal and without arguments, the console shows its own tasks once: the
 * six of a10_watched, and the one that asks.
 *
 * Run:    EXECUTOR_CONSOLE=1 ./a10_watched     in one terminal
 *         ./a10_console                        in another one
 *         ./a10_console PROGRAM      its pid, its name or the path of a socket
 *         ./a10_console --once       the table as text; --sort busy
 * Watch:  One of the six has kept the thread for long, one wakes itself, one is
 *         large; the console says so.  `stuck` waits in mutex_lock, and will
 *         wait forever: nothing else in the table tells you that it is wrong.
 *
 * Expected output:
 *     a10_console: 7 tasks, 0 are over
 *             ID NAME         STATE    SINCE TOTAL  BUSY READY POLLS  SELF WAITS IN
 *              1 ticker       waiting  <text> sleep_ms
 *      S       2 impatient    <text>
 *     C        3 computes     waiting  <text>     1     0 sleep_ms
 *       L      4 large        waiting  <text>     1     0 sleep_ms
 *              5 keeper       waiting  <text>     1     0 sleep_ms
 *              6 stuck        waiting  <text>     1     0 mutex_lock
 *              7 once         waiting  <text>     2     0 timeout_ms
 *     S  2 impatient: 95 % of its wakes come from its own polls
 *     C  3 computes: a poll took <text>; no other task ran meanwhile
 *     L  4 large: its frame has <n> bytes
 *
 * Try:    Let ticker_poll(), in console_demo.h, sleep for 1 ms: it is polled
 *         often, and gets no warning.
 *         Let keeper_poll() unlock before its loop: then nobody is stuck.
 */
#include <sys/ioctl.h>
#include "a07_select/signals.h"
#include "a10_tracing/console_choose.h"
#include "a10_tracing/console_demo.h"
#include "a10_tracing/console_feed.h"
#include "runtime.h"

struct options {
    const char *program; /* NULL: there is only one */
    bool once;
    bool terminal; /* there is one */
    bool demo;     /* show the console itself */
    enum console_column column;
};

/* ---- Keys, until it is to end -------------------------------------------- */

struct console {
    struct async async;
    struct console_client client;
    struct console_screen screen;
    struct notify changed;
    struct tcp *keys;
    struct signals signals;
    struct task *feed;
    struct tcp_ready key;
    struct signals_next signal;
    struct sleep nap;
    struct select select;
};

/* A terminal that is gone can always be read, and has nothing. */
static bool is_gone(int fd)
{
    int n = 0;
    return ioctl(fd, FIONREAD, &n) != 0 || n == 0;
}

static void read_keys(struct console *self)
{
    int key;
    while ((key = getch()) != ERR) {
        console_key(&self->screen, key);
        notify_one(&self->changed);
    }
}

/* A wait for a key that never ends would not see that the window has another
 * size, so it ends after a while. */
static enum poll console_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct console);
    self->feed =
        task_spawn(cx->executor, feed(task_slot(struct feed), &self->client,
                                      &self->screen, &self->changed));
    runtime_check(signals_open(&self->signals, cx->executor),
                  "wait for Ctrl-C");
    while (!self->screen.quit) {
        SELECT_BIASED() {
            ARM(tcp_ready(&self->key, self->keys, UV_READABLE))
                self->screen.quit = is_gone(self->keys->fd);
            ARM(signals_next(&self->signal, &self->signals))
                self->screen.quit = true;
            ARM(sleep_ms(&self->nap, REFRESH_MS)) {
            }
        }
        read_keys(self);
        console_draw(&self->screen);
    }
    ASYNC_FINALLY
    task_abort(self->feed);
    task_detach(self->feed);
    notify_drop(&self->changed);
    console_client_close(&self->client);
    signals_close(&self->signals);
    tcp_close(self->keys);
    ASYNC_END;
}

static const struct future_ops console_ops = ASYNC_OPS(console);

/* ---- Start --------------------------------------------------------------- */

static void watch(struct runtime *rt, struct console *console)
{
    int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    FILE *keys = fd < 0 ? NULL : fdopen(dup(fd), "r");
    if (!keys)
        program_exit(1, "cannot read the terminal: %s", strerror(errno));
    runtime_check(tcp_adopt(&console->keys, &rt->loop, fd), "wait for keys");
    notify_init(&console->changed);
    console_screen_open(keys);
    block_on(&rt->executor, &console->async.future);
    endwin();
}

static void print_once(struct runtime *rt, struct console *console,
                       uint64_t delay)
{
    static struct once frame;
    block_on(&rt->executor,
             once(&frame, &console->client, console->screen.column, delay));
    console_client_close(&console->client);
}

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = { { "once", 0, NULL, 'o' },
                                           { "sort", 1, NULL, 's' },
                                           { 0 } };
    struct options options = { .column = COLUMN_ID };
    int c, column;
    program_begin_options(argc, argv, "[--once] [--sort COLUMN] [PROGRAM]");
    options.terminal = isatty(0) && isatty(1);
    options.demo = argc == 1 && !options.terminal;
    while ((c = program_option(argc, argv, "", known)) != -1) {
        options.once = options.once || c == 'o';
        if (c != 's')
            continue;
        column = console_index(optarg, console_columns, CONSOLE_COLUMNS);
        if (column < 0)
            program_exit(2, "--sort '%s': no column; see notes/a10_tracing.md",
                         optarg);
        options.column = (enum console_column)column;
    }
    if (optind < argc)
        options.program = argv[optind++];
    program_no_more(argc, argv);
    if (!options.terminal && !options.once && !options.demo)
        program_exit(2, "this is no terminal; --once prints the table");
    return options;
}

int main(int argc, char **argv)
{
    static struct console console = { .async.future.ops = &console_ops };
    static struct console_demo demo;
    struct options options = parse(argc, argv);
    struct runtime rt;
    if (options.demo)
        options.program = console_demo_socket();
    runtime_init(&rt, NULL);
    if (options.demo)
        console_demo_start(&demo, &rt.executor);
    runtime_check(console_client_open(&console.client, &rt.loop,
                                      console_choose_program(options.program)),
                  "talk to the program");
    console_sort_by(&console.screen, options.column);
    if (options.demo || options.once)
        print_once(&rt, &console, options.demo ? DEMO_MS : 0);
    else
        watch(&rt, &console);
    console_demo_end(&demo);
    return runtime_close(&rt);
}
