/* The test turns the pages. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

static struct case_ { /* a book, the stream of its words, the task that asks */
    struct book book;
    struct words words;
    struct stream *stream;
    struct poller task;
    int came;                       /* this page, the latest one */
    const char *word, *const *item; /* the latest one, and where it lies */
} case_, *now_;

static void start_(struct case_ *c)
{
    memset(c, 0, sizeof *c);
    c->stream = words(&c->words, &c->book);
}

/* The page that is loaded has come, with n of these words. */
static void comes_(struct case_ *c, int page, size_t n, const char *one,
                   const char *two)
{
    struct waker waker = c->book.waker;
    int before = c->task.woken;
    CHECK(c->book.page == page,
          "page %d should be loaded now, and your generator loads page %d",
          page, c->book.page);
    c->book.words[0] = one;
    c->book.words[1] = two;
    c->book.n = n;
    c->book.there = true;
    c->came = page;
    c->book.waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
    CHECK(c->task.woken == before + 1,
          "page %d has come, and the task was not woken", page);
}

static void look_at_pending_(void)
{
    CHECK(now_->book.waker.wake || now_->words.async.future.ops == NULL,
          "your stream is PENDING, and no page is being loaded");
}

static enum stream_poll poll_(struct case_ *c)
{
    now_ = c;
    CHECK(!c->word || *c->item == c->word,
          "the item was \"%s\", and it was overwritten before the next poll: "
          "it must lie in the struct of its stream",
          c->word);
    c->word = NULL;
    WHILE("a word comes, or a page is loaded");
    return probe_poll_next(&c->task, c->stream, look_at_pending_);
}

/* The word that the item points to.  The item may lie in any place that is the
 * stream's own. */
static const char *given_(const struct case_ *c)
{
    const char *item = c->stream->item, *book = (const char *)&c->book;
    for (int i = 0; i < WORDS; i++)
        CHECK(item != c->book.words[i],
              "the item is the word, and not a pointer to self->word: "
              "YIELD(&self->word)");
    CHECK(item < book || item >= book + sizeof c->book,
          "the item lies in the book, where the next page will be: "
          "YIELD(&self->word)");
    return *(const char **)c->stream->item;
}

static void must_give_(struct case_ *c, const char *word)
{
    enum stream_poll result = poll_(c);
    const char *item;
    CHECK(c->book.page == c->came,
          "the word \"%s\" of page %d was not given yet, and your stream loads "
          "page %d already",
          word, c->came, c->book.page);
    CHECK(result == STREAM_ITEM,
          "the word \"%s\" is on page %d, which has come, and your stream says "
          "that it %s",
          word, c->book.page,
          result == STREAM_END ? "has ended" : "is PENDING");
    item = given_(c);
    CHECK(item && strcmp(item, word) == 0,
          "the next word is \"%s\", and your stream gives \"%s\"", word,
          item ? item : "(NULL)");
    c->item = c->stream->item;
    c->word = item;
}

static void must_wait_(struct case_ *c, int page)
{
    enum stream_poll result = poll_(c);
    const char *word = result == STREAM_ITEM ? given_(c) : NULL;
    CHECK(result != STREAM_ITEM,
          "all words before page %d were given, that page has not come, and "
          "your stream gives \"%s\"",
          page, word ? word : "(NULL)");
    CHECK(result != STREAM_END,
          "page %d has not come, and your stream has ended", page);
    CHECK(c->book.page == page,
          "your stream waits for page %d, and page %d is the next one",
          c->book.page, page);
}

static void must_end_(struct case_ *c)
{
    enum stream_poll result = poll_(c);
    const char *word = result == STREAM_ITEM ? given_(c) : NULL;
    CHECK(result != STREAM_ITEM,
          "page %d has no words, and your stream gives \"%s\"", c->book.page,
          word ? word : "(NULL)");
    CHECK(result == STREAM_END,
          "page %d has no words, so this is the end of the book, and your "
          "stream is PENDING",
          c->book.page);
}

static void must_be_closed_(const struct case_ *c, const char *when)
{
    CHECK(c->book.closed > 0, "%s, and the book was not closed", when);
    CHECK(c->book.closed == 1, "%s, and the book was closed %d times", when,
          c->book.closed);
    CHECK(c->book.opened == 1, "the book was opened %d times", c->book.opened);
}

static void it_gives_the_words_of_a_page(void **state)
{
    (void)state;
    start_(&case_);
    must_wait_(&case_, 1);
    comes_(&case_, 1, 2, "it", "was");
    must_give_(&case_, "it");
    must_give_(&case_, "was");
    stream_drop(case_.stream);
}

static void then_it_loads_the_next_page(void **state)
{
    (void)state;
    start_(&case_);
    must_wait_(&case_, 1);
    comes_(&case_, 1, 2, "it", "was");
    must_give_(&case_, "it");
    must_give_(&case_, "was");
    CHECK(case_.book.page == 1,
          "the last word of page 1 was given, and page %d is loaded already: "
          "perhaps nobody will ask for it",
          case_.book.page);
    must_wait_(&case_, 2);
    comes_(&case_, 2, 1, "so", "old");
    must_give_(&case_, "so");
    must_wait_(&case_, 3);
    must_wait_(&case_, 3);
    comes_(&case_, 3, 2, "the", "best");
    must_give_(&case_, "the");
    must_give_(&case_, "best");
    stream_drop(case_.stream);
}

static void a_page_without_words_is_the_end(void **state)
{
    (void)state;
    start_(&case_);
    must_wait_(&case_, 1);
    comes_(&case_, 1, 1, "it", NULL);
    must_give_(&case_, "it");
    must_wait_(&case_, 2);
    comes_(&case_, 2, 0, "old", "old");
    must_end_(&case_);
    must_be_closed_(&case_, "the stream has ended");
    start_(&case_);
    must_wait_(&case_, 1);
    comes_(&case_, 1, 0, "old", "old");
    must_end_(&case_);
    must_be_closed_(&case_, "the stream has ended");
}

static void the_book_is_opened_at_the_first_poll(void **state)
{
    (void)state;
    start_(&case_);
    CHECK(case_.book.opened == 0, "nobody has polled, and the book is open");
    must_wait_(&case_, 1);
    CHECK(case_.book.opened == 1,
          "after the first poll the book was opened %d times",
          case_.book.opened);
    CHECK(case_.book.closed == 0,
          "the stream waits for page 1, and the book is closed already");
    comes_(&case_, 1, 2, "it", "was");
    must_give_(&case_, "it");
    CHECK(case_.book.closed == 0,
          "the stream has given one word, and the book is closed already");
    must_give_(&case_, "was");
    stream_drop(case_.stream);
}

static void a_drop_closes_the_book(void **state)
{
    struct words other;
    (void)state;
    start_(&case_);
    stream_drop(case_.stream);
    CHECK(case_.book.closed == 0,
          "the stream was dropped before its first poll, and the book was "
          "closed: it was never opened");
    start_(&case_);
    must_wait_(&case_, 1);
    stream_drop(words(&other, &case_.book));
    CHECK(case_.book.closed == 0,
          "another stream of this book was dropped before its first poll, and "
          "it closed the book: it had not opened it");
    stream_drop(case_.stream);
    must_be_closed_(&case_, "the stream was dropped while it waited");
    start_(&case_);
    must_wait_(&case_, 1);
    comes_(&case_, 1, 2, "it", "was");
    must_give_(&case_, "it");
    stream_drop(case_.stream);
    must_be_closed_(&case_, "the stream was dropped after a word");
}

static void a_book_may_have_hundreds_of_pages(void **state)
{
    (void)state;
    start_(&case_);
    for (int page = 1; page <= 300; page++) {
        must_wait_(&case_, page);
        comes_(&case_, page, 2, "", "word");
        must_give_(&case_, "");
        must_give_(&case_, "word");
    }
    must_wait_(&case_, 301);
    comes_(&case_, 301, 0, NULL, NULL);
    must_end_(&case_);
    must_be_closed_(&case_, "the stream has ended");
}

/* ---- Two books at the same time ------------------------------------------ */

static void begins_(void *life)
{
    start_(life);
    must_wait_(life, 1);
}

static void gives_one_(void *life)
{
    comes_(life, 1, 2, "it", "was");
    must_give_(life, "it");
}

static void gives_two_(void *life)
{
    must_give_(life, "was");
    must_wait_(life, 2);
}

static void ends_(void *life)
{
    comes_(life, 2, 0, NULL, NULL);
    must_end_(life);
}

static void two_books_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(case_, begins_, gives_one_, gives_two_, ends_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_gives_the_words_of_a_page),
    cmocka_unit_test(then_it_loads_the_next_page),
    cmocka_unit_test(a_page_without_words_is_the_end),
    cmocka_unit_test(the_book_is_opened_at_the_first_poll),
    cmocka_unit_test(a_drop_closes_the_book),
    cmocka_unit_test(a_book_may_have_hundreds_of_pages),
    cmocka_unit_test(two_books_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
