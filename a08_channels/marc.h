/* marc.h: records of MARC 21 (ISO 2709), out of bytes as they come.  No I/O.
 *
 *     marc_init(&marc);
 *     n = read(fd, marc_room(&marc, &size), size);    at least MARC_ROOM bytes
 *     marc_add(&marc, n);                             0: that was all
 *     while ((event = marc_next(&marc)) != MARC_MORE) …
 *
 * record   leader (24 bytes: the length of all, where the data begins),
 *          directory (12 bytes for each field: tag, length, start), fields,
 *          each with 0x1E at its end, then 0x1D.  marc_check() compares these.
 * broken   In a good record the last byte is 0x1D, and no other byte is.  So it
 *          ends at the next 0x1D, and the bytes in front of it are no record.
 *          A broken record does no other harm: the next good one is found, even
 *          if the broken one has no end, or its length is wrong.
 * between  There may be line ends between records; they belong to none.
 * cuts     Events do not depend on how many bytes come at a time.
 * memory   One buffer of MARC_BUFFER bytes, in the struct.  It holds two of the
 *          longest records, so the start of a broken one is there when the good
 *          one behind it is found.
 */
#ifndef A08_MARC_H
#define A08_MARC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    MARC_LEADER = 24,      /* bytes of a leader */
    MARC_ENTRY = 12,       /* bytes of an entry of the directory */
    MARC_LONGEST = 99999,  /* bytes of a record: its length has five digits */
    MARC_ROOM = 1 << 15,   /* new bytes always have so much room */
    MARC_BUFFER = 1 << 18, /* two of the longest, and MARC_ROOM */
    MARC_SUBFIELD = 0x1F,  /* begins a subfield */
    MARC_FIELD_END = 0x1E,
    MARC_RECORD_END = 0x1D,
};

enum marc_event {
    MARC_MORE,   /* first add more bytes */
    MARC_RECORD, /* marc.record, marc.size */
    MARC_BROKEN, /* marc.size bytes are no record: marc.error says why */
    MARC_END,    /* no more records will come */
};

struct marc {
    /* Of MARC_RECORD and MARC_BROKEN: */
    const unsigned char *record; /* until marc_next() or marc_room() */
    uint64_t size;               /* bytes */
    uint64_t offset;             /* of its first byte in the input */
    uint64_t number;             /* 1, 2, 3: its place, broken ones counted */
    char error[120];
    /* What comes next: */
    size_t begin, end; /* bytes[begin] … bytes[end - 1] have no event yet */
    size_t searched;   /* in front of it there is no MARC_RECORD_END */
    uint64_t at;       /* offset of bytes[begin] in the input */
    uint64_t lost;     /* bytes in front of it, for which was no room */
    bool ended;
    unsigned char bytes[MARC_BUFFER];
};

/* ---- Is this a record? --------------------------------------------------- */

/* A number of `n` decimal digits; -1: these are no digits. */
static inline long marc_number(const unsigned char *digits, int n)
{
    long number = 0;
    for (int i = 0; i < n; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        number = 10 * number + (digits[i] - '0');
    }
    return number;
}

__attribute__((format(printf, 2, 3))) static inline bool marc_wrong_(
    char error[120], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, 120, format, arguments);
    va_end(arguments);
    return false;
}

static inline bool marc_check_leader_(const unsigned char *r, size_t n,
                                      char error[120])
{
    long length = n < MARC_LEADER ? -1 : marc_number(r, 5);
    if (n < MARC_LEADER)
        return marc_wrong_(error, "%zu bytes are too few for a leader", n);
    if (length < 0)
        return marc_wrong_(error, "no record begins here: the first five bytes "
                                  "are not a length");
    if ((size_t)length != n)
        return marc_wrong_(error,
                           "the leader says %ld bytes, but there are "
                           "%zu",
                           length, n);
    if (r[n - 1] != MARC_RECORD_END)
        return marc_wrong_(error, "there is no record terminator at its end");
    if (memcmp(r + 10, "22", 2) != 0 || memcmp(r + 20, "4500", 4) != 0)
        return marc_wrong_(error, "the leader is not one of MARC 21, which has "
                                  "22 at byte 10 and 4500 at byte 20");
    return true;
}

/* An entry of the directory describes exactly one field: the field in front of
 * it, or the directory, ends where it begins, and no field ends inside.
 * Returns its bytes; 0: `error` says what is wrong. */
static inline size_t marc_check_entry_(const unsigned char *r, size_t n,
                                       size_t base, size_t entry,
                                       char error[120])
{
    long length = marc_number(r + entry + 3, 4);
    long start = marc_number(r + entry + 7, 5);
    size_t which = (entry - MARC_LEADER) / MARC_ENTRY + 1;
    const unsigned char *field, *end;
    if (length < 0 || start < 0)
        return marc_wrong_(error,
                           "entry %zu of the directory is not made of "
                           "digits",
                           which);
    if (length == 0 || base + (size_t)start + (size_t)length >= n)
        return marc_wrong_(error,
                           "the field of entry %zu is not inside the "
                           "record",
                           which);
    field = r + base + start;
    end = memchr(field, MARC_FIELD_END, (size_t)length);
    if (field[-1] != MARC_FIELD_END || end != field + length - 1)
        return marc_wrong_(error,
                           "no field begins and ends where entry %zu "
                           "says",
                           which);
    return (size_t)length;
}

/* Are these n bytes one whole record?  If not, `error` says why.  What is not
 * noticed: two entries for one field, and none for another of the same size. */
static inline bool marc_check(const unsigned char *r, size_t n, char error[120])
{
    size_t base, fields = 0;
    if (!marc_check_leader_(r, n, error))
        return false;
    base = (size_t)marc_number(r + 12, 5); /* a huge one if it is -1 */
    if (base <= MARC_LEADER || base >= n ||
        (base - MARC_LEADER) % MARC_ENTRY != 1 || r[base - 1] != MARC_FIELD_END)
        return marc_wrong_(error, "the directory does not end where the leader "
                                  "says");
    for (size_t entry = MARC_LEADER; entry < base - 1; entry += MARC_ENTRY) {
        size_t field = marc_check_entry_(r, n, base, entry, error);
        if (field == 0)
            return false;
        fields += field;
    }
    if (fields != n - 1 - base)
        return marc_wrong_(error,
                           "the directory lists %zu bytes of fields, "
                           "but there are %zu",
                           fields, n - 1 - base);
    return true;
}

/* ---- Bytes in ------------------------------------------------------------ */

static inline void marc_init(struct marc *m)
{
    memset(m, 0, offsetof(struct marc, bytes));
}

/* Where new bytes go, and how many at most. */
static inline unsigned char *marc_room(struct marc *m, size_t *size)
{
    if (MARC_BUFFER - m->end < MARC_ROOM) {
        memmove(m->bytes, m->bytes + m->begin, m->end - m->begin);
        m->searched -= m->begin;
        m->end -= m->begin;
        m->begin = 0;
    }
    *size = MARC_BUFFER - m->end;
    return m->bytes + m->end;
}

/* n bytes came there; 0: there are no more. */
static inline void marc_add(struct marc *m, size_t n)
{
    m->end += n;
    m->ended = n == 0;
}

/* ---- Records out --------------------------------------------------------- */

static inline void marc_skip_(struct marc *m, size_t n)
{
    m->begin += n;
    m->at += n;
    if (m->searched < m->begin)
        m->searched = m->begin;
}

/* Between two records. */
static inline void marc_skip_line_ends_(struct marc *m)
{
    while (m->lost == 0 && m->begin < m->end &&
           (m->bytes[m->begin] == '\r' || m->bytes[m->begin] == '\n'))
        marc_skip_(m, 1);
}

/* The first n bytes are one record, or no record. */
static inline enum marc_event marc_found_(struct marc *m, size_t n,
                                          enum marc_event event)
{
    m->record = m->bytes + m->begin;
    m->size = m->lost + n;
    m->offset = m->at - m->lost;
    m->number++;
    m->lost = 0;
    marc_skip_(m, n);
    return event;
}

/* These n bytes end with a record terminator, or with the input.  If the end of
 * them is a good record, its length leads exactly to that end. */
static inline enum marc_event marc_split_(struct marc *m, size_t n)
{
    const unsigned char *r = m->bytes + m->begin;
    size_t front = 0; /* bytes that belong to no record */
    while (front < n && (n - front < MARC_LEADER ||
                         marc_number(r + front, 5) != (long)(n - front) ||
                         !marc_check(r + front, n - front, m->error)))
        front++;
    if (front == 0 && m->lost == 0)
        return marc_found_(m, n, MARC_RECORD);
    if (m->lost + front > MARC_LONGEST)
        marc_wrong_(m->error, "more than %d bytes without a record",
                    MARC_LONGEST);
    else
        marc_check(r, front, m->error);
    return marc_found_(m, front, MARC_BROKEN);
}

/* A record that ends after the buffer does not begin in its first half. */
static inline void marc_forget_(struct marc *m)
{
    size_t n = m->end - m->begin;
    if (n < 2 * MARC_LONGEST)
        return;
    n -= MARC_LONGEST - 1;
    m->lost += n;
    marc_skip_(m, n);
}

/* What is next in the input. */
static inline enum marc_event marc_next(struct marc *m)
{
    const unsigned char *end;
    marc_skip_line_ends_(m);
    end = memchr(m->bytes + m->searched, MARC_RECORD_END, m->end - m->searched);
    if (end)
        return marc_split_(m, (size_t)(end + 1 - m->bytes) - m->begin);
    m->searched = m->end;
    marc_forget_(m);
    if (!m->ended)
        return MARC_MORE;
    if (m->lost == 0 && m->begin == m->end)
        return MARC_END;
    return marc_split_(m, m->end - m->begin);
}
#endif
