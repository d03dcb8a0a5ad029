/* fetcher.h: libcurl driven by the event loop, any number of transfers at once.
 *
 * libcurl's multi interface does the protocol, and never blocks.  It says which
 * sockets to watch, and for how long; we tell it when a socket is ready or the
 * time is up (curl_multi_socket_action).  So one thread is enough.  Only names
 * are looked up on threads of libcurl's own, because getaddrinfo() blocks.
 *
 * proxy   As the environment says, but never for this machine itself.
 * errors  fetcher_init() returns UV_ENOMEM.
 * owner   The fetcher outlives its transfers.
 * threads Everything is called on the loop's thread.
 */
#ifndef A04_FETCHER_H
#define A04_FETCHER_H

#include <curl/curl.h>
#include <signal.h>
#include "executor.h"

struct fetcher {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;      /* for libcurl's own time limits */
    struct list transfers; /* those under way */
    char *no_proxy;        /* for CURLOPT_NOPROXY */
};

struct transfer {
    struct list link;    /* in fetcher.transfers */
    CURL *easy;          /* with this struct as its CURLOPT_PRIVATE */
    struct waker waker;  /* called when it is over */
    bool over;           /* and then, why: */
    CURLcode result;     /* what libcurl says, */
    const char *failure; /* or what else stopped it, or NULL */
};

/* Also for a transfer that could not start. */
static inline void transfer_end(struct transfer *t, CURLcode result,
                                const char *failure)
{
    t->over = true;
    t->result = result;
    t->failure = failure;
    waker_wake(t->waker);
}

static inline struct transfer *transfer_of_(CURL *easy)
{
    char *t = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    return (struct transfer *)(void *)t;
}

/* ---- The loop tells libcurl ---------------------------------------------- */

struct fetcher_socket_ { /* one for each socket that libcurl waits for */
    uv_poll_t poll;
    struct fetcher *fetcher;
    curl_socket_t fd;
    int events; /* what it waits for: UV_READABLE, UV_WRITABLE */
};

/* libcurl does not say which transfers have failed, and those would wait for
 * ever.  So all of them end. */
static inline void fetcher_fail_(struct fetcher *fetcher, const char *why)
{
    struct list *end = &fetcher->transfers;
    for (struct list *l = end->next; l != end; l = l->next) {
        struct transfer *t = container_of(l, struct transfer, link);
        if (!t->over)
            transfer_end(t, CURLE_OK, why);
    }
}

static inline void fetcher_act_(struct fetcher *fetcher, curl_socket_t fd,
                                int ready)
{
    int running, left;
    CURLMsg *message;
    CURLMcode rc =
        curl_multi_socket_action(fetcher->multi, fd, ready, &running);
    while ((message = curl_multi_info_read(fetcher->multi, &left)))
        transfer_end(transfer_of_(message->easy_handle), message->data.result,
                     NULL);
    if (rc != CURLM_OK)
        fetcher_fail_(fetcher, curl_multi_strerror(rc));
}

static inline void fetcher_poll_cb_(uv_poll_t *poll, int status, int events)
{
    struct fetcher_socket_ *s = poll->data;
    int ready = 0;
    /* On a socket with an error, such as a reset, there may still be an answer
     * to read.  libuv reports UV_EBADF and stops the handle.  Let libcurl read
     * or write: that returns the answer or the error itself.  If libcurl then
     * still waits for this socket, start the handle again. */
    if (status < 0)
        events = s->events;
    if (events & UV_READABLE)
        ready |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        ready |= CURL_CSELECT_OUT;
    fetcher_act_(s->fetcher, s->fd, ready);
    if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
        uv_poll_start(poll, s->events, fetcher_poll_cb_);
}

static inline void fetcher_timer_cb_(uv_timer_t *timer)
{
    fetcher_act_(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- libcurl tells the loop ---------------------------------------------- */

static inline void fetcher_free_cb_(uv_handle_t *poll)
{
    free(poll->data);
}

static inline int fetcher_socket_new_(struct fetcher *fetcher, curl_socket_t fd,
                                      struct fetcher_socket_ **result)
{
    struct fetcher_socket_ *s = malloc(sizeof *s);
    int rc = s ? uv_poll_init_socket(fetcher->loop, &s->poll, fd) : UV_ENOMEM;
    if (rc) {
        free(s);
        return rc;
    }
    s->fetcher = fetcher;
    s->fd = fd;
    s->poll.data = *result = s;
    curl_multi_assign(fetcher->multi, fd, s);
    return 0;
}

/* These return 0 in any case: at -1 libcurl gives up every transfer. */
static inline int fetcher_socket_cb_(CURL *easy, curl_socket_t fd, int what,
                                     void *user, void *socket)
{
    struct fetcher *fetcher = user;
    struct fetcher_socket_ *s = socket;
    struct transfer *t = transfer_of_(easy); /* NULL: libcurl's own handle */
    int rc = 0;
    if (what == CURL_POLL_REMOVE) { /* it closes the socket next */
        if (s)
            uv_close((uv_handle_t *)&s->poll, fetcher_free_cb_);
        curl_multi_assign(fetcher->multi, fd, NULL);
        return 0;
    }
    if (!s)
        rc = fetcher_socket_new_(fetcher, fd, &s);
    if (!rc) {
        s->events = (what & CURL_POLL_IN ? UV_READABLE : 0) |
                    (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
        rc = uv_poll_start(&s->poll, s->events, fetcher_poll_cb_);
    }
    if (rc && t)
        transfer_end(t, CURLE_OK, uv_strerror(rc));
    return 0;
}

static inline int fetcher_wait_cb_(CURLM *multi, long ms, void *user)
{
    struct fetcher *fetcher = user;
    int rc;
    (void)multi;
    if (ms < 0)
        return uv_timer_stop(&fetcher->timer);
    uv_update_time(fetcher->loop);
    rc = uv_timer_start(&fetcher->timer, fetcher_timer_cb_, (uint64_t)ms, 0);
    if (rc)
        fetcher_fail_(fetcher, uv_strerror(rc));
    return 0;
}

/* ---- The fetcher --------------------------------------------------------- */

/* What the environment says, and this machine itself. */
static inline char *fetcher_no_proxy_(void)
{
    static const char here[] = "localhost,127.0.0.1,::1";
    const char *env = getenv("no_proxy");
    size_t size;
    char *hosts;
    if (!env)
        env = getenv("NO_PROXY");
    if (!env)
        env = "";
    size = sizeof here + 1 + strlen(env);
    hosts = malloc(size);
    if (hosts && strcmp(env, "*") == 0) /* a proxy for nothing */
        strcpy(hosts, env);
    else if (hosts)
        snprintf(hosts, size, "%s,%s", here, env);
    return hosts;
}

static inline void fetcher_close_(struct fetcher *fetcher)
{
    curl_multi_cleanup(fetcher->multi);
    free(fetcher->no_proxy);
    curl_global_cleanup();
}

/* Keeps up to `connections` open for reuse.  A peer that hangs up is an error
 * of its transfer, so SIGPIPE is ignored from now on.  0 or UV_ENOMEM. */
static inline int fetcher_init(struct fetcher *fetcher, uv_loop_t *loop,
                               long connections)
{
    *fetcher = (struct fetcher){ .loop = loop };
    list_init(&fetcher->transfers);
    signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return UV_ENOMEM;
    fetcher->multi = curl_multi_init();
    fetcher->no_proxy = fetcher_no_proxy_();
    if (!fetcher->multi || !fetcher->no_proxy ||
        uv_timer_init(loop, &fetcher->timer)) {
        fetcher_close_(fetcher);
        return UV_ENOMEM;
    }
    fetcher->timer.data = fetcher;
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION,
                      fetcher_socket_cb_);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, fetcher_wait_cb_);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, connections);
    return 0;
}

/* Call it when every fetch is over, and before executor_close(), which runs the
 * loop until our handles are closed. */
static inline void fetcher_close(struct fetcher *fetcher)
{
    if (!fetcher->multi || !list_is_empty(&fetcher->transfers))
        misuse("fetcher_close: %s", fetcher->multi
                                        ? "a fetch is under way; drop it first"
                                        : "it is not open");
    fetcher_close_(fetcher);
    fetcher->multi = NULL;
    uv_close((uv_handle_t *)&fetcher->timer, NULL);
}

/* ---- A transfer ---------------------------------------------------------- */

/* Begin.  `easy` is yours, with its options set.  If libcurl refuses, the
 * transfer is over at once. */
static inline void transfer_start(struct transfer *t, struct fetcher *fetcher)
{
    CURLMcode rc;
    list_append(&fetcher->transfers, &t->link);
    rc = curl_multi_add_handle(fetcher->multi, t->easy);
    if (rc != CURLM_OK)
        transfer_end(t, CURLE_OK, curl_multi_strerror(rc));
}

/* Stop if it is under way; `easy` stays yours. */
static inline void transfer_stop(struct transfer *t, struct fetcher *fetcher)
{
    if (!t->link.next)
        return;
    list_remove(&t->link);
    curl_multi_remove_handle(fetcher->multi, t->easy);
}
#endif
