/* fetch.h: fetching a URL as a future: a leaf whose work libcurl does.
 *
 * what    http and https, up to 10 redirects.  The other protocols of libcurl
 *         are refused, because several wait inside (file, telnet, the end of an
 *         ftp session): one such transfer would stop all others.
 * hooks   fetch_step() follows no redirect, and calls you with what comes.
 * post    fetch_send() is fetch_step() with headers and a body of your own.
 * units   Milliseconds and bytes.
 * errors  fetch.error says why a transfer failed, "" if it did not; a status
 *         of 400 or more is a failure.  A connection that was used before,
 *         and is reset before anything comes, is tried again once.
 * threads Everything is called on the executor's own thread.
 * owner   fetcher and url outlive the fetch; `body` is the caller's open file.
 *         It is written to by fwrite(), which waits for the disk.
 * drop    ends the transfer at once.  What has arrived stays in `body`, and
 *         status, bytes and ms say how far it came.
 */
#ifndef A04_FETCH_H
#define A04_FETCH_H

#include <errno.h>
#include "a04_join/fetcher.h"

struct fetch;

struct fetch_hooks {
    /* Some of the content, before fwrite() has it.  In here, ask nothing but
     * curl_easy_getinfo(f->transfer.easy, ...).  If the rest is not wanted, set
     * f->refused: that ends the transfer. */
    void (*bytes)(struct fetch *f, const char *bytes, size_t n);
    void (*end)(struct fetch *f, CURL *easy); /* it is over; not on a drop */
};

struct fetch_request {          /* what is sent; it is yours, and stays */
    struct curl_slist *headers; /* more of them, or NULL */
    const char *body;           /* of a POST; NULL: it is a GET */
    size_t size;                /* of the body */
};

struct fetch {
    struct future future;
    struct transfer transfer;
    struct fetcher *fetcher;
    const char *url;
    long timeout_ms;                     /* for the whole transfer; 0: none */
    FILE *body;                          /* where the content goes, or NULL */
    const struct fetch_hooks *hooks;     /* or NULL */
    const struct fetch_request *request; /* of fetch_send(), or NULL */
    int body_errno;                      /* why it could not be written, or 0 */
    const char *refused;         /* why the rest is not wanted, or NULL */
    bool in_header;              /* the empty line after it has not come */
    bool repeated;               /* this is the second attempt */
    uint64_t start, ms;          /* result: how long it took */
    uint64_t bytes;              /* result: of content */
    long status;                 /* result: of HTTP, or 0 */
    bool lacked;                 /* result: it lacked memory or a descriptor */
    char error[CURL_ERROR_SIZE]; /* result: why it failed, or "" */
};

/* ---- The future ---------------------------------------------------------- */

static inline size_t fetch_write_cb_(char *data, size_t one, size_t n,
                                     void *user)
{
    struct fetch *self = user;
    (void)one; /* it is 1 */
    self->bytes += n;
    if (self->hooks)
        self->hooks->bytes(self, data, n);
    if (self->refused)
        return 0; /* libcurl ends the transfer */
    if (!self->body || fwrite(data, 1, n, self->body) == n)
        return n;
    self->body_errno = errno;
    return 0;
}

/* "HTTP/1.1 200 OK", and not a field, which has a colon before its blanks. */
static inline bool fetch_is_status_(const char *line, size_t n)
{
    const char *blank = memchr(line, ' ', n);
    return n > 5 && memcmp(line, "HTTP/", 5) == 0 && blank &&
           !memchr(line, ':', (size_t)(blank - line));
}

/* libcurl calls it with each line of the header, and with those after the body.
 * It reports success for an answer that ends in its header, so we look. */
static inline size_t fetch_header_cb_(char *data, size_t one, size_t n,
                                      void *user)
{
    struct fetch *self = user;
    (void)one;
    if (fetch_is_status_(data, n))
        self->in_header = true;
    else if (n > 0 && (*data == '\r' || *data == '\n'))
        self->in_header = false;
    return n;
}

/* Sets one option of `easy`, unless an earlier one has failed. */
#define FETCH_OPTION_(option, value) \
    (rc = rc ? rc : curl_easy_setopt(easy, option, value))

static inline CURLcode fetch_request_(const struct fetch_request *request,
                                      CURL *easy)
{
    CURLcode rc = CURLE_OK;
    FETCH_OPTION_(CURLOPT_HTTPHEADER, request->headers);
    if (request->body) {
        FETCH_OPTION_(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
        FETCH_OPTION_(CURLOPT_POSTFIELDS, request->body);
    }
    return rc;
}

static inline CURLcode fetch_options_(struct fetch *self, CURL *easy)
{
    CURLcode rc = CURLE_OK;
    FETCH_OPTION_(CURLOPT_URL, self->url);
    FETCH_OPTION_(CURLOPT_DEFAULT_PROTOCOL, "http");
#if LIBCURL_VERSION_NUM >= 0x075500
    FETCH_OPTION_(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    FETCH_OPTION_(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700 /* before, a drop waits for getaddrinfo */
    FETCH_OPTION_(CURLOPT_QUICK_EXIT, 1L);
#endif
    FETCH_OPTION_(CURLOPT_PRIVATE, (char *)&self->transfer);
    FETCH_OPTION_(CURLOPT_ERRORBUFFER, self->error);
    FETCH_OPTION_(CURLOPT_HEADERFUNCTION, fetch_header_cb_);
    FETCH_OPTION_(CURLOPT_HEADERDATA, self);
    FETCH_OPTION_(CURLOPT_WRITEFUNCTION, fetch_write_cb_);
    FETCH_OPTION_(CURLOPT_WRITEDATA, self);
    FETCH_OPTION_(CURLOPT_NOPROXY, self->fetcher->no_proxy);
    FETCH_OPTION_(CURLOPT_FOLLOWLOCATION,
                  self->hooks || self->request ? 0L : 1L);
    FETCH_OPTION_(CURLOPT_MAXREDIRS, 10L);
    FETCH_OPTION_(CURLOPT_FAILONERROR, 1L);
    FETCH_OPTION_(CURLOPT_NOSIGNAL, 1L);
    FETCH_OPTION_(CURLOPT_ACCEPT_ENCODING, "");
    FETCH_OPTION_(CURLOPT_TIMEOUT_MS, self->timeout_ms);
    if (getenv("CURL_CA_BUNDLE")) /* as curl does */
        FETCH_OPTION_(CURLOPT_CAINFO, getenv("CURL_CA_BUNDLE"));
    if (self->request && rc == CURLE_OK)
        rc = fetch_request_(self->request, easy);
    return rc;
}

static inline void fetch_start_(struct fetch *self)
{
    struct transfer *t = &self->transfer;
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    self->start = uv_hrtime();
    t->easy = curl_easy_init();
    if (t->easy)
        rc = fetch_options_(self, t->easy);
    if (rc == CURLE_OK)
        transfer_start(t, self->fetcher);
    else
        transfer_end(t, rc, NULL);
}

static inline void fetch_say_(struct fetch *self, const char *error)
{
    snprintf(self->error, sizeof self->error, "%s", error);
}

/* Why it failed, in words.  libcurl may have written some into self->error, but
 * also about an attempt that it has repeated since, with success. */
static inline void fetch_explain_(struct fetch *self)
{
    const struct transfer *t = &self->transfer;
    size_t n = strlen(self->error);
    long number = 0;
    self->lacked = t->failure || t->result == CURLE_OUT_OF_MEMORY;
    if (t->failure)
        fetch_say_(self, t->failure);
    else if (self->body_errno)
        fetch_say_(self, strerror(self->body_errno));
    else if (self->refused)
        fetch_say_(self, self->refused);
    else if (t->result == CURLE_HTTP_RETURNED_ERROR)
        fetch_say_(self, "the server answers with an error");
    else if (t->result == CURLE_OK)
        fetch_say_(self,
                   self->in_header ? "the answer ends in its header" : "");
    else if (t->result == CURLE_OUT_OF_MEMORY && self->in_header)
        fetch_say_(self, "no memory, or its header is too long");
    else if (!n)
        fetch_say_(self, curl_easy_strerror(t->result));
    else if (t->result == CURLE_COULDNT_CONNECT &&
             !curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number) && number)
        snprintf(self->error + n, sizeof self->error - n, " (%s)",
                 strerror((int)number));
}

static inline void fetch_end_(struct fetch *self)
{
    struct transfer *t = &self->transfer;
    if (t->easy) {
        self->ms = (uv_hrtime() - self->start) / 1000000;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &self->status);
        transfer_stop(t, self->fetcher);
    }
    if (t->over)
        fetch_explain_(self);
    if (t->over && t->easy && self->hooks)
        self->hooks->end(self, t->easy);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
}

/* A server may reset a connection just when it is used again.  If nothing has
 * come, try once more, with a new one.  libcurl does so only in some cases. */
static inline void fetch_repeat_(struct fetch *self)
{
    struct transfer *t = &self->transfer;
    long made = 0, redirects = 0;
    if (self->repeated || self->bytes > 0 || t->failure ||
        (t->result != CURLE_SEND_ERROR && t->result != CURLE_RECV_ERROR))
        return;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made);
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_COUNT, &redirects);
    if (made > redirects) /* a new connection for each step */
        return;
    transfer_stop(t, self->fetcher);
    self->repeated = true;
    t->over = false;
    if (curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK)
        transfer_start(t, self->fetcher);
    else
        transfer_end(t, t->result, NULL);
}

static inline enum poll fetch_poll(struct future *f, struct context *cx)
{
    struct fetch *self = container_of(f, struct fetch, future);
    self->transfer.waker = context_waker(cx);
    if (!self->start)
        fetch_start_(self);
    if (self->transfer.over)
        fetch_repeat_(self);
    if (!self->transfer.over)
        return POLL_PENDING;
    fetch_end_(self);
    return POLL_READY;
}

static inline void fetch_drop(struct future *f)
{
    struct fetch *self = container_of(f, struct fetch, future);
    self->transfer.over = false; /* it may be; but nobody asks how it ended */
    fetch_end_(self);
}

static const struct future_ops fetch_ops_ = FUTURE_OPS(fetch);

/* Write the body of `url` into the file `body`, in `timeout_ms` at most. */
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

/* The same without redirects, for a caller that decides where to go next. */
static inline struct future *fetch_step(struct fetch *self,
                                        struct fetcher *fetcher,
                                        const char *url, long timeout_ms,
                                        FILE *body,
                                        const struct fetch_hooks *hooks)
{
    fetch(self, fetcher, url, timeout_ms, body);
    self->hooks = hooks;
    return &self->future;
}

/* A request of your own, without redirects.  `hooks` may be NULL.  A POST, too,
 * may be sent twice, see "errors" above. */
static inline struct future *fetch_send(struct fetch *self,
                                        struct fetcher *fetcher,
                                        const char *url, long timeout_ms,
                                        const struct fetch_request *request,
                                        const struct fetch_hooks *hooks)
{
    fetch_step(self, fetcher, url, timeout_ms, NULL, hooks);
    self->request = request;
    return &self->future;
}
#endif
