/* marc_demo.h: the files that a08_marc reads if it is given none. */
#ifndef A08_MARC_DEMO_H
#define A08_MARC_DEMO_H

#include "a08_channels/marc_build.h"
#include "program.h"

enum { MARC_DEMO_FILES = 3, MARC_DEMO_RECORDS = 3 };

static const struct marc_demo {
    const char *name;
    const char *titles[MARC_DEMO_RECORDS];
    int cut; /* this one has no end; -1: none */
} marc_demo[MARC_DEMO_FILES] = {
    { "poems",
      { "Ode to a pending future", "The waker calls", "While nobody polls" },
      -1 },
    { "novels",
      { "A lost wakeup", "The unfinished", "Caf\xC3\xA9 of the two queues" },
      1 },
    { "plays",
      { "Much ado about polling", "The sender's farewell", "Romeo and mutex" },
      -1 },
};

/* A temporary file, which has no name, and is gone when it is closed. */
static inline int marc_temporary(void)
{
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;
    if (fd < 0)
        program_exit(1, "a temporary file: %s", strerror(errno));
    fclose(file);
    return fd;
}

/* A file with these records, to be read from its beginning. */
static inline int marc_demo_file(const struct marc_demo *demo)
{
    int fd = marc_temporary();
    for (int i = 0; i < MARC_DEMO_RECORDS; i++) {
        unsigned char record[256];
        char number[16], title[64];
        const char *fields[] = { number, title, "500  $aMade by a08_marc." };
        size_t n;
        snprintf(number, sizeof number, "001%s%d", demo->name, i + 1);
        snprintf(title, sizeof title, "24510$a%s", demo->titles[i]);
        n = marc_build(record, fields, 3);
        record[9] = 'a'; /* UTF-8 */
        n = i == demo->cut ? n / 2 : n;
        if (write(fd, record, n) != (ssize_t)n)
            program_exit(1, "a temporary file: %s", strerror(errno));
    }
    if (lseek(fd, 0, SEEK_SET) != 0)
        program_exit(1, "a temporary file: %s", strerror(errno));
    return fd;
}
#endif
