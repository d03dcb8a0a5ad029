/* Expect: takes memory without end */
#include <fcntl.h>
#include <sys/mman.h>
#include "executor.h"

static void answer(void)
{
    size_t size = (size_t)1 << 24;
    for (int zero = open("/dev/zero", O_RDWR);;)
        memset(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0),
               1, size);
}
