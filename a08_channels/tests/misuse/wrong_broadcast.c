/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: a value, or another end, of another type */
#include "a08_channels/broadcast.h"

typedef BROADCAST_SENDER(long) long_tx;
typedef BROADCAST_RECEIVER(long) long_rx;
typedef BROADCAST_RECEIVER(int) int_rx;

void all(long_tx *tx, long_rx *rx, int_rx *ints, struct broadcast_recv *recv);

void all(long_tx *tx, long_rx *rx, int_rx *ints, struct broadcast_recv *recv)
{
    long_rx more;
    uint64_t missed;
    long n = 1;
    int i = 2;
    broadcast_open(tx, rx, 1, NULL, NULL);
    broadcast_open(tx, ints, 1, NULL, NULL); /* no */
    broadcast_subscribe(tx, &more);
    broadcast_subscribe(tx, ints); /* no */
    broadcast_resubscribe(rx, &more);
    broadcast_resubscribe(rx, ints); /* no */
    broadcast_send(tx, &n);
    broadcast_send(tx, &i); /* no */
    broadcast_try_recv(rx, &n, &missed);
    broadcast_try_recv(rx, &i, &missed); /* no */
    broadcast_recv(recv, rx, &n);
    broadcast_recv(recv, rx, &i); /* no */
}
