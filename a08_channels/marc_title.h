/* marc_title.h: the title of a record, as a line that a terminal can show. */
#ifndef A08_MARC_TITLE_H
#define A08_MARC_TITLE_H

#include "a08_channels/marc.h"

enum { MARC_LONGEST_FIELD = 9999 }; /* bytes: its length has four digits */

/* The first field 245 of a good record, without its end; NULL: it has none. */
static inline const unsigned char *marc_find_245_(const unsigned char *r,
                                                  size_t *n)
{
    long base = marc_number(r + 12, 5);
    const unsigned char *entry = r + MARC_LEADER;
    while (*entry != MARC_FIELD_END && memcmp(entry, "245", 3) != 0)
        entry += MARC_ENTRY;
    if (*entry == MARC_FIELD_END)
        return NULL;
    *n = (size_t)marc_number(entry + 3, 4) - 1;
    return r + base + marc_number(entry + 7, 5);
}

/* Copy the text without what a terminal could take as a command: the control
 * characters of ASCII, and U+0080 to U+009F, which are two bytes in UTF-8 and
 * one in MARC-8.  Each becomes '?'. */
static inline size_t marc_harmless_(char *line, const unsigned char *text,
                                    size_t n, bool utf8)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = text[i];
        bool two = utf8 && i > 0 && text[i - 1] == 0xC2;
        bool high = c >> 5 == 4 && (two || !utf8);
        if (two && high)
            size--; /* 0xC2 is in the line already */
        line[size++] = c < ' ' || c == 0x7F || high ? '?' : (char)c;
    }
    return size;
}

/* Write the title of a good record to `line`: the first $a of the first 245, as
 * it is, but for control characters, which become '?'.  Returns how many bytes:
 * 0 if there is none. */
static inline size_t marc_title(const unsigned char *r,
                                char line[MARC_LONGEST_FIELD])
{
    size_t n;
    const unsigned char *field = marc_find_245_(r, &n), *end;
    const unsigned char *a = field;
    if (!field)
        return 0;
    while ((a = memchr(a, MARC_SUBFIELD, (size_t)(field + n - a)))) {
        if (++a < field + n && *a == 'a')
            break;
    }
    if (!a)
        return 0;
    a++;
    end = memchr(a, MARC_SUBFIELD, (size_t)(field + n - a));
    return marc_harmless_(line, a, (size_t)((end ? end : field + n) - a),
                          r[9] == 'a');
}
#endif
