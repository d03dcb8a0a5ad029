/* No bare return between ASYNC_BEGIN and ASYNC_END; not compiled. */
static enum poll early_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct early);
    if (self->done)
        return POLL_READY; /* error: leave by ASYNC_RETURN */
    AWAIT(tick(&self->tick, 1));
    while (self->i--) {
        if (self->i == 3) { /* " */ return f; } /* error: a bare return */
    }
    ASYNC_FINALLY
    return POLL_READY; /* error: a bare return skips ASYNC_FINALLY */
    ASYNC_END;
}

static enum poll fine_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fine);
    ASYNC_END;
}
