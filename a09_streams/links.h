/* links.h: bytes of HTML become links, as the bytes come in.
 *
 *     links_open(&self->links, url, type, found, self);
 *     links_feed(&self->links, bytes, n);       any number of times
 *     links_end(&self->links);                  the rest; then it is closed
 *     links_drop(&self->links);                 in ASYNC_FINALLY
 *
 * parser  libxml2's push parser for HTML, which repairs what is broken, as a
 *         browser does.  It builds no tree: it tells us of each tag, and
 *         forgets it.  So memory does not grow with the page, only with its
 *         longest tag or text, and a little with the depth of its elements.
 * depth   The parser compares each end tag with all elements that are open.
 *         So a page with more than LINKS_DEPTH of them could take hours: it is
 *         read no further, and `too_deep` is true.
 * links   are where LINKS_PLACES_ says, joined with the page's URL, or with
 *         what the first <base href> says.  A srcset is not looked at.
 * found   gets a URL of page_url.h, which it owns, once for each link.
 * type    If the Content-Type is not that of HTML, there are no links.
 * errors  Out of memory: one line, exit 1.
 */
#ifndef A09_LINKS_H
#define A09_LINKS_H

#include <libxml/HTMLparser.h>
#include "a09_streams/page_url.h"

enum { LINKS_DEPTH = 1000, LINKS_TAIL = 8 };

typedef void links_found(void *data, char *url);

struct links {
    htmlParserCtxtPtr parser; /* NULL: no HTML, or closed */
    char *base;               /* what links are relative to */
    bool based;               /* there was a <base> */
    bool too_deep;            /* what followed was not read */
    char tail[LINKS_TAIL];    /* a tag that may be cut: `held` bytes */
    size_t held;
    links_found *found;
    void *data;
};

#define LINKS_PLACES_                                                      \
    {                                                                      \
        { "a", "href" }, { "area", "href" }, { "link", "href" },           \
            { "img", "src" }, { "script", "src" }, { "iframe", "src" },    \
            { "frame", "src" }, { "embed", "src" }, { "source", "src" },   \
            { "audio", "src" }, { "video", "src" }, { "video", "poster" }, \
    }

static inline bool links_is_(const xmlChar *name, const char *text)
{
    return strcmp((const char *)name, text) == 0;
}

static inline void links_base_(struct links *self, const char *href)
{
    char *base = page_url(self->base, href);
    if (!base || self->based) {
        free(base);
        return;
    }
    self->based = true;
    free(self->base);
    self->base = base;
}

static inline void links_attribute_(struct links *self, const xmlChar *element,
                                    const xmlChar *name, const char *value)
{
    static const struct {
        const char *element, *attribute;
    } places[] = LINKS_PLACES_;
    if (links_is_(element, "base") && links_is_(name, "href"))
        links_base_(self, value);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (links_is_(element, places[i].element) &&
            links_is_(name, places[i].attribute)) {
            char *url = page_url(self->base, value);
            if (url)
                self->found(self->data, url);
        }
}

/* libxml2 calls this for each tag that begins an element.  Names are in small
 * letters; in values, entities such as &amp; were replaced. */
static inline void links_element_(void *data, const xmlChar *element,
                                  const xmlChar **attributes)
{
    for (; attributes && attributes[0]; attributes += 2)
        if (attributes[1]) /* NULL: it has no value */
            links_attribute_(data, element, attributes[0],
                             (const char *)attributes[1]);
}

static inline bool links_is_html_(const char *type)
{
    return type && (strncasecmp(type, "text/html", 9) == 0 ||
                    strncasecmp(type, "application/xhtml+xml", 21) == 0);
}

/* What the Content-Type says of how letters are written; otherwise UTF-8. */
static inline xmlCharEncoding links_encoding_(const char *type)
{
    char name[32] = "";
    xmlCharEncoding encoding;
    while (*type && strncasecmp(type, "charset=", 8) != 0)
        type++;
    if (*type && sscanf(type + 8, "%*[\"']%31[^\"'; ]", name) != 1)
        (void)sscanf(type + 8, "%31[^\"'; ]", name);
    encoding = *name ? xmlParseCharEncoding(name) : XML_CHAR_ENCODING_NONE;
    return encoding > 0 ? encoding : XML_CHAR_ENCODING_UTF8;
}

static inline void links_drop(struct links *self)
{
    htmlFreeParserCtxt(self->parser); /* NULL is fine */
    free(self->base);
    self->parser = NULL;
    self->base = NULL;
}

static inline void links_parse_(struct links *self, const char *bytes, size_t n)
{
    if (self->parser && self->parser->nameNr > LINKS_DEPTH) {
        links_drop(self);
        self->too_deep = true;
    }
    if (self->parser && n > 0)
        htmlParseChunk(self->parser, bytes, (int)n, 0);
}

static inline void links_flush_(struct links *self)
{
    links_parse_(self, self->tail, self->held);
    self->held = 0;
}

/* How many bytes at the end may be a tag that is cut. */
static inline size_t links_cut_(const char *bytes, size_t n)
{
    for (size_t cut = 1; cut <= n && cut <= LINKS_TAIL; cut++)
        if (bytes[n - cut] == '<')
            return cut;
    return 0;
}

/* libxml2 2.9 takes a "</scri" at the end of its bytes for text, and does not
 * see that the script ends.  So a '<' waits until "</script" would be there. */
static inline void links_some_(struct links *self, const char *bytes, size_t n)
{
    size_t cut;
    while (n > 0 && self->held > 0) {
        if (*bytes == '<' || self->held == LINKS_TAIL) {
            links_flush_(self);
        } else {
            self->tail[self->held++] = *bytes++;
            n--;
        }
    }
    cut = links_cut_(bytes, n);
    links_parse_(self, bytes, n - cut);
    if (cut > 0) { /* else there may be a tail already */
        memcpy(self->tail, bytes + n - cut, cut);
        self->held = cut;
    }
}

/* Some of the page. */
static inline void links_feed(struct links *self, const char *bytes, size_t n)
{
    while (self->parser && n > 0) {
        size_t some = n < 1 << 16 ? n : 1 << 16;
        links_some_(self, bytes, some);
        bytes += some;
        n -= some;
    }
}

/* `url` is the page's own, of page_url.h; `type` its Content-Type, or NULL. */
static inline void links_open(struct links *self, const char *url,
                              const char *type, links_found *found, void *data)
{
    static const char many[] = "<html><html><html><html><html>";
    htmlSAXHandler sax = { .startElement = links_element_ };
    *self = (struct links){ .found = found, .data = data };
    if (!links_is_html_(type))
        return;
    self->base = url_format("%s", url);
    self->parser = htmlCreatePushParserCtxt(&sax, self, NULL, 0, NULL,
                                            links_encoding_(type));
    if (!self->parser)
        program_exit(1, "no memory for an HTML parser");
    htmlCtxtUseOptions(self->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                         HTML_PARSE_NOWARNING |
                                         HTML_PARSE_NONET);
    /* libxml2 2.9 stops when it has seen as many ends as beginnings.  But links
     * may follow a </html>, or a </p> at the beginning of the page. */
    links_feed(self, many, sizeof many - 1);
}

/* The page is complete. */
static inline void links_end(struct links *self)
{
    links_flush_(self);
    if (self->parser)
        htmlParseChunk(self->parser, NULL, 0, 1);
    links_drop(self);
}
#endif
