/* The test is the disc: it delivers one folder at a time, and before that the
 * folder is empty.  It counts the frames on the heap, whoever allocates. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

/* From the sanitizer's own header, which gcc does not install. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *block, size_t size),
    void (*on_free)(const volatile void *block));
int __sanitizer_get_ownership(const volatile void *block);
size_t __sanitizer_get_allocated_size(const volatile void *block);

enum { TREE_ = 7, MANY_ = 300 };

static struct folder folders_[MANY_];
static struct {
    long bytes;
    struct folder *first;
} disc_[MANY_]; /* what a folder holds once it is here */
static struct du root_;
static struct poller task_;
static int blocks_, most_; /* frames on the heap: now, and at most */

/* a holds b and f; b holds c and d; d holds e; f holds g. */
static const int depth_[TREE_] = { 0, 1, 2, 2, 3, 1, 2 };

/* What a fresh box holds, until du() has made a call of it. */
static enum poll unmade_poll_(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    reject("you AWAIT a new box, and it holds no call yet: du(box, folder) "
           "puts one there");
}

static const struct future_ops unmade_ops_ = { .name = "unmade",
                                               .poll = unmade_poll_,
                                               .drop = future_drop_nothing };

static void count_malloc_(const volatile void *block, size_t size)
{
    if (!block || size < sizeof(struct du))
        return;
    ((struct du *)(uintptr_t)block)->async.future =
        (struct future){ .ops = &unmade_ops_ };
    blocks_ += (int)(size / sizeof(struct du));
    if (blocks_ > most_)
        most_ = blocks_;
}

static void count_free_(const volatile void *block)
{
    if (__sanitizer_get_ownership(block))
        blocks_ -=
            (int)(__sanitizer_get_allocated_size(block) / sizeof(struct du));
}

/* ---- The disc ------------------------------------------------------------ */

static void start_(void)
{
    static bool counting;
    if (!counting)
        __sanitizer_install_malloc_and_free_hooks(count_malloc_, count_free_);
    counting = true;
    blocks_ = most_ = 0;
    task_ = (struct poller){ 0 };
    memset(folders_, 0, sizeof folders_);
    memset(disc_, 0, sizeof disc_);
    for (int i = 0; i < MANY_; i++)
        folders_[i].bytes = -1000000;
}

static void start_tree_(void)
{
    start_();
    for (int i = 0; i < TREE_; i++)
        disc_[i].bytes = 1 << i; /* from the sum we see who is missing */
    disc_[0].first = &folders_[1];
    disc_[1].first = &folders_[2];
    disc_[3].first = &folders_[4];
    disc_[5].first = &folders_[6];
    folders_[1].next = &folders_[5];
    folders_[2].next = &folders_[3];
    du(&root_, folders_);
}

static void arrive_(int i)
{
    struct waker waker = folders_[i].waker;
    folders_[i].bytes = disc_[i].bytes;
    folders_[i].first = disc_[i].first;
    folders_[i].here = true;
    folders_[i].waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
}

static enum poll poll_root_(void)
{
    return poll_by(&task_, &root_.async.future);
}

static void must_wait_for_(int i)
{
    CHECK(poll_root_() == POLL_PENDING,
          "du is READY, but it never waited for folder %c", 'a' + i);
    for (int k = 0; k < MANY_; k++)
        CHECK(k == i || !folders_[k].waker.wake,
              "du waits for folder %c before it has waited for folder %c: read "
              "the folder itself first, then each folder inside it, with "
              "everything in that folder",
              'a' + k, 'a' + i);
    CHECK(folders_[i].waker.wake,
          "du is PENDING, and does not wait for folder "
          "%c, which is next",
          'a' + i);
    CHECK(blocks_ >= depth_[i],
          "du waits for folder %c, which is %d deep, and there %s on the heap: "
          "du must call itself, and each call that has begun needs a box of "
          "its own",
          'a' + i, depth_[i], blocks_ == 0 ? "is no box" : "are fewer boxes");
    CHECK(blocks_ <= depth_[i],
          "%d boxes at once, and du waits for folder %c, which is %d deep: "
          "free a box as soon as its call is READY; the next folder of the "
          "same parent is read by the parent's call",
          blocks_, 'a' + i, depth_[i]);
}

static void must_be_ready_(long bytes, int deep)
{
    CHECK(poll_root_() == POLL_READY,
          "all folders have come, and du is still PENDING");
    CHECK(root_.bytes >= 0,
          "the sum is %ld: a size was read before look() had waited for it",
          root_.bytes);
    CHECK(disc_[1].bytes != 2 || root_.bytes < 1 << TREE_,
          "the sum is %ld, and all folders together have %d bytes: something "
          "was added twice, or was left over from an earlier du()",
          root_.bytes, (1 << TREE_) - 1);
    for (int i = 0; i < TREE_ && disc_[1].bytes == 2; i++)
        CHECK(root_.bytes & 1 << i,
              "folder %c is missing in the sum: it is %ld", 'a' + i,
              root_.bytes);
    CHECK(root_.bytes == bytes, "the sum is %ld, it should be %ld", root_.bytes,
          bytes);
    CHECK(blocks_ == 0, "du is READY, and %d of its boxes %s not freed",
          blocks_, blocks_ == 1 ? "is" : "are");
    CHECK(most_ <= deep,
          "boxes at once: %d, in a tree that is %d deep: free a box as soon as "
          "its call is READY, and make no more boxes than you need",
          most_, deep);
}

/* ---- Adding up ----------------------------------------------------------- */

static void a_folder_with_none_inside(void **state)
{
    (void)state;
    start_();
    disc_[0].bytes = 5;
    du(&root_, folders_);
    must_wait_for_(0);
    arrive_(0);
    must_be_ready_(5, 0);
}

static void a_folder_with_one_inside(void **state)
{
    (void)state;
    start_();
    disc_[0].bytes = 5;
    disc_[0].first = &folders_[1];
    disc_[1].bytes = 6;
    du(&root_, folders_);
    must_wait_for_(0);
    arrive_(0);
    must_wait_for_(1);
    must_wait_for_(1);
    arrive_(1);
    must_be_ready_(11, 1);
}

static void a_tree_folder_by_folder(void **state)
{
    (void)state;
    start_tree_();
    for (int i = 0; i < TREE_; i++) {
        must_wait_for_(i);
        arrive_(i);
        CHECK(task_.woken == i + 1, "folder %c came and nobody was woken",
              'a' + i);
    }
    must_be_ready_((1 << TREE_) - 1, 3);
}

static void a_tree_that_is_all_there(void **state)
{
    (void)state;
    start_tree_();
    for (int i = 0; i < TREE_; i++)
        arrive_(i);
    must_be_ready_((1 << TREE_) - 1, 3);
}

static void many_folders_side_by_side(void **state)
{
    (void)state;
    start_();
    disc_[0].first = &folders_[1];
    for (int i = 0; i < MANY_; i++) {
        disc_[i].bytes = 3;
        folders_[i].next = i && i + 1 < MANY_ ? &folders_[i + 1] : NULL;
        if (i != MANY_ - 1)
            arrive_(i);
    }
    du(&root_, folders_);
    (void)poll_root_();
    arrive_(MANY_ - 1);
    must_be_ready_(3 * MANY_, 1);
}

static void sizes_beyond_four_gigabytes(void **state)
{
    (void)state;
    start_();
    disc_[0].bytes = 5000000000;
    disc_[0].first = &folders_[1];
    disc_[1].bytes = 3000000000;
    disc_[2].bytes = 6000000000;
    disc_[1].first = &folders_[2];
    du(&root_, folders_);
    for (int i = 0; i < 3; i++) {
        must_wait_for_(i);
        arrive_(i);
    }
    must_be_ready_(14000000000, 2);
}

static void folders_without_bytes_of_their_own(void **state)
{
    (void)state;
    start_();
    disc_[0].first = &folders_[1];
    disc_[1].first = &folders_[2];
    disc_[2].bytes = 7;
    disc_[4].bytes = 9;
    folders_[1].next = &folders_[3];
    folders_[3].next = &folders_[4];
    for (int i = 0; i < 5; i++)
        arrive_(i);
    du(&root_, folders_);
    must_be_ready_(16, 2);
}

static void the_tree_stays_as_it_is(void **state)
{
    struct folder before[TREE_];
    (void)state;
    start_tree_();
    for (int i = 0; i < TREE_; i++)
        arrive_(i);
    memcpy(before, folders_, sizeof before);
    must_be_ready_((1 << TREE_) - 1, 3);
    for (int i = 0; i < TREE_; i++)
        CHECK(folders_[i].first == before[i].first &&
                  folders_[i].next == before[i].next &&
                  folders_[i].bytes == before[i].bytes && folders_[i].here,
              "du has changed folder %c: it must only read the tree, because "
              "others may use it",
              'a' + i);
}

/* ---- Dropping ------------------------------------------------------------ */

static void drop_before_the_first_poll(void **state)
{
    (void)state;
    start_tree_();
    future_drop(&root_.async.future);
    CHECK(blocks_ == 0, "du was dropped before its first poll, and a box is "
                        "left: nothing begins before the first poll");
}

static void drop_while_it_waits_for_any_folder(void **state)
{
    (void)state;
    for (int at = 0; at < TREE_; at++) {
        start_tree_();
        for (int i = 0; i < at; i++) {
            must_wait_for_(i);
            arrive_(i);
        }
        must_wait_for_(at);
        future_drop(&root_.async.future);
        CHECK(!folders_[at].waker.wake,
              "du was dropped, and look still holds the waker for folder %c: "
              "the calls inside were not dropped",
              'a' + at);
        CHECK(blocks_ == 0,
              "du was dropped while it waited for folder %c, and %d of its "
              "boxes %s not freed: on a drop only the code after ASYNC_FINALLY "
              "runs",
              'a' + at, blocks_, blocks_ == 1 ? "is" : "are");
    }
}

static void drop_and_begin_again(void **state)
{
    (void)state;
    start_tree_();
    must_wait_for_(0);
    arrive_(0);
    must_wait_for_(1);
    future_drop(&root_.async.future);
    du(&root_, folders_);
    for (int i = 1; i < TREE_; i++) {
        must_wait_for_(i);
        arrive_(i);
    }
    must_be_ready_((1 << TREE_) - 1, 3);
}

static void drop_a_deep_tree(void **state)
{
    (void)state;
    start_();
    for (int i = 0; i + 1 < MANY_; i++) {
        disc_[i].first = &folders_[i + 1];
        arrive_(i);
    }
    du(&root_, folders_);
    CHECK(poll_root_() == POLL_PENDING, "du is READY, and the deepest folder "
                                        "has not come");
    future_drop(&root_.async.future);
    CHECK(blocks_ == 0,
          "du was dropped %d folders deep, and %d of its boxes "
          "are not freed",
          MANY_, blocks_);
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ { /* folder a holds b, and c beside it */
    struct poller task;
    struct folder a, b, c;
    struct du du;
    long bytes;
};

static void begins_(void *life)
{
    static long number;
    struct life_ *me = life;
    me->bytes = ++number;
    me->task = (struct poller){ 0 };
    me->c = (struct folder){ .bytes = me->bytes };
    me->b = (struct folder){ .bytes = me->bytes, .next = &me->c };
    me->a = (struct folder){ .bytes = me->bytes, .first = &me->b };
    du(&me->du, &me->a);
}

static void comes_(struct life_ *me, struct folder *folder)
{
    CHECK(poll_by(&me->task, &me->du.async.future) == POLL_PENDING,
          "du is READY, and a folder has not come");
    CHECK(folder->waker.wake, "du is PENDING, and does not wait for the folder "
                              "that is next");
    folder->here = true;
    waker_wake(folder->waker);
}

static void a_comes_(void *life)
{
    struct life_ *me = life;
    comes_(me, &me->a);
}

static void b_comes_(void *life)
{
    struct life_ *me = life;
    comes_(me, &me->b);
}

static void c_comes_(void *life)
{
    struct life_ *me = life;
    comes_(me, &me->c);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->du.async.future) == POLL_READY,
          "all folders have come, and du is still PENDING");
    CHECK(me->du.bytes == 3 * me->bytes, "the sum is %ld, it should be %ld",
          me->du.bytes, 3 * me->bytes);
}

static void is_dropped_(void *life)
{
    struct life_ *me = life;
    (void)poll_by(&me->task, &me->du.async.future);
    future_drop(&me->du.async.future);
    CHECK(!me->c.waker.wake, "du was dropped, and look still holds its waker");
}

static void two_trees_at_the_same_time(void **state)
{
    (void)state;
    start_();
    PROBE_LIVES(life_, begins_, a_comes_, b_comes_, c_comes_, is_ready_);
    PROBE_LIVES(life_, begins_, a_comes_, b_comes_, is_dropped_);
    CHECK(blocks_ == 0, "two trees were added up, and %d boxes are left",
          blocks_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_folder_with_none_inside),
    cmocka_unit_test(a_folder_with_one_inside),
    cmocka_unit_test(a_tree_folder_by_folder),
    cmocka_unit_test(a_tree_that_is_all_there),
    cmocka_unit_test(many_folders_side_by_side),
    cmocka_unit_test(sizes_beyond_four_gigabytes),
    cmocka_unit_test(folders_without_bytes_of_their_own),
    cmocka_unit_test(the_tree_stays_as_it_is),
    cmocka_unit_test(drop_before_the_first_poll),
    cmocka_unit_test(drop_while_it_waits_for_any_folder),
    cmocka_unit_test(drop_and_begin_again),
    cmocka_unit_test(drop_a_deep_tree),
    cmocka_unit_test(two_trees_at_the_same_time),
};
EXERCISE_MAIN(tests)
