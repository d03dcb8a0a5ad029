/* each: a value whose alignment malloc() does not give */
/* COMP-17: a value that the channel would hold at a wrong address */
#include "a08_channels/mpsc.h"

struct wide {
    _Alignas(64) char bytes[64];
};
struct usual {
    _Alignas(max_align_t) char bytes[64];
};

void all(void);

void all(void)
{
    MPSC_SENDER(struct wide) tx;
    MPSC_RECEIVER(struct wide) rx;
    MPSC_SENDER(struct usual) usual_tx;
    MPSC_RECEIVER(struct usual) usual_rx;
    mpsc_open(&tx, &rx, 1, NULL); /* no */
    mpsc_open(&usual_tx, &usual_rx, 1, NULL);
}
