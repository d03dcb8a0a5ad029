/* Expect: 0x1 != 0x2 */
#include "executor.h"

static void answer(void)
{
    assert_int_equal(1, 2);
}
