/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: a value, or the other end, of another type */
#include "a08_channels/oneshot.h"

struct msg {
    int n;
};
typedef ONESHOT_SENDER(struct msg) msg_tx;
typedef ONESHOT_RECEIVER(struct msg) msg_rx;
typedef ONESHOT_RECEIVER(int) int_rx;

void all(msg_tx *tx, msg_rx *rx, int_rx *ints, struct oneshot_recv *recv);

void all(msg_tx *tx, msg_rx *rx, int_rx *ints, struct oneshot_recv *recv)
{
    const struct msg fixed = { 1 };
    struct msg msg = { 2 }, *pointer = &msg;
    void *untyped = &msg;
    int n = 3;
    oneshot_open(tx, rx, NULL);
    oneshot_open(tx, ints, NULL); /* no */
    oneshot_send(tx, &msg);
    oneshot_send(tx, &fixed);
    oneshot_send(tx, pointer);
    oneshot_send(tx, &n);       /* no */
    oneshot_send(tx, &pointer); /* no */
    oneshot_send(tx, untyped);  /* no */
    oneshot_send(tx, &msg.n);   /* no */
    oneshot_try_recv(rx, &msg);
    oneshot_try_recv(rx, &n); /* no */
    oneshot_try_recv(ints, &n);
    oneshot_recv(recv, rx, &msg);
    oneshot_recv(recv, rx, &n); /* no */
}
