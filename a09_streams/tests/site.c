/* site.h: which pages are visited, in which order, and when the stream ends. */
#include "a09_streams/site.h"
#include "tests/by_hand.h"

static struct site site;
static struct stream *pages;

static void begin(int depth)
{
    fresh();
    pages = site_open(&site, page_url(NULL, "http://h:81/"), depth, 100);
}

static void trace_path(const struct page *page)
{
    trace("%s", strchr(strstr(page->url.text, "//") + 2, '/'));
}

/* Polls once: traces the page, "pending" or "end". */
static void step(void)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    enum stream_poll result = stream_poll_next(pages, &cx);
    if (result == STREAM_ITEM)
        trace_path(pages->item);
    else
        trace(result == STREAM_END ? "end" : "pending");
}

/* A visit found this. */
static void add(const char *link)
{
    site_add(&site, page_url("http://h:81/", link));
}

/* CRAWL-05 */
static void it_ends_when_nothing_is_left_and_nobody_is_busy(void **state)
{
    begin(9);
    step();
    step();
    expect_trace("/ pending");
    add("a");
    assert_int_equal(bell.rings, 0); /* the level is not over */
    site_done(&site);
    assert_int_equal(bell.rings, 1);
    step();
    step();
    expect_trace("/a pending");
    site_done(&site);
    assert_int_equal(bell.rings, 2);
    step();
    expect_trace("end");
    site_close(&site);
}

/* CRAWL-05, FUT-04: a poll that gave a page has no waker left. */
static void a_page_takes_the_waker_back(void **state)
{
    begin(9);
    step();
    step();
    add("a");
    site_done(&site);
    assert_int_equal(bell.rings, 1);
    step();
    expect_trace("/ pending /a");
    site_done(&site);
    assert_int_equal(bell.rings, 1);
    step();
    expect_trace("end");
    site_close(&site);
}

/* CRAWL-06 */
static void no_page_twice(void **state)
{
    begin(9);
    step();
    add("a");
    add("a#x");
    add("./%61");
    add("/");
    add("b");
    assert_int_equal(site.n, 3);
    site_done(&site);
    step();
    step();
    add("a");
    add("b");
    expect_trace("/ /a /b");
    site_done(&site);
    site_done(&site);
    step();
    expect_trace("end");
    site_close(&site);
}

/* CRAWL-06 */
static void only_one_host(void **state)
{
    begin(9);
    step();
    add("http://h/");
    add("http://h:82/");
    add("http://hh:81/");
    add("http://h:811/");
    add("//other/a");
    assert_int_equal(site.elsewhere, 5);
    add("https://h:81/"); /* the same host */
    site_done(&site);
    step();
    expect_trace("/ /");
    site_done(&site);
    step();
    expect_trace("end");
    site_close(&site);
}

/* CRAWL-07: c is found at level 2 first, but a page of level 1 leads there,
 * too; whichever answer comes first, the same pages are visited */
static void levels(void **state)
{
    begin(2);
    step();
    add("a");
    add("b");
    site_done(&site);
    step();
    step();
    add("a/a"); /* a is done, b is not */
    site_done(&site);
    step();
    expect_trace("/ /a /b pending");
    add("c");
    site_done(&site);
    step();
    step();
    add("d"); /* level 3 */
    add("c");
    assert_int_equal(site.too_deep, 1);
    site_done(&site);
    site_done(&site);
    step();
    expect_trace("/a/a /c end");
    site_close(&site);
}

/* CRAWL-08: the site has no end, and the crawl has one */
static void pages_are_counted(void **state)
{
    char path[16];
    begin(1000);
    step();
    for (int i = 0; pages->ops; i++) {
        sprintf(path, "p%d", i);
        add(path);
        add(path); /* known, or one too many again */
        site_done(&site);
        trace_text[0] = '\0';
        step();
    }
    assert_int_equal(site.n, 100);
    assert_int_equal(site.too_many, 2);
    site_close(&site);
}

/* CRAWL-07 */
static void depth_0_is_one_page(void **state)
{
    begin(0);
    step();
    add("a");
    site_done(&site);
    step();
    expect_trace("/ end");
    assert_int_equal(site.n, 1);
    site_close(&site);
}

/* CRAWL-05: visits that are dropped after the stream wake nobody */
static void dropped_in_the_middle(void **state)
{
    begin(9);
    step();
    step();
    expect_trace("/ pending");
    add("a");
    stream_drop(pages);
    site_done(&site);
    assert_int_equal(bell.rings, 0);
    site_close(&site);
}

static void note(const void *node, VISIT which, int depth)
{
    const struct page *page = site_walked(node, which);
    (void)depth;
    if (page)
        trace_path(page);
}

/* CRAWL-06: each once, in the order of the alphabet */
static void walked(void **state)
{
    begin(9);
    step();
    expect_trace("/");
    for (const char *c = "ebdcaf"; *c; c++)
        add((char[]){ *c, '\0' });
    site_walk(&site, note);
    expect_trace("/ /a /b /c /d /e /f");
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_when_nothing_is_left_and_nobody_is_busy),
        cmocka_unit_test(a_page_takes_the_waker_back),
        cmocka_unit_test(no_page_twice),
        cmocka_unit_test(only_one_host),
        cmocka_unit_test(levels),
        cmocka_unit_test(pages_are_counted),
        cmocka_unit_test(depth_0_is_one_page),
        cmocka_unit_test(dropped_in_the_middle),
        cmocka_unit_test(walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
