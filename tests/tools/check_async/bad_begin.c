/* ASYNC_BEGIN comes first, ASYNC_END is there; not compiled. */
static enum poll late_poll(struct future *f, struct context *cx)
{
    int before = 1;
    ASYNC_BEGIN(struct late); /* error: ASYNC_BEGIN the first line */
    AWAIT(tick(&self->tick, before));
    ASYNC_END;
}

static enum poll shared_poll(struct future *f, struct context *cx)
{
    static int before; /* error: share a static variable */
    ASYNC_BEGIN(struct shared);
    AWAIT(tick(&self->tick, before));
    ASYNC_END;
}

static enum poll nested_poll(struct future *f, struct context *cx)
{
    {
        ASYNC_BEGIN(struct nested); /* error: ASYNC_BEGIN the first line */
        ASYNC_END;
    }
}

static enum poll endless_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct endless); /* ASYNC_END */
    AWAIT(tick(&self->tick, 1));
    return POLL_READY; /* error: leave by ASYNC_RETURN */
} /* error: with ASYNC_END */
