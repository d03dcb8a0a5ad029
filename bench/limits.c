/* limits.c: what this machine asks for the things that nobody can avoid. */
#include "bench.h"
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif

/* The compiler must take it that somebody else reads and writes *p. */
static inline void escape(void *p)
{
    __asm__ volatile("" : : "g"(p) : "memory");
}

/* ---- What a perfect executor does for a yield ---------------------------- */

struct item {
    struct item *next;
    void (*call)(struct item *item);
    int calls;
};

static void item_call(struct item *item)
{
    item->calls++;
}

static struct cost list_call(int n)
{
    struct item items[2] = { { &items[1], item_call, 0 },
                             { NULL, item_call, 0 } };
    struct item *head = &items[0], **tail = &items[1].next;
    uint64_t start;
    escape(items);
    start = uv_hrtime();
    for (int i = 0; i < n; i++) {
        struct item *item = head;
        head = item->next;
        item->call(item);
        item->next = NULL;
        *tail = item;
        tail = &item->next;
        escape(items);
    }
    return cost_of(uv_hrtime() - start, n);
}

/* ---- Memory -------------------------------------------------------------- */

enum { BLOCK = 96 }; /* bytes: more than an empty task */

static struct cost malloc_free(int n)
{
    uint64_t start = uv_hrtime();
    for (int i = 0; i < n; i++) {
        void *block = malloc(BLOCK);
        escape(block);
        free(block);
    }
    return cost_of(uv_hrtime() - start, n);
}

static struct cost malloc_all(int n)
{
    void **blocks = malloc((size_t)n * sizeof *blocks);
    uint64_t start;
    must(blocks != NULL, "no memory");
    memset(blocks, 1, (size_t)n * sizeof *blocks);
    start = uv_hrtime();
    for (int i = 0; i < n; i++)
        escape(blocks[i] = malloc(120)); /* with malloc's own 128 */
    for (int i = 0; i < n; i++)
        free(blocks[i]);
    start = uv_hrtime() - start;
    free(blocks);
    return cost_of(start, n);
}

static struct cost page(int n)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE), all = size * (size_t)n;
    char *pages = malloc(all);
    uint64_t start;
    must(pages != NULL, "no memory");
    start = uv_hrtime();
    for (size_t i = 0; i < all; i += size)
        *(volatile char *)&pages[i] = 1;
    start = uv_hrtime() - start;
    free(pages);
    return cost_of(start, n);
}

static struct cost memcpy64(int n)
{
    char from[64] = { 1 }, to[64];
    uint64_t start = uv_hrtime();
    for (int i = 0; i < n; i++) {
        escape(from);
        memcpy(to, from, sizeof to);
        escape(to);
    }
    return cost_of(uv_hrtime() - start, n);
}

/* ---- Threads ------------------------------------------------------------- */

static struct cost exchange(int n)
{
    int word = 0;
    uint64_t start = uv_hrtime();
    for (int i = 0; i < n; i++)
        (void)__atomic_exchange_n(&word, i, __ATOMIC_SEQ_CST);
    return cost_of(uv_hrtime() - start, n);
}

static void nothing(void *arg)
{
    (void)arg;
}

static struct cost thread(int n)
{
    uint64_t start = uv_hrtime();
    for (int i = 0; i < n; i++) {
        uv_thread_t id;
        must(uv_thread_create(&id, nothing, NULL) == 0, "no thread");
        uv_thread_join(&id);
    }
    return cost_of(uv_hrtime() - start, n);
}

/* Two threads hand each other a ball; each sleeps until it comes. */
struct court {
    uv_sem_t here, there;
    int n;
};

static void partner(void *arg)
{
    struct court *court = arg;
    for (int i = 0; i < court->n; i++) {
        uv_sem_wait(&court->there);
        uv_sem_post(&court->here);
    }
}

static struct cost wake_core(int n)
{
    struct court court = { .n = n / 2 };
    uv_thread_t id;
    uint64_t start;
    must(uv_sem_init(&court.here, 0) == 0, "no semaphore");
    must(uv_sem_init(&court.there, 0) == 0, "no semaphore");
    must(uv_thread_create(&id, partner, &court) == 0, "no thread");
    start = uv_hrtime();
    for (int i = 0; i < court.n; i++) {
        uv_sem_post(&court.there);
        uv_sem_wait(&court.here);
    }
    start = uv_hrtime() - start;
    uv_thread_join(&id);
    uv_sem_destroy(&court.here);
    uv_sem_destroy(&court.there);
    return cost_of(start, n);
}

/* What it takes, without any library, to post to a sleeping event loop. */
#ifdef __linux__
static struct cost eventfd_epoll(int n)
{
    struct epoll_event event = { .events = EPOLLIN };
    int loop = epoll_create1(0), bell = eventfd(0, 0);
    uint64_t one = 1, start;
    must(loop >= 0 && bell >= 0, "no epoll");
    must(epoll_ctl(loop, EPOLL_CTL_ADD, bell, &event) == 0, "no epoll");
    start = uv_hrtime();
    for (int i = 0; i < n; i++)
        must(write(bell, &one, sizeof one) == sizeof one &&
                 epoll_wait(loop, &event, 1, -1) == 1 &&
                 read(bell, &one, sizeof one) == sizeof one,
             "eventfd");
    start = uv_hrtime() - start;
    close(bell);
    close(loop);
    return cost_of(start, n);
}
#endif

const struct workload limit_workloads[] = {
    { .name = "limit_list_call",
      .n = 10000000,
      .run = list_call,
      .what = "pop from a list, call indirectly, push" },
    { .name = "limit_malloc",
      .n = 1000000,
      .run = malloc_free,
      .what = "malloc and free, always the same block" },
    { .name = "limit_malloc_all",
      .n = 1000000,
      .fresh = true,
      .run = malloc_all,
      .what = "malloc, then free, a million blocks of 120 bytes" },
    { .name = "limit_page",
      .n = 10000,
      .fresh = true,
      .run = page,
      .what = "first touch of a page" },
    { .name = "limit_memcpy64",
      .n = 10000000,
      .run = memcpy64,
      .what = "copy 64 bytes" },
    { .name = "limit_exchange",
      .n = 1000000,
      .run = exchange,
      .what = "atomic exchange, nobody else wants the line" },
#ifdef __linux__
    { .name = "limit_eventfd",
      .n = 100000,
      .run = eventfd_epoll,
      .what = "eventfd write, epoll, read in one thread" },
#endif
    { .name = "limit_wake_core",
      .n = 10000,
      .run = wake_core,
      .what = "wake a thread that sleeps" },
    { .name = "limit_thread",
      .n = 1000,
      .run = thread,
      .what = "create a thread and join it" },
    { .name = NULL },
};
