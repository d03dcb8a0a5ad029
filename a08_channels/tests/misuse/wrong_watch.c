/* each: this pointer is not to the type of value that the channel carries */
/* COMP-17: a value, or another end, of another type */
#include "a08_channels/watch.h"

typedef WATCH_SENDER(double) price_tx;
typedef WATCH_RECEIVER(double) price_rx;
typedef WATCH_RECEIVER(float) float_rx;

void all(price_tx *tx, price_rx *rx, float_rx *floats);

void all(price_tx *tx, price_rx *rx, float_rx *floats)
{
    price_rx more;
    double price = 1;
    float f = 2;
    watch_open(tx, rx, &price, NULL, NULL);
    watch_open(tx, rx, &f, NULL, NULL);         /* no */
    watch_open(tx, floats, &price, NULL, NULL); /* no */
    watch_subscribe(tx, &more);
    watch_subscribe(tx, floats); /* no */
    watch_resubscribe(rx, &more);
    watch_resubscribe(rx, floats); /* no */
    watch_send(tx, &price);
    watch_send(tx, &f); /* no */
    watch_read(rx, &price);
    watch_read(rx, &f); /* no */
    watch_read_and_mark(rx, &price);
    watch_read_and_mark(rx, &f); /* no */
}
