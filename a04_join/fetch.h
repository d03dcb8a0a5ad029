/* fetch.h: fetching a URL as a future, with libcurl driven by the event loop.
 *
 * libcurl's multi interface does the protocols and waits for nothing: it says
 * which sockets it waits for and for how long, and we tell it when one is ready
 * or time is up (curl_multi_socket_action).  So any number of transfers share
 * one thread, and each is a leaf.
 *
 * units   Milliseconds and bytes.
 * errors  fetch.error says why a transfer failed, "" if it did not; a status
 *         of 400 or more is a failure.  fetcher_init() returns UV_ENOMEM.
 * owner   fetcher and url outlive the fetch; `body` is the caller's open file.
 * drop    ends the transfer at once; what has arrived stays in `body`.
 */
#ifndef A04_FETCH_H
#define A04_FETCH_H

#include <curl/curl.h>
#include "executor.h"

struct fetcher {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer; /* for libcurl's own time limits */
};

struct fetch {
    struct future future;
    struct fetcher *fetcher;
    const char *url;
    long timeout_ms; /* for the whole transfer; 0: none */
    FILE *body;      /* where the content goes, or NULL */
    CURL *easy;      /* the transfer, while there is one */
    struct waker waker;
    bool done;
    uint64_t start, ms;          /* result: how long it took */
    uint64_t bytes;              /* result: of content */
    long status;                 /* result: of HTTP, or 0 */
    char error[CURL_ERROR_SIZE]; /* result: why it failed, or "" */
};

/* ---- The loop tells libcurl ---------------------------------------------- */

struct fetcher_socket_ { /* one for each socket that libcurl waits for */
    uv_poll_t poll;
    struct fetcher *fetcher;
    curl_socket_t fd;
};

static inline void fetcher_act_(struct fetcher *fetcher, curl_socket_t fd,
                                int ready)
{
    int running, left;
    CURLMsg *message;
    curl_multi_socket_action(fetcher->multi, fd, ready, &running);
    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        char *self = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
        struct fetch *f = (struct fetch *)(void *)self;
        if (message->data.result != CURLE_OK && !*f->error)
            snprintf(f->error, sizeof f->error, "%s",
                     curl_easy_strerror(message->data.result));
        f->done = true;
        waker_wake(f->waker);
    }
}

static inline void fetcher_poll_cb_(uv_poll_t *poll, int status, int events)
{
    struct fetcher_socket_ *s = poll->data;
    int ready = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        ready |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        ready |= CURL_CSELECT_OUT;
    fetcher_act_(s->fetcher, s->fd, ready);
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

static inline int fetcher_socket_cb_(CURL *easy, curl_socket_t fd, int what,
                                     void *user, void *socket)
{
    struct fetcher *fetcher = user;
    struct fetcher_socket_ *s = socket;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) |
                 (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    (void)easy;
    if (what == CURL_POLL_REMOVE) { /* it closes the socket next */
        if (s)
            uv_close((uv_handle_t *)&s->poll, fetcher_free_cb_);
        curl_multi_assign(fetcher->multi, fd, NULL);
        return 0;
    }
    if (!s) {
        s = malloc(sizeof *s);
        if (!s)
            return -1; /* libcurl fails the transfer */
        s->fetcher = fetcher;
        s->fd = fd;
        if (uv_poll_init_socket(fetcher->loop, &s->poll, fd)) {
            free(s);
            return -1;
        }
        s->poll.data = s;
        curl_multi_assign(fetcher->multi, fd, s);
    }
    return uv_poll_start(&s->poll, events, fetcher_poll_cb_) ? -1 : 0;
}

static inline int fetcher_wait_cb_(CURLM *multi, long ms, void *user)
{
    struct fetcher *fetcher = user;
    (void)multi;
    if (ms < 0)
        return uv_timer_stop(&fetcher->timer);
    uv_update_time(fetcher->loop);
    return uv_timer_start(&fetcher->timer, fetcher_timer_cb_, (uint64_t)ms, 0);
}

/* ---- The fetcher --------------------------------------------------------- */

/* Keeps up to `connections` open for reuse.  0 or UV_ENOMEM. */
static inline int fetcher_init(struct fetcher *fetcher, uv_loop_t *loop,
                               long connections)
{
    *fetcher = (struct fetcher){ .loop = loop };
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return UV_ENOMEM;
    fetcher->multi = curl_multi_init();
    if (!fetcher->multi)
        return UV_ENOMEM;
    uv_timer_init(loop, &fetcher->timer);
    fetcher->timer.data = fetcher;
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION,
                      fetcher_socket_cb_);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, fetcher_wait_cb_);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, connections);
    return 0;
}

/* When every fetch is over, and before executor_close(), which lets the loop
 * forget our handles. */
static inline void fetcher_close(struct fetcher *fetcher)
{
    curl_multi_cleanup(fetcher->multi);
    uv_close((uv_handle_t *)&fetcher->timer, NULL);
    curl_global_cleanup();
}

/* ---- The future ---------------------------------------------------------- */

static inline size_t fetch_write_cb_(char *data, size_t one, size_t n,
                                     void *user)
{
    struct fetch *self = user;
    (void)one; /* it is 1 */
    self->bytes += n;
    return self->body ? fwrite(data, 1, n, self->body) : n;
}

static inline bool fetch_start_(struct fetch *self)
{
    const char *authorities = getenv("CURL_CA_BUNDLE"); /* as curl does */
    CURL *easy = self->easy = curl_easy_init();
    if (!easy)
        return false;
    if (authorities)
        curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
    self->start = uv_hrtime();
    curl_easy_setopt(easy, CURLOPT_URL, self->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)self);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fetch_write_cb_);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, self);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, self->timeout_ms);
    return curl_multi_add_handle(self->fetcher->multi, easy) == CURLM_OK;
}

static inline void fetch_end_(struct fetch *self)
{
    if (!self->easy)
        return;
    self->ms = (uv_hrtime() - self->start) / 1000000;
    curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &self->status);
    curl_multi_remove_handle(self->fetcher->multi, self->easy);
    curl_easy_cleanup(self->easy);
    self->easy = NULL;
}

static inline enum poll fetch_poll_(struct future *f, struct context *cx)
{
    struct fetch *self = container_of(f, struct fetch, future);
    self->waker = context_waker(cx);
    if (!self->easy && !fetch_start_(self)) {
        snprintf(self->error, sizeof self->error, "no memory for a transfer");
        self->done = true;
    }
    if (!self->done)
        return POLL_PENDING;
    fetch_end_(self);
    return POLL_READY;
}

static inline void fetch_drop_(struct future *f)
{
    fetch_end_(container_of(f, struct fetch, future));
}

static const struct future_ops fetch_ops_ = { .name = "fetch",
                                              .poll = fetch_poll_,
                                              .drop = fetch_drop_ };

/* http, https, ftp and whatever else libcurl speaks; follows 10 redirects. */
static inline struct future *fetch(struct fetch *self, struct fetcher *fetcher,
                                   const char *url, long timeout_ms, FILE *body)
{
    *self = (struct fetch){ .future.ops = &fetch_ops_,
                            .fetcher = fetcher,
                            .url = url,
                            .timeout_ms = timeout_ms,
                            .body = body };
    return &self->future;
}
#endif
