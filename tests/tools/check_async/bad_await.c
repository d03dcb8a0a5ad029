/* Where an AWAIT may stand; not compiled. */
static enum poll switch_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chooser);
    switch (f(self->x)) {
    case 1:
        switch (self->y) {
        default:
            break;
        }
        AWAIT(tick(&self->tick, 1)); /* error: inside a switch */
        break;
    default:
        if (self->z) {
            AWAIT(tick(&self->tick, 2)); /* error: inside a switch */
        }
    }
    AWAIT(tick(&self->tick, 3));
    ASYNC_END;
}

static enum poll line_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct line);
    AWAIT(a(&self->a)); AWAIT(b(&self->b)); /* error: one AWAIT on a line */
    AWAIT(a(&self->a,
            1)
          ); AWAIT(b(&self->b)); /* error: one AWAIT on a line */
    if (self->x) AWAIT(a(0)); else AWAIT(b(0)); /* error: one AWAIT on a line */
    AWAIT(a(&self->a));
    ASYNC_END;
}

static enum poll finally_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct finally);
    AWAIT(a(&self->a));
    ASYNC_FINALLY
    done = 1;
    AWAIT(a(&self->a)); /* error: no AWAIT after ASYNC_FINALLY */
    if (self->x)
        ASYNC_RETURN(self->y = 1); /* error: no ASYNC_RETURN after */
    ASYNC_END;
}
