/* Exercise: a field of a log in JSON.
 *
 * Read:   notes/a10_tracing.md, "Logs that programs read"
 * Build:  json_field() writes "name":"value" into `out`, which has room for
 *         `size` bytes, the 0 at the end included.  It returns false if
 *         there is not enough room; then the content of `out` does not matter.
 * Why:    The value comes from a client, and the program that reads your log
 *         must get back the same value, whatever the client sent.
 * Rules:  In a string of JSON, " and \ have a \ in front of them.  A byte below
 *         32 is written as \u and four hexadecimal digits (or as \n and the
 *         like).  All other bytes stay as they are, also those above 127, which
 *         are parts of longer characters.  The name needs no escapes.
 * Check:  ./learn check a10_json_field
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct line { /* what is written so far */
    char *out;
    size_t size, used;
    bool full; /* something had no room */
};

static void put(struct line *line, char c)
{
    if (line->used < line->size)
        line->out[line->used++] = c;
    else
        line->full = true;
}

static void put_text(struct line *line, const char *text)
{
    for (; *text; text++)
        put(line, *text);
}

static void put_value(struct line *line, const char *value)
{
    char digits[8];
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c < 32) {
            snprintf(digits, sizeof digits, "\\u%04x", c);
            put_text(line, digits);
            continue;
        }
        if (c == '"' || c == '\\')
            put(line, '\\');
        put(line, *value);
    }
}

static bool json_field(char *out, size_t size, const char *name,
                       const char *value)
{
    struct line line = { .out = out, .size = size };
    put(&line, '"');
    put_text(&line, name);
    put_text(&line, "\":\"");
    put_value(&line, value);
    put(&line, '"');
    put(&line, '\0');
    return !line.full;
}
