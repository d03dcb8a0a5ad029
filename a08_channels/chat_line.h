/* chat_line.h: from bytes that anybody may send to lines that harm nobody.
 *
 *     AWAIT(chat_line_next(&self->next, &self->lines));
 *     printf("%s\n", self->next.text);           if next.status is 0
 *
 * line     ends with \n or \r\n, which are removed.  At the end of the
 *          connection, a line that is not complete is discarded.
 * limit    CHAT_LINE bytes.  For a line that is longer, the status is
 *          UV_EMSGSIZE, once; its rest is discarded, and the next line follows.
 *          So a client needs one buffer, however much it sends.
 * harmless The text is valid UTF-8.  It has no control characters, because
 *          those could clear the reader's screen or imitate another line.  Each
 *          byte that is not allowed becomes '?', a tab becomes a blank.
 * drop     Cancel-safe: only READY takes a line out of the buffer.
 * budget   A line costs a step of the budget (budget.h).  Otherwise, when the
 *          budget is spent, an arm before it in a biased select would be
 *          PENDING, and a line that is in the buffer would win.
 */
#ifndef A08_CHAT_LINE_H
#define A08_CHAT_LINE_H

#include "a05_spawn/tcp.h"
#include "a06_yield/budget.h"

enum { CHAT_LINE = 400 };

struct chat_lines { /* what came from one connection */
    struct tcp *tcp;
    size_t have;                /* bytes in the buffer */
    size_t taken;               /* of these, the line that was READY last */
    bool skipping;              /* the rest of a line that is too long */
    char buffer[CHAT_LINE + 2]; /* the longest line, and \r\n */
};

struct chat_line_next {
    struct async async;
    struct chat_lines *lines;
    struct budget step;
    struct tcp_read read;
    char *text; /* result: in the buffer, until the next line is asked for */
    int status; /* result: 0, UV_EMSGSIZE, UV_EOF, or the connection's error */
};

/* ---- Harmless ------------------------------------------------------------ */

/* C0, DEL and C1; separators of lines; what turns the direction of writing. */
static inline bool chat_is_control_(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
           (code >= 0x2028 && code <= 0x202e) || code == 0x061c ||
           code == 0x200e || code == 0x200f ||
           (code >= 0x2066 && code <= 0x2069);
}

/* How many bytes the first character has; 0: it is not allowed.  A character
 * has to be written in the shortest way.  Surrogates are not characters. */
static inline size_t chat_character_(const unsigned char *s, size_t left)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc0 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf8 ? 4
                             : 0;
    uint32_t code = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    return chat_is_control_(code) ? 0 : n;
}

/* In place: the text keeps its length. */
static inline void chat_clean(char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t n = chat_character_((unsigned char *)text + i, size - i);
        if (n == 0)
            text[i] = text[i] == '\t' ? ' ' : '?';
        i += n ? n : 1;
    }
}

/* ---- Lines --------------------------------------------------------------- */

static inline void chat_discard_(struct chat_lines *lines, size_t n)
{
    lines->have -= n;
    memmove(lines->buffer, lines->buffer + n, lines->have);
}

/* The first line in the buffer.  UV_EAGAIN: it is not complete. */
static inline int chat_line_take_(struct chat_lines *lines)
{
    char *text = lines->buffer;
    char *end = memchr(text, '\n', lines->have);
    bool rest = lines->skipping;
    lines->taken = end ? (size_t)(end + 1 - text) : 0;
    lines->skipping = !end && (rest || lines->have == sizeof lines->buffer);
    if (lines->skipping)
        chat_discard_(lines, lines->have);
    if (rest || (!end && !lines->skipping))
        return UV_EAGAIN;
    if (end && end > text && end[-1] == '\r')
        end--;
    if (!end || end - text > CHAT_LINE)
        return UV_EMSGSIZE;
    *end = '\0';
    chat_clean(text, (size_t)(end - text));
    return 0;
}

/* Without waiting.  UV_EAGAIN: read more bytes first. */
static inline int chat_line_look_(struct chat_lines *lines)
{
    int status;
    do {
        chat_discard_(lines, lines->taken);
        lines->taken = 0;
        status = chat_line_take_(lines);
    } while (status == UV_EAGAIN && lines->taken); /* that was only a rest */
    return status;
}

static inline enum poll chat_line_next_poll(struct future *f,
                                            struct context *cx)
{
    ASYNC_BEGIN(struct chat_line_next);
    AWAIT(budget_step(&self->step));
    while ((self->status = chat_line_look_(self->lines)) == UV_EAGAIN) {
        AWAIT(tcp_read(&self->read, self->lines->tcp,
                       self->lines->buffer + self->lines->have,
                       sizeof self->lines->buffer - self->lines->have));
        if (self->read.n <= 0) {
            self->status = self->read.n < 0 ? (int)self->read.n : UV_EOF;
            break;
        }
        self->lines->have += (size_t)self->read.n;
    }
    self->text = self->lines->buffer;
    ASYNC_END;
}

static const struct future_ops chat_line_next_ops_ = ASYNC_OPS(chat_line_next);

/* Wait for the next line. */
static inline struct future *chat_line_next(struct chat_line_next *self,
                                            struct chat_lines *lines)
{
    *self = (struct chat_line_next){ .async.future.ops = &chat_line_next_ops_,
                                     .lines = lines };
    return &self->async.future;
}
#endif
