/* marc_make COUNT FIRST BYTES: prints COUNT records, numbered from FIRST on; in
 * the mean they have some BYTES.  Record n has the title "Title n". */
#include "a08_channels/marc_build.h"
#include <stdlib.h>

enum { NOTES = 10 };
static char notes[NOTES][MARC_LONGEST / NOTES];
static const char *fields[2 + NOTES];
static unsigned char record[MARC_LONGEST];

/* Lines of notes, with so many bytes in all. */
static size_t make_notes(size_t bytes, unsigned long n)
{
    size_t count = 0;
    while (bytes > 0 && count < NOTES) {
        size_t size = bytes < 9000 ? bytes : 9000;
        char *note = notes[count];
        size_t at = (size_t)sprintf(note, "500  $a%lu ", n);
        for (; at < size; at++)
            note[at] = (char)('a' + (n + at) % 26);
        note[at] = '\0';
        fields[2 + count++] = note;
        bytes -= size;
    }
    return count;
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long first = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long bytes = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    for (unsigned long n = first; n < first + count; n++) {
        char number[32], title[64];
        size_t size;
        sprintf(number, "001%08lu", n);
        sprintf(title, "24510$aTitle %lu /$ccourse.", n);
        fields[0] = number;
        fields[1] = title;
        size = marc_build(record, fields,
                          2 + make_notes(n * 7919 % (2 * bytes), n));
        if (fwrite(record, 1, size, stdout) != size)
            return 1;
    }
    return fflush(stdout) != 0;
}
