/* How do you fetch many URLs, but not all at once?
 *
 * As many worker tasks as may run at a time; each takes the next URL of the
 * list until none is left.  One thread does all of it.
 *
 * Run:    ./a04_urls URL...                 fetch these
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
 *         --timeout 150: the slowest fails, the rest does not care.
 *         Press Ctrl-C during a long list: what is done is kept, status 130.
 */
#include <getopt.h>
#include <sys/stat.h>
#include "a04_join/demo_server.h"
#include "a04_join/fetch.h"
#include "a04_join/url_list.h" /* the list, the table, the files */

static struct {
    struct url_list list;
    struct fetcher fetcher;
    size_t next; /* the first that nobody has taken */
    size_t done;
    bool interrupted;
    bool demo; /* no URL was given, and no file */
    int at_most;
    long timeout_ms;
    const char *dir; /* where to save, or NULL */
    struct task **workers;
    uv_signal_t interrupt; /* Ctrl-C */
} urls = { .demo = true, .at_most = 3, .timeout_ms = 30000 };

/* ---- A worker ------------------------------------------------------------ */

struct worker {
    struct async async;
    struct url *url;
    struct fetch fetch;
};

static enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    while (urls.next < urls.list.n) {
        self->url = &urls.list.urls[urls.next++];
        if (urls.dir && !url_open_file(self->url, urls.dir))
            continue;
        AWAIT(fetch(&self->fetch, &urls.fetcher, self->url->text,
                    urls.timeout_ms, self->url->file));
        url_finish(self->url, &self->fetch);
        self->url = NULL;
        url_list_progress(&urls.list, ++urls.done);
    }
    ASYNC_FINALLY
    if (self->url)
        url_discard_file(self->url); /* cancelled in the middle */
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

static struct future *worker(struct worker *self)
{
    *self = (struct worker){ .async.future.ops = &worker_ops };
    return &self->async.future;
}

/* Ctrl-C: dropping a worker ends its transfer. */
static void on_interrupt(uv_signal_t *signal, int number)
{
    (void)signal, (void)number;
    urls.interrupted = true;
    for (int i = 0; i < urls.at_most; i++)
        task_abort(urls.workers[i]);
}

static void fetch_all(struct executor *ex)
{
    uv_signal_init(ex->loop, &urls.interrupt);
    uv_signal_start(&urls.interrupt, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&urls.interrupt);
    for (int i = 0; i < urls.at_most; i++)
        urls.workers[i] = task_spawn(ex, worker(task_slot(struct worker)));
    executor_run(ex);
    for (int i = 0; i < urls.at_most; i++)
        task_detach(urls.workers[i]);
    uv_close((uv_handle_t *)&urls.interrupt, NULL);
}

/* ---- What to fetch ------------------------------------------------------- */

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

static const char usage[] =
    "a04_urls [--at-most N] [--timeout MS] [-o DIR] [-f FILE] [URL...]\n";

static long number(const char *text, long most)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (n >= 1 && n <= most && *end == '\0')
        return n;
    fprintf(stderr, "a04_urls: %s is not a number from 1 to %ld\n", text, most);
    exit(2);
}

static void arguments(int argc, char **argv)
{
    static const struct option options[] = {
        { "at-most", required_argument, NULL, 'n' },
        { "timeout", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { 0 }
    };
    opterr = 0; /* one line is enough */
    for (int c; (c = getopt_long(argc, argv, "o:f:", options, NULL)) != -1;) {
        if (c == 'n') {
            urls.at_most = (int)number(optarg, 1000);
        } else if (c == 't') {
            urls.timeout_ms = number(optarg, 86400000);
        } else if (c == 'o') {
            urls.dir = optarg;
        } else if (c == 'f') {
            urls.demo = false;
            if (!url_list_read(&urls.list, optarg))
                exit(2);
        } else {
            fputs(usage, c == 'h' ? stdout : stderr);
            exit(c == 'h' ? 0 : 2);
        }
    }
    urls.demo = urls.demo && optind == argc;
    while (optind < argc)
        url_list_add(&urls.list, argv[optind++]);
    if (urls.dir && mkdir(urls.dir, 0777) && errno != EEXIST) {
        fprintf(stderr, "a04_urls: %s: %s\n", urls.dir, strerror(errno));
        exit(2);
    }
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct executor ex;
    struct demo_server server;
    size_t failed;

    arguments(argc, argv);
    executor_init(&ex, loop, NULL);
    if (urls.demo) {
        demo_server_start(&server, loop);
        add_demo(&server);
    }
    urls.workers = calloc((size_t)urls.at_most, sizeof *urls.workers);
    if (!urls.workers || fetcher_init(&urls.fetcher, loop, urls.at_most)) {
        fprintf(stderr, "a04_urls: no memory\n");
        return 1;
    }
    fetch_all(&ex);

    failed = url_list_print(&urls.list);
    printf("%zu of %zu done, %zu failed; at most %d at a time\n", urls.done,
           urls.list.n, failed, urls.at_most);
    fetcher_close(&urls.fetcher);
    if (urls.demo)
        demo_server_stop(&server);
    url_list_free(&urls.list);
    free(urls.workers);
    if (executor_close(&ex) || uv_loop_close(loop))
        return 1;
    return urls.interrupted ? 130 : failed && !urls.demo;
}
