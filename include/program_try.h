/* program_try.h: for lessons that show a misuse, which stops a program.  The
 * misuse happens in a process of its own.  So the lesson's program can go on,
 * and say how that process ended.
 */
#ifndef PROGRAM_TRY_H
#define PROGRAM_TRY_H

#include <sys/wait.h>
#include "program.h"

/* Call f(data) in a process of its own, and print how that ended. */
static inline void program_try(void (*f)(void *data), void *data)
{
    pid_t child, ended;
    int status;
    program_flush(); /* otherwise the child would print it again */
    child = fork();
    if (child < 0)
        program_exit(1, "cannot start a process: %s", strerror(errno));
    if (child == 0) {
        f(data);
        fflush(stdout);
        _exit(0);
    }
    while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
    }
    if (ended < 0)
        program_exit(1, "cannot wait for a process: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        _exit(WEXITSTATUS(status)); /* it has said why */
    if (WIFEXITED(status))
        printf("  the process went on\n");
    else if (WTERMSIG(status) == SIGABRT)
        printf("  the process was stopped by abort()\n");
    else
        printf("  the process was stopped by signal %d\n", WTERMSIG(status));
}
#endif
