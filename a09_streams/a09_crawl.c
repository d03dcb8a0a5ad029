/* How do you download a site?
 *
 * The pages that are to be visited are a stream.  A map turns each of them into
 * a visit, which fetches the page and feeds its bytes to an HTML parser.  Some
 * visits, --at-most of them, run at the same time.  The links that they find
 * are further pages.  The stream ends when no page is left and no visit is
 * under way, because then nobody can find another page.
 *
 * Run:    ./a09_crawl -o DIR URL     download what URL leads to on its host
 *         ./a09_crawl URL            only visit it all: which links are dead?
 *         ./a09_crawl                a demo, from a server of its own
 * Watch:  Nine pages, three at a time.  No page is visited twice, although
 *         several links lead to most of them.  --depth ends the endless
 *         calendar.
 *
 * Expected output:
 *     status      bytes      ms  url
 *        200        141     <n>  http://127.0.0.1:<n>/
 *        200         65     <n>  http://127.0.0.1:<n>/about.html
 *        200         35     <n>  http://127.0.0.1:<n>/day?d=1&m=5
 *        200         35     <n>  http://127.0.0.1:<n>/day?d=2&m=5
 *        200        127     <n>  http://127.0.0.1:<n>/docs/
 *        200         66     <n>  http://127.0.0.1:<n>/docs/intro.html
 *        200          6     <n>  http://127.0.0.1:<n>/logo.svg
 *        404          0     <n>  http://127.0.0.1:<n>/missing: <text>
 *        302          0     <n>  http://127.0.0.1:<n>/old
 *     9 of 9 pages visited, 1 failed, at most 3 at a time
 *     links not followed: 1 elsewhere, 1 too deep, 0 too many
 *
 * Try:    ./a09_crawl --depth 1: only the pages that the first one leads to.
 *         ./a09_crawl --delay 200 --at-most 1: the same table, more slowly.
 *         Press Ctrl-C meanwhile: what is whole is kept, the status is 130.
 *         In site.h, let the stream end when no page is left, without a look at
 *         `busy`: it ends after the first page, because the visit of that page
 *         is still under way and has found no links yet.
 */
#include "a07_select/select.h"
#include "a07_select/signals.h"
#include "a09_streams/buffered.h"
#include "a09_streams/crawl_demo.h"
#include "a09_streams/crawl_options.h" /* the command line */
#include "a09_streams/map.h"
#include "a09_streams/pace.h"
#include "a09_streams/visit.h" /* a page to links, and to a file */

static struct crawl crawl;
static int stopped; /* by this signal, or 0 */

/* ---- Pages, which are links, which are pages ----------------------------- */

struct crawler {
    struct async async;
    struct stream_throttle throttle;
    struct stream_over map;
    struct stream_buffered visits;
    struct stream *pages;
    struct stream_next next;
};

static enum poll crawler_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crawler);
    self->pages = &crawl.site.stream;
    self->pages =
        stream_throttle(&self->throttle, self->pages, crawl.options.delay_ms);
    self->pages = stream_map(&self->map, self->pages, visit_begin, &crawl);
    self->pages =
        stream_buffered_unordered(&self->visits, self->pages,
                                  (size_t)crawl.options.fetch.at_most);
    do {
        AWAIT(stream_next(&self->next, self->pages));
    } while (self->next.item); /* a visit that is over */
    ASYNC_FINALLY
    stream_drop(self->pages); /* and the visits that are under way */
    ASYNC_END;
}

static const struct future_ops crawler_ops = ASYNC_OPS(crawler);

/* ---- Until the end, or Ctrl-C -------------------------------------------- */

struct until {
    struct async async;
    struct crawler crawler;
    struct signals signals;
    struct signals_next signal;
    struct select select;
};

static enum poll until_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct until);
    runtime_check(signals_open(&self->signals, cx->executor),
                  "wait for Ctrl-C");
    SELECT_BIASED() {
        ARM(signals_next(&self->signal, &self->signals))
            stopped = self->signal.signum;
        ARM(&self->crawler.async.future)
            signals_close(&self->signals);
    }
    ASYNC_FINALLY
    signals_close(&self->signals);
    ASYNC_END;
}

static const struct future_ops until_ops = ASYNC_OPS(until);

/* ---- The summary --------------------------------------------------------- */

static size_t failed;

static void print_page(const void *node, VISIT which, int depth)
{
    const struct page *page = site_walked(node, which);
    (void)depth;
    if (!page)
        return;
    url_print(&page->url);
    failed += page->url.error != NULL;
}

static void print_summary(void)
{
    const struct site *site = &crawl.site;
    url_print_head(0);
    site_walk(site, print_page);
    printf("%zu of %zu pages visited, %zu failed, at most %d at a time\n",
           site->done, site->n, failed, crawl.options.fetch.at_most);
    printf("links not followed: %zu elsewhere, %zu too deep, %zu too many\n",
           site->elsewhere, site->too_deep, site->too_many);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct demo_server server;
    bool demo;
    struct until until = { .async.future.ops = &until_ops,
                           .crawler.async.future.ops = &crawler_ops };
    int status;
    crawl.options = crawl_options(argc, argv);
    demo = crawl.options.fetch.demo;
    runtime_init(&rt, NULL);
    if (demo)
        crawl.options.url = crawl_demo_start(&server, &rt.loop);
    crawl_open(&crawl, &rt.loop);
    block_on(&rt.executor, &until.async.future);
    print_summary();
    if (demo && (crawl.lacked || failed == crawl.site.n))
        program_exit(1, crawl.lacked ? "the demo lacks memory or descriptors"
                                     : "the demo could fetch nothing");
    crawl_close(&crawl);
    if (demo)
        demo_server_stop(&server);
    status = runtime_close(&rt);
    if (stopped)
        return 128 + stopped;
    return failed && !demo ? 1 : status;
}
