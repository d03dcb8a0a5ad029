/* text.h: a subscriber that writes a line of text for each event.
 *
 *     20 ms  INFO  task 2  request{id=7}: found size=12  a10_spans.c:41
 *
 * It is the time, the level, the task, the spans around it (the outermost
 * first), the message, its fields, and the place in the source.  A string is
 * in quotes.  In it a control character and a byte that is no UTF-8 are written
 * as escapes, such as \n and \xff; otherwise a client could forge a line.  On a
 * terminal the level is coloured, unless NO_COLOR is set.  Lines of several
 * threads do not mix.
 */
#ifndef A10_TEXT_H
#define A10_TEXT_H

#include <inttypes.h>
#include <unistd.h>
#include "a10_tracing/trace.h"

struct text_log {
    struct subscriber subscriber;
    FILE *out;   /* yours; it is flushed by you */
    bool colour; /* of the level */
    bool place;  /* the file and the line, at the end */
    bool spans;  /* also a line when a span is new, entered, left, closed */
};

/* How many bytes the first character has; 0: it is no UTF-8. */
static inline size_t text_character_(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = *s < 0x80   ? 1
               : *s < 0xc2 ? 0
               : *s < 0xe0 ? 2
               : *s < 0xf0 ? 3
               : *s < 0xf5 ? 4
                           : 0;
    for (size_t i = 1; i < n; i++)
        if (s[i] >> 6 != 2)
            return 0;
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
        (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
        return 0; /* too long, a surrogate, or above U+10FFFF */
    return n;
}

static inline void text_quote_(FILE *out, const char *text)
{
    size_t n;
    putc('"', out);
    for (; *text; text += n) {
        unsigned char c = (unsigned char)*text;
        n = text_character_(text);
        if (c == 0xc2 && n && (unsigned char)text[1] < 0xa0)
            fprintf(out, "\\x%02x", (unsigned char)text[1]); /* to U+009F */
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (n == 0 || c < ' ' || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fwrite(text, 1, n, out);
        n += n == 0;
    }
    putc('"', out);
}

static inline void text_value_(FILE *out, const struct field *f)
{
    switch (f->kind) {
    case FIELD_BOOL:
        fputs(f->value.yes ? "true" : "false", out);
        break;
    case FIELD_INT:
        fprintf(out, "%" PRId64, f->value.i);
        break;
    case FIELD_UINT:
        fprintf(out, "%" PRIu64, f->value.u);
        break;
    case FIELD_DOUBLE:
        fprintf(out, "%g", f->value.d);
        break;
    case FIELD_TEXT:
        if (f->value.text)
            text_quote_(out, f->value.text);
        else
            fputs("null", out);
        break;
    }
}

static inline void text_fields_(FILE *out, const struct field *f,
                                const char *before)
{
    for (; f->name; f++, before = " ") {
        fprintf(out, "%s%s=", before, f->name);
        text_value_(out, f);
    }
}

static inline void text_spans_(FILE *out, const struct span *span)
{
    if (!span)
        return;
    text_spans_(out, span->outer);
    fputs(span->site.message, out);
    if (span->fields[0].name) {
        text_fields_(out, span->fields, "{");
        putc('}', out);
    }
    fputs(": ", out);
}

static inline void text_what_(FILE *out, const struct record *r)
{
    static const char *const words[] = { NULL, "new", "enter", "exit",
                                         "close" };
    if (r->kind == RECORD_EVENT) {
        fputs(r->site->message, out);
        text_fields_(out, r->fields, " ");
        return;
    }
    fputs(words[r->kind], out);
    if (r->kind == SPAN_CLOSE)
        fprintf(out, " busy=%" PRIu64 "ms idle=%" PRIu64 "ms polls=%" PRIu64,
                r->span->busy / 1000000, r->span->idle / 1000000,
                r->span->polls);
}

static inline void text_write_(struct subscriber *s, const struct record *r)
{
    static const char *const colours[] = { "", "31", "33", "32", "34", "35" };
    struct text_log *self = container_of(s, struct text_log, subscriber);
    const char *colour = self->colour ? colours[r->site->level] : NULL;
    if (r->kind != RECORD_EVENT && !self->spans)
        return;
    flockfile(self->out);
    fprintf(self->out, "%4" PRIu64 " ms  ", r->ns / 1000000);
    if (colour)
        fprintf(self->out, "\033[%sm", colour);
    fprintf(self->out, "%-5s", level_name(r->site->level));
    fputs(colour ? "\033[0m  " : "  ", self->out);
    if (r->task)
        fprintf(self->out, "task %u  ", r->task);
    text_spans_(self->out, r->span);
    text_what_(self->out, r);
    if (self->place)
        fprintf(self->out, "  %s:%d", site_file(r->site), r->site->line);
    putc('\n', self->out);
    funlockfile(self->out);
}

/* Give the result to log_subscribe(). */
static inline struct subscriber *text_log(struct text_log *self, FILE *out)
{
    *self = (struct text_log){ .subscriber.write = text_write_, .out = out };
    self->place = true;
    self->colour = isatty(fileno(out)) && !getenv("NO_COLOR");
    return &self->subscriber;
}
#endif
