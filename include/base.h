/* base.h: two helpers for the headers of the course.
 *
 * container_of  from a pointer to a member to the struct that holds it.
 * misuse        the end of a program that breaks a rule of these headers: one
 *               sentence that says what to do instead, then abort().
 */
#ifndef BASE_H
#define BASE_H

#ifdef __cplusplus
#error "async-in-c is C11; compile this file as C, not as C++"
#endif

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ?: makes the compiler check that `ptr` has the member's type. */
#define container_of(ptr, type, member)                            \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - \
                      offsetof(type, member)))

/* Every such sentence begins with "async-in-c: ", so that tools can find it. */
static inline _Noreturn void misuse(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline _Noreturn void misuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("async-in-c: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
#endif
