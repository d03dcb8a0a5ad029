#include ANSWER
#include "exercise.h"

static void names_of_the_answer_are_its_own_(void **state)
{
    struct poller task = { 0 };
    (void)state;
    CHECK(answer() == 9 && task.polls == 0, "the answer is %d", answer());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_of_the_answer_are_its_own_),
};
EXERCISE_MAIN(tests)
