/* list.h: a circular list with links in both directions.
 *
 * The links are inside the items, so nothing is allocated, and an item leaves
 * its list without a search.  The head is a link, too: head.next is the first
 * item, head.prev the last one; in an empty list both point to the head.
 * Nothing is locked: one thread uses a list.
 */
#ifndef LIST_H
#define LIST_H

#include "base.h"

struct list {
    struct list *next, *prev; /* of an item in no list: next is NULL */
};

#define LIST_NOT_THERE_                                                     \
    "a list was not initialised, or has moved since; call list_init(), or " \
    "for a set unordered_init() and the like, where it stays"

/* Checks what must be true of a list or an item. */
static inline void list_check_(bool right, const char *otherwise)
{
#ifndef NDEBUG
    if (!right)
        misuse("%s", otherwise);
#endif
    (void)right, (void)otherwise;
}

/* An empty list. */
static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    list_check_(head->next, LIST_NOT_THERE_);
    return head->next == head;
}

/* Make `item` the last one.  It must not be in a list. */
static inline void list_append(struct list *head, struct list *item)
{
    list_check_(head->next && head->next->prev == head, LIST_NOT_THERE_);
    list_check_(head->prev != item, "an item is appended a second time");
    item->next = head;
    item->prev = head->prev;
    head->prev->next = item;
    head->prev = item;
}

/* Take `item` out of its list. */
static inline void list_remove(struct list *item)
{
    list_check_(item->next && item->next->prev == item,
                "an item is removed that is in no list");
    item->prev->next = item->next;
    item->next->prev = item->prev;
    item->next = NULL;
}
#endif
