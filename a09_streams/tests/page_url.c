/* page_url.h: links of one page, in all the ways that pages write them. */
#include "a09_streams/page_url.h"
#include "tests/support.h"

static void assert_leads_to(const char *base, const char *link,
                            const char *expected)
{
    char *url = page_url(base, link);
    if (!expected)
        assert_null(url);
    else if (!url)
        fail_msg("%s leads nowhere", link);
    else
        assert_string_equal(url, expected);
    free(url);
}

/* CRAWL-01: one page, one URL */
static void links_of_one_page_are_one_url(void **state)
{
    static const char *links[] = {
        "http://example.org/a/b",        "http://example.org/a/b#c",
        "HTTP://example.org/a/b",        "http://EXAMPLE.Org/a/b",
        "http://example.org:80/a/b",     "http://example.org./a/b",
        "http://example.org.:80/a/b#",   "http://example.org/a/%62",
        "http://example.org/x/../a/./b", "http://example.org/%2e%2E/a/b",
        " \n http://example.org/a/b\t ", "http://exam\nple.org/a\t/b",
        "http://me:pw@example.org/a/b",  "http://example.org/../../a/b",
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        assert_leads_to(NULL, links[i], "http://example.org/a/b");
    assert_leads_to(NULL, "http://example.org", "http://example.org/");
    assert_leads_to(NULL, "https://h:443/", "https://h/");
    assert_leads_to(NULL, "http://[::1]:80/", "http://[::1]/");
    assert_leads_to(NULL, "http://127.1.:80/", "http://127.0.0.1/");
}

/* CRAWL-01 */
static void other_pages_are_other_urls(void **state)
{
    assert_leads_to(NULL, "http://h:8080/", "http://h:8080/");
    assert_leads_to(NULL, "http://h:443/", "http://h:443/");
    assert_leads_to(NULL, "http://h/A", "http://h/A");
    assert_leads_to(NULL, "http://h/a/", "http://h/a/");
    assert_leads_to(NULL, "http://h/a%2Fb", "http://h/a%2Fb");
    assert_leads_to(NULL, "http://h/a%2fb", "http://h/a%2Fb");
    assert_leads_to(NULL, "http://h/a?b=%26&c", "http://h/a?b=%26&c");
}

/* CRAWL-01: a percent where one is needed, and only there */
static void percents(void **state)
{
    assert_leads_to(NULL, "http://h/%7Ea%2D~", "http://h/~a-~");
    assert_leads_to(NULL, "http://h/a b", "http://h/a%20b");
    assert_leads_to(NULL, "http://h/\xC3\xBC", "http://h/%C3%BC");
    assert_leads_to(NULL, "http://h/%c3%bc", "http://h/%C3%BC");
    assert_leads_to(NULL, "http://h/100%", "http://h/100%25");
    assert_leads_to(NULL, "http://h/%zz%4", "http://h/%25zz%254");
    assert_leads_to(NULL, "http://h/%00%0a\x01x", "http://h/%00%0A%01x");
    assert_leads_to(NULL, "http://h/\"<>^`{|}",
                    "http://h/%22%3C%3E%5E%60%7B%7C%7D");
    assert_leads_to(NULL, "http://h/a%5Cb?\\", "http://h/a%5Cb?%5C");
}

/* CRAWL-02 */
static void links_are_relative_to_their_page(void **state)
{
    const char *base = "http://h:81/a/b?c=/d/e";
    assert_leads_to(base, "x", "http://h:81/a/x");
    assert_leads_to(base, "x/", "http://h:81/a/x/");
    assert_leads_to(base, "./x", "http://h:81/a/x");
    assert_leads_to(base, "../x", "http://h:81/x");
    assert_leads_to(base, "../../../x", "http://h:81/x");
    assert_leads_to(base, "..", "http://h:81/");
    assert_leads_to(base, "/x", "http://h:81/x");
    assert_leads_to(base, "?x=1", "http://h:81/a/b?x=1");
    assert_leads_to(base, "", base);
    assert_leads_to(base, "#x", base);
    assert_leads_to(base, "//other/x", "http://other/x");
    assert_leads_to(base, "https://other", "https://other/");
    assert_leads_to("https://h/", "//other/x", "https://other/x");
    assert_leads_to(base, "..\\x\\y?\\", "http://h:81/x/y?%5C");
    assert_leads_to(base, "\\\\other\\x", "http://other/x");
    assert_leads_to(base, "./x:y", "http://h:81/a/x:y");
}

/* CRAWL-02: a scheme begins with a letter, and has no blank, _ or % in it */
static void not_all_before_a_colon_is_a_scheme(void **state)
{
    const char *base = "http://h:81/a/b";
    assert_leads_to(base, "12:30.html", "http://h:81/a/12:30.html");
    assert_leads_to(base, "12://x", "http://h:81/a/12://x");
    assert_leads_to(base, "-a:b", "http://h:81/a/-a:b");
    assert_leads_to(base, ":x", "http://h:81/a/:x");
    assert_leads_to(base, "User_talk:Ann", "http://h:81/a/User_talk:Ann");
    assert_leads_to(base, "Chapter 1: end", "http://h:81/a/Chapter%201:%20end");
    assert_leads_to(base, "(1):x?y:z", "http://h:81/a/(1):x?y:z");
    assert_leads_to(NULL, "12:30.html", NULL);
    assert_leads_to(NULL, "127.0.0.1:80/", NULL);
}

/* CRAWL-02: as browsers do (WHATWG URL), not strictly as RFC 3986, 5.4.2 */
static void a_scheme_alone_does_not_make_a_host(void **state)
{
    const char *base = "http://h:81/a/b?c";
    assert_leads_to(base, "http:x", "http://h:81/a/x");
    assert_leads_to(base, "HTTP:/x", "http://h:81/x");
    assert_leads_to(base, "http:\\x", "http://h:81/x");
    assert_leads_to(base, "http:/\\x", "http://x/");
    assert_leads_to(base, "http:../x", "http://h:81/x");
    assert_leads_to(base, "http:?x", "http://h:81/a/b?x");
    assert_leads_to(base, "http:", base);
    assert_leads_to(base, "ht\ntp:/x", "http://h:81/x");
    assert_leads_to(base, "http://x", "http://x/");
    assert_leads_to(base, "http:///x", "http://x/");
    assert_leads_to(base, "https:x", "https://x/");
    assert_leads_to(base, "https:/x/y", "https://x/y");
    assert_leads_to(base, "https:////x/y", "https://x/y");
    assert_leads_to("https://h/a", "http:x", "http://x/");
    assert_leads_to(base, "https:", NULL);
}

/* CRAWL-02: also nonsense, which must be refused, or be a URL of http */
static void some_links_lead_to_no_page(void **state)
{
    static const char *links[] = {
        "mailto:me@example.org",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "tel:1",
        "file:///etc/passwd",
        "ftp://h/",
        "http://",
        "http:///",
        "http://.",
        "http://[",
        "http://[::1",
        "http://h:99999/",
        "http://h:x/",
        "http://a b/",
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        assert_leads_to("http://h/", links[i], NULL);
    assert_leads_to(NULL, "", NULL);
    assert_leads_to(NULL, "x", NULL);
}

/* CRAWL-02 */
static void a_url_has_a_limit(void **state)
{
    char link[4 * PAGE_URL_MOST], *url;
    memset(link, 'x', sizeof link);
    link[PAGE_URL_MOST - strlen("http://h/")] = '\0';
    url = page_url("http://h/", link);
    assert_non_null(url);
    assert_int_equal(strlen(url), PAGE_URL_MOST);
    free(url);
    link[PAGE_URL_MOST - strlen("http://h/")] = 'x';
    link[PAGE_URL_MOST] = '\0';
    assert_leads_to("http://h/", link, NULL);
    memset(link, '"', PAGE_URL_MOST); /* each becomes three */
    assert_leads_to("http://h/", link, NULL);
    memset(link, '"', sizeof link - 1); /* more than is looked at */
    link[sizeof link - 1] = '\0';
    assert_leads_to("http://h/", link, NULL);
}

/* CRAWL-01: a URL, read again, is itself; whatever the bytes */
static void a_url_stays_as_it_is(void **state)
{
    static const char some[] = "/./../%2e%41%zz:@?#&=[]\\ \t\"<ab\xC3\xBC";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char link[24], *url, *again;
        size_t n = 0;
        for (; n < sizeof link - 1; n++) {
            seed = seed * 1103515245 + 12345;
            link[n] = some[(seed >> 16) % (sizeof some - 1)];
        }
        link[n] = '\0';
        url = page_url("http://h:81/a/b", link);
        if (!url)
            continue;
        again = page_url("http://other/", url);
        assert_non_null(again);
        assert_string_equal(again, url);
        assert_int_equal(strncmp(url, "http://", 7), 0);
        url[strcspn(url, "?")] = '\0';
        assert_null(strstr(url, "/../"));
        free(url);
        free(again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_of_one_page_are_one_url),
        cmocka_unit_test(other_pages_are_other_urls),
        cmocka_unit_test(percents),
        cmocka_unit_test(links_are_relative_to_their_page),
        cmocka_unit_test(not_all_before_a_colon_is_a_scheme),
        cmocka_unit_test(a_scheme_alone_does_not_make_a_host),
        cmocka_unit_test(some_links_lead_to_no_page),
        cmocka_unit_test(a_url_has_a_limit),
        cmocka_unit_test(a_url_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
