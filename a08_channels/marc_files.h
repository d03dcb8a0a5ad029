/* marc_files.h: the command line of a08_marc, its files, and how they are kept.
 *
 * inputs   Regular files, each once, and "-", standard input.  A pipe may be
 *          standard input, but not a FILE: a few pipes that nobody writes into
 *          would occupy the thread pool, and then nothing could be written.
 * output   Until it is complete, it is OUT.part.  OUT stays as it is if the run
 *          fails.  If OUT.part exists, the program ends, because another run
 *          may write it at this moment.  The signals of
 *          signals.h remove OUT.part.  A file that replaces OUT has the
 *          permissions that OUT had.
 * errors   An error that is found before a byte is read: one line, status 2.
 */
#ifndef A08_MARC_FILES_H
#define A08_MARC_FILES_H

#include <sys/stat.h>
#include "a08_channels/file.h"
#include "a08_channels/marc_demo.h"

struct marc_input {
    const char *name;
    int fd;    /* an open descriptor, or -1: open `name` */
    dev_t dev; /* with ino: which file it is */
    ino_t ino;
    uint64_t records, broken; /* read so far */
};

struct marc_files {
    struct marc_input *inputs;
    size_t n;
    bool demo;       /* no FILE was given */
    bool titles;     /* --titles */
    const char *out; /* of -o; NULL: nowhere */
    char *part;      /* OUT.part, or NULL */
};

/* ---- The command line ---------------------------------------------------- */

static inline void marc_input_check_(struct marc_files *files, size_t i)
{
    struct marc_input *in = &files->inputs[i];
    bool standard = strcmp(in->name, "-") == 0;
    struct stat is;
    if ((standard ? fstat(STDIN_FILENO, &is) : stat(in->name, &is)) != 0)
        program_exit(2, "%s: %s", in->name, strerror(errno));
    if (S_ISDIR(is.st_mode))
        program_exit(2, "%s: %s", in->name, strerror(EISDIR));
    if (!standard && !S_ISREG(is.st_mode))
        program_exit(2,
                     "%s: not a regular file; a pipe is read as standard "
                     "input, which is -",
                     in->name);
    in->dev = is.st_dev;
    in->ino = is.st_ino;
    for (size_t k = 0; k < i; k++)
        if (files->inputs[k].dev == in->dev && files->inputs[k].ino == in->ino)
            program_exit(2,
                         "%s: the same file as %s, so its records would "
                         "come twice",
                         in->name, files->inputs[k].name);
}

static inline void marc_out_check_(const struct marc_files *files)
{
    struct stat is;
    if (lstat(files->out, &is) != 0)
        return; /* if it cannot be made, that is said then */
    if (!S_ISREG(is.st_mode))
        program_exit(2, "-o %s: not a regular file, so it is not replaced",
                     files->out);
    for (size_t i = 0; i < files->n; i++)
        if (files->inputs[i].dev == is.st_dev &&
            files->inputs[i].ino == is.st_ino)
            program_exit(2, "-o %s: also an input, so it is not replaced",
                         files->out);
}

static inline void marc_inputs_(struct marc_files *files, char **names)
{
    files->inputs = calloc(files->n, sizeof *files->inputs);
    if (!files->inputs)
        program_exit(2, "no memory for %zu files", files->n);
    for (size_t i = 0; i < files->n; i++) {
        files->inputs[i].fd = -1;
        files->inputs[i].name = files->demo ? marc_demo[i].name : names[i];
        if (!files->demo)
            marc_input_check_(files, i);
    }
}

/* A wrong argument ends the program: one line, status 2. */
static inline struct marc_files marc_files(int argc, char **argv)
{
    static const struct option longs[] = { { "titles", no_argument, NULL, 't' },
                                           { 0 } };
    struct marc_files files = { .n = 0 };
    program_begin_options(argc, argv, "[--titles] [-o OUT] [FILE...]");
    for (int c; (c = program_option(argc, argv, "o:", longs)) != -1;) {
        if (c == 't')
            files.titles = true;
        else
            files.out = optarg;
    }
    files.n = (size_t)(argc - optind);
    files.demo = files.n == 0;
    if (files.demo)
        files.n = MARC_DEMO_FILES;
    else if (!files.out)
        program_exit(2, "where do the records go?  -o OUT is missing");
    if (files.out && (!*files.out || strcmp(files.out, "-") == 0))
        program_exit(2,
                     "-o '%s': not the name of a file, to which the output "
                     "is renamed when it is complete",
                     files.out);
    marc_inputs_(&files, argv + optind);
    if (files.out)
        marc_out_check_(&files);
    return files;
}

/* ---- The output ---------------------------------------------------------- */

/* The run has failed: say what, and why.  The thread pool may still read, also
 * from a pipe that nobody writes into, so the program does not wait for it. */
static inline _Noreturn void marc_out_give_up(struct marc_files *files,
                                              int status, const char *what,
                                              const char *why)
{
    if (files->part && unlink(files->part) != 0 && errno != ENOENT)
        program_exit(status, "%s: %s; %s is left behind", what, why,
                     files->part);
    program_exit(status, "%s: %s; %s is not written", what, why,
                 files->out ? files->out : "the output");
}

static inline int marc_part_open_(struct marc_files *files)
{
    struct stat old;
    bool is = stat(files->out, &old) == 0;
    mode_t mode = is ? old.st_mode & 0777 : 0666;
    int fd;
    files->part = malloc(strlen(files->out) + sizeof ".part");
    if (!files->part)
        program_exit(2, "no memory");
    sprintf(files->part, "%s.part", files->out);
    fd = open(files->part, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0 && errno == EEXIST)
        program_exit(2,
                     "%s: there is one already; if no other run writes it, "
                     "remove it",
                     files->part);
    if (fd < 0)
        program_exit(2, "%s: %s", files->part, strerror(errno));
    if (is && fchmod(fd, mode) != 0) /* which umask() does not change */
        marc_out_give_up(files, 2, files->part, strerror(errno));
    return fd;
}

/* All is written and closed, so OUT.part becomes OUT.  0 or an error. */
static inline int marc_out_keep(struct marc_files *files)
{
    if (files->part && rename(files->part, files->out) != 0)
        return uv_translate_sys_error(errno);
    return 0;
}

/* Open the output, and the inputs that have no name.  Call this last,
 * before the tasks begin. */
static inline void marc_files_open(struct marc_files *files, struct file **out)
{
    int fd, rc;
    for (size_t i = 0; i < files->n; i++) {
        struct marc_input *in = &files->inputs[i];
        if (files->demo)
            in->fd = marc_demo_file(&marc_demo[i]);
        else if (strcmp(in->name, "-") == 0 &&
                 (in->fd = fcntl(STDIN_FILENO, F_DUPFD, 3)) < 0)
            program_exit(2, "%s: %s", in->name, strerror(errno));
    }
    fd = files->out ? marc_part_open_(files) : marc_temporary();
    rc = file_from(out, fd);
    if (rc)
        marc_out_give_up(files, 1, "the output", uv_strerror(rc));
}

/* How many records each input had.  Returns the status of the program. */
static inline int marc_files_print(const struct marc_files *files,
                                   uint64_t records, uint64_t bytes)
{
    uint64_t broken = 0;
    for (size_t i = 0; i < files->n; i++) {
        const struct marc_input *in = &files->inputs[i];
        printf("%8llu records", (unsigned long long)in->records);
        if (in->broken)
            printf(", %llu broken", (unsigned long long)in->broken);
        printf("  %s\n", in->name);
        broken += in->broken;
    }
    printf("%8llu %s, %llu bytes", (unsigned long long)records,
           files->titles ? "titles" : "records", (unsigned long long)bytes);
    printf("  %s\n", files->out ? files->out : "in all");
    return broken > 0 && !files->demo;
}

static inline void marc_files_free(struct marc_files *files)
{
    free(files->inputs);
    free(files->part);
}
#endif
