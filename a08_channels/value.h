/* value.h: how a value travels; the same in all four channels.
 *
 * copy     A channel of `type` copies sizeof(type) bytes, as `=` does: from
 *          your variable when it accepts the value, and to the receiver's
 *          variable when it is received.  For large things, send a pointer.
 * yours    A value belongs to the sender until its send says 0.  After any
 *          other status, and after the drop of a send that still waits, it is
 *          in your variable as before, and still yours to free.
 * ours     From 0 on it belongs to the channel, and then to its receiver.
 * drop     If nobody can receive a value any more, the channel calls its drop
 *          function with it, exactly once.  NULL: such values need none.
 *
 *     static void text_drop(void *value)     a pointer to the value
 *     {
 *         free(*(char **)value);
 *     }
 *
 * clone    A broadcast and a watch give one value to many receivers, and each
 *          owns what it gets.  So values with a drop function need a clone
 *          function, too.  It makes a second value from a value, and returns
 *          false if there is no memory.  Neither function may use the channel.
 *
 *     static bool text_clone(void *copy, const void *value)
 *     {
 *         return (*(char **)copy = strdup(*(char *const *)value));
 *     }
 *
 * ends     Each end of a channel is a handle of its own, with a type of its
 *          own; give the type a name:  typedef ONESHOT_SENDER(char *) text_tx;
 *          A copy by `=` moves the handle: only one of the two may be used.
 *          Drop each end when you do not need it any more: the other side waits
 *          for that.
 * status   0; UV_EAGAIN: it would have to wait; UV_EPIPE: a send finds nobody
 *          who could receive; UV_EOF: a receiver has had all that will come.
 * threads  All of it belongs to the executor's thread.
 */
#ifndef A08_VALUE_H
#define A08_VALUE_H

#include "executor.h"

/* The members of a handle.  `carries` is never used: with it, the compiler can
 * tell a channel of int from one of char *. */
#define CARRIES(type, handle) \
    union {                   \
        handle;               \
        type *carries;        \
    }

/* `value` itself, a pointer.  It must point to a value of the type that the
 * channel carries.  Otherwise this does not compile. */
#define CARRIED(end, value)                                               \
    ((void)sizeof(struct {                                                \
         _Static_assert(                                                  \
             __builtin_types_compatible_p(__typeof__(*(value)),           \
                                          __typeof__(*(end)->carries)),   \
             "this pointer is not to the type of value that the channel " \
             "carries");                                                  \
         int unused;                                                      \
     }),                                                                  \
     (value))

/* The size of the values of a new channel, whose ends carry the same type. */
#define CARRIED_SIZE(tx, rx)                                                  \
    ((void)sizeof(struct {                                                    \
         _Static_assert(sizeof *(tx)->carries > 0,                            \
                        "a value of 0 bytes; to send none, use notify.h");    \
         _Static_assert(__alignof__(*(tx)->carries) <= _Alignof(max_align_t), \
                        "a value whose alignment malloc() does not give; "    \
                        "send a "                                             \
                        "pointer to it");                                     \
         int unused;                                                          \
     }),                                                                      \
     sizeof *CARRIED(tx, (rx)->carries))

/* What a channel knows of its values. */
struct value_type {
    size_t size;
    void (*drop)(void *value); /* or NULL */
};

static inline void value_copy(const struct value_type *type, void *to,
                              const void *from)
{
    memcpy(to, from, type->size);
}

/* Abort if this handle is all zeroes, or a copy of a handle that was dropped.
 * (If the channel is freed already, only AddressSanitizer can report it.) */
static inline void value_check_handle(const void *end, bool known,
                                      const char *handle)
{
    if (!end)
        misuse("%s is all zeroes; was it dropped, used up, or never opened?",
               handle);
    if (!known)
        misuse("%s was dropped or used up, through a copy of it; a copy by = "
               "moves a handle, so use only one of the two",
               handle);
}

/* Abort if values have a drop function, but no clone function. */
static inline void value_check_clone(void (*drop)(void *value),
                                     bool (*clone)(void *, const void *),
                                     const char *open)
{
    if (drop && !clone)
        misuse("%s: values with a drop function need a clone function, because "
               "each receiver owns what it gets",
               open);
}

/* Nobody will receive this value. */
static inline void value_drop(const struct value_type *type, void *value)
{
    if (type->drop)
        type->drop(value);
}

/* A second value, for a receiver that is not the last one.  0 or UV_ENOMEM. */
static inline int value_clone(const struct value_type *type,
                              bool (*clone)(void *copy, const void *value),
                              void *copy, const void *value)
{
    if (clone)
        return clone(copy, value) ? 0 : UV_ENOMEM;
    value_copy(type, copy, value);
    return 0;
}
#endif
