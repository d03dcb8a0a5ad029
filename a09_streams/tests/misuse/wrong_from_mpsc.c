/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: items that are not what the channel carries */
#include "a09_streams/from.h"

typedef MPSC_RECEIVER(int) int_rx;

void all(struct stream_mpsc *self, int_rx *rx);

void all(struct stream_mpsc *self, int_rx *rx)
{
    int n;
    long wrong;
    stream_from_mpsc(self, rx, &n);
    stream_from_mpsc(self, rx, &wrong); /* no */
}
