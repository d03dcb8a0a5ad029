/* Expect: a libuv handle is still open */
#include "executor.h"

static void answer(void)
{
    static uv_timer_t timer;
    uv_timer_init(virtual_executor()->loop, &timer);
}
