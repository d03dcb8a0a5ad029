/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: a value, the other end, or a permit of another type */
#include "a08_channels/mpsc_reserve.h"

typedef MPSC_SENDER(const char *) text_tx;
typedef MPSC_RECEIVER(const char *) text_rx;
typedef MPSC_PERMIT(const char *) text_permit;
typedef MPSC_RECEIVER(char *) buffer_rx;
typedef MPSC_PERMIT(int) int_permit;

struct all {
    text_tx tx;
    text_rx rx;
    text_permit permit;
    buffer_rx buffers;
    int_permit ints;
    struct mpsc_send send;
    struct mpsc_recv recv;
    struct mpsc_reserve reserve;
};
void all(struct all *a);

void all(struct all *a)
{
    const char *text = "text";
    char *buffer = NULL;
    int n = 3;
    mpsc_open(&a->tx, &a->rx, 1, NULL);
    mpsc_open(&a->tx, &a->buffers, 1, NULL); /* no */
    mpsc_open_unbounded(&a->tx, &a->rx, NULL);
    mpsc_open_unbounded(&a->tx, &a->buffers, NULL); /* no */
    mpsc_try_send(&a->tx, &text);
    mpsc_try_send(&a->tx, &buffer); /* no */
    mpsc_try_send(&a->tx, text);    /* no */
    mpsc_send(&a->send, &a->tx, &text);
    mpsc_send(&a->send, &a->tx, &n); /* no */
    mpsc_try_recv(&a->rx, &text);
    mpsc_try_recv(&a->rx, &buffer); /* no */
    mpsc_recv(&a->recv, &a->rx, &text);
    mpsc_recv(&a->recv, &a->rx, &n); /* no */
    mpsc_try_reserve(&a->tx, &a->permit);
    mpsc_try_reserve(&a->tx, &a->ints); /* no */
    mpsc_reserve(&a->reserve, &a->tx, &a->permit);
    mpsc_reserve(&a->reserve, &a->tx, &a->ints); /* no */
    mpsc_permit_send(&a->permit, &text);
    mpsc_permit_send(&a->permit, &n); /* no */
}
