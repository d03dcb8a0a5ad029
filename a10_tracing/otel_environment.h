/* otel_environment.h: what OTEL_… variables say of a collector.
 *
 * empty     A variable that is empty is as good as none.
 * endpoint  See otel.h.
 * headers   OTEL_EXPORTER_OTLP_TRACES_HEADERS, or without it
 *           OTEL_EXPORTER_OTLP_HEADERS: name=value,name=value, for collectors
 *           that want a key.  In a value, %2C is a comma.  What is no header is
 *           not sent.  One line says so, without its value, a secret perhaps.
 *
 * From OpenTelemetry: specification/protocol/exporter.md
 */
#ifndef A10_OTEL_ENVIRONMENT_H
#define A10_OTEL_ENVIRONMENT_H

#include "a10_tracing/otel_export.h"

static inline const char *otel_variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Does the environment say where to send spans? */
static inline bool otel_is_configured(void)
{
    return otel_variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ||
           otel_variable("OTEL_EXPORTER_OTLP_ENDPOINT");
}

/* The path goes in front of a ? or a #.  To be freed; NULL: there was no
 * memory, as options.endpoint is not NULL. */
static inline char *otel_url(const struct otel_options *options)
{
    const char *whole = otel_variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    const char *base = otel_variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    const char *path = "v1/traces";
    size_t size, n;
    char *url;
    if (whole)
        return strdup(whole);
    if (!base)
        base = options->endpoint;
    n = strcspn(base, "?#");
    size = strlen(base) + strlen(path) + 2;
    url = malloc(size);
    if (url)
        snprintf(url, size, "%.*s%s%s%s", (int)n, base,
                 n > 0 && base[n - 1] == '/' ? "" : "/", path, base + n);
    return url;
}

/* ---- Headers ------------------------------------------------------------- */

/* 0 or UV_ENOMEM */
static inline int otel_add_header(struct otel_route *route, const char *line)
{
    struct curl_slist *more = curl_slist_append(route->headers, line);
    if (!more)
        return UV_ENOMEM;
    route->headers = more;
    return 0;
}

/* Without the spaces around it. */
static inline char *otel_trim_(char *text)
{
    size_t n;
    text += strspn(text, " \t");
    n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

static inline bool otel_is_header_(const char *name, const char *value, int n)
{
    if (!*name || strpbrk(name, " \t\"(),/:;<=>?@[\\]{}"))
        return false;
    for (; *name; name++)
        if (*name < '!' || *name > '~')
            return false;
    for (int i = 0; i < n; i++)
        if ((value[i] >= 0 && value[i] < ' ') || value[i] == 127)
            return false;
    return true;
}

/* `item` is name=value, and is changed.  0 or UV_ENOMEM */
static inline int otel_item_(struct otel_route *route, char *item)
{
    char *equals = strchr(item, '='), *name, *value, *line;
    int n, rc = 0;
    if (equals)
        *equals = '\0';
    name = otel_trim_(item);
    value =
        curl_easy_unescape(NULL, equals ? otel_trim_(equals + 1) : "", 0, &n);
    line = value ? malloc(strlen(name) + (size_t)n + 3) : NULL;
    if (!line) {
        rc = UV_ENOMEM;
    } else if (equals && otel_is_header_(name, value, n)) {
        /* libcurl takes "name:" for a header that it is to leave out. */
        sprintf(line, "%s%s%s", name, n ? ": " : ";", value);
        rc = otel_add_header(route, line);
    } else {
        otel_tell(route, "a header in OTEL_EXPORTER_OTLP_HEADERS is not "
                         "name=value, so it is not sent");
    }
    free(line);
    curl_free(value);
    return rc;
}

/* 0 or UV_ENOMEM */
static inline int otel_headers(struct otel_route *route)
{
    const char *list = otel_variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
    int rc = 0;
    if (!list)
        list = otel_variable("OTEL_EXPORTER_OTLP_HEADERS");
    while (list && *list && rc == 0) {
        size_t n = strcspn(list, ",");
        char *item = strndup(list, n);
        if (!item)
            rc = UV_ENOMEM;
        else if (*otel_trim_(item)) /* a comma at the end is no item */
            rc = otel_item_(route, item);
        free(item);
        list += n + (list[n] == ',');
    }
    return rc;
}
#endif
