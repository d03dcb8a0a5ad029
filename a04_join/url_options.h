/* url_options.h: the command line of a04_urls. */
#ifndef A04_URL_OPTIONS_H
#define A04_URL_OPTIONS_H

#include <sys/resource.h>
#include <sys/stat.h>
#include "a04_join/url_list.h"

struct url_options {
    int at_most;     /* transfers at a time */
    rlim_t files;    /* the limit on open files, if that is why; or 0 */
    long timeout_ms; /* for each */
    const char *dir; /* where to save, or NULL */
    bool demo;       /* no URL was given, and no file */
};

/* A transfer has the file of its body open, and up to three descriptors more
 * while libcurl and libc look up the name; then, one or two sockets. */
enum { URL_DESCRIPTORS = 4, URL_OTHER_DESCRIPTORS = 24 };

/* No more transfers than the limit on open files permits.  First, try to raise
 * that limit. */
static inline void url_options_limit(struct url_options *o)
{
    rlim_t wanted =
        (rlim_t)o->at_most * URL_DESCRIPTORS + URL_OTHER_DESCRIPTORS;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    o->files = limit.rlim_cur;
    o->at_most = 1;
    if (o->files > URL_OTHER_DESCRIPTORS + URL_DESCRIPTORS)
        o->at_most = (int)(o->files - URL_OTHER_DESCRIPTORS) / URL_DESCRIPTORS;
}

/* Make the folder if it is not there; "-o DIR" that cannot be: exit 2. */
static inline void url_options_dir(const char *dir)
{
    struct stat is;
    if (mkdir(dir, 0777) == 0)
        return;
    if (errno == EEXIST && stat(dir, &is) == 0)
        errno = S_ISDIR(is.st_mode) ? 0 : ENOTDIR;
    if (errno)
        program_exit(2, "-o '%s': %s", dir, strerror(errno));
}

/* Fills the list.  A wrong argument ends the program: one line, exit 2. */
static inline struct url_options url_options(int argc, char **argv,
                                             struct url_list *list)
{
    static const struct option longs[] = {
        { "at-most", required_argument, NULL, 'n' },
        { "timeout", required_argument, NULL, 't' },
        { 0 }
    };
    struct url_options o = { .at_most = 3, .timeout_ms = 30000, .demo = true };
    program_begin_options(
        argc, argv, "[--at-most N] [--timeout MS] [-o DIR] [-f FILE] [URL...]");
    for (int c; (c = program_option(argc, argv, "o:f:", longs)) != -1;) {
        if (c == 'n')
            o.at_most = (int)program_number("--at-most", optarg, 1, 1000);
        else if (c == 't')
            o.timeout_ms = program_number("--timeout", optarg, 1, 86400000);
        else if (c == 'o')
            o.dir = optarg;
        else
            url_list_read(list, optarg);
        o.demo = o.demo && c != 'f';
    }
    o.demo = o.demo && optind == argc;
    while (optind < argc)
        url_list_add(list, argv[optind++]);
    if (!o.demo && list->n == 0)
        program_exit(2, "there is no URL in the list");
    if (o.dir)
        url_options_dir(o.dir);
    url_options_limit(&o);
    return o;
}
#endif
