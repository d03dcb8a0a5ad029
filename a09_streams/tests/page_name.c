/* page_name.h: names that nobody can turn into a path. */
#include "a09_streams/page_name.h"
#include "tests/support.h"

static char name[PAGE_NAME_SIZE];

/* The name of h/PATH. */
static const char *name_of(const char *path)
{
    char url[PAGE_URL_MOST + 16];
    snprintf(url, sizeof url, "http://h/%s", path);
    page_name(name, url, "http://h/start");
    return name;
}

/* After a hash. */
static const char *hashed(const char *path)
{
    name_of(path);
    assert_int_equal(strspn(name, "0123456789abcdef"), 16);
    assert_int_equal(name[16], '_');
    return name + 17;
}

/* CRAWL-04 */
static void short_names(void **state)
{
    assert_string_equal(name_of(""), "index.html");
    assert_string_equal(name_of("a"), "a");
    assert_string_equal(name_of("docs/"), "docs+index.html");
    assert_string_equal(name_of("docs/a_b-2.html"), "docs+a_b-2.html");
    assert_string_equal(name_of("a//b"), "a++b");
}

/* CRAWL-04 */
static void what_a_name_cannot_say_is_in_the_hash(void **state)
{
    assert_string_equal(hashed("index.html"), "index.html");
    assert_string_equal(hashed("docs/index.html"), "docs+index.html");
    assert_string_equal(hashed("find?q=C"), "find_q_C");
    assert_string_equal(hashed("README"), "README");
    assert_string_equal(hashed("a+b"), "a_b");
    assert_string_equal(hashed("a.part"), "a.part_");
    assert_string_equal(hashed("a/?b/"), "a+_b+index.html");
    page_name(name, "https://h/a", "http://h/start");
    assert_string_equal(name + 17, "a");
    page_name(name, "http://h:81/a", "http://h:81/");
    assert_string_equal(name, "a");
}

/* CRAWL-04 */
static void hostile_names(void **state)
{
    char path[PAGE_URL_MOST];
    assert_string_equal(hashed(".."), "..");
    assert_string_equal(hashed("../../etc/passwd"), "..+..+etc+passwd");
    assert_string_equal(hashed(".bashrc"), ".bashrc");
    assert_string_equal(hashed("%2E%2E%2Fx"), "_2E_2E_2Fx");
    assert_string_equal(name_of("/etc/passwd"), "+etc+passwd");
    assert_string_equal(hashed("a\\b:c*d\"e\x01\xFF"), "a_b_c_d_e__");
    memset(path, 'x', sizeof path);
    strcpy(path + 1500, ".html");
    assert_int_equal(strlen(hashed(path)), PAGE_NAME_TEXT);
    assert_string_equal(name + strlen(name) - 6, "x.html");
    strcpy(path + 1500, "/");
    assert_true(strlen(name_of(path)) < PAGE_NAME_SIZE);
}

/* CRAWL-04: the name of one page as the path of another */
static void a_path_like_a_hash(void **state)
{
    char first[PAGE_NAME_SIZE];
    strcpy(first, name_of("find?q=C"));
    assert_true(strcasecmp(first, name_of(first)) != 0);
    strcpy(first, name_of("find?q=c"));
    assert_true(strcasecmp(first, name_of(first)) != 0);
    assert_string_equal(hashed("0123456789abcdef_x"), "0123456789abcdef_x");
    assert_string_equal(name_of("0123456789abcdef"), "0123456789abcdef");
    assert_string_equal(name_of("0123456789abcdef0_x"), "0123456789abcdef0_x");
}

/* CRAWL-04: any bytes give a name of one file, and two URLs two names */
static void any_bytes(void **state)
{
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char path[8], first[PAGE_NAME_SIZE];
        size_t n = 0;
        for (; n < sizeof path - 1; n++) {
            seed = seed * 1103515245 + 12345;
            path[n] = (char)(1 + (seed >> 16) % 255);
            if (seed >> 30 & 1)
                path[n] = "./+pA"[(seed >> 16) % 5];
        }
        path[n] = '\0';
        strcpy(first, name_of(path));
        assert_true(*first != '.' && strlen(first) < PAGE_NAME_SIZE);
        assert_int_equal(strspn(first, "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789+-._"),
                         strlen(first));
        n = strlen(first);
        assert_false(n >= 5 && strcmp(first + n - 5, ".part") == 0);
        path[round % 7] = path[round % 7] == 'q' ? 'r' : 'q';
        assert_true(strcasecmp(first, name_of(path)) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_names),
        cmocka_unit_test(what_a_name_cannot_say_is_in_the_hash),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(a_path_like_a_hash),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
