/* site.h: the pages of a site, as a stream of those that are to be visited.
 *
 * add     site_add() takes every link.  It becomes a page if it is of the same
 *         host, was not seen before, is not too deep, and is not one too many.
 * levels  The first page is level 0; the pages that it leads to are level 1, if
 *         they were not seen before.  All pages of a level are done before the
 *         next level begins.  So the level of a page is the number of links
 *         from the first page, whichever answer comes first, and two crawls of
 *         one site find the same pages.
 * most    Once there are `most` pages, further links are only counted.  Then
 *         it depends on which answers come first which pages are found.
 * stream  An item is a page, yours to visit until site_done().  PENDING: there
 *         may be more, because a visit is under way.  The end is known by
 *         counting: no page is left, and no visit is under way.
 * seen    is a tree of the C library (tsearch), with a page for each URL.
 * memory  some 200 bytes for each page.  Out of memory: one line, exit 1.
 */
#ifndef A09_SITE_H
#define A09_SITE_H

#include <search.h>
#include "a09_streams/page_url.h"
#include "a09_streams/stream.h"

struct page {
    struct url url; /* also how its visit went */
    struct page *next;
};

struct pages { /* in the order found */
    struct page *first, **end;
};

struct site {
    struct stream stream;
    struct waker waker;     /* of a poll that was PENDING */
    void *seen;             /* of struct page */
    struct pages now, next; /* not visited: of this level, and the next */
    struct page *item;
    const char *home; /* the first page */
    int level, depth; /* depth: the last level */
    size_t n, most, busy, done;
    size_t elsewhere, too_deep, too_many; /* links that were not followed */
};

/* ---- The stream ---------------------------------------------------------- */

static inline enum stream_poll site_poll_next(struct stream *s,
                                              struct context *cx)
{
    struct site *self = container_of(s, struct site, stream);
    self->waker = (struct waker){ NULL, NULL };
    if (!self->now.first && self->busy > 0) {
        self->waker = context_waker(cx);
        return STREAM_PENDING;
    }
    if (!self->now.first) {
        self->now = self->next;
        self->next = (struct pages){ NULL, NULL };
        self->level++;
    }
    if (!self->now.first)
        return STREAM_END;
    self->item = self->now.first;
    self->now.first = self->item->next;
    self->busy++;
    s->item = self->item;
    return STREAM_ITEM;
}

static inline void site_drop(struct stream *s)
{
    container_of(s, struct site, stream)->waker = (struct waker){ NULL, NULL };
}

static const struct stream_ops site_ops_ = STREAM_OPS(site);

/* A visit is over, also one that was dropped. */
static inline void site_done(struct site *self)
{
    if (--self->busy == 0)
        waker_wake(self->waker);
}

/* ---- Links --------------------------------------------------------------- */

static inline int site_compare_(const void *a, const void *b)
{
    const struct page *x = a, *y = b;
    return strcmp(x->url.text, y->url.text);
}

static inline bool site_has_(const struct site *self, const char *url)
{
    size_t n, m;
    const char *a = page_url_site(self->home, &n), *b = page_url_site(url, &m);
    return n == m && memcmp(a, b, n) == 0;
}

static inline void site_append_(struct site *self, char *url)
{
    struct page *page = calloc(1, sizeof *page);
    struct pages *pages = &self->next;
    if (!page)
        program_exit(1, "no memory");
    page->url.text = url;
    page->url.number = ++self->n;
    if (!tsearch(page, &self->seen, site_compare_))
        program_exit(1, "no memory");
    *(pages->first ? pages->end : &pages->first) = page;
    pages->end = &page->next;
}

/* A page leads there.  `url` is of page_url(), and is ours from now on. */
static inline void site_add(struct site *self, char *url)
{
    struct page wanted = { .url.text = url };
    size_t *refused = NULL;
    if (!site_has_(self, url))
        refused = &self->elsewhere;
    else if (tfind(&wanted, &self->seen, site_compare_))
        free(url);
    else if (self->level >= self->depth)
        refused = &self->too_deep;
    else if (self->n >= self->most)
        refused = &self->too_many;
    else
        site_append_(self, url);
    if (refused) {
        ++*refused;
        free(url);
    }
}

/* ---- Begin and end ------------------------------------------------------- */

/* `home`, of page_url(), is the first page, and ours from now on.  `depth` is
 * how many links a page may be away from it; there are `most` pages at most. */
static inline struct stream *site_open(struct site *self, char *home, int depth,
                                       size_t most)
{
    *self = (struct site){ .stream.ops = &site_ops_,
                           .home = home,
                           .level = -1,
                           .depth = depth,
                           .most = most };
    site_append_(self, home);
    return &self->stream;
}

/* Each page in the order of the alphabet, which is the same in every run. */
static inline void site_walk(const struct site *self,
                             void (*visit)(const void *node, VISIT which,
                                           int depth))
{
    twalk(self->seen, visit);
}

/* The page of a call of site_walk(), or NULL: it comes in another call. */
static inline const struct page *site_walked(const void *node, VISIT which)
{
    const struct page *const *page = node;
    return which == postorder || which == leaf ? *page : NULL;
}

/* When no visit is under way. */
static inline void site_close(struct site *self)
{
    while (self->seen) {
        struct page *page = *(struct page **)self->seen;
        tdelete(page, &self->seen, site_compare_);
        free(page->url.text);
        free(page->url.error);
        free(page);
    }
}
#endif
