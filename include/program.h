/* program.h: what every main() does first and last.  It needs no libuv.
 *
 * begin    Standard input, output and error are open afterwards: one that was
 *          closed becomes /dev/null, because otherwise the next file or socket
 *          would take its number, and printf() would write into that.
 * signals  No signal is blocked afterwards, and SIGCHLD has its default action.
 * options  --help prints the usage and ends with status 0.  An argument that
 *          the program does not know: one line on stderr, status 2.
 * failure  program_exit(1, ...): one line, "NAME: what: why", status 1.
 * end      program_end() writes out what printf() has kept.  A full disk is a
 *          failure, too, which nobody would notice otherwise.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *name;  /* argv[0] without its folders */
    const char *usage; /* what follows the name in the usage */
} program_ = { "program", "" };

/* ---- How a program ends -------------------------------------------------- */

/* One line on stderr, and the end.  Status 1: the program cannot go on; 2: it
 * was called in a wrong way.  On any thread: unlike exit(), _exit() takes
 * nothing away from the threads that still run. */
__attribute__((format(printf, 2, 3))) static inline _Noreturn void program_exit(
    int status, const char *format, ...)
{
    va_list arguments;
    fflush(stdout); /* so that the lines stay in order */
    fprintf(stderr, "%s: ", program_.name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(status);
}

/* Write out what was printed so far; ends the program if that fails. */
static inline void program_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    program_exit(1, "cannot write the output: %s",
                 errno ? strerror(errno) : "an earlier write failed");
}

/* The last line of main(): return program_end(0); */
static inline int program_end(int status)
{
    program_flush();
    return status;
}

/* ---- How it begins ------------------------------------------------------- */

static inline void program_open_closed_(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            exit(1); /* there is no place where we could say why */
}

/* A parent may have left signals blocked, so that no Ctrl-C would come, and the
 * ends of children ignored, so that nobody could wait for one. */
static inline void program_reset_signals_(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
}

/* libuv aborts if it gets no descriptors for its first pipe, so look first. */
static inline void program_check_descriptors_(void)
{
    int fds[3], n = 0, error;
    while (n < 3 && (fds[n] = dup(0)) >= 0)
        n++;
    error = errno;
    for (int i = 0; i < n; i++)
        close(fds[i]);
    if (n < 3)
        program_exit(1, "cannot open files: %s", strerror(error));
}

static inline _Noreturn void program_help_(void)
{
    printf("usage: %s%s%s\n"
           "The comment at the top of %s.c says what to watch.\n",
           program_.name, *program_.usage ? " " : "", program_.usage,
           program_.name);
    exit(program_end(0));
}

enum { PROGRAM_OPTIONS = 15 }; /* the most that a program may have */

/* The next option of the command line, as getopt_long() returns it, or -1.
 * `shorts` may be "".  -h, --help and an unknown option end the program. */
static inline int program_option(int argc, char **argv, const char *shorts,
                                 const struct option *longs)
{
    struct option all[PROGRAM_OPTIONS + 2] = { { "help", 0, NULL, 'h' } };
    char letters[2 * PROGRAM_OPTIONS + 2];
    int c;
    for (int n = 0; n < PROGRAM_OPTIONS && longs[n].name; n++)
        all[n + 1] = longs[n];
    snprintf(letters, sizeof letters, "h%s", shorts);
    c = getopt_long(argc, argv, letters, all, NULL);
    if (c == 'h')
        program_help_();
    if (c == '?')
        exit(2); /* getopt_long() has said why */
    return c;
}

/* After the last option: for a program that takes nothing else. */
static inline void program_no_more(int argc, char **argv)
{
    if (optind < argc)
        program_exit(2, "unknown argument '%s'; see --help", argv[optind]);
}

/* The value of an option: decimal digits, from `least`, which is not negative,
 * to `most`. */
static inline long program_number(const char *option, const char *text,
                                  long least, long most)
{
    char *end;
    long n = (errno = 0, strtol(text, &end, 10));
    if (*text < '0' || *text > '9' || *end || errno || n < least || n > most)
        program_exit(2, "%s '%s': not a number from %ld to %ld", option, text,
                     least, most);
    return n;
}

/* For a program with options, which it asks for next.  `usage` follows the
 * name in what --help prints. */
static inline void program_begin_options(int argc, char **argv,
                                         const char *usage)
{
    char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    program_open_closed_();
    program_reset_signals_();
    if (slash)
        argv[0] = slash + 1; /* getopt_long() says the name like this, too */
    if (argc > 0)
        program_.name = argv[0];
    program_.usage = usage;
    program_check_descriptors_();
}

/* For a program without options. */
static inline void program_begin(int argc, char **argv)
{
    program_begin_options(argc, argv, "");
    while (program_option(argc, argv, "", &(struct option){ 0 }) != -1) {
    }
    program_no_more(argc, argv);
}

/* Set an environment variable, which libuv will read later. */
static inline void program_setenv(const char *name, const char *value,
                                  bool overwrite)
{
    if (setenv(name, value, overwrite) != 0)
        program_exit(1, "cannot set %s: %s", name, strerror(errno));
}
#endif
