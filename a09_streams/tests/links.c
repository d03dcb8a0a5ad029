/* links.h: HTML as it is written, in pieces of every size. */
#include "a09_streams/links.h"
#include "tests/support.h"

static const char *const page = "http://h/docs/page.html";

static void found(void *data, char *url)
{
    assert_ptr_equal(data, trace_text);
    trace("%s", strncmp(url, "http://h/", 9) == 0 ? url + 8 : url);
    free(url);
}

/* Feeds the page in pieces of `piece` bytes. */
static void read_page(const char *html, const char *type, size_t piece)
{
    struct links links;
    size_t n = strlen(html);
    links_open(&links, page, type, found, trace_text);
    for (size_t i = 0; i < n; i += piece)
        links_feed(&links, html + i, n - i < piece ? n - i : piece);
    links_end(&links);
}

static void assert_links_as(const char *html, const char *expected,
                            const char *file, int line)
{
    size_t pieces[] = { 1, 2, 3, 7, 100000 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        read_page(html, "text/html", pieces[i]);
        _assert_string_equal(trace_text, expected, file, line);
        trace_text[0] = '\0';
    }
}
#define assert_links(html, expected) \
    assert_links_as(html, expected, __FILE__, __LINE__)

/* CRAWL-03 */
static void links_of_all_kinds(void **state)
{
    assert_links("<a href=a>", "/docs/a");
    assert_links("<A HREF='/a'>x</A><a href=\"../b\">", "/a /b");
    assert_links("<link rel=stylesheet href=/s.css>", "/s.css");
    assert_links("<img src=/i.png><script src=/j.js></script>", "/i.png /j.js");
    assert_links("<map><area href=/m></map><iframe src=/f></iframe>", "/m /f");
    assert_links("<video poster=/p src=/v><source src=/w></video>", "/p /v /w");
    assert_links("<a class=x href=/a title='>'>", "/a");
    assert_links("<a href=//other/x>", "http://other/x");
}

/* CRAWL-03 */
static void what_is_no_link(void **state)
{
    assert_links("", "");
    assert_links("href=/a", "");
    assert_links("<a name=x><a href><p href=/a><img href=/a>", "");
    assert_links("<!-- <a href=/a> --><a data-href=/b>", "");
    assert_links("<script>'<a href=/a>'</script>", "");
    assert_links("<img srcset='/a 1x, /b 2x'>", "");
    assert_links("<a href='mailto:me@h'><a href='javascript:x()'>", "");
}

/* CRAWL-03: as the parser of a browser would read it */
static void entities_and_letters(void **state)
{
    assert_links("<a href='?a=1&amp;b=2'>", "/docs/page.html?a=1&b=2");
    assert_links("<a href='?a=1&b=2'>", "/docs/page.html?a=1&b=2");
    assert_links("<a href='&#47;x&#x2F;y'>", "/x/y");
    assert_links("<a href='/&uuml;'>", "/%C3%BC");
    assert_links("<a href='/\xC3\xBC'>", "/%C3%BC");
    read_page("<a href='/\xFC'>", "text/html; charset=ISO-8859-1", 100);
    expect_trace("/%C3%BC");
    read_page("<a href='/\xFC'>", "text/html;charset=\"iso-8859-1\"", 100);
    expect_trace("/%C3%BC");
    read_page("<a href='/a'>", "text/html; charset=no-such-thing", 100);
    expect_trace("/a");
}

/* CRAWL-03: the first <base> counts, from where it is */
static void a_base(void **state)
{
    assert_links("<base href=/x/><a href=a>", "/x/a");
    assert_links("<base href='..'><a href=a>", "/a");
    assert_links("<a href=a><base href=/x/><a href=a>", "/docs/a /x/a");
    assert_links("<base href=/x/><base href=/y/><a href=a>", "/x/a");
    assert_links("<base href=http://other/><a href=a>", "http://other/a");
    assert_links("<base target=x><a href=a>", "/docs/a");
    assert_links("<base href='mailto:x'><base href=/y/><a href=a>", "/y/a");
}

/* CRAWL-03 */
static void broken_html(void **state)
{
    assert_links("</p><a href=/a>", "/a");
    assert_links("<html><body></body></html><a href=/a>", "/a");
    assert_links("</p></p><a href=/a></b><<a href=/b>", "/a /b");
    assert_links("<html><html><body><a href=/a><head><a href=/b>", "/a /b");
    assert_links("<table><a href=/a><tr></table><p><li><a href=/b>", "/a /b");
    assert_links("<?xml version='1.0'?><!DOCTYPE x><html><a href='/a'/>", "/a");
    assert_links("\xFF\xFE\x01<a href=/a>", "/a");
}

/* CRAWL-03: a script ends at </script>, also if that is cut.  Text of 65,528
 * bytes puts it where links_feed() itself cuts. */
static void scripts_and_styles(void **state)
{
    static char html[70000];
    assert_links("<script>plain</script><a href=/a>x</a><a href=/b>", "/a /b");
    assert_links("<script>'</scr'+'ipt>';if(a<b){}</script><a href=/a>", "/a");
    assert_links("<script>if(a</b/){}</script><a href=/a>", "/a");
    assert_links("<style>a>b{}</style><a href=/a><style></style>", "/a");
    assert_links("<script><!-- \n x<y \n//--></SCRIPT\n><a href=/a>", "/a");
    assert_links("<script></scrip</script><a href=/a>x</a><a href=/b>",
                 "/a /b");
    for (size_t n = (1 << 16) - 20; n < 1 << 16; n++) {
        sprintf(html, "<script>%0*d</script><a href=/a>", (int)n - 8, 0);
        read_page(html, "text/html", sizeof html);
        expect_trace("/a");
    }
}

/* CRAWL-a: each end tag is compared with all that are open */
static void too_deep(void **state)
{
    struct links links;
    links_open(&links, page, "text/html", found, trace_text);
    for (int i = 0; i < 900; i++)
        links_feed(&links, "<b>", 3);
    links_feed(&links, "<a href=/a></a>.......", 22);
    expect_trace("/a");
    assert_non_null(links.parser);
    for (int i = 0; i < 1000000 && links.parser; i++)
        links_feed(&links, "<b>", 3);
    assert_true(links.too_deep);
    links_feed(&links, "<a href=/b>........", 19);
    links_end(&links);
    expect_trace("");
}

/* CRAWL-03 */
static void only_html_has_links(void **state)
{
    read_page("<a href=/a>", "application/xhtml+xml", 100);
    expect_trace("/a");
    read_page("<a href=/a>", "Text/HTML", 100);
    expect_trace("/a");
    read_page("<a href=/a>", "text/plain", 100);
    read_page("<a href=/a>", "image/png", 100);
    read_page("<a href=/a>", NULL, 100);
    expect_trace("");
}

/* CRAWL-03: what is dropped half-way has given the links that were complete */
static void dropped_half_way(void **state)
{
    static const char html[] = "<a href=/a><p><a href=/b>";
    for (size_t n = 0; n < sizeof html; n++) {
        struct links links;
        links_open(&links, page, "text/html", found, trace_text);
        links_feed(&links, html, n);
        links_drop(&links);
        links_drop(&links);
        assert_true(strncmp("/a /b", trace_text, strlen(trace_text)) == 0);
        assert_true(n >= strlen("<a href=/a>") || !*trace_text);
        trace_text[0] = '\0';
    }
}

static size_t counted;

static void count(void *data, char *url)
{
    (void)data;
    counted++;
    free(url);
}

/* CRAWL-03: bytes at random; and so many tags that a tree would be large */
static void any_bytes(void **state)
{
    static const char some[] = "<<>>a= '\"/hrefbase!-&#;?\xC3\xBC%p\t\n";
    struct links links;
    char bytes[997];
    unsigned seed = 1;
    links_open(&links, page, "text/html", count, NULL);
    for (int round = 0; round < 500; round++) {
        for (size_t n = 0; n < sizeof bytes; n++) {
            seed = seed * 1103515245 + 12345;
            bytes[n] = some[(seed >> 16) % (sizeof some - 1)];
        }
        links_feed(&links, bytes, sizeof bytes);
    }
    links_end(&links);
    counted = 0;
    links_open(&links, page, "text/html", count, NULL);
    for (int i = 0; i < 20000; i++)
        links_feed(&links, "<p><a href=x>text</a></p>\n", 26);
    links_end(&links);
    assert_int_equal(counted, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_of_all_kinds),
        cmocka_unit_test(what_is_no_link),
        cmocka_unit_test(entities_and_letters),
        cmocka_unit_test(a_base),
        cmocka_unit_test(broken_html),
        cmocka_unit_test(scripts_and_styles),
        cmocka_unit_test(too_deep),
        cmocka_unit_test(only_html_has_links),
        cmocka_unit_test(dropped_half_way),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
