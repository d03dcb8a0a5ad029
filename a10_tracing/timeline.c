/* Records what the hooks tell; see timeline.h. */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include "a10_tracing/timeline.h"

static struct timeline tl;
static uv_mutex_t lock; /* of tl: two threads may each have an executor */
static uv_once_t once = UV_ONCE_INIT;
static uint64_t epoch; /* the real clock's 0 */
static const char *file_name;
static FILE *file; /* NULL: nobody wants a timeline */
static void (*file_write)(const struct timeline *tl, FILE *out);
static pid_t process; /* a child of fork() writes nothing */
static bool written;

/* ---- Record -------------------------------------------------------------- */

static unsigned find(const struct executor *ex)
{
    unsigned i = tl.n_executors;
    while (tl.executors[--i].executor != ex) {
    }
    return i;
}

static uint64_t now(const struct timeline_executor *x)
{
    uint64_t last = tl.n ? tl.events[tl.n - 1].ns : 0, ns;
    if (x->virtual_clock)
        ns = x->start + x->executor->virtual_now * 1000000;
    else
        ns = uv_hrtime() - epoch;
    return ns > last ? ns : last;
}

/* The next event's place, or NULL if there are enough. */
static struct timeline_event *next_event(void)
{
    if (tl.n == TIMELINE_EVENTS) {
        tl.lost++;
        return NULL;
    }
    if (tl.n == tl.room) {
        size_t room = tl.room ? 2 * tl.room : 1024;
        struct timeline_event *more = observe_alloc(room, sizeof *more);
        if (tl.n)
            memcpy(more, tl.events, tl.n * sizeof *more);
        free(tl.events);
        tl.events = more;
        tl.room = room;
    }
    return &tl.events[tl.n];
}

/* The task that this wakes, or NULL.  Its function does not tell: task_wake()
 * is static, so each file of the program has one of its own. */
static const struct task *task_of(struct waker w, const struct executor *ex)
{
    const struct list *at = ex->tasks.next;
    for (; at != &ex->tasks; at = at->next)
        if (container_of(at, const struct task, all) == w.data)
            return w.data;
    return NULL;
}

/* A task that ended has a join, and that is not yet woken: the next event is
 * its wake. */
static bool will_wake(const struct task *t)
{
    struct waker w = t->join ? t->join->waker : (struct waker){ NULL, NULL };
    const struct task *joiner = w.wake ? task_of(w, t->executor) : NULL;
    return w.wake && (!joiner || joiner->state == TASK_WAITING ||
                      joiner->state == TASK_POLLED);
}

static void fill(struct timeline_event *e, struct task *t,
                 enum timeline_kind kind)
{
    struct timeline_executor *x = &tl.executors[find(t->executor)];
    *e = (struct timeline_event){ .ns = now(x), .kind = kind, .task = t->id };
    e->executor = (unsigned)(x - tl.executors);
    if (kind == TIMELINE_SPAWNED) {
        e->name = timeline_task_name(t);
        x->tasks++;
    }
    if (kind == TIMELINE_PENDING)
        timeline_note_wait(e, t);
    if (kind == TIMELINE_SPAWNED || kind == TIMELINE_WOKEN) {
        const struct task *by = t->executor->current;
        e->from = by ? by->id : kind == TIMELINE_WOKEN ? x->ended : 0;
    }
    x->ended = kind >= TIMELINE_FINISHED && will_wake(t) ? t->id : 0;
    tl.n++;
}

void timeline_note(struct task *t, enum timeline_kind kind)
{
    struct timeline_event *e;
    uv_mutex_lock(&lock);
    tl.tasks += kind == TIMELINE_SPAWNED;
    tl.polls += kind == TIMELINE_POLL;
    e = next_event();
    if (e)
        fill(e, t, kind);
    uv_mutex_unlock(&lock);
}

/* ---- Open and write ------------------------------------------------------ */

static void write_file(void)
{
    unsigned first = 0;
    if (getpid() != process)
        return;
    uv_mutex_lock(&lock);
    if (written) {
        uv_mutex_unlock(&lock);
        return;
    }
    written = true;
    for (unsigned i = 0; i < tl.n_executors; i++) {
        tl.executors[i].first = first;
        first += tl.executors[i].tasks;
    }
    errno = 0;
    file_write(&tl, file);
    if (fflush(file) == 0 && !ferror(file) && fclose(file) == 0) {
        uv_mutex_unlock(&lock);
        return;
    }
    fflush(stdout);
    fprintf(stderr, "EXECUTOR_TRACE: cannot write %s: %s\n", file_name,
            strerror(errno));
    _exit(1);
}

void timeline_deadlock(void)
{
    uv_mutex_lock(&lock);
    tl.deadlock = true;
    uv_mutex_unlock(&lock);
    write_file();
}

static _Noreturn void refuse(const char *what)
{
    fflush(stdout);
    fprintf(stderr, "EXECUTOR_TRACE: cannot write %s: %s\n", file_name, what);
    _exit(2);
}

/* A child of fork() finds the lock free, whichever thread had it. */
static void before_fork(void)
{
    uv_mutex_lock(&lock);
}

static void after_fork(void)
{
    uv_mutex_unlock(&lock);
}

/* Two programs would write into each other's lines.  Not every file can be
 * locked or emptied: a terminal cannot, for instance. */
static void make_ours(int fd)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(fd, F_SETLK, &whole) < 0 && (errno == EAGAIN || errno == EACCES))
        refuse("another program that still runs has it");
    (void)!ftruncate(fd, 0);
}

static void open_file(void)
{
    const char *name = getenv("EXECUTOR_TRACE"), *dot;
    int fd;
    if (!name || !*name)
        return;
    file_name = strcpy(observe_alloc(strlen(name) + 1, 1), name);
    dot = strrchr(file_name, '.');
    if (dot && strcmp(dot, ".svg") == 0)
        file_write = timeline_write_svg;
    else if (dot && strcmp(dot, ".json") == 0)
        file_write = timeline_write_json;
    else
        refuse("the name must end in .svg or .json");
    /* A fifo that nobody reads is an error here, and nothing to wait for. */
    fd = open(file_name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd >= 0)
        fcntl(fd, F_SETFL, O_WRONLY);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        refuse(errno == ENXIO ? "nobody reads this fifo" : strerror(errno));
    make_ours(fd);
    uv_mutex_init(&lock);
    epoch = uv_hrtime();
    process = getpid();
    pthread_atfork(before_fork, after_fork, after_fork);
    atexit(write_file);
}

bool timeline_observe(struct executor *ex)
{
    struct timeline_executor *more, *x;
    uv_once(&once, open_file);
    if (!file)
        return false;
    uv_mutex_lock(&lock);
    more = observe_alloc(tl.n_executors + 1, sizeof *more);
    if (tl.n_executors)
        memcpy(more, tl.executors, tl.n_executors * sizeof *more);
    free(tl.executors);
    tl.executors = more;
    x = &more[tl.n_executors++];
    x->executor = ex;
    x->virtual_clock = ex->options.virtual_clock;
    x->start = tl.n ? tl.events[tl.n - 1].ns : 0;
    uv_mutex_unlock(&lock);
    return true;
}
