/* How do you fetch many URLs, but not all at once?
 *
 * As many worker tasks as may run at a time; each takes the next URL of the
 * list until none is left.  One thread does all of it.
 *
 * Run:    ./a04_urls URL...                 fetch these: http and https
 *         ./a04_urls -f FILE -o DIR         those in FILE (- is standard
 *                                           input), saved into DIR
 *         ./a04_urls                        no URL: a demo, from a server of
 *                                           its own
 * Watch:  Seven URLs that take 600 ms in all are there after some 200: three
 *         at a time.  One that fails does not stop the rest.
 *
 * Expected output:
 *     status      bytes      ms  url
 *        200         17   <n>  http://127.0.0.1:<n>/slow/200
 *        200         17   <n>  http://127.0.0.1:<n>/slow/100
 *        404          0   <n>  http://127.0.0.1:<n>/missing: <text>
 *        200         17   <n>  http://127.0.0.1:<n>/slow/100
 *        200         17   <n>  http://127.0.0.1:<n>/moved/100
 *          0          0   <n>  http://127.0.0.1:1/: <text>
 *        200         17   <n>  http://127.0.0.1:<n>/slow/100
 *     7 of 7 done, 2 failed; at most 3 at a time
 *
 * Try:    ./a04_urls --at-most 1: the same in some 600 ms, one at a time.
 *         --timeout 150: the slowest fails, the others do not.
 *         Press Ctrl-C during a long list: what is done is kept, status 130.
 */
#include "a04_join/demo_server.h"
#include "a04_join/fetch.h"
#include "a04_join/url_file.h"    /* where it is saved */
#include "a04_join/url_list.h"    /* the list and the table */
#include "a04_join/url_options.h" /* the command line */
#include "runtime.h"

enum { SIGNALS = 3 };

static struct {
    struct url_options options;
    struct url_list list;
    struct fetcher fetcher;
    struct task **workers; /* options.at_most of them */
    uv_signal_t signals[SIGNALS];
    int signal;  /* which of them has stopped us, or 0 */
    bool lacked; /* a transfer lacked memory or a descriptor */
} urls;

/* ---- A worker ------------------------------------------------------------ */

struct worker {
    struct async async;
    struct url *url;
    struct fetch fetch;
};

static enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    while ((self->url = url_list_next(&urls.list))) {
        if (url_file_open(self->url, urls.options.dir)) {
            AWAIT(fetch(&self->fetch, &urls.fetcher, self->url->text,
                        urls.options.timeout_ms, self->url->file));
            url_finish(self->url, &self->fetch);
            urls.lacked = urls.lacked || self->fetch.lacked;
        }
        url_list_done(&urls.list, self->url);
    }
    ASYNC_FINALLY
    if (self->url)
        url_cancel(self->url, &self->fetch); /* in the middle of it */
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

static struct future *worker(struct worker *self)
{
    *self = (struct worker){ .async.future.ops = &worker_ops };
    return &self->async.future;
}

/* ---- All of them, until the list is empty or a signal comes -------------- */

/* Dropping a worker ends its transfer. */
static void on_signal(uv_signal_t *signal, int number)
{
    (void)signal;
    urls.signal = number;
    for (int i = 0; i < urls.options.at_most; i++)
        task_abort(urls.workers[i]);
}

/* Ctrl-C, kill, and the end of the terminal; the last one is ignored if nohup
 * started us.  Otherwise each of them would leave half a file. */
static void catch_signals(uv_loop_t *loop)
{
    static const int numbers[SIGNALS] = { SIGINT, SIGTERM, SIGHUP };
    signal(SIGXFSZ, SIG_IGN); /* a file over the limit is an error of write() */
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction now;
        runtime_check(uv_signal_init(loop, &urls.signals[i]), "watch signals");
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 &&
            now.sa_handler == SIG_IGN)
            continue;
        runtime_check(uv_signal_start(&urls.signals[i], on_signal, numbers[i]),
                      "watch signals");
        uv_unref((uv_handle_t *)&urls.signals[i]);
    }
}

static void fetch_all(struct executor *ex)
{
    int n = urls.options.at_most;
    urls.workers = calloc((size_t)n, sizeof *urls.workers);
    if (!urls.workers)
        program_exit(1, "no memory");
    catch_signals(ex->loop);
    for (int i = 0; i < n; i++)
        urls.workers[i] = task_spawn(ex, worker(task_slot(struct worker)));
    executor_run(ex);
    for (int i = 0; i < n; i++)
        task_detach(urls.workers[i]);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&urls.signals[i], NULL);
    free(urls.workers);
}

/* ---- The demo ------------------------------------------------------------ */

static void add_demo(const struct demo_server *server)
{
    static const char *paths[] = { "/slow/200", "/slow/100",  "/missing",
                                   "/slow/100", "/moved/100", NULL,
                                   "/slow/100" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char text[64];
        snprintf(text, sizeof text, "http://127.0.0.1:%d%s",
                 paths[i] ? server->port : 1, paths[i] ? paths[i] : "/");
        url_list_add(&urls.list, text);
    }
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct demo_server server;
    size_t failed;
    int status;

    urls.options = url_options(argc, argv, &urls.list);
    runtime_init(&rt, NULL);
    if (urls.options.demo) {
        demo_server_start(&server, &rt.loop);
        add_demo(&server);
    }
    runtime_check(fetcher_init(&urls.fetcher, &rt.loop, urls.options.at_most),
                  "start libcurl");
    fetch_all(&rt.executor);

    failed = url_list_print(&urls.list);
    printf("%zu of %zu done, %zu failed; at most %d at a time", urls.list.done,
           urls.list.n, failed, urls.options.at_most);
    if (urls.options.files)
        printf(", because only %llu files may be open",
               (unsigned long long)urls.options.files);
    putchar('\n');
    fetcher_close(&urls.fetcher);
    if (urls.options.demo)
        demo_server_stop(&server);
    url_list_free(&urls.list);
    status = runtime_close(&rt);
    if (urls.signal)
        return 128 + urls.signal;
    if (urls.options.demo && (urls.lacked || failed == urls.list.n))
        program_exit(1, urls.lacked ? "the demo lacks memory or descriptors"
                                    : "the demo could fetch nothing");
    return failed && !urls.options.demo ? 1 : status;
}
