/* chat_line.h: what is cleaned, and how bytes become lines. */
#include "a05_spawn/tests/tcp_peer.h"
#include "a08_channels/chat_line.h"

/* ---- Harmless ------------------------------------------------------------ */

struct cleaning {
    const char *dirty, *clean;
};

#define CLEAN(table) clean_all(table, sizeof table / sizeof table[0])
static void clean_all(const struct cleaning *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[64];
        strcpy(text, table[i].dirty);
        chat_clean(text, strlen(text));
        assert_string_equal(text, table[i].clean);
    }
}

/* CHAT-06 */
static void text_stays_as_it_is(void **state)
{
    static const struct cleaning same[] = {
        { "", "" },
        { " ~az09", " ~az09" },
        { "\xc2\xa0\xdf\xbf", "\xc2\xa0\xdf\xbf" },
        { "\xe0\xa0\x80\xe2\x80\xa7", "\xe0\xa0\x80\xe2\x80\xa7" },
        { "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80" },
        { "\xef\xbf\xbf", "\xef\xbf\xbf" },
        { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
          "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
        { "\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
          "\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa" }, /* beside the bad ones */
    };
    CLEAN(same);
}

/* CHAT-06 */
static void what_is_not_utf_8_becomes_question_marks(void **state)
{
    static const struct cleaning bad[] = {
        { "a\x80z", "a?z" },                      /* no first byte */
        { "\xbf\xbf", "??" },                     /* the same */
        { "\xc3", "?" },                          /* cut at the end */
        { "\xe2\x82", "??" },                     /* the same */
        { "\xf0\x9f\x98", "???" },                /* the same */
        { "\xc3(", "?(" },                        /* cut in the middle */
        { "\xe2\x82(", "?\?(" },                  /* the same */
        { "\xe2(\xa1", "?(?" },                   /* the same */
        { "\xc3\xc3\xa9", "?\xc3\xa9" },          /* what follows is whole */
        { "\xc0\xaf", "??" },                     /* a slash, too long */
        { "\xc1\xbf", "??" },                     /* the same, of 0x7f */
        { "\xe0\x9f\xbf", "???" },                /* the same, of 0x7ff */
        { "\xf0\x8f\xbf\xbf", "????" },           /* the same, of 0xffff */
        { "\xed\xa0\x80", "???" },                /* the first surrogate */
        { "\xed\xbf\xbf", "???" },                /* the last one */
        { "\xf4\x90\x80\x80", "????" },           /* behind the last code */
        { "\xf8\x88\x80\x80\x80", "?????" },      /* of five bytes */
        { "\xfc\x84\x80\x80\x80\x80", "??????" }, /* of six */
        { "\xfe\xff", "??" },                     /* never in UTF-8 */
    };
    CLEAN(bad);
}

/* CHAT-06 */
static void control_characters_become_question_marks(void **state)
{
    static const struct cleaning controls[] = {
        { "\x1b[2J", "?[2J" },
        { "a\rb\nc\bd\x1f\x7f", "a?b?c?d??" },
        { "a\tb", "a b" },
        { "\xc2\x80\xc2\x9b\xc2\x9f", "??????" }, /* C1; 9b is like ESC [ */
        { "\xe2\x80\xa8\xe2\x80\xa9", "??????" }, /* ends of lines */
        { "\xe2\x80\xae\xe2\x80\xaa", "??????" }, /* turn the direction */
        { "\xe2\x81\xa6\xe2\x81\xa9", "??????" },
        { "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "????????" },
    };
    char zero[] = "a\0b";
    CLEAN(controls);
    chat_clean(zero, 3);
    assert_string_equal(zero, "a?b");
}

/* CHAT-06 */
static void of_all_codes_exactly_the_harmless_stay(void **state)
{
    size_t stay = 0;
    for (uint32_t a = 0; a < 256; a++) {
        for (uint32_t b = 0; b < 256; b++) {
            char two[2] = { (char)a, (char)b }, same[2];
            memcpy(same, two, 2);
            chat_clean(two, 2);
            stay += memcmp(two, same, 2) == 0;
        }
    }
    /* 95 of one byte each, a pair of them; and of two bytes 0x80 to 0x7ff but
     * for 32 of C1 and one that turns the direction. */
    assert_int_equal(stay, 95 * 95 + (0x800 - 0x80) - 32 - 1);
}

/* ---- Lines --------------------------------------------------------------- */

static struct chat_lines lines;
static int peer;

static void start(void)
{
    up(&virtual_clock);
    lines = (struct chat_lines){ .tcp = pair(&peer) };
}

static void end(void)
{
    tcp_close(lines.tcp);
    close(peer);
    down();
}

/* The next line, or the error in its place. */
static const char *next(void)
{
    static char text[CHAT_LINE + 1];
    struct chat_line_next line;
    block_on(&ex, chat_line_next(&line, &lines));
    snprintf(text, sizeof text, "%s",
             line.status ? uv_err_name(line.status) : line.text);
    return text;
}

static void peer_says_x(size_t n)
{
    static char much[2000];
    memset(much, 'x', sizeof much);
    assert_int_equal(send(peer, much, n, 0), (ssize_t)n);
}

/* CHAT-04 */
static void lines_are_whole_however_they_come(void **state)
{
    start();
    peer_says(peer, "one\ntwo\r\n\n\r\nfo");
    assert_string_equal(next(), "one");
    assert_string_equal(next(), "two");
    assert_string_equal(next(), "");
    assert_string_equal(next(), "");
    peer_says(peer, "ur\na\rb\r\r\n");
    assert_string_equal(next(), "four");
    assert_string_equal(next(), "a?b?");
    end();
}

/* CHAT-04 */
static void a_line_that_is_not_complete_at_the_end_is_discarded(void **state)
{
    start();
    peer_says(peer, "one\nhalf");
    (void)shutdown(peer, SHUT_WR);
    assert_string_equal(next(), "one");
    assert_string_equal(next(), "EOF");
    assert_string_equal(next(), "EOF");
    end();
    start();
    peer_says(peer, "half");
    peer_resets(peer);
    assert_string_equal(next(), "ECONNRESET");
    tcp_close(lines.tcp);
    down();
}

/* CHAT-05 */
static void the_longest_line_fits_with_either_end(void **state)
{
    for (int crlf = 0; crlf < 2; crlf++) {
        start();
        peer_says_x(CHAT_LINE);
        peer_says(peer, crlf ? "\r\n" : "\n");
        assert_int_equal(strlen(next()), CHAT_LINE);
        peer_says_x(CHAT_LINE + 1);
        peer_says(peer, crlf ? "\r\nnext\n" : "\nnext\n");
        assert_string_equal(next(), "EMSGSIZE");
        assert_string_equal(next(), "next");
        end();
    }
}

/* CHAT-05 */
static void of_a_line_that_is_too_long_the_rest_is_no_line(void **state)
{
    for (size_t n = CHAT_LINE - 2; n < 3 * CHAT_LINE; n++) {
        start();
        peer_says_x(n);
        peer_says(peer, "\nnext\n");
        if (n <= CHAT_LINE)
            assert_int_equal(strlen(next()), n);
        else
            assert_string_equal(next(), "EMSGSIZE");
        assert_string_equal(next(), "next");
        end();
    }
}

/* CHAT-05 */
static void too_long_is_said_before_the_line_ends(void **state)
{
    start();
    peer_says_x(CHAT_LINE + 2);
    assert_string_equal(next(), "EMSGSIZE");
    (void)shutdown(peer, SHUT_WR);
    assert_string_equal(next(), "EOF"); /* and not once more */
    end();
}

/* CHAT-04 */
static void a_next_that_is_dropped_loses_nothing(void **state)
{
    static const char *const parts[] = { "a", "b", "c", "\nnext\n" };
    struct chat_line_next line;
    enum poll result;
    start();
    for (int i = 0; i < 4; i++) {
        chat_line_next(&line, &lines);
        assert_int_equal(poll_with(&ex, &line.async.future), POLL_PENDING);
        peer_says(peer, parts[i]);
        look();
        if (i % 2) /* one has read its part, the other has not */
            result = poll_with(&ex, &line.async.future);
        future_drop(&line.async.future);
    }
    assert_int_equal(result, POLL_READY);
    assert_string_equal(line.text, "abc");
    assert_string_equal(next(), "next");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(what_is_not_utf_8_becomes_question_marks),
        cmocka_unit_test(control_characters_become_question_marks),
        cmocka_unit_test(of_all_codes_exactly_the_harmless_stay),
        cmocka_unit_test(lines_are_whole_however_they_come),
        cmocka_unit_test(a_line_that_is_not_complete_at_the_end_is_discarded),
        cmocka_unit_test(the_longest_line_fits_with_either_end),
        cmocka_unit_test(of_a_line_that_is_too_long_the_rest_is_no_line),
        cmocka_unit_test(too_long_is_said_before_the_line_ends),
        cmocka_unit_test(a_next_that_is_dropped_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
