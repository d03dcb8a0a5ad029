/* marc.h: good and broken records, in whatever pieces they come. */
#include "a08_channels/marc_build.h"
#include "a08_channels/marc_title.h"
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

enum { INPUT = 1 << 20 };
static unsigned char input[INPUT];
static size_t size; /* of input */
static struct marc marc;

/* ---- What goes in -------------------------------------------------------- */

static void put(const void *bytes, size_t n)
{
    assert_true(size + n <= INPUT);
    memcpy(input + size, bytes, n);
    size += n;
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

/* A record with this title; where it stands. */
static unsigned char *put_record(const char *title)
{
    char field[200];
    const char *fields[] = { "001own-1", field, "500  $aNote" };
    unsigned char *r = input + size;
    snprintf(field, sizeof field, "24510$a%s", title);
    size += marc_build(r, fields, 3);
    return r;
}

/* A record of n bytes, which is more than two thousand. */
static unsigned char *put_long(size_t n)
{
    static char data[11][9999 + 3];
    const char *fields[11];
    unsigned char *r = input + size;
    size_t rest = n - MARC_LEADER - 2 - 11 * (MARC_ENTRY + 1);
    for (int i = 0; i < 11; i++) {
        size_t part = i == 10 ? rest : n / 11 - 13;
        snprintf(data[i], sizeof data[i], "5%02d%0*d", i, (int)part, i);
        fields[i] = data[i];
        rest -= part;
    }
    assert_int_equal(marc_build_size(fields, 11), n);
    size += marc_build(r, fields, 11);
    return r;
}

/* ---- What comes out ------------------------------------------------------ */

static unsigned long long hash(const unsigned char *bytes, uint64_t n)
{
    unsigned long long h = 14695981039346656037u; /* FNV-1a */
    for (uint64_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

static size_t any_number(size_t most)
{
    static unsigned long long seed = 1;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return 1 + (size_t)(seed >> 33) % most;
}

/* All events of the input, given in pieces of up to `most` bytes; of random
 * sizes if `random`. */
static char *events(size_t most, bool random)
{
    static char text[1 << 16];
    size_t given = 0, n = 0;
    enum marc_event event;
    marc_init(&marc);
    *text = '\0';
    while ((event = marc_next(&marc)) != MARC_END) {
        size_t room, piece = random ? any_number(most) : most;
        assert_true(n + 256 < sizeof text);
        if (event == MARC_MORE) {
            unsigned char *to = marc_room(&marc, &room);
            assert_true(room >= MARC_ROOM);
            piece = piece > room ? room : piece;
            piece = piece > size - given ? size - given : piece;
            memcpy(to, input + given, piece);
            marc_add(&marc, piece);
            given += piece;
            continue;
        }
        n += (size_t)snprintf(text + n, 256, "%llu at %llu, %llu bytes",
                              (unsigned long long)marc.number,
                              (unsigned long long)marc.offset,
                              (unsigned long long)marc.size);
        if (event == MARC_RECORD)
            n += (size_t)snprintf(text + n, 256, " %llx\n",
                                  hash(marc.record, marc.size));
        else
            n += (size_t)snprintf(text + n, 256, ": %s\n", marc.error);
    }
    assert_int_equal(given, size);
    assert_int_equal(marc_next(&marc), MARC_END);
    return text;
}

/* The same, however the input is cut. */
static const char *all_events(void)
{
    static char whole[1 << 16];
    strcpy(whole, events(INPUT, false));
    assert_string_equal(events(1, false), whole);
    for (int i = 0; i < 3; i++)
        assert_string_equal(events(3000, true), whole);
    return whole;
}

static struct expected {
    char text[4096];
    size_t n, number;
} expected;

static void begin(void)
{
    size = 0;
    memset(&expected, 0, sizeof expected);
}

static void expect_record(const unsigned char *r)
{
    size_t n = (size_t)marc_number(r, 5);
    expected.n +=
        (size_t)snprintf(expected.text + expected.n,
                         sizeof expected.text - expected.n,
                         "%zu at %zu, %zu bytes %llx\n", ++expected.number,
                         (size_t)(r - input), n, hash(r, n));
}

static void expect_broken(const unsigned char *from, size_t n, const char *why)
{
    expected.n +=
        (size_t)snprintf(expected.text + expected.n,
                         sizeof expected.text - expected.n,
                         "%zu at %zu, %zu bytes: %s\n", ++expected.number,
                         (size_t)(from - input), n, why);
}

static void check(void)
{
    assert_string_equal(all_events(), expected.text);
}

/* ---- Good ones ----------------------------------------------------------- */

static void nothing(void **state)
{
    begin();
    check();
    put_text("\r\n\n\r");
    check();
}

static void good_records(void **state)
{
    begin();
    expect_record(put_record("one"));
    expect_record(put_record("two"));
    check();
}

static void line_ends_between_records(void **state)
{
    begin();
    put_text("\n");
    expect_record(put_record("one"));
    put_text("\r\n");
    expect_record(put_record("two"));
    put_text("\r\n\r\n");
    check();
}

static void a_record_without_fields(void **state)
{
    begin();
    size = marc_build(input, NULL, 0);
    assert_int_equal(size, 26);
    expect_record(input);
    check();
}

static void the_longest_record(void **state)
{
    begin();
    expect_record(put_record("in front"));
    expect_record(put_long(MARC_LONGEST));
    expect_record(put_long(MARC_LONGEST));
    expect_record(put_record("behind"));
    check();
}

/* The order of the directory need not be the order of the fields. */
static void a_directory_in_another_order(void **state)
{
    unsigned char *r, entry[MARC_ENTRY];
    begin();
    r = put_record("one");
    memcpy(entry, r + MARC_LEADER, MARC_ENTRY);
    memmove(r + MARC_LEADER, r + MARC_LEADER + MARC_ENTRY, MARC_ENTRY);
    memcpy(r + MARC_LEADER + MARC_ENTRY, entry, MARC_ENTRY);
    expect_record(r);
    check();
}

/* ---- One check after the other ------------------------------------------- */

/* A good record, one that the test breaks, a good one. */
static unsigned char *three(size_t *n)
{
    unsigned char *r;
    begin();
    expect_record(put_record("in front"));
    r = put_record("broken");
    *n = (size_t)(input + size - r);
    return r;
}

static void refused(const unsigned char *r, size_t n, const char *why)
{
    expect_broken(r, n, why);
    expect_record(put_record("behind"));
    check();
}

#define BREAK(at, bytes, why)                       \
    do {                                            \
        size_t n_;                                  \
        unsigned char *r_ = three(&n_);             \
        memcpy(r_ + (at), bytes, sizeof bytes - 1); \
        refused(r_, n_, why);                       \
    } while (0)

/* "broken" has 88 bytes: 24 of the leader, 37 of the directory, fields of 6, 11
 * and 9 bytes, and the record terminator. */
enum {
    ENTRY_2 = MARC_LEADER + MARC_ENTRY,
    BASE = MARC_LEADER + 3 * MARC_ENTRY + 1,
    FIELD_2 = BASE + 6,
    FIELD_3 = FIELD_2 + 11,
    TERMINATOR = FIELD_3 + 9,
};

static void leader(void **state)
{
    static const char no_length[] = "no record begins here: the first five "
                                    "bytes are not a length";
    static const char not_21[] = "the leader is not one of MARC 21, which has "
                                 "22 at byte 10 and 4500 at byte 20";
    BREAK(0, "0008x", no_length);
    BREAK(0, "-0088", no_length);
    BREAK(0, "   88", no_length);
    BREAK(0, "00087", "the leader says 87 bytes, but there are 88");
    BREAK(0, "00089", "the leader says 89 bytes, but there are 88");
    BREAK(0, "00000", "the leader says 0 bytes, but there are 88");
    BREAK(0, "99999", "the leader says 99999 bytes, but there are 88");
    BREAK(10, "2 ", not_21);
    BREAK(20, "450 ", not_21);
}

static void base_address(void **state)
{
    static const char why[] =
        "the directory does not end where the leader says";
    BREAK(12, "0006x", why);
    BREAK(12, "00000", why);
    BREAK(12, "00024", why);
    BREAK(12, "00025", why);
    BREAK(12, "00049", why);
    BREAK(12, "00060", why);
    BREAK(12, "00097", why);
    BREAK(12, "99985", why);
    BREAK(BASE - 1, "x", why);
}

static void directory(void **state)
{
    static const char digits[] =
        "entry 2 of the directory is not made of digits";
    static const char inside[] =
        "the field of entry 2 is not inside the record";
    static const char bounds[] = "no field begins and ends where entry 2 says";
    BREAK(ENTRY_2 + 3, "00x1", digits);
    BREAK(ENTRY_2 + 7, "    6", digits);
    BREAK(ENTRY_2 + 3, "0000", inside);
    BREAK(ENTRY_2 + 3, "9999", inside);
    BREAK(ENTRY_2 + 3, "0021", inside);
    BREAK(ENTRY_2 + 7, "99999", inside);
    BREAK(ENTRY_2 + 3, "0010", bounds);
    BREAK(ENTRY_2 + 3, "0012", bounds);
    BREAK(ENTRY_2 + 3, "0020", bounds); /* the third, too */
    BREAK(ENTRY_2 + 3, "001000007", bounds);
    BREAK(ENTRY_2 + 3, "001700000", bounds); /* the first, too */
    BREAK(ENTRY_2 + 3, "000600000",          /* the first once more */
          "the directory lists 21 bytes of fields, but there are 26");
}

static void fields(void **state)
{
    BREAK(FIELD_2 - 1, "x", "no field begins and ends where entry 1 says");
    BREAK(FIELD_2 + 3, "\x1e", "no field begins and ends where entry 2 says");
    BREAK(FIELD_3 + 8, "x", "no field begins and ends where entry 3 says");
}

/* The second field is two, of which the directory lists the first. */
static void bytes_that_no_entry_lists(void **state)
{
    static const char *const parts[] = { "001a", "002b\x1e"
                                                 "c" };
    size_t n;
    unsigned char *r = three(&n);
    size = (size_t)(r - input);
    n = marc_build(r, parts, 2);
    memcpy(r + ENTRY_2 + 3, "0002", 4);
    size += n;
    refused(r, n, "the directory lists 4 bytes of fields, but there are 6");
}

/* ---- Ends and lengths that are missing ----------------------------------- */

static void cut_short_and_the_next_one_found(void **state)
{
    size_t n;
    unsigned char *r = three(&n);
    size -= 30;
    refused(r, n - 30, "the leader says 88 bytes, but there are 58");

    r = three(&n);
    size -= 1;
    refused(r, n - 1, "the leader says 88 bytes, but there are 87");

    r = three(&n);
    size -= n - 3;
    refused(r, 3, "3 bytes are too few for a leader");
}

static void cut_short_by_the_end(void **state)
{
    size_t n;
    unsigned char *r = three(&n);
    size -= 30;
    expect_broken(r, n - 30, "the leader says 88 bytes, but there are 58");
    check();

    r = three(&n);
    r[TERMINATOR] = 'x';
    expect_broken(r, n, "there is no record terminator at its end");
    check();

    r = three(&n);
    size -= n - 5;
    put_text("\n");
    expect_broken(r, 6, "6 bytes are too few for a leader");
    check();
}

/* A length that leads to the end of the next record, or of its own middle. */
static void a_length_that_leads_to_another_end(void **state)
{
    size_t n;
    unsigned char *r = three(&n);
    memcpy(r, "00176", 5);
    put_record("behind");
    size -= 88;
    refused(r, n, "the leader says 176 bytes, but there are 88");

    r = three(&n);
    r[FIELD_2 + 5] = MARC_RECORD_END;
    expect_broken(r, FIELD_2 + 6, "the leader says 88 bytes, but there are 73");
    refused(r + FIELD_2 + 6, n - FIELD_2 - 6,
            "15 bytes are too few for a leader");
}

static void junk_in_front(void **state)
{
    begin();
    put_text("12345 this is no record\n");
    expect_broken(input, size, "the leader says 12345 bytes, but there are 24");
    expect_record(put_record("one"));
    check();
}

/* So much that its beginning is no longer in the buffer. */
static void much_junk(void **state)
{
    for (size_t n = 99990; n < 500000; n = n < 100010 ? n + 1 : n + 50000) {
        char why[100] = "more than 99999 bytes without a record";
        begin();
        memset(input, '0', n);
        size = n;
        if (n <= MARC_LONGEST)
            snprintf(why, sizeof why,
                     "the leader says 0 bytes, but there are %zu", n);
        expect_broken(input, n, why);
        expect_record(put_long(MARC_LONGEST));
        assert_string_equal(events(INPUT, false), expected.text);
        assert_string_equal(events(3000, true), expected.text);
        if (n % 10 == 0)
            assert_string_equal(events(1, false), expected.text);
    }
}

/* There, line ends are not "between records". */
static void much_junk_of_line_ends(void **state)
{
    begin();
    memset(input, '\n', 400000);
    input[10] = 'x';
    size = 400000;
    expect_broken(input + 10, size - 10,
                  "more than 99999 bytes without a record");
    expect_record(put_record("one"));
    check();
}

/* ---- Whatever comes ------------------------------------------------------ */

/* A record that cannot be good any more. */
static void put_broken(void)
{
    unsigned char *r = put_record("this one is going to be broken");
    size_t n = (size_t)(input + size - r);
    switch (any_number(6)) {
    case 1:
        size -= any_number(n);
        break;
    case 2:
        r[any_number(5) - 1] = 'x';
        break;
    case 3:
        r[4] = r[4] == '0' ? '1' : '0';
        break;
    case 4:
        r[n - 1 - any_number(20)] = MARC_RECORD_END;
        break;
    case 5:
        r[MARC_LEADER + 3 + any_number(8)] ^= 1;
        break;
    default:
        r[BASE - 1 + any_number(5)] = MARC_FIELD_END;
    }
}

static void put_junk(void)
{
    static const char some[] = "0012345 \x1d\x1e\x1f\r\nx";
    for (size_t n = any_number(200); n > 0; n--)
        put(&some[any_number(sizeof some - 1) - 1], 1);
}

/* Every good record is found, in order and whole, and everything else is in a
 * broken one, however the input is cut. */
static void all_good_ones_are_found(void **state)
{
    for (int round = 0; round < 300; round++) {
        char good[4096] = "", found[4096] = "";
        const char *line;
        uint64_t next = 0;
        begin();
        for (size_t parts = any_number(20); parts > 0; parts--) {
            unsigned char *r = input + size;
            switch (any_number(4)) {
            case 1:
                put_broken();
                continue;
            case 2:
                put_junk();
                continue;
            case 3:
                put_text("\r\n");
                continue;
            }
            put_record("a good one");
            snprintf(good + strlen(good), 40, "%zu ", (size_t)(r - input));
        }
        for (line = all_events(); *line; line = strchr(line, '\n') + 1) {
            unsigned long long number, at, n;
            sscanf(line, "%llu at %llu, %llu", &number, &at, &n);
            if (line[strcspn(line, ":\n")] != ':')
                snprintf(found + strlen(found), 40, "%llu ", at);
            for (; next < at; next++)
                assert_true(input[next] == '\r' || input[next] == '\n');
            next += n;
        }
        assert_string_equal(found, good);
    }
}

/* ---- Titles -------------------------------------------------------------- */

static const char *title(const char *field, char coding)
{
    static char line[MARC_LONGEST_FIELD + 1];
    static unsigned char r[20000];
    const char *parts[] = { "001no 245 and $a", "100  $aAnn", field,
                            "24500$aA second 245" };
    char error[120];
    size_t n = marc_build(r, parts, strncmp(field, "245", 3) == 0 ? 4 : 3);
    r[9] = (unsigned char)coding;
    assert_true(marc_check(r, n, error));
    line[marc_title(r, line)] = '\0';
    return line;
}

static void titles(void **state)
{
    char longest[MARC_LONGEST_FIELD + 3];
    assert_string_equal(title("24510$aThe title :$brest", 'a'), "The title :");
    assert_string_equal(title("24510$cfirst$aThe title", 'a'), "The title");
    assert_string_equal(title("24510$aone$atwo", 'a'), "one");
    assert_string_equal(title("24510$bno a", 'a'), "");
    assert_string_equal(title("24510$a", 'a'), "");
    assert_string_equal(title("24510$", 'a'), "");
    assert_string_equal(title("245", 'a'), "");
    assert_string_equal(title("246  $aanother field", 'a'), "");
    snprintf(longest, sizeof longest, "24510$a%0*d", 9999 - 5, 7);
    assert_int_equal(strlen(title(longest, 'a')), 9994);
}

/* Nothing that a terminal obeys. */
static void titles_are_harmless(void **state)
{
    assert_string_equal(title("24510$a\x1b[31m\a\t\n\x7f.", 'a'), "?[31m????.");
    /* Letters of UTF-8 stay: U+00E9, U+4E9B. */
    assert_string_equal(title("24510$a\xC3\xA9\xE4\xBA\x9B", 'a'),
                        "\xC3\xA9\xE4\xBA\x9B");
    assert_string_equal(title("24510$a\xC2\x9b[1m\xC2\x9F\xC2\xA0\xC2", 'a'),
                        "?[1m?\xC2\xA0\xC2");
    assert_string_equal(title("24510$a\xC2\xC2\x9b[1m\xC2\n\xC2\x9b", 'a'),
                        "\xC2?[1m\xC2??");
    /* In MARC-8 0xC2 is a character, 0x9B a control code. */
    assert_string_equal(title("24510$a\xC2\x9b\x88\xE2"
                              "e",
                              ' '),
                        "\xC2??\xE2"
                        "e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(good_records),
        cmocka_unit_test(line_ends_between_records),
        cmocka_unit_test(a_record_without_fields),
        cmocka_unit_test(the_longest_record),
        cmocka_unit_test(a_directory_in_another_order),
        cmocka_unit_test(leader),
        cmocka_unit_test(base_address),
        cmocka_unit_test(directory),
        cmocka_unit_test(fields),
        cmocka_unit_test(bytes_that_no_entry_lists),
        cmocka_unit_test(cut_short_and_the_next_one_found),
        cmocka_unit_test(cut_short_by_the_end),
        cmocka_unit_test(a_length_that_leads_to_another_end),
        cmocka_unit_test(junk_in_front),
        cmocka_unit_test(much_junk),
        cmocka_unit_test(much_junk_of_line_ends),
        cmocka_unit_test(all_good_ones_are_found),
        cmocka_unit_test(titles),
        cmocka_unit_test(titles_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
