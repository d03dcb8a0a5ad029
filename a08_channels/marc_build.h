/* marc_build.h: makes records of MARC 21, for the demo and the tests. */
#ifndef A08_MARC_BUILD_H
#define A08_MARC_BUILD_H

#include "a08_channels/marc.h"

/* Bytes for a record of these fields.  It may be too long for the format. */
static inline size_t marc_build_size(const char *const *fields, size_t n)
{
    size_t size = MARC_LEADER + 2;
    for (size_t i = 0; i < n; i++)
        size += MARC_ENTRY + strlen(fields[i]) - 3 + 1;
    return size;
}

static inline void marc_digits_(unsigned char *to, int n, size_t number)
{
    while (n-- > 0) {
        to[n] = (unsigned char)('0' + number % 10);
        number /= 10;
    }
}

/* A field is its tag, and what is in it; '$' begins a subfield:
 * "24510$aThe lost wakeup :$ba novel".  `record` has room for all of it.
 * Returns its size, which is marc_build_size(). */
static inline size_t marc_build(unsigned char *record,
                                const char *const *fields, size_t n)
{
    size_t base = MARC_LEADER + n * MARC_ENTRY + 1, end = base;
    memcpy(record, "00000nam a2200000 a 4500", MARC_LEADER);
    for (size_t i = 0; i < n; i++) {
        unsigned char *entry = record + MARC_LEADER + i * MARC_ENTRY;
        size_t start = end;
        for (const char *c = fields[i] + 3; *c; c++)
            record[end++] = *c == '$' ? MARC_SUBFIELD : (unsigned char)*c;
        record[end++] = MARC_FIELD_END;
        memcpy(entry, fields[i], 3);
        marc_digits_(entry + 3, 4, end - start);
        marc_digits_(entry + 7, 5, start - base);
    }
    record[base - 1] = MARC_FIELD_END;
    record[end++] = MARC_RECORD_END;
    marc_digits_(record, 5, end);
    marc_digits_(record + 12, 5, base);
    return end;
}
#endif
