/* Every local has an initialiser; not compiled. */
static enum poll locals_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct locals);
    int a; /* error: `a` needs an initialiser */
    char buf[sizeof(int) * 2]; /* error: `buf` needs */
    int b = 1, c, d = f(1, 2); /* error: `c` needs */
    AWAIT(tick(&self->tick, 1));
    {
        struct pair *p; /* error: `p` needs */
        struct pair pair; /* error: `pair` needs */
        struct { int x, y; } point; /* error: `point` needs */
        enum { RED } colour; /* error: `colour` needs */
        const unsigned long long int big; /* error: `big` needs */
    }
    if (a) {
        size_t n; /* error: `n` needs */
        uint8_t bytes[4][4]; /* error: `bytes` needs */
        uv_buf_t *const *bufs; /* error: `bufs` needs */
        size_t const later; /* error: `later` needs */
        const size_t sooner; /* error: `sooner` needs */
        void (*call)(int x); /* error: `call` needs */
        int (*table[2])(void); /* error: `table` needs */
        int even = { 1 },
            odd; /* error: `odd` needs */
    }
    for (int i; i < 3; i++) { /* error: `i` needs */
        char inner[3]; /* error: `inner` needs */
    }
    ASYNC_FINALLY
    size_t first; /* error: `first` needs */
    char last[2]; /* error: `last` needs */
    ASYNC_END;
}
