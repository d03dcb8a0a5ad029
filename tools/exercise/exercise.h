/* exercise.h: what the test of an exercise sees.  README.md tells how to write
 * one.  Each test runs in a process of its own; the first that fails is the
 * last, and the words of its rejection are what the learner reads.
 *
 * A test file begins with    #include ANSWER
 *                            #include "exercise.h"
 * and ends with              EXERCISE_MAIN(tests)
 *
 * In this order, so that the answer sees no name of the harness.  The names of
 * a test end in _, so that they are no names of the answer.
 */
#ifndef EXERCISE_H
#define EXERCISE_H

#include "todo.h"
#undef CHECK
#undef WHILE
#undef ASIDE
#undef EXERCISE_MAIN
#define reject exercise_reject_
#define poller exercise_poller_
#define poll_by exercise_poll_by_
#define blocks_in_use exercise_blocks_in_use_
#define reject_leaks exercise_reject_leaks_
#define tests exercise_list_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#define print_error exercise_cmocka_error_ /* no test calls these */
#define print_message exercise_cmocka_message_
#include <cmocka.h>
#undef print_error
#undef print_message
#include "async.h"

/* The verdict: not passed, for this reason.  Format as for printf(). */
_Noreturn void reject(const char *why, ...)
    __attribute__((format(printf, 1, 2)));

/* CHECK(box.left == 3, "left is %d: the tick was not counted", box.left); */
#define CHECK(condition, ...) ((condition) ? (void)0 : reject(__VA_ARGS__))

/* What the answer is at, should it never return: WHILE("a thread wakes it"); */
#define WHILE(text) ((void)(exercise_while_ = (text)))
extern const char *exercise_while_;

/* What is added to every rejection from now on: ASIDE("Two at a time: ..."); */
#define ASIDE(text) ((void)(exercise_aside_ = (text)))
extern const char *exercise_aside_;

/* Polling by hand.  A zeroed struct poller stands for a task; its waker only
 * counts.  poll_by() rejects PENDING if this poll's waker was not taken, and
 * READY if it was called in this poll. */
struct poller {
    struct executor *executor; /* for futures that need one; or NULL          */
    int polls, woken;          /* how often it polled, and was woken          */
    void (*on_wake)(struct poller *who); /* does this at once; or NULL        */
};
enum poll poll_by(struct poller *who, struct future *f);

/* Blocks that this test has malloc'ed and not freed.  At its end those from
 * the answer's own code must be 0; that is checked for you. */
size_t blocks_in_use(void);

/* Of blocks that are more than `before`, the rejection also names the line of
 * the answer that allocated one: CHECK_FREED(before, "a channel is left"); */
#define CHECK_FREED(before, ...) \
    (blocks_in_use() == (before) ? (void)0 : reject_leaks(__VA_ARGS__))
_Noreturn void reject_leaks(const char *why, ...)
    __attribute__((format(printf, 1, 2)));

/* The last line of a test file. */
#define EXERCISE_MAIN(tests)                                        \
    const struct CMUnitTest *const exercise_tests_ = tests;         \
    const size_t exercise_count_ = sizeof(tests) / sizeof *(tests); \
    const char *const exercise_answer_ = ANSWER;                    \
    int main(void)                                                  \
    {                                                               \
        return exercise_main_();                                    \
    }
extern const struct CMUnitTest *const exercise_tests_;
extern const size_t exercise_count_;
extern const char *const exercise_answer_; /* as shown to the learner         */
int exercise_main_(void);

/* How the program ends: no exit() of an answer is taken for a pass. */
enum { EXERCISE_PASSED = 90, EXERCISE_FAILED };
#endif
