/* http_request.h: what came from a client, and what goes back.
 *
 * It knows no library: a handler works with this struct alone, so a test can
 * call a handler without a server.
 *
 *     http_reply(r, 200, "text/plain", "hello\n");
 *
 * reply    The last one counts.  A handler that is over and has set none is a
 *          mistake, and the client gets 500.
 * memory   The reply is copied.  If there is no memory for it, the client gets
 *          500 without a body.
 * error    http_reply_error() answers in JSON: {"error": "no such item"}.
 * text     What comes from a client is bytes.  It may be no UTF-8, and a path
 *          may have control characters in it.
 */
#ifndef A10_HTTP_REQUEST_H
#define A10_HTTP_REQUEST_H

#include <stdarg.h>
#include <strings.h>
#include "executor.h"

enum { HTTP_HEADERS = 4, HTTP_HEADER = 64, HTTP_ERROR = 200 };

struct http_header { /* of a reply */
    const char *name;
    char value[HTTP_HEADER];
};

struct http_request {
    const char *method; /* "GET" ... */
    const char *path;   /* without what follows a ? */
    const char *rest;   /* of the path: what stands for the route's {item} */
    const char *body;   /* ends with a 0 that is not counted; never NULL */
    size_t size;        /* bytes of the body */
    /* Looks for a header of the request: its value, or NULL. */
    const char *(*header)(const struct http_request *r, const char *name);

    int status; /* of the reply; 0: there is none yet */
    const char *type;
    char *reply; /* the body, from malloc(), or NULL */
    size_t reply_size;
    bool lacked;                              /* memory for a reply */
    struct http_header headers[HTTP_HEADERS]; /* up to the first without name */
};

/* ---- The request --------------------------------------------------------- */

static inline const char *http_header(const struct http_request *r,
                                      const char *name)
{
    return r->header ? r->header(r, name) : NULL;
}

/* What a request asks for may be a whole URL, as it is for a proxy: its path.
 * Without one, it is "/". */
static inline const char *http_path(const char *target)
{
    if (strncasecmp(target, "http://", 7) != 0)
        return target;
    target = strchr(target + 7, '/');
    return target ? target : "/";
}

/* ---- The reply ----------------------------------------------------------- */

/* Take back the reply. */
static inline void http_reply_clear(struct http_request *r)
{
    free(r->reply);
    r->reply = NULL;
    r->reply_size = 0;
    r->status = 0;
    r->type = NULL;
    memset(r->headers, 0, sizeof r->headers);
}

/* `body` is from malloc(), and belongs to the request from now on.  NULL: there
 * was no memory for it. */
static inline void http_reply_give(struct http_request *r, int status,
                                   const char *type, char *body)
{
    http_reply_clear(r);
    r->status = body ? status : 500;
    r->lacked = r->lacked || !body;
    r->type = body ? type : NULL;
    r->reply = body;
    r->reply_size = body ? strlen(body) : 0;
}

static inline void http_reply(struct http_request *r, int status,
                              const char *type, const char *body)
{
    size_t size = strlen(body) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, body, size);
    http_reply_give(r, status, type, copy);
}

/* After the reply: one more header of it.  `name` is a literal.  A value that
 * is too long is cut; a control character in it becomes a ?, because a line
 * break would begin another header; a header without a value is not sent. */
__attribute__((format(printf, 3, 4))) static inline void http_reply_header(
    struct http_request *r, const char *name, const char *format, ...)
{
    struct http_header *h = r->headers;
    va_list arguments;
    while (h < r->headers + HTTP_HEADERS && h->name)
        h++;
    if (h == r->headers + HTTP_HEADERS)
        misuse("http_reply_header: %s is one header too many", name);
    h->name = name;
    va_start(arguments, format);
    vsnprintf(h->value, sizeof h->value, format, arguments);
    va_end(arguments);
    for (char *c = h->value; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    if (!*h->value)
        h->name = NULL;
}

/* In a string of JSON: a control character or a byte that is no ASCII becomes
 * a ?, so what a client sent can be a part of the message. */
static inline void http_escape_(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text && n + 3 < size; text++) {
        if (*text == '"' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text >= ' ' && *text < 127 ? *text : '?';
    }
    out[n] = '\0';
}

/* {"error": "the message"} */
__attribute__((format(printf, 3, 4))) static inline void http_reply_error(
    struct http_request *r, int status, const char *format, ...)
{
    char text[HTTP_ERROR], safe[2 * HTTP_ERROR], all[2 * HTTP_ERROR + 20];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    http_escape_(safe, sizeof safe, text);
    snprintf(all, sizeof all, "{\"error\": \"%s\"}\n", safe);
    http_reply(r, status, "application/json", all);
}
#endif
