/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: a value, or the other end, of another type */
#include "a08_channels/thread_channel.h"

typedef THREAD_SENDER(unsigned) number_tx;
typedef THREAD_RECEIVER(unsigned) number_rx;
typedef THREAD_RECEIVER(int) int_rx;

void all(number_tx *tx, number_rx *rx, int_rx *ints, struct executor *ex);

void all(number_tx *tx, number_rx *rx, int_rx *ints, struct executor *ex)
{
    struct thread_channel_wait wait;
    unsigned n = 1;
    int i = 2;
    thread_channel_open(tx, rx, ex, 1, NULL);
    thread_channel_open(tx, ints, ex, 1, NULL); /* no */
    thread_channel_blocking_send(tx, &n);
    thread_channel_blocking_send(tx, &i); /* no */
    thread_channel_blocking_recv(rx, &n);
    thread_channel_blocking_recv(rx, &i); /* no */
    thread_channel_send(&wait, tx, &n);
    thread_channel_send(&wait, tx, &i); /* no */
    thread_channel_recv(&wait, rx, &n);
    thread_channel_recv(&wait, rx, &i); /* no */
}
