/* leaks.c: inside the test's process: every block that is not freed.
 *
 * LeakSanitizer, asked in mid-process, misses blocks that some register still
 * points to, and takes 73 ms; counting takes none. */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include "machinery.h"

/* Of the sanitizers' allocator; GCC does not install the header. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *block, size_t size),
    void (*on_free)(const volatile void *block));

enum { SLOTS = 1 << 16, MEGABYTE = 1 << 20 };

static struct { /* a hash table with linear probing */
    const volatile void *block;
    size_t size;
} blocks[SLOTS];
static size_t in_use, bytes;
static bool counting;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t first_slot(const volatile void *block)
{
    return ((uintptr_t)block >> 4) * 2654435761u % SLOTS;
}

static size_t slot_of(const volatile void *block)
{
    size_t slot = first_slot(block);
    while (blocks[slot].block && blocks[slot].block != block)
        slot = (slot + 1) % SLOTS;
    return slot;
}

/* Close the gap: what probed past it moves up. */
static void take_out(size_t gap)
{
    for (size_t i = (gap + 1) % SLOTS; blocks[i].block; i = (i + 1) % SLOTS) {
        size_t home = first_slot(blocks[i].block);
        if ((i - home) % SLOTS < (i - gap) % SLOTS)
            continue;
        blocks[gap] = blocks[i];
        gap = i;
    }
    blocks[gap].block = NULL;
}

static _Noreturn void reject_growth(void)
{
    void *frames[STACK_MAX];
    char words[100];
    snprintf(words, sizeof words,
             "allocates without end: %zu blocks, %zu MB, and none is freed",
             in_use, bytes / MEGABYTE);
    exercise_verdict(PLACED, words, frames, backtrace(frames, STACK_MAX));
}

/* Out of time: because of what it allocates?  That grows from look to look.
 * No lock: it may be ours that is held. */
void exercise_leaks_look(void)
{
    static size_t blocks_before, bytes_before;
    static bool looked;
    if (looked &&
        (in_use > blocks_before + 100 || bytes > bytes_before + MEGABYTE))
        reject_growth();
    if (looked)
        return;
    looked = true;
    blocks_before = in_use;
    bytes_before = bytes;
}

static void on_malloc(const volatile void *block, size_t size)
{
    if (!counting || !block)
        return;
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(block);
    blocks[slot].block = block;
    blocks[slot].size = size;
    in_use++;
    bytes += size;
    pthread_mutex_unlock(&lock);
    if (in_use > SLOTS / 2 || bytes > 200 * MEGABYTE)
        reject_growth();
}

static void on_free(const volatile void *block)
{
    if (!counting || !block)
        return;
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(block);
    if (blocks[slot].block) {
        in_use--;
        bytes -= blocks[slot].size;
        take_out(slot);
    }
    pthread_mutex_unlock(&lock);
}

size_t blocks_in_use(void)
{
    return in_use;
}

void exercise_leaks_count(bool on)
{
    counting = on;
}

void exercise_leaks_begin(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    counting = true;
}

/* pthread_create() keeps memory for the next thread.  (It is told by who called
 * calloc(), because to look up source lines takes 90 ms.) */
static bool is_for_threads(void *const *frames, size_t count)
{
    Dl_info caller;
    return count > 1 && dladdr(frames[1], &caller) && caller.dli_fname &&
           strstr(caller.dli_fname, "/ld-");
}

/* How many frames: for each block its size, where it was allocated, and NULL.
 * Which of them are the answer's, the parent finds out. */
int exercise_leaks_end(void **frames, int most)
{
    int used = 0;
    exercise_verdict_begins();
    counting = false;
    for (size_t i = 0; in_use > 0 && i < SLOTS; i++) {
        if (!blocks[i].block)
            continue;
        in_use--;
        void *stack[STACK_MAX], *block = (void *)(uintptr_t)blocks[i].block;
        int thread;
        size_t n = __asan_get_alloc_stack(block, stack, STACK_MAX, &thread);
        if (is_for_threads(stack, n) || used + (int)n + 2 > most)
            continue;
        frames[used++] = (void *)blocks[i].size;
        memcpy(&frames[used], stack, n * sizeof *stack);
        used += (int)n;
        frames[used++] = NULL;
    }
    return used;
}
