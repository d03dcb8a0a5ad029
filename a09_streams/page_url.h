/* page_url.h: one URL for all the links that lead to the same page.
 *
 * HTTP://Example.org.:80/a/../b#c and http://example.org/%62 are one page.
 * libcurl's URL parser (curl_url) takes the link apart, joins it with the URL
 * of its page, removes "." and "..", and leaves out a port that is the usual
 * one.  To that we add what it leaves alone: the host in small letters, without
 * dots at its end; no fragment, and no login; "%7e" becomes "~", because a "~"
 * needs no percent; and where a percent is needed, the digits are capitals, as
 * in "%2F".  Where browsers (WHATWG URL) and RFC 3986 disagree, a link leads
 * where browsers go.
 *
 * units   A URL has up to PAGE_URL_MOST bytes, of which none is a blank or a
 *         control character.
 * errors  A link that leads to no page, such as "mailto:", is NULL.  Out of
 *         memory: as url_format().
 * owner   The URL is yours: free() it.
 */
#ifndef A09_PAGE_URL_H
#define A09_PAGE_URL_H

#include <strings.h>
#include "a04_join/url_list.h"

enum { PAGE_URL_MOST = 2000 }; /* bytes; many servers take no more */

/* Does it mean the same with and without percent?  See RFC 3986, 2.3. */
static inline bool page_url_is_plain_(unsigned char c)
{
    return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static inline unsigned char page_url_hex_(const char *digits)
{
    char text[] = { digits[0], digits[1], '\0' };
    return (unsigned char)strtoul(text, NULL, 16);
}

/* `n` bytes of a link, with percents where they are needed, and only there;
 * `to` has room for three times as many, and a '\0'.  As browsers do, line
 * ends and tabs are left out, and "\" is "/" but for the query. */
static inline void page_url_percent_(char *to, const char *link, size_t n)
{
    bool query = false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)link[i];
        bool kept;
        query = query || c == '?';
        if (c == '\\' && !query)
            c = '/';
        kept = c && strchr("!$&'()*+,;=:@/?[]", c);
        if (c == '\t' || c == '\n' || c == '\r')
            continue;
        if (c == '%' && i + 2 < n && isxdigit((unsigned char)link[i + 1]) &&
            isxdigit((unsigned char)link[i + 2])) {
            c = page_url_hex_(link + i + 1);
            i += 2;
        }
        if (kept || page_url_is_plain_(c))
            *to++ = (char)c;
        else
            to += sprintf(to, "%%%02X", c);
    }
    *to = '\0';
}

/* How many bytes of a link are its scheme and the colon; 0: it has none. */
static inline size_t page_url_scheme_(const char *link)
{
    size_t n = 0;
    while (isalnum((unsigned char)link[n]) ||
           (link[n] && strchr("+-.", link[n])))
        n++;
    return link[n] == ':' && isalpha((unsigned char)*link) ? n + 1 : 0;
}

/* Not of "mailto:", "javascript:" and their like. */
static inline bool page_url_is_ours_(const char *link, size_t scheme)
{
    return (scheme == 5 && strncasecmp(link, "http:", 5) == 0) ||
           (scheme == 6 && strncasecmp(link, "https:", 6) == 0);
}

/* As browsers do, "http:x" is "x" if its page has that scheme, otherwise it is
 * "http://x".  (Strictly, by RFC 3986, 5.4.2, both would lead nowhere.)  `text`
 * has room for two more bytes. */
static inline char *page_url_slashes_(char *text, size_t n, const char *base)
{
    size_t slashes = strspn(text + n, "/");
    if (slashes < 2 && base && strncasecmp(text, base, n) == 0)
        return text + n;
    memmove(text + n + 2, text + n + slashes, strlen(text + n + slashes) + 1);
    memcpy(text + n, "//", 2);
    return text;
}

/* "12:30.html" has no scheme, but libcurl takes "12" for one if the link does
 * not begin with "./".  `text` has room for two more bytes. */
static inline char *page_url_dot_(char *text)
{
    if (text[strcspn(text, ":/?")] == ':') {
        memmove(text + 2, text, strlen(text) + 1);
        memcpy(text, "./", 2);
    }
    return text;
}

/* True: it has a host, which is now written as all links write it. */
static inline bool page_url_host_(CURLU *url)
{
    char *host = NULL;
    size_t n;
    CURLUcode rc = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (rc)
        return false;
    n = strlen(host);
    while (n > 0 && host[n - 1] == '.')
        host[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        host[i] = (char)tolower((unsigned char)host[i]);
    rc = n > 0 ? curl_url_set(url, CURLUPART_HOST, host, 0) : CURLUE_NO_HOST;
    curl_free(host);
    return rc == CURLUE_OK;
}

/* Without its dot, "127.1." is an address that has another spelling. */
static inline bool page_url_again_(CURLU *url)
{
    char *text = NULL;
    CURLUcode rc = curl_url_get(url, CURLUPART_URL, &text, 0);
    if (rc == CURLUE_OK)
        rc = curl_url_set(url, CURLUPART_URL, text, 0);
    curl_free(text);
    return rc == CURLUE_OK;
}

static inline char *page_url_text_(CURLU *url)
{
    char *text = NULL, *copy = NULL;
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    if (curl_url_get(url, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT))
        return NULL;
    if (strlen(text) <= PAGE_URL_MOST)
        copy = url_format("%s", text);
    curl_free(text);
    return copy;
}

/* Where `link` leads in a page whose URL is `base`.  If `base` is NULL, the
 * link must be a whole URL. */
static inline char *page_url(const char *base, const char *link)
{
    char room[3 * PAGE_URL_MOST + 3], *text, *result = NULL;
    CURLU *url;
    size_t n, scheme;
    while (*link && (unsigned char)*link <= ' ')
        link++;
    n = strcspn(link, "#"); /* what follows is a place in the page */
    while (n > 0 && (unsigned char)link[n - 1] <= ' ')
        n--;
    if (n > PAGE_URL_MOST)
        return NULL;
    page_url_percent_(room, link, n);
    scheme = page_url_scheme_(room);
    if (scheme && !page_url_is_ours_(room, scheme))
        return NULL;
    text = scheme ? page_url_slashes_(room, scheme, base) : page_url_dot_(room);
    url = curl_url();
    if (!url)
        program_exit(1, "no memory");
    if ((!base || curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK) &&
        ((base && !*text) ||
         curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) &&
        page_url_host_(url) && page_url_again_(url))
        result = page_url_text_(url);
    curl_url_cleanup(url);
    return result;
}

/* Of a URL of page_url(): "example.org:8080", *n bytes.  The path follows. */
static inline const char *page_url_site(const char *url, size_t *n)
{
    const char *site = strstr(url, "//") + 2;
    *n = strcspn(site, "/");
    return site;
}
#endif
