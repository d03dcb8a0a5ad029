/* fault.c: a library to preload, which makes one call of a program fail.
 *
 * FAULT_KIND  memory: malloc, calloc and realloc return NULL
 *             calls: those listed below return their error.  Not listed is what
 *             fails only if it is used wrongly, as uv_timer_start().
 *             signals: all begins as a careless parent may leave it: signals
 *             are blocked, and the ends of children ignored
 * FAULT_N     which of these calls: 1, 2, 3 ... in the order they are made.
 *             Only those count that the program makes itself; what libuv or
 *             the C library call inside is theirs.
 * FAULT_NOTE  a file to which the name of the call that failed is added
 *
 * Linux with glibc only, as the exercises.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static void leave_signals_odd(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_IGN);
}

enum kind { NONE, MEMORY, CALLS };

static enum kind kind;
static long wanted;
static atomic_long count;
static const char *note;
static uintptr_t first, last; /* addresses of the program's own code */

/* The first object is the program itself. */
static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    first = UINTPTR_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        if (begin < first)
            first = begin;
        if (begin + info->dlpi_phdr[i].p_memsz > last)
            last = begin + info->dlpi_phdr[i].p_memsz;
    }
    return 1; /* no further objects */
}

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAULT_KIND"), *n = getenv("FAULT_N");
    note = getenv("FAULT_NOTE");
    dl_iterate_phdr(find_program, NULL);
    wanted = n ? atol(n) : 0;
    if (name && strcmp(name, "signals") == 0)
        leave_signals_odd();
    else if (name && note)
        kind = strcmp(name, "memory") == 0 ? MEMORY : CALLS;
}

static int fails(enum kind of, const char *name, void *caller)
{
    uintptr_t from = (uintptr_t)caller;
    int fd;
    if (kind != of || from < first || from >= last || ++count != wanted)
        return 0;
    fd = (int)syscall(SYS_openat, AT_FDCWD, note, O_WRONLY | O_APPEND);
    if (fd >= 0) {
        (void)!write(fd, name, strlen(name));
        (void)!write(fd, "\n", 1);
        close(fd);
    }
    return 1;
}

#define FAILS(of, name) fails(of, name, __builtin_return_address(0))

/* ---- Memory -------------------------------------------------------------- */

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    return FAILS(MEMORY, "malloc") ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return FAILS(MEMORY, "calloc") ? no_memory() : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return FAILS(MEMORY, "realloc") ? no_memory() : __libc_realloc(old, size);
}

/* ---- Calls --------------------------------------------------------------- */

/* WRAP(int, what failing does, uv_accept, (its parameters), (their names)) */
#define WRAP(type, failure, name, parameters, arguments)            \
    type name parameters                                            \
    {                                                               \
        type(*real) parameters;                                     \
        void *symbol = dlsym(RTLD_NEXT, #name);                     \
        if (FAILS(CALLS, #name))                                    \
            return failure;                                         \
        memcpy(&real, &symbol, sizeof real); /* it is a function */ \
        return real arguments;                                      \
    }
#define ERRNO(number, value) (errno = (number), (value))

WRAP(int, UV_EMFILE, uv_loop_init, (uv_loop_t * l), (l))
WRAP(int, UV_EMFILE, uv_async_init,
     (uv_loop_t * l, uv_async_t *a, uv_async_cb cb), (l, a, cb))
WRAP(int, UV_EAGAIN, uv_thread_create,
     (uv_thread_t * t, uv_thread_cb cb, void *arg), (t, cb, arg))
WRAP(int, UV_ENOMEM, uv_mutex_init, (uv_mutex_t * m), (m))
WRAP(int, UV_ENOMEM, uv_cond_init, (uv_cond_t * c), (c))
WRAP(int, UV_ENOMEM, uv_sem_init, (uv_sem_t * s, unsigned n), (s, n))
WRAP(int, UV_ENOMEM, uv_queue_work,
     (uv_loop_t * l, uv_work_t *w, uv_work_cb cb, uv_after_work_cb after),
     (l, w, cb, after))

WRAP(int, UV_EMFILE, uv_signal_init, (uv_loop_t * l, uv_signal_t *s), (l, s))
WRAP(int, UV_EINVAL, uv_signal_start,
     (uv_signal_t * s, uv_signal_cb cb, int number), (s, cb, number))
WRAP(int, UV_ENOMEM, uv_fs_read,
     (uv_loop_t * l, uv_fs_t *r, uv_file f, const uv_buf_t b[], unsigned n,
      int64_t at, uv_fs_cb cb),
     (l, r, f, b, n, at, cb))

WRAP(int, UV_ENOSPC, uv_fs_write,
     (uv_loop_t * l, uv_fs_t *r, uv_file f, const uv_buf_t b[], unsigned n,
      int64_t at, uv_fs_cb cb),
     (l, r, f, b, n, at, cb))
WRAP(int, UV_EMFILE, uv_fs_open,
     (uv_loop_t * l, uv_fs_t *r, const char *p, int flags, int mode,
      uv_fs_cb cb),
     (l, r, p, flags, mode, cb))
WRAP(int, UV_EIO, uv_fs_close,
     (uv_loop_t * l, uv_fs_t *r, uv_file f, uv_fs_cb cb), (l, r, f, cb))

WRAP(int, UV_EMFILE, uv_tcp_init, (uv_loop_t * l, uv_tcp_t *t), (l, t))
WRAP(int, UV_EADDRINUSE, uv_tcp_bind,
     (uv_tcp_t * t, const struct sockaddr *a, unsigned flags), (t, a, flags))
WRAP(int, UV_ENOBUFS, uv_tcp_getsockname,
     (const uv_tcp_t *t, struct sockaddr *a, int *n), (t, a, n))
WRAP(int, UV_EADDRINUSE, uv_listen,
     (uv_stream_t * s, int n, uv_connection_cb cb), (s, n, cb))
WRAP(int, UV_EMFILE, uv_accept, (uv_stream_t * s, uv_stream_t *c), (s, c))
WRAP(int, UV_ENETUNREACH, uv_tcp_connect,
     (uv_connect_t * r, uv_tcp_t *t, const struct sockaddr *a,
      uv_connect_cb cb),
     (r, t, a, cb))
WRAP(int, UV_EINVAL, uv_read_start,
     (uv_stream_t * s, uv_alloc_cb a, uv_read_cb cb), (s, a, cb))
WRAP(int, UV_EPIPE, uv_write,
     (uv_write_t * r, uv_stream_t *s, const uv_buf_t b[], unsigned n,
      uv_write_cb cb),
     (r, s, b, n, cb))
WRAP(int, UV_ENOTCONN, uv_shutdown,
     (uv_shutdown_t * r, uv_stream_t *s, uv_shutdown_cb cb), (r, s, cb))
WRAP(int, UV_EEXIST, uv_poll_init_socket,
     (uv_loop_t * l, uv_poll_t *p, uv_os_sock_t s), (l, p, s))

WRAP(int, UV_EMFILE, uv_poll_init, (uv_loop_t * l, uv_poll_t *p, int fd),
     (l, p, fd))
WRAP(int, UV_EEXIST, uv_poll_start, (uv_poll_t * p, int events, uv_poll_cb cb),
     (p, events, cb))

/* __CONST_SOCKADDR_ARG is how glibc declares a pointer to an address. */
WRAP(int, ERRNO(EMFILE, -1), socket, (int d, int t, int p), (d, t, p))
WRAP(int, ERRNO(EADDRINUSE, -1), bind,
     (int fd, __CONST_SOCKADDR_ARG a, socklen_t n), (fd, a, n))
WRAP(int, ERRNO(ENOBUFS, -1), getsockname,
     (int fd, __SOCKADDR_ARG a, socklen_t *n), (fd, a, n))
WRAP(int, ERRNO(ENETUNREACH, -1), connect,
     (int fd, __CONST_SOCKADDR_ARG a, socklen_t n), (fd, a, n))
WRAP(int, ERRNO(EMFILE, -1), accept, (int fd, __SOCKADDR_ARG a, socklen_t *n),
     (fd, a, n))
WRAP(int, ERRNO(EADDRINUSE, -1), listen, (int fd, int n), (fd, n))
WRAP(ssize_t, ERRNO(ECONNRESET, -1), recv,
     (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
WRAP(ssize_t, ERRNO(EPIPE, -1), send,
     (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))

/* libmicrohttpd, without its header. */
WRAP(void *, NULL, MHD_create_response_from_buffer,
     (size_t n, void *body, int mode), (n, body, mode))
WRAP(int, 0, MHD_add_response_header,
     (void *response, const char *n, const char *v), (response, n, v))
WRAP(int, 0, MHD_queue_response, (void *connection, unsigned s, void *response),
     (connection, s, response))

void *MHD_start_daemon(unsigned flags, uint16_t port, void *accept,
                       void *accept_arg, void *handle, void *handle_arg, ...)
{
    void *(*real)(unsigned, uint16_t, void *, void *, void *, void *, va_list);
    void *symbol = dlsym(RTLD_NEXT, "MHD_start_daemon_va"), *result;
    va_list options;
    if (FAILS(CALLS, "MHD_start_daemon"))
        return ERRNO(EMFILE, NULL);
    memcpy(&real, &symbol, sizeof real);
    va_start(options, handle_arg);
    result = real(flags, port, accept, accept_arg, handle, handle_arg, options);
    va_end(options);
    return result;
}

WRAP(int, EAGAIN, pthread_create,
     (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *arg),
     (t, a, f, arg))
WRAP(pid_t, ERRNO(EAGAIN, -1), fork, (void), ())
WRAP(pid_t, ERRNO(EINTR, -1), waitpid, (pid_t p, int *s, int o), (p, s, o))
WRAP(FILE *, ERRNO(EROFS, NULL), tmpfile, (void), ())
WRAP(int, ERRNO(EROFS, -1), mkdir, (const char *p, mode_t m), (p, m))
WRAP(int, ERRNO(EROFS, -1), rename, (const char *a, const char *b), (a, b))
WRAP(int, ERRNO(EMFILE, -1), dup, (int fd), (fd))
WRAP(int, ERRNO(ENOMEM, -1), setenv, (const char *n, const char *v, int o),
     (n, v, o))

int nanosleep(const struct timespec *wanted_time, struct timespec *left)
{
    int (*real)(const struct timespec *, struct timespec *);
    void *symbol = dlsym(RTLD_NEXT, "nanosleep");
    memcpy(&real, &symbol, sizeof real);
    if (!FAILS(CALLS, "nanosleep"))
        return real(wanted_time, left);
    if (left)
        *left = *wanted_time;
    return ERRNO(EINTR, -1);
}

/* Not what the system tells about itself: programs may do without it. */
FILE *fopen(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *);
    void *symbol = dlsym(RTLD_NEXT, "fopen");
    if (strncmp(path, "/proc/", 6) != 0 && FAILS(CALLS, "fopen"))
        return ERRNO(EMFILE, NULL);
    memcpy(&real, &symbol, sizeof real);
    return real(path, mode);
}
