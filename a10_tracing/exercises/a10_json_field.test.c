/* A small reader of JSON reads back what the answer wrote. */
#include ANSWER
#include "exercise.h"

static char value_[256];          /* what was read back */
static const char *written_[256]; /* where each byte of it stands, as written */

/* One \uXXXX; `s` is behind the u. */
static unsigned hex_(const char *s)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char c = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
        const char *at = c ? strchr(digits, c) : NULL;
        CHECK(at,
              "\\u is followed by \"%.4s\", and four hexadecimal digits "
              "must follow",
              s);
        code = code * 16 + (unsigned)(at - digits);
    }
    return code;
}

static char escape_(const char **s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = *(*s)++;
    const char *at = c ? strchr(from, c) : NULL;
    unsigned code;
    CHECK(c != '/', "a / was written as \\/, and needs no escape: only \" and "
                    "\\ and bytes below 32 do");
    if (at)
        return to[at - from];
    CHECK(c == 'u',
          "\\%c is no escape of JSON: only \" and \\ and bytes below 32 need "
          "one, and a byte below 32 is \\u and four hexadecimal digits",
          c);
    code = hex_(*s);
    CHECK(code < 128,
          "\\u%.4s in the place of a byte above 127: such a byte is only a "
          "part "
          "of a character; leave it as it is",
          *s);
    CHECK(code < 32,
          "byte %u was written as \\u%.4s, and needs no \\u: only bytes below "
          "32 do",
          code, *s);
    *s += 4;
    return (char)code;
}

static void read_back_(const char *text)
{
    static const char before[] = "\"name\":\"";
    size_t n = 0;
    CHECK(strncmp(text, before, sizeof before - 1) == 0,
          "it wrote %s, which does not begin with \"name\":\"", text);
    for (text += sizeof before - 1; *text != '"';) {
        unsigned char c = (unsigned char)*text++;
        CHECK(c, "the string has no end: a quotation mark is missing");
        CHECK(c >= 32,
              "a byte %u is in the string as it is, and a reader of JSON "
              "refuses a byte below 32",
              c);
        CHECK(n < sizeof value_ - 1, "the value has become longer");
        written_[n] = text - 1;
        value_[n++] = c == '\\' ? escape_(&text) : (char)c;
    }
    written_[n] = text;
    value_[n] = '\0';
    CHECK(text[1] == '\0',
          "the reader found the end of the string before %s: a quotation mark "
          "in the value must have a \\ in front of it",
          text + 1);
}

/* If as many bytes came back, each is the one that was sent. */
static void must_be_same_(const char *value)
{
    for (size_t i = 0; value[i] && strlen(value) == strlen(value_); i++)
        CHECK(value[i] == value_[i],
              "the byte %u in the value was written as %.*s, from which the "
              "reader gets byte %u%s",
              (unsigned char)value[i], (int)(written_[i + 1] - written_[i]),
              written_[i], (unsigned char)value_[i],
              strncmp(written_[i], "\\u", 2) == 0
                  ? ": the four digits are hexadecimal"
                  : "");
}

static void must_come_back_(const char *value, const char *what)
{
    char out[512];
    memset(out, 'x', sizeof out);
    CHECK(json_field(out, sizeof out, "name", value),
          "there is room for %d bytes, and it returned false", 512);
    CHECK(memchr(out, '\0', sizeof out), "what it wrote has no 0 at its end");
    read_back_(out);
    must_be_same_(value);
    CHECK(strcmp(value_, value) == 0,
          "%s: the reader got back another value: %s", what, value_);
}

static void plain_text_stays_as_it_is(void **state)
{
    (void)state;
    must_come_back_("", "an empty value");
    must_come_back_("index.html", "plain text");
    must_come_back_("a/b c'd%s", "plain text");
}

static void quotation_marks_and_backslashes_come_back(void **state)
{
    (void)state;
    must_come_back_("say \"yes\"", "a value with \"");
    must_come_back_("C:\\new\\", "a value with \\");
    must_come_back_("\\\"\\\\\"\"", "a value with both");
}

static void control_characters_come_back(void **state)
{
    (void)state;
    must_come_back_("two\nlines", "a value with a line break");
    for (char c = 1; c < 32; c++)
        must_come_back_((char[]){ 'a', c, '0', '\0' },
                        "a value with a byte below 32");
}

static void other_characters_stay_as_they_are(void **state)
{
    (void)state;
    must_come_back_("\x7f", "a value with byte 127");
    must_come_back_("gr\xc3\xbc\xc3\x9f", "a value with German letters");
    must_come_back_("\xf0\x9f\x99\x82", "a value of four bytes");
}

/* Behind the room there are bytes that must stay as they are. */
static void with_room_for_(size_t size, bool enough, const char *value)
{
    char out[128];
    bool fits;
    memset(out, 'x', sizeof out);
    fits = json_field(out, size, "name", value);
    for (size_t i = size; i < sizeof out; i++)
        CHECK(out[i] == 'x',
              "out has room for %d bytes, and a byte behind it was written: "
              "another variable may be there",
              (int)size);
    CHECK(fits == enough, "it needs %d bytes, had %d, and returned %s",
          (int)(sizeof "\"name\":\"\"" + strlen(value)), (int)size,
          fits ? "true" : "false");
}

static void the_name_may_be_empty(void **state)
{
    char out[32];
    (void)state;
    CHECK(json_field(out, sizeof out, "", "x"),
          "the name is empty, there is room, and it returned false");
    CHECK(strcmp(out, "\"\":\"x\"") == 0,
          "the name is empty, the value is x, and it wrote %s", out);
}

static void a_value_may_be_long(void **state)
{
    enum { BEFORE = sizeof "\"name\":\"" - 1, LONG = 5000 };
    static char value[LONG + 1], out[BEFORE + LONG + 2];
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < LONG; i++)
        value[i] = (char)('a' + i % 26);
    CHECK(json_field(out, sizeof out, "name", value),
          "the value has %d bytes, there is just enough room, and it returned "
          "false",
          LONG);
    while (n < LONG && out[BEFORE + n] == value[n])
        n++;
    CHECK(n == LONG && strcmp(out + BEFORE + LONG, "\"") == 0,
          "the value has %d bytes, and the reader gets back only the first %zu",
          LONG, n);
}

static void it_writes_no_byte_too_many(void **state)
{
    (void)state;
    with_room_for_(sizeof "\"name\":\"abc\"", true, "abc");
    with_room_for_(sizeof "\"name\":\"abc\"" - 1, false, "abc");
    for (size_t size = 0; size < 11; size++)
        with_room_for_(size, false, "abc");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(plain_text_stays_as_it_is),
    cmocka_unit_test(quotation_marks_and_backslashes_come_back),
    cmocka_unit_test(control_characters_come_back),
    cmocka_unit_test(other_characters_stay_as_they_are),
    cmocka_unit_test(the_name_may_be_empty),
    cmocka_unit_test(it_writes_no_byte_too_many),
    cmocka_unit_test(a_value_may_be_long),
};
EXERCISE_MAIN(tests)
