/* A break that leaves the switch inside ASYNC_BEGIN; not compiled. */
static enum poll first_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct first);
    if (self->done)
        break; /* error: a `break` outside of a loop skips */
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(tick(&self->tick, 1));
        if (self->x)
            break;
    }
    if (self->x) {
        break; /* error: use ASYNC_RETURN() */
    }
    for (self->i = 0; self->i < 3; self->i++)
        AWAIT(tick(&self->tick, 2));
    break; /* error: use ASYNC_RETURN() */
    ASYNC_END;
}

static enum poll second_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct second);
    while (self->x)
        if (self->y)
            break;
        else
            break;
    if (self->x)
        break; /* error: use ASYNC_RETURN() */
    else
        break; /* error: use ASYNC_RETURN() */
    do
        self->pair = (struct pair){ 1, 2 };
    while (self->x);
    break; /* error: use ASYNC_RETURN() */
    switch (self->x) {
    case 1:
        break;
    }
    break; /* error: use ASYNC_RETURN() */
    list_each(&self->list, self->item) {
        break;
    }
    break; /* error: use ASYNC_RETURN() */
    f((struct pair){ 1, 2 });
    break; /* error: use ASYNC_RETURN() */
    ASYNC_FINALLY
    if (!self->file)
        break; /* error: use if and else */
    close(self->file);
    ASYNC_END;
}

static void ordinary(void)
{
    while (1)
        break;
}
