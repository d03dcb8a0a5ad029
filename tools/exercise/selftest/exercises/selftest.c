/* Not for learners: the harness is tested with answers that do what no answer
 * should, and each must be told apart. */
#include "executor.h"

static void answer(void)
{
    TODO("return");
}
