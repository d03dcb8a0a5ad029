/* crawl_options.h: the command line of a09_crawl. */
#ifndef A09_CRAWL_OPTIONS_H
#define A09_CRAWL_OPTIONS_H

#include <limits.h>
#include "a04_join/url_options.h"
#include "a09_streams/page_url.h"

struct crawl_options {
    struct url_options fetch; /* at_most, timeout_ms, dir, demo */
    char *url;         /* where to begin, of page_url(); the demo: NULL */
    int depth;         /* how many links away from it */
    size_t pages;      /* how many, at most */
    uint64_t bytes;    /* of a page, at most */
    uint64_t delay_ms; /* from one request to the next */
};

/* "example.org" is a URL, too. */
static inline char *crawl_options_url_(const char *text)
{
    const char *login, *host = url_host(text, &login);
    char *whole, *url;
    if (host > login)
        program_exit(2, "a URL with a login is not for this program");
    whole = url_format("%s%s", strstr(text, "://") ? "" : "http://", text);
    url = page_url(NULL, whole);
    if (!url)
        program_exit(2, "'%s' is no URL of http or https", text);
    free(whole);
    return url;
}

static inline void crawl_option_(struct crawl_options *o, int c)
{
    if (c == 'd')
        o->depth = (int)program_number("--depth", optarg, 0, 1000);
    else if (c == 'p')
        o->pages = (size_t)program_number("--pages", optarg, 1, 10000000);
    else if (c == 'b')
        o->bytes = (uint64_t)program_number("--bytes", optarg, 1, LONG_MAX);
    else if (c == 'n')
        o->fetch.at_most = (int)program_number("--at-most", optarg, 1, 1000);
    else if (c == 'w')
        o->delay_ms = (uint64_t)program_number("--delay", optarg, 0, 3600000);
    else if (c == 't')
        o->fetch.timeout_ms = program_number("--timeout", optarg, 1, 86400000);
    else
        o->fetch.dir = optarg;
}

/* A wrong argument ends the program: one line, exit 2. */
static inline struct crawl_options crawl_options(int argc, char **argv)
{
    static const struct option longs[] = {
        { "depth", required_argument, NULL, 'd' },
        { "pages", required_argument, NULL, 'p' },
        { "bytes", required_argument, NULL, 'b' },
        { "at-most", required_argument, NULL, 'n' },
        { "delay", required_argument, NULL, 'w' },
        { "timeout", required_argument, NULL, 't' },
        { 0 }
    };
    struct crawl_options o = { .depth = 3,
                               .pages = 10000,
                               .bytes = 100000000,
                               .fetch = { .at_most = 3, .timeout_ms = 30000 } };
    program_begin_options(argc, argv,
                          "[--depth N] [--pages N] [--bytes N] [--at-most N] "
                          "[--delay MS] [--timeout MS] [-o DIR] [URL]");
    for (int c; (c = program_option(argc, argv, "o:", longs)) != -1;)
        crawl_option_(&o, c);
    o.fetch.demo = optind == argc;
    if (optind < argc)
        o.url = crawl_options_url_(argv[optind++]);
    program_no_more(argc, argv);
    if (o.fetch.dir)
        url_options_dir(o.fetch.dir);
    url_options_limit(&o.fetch);
    return o;
}
#endif
