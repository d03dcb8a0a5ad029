/* json_text.h: from text to jansson's values, and back, also without memory.
 *
 *     json_put(object, "name", json_text(name)) || ...     no memory
 *     char *line = json_line(object, JSON_COMPACT, "\n");
 */
#ifndef A10_JSON_TEXT_H
#define A10_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NULL: there is no memory.  What is no UTF-8 has ? for each byte above 127. */
static inline json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    char *copy = value ? NULL : malloc(strlen(text) + 1);
    if (!copy)
        return value;
    strcpy(copy, text);
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c > 127)
            *c = '?';
    value = json_string(copy);
    free(copy);
    return value;
}

/* False: there is no memory.  `value` is given away, also then; NULL is a
 * failure. */
static inline bool json_put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

struct json_buffer_ {
    char *text;
    size_t n, room;
    bool lacks;
};

static inline int json_append_(const char *bytes, size_t n, void *data)
{
    struct json_buffer_ *b = data;
    if (b->room - b->n < n) {
        size_t room = 2 * b->room + n + 200;
        char *more = realloc(b->text, room);
        b->lacks = b->lacks || !more;
        if (!more)
            return -1;
        b->text = more;
        b->room = room;
    }
    memcpy(b->text + b->n, bytes, n);
    b->n += n;
    return 0;
}

/* Jansson's flags; `end` is put behind it.  free() it.  NULL: there is no
 * memory.  (The json_dumps() of jansson 2.14 does not notice if a key finds
 * none, and writes half of it.) */
static inline char *json_line(const json_t *value, size_t flags,
                              const char *end)
{
    struct json_buffer_ b = { .text = NULL };
    if (json_dump_callback(value, json_append_, &b, flags) == 0 &&
        json_append_(end, strlen(end) + 1, &b) == 0 && !b.lacks)
        return b.text;
    free(b.text);
    return NULL;
}
#endif
