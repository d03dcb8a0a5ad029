/* http_json.h: JSON of a request and for a reply, by jansson.
 *
 *     self->order = http_json(self->request);      NULL: it has its reply, 400
 *     http_reply_json(self->request, 201, json_pack("{s:i}", "id", 7));
 *
 * broken   The client learns where: "line 1, column 12: ...".
 * owner    What http_json() returns is yours: json_decref() in ASYNC_FINALLY.
 *          What http_reply_json() gets is given away.
 */
#ifndef A10_HTTP_JSON_H
#define A10_HTTP_JSON_H

#include "a10_tracing/http_request.h"
#include "a10_tracing/json_text.h"

/* The body: an object.  NULL: then the reply is set. */
static inline json_t *http_json(struct http_request *r)
{
    json_error_t error;
    json_t *value =
        json_loadb(r->body, r->size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                   &error);
    if (!value && json_error_code(&error) == json_error_out_of_memory)
        http_reply_error(r, 500, "not enough memory");
    else if (!value)
        http_reply_error(r, 400, "the body is not JSON: line %d, column %d: %s",
                         error.line, error.column, error.text);
    else if (!json_is_object(value))
        http_reply_error(r, 400, "the body is JSON, but not an object");
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

/* NULL: there was no memory, or the text in it is no UTF-8. */
static inline void http_reply_json(struct http_request *r, int status,
                                   json_t *value)
{
    char *text = value ? json_line(value, 0, "\n") : NULL;
    http_reply_give(r, status, "application/json", text);
    json_decref(value);
}
#endif
