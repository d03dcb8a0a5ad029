/* Texts are cut into pieces in each way, and the reader is dropped and made
 * again between them; the lines must be the same every time. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

struct book_ { /* a text that comes in pieces, and who reads it */
    const char *whole, *text; /* all of it; what has not come yet */
    char piece[PIECE + 1];
    struct source source;
    struct lines lines;
    struct next_line next;
    struct future *future; /* of `next` */
    struct poller task;
};

static void read_next_(struct book_ *b)
{
    b->future = next_line(&b->next, &b->lines);
}

static void set_up_(struct book_ *b, const char *text)
{
    *b = (struct book_){ .whole = text, .text = text };
    b->lines.source = &b->source;
    memset(b->lines.bytes, '\n', sizeof b->lines.bytes); /* not read yet */
    read_next_(b);
}

/* The next bytes come, at most so many; or else the end. */
static void come_(struct book_ *b, size_t n)
{
    int before = b->task.woken;
    struct waker waker = b->source.waker;
    size_t left = strlen(b->text);
    n = n < left ? n : left;
    memcpy(b->piece, b->text, n);
    b->piece[n] = '\0';
    b->text += n;
    b->source.piece = n ? b->piece : NULL;
    b->source.end = n == 0;
    b->source.waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
    CHECK(!waker.wake || b->task.woken == before + 1,
          "bytes came, and the task was not woken");
}

static enum poll poll_it_(struct book_ *b)
{
    WHILE("a line is read");
    return poll_by(&b->task, b->future);
}

/* As it would stand in a C program. */
static const char *quoted_(const char *line)
{
    static char texts[2][5 * LINE];
    static int which;
    char *text = texts[which = !which], *to = text;
    for (int i = 0; i < LINE && line[i]; i++) {
        unsigned char byte = (unsigned char)line[i];
        if (byte == '\r')
            to += sprintf(to, "\\r");
        else if (byte < ' ' || byte > '~')
            to += sprintf(to, "\\%03o", byte);
        else
            *to++ = line[i];
    }
    *to = '\0';
    return text;
}

static void must_wait_(struct book_ *b, const char *so_far)
{
    enum poll result = poll_it_(b);
    CHECK(result == POLL_PENDING || !b->next.end,
          "it says that this is the end, and more bytes will come: only a read "
          "of 0 bytes is the end");
    CHECK(result == POLL_PENDING,
          "READY, and only \"%s\" has come: that is neither a whole line nor "
          "the end",
          so_far);
    CHECK(b->source.waker.wake, "PENDING, and it does not read");
}

static void must_be_(struct book_ *b, const char *line)
{
    CHECK(!b->next.end,
          "the line \"%s\" should come, and it says that this is "
          "the end",
          line);
    CHECK(!strchr(b->next.line, '\n'),
          "the line \"%s\" is handed out with its newline", line);
    size_t known = strspn(b->next.line, b->whole);
    CHECK(known == strlen(b->next.line),
          "the line should be \"%s\", and it is \"%s\": the byte \\%03o was "
          "never sent.  There is no 0 behind the bytes of a piece, `n` says "
          "how many there are",
          quoted_(line), quoted_(b->next.line),
          (unsigned char)b->next.line[known]);
    CHECK(strcmp(b->next.line, line) == 0,
          "the line should be \"%s\", and it is \"%s\"", quoted_(line),
          quoted_(b->next.line));
}

/* The next line, without any more bytes. */
static void must_read_(struct book_ *b, const char *line)
{
    CHECK(poll_it_(b) == POLL_READY,
          "PENDING, although the whole line \"%s\" has come: was it thrown "
          "away with the line before, or did your code read again before it "
          "looked into its buffer?",
          line);
    must_be_(b, line);
    read_next_(b);
}

static void must_end_(struct book_ *b)
{
    CHECK(poll_it_(b) == POLL_READY, "PENDING, although this is the end");
    CHECK(b->next.end, "this is the end, and it hands out the line \"%.79s\"",
          b->next.line);
    read_next_(b);
}

static void drop_it_(struct book_ *b)
{
    future_drop(b->future);
    CHECK(!b->source.waker.wake, "dropped, and it still waits for the source");
    read_next_(b);
}

/* ---- Lines --------------------------------------------------------------- */

static void it_reads_a_line(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "one\ntwo\n");
    must_wait_(&b, "");
    come_(&b, 4);
    must_read_(&b, "one");
    must_wait_(&b, "");
    come_(&b, 4);
    must_read_(&b, "two");
}

static void a_line_may_come_in_pieces(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "a long line\n");
    come_(&b, 3);
    must_wait_(&b, "a l");
    come_(&b, 5);
    must_wait_(&b, "a long l");
    come_(&b, 4);
    must_read_(&b, "a long line");
}

static void a_piece_may_hold_several_lines(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "a\nbc\n\nd\nef\n");
    come_(&b, 8);
    must_read_(&b, "a");
    must_read_(&b, "bc");
    must_read_(&b, "");
    must_read_(&b, "d");
    must_wait_(&b, "");
    come_(&b, 8);
    must_read_(&b, "ef");
}

static void a_whole_line_is_handed_out_before_more_is_read(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "a\nb\nc\n");
    come_(&b, 4);
    must_read_(&b, "a");
    come_(&b, 2); /* while "b" is still in the buffer */
    must_read_(&b, "b");
    CHECK(b.source.piece,
          "the whole line \"b\" was there, and the next piece was read before "
          "it was handed out");
    must_read_(&b, "c");
}

static void after_the_last_line_comes_the_end(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "a\nb");
    come_(&b, 3);
    must_read_(&b, "a");
    must_wait_(&b, "b");
    come_(&b, 1); /* the end */
    must_read_(&b, "b");
    must_end_(&b);
    must_end_(&b);

    set_up_(&b, "");
    come_(&b, 1);
    must_end_(&b);

    set_up_(&b, "a\n\n");
    come_(&b, 3);
    must_read_(&b, "a");
    must_read_(&b, "");
    must_wait_(&b, "");
    come_(&b, 1);
    must_end_(&b);
}

/* The longest line that there may be, then "short", then "x"; `first` bytes
 * come in the first piece, and it is dropped before each other one. */
static void read_a_long_line_(size_t first, bool drops)
{
    static struct book_ b; /* the same one each time */
    char text[2 * LINE + 1], line[LINE] = "";
    memset(text, 'x', LINE - 1);
    strcpy(text + LINE - 1, "\nshort\nx");
    memset(line, 'x', LINE - 1);
    set_up_(&b, text);
    must_wait_(&b, "");
    come_(&b, first);
    while (poll_it_(&b) == POLL_PENDING) {
        CHECK(strlen(b.text) > 0,
              "a line of %d bytes has come, and it is not handed out",
              LINE - 1);
        if (drops)
            drop_it_(&b);
        come_(&b, PIECE);
    }
    must_be_(&b, line);
    read_next_(&b);
    while (poll_it_(&b) == POLL_PENDING)
        come_(&b, PIECE);
    must_be_(&b, "short");
    read_next_(&b);
    while (poll_it_(&b) == POLL_PENDING)
        come_(&b, PIECE);
    must_be_(&b, "x");
}

static void a_long_line_fits(void **state)
{
    (void)state;
    ASIDE("A line may have 79 bytes, and the piece that ends it brings up to 7 "
          "bytes of the next one: there must be room for all of them.");
    for (size_t first = 1; first <= PIECE; first++)
        read_a_long_line_(first, false);
    ASIDE("");
}

static void all_bytes_but_the_newline_belong_to_the_line(void **state)
{
    static const char *const lines[] = { "a\r",      "\r",    " b ", "\t",
                                         "\377\200", "d\v\f", "\x01" };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct book_ b;
        char text[16];
        snprintf(text, sizeof text, "%s\nz\n", lines[i]);
        set_up_(&b, text);
        come_(&b, PIECE);
        must_read_(&b, lines[i]);
        must_read_(&b, "z");
        must_wait_(&b, "");
        future_drop(b.future);
    }
}

/* ---- Dropped ------------------------------------------------------------- */

static void dropped_in_the_middle_of_a_line_it_loses_nothing(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "important\n");
    for (int i = 0; i < 9; i++) {
        come_(&b, 1);
        (void)poll_it_(&b);
        drop_it_(&b);
    }
    come_(&b, 1);
    CHECK(poll_it_(&b) == POLL_READY,
          "dropped after each byte, and it never gets \"important\"");
    CHECK(strcmp(b.next.line, "important") == 0,
          "dropped after each byte and made again: of \"important\" only "
          "\"%.79s\" is left",
          b.next.line);
}

static void dropped_when_it_was_woken_it_loses_nothing(void **state)
{
    struct book_ b;
    (void)state;
    set_up_(&b, "ab\ncd\n");
    must_wait_(&b, "");
    come_(&b, 4); /* woken, and not polled */
    drop_it_(&b);
    must_read_(&b, "ab");
    must_wait_(&b, "c");
    drop_it_(&b);
    must_wait_(&b, "c");
    come_(&b, 2);
    drop_it_(&b);
    must_read_(&b, "cd");
}

static void dropped_in_the_middle_of_a_long_line_too(void **state)
{
    (void)state;
    read_a_long_line_(PIECE, true);
}

/* Each way to cut it, and dropped at each poll where a bit is set. */
static void however_it_is_cut_and_dropped_the_lines_are_the_same(void **state)
{
    static const char *const lines[] = { "one", "", "", "a longer line", "x" };
    struct book_ b;
    (void)state;
    for (size_t cut = 1; cut <= PIECE; cut += cut / 2 + 1)
        for (unsigned drops = 0; drops < 256; drops += 17) {
            unsigned polls = 0;
            set_up_(&b, "one\n\n\na longer line\nx");
            for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                for (; poll_it_(&b) == POLL_PENDING; polls++) {
                    unsigned turn = polls % 4 * 2;
                    if (drops >> turn & 1)
                        drop_it_(&b);
                    come_(&b, cut);
                    if (drops >> turn & 2)
                        drop_it_(&b);
                }
                must_be_(&b, lines[i]);
                read_next_(&b);
            }
            must_end_(&b);
        }
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct book_ book;
    char text[24];
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    snprintf(me->text, sizeof me->text, "from %d\nend", ++number);
    set_up_(&me->book, me->text);
}

static void gets_a_piece_(void *life)
{
    struct life_ *me = life;
    come_(&me->book, 3);
    must_wait_(&me->book, "fro");
}

static void is_dropped_(void *life)
{
    struct life_ *me = life;
    drop_it_(&me->book);
    must_wait_(&me->book, "fro");
}

static void reads_the_line_(void *life)
{
    struct life_ *me = life;
    char line[sizeof me->text];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(me->text, "\n"), me->text);
    while (strlen(me->book.text) > 3) {
        come_(&me->book, 1);
        if (strlen(me->book.text) > 3)
            must_wait_(&me->book, "a part of it");
    }
    must_read_(&me->book, line);
}

static void reads_the_last_line_(void *life)
{
    struct life_ *me = life;
    come_(&me->book, 3);
    must_wait_(&me->book, "end");
    come_(&me->book, 1);
    must_read_(&me->book, "end");
}

static void comes_to_its_end_(void *life)
{
    struct life_ *me = life;
    must_end_(&me->book);
}

static void two_readers_do_not_mix(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, gets_a_piece_, is_dropped_, reads_the_line_,
                reads_the_last_line_, comes_to_its_end_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_reads_a_line),
    cmocka_unit_test(a_line_may_come_in_pieces),
    cmocka_unit_test(a_piece_may_hold_several_lines),
    cmocka_unit_test(a_whole_line_is_handed_out_before_more_is_read),
    cmocka_unit_test(after_the_last_line_comes_the_end),
    cmocka_unit_test(a_long_line_fits),
    cmocka_unit_test(all_bytes_but_the_newline_belong_to_the_line),
    cmocka_unit_test(dropped_in_the_middle_of_a_line_it_loses_nothing),
    cmocka_unit_test(dropped_when_it_was_woken_it_loses_nothing),
    cmocka_unit_test(dropped_in_the_middle_of_a_long_line_too),
    cmocka_unit_test(however_it_is_cut_and_dropped_the_lines_are_the_same),
    cmocka_unit_test(two_readers_do_not_mix),
};
EXERCISE_MAIN(tests)
