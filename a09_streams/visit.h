/* visit.h: one page: fetch it, look for its links, save it.
 *
 * order   The bytes go to the file and to the parser as they come; the page is
 *         in memory at no time.
 * file    is kept if the page is complete.  Otherwise, and if the visit is
 *         dropped, there is none.
 * size    A page that has more than options.bytes, unpacked, fails.
 * redirect  is a link, and counts as one; the page that says so is not saved.
 * count   A visit ends with site_done(), also if it is dropped.
 * memory  There are as many places for visits as may run at the same time.
 *         Out of memory: one line, exit 1.
 */
#ifndef A09_VISIT_H
#define A09_VISIT_H

#include "a04_join/unordered.h"
#include "a04_join/url_file.h"
#include "a09_streams/crawl_options.h"
#include "a09_streams/links.h"
#include "a09_streams/page_name.h"
#include "a09_streams/site.h"
#include "runtime.h"

struct visit;

struct crawl { /* what visits share */
    struct crawl_options options;
    struct fetcher fetcher;
    struct site site;
    struct visit *visits; /* options.fetch.at_most of them */
    bool lacked;          /* a visit lacked memory or a descriptor */
};

struct visit {
    struct async async;
    struct child child; /* for buffered.h */
    struct crawl *crawl;
    struct page *page; /* NULL: this place is free */
    struct fetch fetch;
    struct links links;
};

static inline void visit_found_(void *data, char *url)
{
    struct visit *self = data;
    site_add(&self->crawl->site, url);
}

/* Some bytes of the page have come. */
static inline void visit_bytes_(struct fetch *f, const char *bytes, size_t n)
{
    struct visit *self = container_of(f, struct visit, fetch);
    char *type = NULL;
    if (f->bytes > self->crawl->options.bytes) {
        f->refused = "larger than --bytes permits";
        return;
    }
    if (f->bytes == n) { /* the first ones */
        curl_easy_getinfo(f->transfer.easy, CURLINFO_CONTENT_TYPE, &type);
        links_open(&self->links, self->page->url.text, type, visit_found_,
                   self);
    }
    links_feed(&self->links, bytes, n);
}

/* A redirect is a link, too: it is not followed here, because it may lead to
 * another host. */
static inline void visit_end_(struct fetch *f, CURL *easy)
{
    struct visit *self = container_of(f, struct visit, fetch);
    char *where = NULL, *url;
    links_end(&self->links);
    if (self->links.too_deep)
        fprintf(stderr, "%s: more than %d open elements; read no further\n",
                self->page->url.text, LINKS_DEPTH);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &where);
    if (where && (url = page_url(NULL, where)))
        site_add(&self->crawl->site, url);
}

static const struct fetch_hooks visit_hooks_ = { visit_bytes_, visit_end_ };

static inline bool visit_open_(struct visit *self)
{
    char name[PAGE_NAME_SIZE];
    if (!self->crawl->options.fetch.dir)
        return true;
    page_name(name, self->page->url.text, self->crawl->site.home);
    return url_file_create(&self->page->url, self->crawl->options.fetch.dir,
                           name);
}

static inline enum poll visit_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visit);
    if (visit_open_(self)) {
        AWAIT(fetch_step(&self->fetch, &self->crawl->fetcher,
                         self->page->url.text,
                         self->crawl->options.fetch.timeout_ms,
                         self->page->url.file, &visit_hooks_));
        if (*self->fetch.error || self->fetch.status / 100 == 2)
            url_finish(&self->page->url, &self->fetch);
    }
    self->page->url.done = true;
    self->crawl->site.done++;
    self->crawl->lacked = self->crawl->lacked || self->fetch.lacked;
    ASYNC_FINALLY
    links_drop(&self->links);
    url_cancel(&self->page->url, &self->fetch); /* unless it is finished */
    self->page = NULL;
    site_done(&self->crawl->site);
    ASYNC_END;
}

static const struct future_ops visit_ops = ASYNC_OPS(visit);

/* A stream_map_fn: a page becomes the struct child of its visit. */
static inline void *visit_begin(void *data, void *item)
{
    struct crawl *crawl = data;
    struct visit *self = crawl->visits;
    while (self->page) /* one is free, otherwise no visit would begin now */
        self++;
    *self = (struct visit){ .async.future.ops = &visit_ops,
                            .child.future = &self->async.future,
                            .crawl = crawl,
                            .page = item };
    return &self->child;
}

/* ---- What they share ----------------------------------------------------- */

/* With its options.  From now on a file that is too large for the limits of
 * the process is an error of its visit, and does not end the program. */
static inline void crawl_open(struct crawl *crawl, uv_loop_t *loop)
{
    size_t n = (size_t)crawl->options.fetch.at_most;
    signal(SIGXFSZ, SIG_IGN);
    site_open(&crawl->site, crawl->options.url, crawl->options.depth,
              crawl->options.pages);
    crawl->visits = calloc(n, sizeof *crawl->visits);
    runtime_check(crawl->visits ? 0 : UV_ENOMEM, "start");
    runtime_check(fetcher_init(&crawl->fetcher, loop, (long)n),
                  "start libcurl");
}

/* When all visits are over. */
static inline void crawl_close(struct crawl *crawl)
{
    fetcher_close(&crawl->fetcher);
    free(crawl->visits);
    site_close(&crawl->site);
}
#endif
