/* visit.h: one page: fetch it, look for its links, save it.
 *
 * order   The bytes go to the file and to the parser as they come; the page is
 *         in memory at no time.
 * file    is kept if the page is complete.  Otherwise, and if the visit is
 *         dropped, there is none.
 * redirect  is a link, and its page is not saved.
 * count   A visit ends with site_done(), also if it is dropped.  So pages are
 *         not counted as under way for ever.
 */
#ifndef A09_VISIT_H
#define A09_VISIT_H

#include "a04_join/url_file.h"
#include "a08_channels/semaphore.h"
#include "a09_streams/crawl_options.h"
#include "a09_streams/links.h"
#include "a09_streams/page_name.h"
#include "a09_streams/site.h"

struct crawl { /* what visits share */
    struct crawl_options options;
    struct fetcher fetcher;
    struct site site;
};

struct visit {
    struct async async;
    struct crawl *crawl;
    struct page *page;
    struct permit permit;
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
    if (f->bytes == n) { /* the first ones */
        curl_easy_getinfo(f->transfer.easy, CURLINFO_CONTENT_TYPE, &type);
        links_open(&self->links, self->page->url.text, type, visit_found_,
                   self);
    }
    links_feed(&self->links, bytes, n);
}

/* A redirect is a link, too: who knows whether it stays on this host? */
static inline void visit_end_(struct fetch *f, CURL *easy)
{
    struct visit *self = container_of(f, struct visit, fetch);
    char *where = NULL, *url;
    links_end(&self->links);
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
    ASYNC_FINALLY
    links_drop(&self->links);
    url_cancel(&self->page->url, &self->fetch); /* unless it is finished */
    permit_drop(&self->permit);
    site_done(&self->crawl->site);
    ASYNC_END;
}

static const struct future_ops visit_ops = ASYNC_OPS(visit);

static inline struct future *visit(struct visit *self, struct crawl *crawl,
                                   struct page *page, struct permit *permit)
{
    *self = (struct visit){ .async.future.ops = &visit_ops,
                            .crawl = crawl,
                            .page = page,
                            .permit = *permit };
    *permit = (struct permit){ NULL, 0 };
    return &self->async.future;
}
#endif
