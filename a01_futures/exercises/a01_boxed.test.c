/* The test is the disc: it delivers one folder at a time, and before that the
 * folder is empty.  It counts the frames on the heap, whoever allocates. */
#include "exercise.h"
#include ANSWER

/* From the sanitizer's own header, which gcc does not install. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *block, size_t size),
    void (*on_free)(const volatile void *block));
int __sanitizer_get_ownership(const volatile void *block);
size_t __sanitizer_get_allocated_size(const volatile void *block);

enum { TREE = 7, MANY = 300 };

static struct folder folders[MANY];
static struct {
    long bytes;
    struct folder *first;
} disc[MANY]; /* what a folder holds once it is here */
static struct du root;
static struct poller task;
static int blocks, most; /* frames on the heap: now, and at most */

/* a holds b and f; b holds c and d; d holds e; f holds g. */
static const int depth[TREE] = { 0, 1, 2, 2, 3, 1, 2 };

/* What a fresh box holds, until du() has made a call of it. */
static enum poll unmade_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    reject("you AWAIT what is in a new box, and no call is in it yet: du(box, "
           "folder) makes one");
}

static const struct future_ops unmade_ops = { .name = "unmade",
                                              .poll = unmade_poll,
                                              .drop = future_drop_nothing };

static void count_malloc(const volatile void *block, size_t size)
{
    if (!block || size < sizeof(struct du))
        return;
    ((struct du *)(uintptr_t)block)->async.future =
        (struct future){ .ops = &unmade_ops };
    blocks += (int)(size / sizeof(struct du));
    if (blocks > most)
        most = blocks;
}

static void count_free(const volatile void *block)
{
    if (__sanitizer_get_ownership(block))
        blocks -=
            (int)(__sanitizer_get_allocated_size(block) / sizeof(struct du));
}

/* ---- The disc ------------------------------------------------------------ */

static void start(void)
{
    static bool counting;
    if (!counting)
        __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free);
    counting = true;
    blocks = most = 0;
    task = (struct poller){ 0 };
    memset(folders, 0, sizeof folders);
    memset(disc, 0, sizeof disc);
    for (int i = 0; i < MANY; i++)
        folders[i].bytes = -1000000;
}

static void start_tree(void)
{
    start();
    for (int i = 0; i < TREE; i++)
        disc[i].bytes = 1 << i; /* from the sum we see who is missing */
    disc[0].first = &folders[1];
    disc[1].first = &folders[2];
    disc[3].first = &folders[4];
    disc[5].first = &folders[6];
    folders[1].next = &folders[5];
    folders[2].next = &folders[3];
    du(&root, folders);
}

static void arrive(int i)
{
    struct waker waker = folders[i].waker;
    folders[i].bytes = disc[i].bytes;
    folders[i].first = disc[i].first;
    folders[i].here = true;
    folders[i].waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
}

/* Between two polls other code uses the stack: locals do not survive there. */
__attribute__((no_sanitize("address"))) static void use_the_stack(void)
{
    volatile char junk[16384];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = 0x55;
}

static enum poll poll_root(void)
{
    use_the_stack();
    return poll_by(&task, &root.async.future);
}

static void must_wait_for(int i)
{
    CHECK(poll_root() == POLL_PENDING,
          "du is READY, and never waited for folder %c", 'a' + i);
    for (int k = 0; k < MANY; k++)
        CHECK(k == i || !folders[k].waker.wake,
              "du waits for folder %c before it has waited for folder %c: "
              "first the folder itself, then each one inside, with all that is "
              "in it",
              'a' + k, 'a' + i);
    CHECK(folders[i].waker.wake,
          "du is PENDING, and does not wait for folder "
          "%c, which is next",
          'a' + i);
    CHECK(blocks >= depth[i],
          "du waits for folder %c, which is %d deep, and there %s on the heap: "
          "du must call itself, and each call that has begun needs a box of "
          "its own",
          'a' + i, depth[i], blocks == 0 ? "is no box" : "are fewer boxes");
    CHECK(blocks <= depth[i],
          "%d boxes at once, and du waits for folder %c, which is %d deep: "
          "free a box as soon as its call is READY, and leave the folder "
          "beside "
          "it to the call above",
          blocks, 'a' + i, depth[i]);
}

static void must_be_ready(long bytes, int deep)
{
    CHECK(poll_root() == POLL_READY,
          "all folders have come, and du is still PENDING");
    CHECK(root.bytes >= 0,
          "the sum is %ld: something was read before look() had waited for it",
          root.bytes);
    for (int i = 0; i < TREE && disc[1].bytes == 2; i++)
        CHECK(root.bytes & 1 << i, "folder %c is missing in the sum: it is %ld",
              'a' + i, root.bytes);
    CHECK(root.bytes == bytes, "the sum is %ld, it should be %ld", root.bytes,
          bytes);
    CHECK(blocks == 0, "du is READY, and %d of its boxes %s not freed", blocks,
          blocks == 1 ? "is" : "are");
    CHECK(most <= deep,
          "boxes at once: %d, in a tree that is %d deep: free a box as soon as "
          "its call is READY, and make none that is not needed",
          most, deep);
}

/* ---- Adding up ----------------------------------------------------------- */

static void a_folder_with_none_inside(void **state)
{
    (void)state;
    start();
    disc[0].bytes = 5;
    du(&root, folders);
    must_wait_for(0);
    arrive(0);
    must_be_ready(5, 0);
}

static void a_folder_with_one_inside(void **state)
{
    (void)state;
    start();
    disc[0].bytes = 5;
    disc[0].first = &folders[1];
    disc[1].bytes = 6;
    du(&root, folders);
    must_wait_for(0);
    arrive(0);
    must_wait_for(1);
    must_wait_for(1);
    arrive(1);
    must_be_ready(11, 1);
}

static void a_tree_folder_by_folder(void **state)
{
    (void)state;
    start_tree();
    for (int i = 0; i < TREE; i++) {
        must_wait_for(i);
        arrive(i);
        CHECK(task.woken == i + 1, "folder %c came and nobody was woken",
              'a' + i);
    }
    must_be_ready((1 << TREE) - 1, 3);
}

static void a_tree_that_is_all_there(void **state)
{
    (void)state;
    start_tree();
    for (int i = 0; i < TREE; i++)
        arrive(i);
    must_be_ready((1 << TREE) - 1, 3);
}

static void many_folders_side_by_side(void **state)
{
    (void)state;
    start();
    disc[0].first = &folders[1];
    for (int i = 0; i < MANY; i++) {
        disc[i].bytes = 3;
        folders[i].next = i && i + 1 < MANY ? &folders[i + 1] : NULL;
        if (i != MANY - 1)
            arrive(i);
    }
    du(&root, folders);
    (void)poll_root();
    arrive(MANY - 1);
    must_be_ready(3 * MANY, 1);
}

/* ---- Dropping ------------------------------------------------------------ */

static void drop_before_the_first_poll(void **state)
{
    (void)state;
    start_tree();
    future_drop(&root.async.future);
    CHECK(blocks == 0, "du was dropped before its first poll, and a box is "
                       "left: nothing begins before the first poll");
}

static void drop_while_it_waits_for_any_folder(void **state)
{
    (void)state;
    for (int at = 0; at < TREE; at++) {
        start_tree();
        for (int i = 0; i < at; i++) {
            must_wait_for(i);
            arrive(i);
        }
        must_wait_for(at);
        future_drop(&root.async.future);
        CHECK(!folders[at].waker.wake,
              "du was dropped, and look still holds the waker for folder %c: "
              "the calls inside were not dropped",
              'a' + at);
        CHECK(blocks == 0,
              "du was dropped while it waited for folder %c, and %d of its "
              "boxes %s not freed: what stands after ASYNC_FINALLY runs then, "
              "and nothing else",
              'a' + at, blocks, blocks == 1 ? "is" : "are");
    }
}

static void drop_and_begin_again(void **state)
{
    (void)state;
    start_tree();
    must_wait_for(0);
    arrive(0);
    must_wait_for(1);
    future_drop(&root.async.future);
    du(&root, folders);
    for (int i = 1; i < TREE; i++) {
        must_wait_for(i);
        arrive(i);
    }
    must_be_ready((1 << TREE) - 1, 3);
}

static void drop_a_deep_tree(void **state)
{
    (void)state;
    start();
    for (int i = 0; i + 1 < MANY; i++) {
        disc[i].first = &folders[i + 1];
        arrive(i);
    }
    du(&root, folders);
    CHECK(poll_root() == POLL_PENDING, "du is READY, and the deepest folder "
                                       "has not come");
    future_drop(&root.async.future);
    CHECK(blocks == 0,
          "du was dropped %d folders deep, and %d of its boxes "
          "are not freed",
          MANY, blocks);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_folder_with_none_inside),
    cmocka_unit_test(a_folder_with_one_inside),
    cmocka_unit_test(a_tree_folder_by_folder),
    cmocka_unit_test(a_tree_that_is_all_there),
    cmocka_unit_test(many_folders_side_by_side),
    cmocka_unit_test(drop_before_the_first_poll),
    cmocka_unit_test(drop_while_it_waits_for_any_folder),
    cmocka_unit_test(drop_and_begin_again),
    cmocka_unit_test(drop_a_deep_tree),
};
EXERCISE_MAIN(tests)
