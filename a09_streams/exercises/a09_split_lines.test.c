/* Texts are cut into pieces in each way, with and without waits between. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

enum { TEXT_ = 200 };

/* A text that comes in pieces of at most `most` bytes.  Each lies in a block
 * of its own, which is freed when the next one is asked for. */
struct pieces_ {
    struct stream stream;
    const char *next;
    size_t left, most;
    bool waits, waited; /* before each piece, and before the end */
    struct waker waker;
    struct piece piece;
    char *block;
    int drops;
};

static enum stream_poll pieces_poll_next_(struct stream *s, struct context *cx)
{
    struct pieces_ *self = container_of(s, struct pieces_, stream);
    size_t n = self->left < self->most ? self->left : self->most;
    probe_source_looks_at(s, cx);
    free(self->block);
    self->block = NULL;
    self->piece = (struct piece){ "?", 1 }; /* the old one is gone */
    if (self->waits && !self->waited) {
        self->waker = context_waker(cx);
        return STREAM_PENDING;
    }
    self->waited = false;
    if (n == 0)
        return STREAM_END;
    self->block = malloc(n);
    self->piece = (struct piece){ memcpy(self->block, self->next, n), n };
    self->next += n;
    self->left -= n;
    s->item = &self->piece;
    return STREAM_ITEM;
}

static void pieces_drop_(struct stream *s)
{
    struct pieces_ *self = container_of(s, struct pieces_, stream);
    self->drops++;
    free(self->block);
    self->block = NULL;
}

static const struct stream_ops pieces_ops_ = { .name = "the source",
                                               .poll_next = pieces_poll_next_,
                                               .drop = pieces_drop_ };

static struct case_ { /* a text, the stream of its lines, who asks */
    struct pieces_ pieces;
    struct stream *stream;
    struct poller task;
    char text[TEXT_];
    struct split_lines lines; /* the last: nothing of ours stands behind it */
} case_, *now_;

static void start_(struct case_ *c, const char *text, size_t most, bool waits)
{
    memset(c, 0, sizeof *c);
    strcpy(c->text, text);
    c->pieces = (struct pieces_){ .stream.ops = &pieces_ops_,
                                  .next = c->text,
                                  .left = strlen(text),
                                  .most = most,
                                  .waits = waits };
    c->stream = split_lines(&c->lines, &c->pieces.stream);
}

/* With <CR> and <LF> for those bytes. */
static const char *quoted_(const char *text)
{
    static char texts[2][5 * TEXT_];
    static int which;
    char *begin = texts[which = !which], *to = begin;
    for (; *text && to < begin + 4 * TEXT_; text++)
        if (*text == '\r' || *text == '\n')
            to += sprintf(to, *text == '\r' ? "<CR>" : "<LF>");
        else
            *to++ = *text;
    *to = '\0';
    return begin;
}

static void look_at_pending_(void)
{
    CHECK(now_->pieces.stream.ops && now_->pieces.waits && !now_->pieces.waited,
          "your stream is PENDING, and its source is not: nothing would ever "
          "poll your stream again");
}

static enum stream_poll poll_(struct case_ *c)
{
    int before = c->task.woken;
    enum stream_poll result;
    now_ = c;
    WHILE("a line comes, or the source is pending");
    result = probe_poll_next(&c->task, c->stream, look_at_pending_);
    CHECK(c->task.woken == before,
          "the source is pending, so your stream is, and wakes itself: it "
          "would be polled again and again, although no piece has come");
    CHECK(result != STREAM_ITEM || !strchr(c->stream->item, '?'),
          "the line \"%s\" contains bytes of a piece that is gone, because the "
          "source was polled again: copy the item of the source, a struct "
          "piece, to self->piece",
          quoted_(c->stream->item));
    return result;
}

/* Through its waits. */
static enum stream_poll next_(struct case_ *c)
{
    enum stream_poll result;
    while ((result = poll_(c)) == STREAM_PENDING) {
        struct waker waker = c->pieces.waker;
        c->pieces.waited = true;
        waker_wake(waker);
    }
    return result;
}

static void must_give_(struct case_ *c, const char *line)
{
    const char *item;
    CHECK(next_(c) == STREAM_ITEM,
          "the line \"%s\" should come, and your stream has ended",
          quoted_(line));
    item = c->stream->item;
    CHECK(memchr(item, '\0', LINE + 1),
          "the line \"%s\" should come, and your item does not end with a NUL",
          quoted_(line));
    CHECK(strcmp(item, line) == 0,
          "the line should be \"%s\", and it is \"%s\"", quoted_(line),
          quoted_(item));
}

static void must_end_(struct case_ *c)
{
    CHECK(next_(c) == STREAM_END,
          "there is nothing more, and your stream gives the line \"%s\"",
          quoted_(c->stream->item));
    CHECK(!c->pieces.stream.ops,
          "your stream has ended, and its source has not");
}

/* `wanted`: each line, with "/" behind it. */
static void must_be_lines_(const char *text, const char *wanted, size_t most,
                           bool waits)
{
    static char about[400];
    snprintf(about, sizeof about,
             "The text was \"%s\", in pieces of at most %zu bytes%s.",
             quoted_(text), most, waits ? ", with waits between them" : "");
    ASIDE(about);
    start_(&case_, text, most, waits);
    while (*wanted) {
        char line[TEXT_] = "";
        size_t n = strcspn(wanted, "/");
        memcpy(line, wanted, n);
        must_give_(&case_, line);
        wanted += n + 1;
    }
    must_end_(&case_);
    ASIDE("");
}

static void it_splits_at_each_newline(void **state)
{
    (void)state;
    must_be_lines_("one\n", "one/", TEXT_, false);
    must_be_lines_("one\ntwo\nthree\n", "one/two/three/", TEXT_, false);
    must_be_lines_("one\n\n\ntwo\n", "one///two/", TEXT_, false);
}

static void the_last_line_may_lack_its_newline(void **state)
{
    (void)state;
    must_be_lines_("one\ntwo", "one/two/", TEXT_, false);
    must_be_lines_("", "", TEXT_, false);
    must_be_lines_("\n", "/", TEXT_, false);
}

static void cr_lf_is_a_newline(void **state)
{
    (void)state;
    must_be_lines_("one\r\ntwo\r\n", "one/two/", TEXT_, false);
    must_be_lines_("\r\n\r\n", "//", TEXT_, false);
    must_be_lines_("a\rb\n\rc\n", "a\rb/\rc/", TEXT_, false);
    must_be_lines_("a\r\r\nb\r", "a\r/b\r/", TEXT_, false);
}

static const char *const texts_[][2] = {
    { "one\ntwo\n", "one/two/" },
    { "one\r\n\r\ntwo\r\nthree", "one//two/three/" },
    { "\n\na\r\nb\rc\r", "//a/b\rc\r/" },
    { "\xc3\xa4\xff\n\r", "\xc3\xa4\xff/\r/" },
    { "\r\n\n\r\n", "///" },
};

static void however_it_is_cut_the_lines_are_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts_ / sizeof *texts_; i++)
        for (size_t most = strlen(texts_[i][0]); most >= 1; most--)
            must_be_lines_(texts_[i][0], texts_[i][1], most, false);
}

static void while_it_waits_it_keeps_what_has_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts_ / sizeof *texts_; i++)
        for (size_t most = strlen(texts_[i][0]); most >= 1; most--)
            must_be_lines_(texts_[i][0], texts_[i][1], most, true);
}

static void a_line_that_has_come_does_not_wait(void **state)
{
    (void)state;
    start_(&case_, "a\nb\n-", 4, true);
    CHECK(poll_(&case_) == STREAM_PENDING,
          "no piece has come, and your stream is not PENDING");
    case_.pieces.waited = true;
    must_give_(&case_, "a");
    CHECK(poll_(&case_) == STREAM_ITEM,
          "one piece brought the lines \"a\" and \"b\", and after \"a\" your "
          "stream asks for the next piece: it must first use what it has");
    CHECK(strcmp(case_.stream->item, "b") == 0,
          "one piece brought the lines \"a\" and \"b\", and the second line is "
          "\"%s\"",
          quoted_(case_.stream->item));
    stream_drop(case_.stream);
    stream_drop(&case_.pieces.stream);
}

static void a_long_line_fits(void **state)
{
    char text[TEXT_], line[LINE] = "", wanted[TEXT_ + 1];
    (void)state;
    memset(line, 'x', LINE - 2);
    snprintf(text, sizeof text, "%s\r\ny\n", line);
    snprintf(wanted, sizeof wanted, "%s/y/", line);
    must_be_lines_(text, wanted, 10, false);
    must_be_lines_(text, wanted, LINE + 1, false);
    for (int bytes = LINE - 1; bytes <= LINE; bytes++) {
        ASIDE("A line has up to LINE bytes, and your item a NUL behind them.");
        snprintf(text, sizeof text, "%.*s%.*s", LINE - 2, line,
                 bytes - (LINE - 2), "xx");
        snprintf(wanted, sizeof wanted, "%s/", text);
        must_be_lines_(text, wanted, 10, true);
    }
}

static void a_drop_drops_the_source(void **state)
{
    (void)state;
    start_(&case_, "one\ntw", 5, true);
    must_give_(&case_, "one");
    (void)poll_(&case_);
    stream_drop(case_.stream);
    CHECK(case_.pieces.drops == 1,
          "your stream was dropped, and the source was not dropped: what it "
          "holds is never released");
    CHECK(!case_.pieces.stream.ops,
          "your stream was dropped, and the source's drop was called, but not "
          "through stream_drop(): nobody knows that it is over");
}

/* ---- Two at the same time ------------------------------------------------ */

static void begins_(void *life)
{
    static int number;
    char text[TEXT_];
    snprintf(text, sizeof text, "from %d\r\nlast", ++number % 10);
    start_(life, text, 3, true);
    (void)poll_(life);
}

static void gives_one_(void *life)
{
    struct case_ *me = life;
    char line[TEXT_] = "";
    memcpy(line, me->text, strcspn(me->text, "\r"));
    must_give_(me, line);
}

static void waits_(void *life)
{
    (void)poll_(life);
}

static void ends_(void *life)
{
    must_give_(life, "last");
    must_end_(life);
}

static void two_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(case_, begins_, gives_one_, waits_, ends_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_splits_at_each_newline),
    cmocka_unit_test(the_last_line_may_lack_its_newline),
    cmocka_unit_test(cr_lf_is_a_newline),
    cmocka_unit_test(however_it_is_cut_the_lines_are_the_same),
    cmocka_unit_test(while_it_waits_it_keeps_what_has_come),
    cmocka_unit_test(a_line_that_has_come_does_not_wait),
    cmocka_unit_test(a_long_line_fits),
    cmocka_unit_test(a_drop_drops_the_source),
    cmocka_unit_test(two_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
