/* marc_record.h: what readers and the writer of a08_marc share: a record on its
 * way, and the ends of the channel that carries it. */
#ifndef A08_MARC_RECORD_H
#define A08_MARC_RECORD_H

#include "a08_channels/file.h"
#include "a08_channels/mpsc.h"

struct record { /* on the heap; the channel carries a pointer to it */
    size_t size;
    unsigned char bytes[];
};

typedef MPSC_SENDER(struct record *) record_tx;
typedef MPSC_RECEIVER(struct record *) record_rx;

/* A copy of these bytes, or NULL: no memory. */
static inline struct record *record_copy(const unsigned char *bytes,
                                         size_t size)
{
    struct record *r = malloc(sizeof *r + size);
    if (!r)
        return NULL;
    r->size = size;
    memcpy(r->bytes, bytes, size);
    return r;
}

/* For the channel: nobody will receive it. */
static inline void record_drop(void *value)
{
    free(*(struct record **)value);
}
#endif
