/* The console's protocol and view, and the thread that answers, in a process
 * that watches itself. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include "a10_tracing/console_choose.h"
#include "a10_tracing/console_server.h"
#include "a10_tracing/console_view.h"
#include "leaves.h"
#include <setjmp.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

/* ---- Protocol ------------------------------------------------------------ */

static struct console_row row; /* large, so not on the stack */
static struct console_row copy;

static char *written(const struct console_row *r, const char *where)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    console_write_row(out, r, where);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* CONSOLE-01 */
static void a_row_arrives_as_it_was_sent(void **state)
{
    char *text, *line, *rest;
    row = (struct console_row){ .executor = 2,
                                .id = 7,
                                .state = TASK_QUEUED,
                                .since = 1,
                                .total = 100,
                                .busy = 20,
                                .ready = 30,
                                .longest = 4,
                                .polls = 5,
                                .wakes = 6,
                                .self_wakes = 1,
                                .frame = 2000,
                                .name = "a worker" };
    line = text = written(&row, "a at x.c:1 -> b\n  |- c\n  `- d");
    rest = strchr(line, '\n');
    *rest++ = '\0';
    assert_string_equal(console_word(&line), "task");
    assert_true(console_read_row(line, &copy));
    assert_int_equal(copy.executor, 2);
    assert_int_equal(copy.id, 7);
    assert_int_equal(copy.state, TASK_QUEUED);
    assert_int_equal(copy.total, 100);
    assert_int_equal(copy.longest, 4);
    assert_int_equal(copy.frame, 2000);
    assert_int_equal(console_idle(&copy), 50);
    assert_string_equal(copy.name, "a worker");
    assert_string_equal(rest, "at a at x.c:1 -> b\nat   |- c\nat   `- d\n");
    free(text);
    console_read_where("a at x.c:1 -> b", &copy);
    console_read_where("  `- d", &copy);
    assert_string_equal(copy.where, "a at x.c:1 -> b\n  `- d");
}

static bool reads(const char *text)
{
    char line[CONSOLE_LINE];
    snprintf(line, sizeof line, "%s", text);
    return console_read_row(line, &copy);
}

/* CONSOLE-02 */
static void what_is_no_row_is_refused(void **state)
{
    assert_true(reads("1 7 queued 1 2 3 4 5 6 7 8 9 name"));
    assert_false(reads(""));
    assert_false(reads("1"));
    assert_false(reads("1 7 sleeping 1 2 3 4 5 6 7 8 9 name"));
    assert_false(reads("1 7 queued 1 2 3 4 5 6 7 8 x name"));
    assert_false(reads("1 7 queued 1 2 3 4 5 6 7 8"));
    assert_false(reads("1 7 queued -1 2 3 4 5 6 7 8 9 name"));
    assert_false(reads("1 7 queued 99999999999999999999 2 3 4 5 6 7 8 9 n"));
    assert_false(reads("1 4294967296 queued 1 2 3 4 5 6 7 8 9 name"));
}

/* CONSOLE-02 */
static void no_text_can_disturb_a_terminal(void **state)
{
    char *text, much[3 * CONSOLE_WHERE];
    row = (struct console_row){ .id = 1, .name = "\033[2J\n\377" };
    text = written(&row, "\033]0;title\a\n\n-");
    assert_non_null(strstr(text, " ?[2J\nat ?]0;title?\nat \nat -\n"));
    free(text);
    assert_true(reads("1 7 queued 1 2 3 4 5 6 7 8 9 \033[2J\r\t\377"));
    assert_string_equal(copy.name, "?[2J???");
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    for (int i = 0; i < 3; i++)
        console_read_where(much, &copy);
    assert_int_equal(strlen(copy.where), CONSOLE_WHERE - 1);
    console_copy_text(copy.name, sizeof copy.name, much);
    assert_int_equal(strlen(copy.name), CONSOLE_NAME - 1);
}

static bool asks(const char *text, struct console_query *q)
{
    char line[CONSOLE_LINE];
    snprintf(line, sizeof line, "%s", text);
    return console_parse_query(q, line);
}

/* CONSOLE-02 */
static void what_is_no_question_is_refused(void **state)
{
    static struct console_query q;
    assert_true(asks("table busy down 3 20", &q));
    assert_int_equal(q.column, COLUMN_BUSY);
    assert_true(q.down && q.from == 3 && q.ask.n == 20);
    assert_true(asks("wake 1 2", &q));
    assert_true(q.ask.wake && q.ask.tasks[0].id == 2);
    assert_true(asks("table id up 18446744073709551615 128", &q));
    assert_false(asks("", &q));
    assert_false(asks("table", &q));
    assert_false(asks("table id up 0 129", &q));
    assert_false(asks("table id sideways 0 1", &q));
    assert_false(asks("table shoe up 0 1", &q));
    assert_false(asks("table id up 0 1 2", &q));
    assert_false(asks("task 1", &q));
    assert_false(asks("task 1 -2", &q));
    assert_false(asks("wake 1 0", &q)); /* no task: all have a number above */
    assert_false(asks("GET / HTTP/1.1", &q));
}

/* ---- View ---------------------------------------------------------------- */

/* CONSOLE-03 */
static void figures_have_five_columns(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } durations[] = {
        { 999999, "0" },
        { 7000000, "7ms" },
        { 999999999, "999ms" },
        { UINT64_C(1250) * 1000000, "1.25s" },
        { UINT64_C(9999) * 1000000, "9.99s" },
        { UINT64_C(12500) * 1000000, "12.5s" },
        { UINT64_C(190) * 1000000000, "3m10" },
        { UINT64_C(3600) * 1000000000, "60m" },
        { UINT64_C(7200) * 1000000000, "2h" },
        { UINT64_C(864000) * 1000000000, "10d" },
    };
    char text[CONSOLE_SHORT];
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        assert_string_equal(console_duration(text, durations[i].ns),
                            durations[i].text);
    assert_string_equal(console_count(text, 99999), "99999");
    assert_string_equal(console_count(text, 123456), "123k");
    assert_string_equal(console_count(text, 12345678), "12M");
    for (uint64_t n = 1; n && n < UINT64_MAX / 3; n *= 3) {
        assert_true(strlen(console_count(text, n)) <= 5);
        assert_true(strlen(console_duration(text, n)) <= 5);
    }
    assert_true(strlen(console_count(text, UINT64_MAX)) <= 5);
    assert_true(strlen(console_duration(text, UINT64_MAX)) <= 5);
}

/* CONSOLE-03 */
static void a_narrow_table_names_the_last_future(void **state)
{
    char text[100];
    row = (struct console_row){ .id = 1, .state = TASK_WAITING };
    strcpy(row.where, "a at x.c:1 -> b at y.c:2 -> mutex_lock");
    console_where(text, sizeof text, 40, &row);
    assert_string_equal(text, row.where);
    console_where(text, sizeof text, 30, &row);
    assert_string_equal(text, "mutex_lock");
    strcpy(row.where, "a at x.c:1 -> join_two\n  |- b at x.c:3 -> sleep_ms\n"
                      "  `- mpsc_recv");
    console_where(text, sizeof text, 80, &row);
    assert_string_equal(text, "join_two: sleep_ms, mpsc_recv");
    console_where(text, sizeof text, 10, &row);
    assert_string_equal(text, "join_two");
    row.where[0] = '\0';
    console_where(text, sizeof text, 80, &row);
    assert_string_equal(text, "(not known now)");
}

/* CONSOLE-03 */
static void a_row_fills_no_more_than_its_width(void **state)
{
    char text[400];
    row = (struct console_row){ .id = UINT_MAX,
                                .state = TASK_CANCELLED,
                                .total = UINT64_MAX / 4,
                                .polls = UINT64_MAX };
    memset(row.name, 'n', CONSOLE_NAME - 1);
    memset(row.where, 'w', CONSOLE_WHERE - 1);
    for (int width = 80; width < 300; width += 20) {
        console_row_text(text, sizeof text, width, &row, false);
        assert_true((int)strlen(text) <= width + 4); /* an id of 10 digits */
    }
}

/* CONSOLE-03 */
static void of_several_executors_each_task_has_two_numbers(void **state)
{
    char text[400];
    row = (struct console_row){ .executor = 2, .id = 7, .name = "w" };
    console_row_text(text, sizeof text, 80, &row, false);
    assert_non_null(strstr(text, "     7 w "));
    console_row_text(text, sizeof text, 80, &row, true);
    assert_non_null(strstr(text, "   2.7 w "));
}

/* CONSOLE-04 */
static void warnings_need_a_reason(void **state)
{
    char text[200];
    row = (struct console_row){ .id = 3,
                                .name = "w",
                                .state = TASK_WAITING,
                                .wakes = 15,
                                .self_wakes = 15,
                                .frame = 1024 };
    assert_int_equal(console_judge(&row), 0);
    row.wakes = 16;
    row.self_wakes = 8;
    assert_int_equal(console_judge(&row), 0);
    row.self_wakes = 9;
    assert_int_equal(console_judge(&row), 1U << WARN_SELF_WAKES);
    console_warning(text, sizeof text, &row, WARN_SELF_WAKES);
    assert_string_equal(text,
                        "S  3 w: 56 % of its wakes come from its own polls");
    row.frame = 1040;
    row.longest = 200000000;
    assert_int_equal(console_judge(&row), 7);
    console_warning(text, sizeof text, &row, WARN_LONG_POLL);
    assert_string_equal(text, "C  3 w: a poll took 200ms; no other task ran "
                              "meanwhile");
    row.state = TASK_POLLED;
    row.since = row.longest;
    console_warning(text, sizeof text, &row, WARN_LONG_POLL);
    assert_string_equal(text, "C  3 w: never yields: this poll runs for 200ms");
}

/* ---- Names of sockets ---------------------------------------------------- */

/* CONSOLE-05 */
static void only_names_of_sockets_are_looked_at(void **state)
{
    char name[8];
    long pid;
    assert_true(console_parse_name("executor-a-b-12.sock", name, 8, &pid));
    assert_string_equal(name, "a-b");
    assert_int_equal(pid, 12);
    assert_false(console_parse_name("executor-a-.sock", name, 8, &pid));
    assert_false(console_parse_name("executor-a-12", name, 8, &pid));
    assert_false(console_parse_name("executor-a--1.sock", name, 8, &pid) &&
                 pid <= 0);
    assert_false(console_parse_name("executor-a-1x.sock", name, 8, &pid));
    assert_false(console_parse_name("bus", name, 8, &pid));
    assert_false(
        console_parse_name("executor-muchtoolong-1.sock", name, 8, &pid));
}

/* ---- A process that watches itself --------------------------------------- */

static char folder[] = "/tmp/test_console.XXXXXX";
static char path[64];
static uv_loop_t loop;
static struct executor ex;
static int heard; /* by hooks of the program's own */

static void on_poll(struct task *t)
{
    heard++;
}

static void up(void)
{
    static const struct executor_hooks own = { .poll_begins = on_poll };
    struct executor_options options = { .hooks = &own };
    assert_int_equal(uv_loop_init(&loop), 0);
    executor_init(&ex, &loop, &options);
    heard = 0;
}

static void down(void)
{
    assert_int_equal(executor_close(&ex), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_null(console_first);
}

static int dial(void)
{
    int fd = console_connect(path);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0); /* it blocks */
    return fd;
}

/* One question, and its answer up to the end of the connection or "end". */
static const char *ask(int fd, const char *question)
{
    static char text[200000];
    size_t n = 0;
    assert_int_equal(write(fd, question, strlen(question)), strlen(question));
    for (;;) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        assert_true(got > 0);
        n += (size_t)got;
        text[n] = '\0';
        if (n >= 4 && strcmp(text + n - 4, "end\n") == 0)
            return text;
    }
}

/* The row of this task in an answer, in `copy`. */
static bool finds(const char *answer, unsigned id)
{
    char line[CONSOLE_LINE], *rest;
    for (const char *at = answer; (at = strstr(at, "task ")); at++) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        rest = line + 5;
        if (console_read_row(rest, &copy) && copy.id == id)
            return true;
    }
    return false;
}

/* "task" or "wake", and the first task of this executor. */
static const char *about_first(const char *what)
{
    static char question[40];
    snprintf(question, sizeof question, "%s %u 1\n", what,
             console_first->number);
    return question;
}

/* In another thread, since the answer needs this one's loop. */
struct asker {
    struct async async;
    struct sleep nap;
    int fd;
    const char *question;
    const char *answer;
    pthread_t thread;
    atomic_bool done;
};

static void *asker_thread(void *data)
{
    struct asker *self = data;
    self->answer = ask(self->fd, self->question);
    atomic_store(&self->done, true);
    return NULL;
}

static enum poll asker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct asker);
    assert_int_equal(pthread_create(&self->thread, NULL, asker_thread, self),
                     0);
    while (!atomic_load(&self->done))
        AWAIT(sleep_ms(&self->nap, 1));
    pthread_join(self->thread, NULL);
    ASYNC_END;
}

static const struct future_ops asker_ops = ASYNC_OPS(asker);

static const char *ask_and_run(int fd, const char *question)
{
    struct asker asker = { .async.future.ops = &asker_ops };
    asker.fd = fd;
    asker.question = question;
    block_on(&ex, &asker.async.future);
    return asker.answer;
}

/* On a busy machine the loop may answer too late to say where tasks wait. */
static const char *ask_until_known(int fd, const char *question)
{
    const char *answer = ask_and_run(fd, question);
    while (!strstr(answer, "-> sleep_ms"))
        answer = ask_and_run(fd, question);
    return answer;
}

/* CONSOLE-09 */
static void without_tasks_the_table_is_empty(void **state)
{
    const char *answer;
    int fd;
    up();
    fd = dial();
    answer = ask(fd, "table id up 0 9\n");
    assert_null(strstr(answer, "task "));
    close(fd);
    down();
}

struct sleeper {
    struct async async;
    struct yield yield;
    struct sleep nap;
    int yields;
};

static enum poll sleeper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sleeper);
    while (self->yields-- > 0)
        AWAIT(yield_now(&self->yield));
    AWAIT(sleep_ms(&self->nap, 3600000));
    ASYNC_END;
}

static const struct future_ops sleeper_ops = ASYNC_OPS(sleeper);

static struct task *spawn_sleeper(int yields)
{
    struct sleeper *self = task_slot(struct sleeper);
    *self =
        (struct sleeper){ .async.future.ops = &sleeper_ops, .yields = yields };
    return task_spawn(&ex, &self->async.future);
}

/* CONSOLE-06 */
static void each_poll_and_wake_is_counted(void **state)
{
    struct task *t;
    const char *answer;
    int fd;
    up();
    t = spawn_sleeper(20);
    fd = dial();
    answer = ask_until_known(fd, "table id up 0 10\n");
    assert_true(finds(answer, 1));
    assert_int_equal(copy.state, TASK_WAITING);
    assert_int_equal(copy.polls, 21);
    assert_int_equal(copy.wakes, 21);
    assert_int_equal(copy.self_wakes, 20);
    assert_int_equal(copy.frame, t->blocks * 16U - sizeof *t);
    assert_true(copy.warnings >> WARN_SELF_WAKES & 1);
    assert_string_equal(copy.name, "sleeper");
    assert_non_null(strstr(answer, "at sleeper at console.c:"));
    assert_non_null(strstr(answer, "-> sleep_ms\n"));
    assert_true(heard > 21);
    task_detach(t);
    close(fd);
    down();
}

/* CONSOLE-06 */
static void a_task_that_is_over_is_gone(void **state)
{
    struct task *t;
    int fd;
    up();
    t = spawn_sleeper(0);
    fd = dial();
    assert_true(finds(ask_and_run(fd, about_first("task")), 1));
    task_abort(t);
    task_detach(t);
    assert_false(finds(ask_and_run(fd, "table id up 0 9\n"), 1));
    close(fd);
    down();
}

struct hog {
    struct future future;
    int fd;
};

static enum poll hog_poll(struct future *f, struct context *cx)
{
    int fd = container_of(f, struct hog, future)->fd;
    const char *answer;
    do /* until it has computed for too long */
        answer = ask(fd, "table id up 0 10\n");
    while (finds(answer, 2) && !(copy.warnings >> WARN_LONG_POLL & 1));
    assert_int_equal(copy.polls, 1);
    assert_true(finds(answer, 2));
    assert_int_equal(copy.state, TASK_POLLED);
    assert_string_equal(copy.name, "hog");
    assert_true(finds(answer, 1));
    assert_int_equal(copy.state, TASK_QUEUED);
    assert_null(strstr(answer, "\nat ")); /* nobody can be asked now */
    return POLL_READY;
}

static const struct future_ops hog_ops = { .name = "hog",
                                           .poll = hog_poll,
                                           .drop = future_drop_nothing };

/* CONSOLE-07 */
static void it_answers_while_a_poll_runs(void **state)
{
    struct hog hog = { .future.ops = &hog_ops };
    struct task *t;
    up();
    hog.fd = dial();
    t = spawn_sleeper(1);
    block_on(&ex, &hog.future); /* the sleeper has yielded, and is ready */
    task_detach(t);
    close(hog.fd);
    down();
}

/* CONSOLE-08 */
static void pages_of_tasks_that_are_over_are_freed(void **state)
{
    unsigned pages = 0;
    struct task *keep = NULL;
    up();
    for (int i = 0; i < 1000; i++) {
        struct task *t = spawn_sleeper(0);
        if (i == 500)
            keep = t;
        else {
            task_abort(t);
            task_detach(t);
        }
    }
    for (unsigned i = 0; i < console_first->n_pages; i++)
        pages += console_first->pages[i] != NULL;
    assert_int_equal(console_first->n_pages, 1000 / CONSOLE_PAGE + 1);
    assert_int_equal(pages, 2); /* of the one that lives, and the last */
    task_detach(keep);
    down();
}

/* CONSOLE-09 */
static void sorted_and_in_parts(void **state)
{
    struct task *tasks[100];
    const char *answer;
    int fd;
    up();
    for (int i = 0; i < 100; i++)
        tasks[i] = spawn_sleeper(i);
    fd = dial();
    ask_and_run(fd, "table id up 0 0\n");
    for (int i = 0; i < 100; i++) /* all have yielded as often as they want */
        ask_and_run(fd, "table id up 0 0\n");
    answer = ask_and_run(fd, "table self down 10 3\n");
    assert_true(finds(answer, 90) && copy.self_wakes == 89);
    assert_true(finds(answer, 88));
    assert_false(finds(answer, 91));
    assert_false(finds(answer, 87));
    answer = ask_and_run(fd, "table id up 98 10\n");
    assert_true(finds(answer, 99) && finds(answer, 100));
    assert_false(finds(answer, 98));
    answer = ask_and_run(fd, "table id up 18446744073709551615 128\n");
    assert_null(strstr(answer, "task "));
    for (int i = 0; i < 100; i++)
        task_detach(tasks[i]);
    close(fd);
    down();
}

/* CONSOLE-02 */
static void a_hostile_console_changes_nothing(void **state)
{
    char junk[5000], *many = malloc(1 << 20);
    int fds[CONSOLE_CLIENTS], fd;
    up();
    memset(junk, 'x', sizeof junk);
    fd = dial(); /* a line without an end */
    (void)!send(fd, junk, sizeof junk, MSG_NOSIGNAL);
    assert_true(read(fd, junk, sizeof junk) <= 0);
    close(fd);
    fd = dial(); /* what is no question */
    (void)!send(fd, "table id up 0 1\nhello\n", 22, MSG_NOSIGNAL);
    while (read(fd, junk, sizeof junk) > 0) {
    }
    close(fd);
    for (int i = 0; i < CONSOLE_CLIENTS; i++)
        fds[i] = dial();
    for (int i = 0; i < (1 << 20); i += 16)
        memcpy(many + i, "table id up 0 1\n", 16);
    for (int i = 0; i < CONSOLE_CLIENTS - 1; i++) { /* asks, and never reads */
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        (void)!send(fds[i], many, 1 << 20, MSG_NOSIGNAL);
    }
    assert_non_null(
        strstr(ask_and_run(fds[CONSOLE_CLIENTS - 1], "table id up 0 9\n"),
               "end\n"));
    for (int i = 0; i < CONSOLE_CLIENTS; i++)
        close(fds[i]);
    free(many);
    fd = dial(); /* and the next one is served */
    ask_and_run(fd, "table id up 0 9\n");
    close(fd);
    down();
}

/* ---- A lost waker -------------------------------------------------------- */

struct deaf { /* it forgets its waker */
    struct future future;
    bool open;
};

static enum poll deaf_poll(struct future *f, struct context *cx)
{
    (void)context_waker(cx);
    return container_of(f, struct deaf, future)->open ? POLL_READY
                                                      : POLL_PENDING;
}

static const struct future_ops deaf_ops = { .name = "deaf",
                                            .poll = deaf_poll,
                                            .drop = future_drop_nothing };

/* CONSOLE-10 */
static void a_wake_finds_a_lost_waker(void **state)
{
    struct deaf *deaf;
    struct task *t;
    int fd;
    up();
    deaf = task_slot(struct deaf);
    *deaf = (struct deaf){ .future.ops = &deaf_ops };
    t = task_spawn(&ex, &deaf->future);
    fd = dial();
    ask_and_run(fd, about_first("wake"));
    assert_false(task_is_over(t));
    deaf->open = true;
    ask_and_run(fd, about_first("task"));
    assert_false(task_is_over(t));
    while (!task_is_over(t)) /* too late: nobody was woken, so once more */
        ask_and_run(fd, about_first("wake"));
    task_detach(t);
    close(fd);
    down();
}

/* CONSOLE-11 */
static void a_child_of_fork_leaves_the_socket_alone(void **state)
{
    int status, fd;
    pid_t child;
    up();
    child = fork();
    if (child == 0) {
        task_detach(spawn_sleeper(1));
        exit(executor_close(&ex) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fd = dial();
    ask_and_run(fd, "table id up 0 9\n");
    close(fd);
    down();
}

/* CONSOLE-05 */
static void the_socket_is_for_its_owner_only(void **state)
{
    struct stat s;
    assert_int_equal(lstat(path, &s), 0);
    assert_true(S_ISSOCK(s.st_mode));
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void clean(void)
{
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_arrives_as_it_was_sent),
        cmocka_unit_test(what_is_no_row_is_refused),
        cmocka_unit_test(no_text_can_disturb_a_terminal),
        cmocka_unit_test(what_is_no_question_is_refused),
        cmocka_unit_test(figures_have_five_columns),
        cmocka_unit_test(a_narrow_table_names_the_last_future),
        cmocka_unit_test(a_row_fills_no_more_than_its_width),
        cmocka_unit_test(of_several_executors_each_task_has_two_numbers),
        cmocka_unit_test(warnings_need_a_reason),
        cmocka_unit_test(only_names_of_sockets_are_looked_at),
        cmocka_unit_test(without_tasks_the_table_is_empty),
        cmocka_unit_test(each_poll_and_wake_is_counted),
        cmocka_unit_test(a_task_that_is_over_is_gone),
        cmocka_unit_test(it_answers_while_a_poll_runs),
        cmocka_unit_test(pages_of_tasks_that_are_over_are_freed),
        cmocka_unit_test(sorted_and_in_parts),
        cmocka_unit_test(a_hostile_console_changes_nothing),
        cmocka_unit_test(a_wake_finds_a_lost_waker),
        cmocka_unit_test(a_child_of_fork_leaves_the_socket_alone),
        cmocka_unit_test(the_socket_is_for_its_owner_only),
    };
    if (!mkdtemp(folder))
        return 1;
    atexit(clean);
    snprintf(path, sizeof path, "%s/socket", folder);
    setenv("EXECUTOR_CONSOLE", path, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
