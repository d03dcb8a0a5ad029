/* Exercise: a stream that reads page after page, written as a generator.
 *
 * Read:   notes/a09_streams.md, "Generators"; generator.h
 * Build:  A stream of all the words of a book.  The book is loaded one page
 *         after the other, and the first page without words is its end.
 * Why:    By hand such a stream has to remember whether it waits or gives,
 *         which page it is at, and which word.  A generator is two loops.
 * Rules:  AWAIT page_load() for a page, then YIELD its words, one after the
 *         other.
 *         A page is not loaded before somebody asks for a word of it.
 *         The book is opened at the first poll.  It is closed once, at the end,
 *         or when the stream is dropped.  A book that was not opened is not
 *         closed.
 * Check:  ./learn check a09_generated
 */
#include "a09_streams/generator.h"

/* ---- Given: a book, and a future that loads a page of it ----------------- */

enum { WORDS = 4 };

struct book {
    int opened, closed;
    int page;           /* that is loaded now, from 1 */
    bool there;         /* it has come */
    struct waker waker; /* of the load that waits */
    const char *words[WORDS];
    size_t n; /* of words on it */
};

static inline void book_open(struct book *book)
{
    book->opened++;
}

static inline void book_close(struct book *book)
{
    book->closed++;
}

struct page_load {
    struct future future;
    struct book *book;
    int page;
    const char *words[WORDS]; /* result */
    size_t n;                 /* result: how many; 0: there is no such page */
};

static enum poll page_load_poll(struct future *f, struct context *cx)
{
    struct page_load *self = container_of(f, struct page_load, future);
    struct book *book = self->book;
    if (book->page != self->page) {
        book->page = self->page;
        book->there = false;
    }
    if (!book->there) {
        book->waker = context_waker(cx);
        return POLL_PENDING;
    }
    memcpy(self->words, book->words, sizeof self->words);
    self->n = book->n;
    return POLL_READY;
}

static void page_load_drop(struct future *f)
{
    struct page_load *self = container_of(f, struct page_load, future);
    self->book->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops page_load_ops = FUTURE_OPS(page_load);

/* Load a page; the first one is page 1. */
static inline struct future *page_load(struct page_load *self,
                                       struct book *book, int page)
{
    *self = (struct page_load){ .future.ops = &page_load_ops,
                                .book = book,
                                .page = page };
    return &self->future;
}

/* ---- Yours --------------------------------------------------------------- */

struct words {
    GENERATOR;
    struct book *book;
    struct page_load load;
    int page;
    size_t i;         /* the word on that page */
    const char *word; /* the item is a pointer to this */
};

static enum poll words_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct words);
    TODO("open the book; load a page and give its words, until a page has "
         "none; at last, or on a drop, close the book");
    ASYNC_END;
}

GENERATOR_OPS(words);

/* Each item is a const char *: a pointer to self->word. */
static struct stream *words(struct words *self, struct book *book)
{
    *self = (struct words){ .generator = GENERATOR_OF(words), .book = book };
    return &self->generator.stream;
}
