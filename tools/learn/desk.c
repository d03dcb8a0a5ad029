#include "desk.h"

enum { KEYS = 64 };

struct desk {
    struct learn *learn;
    uv_tty_t tty;
    uv_signal_t resized;
    int open;   /* of these two */
    bool drawn; /* the screen is ours, and what was there is kept */
    int keys[KEYS];
    unsigned first, count;
    bool news;          /* there is something to draw */
    struct waker waker; /* of the one who waits for it */
    char buffer[256];
};

/* What learn.news calls, and our own callbacks. */
static void desk_news(void *data)
{
    struct desk *d = data;
    d->news = true;
    waker_wake(d->waker);
}

/* ---- Keys ---------------------------------------------------------------- */

static void key_came(struct desk *d, int key)
{
    if (d->count < KEYS)
        d->keys[(d->first + d->count++) % KEYS] = key;
}

/* What follows an escape: the bytes of a key that has no letter. */
static size_t escape_came(struct desk *d, const char *s, size_t n)
{
    static const struct {
        const char *bytes;
        int key;
    } known[] = { { "A", KEY_UP },       { "B", KEY_DOWN },
                  { "5~", KEY_PAGE_UP }, { "6~", KEY_PAGE_DOWN },
                  { "H", KEY_HOME },     { "F", KEY_END },
                  { "1~", KEY_HOME },    { "4~", KEY_END } };
    size_t end = 1;
    if (n == 0 || (s[0] != '[' && s[0] != 'O')) {
        key_came(d, KEY_ESCAPE);
        return 0;
    }
    while (end < n && (s[end] < '@' || s[end] > '~'))
        end++;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].bytes) == end && end < n &&
            strncmp(known[i].bytes, s + 1, end) == 0)
            key_came(d, known[i].key);
    return end < n ? end + 1 : n;
}

static void desk_alloc_cb(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct desk *d = handle->data;
    (void)size;
    *buf = uv_buf_init(d->buffer, sizeof d->buffer);
}

static void desk_read_cb(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct desk *d = stream->data;
    if (n < 0) { /* the terminal is gone */
        uv_read_stop(stream);
        key_came(d, KEY_INTERRUPT);
    }
    for (ssize_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)buf->base[i];
        if (c == KEY_ESCAPE)
            i +=
                (ssize_t)escape_came(d, buf->base + i + 1, (size_t)(n - i - 1));
        else if (c < 0x80)
            key_came(d, c == 0x7f ? KEY_BACKSPACE : c == '\n' ? KEY_ENTER : c);
    }
    desk_news(d);
}

int desk_key(struct desk *d)
{
    if (d->count == 0)
        return KEY_NONE;
    d->count--;
    return d->keys[d->first++ % KEYS];
}

/* ---- The screen ---------------------------------------------------------- */

static void put(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

void desk_lend(struct desk *d)
{
    d->learn->lent = true;
    uv_read_stop((uv_stream_t *)&d->tty);
    uv_tty_set_mode(&d->tty, UV_TTY_MODE_NORMAL);
    if (d->drawn)
        put("\033[?25h\033[?1049l");
    d->drawn = false;
}

void desk_take_back(struct desk *d)
{
    d->learn->lent = false;
    uv_tty_set_mode(&d->tty, UV_TTY_MODE_RAW);
    uv_read_start((uv_stream_t *)&d->tty, desk_alloc_cb, desk_read_cb);
}

void desk_size(struct desk *d, int *width, int *height)
{
    *width = 80;
    *height = 24;
    uv_tty_get_winsize(&d->tty, width, height);
    if (*width < 1 || *height < 1)
        *width = 80, *height = 24;
}

/* The start of line `n`, or of the end. */
static const char *line_at(const char *text, int n)
{
    while (n-- > 0 && *text) {
        text += strcspn(text, "\n");
        text += *text != '\0';
    }
    return text;
}

static int lines_in(const char *text)
{
    int n = 0;
    for (; *text; text = line_at(text, 1))
        n++;
    return n;
}

/* `n` lines of `text`, each cleared to its end, so that nothing flickers. */
static void put_lines(FILE *out, const char *text, int n)
{
    for (int i = 0; i < n; i++) {
        int length = (int)strcspn(text, "\n");
        fprintf(out, "%.*s\033[0m\033[K\r\n", length, text);
        text = line_at(text, 1);
    }
}

int desk_draw(struct desk *d, const char *page, int top, const char *bar,
              int bars)
{
    struct page folded, frame;
    int width, height, lines, most;
    bool more; /* of the text than fits: its last line says so */
    desk_size(d, &width, &height);
    height = height > bars ? height - bars : 1;
    page_begin(&folded);
    fold(page, width, folded.out);
    page_end(&folded);
    lines = lines_in(folded.bytes);
    most = lines > height ? lines - height : 0;
    top = top > most ? most : top < 0 ? 0 : top;
    page_begin(&frame);
    fputs(d->drawn ? "\033[H" : "\033[?1049h\033[?25l\033[H", frame.out);
    d->drawn = true;
    more = top < most && height > 2;
    put_lines(frame.out, line_at(folded.bytes, top), height - more);
    if (more)
        fprintf(frame.out, "%s-- more: space, down --%s\033[K\r\n", look.faint,
                look.off);
    fprintf(frame.out, "%s\033[0m\033[J", bar);
    page_end(&frame);
    put(frame.bytes);
    free(frame.bytes);
    free(folded.bytes);
    return top;
}

/* ---- Open and close ------------------------------------------------------ */

static void desk_resized_cb(uv_signal_t *handle, int signal)
{
    (void)signal;
    desk_news(handle->data);
}

static void desk_closed_cb(uv_handle_t *handle)
{
    struct desk *d = handle->data;
    if (--d->open == 0)
        free(d);
}

struct desk *desk_open(struct learn *l)
{
    struct desk *d = calloc(1, sizeof *d);
    int rc = d ? uv_tty_init(l->executor->loop, &d->tty, STDIN_FILENO, 1)
               : UV_ENOMEM;
    if (rc) {
        complain("this terminal cannot be used: %s", uv_strerror(rc));
        free(d);
        return NULL;
    }
    d->learn = l;
    d->open = 2;
    uv_signal_init(l->executor->loop, &d->resized);
    uv_signal_start(&d->resized, desk_resized_cb, SIGWINCH);
    d->tty.data = d->resized.data = d;
    l->news = (struct waker){ desk_news, d };
    desk_take_back(d);
    return d;
}

void desk_close(struct desk *d)
{
    desk_lend(d);
    d->learn->lent = false;
    d->learn->news = (struct waker){ NULL, NULL };
    uv_close((uv_handle_t *)&d->tty, desk_closed_cb);
    uv_close((uv_handle_t *)&d->resized, desk_closed_cb);
}

/* ---- A leaf: something has happened -------------------------------------- */

static enum poll desk_event_poll(struct future *f, struct context *cx)
{
    struct desk *d = container_of(f, struct desk_event, future)->desk;
    d->waker = context_waker(cx);
    if (!d->news)
        return POLL_PENDING;
    d->news = false;
    d->waker = (struct waker){ NULL, NULL };
    return POLL_READY;
}

static void desk_event_drop(struct future *f)
{
    struct desk *d = container_of(f, struct desk_event, future)->desk;
    d->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops desk_event_ops = {
    .name = "desk_event",
    .poll = desk_event_poll,
    .drop = desk_event_drop,
};

struct future *desk_event(struct desk_event *self, struct desk *d)
{
    *self = (struct desk_event){ .future.ops = &desk_event_ops, .desk = d };
    return &self->future;
}
