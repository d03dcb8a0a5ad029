/* many.h: what the tests of broadcast.h and watch.h share: values whose drops
 * and clones are counted, and an allocation that fails. */
#ifndef A08_TESTS_MANY_H
#define A08_TESTS_MANY_H

#include "tests/by_hand.h"
#include "tests/every_drop.h"

static int allocations_left = -1; /* the next one fails if there are none */
static int dropped, clones;       /* sum of the values dropped; how often */
static bool no_memory;            /* for a clone */

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

static void count_drop(void *value)
{
    dropped += *(int *)value;
}

static bool count_clone(void *copy, const void *value)
{
    clones++;
    *(int *)copy = *(const int *)value;
    return !no_memory;
}

static void count_anew(void)
{
    dropped = clones = 0;
    no_memory = false;
    fresh();
}
#endif
