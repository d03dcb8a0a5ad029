/* What the rules allow; not compiled. */
#define ASYNC_THING /* a comment that goes
on: return; */ ASYNC_BEGIN(x) \
    return switch AWAIT

static const struct future_ops plain_ops = { .name = "return" };
static const char *const words[] = { "{", "}", "\"{", "ASYNC_BEGIN" };

static enum poll plain_poll(struct future *f, struct context *cx)
{
    int uninitialised;
    return POLL_READY; /* a leaf may do as it likes */
}

static enum poll all_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct all);
    /* return; int x; AWAIT(a); AWAIT(b); "*/
    // return; int x; ' /*
#define EARLY(x) \
    if (x) \
        return /* { */
    puts("return; int x; /* ASYNC_END { \\\" }");
    putchar('"');
    putchar('\''), putchar('}'); /* return */
    for (self->i = 0; self->i < n * self->max; self->i++)
        AWAIT(tick(&self->tick, (struct arg){ 1, 2 }));
    for (int i = 0, j = { 0 }; i * j < n; i++)
        self->sum += i;
    if (self->sum)
        AWAIT(tick(&self->tick, 1));
    else
        AWAIT(tick(&self->tick, 2));
    AWAIT(tick(&self->tick,
               3));
    self->return_value = self->switch_on;
    goto done;
done:
    ASYNC_RETURN();
    ASYNC_FINALLY
    int last = 0;
    free(self->buffer);
    ASYNC_END;
}

static enum poll locals_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct locals);
    {
        int a = 1, *b = &a, c[2] = { 1, 2 };
        const struct pair p = { .x = f(1, 2), .y = { 3 } }, *q = NULL;
        struct local {
            int member, other[3];
        };
        enum { ONE, TWO };
        static char buffer[64];
        extern int elsewhere;
        size_t n = sizeof(int), const_like = n;
        uv_buf_t const buf = uv_buf_init(NULL, 0);
        void (*call)(int x, int y) = NULL;
        int prototype(int x);
        _Static_assert(sizeof a == 4, "a");
        n = x ? y : a;
        p = *q;
        call(a, b);
    }
    switch (self->sum) {
    case 1: {
        int one = 1;
        break;
    }
    default:
        ASYNC_RETURN(self->result = self->x ? 1 : 2);
    }
    AWAIT(tick(&self->tick, 4));
    ASYNC_END;
}

static enum poll breaks_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct breaks);
    for (self->i = 0; self->i < 3; self->i++)
        if (self->i == 2)
            self->pair = (struct pair){ 1, 2 };
        else if (self->x)
            break;
        else
            AWAIT(tick(&self->tick, 1));
    while (self->n--) {
        AWAIT(tick(&self->tick, 2));
        if (self->x)
            break;
    }
    do
        if (self->y) {
            break;
        }
    while (self->n++ < 3);
    do {
        while (self->z)
            self->z--;
        break;
    } while (true);
    switch (self->n)
    default:
        break;
    list_each(&self->list, self->item) {
        while (self->item->busy) {
        }
        break;
    }
    for (;;)
        switch (self->n) {
        case 1:
            while (1)
                break;
            break;
        }
    while (self->x)
        list_each(&self->list, self->item) {
            break;
        }
    ASYNC_FINALLY
    for (;;) {
        break;
    }
    ASYNC_END;
}

static void ordinary(void)
{
    char after[16];
    return;
}
