#include "program.h"
#include "learn.h"

static const struct {
    const char *name;
    command_fn *run;
    bool many; /* takes more than one name */
} commands[] = {
    { "list", list_command, false },         { "run", run_command, true },
    { "check", check_command, true },        { "watch", watch_command, false },
    { "hint", hint_command, false },         { "reset", reset_command, false },
    { "solution", solution_command, false },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- Ctrl-C -------------------------------------------------------------- */

static void signal_cb(uv_signal_t *handle, int signal)
{
    struct learn *l = handle->data;
    if (signal == SIGINT && l->lent)
        return; /* meant for the program that has the terminal */
    l->signal = signal;
    task_abort(l->task); /* its drop kills what it had started */
}

int learn_await(struct learn *l, struct task *t)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    uv_signal_t signals[3];
    struct join join;
    l->task = t;
    for (int i = 0; i < 3; i++) {
        uv_signal_init(l->executor->loop, &signals[i]);
        signals[i].data = l;
        uv_signal_start(&signals[i], signal_cb, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]); /* they are no work */
    }
    block_on(l->executor, task_join(&join, t));
    for (int i = 0; i < 3; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    uv_run(l->executor->loop, UV_RUN_NOWAIT); /* closes them */
    return join.status ? 128 + l->signal : 0;
}

/* ---- Commands ------------------------------------------------------------ */

static int unknown(const struct learn *l, const char *word)
{
    const char *names[COMMANDS], *near;
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (strcmp(item->name, word) != 0)
            continue;
        complain("did you mean %s %s %s?", l->as,
                 item->kind == EXERCISE ? "check" : "run", word);
        return 2;
    }
    near = nearest(word, names, COMMANDS);
    if (near)
        complain("there is no command '%s'; did you mean %s?", word, near);
    else
        complain("there is no command '%s'; %s --help lists them", word, l->as);
    return 2;
}

/* The script knows the help, as it must without a build. */
static bool asks_for_help(char *const *argv)
{
    static const char *const words[] = { "--help", "-h", "help", "--version" };
    bool asks = argv[0] && argv[1] &&
                (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    for (size_t i = 0; argv[0] && i < sizeof words / sizeof *words; i++)
        asks = asks || strcmp(argv[0], words[i]) == 0;
    return asks;
}

static int command(struct learn *l, char **argv)
{
    struct path script = path_of("%s/learn", l->course.root);
    if (asks_for_help(argv)) {
        execv(script.text, argv - 1);
        complain("cannot run %s: %s", script.text, strerror(errno));
        return 1;
    }
    if (!argv[0])
        return look.terminal && isatty(STDIN_FILENO) ? watch_command(l, argv)
                                                     : stand_command(l, argv);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[0], commands[i].name) == 0) {
            if (commands[i].many || !argv[1] || !argv[2])
                return commands[i].run(l, argv + 1);
            complain("%s takes one name, and here are more", argv[0]);
            return 2;
        }
    return unknown(l, argv[0]);
}

/* Ends the executor, then waits for processes that were told to stop. */
static int shut(struct executor *ex, uv_loop_t *loop)
{
    (void)executor_close(ex);
    uv_run(loop, UV_RUN_DEFAULT);
    return uv_loop_close(loop);
}

int main(int argc, char **argv)
{
    struct learn l = { .as = getenv("LEARN_AS") };
    struct executor ex;
    uv_loop_t loop;
    const char *self = argv[0];
    int status, rc;
    program_begin_options(argc, argv, "COMMAND");
    if (!l.as)
        l.as = "./learn";
    look_init();
    if (!course_open(&l.course, self))
        return 1;
    progress_open(&l.progress, &l.course);
    uv_loop_init(&loop);
    executor_init(&ex, &loop, NULL);
    l.executor = &ex;
    status = command(&l, argv + 1);
    rc = shut(&ex, &loop);
    if (rc) {
        complain("the loop did not close: %s", uv_strerror(rc));
        status = 1;
    }
    progress_close(&l.progress);
    course_close(&l.course);
    return program_end(status);
}
