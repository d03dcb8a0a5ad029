/* each: a value of 0 bytes */
/* COMP-17: an empty struct, as some compilers allow it */
#include "a08_channels/mpsc.h"

struct empty {
};
struct byte {
    char byte;
};

void all(void);

void all(void)
{
    MPSC_SENDER(struct empty) tx;
    MPSC_RECEIVER(struct empty) rx;
    MPSC_SENDER(struct byte) byte_tx;
    MPSC_RECEIVER(struct byte) byte_rx;
    mpsc_open(&tx, &rx, 1, NULL); /* no */
    mpsc_open(&byte_tx, &byte_rx, 1, NULL);
}
