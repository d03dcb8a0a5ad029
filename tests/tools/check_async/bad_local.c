/* Every local has an initialiser; not compiled. */
static enum poll locals_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct locals);
    int a; /* error: `a` belongs in the frame */
    char buf[sizeof(int) * 2]; /* error: `buf` belongs */
    int b = 1, c, d = f(1, 2); /* error: `c` belongs */
    AWAIT(tick(&self->tick, 1));
    {
        struct pair *p; /* error: `p` belongs */
        struct pair pair; /* error: `pair` belongs */
        struct { int x, y; } point; /* error: `point` belongs */
        enum { RED } colour; /* error: `colour` belongs */
        const unsigned long long int big; /* error: `big` belongs */
    }
    if (a) {
        size_t n; /* error: `n` belongs */
        uint8_t bytes[4][4]; /* error: `bytes` belongs */
        uv_buf_t *const *bufs; /* error: `bufs` belongs */
        size_t const later; /* error: `later` belongs */
        const size_t sooner; /* error: `sooner` belongs */
        void (*call)(int x); /* error: `call` belongs */
        int (*table[2])(void); /* error: `table` belongs */
        int even = { 1 },
            odd; /* error: `odd` belongs */
    }
    for (int i; i < 3; i++) { /* error: `i` belongs */
        char inner[3]; /* error: `inner` belongs */
    }
    ASYNC_FINALLY
    size_t first; /* error: `first` belongs */
    char last[2]; /* error: `last` belongs */
    ASYNC_END;
}
