/* chat_room.h: rooms, who is in them, and what is said there.
 *
 * Each room is a broadcast channel: every member has a receiver of its own.
 *
 * messages  A message is text on the heap that all members share.  The channel
 *           counts its readers: a clone is one reader more, a drop one less.
 * names     A room or a member has 1 to 16 letters, digits, - or _.  Two
 *           members cannot have the same name, whether in capitals or not.
 * rooms     A room begins with its first member, and ends with its last.
 * memory    If there is none for a message, nobody gets it, and `chat.lost`
 *           counts it.
 * end       chat_close() drops all senders: each member can still receive what
 *           was said before, and then UV_EOF.
 */
#ifndef A08_CHAT_ROOM_H
#define A08_CHAT_ROOM_H

#include <strings.h>
#include "a08_channels/broadcast.h"

enum {
    CHAT_NAME = 16,
    CHAT_BACKLOG = 256, /* messages that a member can be behind */
};

struct chat_message {
    size_t readers;
    size_t size;
    char text[];
};

typedef BROADCAST_SENDER(struct chat_message *) chat_tx;
typedef BROADCAST_RECEIVER(struct chat_message *) chat_rx;

struct chat {
    struct list rooms;
    bool closed;
    unsigned guests; /* names given, so far */
    int lost;        /* messages for which there was no memory */
};

struct chat_room {
    struct list link; /* in chat.rooms */
    char name[CHAT_NAME + 1];
    chat_tx tx;
    struct list members;
    int n; /* of them */
};

struct chat_member {
    struct chat *chat;
    char name[CHAT_NAME + 1];
    struct chat_room *room; /* NULL: in none */
    struct list link;       /* in room.members */
    chat_rx rx;
};

/* ---- Messages ------------------------------------------------------------ */

static inline void chat_message_drop(void *value)
{
    struct chat_message *m = *(struct chat_message **)value;
    if (m && --m->readers == 0)
        free(m);
}

static inline bool chat_message_clone(void *copy, const void *value)
{
    struct chat_message *m = *(struct chat_message *const *)value;
    m->readers++;
    *(struct chat_message **)copy = m;
    return true;
}

/* Add some text to a message that nobody else has; NULL: to a new one.  0 or
 * UV_ENOMEM: it is as before. */
static inline int chat_message_add(struct chat_message **message,
                                   const char *format, va_list arguments)
{
    size_t old = *message ? (*message)->size : 0;
    struct chat_message *m;
    va_list again;
    int size;
    va_copy(again, arguments);
    size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    m = realloc(*message, sizeof *m + old + (size_t)size + 1);
    if (!m)
        return UV_ENOMEM;
    vsnprintf(m->text + old, (size_t)size + 1, format, arguments);
    m->readers = 1;
    m->size = old + (size_t)size;
    *message = m;
    return 0;
}

/* Tell it to all who are in the room. */
__attribute__((format(printf, 3, 4))) static inline void chat_say(
    struct chat *chat, struct chat_room *room, const char *format, ...)
{
    struct chat_message *m = NULL;
    va_list arguments;
    if (chat->closed)
        return;
    va_start(arguments, format);
    if (chat_message_add(&m, format, arguments))
        chat->lost++;
    else if (broadcast_send(&room->tx, &m)) /* nobody is in there */
        chat_message_drop(&m);
    va_end(arguments);
}

/* ---- Names --------------------------------------------------------------- */

static inline bool chat_name_is_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return n > 0 && n <= CHAT_NAME && name[n] == '\0';
}

static inline struct chat_room *chat_room_of(struct list *l)
{
    return container_of(l, struct chat_room, link);
}

static inline struct chat_member *chat_member_of(struct list *l)
{
    return container_of(l, struct chat_member, link);
}

/* A room of this name, or NULL. */
static inline struct chat_room *chat_room_find(struct chat *chat,
                                               const char *name)
{
    for (struct list *l = chat->rooms.next; l != &chat->rooms; l = l->next)
        if (strcasecmp(chat_room_of(l)->name, name) == 0)
            return chat_room_of(l);
    return NULL;
}

/* The member who has this name, in any room, or NULL. */
static inline struct chat_member *chat_member_find(struct chat *chat,
                                                   const char *name)
{
    for (struct list *r = chat->rooms.next; r != &chat->rooms; r = r->next) {
        struct list *members = &chat_room_of(r)->members;
        for (struct list *l = members->next; l != members; l = l->next)
            if (strcasecmp(chat_member_of(l)->name, name) == 0)
                return chat_member_of(l);
    }
    return NULL;
}

/* ---- Rooms --------------------------------------------------------------- */

static inline int chat_room_open_(struct chat_room **room, struct chat *chat,
                                  const char *name, chat_rx *first)
{
    struct chat_room *r = calloc(1, sizeof *r);
    *room = r;
    if (!r || broadcast_open(&r->tx, first, CHAT_BACKLOG, chat_message_drop,
                             chat_message_clone)) {
        free(r);
        return UV_ENOMEM;
    }
    snprintf(r->name, sizeof r->name, "%s", name);
    list_init(&r->members);
    list_append(&chat->rooms, &r->link);
    return 0;
}

/* Leave the room, if there is one.  What was not received is gone. */
static inline void chat_leave(struct chat_member *member)
{
    struct chat_room *room = member->room;
    if (!room)
        return;
    member->room = NULL;
    list_remove(&member->link);
    broadcast_receiver_drop(&member->rx);
    if (--room->n > 0) {
        chat_say(member->chat, room, "* %s leaves %s\n", member->name,
                 room->name);
        return;
    }
    broadcast_sender_drop(&room->tx);
    list_remove(&room->link);
    free(room);
}

/* Leave the old room, if there is one, and enter this one.  0; UV_ENOMEM;
 * UV_ECANCELED: the chat is closed.  After an error nothing has changed. */
static inline int chat_enter(struct chat_member *member, const char *name)
{
    struct chat_room *room = chat_room_find(member->chat, name);
    chat_rx rx;
    int rc = UV_ECANCELED;
    if (!member->chat->closed && room)
        rc = broadcast_subscribe(&room->tx, &rx);
    else if (!member->chat->closed)
        rc = chat_room_open_(&room, member->chat, name, &rx);
    if (rc)
        return rc;
    room->n++; /* if it is also the old room, it must not end now */
    chat_leave(member);
    member->rx = rx;
    member->room = room;
    list_append(&room->members, &member->link);
    chat_say(member->chat, room, "* %s joins %s\n", member->name, room->name);
    return 0;
}

/* ---- Begin and end ------------------------------------------------------- */

static inline void chat_init(struct chat *chat)
{
    *chat = (struct chat){ .closed = false };
    list_init(&chat->rooms);
}

/* A new member: choose a name that nobody has, and enter the lobby.  Status as
 * for chat_enter(); after an error the member is in no room. */
static inline int chat_welcome(struct chat_member *member, struct chat *chat)
{
    *member = (struct chat_member){ .chat = chat };
    do
        snprintf(member->name, sizeof member->name, "guest%u", ++chat->guests);
    while (chat_member_find(chat, member->name));
    return chat_enter(member, "lobby");
}

/* Nothing can be said from now on.  Each room ends with its last member. */
static inline void chat_close(struct chat *chat)
{
    chat->closed = true;
    for (struct list *l = chat->rooms.next; l != &chat->rooms; l = l->next)
        broadcast_sender_drop(&chat_room_of(l)->tx);
}
#endif
