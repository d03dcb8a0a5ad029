/* crawl_demo.h: the site that a09_crawl visits when it gets no URL.
 *
 * It has what real sites have: pages that lead to each other, one page under
 * several names, a redirect, a link that is dead, one that leads elsewhere, and
 * a calendar without an end.
 */
#ifndef A09_CRAWL_DEMO_H
#define A09_CRAWL_DEMO_H

#include "a04_join/demo_server.h"
#include "a04_join/url_list.h"

static const struct crawl_demo_page {
    const char *path, *type, *html;
    unsigned ms; /* it takes so long to come */
} crawl_demo_pages[] = {
    { "/", "text/html",
      "<h1>Welcome</h1> <a href=docs/>documents</a> <a href='about.html#us'>us"
      "</a> <a href=/missing>?</a> <a href=http://elsewhere.invalid/>them</a>",
      50 },
    { "/docs/", "text/html",
      "<p>Back to <a href='../'>the start</a>, or to <A HREF=intro.html>an "
      "introduction</A>, or <a href='./../docs/%69ntro.html'>again",
      100 },
    { "/docs/intro.html", "text/html",
      "<img src=/logo.svg> <a href=/old>old</a> <a href=/docs/#top>up</a>",
      50 },
    { "/about.html", "text/html",
      "<a href='/'>start</a> <a href='/day?d=1&amp;m=5'>our calendar</a>",
      100 },
    { "/logo.svg", "image/svg+xml", "<svg/>", 50 },
    { "/day?d=1&m=5", "text/html", "<a href='?d=2&amp;m=5'>tomorrow</a>", 50 },
    { "/day?d=2&m=5", "text/html", "<a href='?d=3&amp;m=5'>tomorrow</a>", 50 },
};

static inline unsigned crawl_demo_answer(const char *request, char *reply,
                                         size_t size)
{
    char path[64] = "";
    sscanf(request, "GET %63s", path);
    for (size_t i = 0; i < sizeof crawl_demo_pages / sizeof *crawl_demo_pages;
         i++) {
        const struct crawl_demo_page *page = &crawl_demo_pages[i];
        if (strcmp(path, page->path) != 0)
            continue;
        snprintf(reply, size,
                 "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 page->type, strlen(page->html), page->html);
        return page->ms;
    }
    snprintf(reply, size, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
             strcmp(path, "/old") == 0 ? "302 Found\r\nLocation: /about.html"
                                       : "404 Not Found");
    return 50;
}

/* The URL of its first page is yours: free() it. */
static inline char *crawl_demo_start(struct demo_server *server,
                                     uv_loop_t *loop)
{
    demo_server_start(server, loop);
    server->answer = crawl_demo_answer;
    return url_format("http://127.0.0.1:%d/", server->port);
}
#endif
