/* http_routes.h: which handler is for which request.
 *
 *     static const struct http_route routes[] = {
 *         { "GET", "/price/{item}", sizeof(struct price), price },
 *         { .method = NULL },
 *     };
 *
 * handler  A constructor of a future, usually of an async function.  It gets
 *          memory for its frame, the request, and what the program hands to all
 *          of its handlers.
 * path     is compared as it is.  {item} at its end stands for one part of a
 *          path: one character or more, without a slash.  It is request->rest.
 * HEAD     goes to the handler of GET.  The server sends no body then.
 * none     No such path: 404.  Another method: 405, and the header Allow says
 *          which there are.
 */
#ifndef A10_HTTP_ROUTES_H
#define A10_HTTP_ROUTES_H

#include "a10_tracing/http_request.h"

struct http_route {
    const char *method; /* NULL: the end of the table */
    const char *path;
    size_t size; /* of the frame */
    struct future *(*handler)(void *frame, struct http_request *r, void *state);
};

/* What stands for the part in braces, "" if there is none; or NULL: this is
 * another path. */
static inline const char *http_route_rest_(const struct http_route *route,
                                           const char *path)
{
    size_t n = strcspn(route->path, "{");
    if (strncmp(route->path, path, n) != 0)
        return NULL;
    path += n;
    if (!route->path[n])
        return *path ? NULL : path;
    return *path && !strchr(path, '/') ? path : NULL;
}

static inline bool http_route_takes_(const struct http_route *route,
                                     const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* GET, HEAD and the like, of all routes with this path. */
static inline void http_routes_refuse_(const struct http_route *routes,
                                       struct http_request *r)
{
    char allow[HTTP_HEADER] = "";
    for (const struct http_route *route = routes; route->method; route++) {
        size_t n = strlen(allow);
        if (http_route_rest_(route, r->path))
            snprintf(allow + n, sizeof allow - n, "%s%s%s", n ? ", " : "",
                     route->method,
                     strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }
    if (!*allow) {
        http_reply_error(r, 404, "there is no %s", r->path);
        return;
    }
    http_reply_error(r, 405, "not %s, but %s", r->method, allow);
    http_reply_header(r, "Allow", "%s", allow);
}

/* The route of this request, or NULL: then it has its reply. */
static inline const struct http_route *http_routes_find(
    const struct http_route *routes, struct http_request *r)
{
    for (const struct http_route *route = routes; route->method; route++) {
        const char *rest = http_route_rest_(route, r->path);
        if (rest && http_route_takes_(route, r->method)) {
            r->rest = rest;
            return route;
        }
    }
    http_routes_refuse_(routes, r);
    return NULL;
}

/* The largest frame of them. */
static inline size_t http_routes_frame(const struct http_route *routes)
{
    size_t most = 0;
    for (; routes->method; routes++)
        if (routes->size > most)
            most = routes->size;
    return most;
}
#endif
