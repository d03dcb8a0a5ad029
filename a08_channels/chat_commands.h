/* chat_commands.h: what a line of a member does.
 *
 * A line that begins with '/' is a command; any other line is said in the
 * member's room.  The answer to a command is for the member alone.  What all
 * can see, such as a new name, is said in the room, and so to the member, too.
 */
#ifndef A08_CHAT_COMMANDS_H
#define A08_CHAT_COMMANDS_H

#include "a08_channels/chat_room.h"

struct chat_command {
    const char *name, *argument, *what; /* for /help */
    int (*run)(struct chat_member *member, const char *argument,
               struct chat_message **reply);
};

/* Add to the reply.  0 or UV_ENOMEM. */
__attribute__((format(printf, 2, 3))) static inline int chat_reply(
    struct chat_message **reply, const char *format, ...)
{
    va_list arguments;
    int rc;
    va_start(arguments, format);
    rc = chat_message_add(reply, format, arguments);
    va_end(arguments);
    return rc;
}

static inline int chat_reply_bad_name_(struct chat_message **reply)
{
    return chat_reply(reply, "* a name has 1 to %d letters, digits, - or _\n",
                      CHAT_NAME);
}

static inline int chat_name_(struct chat_member *member, const char *name,
                             struct chat_message **reply)
{
    struct chat_member *other = chat_member_find(member->chat, name);
    if (!chat_name_is_valid(name))
        return chat_reply_bad_name_(reply);
    if (other && other != member)
        return chat_reply(reply, "* the name %s is taken\n", other->name);
    chat_say(member->chat, member->room, "* %s is now %s\n", member->name,
             name);
    snprintf(member->name, sizeof member->name, "%s", name);
    return 0;
}

static inline int chat_join_(struct chat_member *member, const char *name,
                             struct chat_message **reply)
{
    if (!chat_name_is_valid(name))
        return chat_reply_bad_name_(reply);
    if (strcasecmp(name, member->room->name) == 0)
        return chat_reply(reply, "* you are in %s\n", member->room->name);
    return chat_enter(member, name);
}

static inline int chat_rooms_(struct chat_member *member, const char *unused,
                              struct chat_message **reply)
{
    struct list *rooms = &member->chat->rooms;
    int rc = chat_reply(reply, "* rooms:");
    (void)unused;
    for (struct list *l = rooms->next; rc == 0 && l != rooms; l = l->next)
        rc = chat_reply(reply, " %s (%d)", chat_room_of(l)->name,
                        chat_room_of(l)->n);
    return rc ? rc : chat_reply(reply, "\n");
}

static inline int chat_users_(struct chat_member *member, const char *unused,
                              struct chat_message **reply)
{
    struct list *members = &member->room->members;
    int rc = chat_reply(reply, "* in %s:", member->room->name);
    (void)unused;
    for (struct list *l = members->next; rc == 0 && l != members; l = l->next)
        rc = chat_reply(reply, " %s", chat_member_of(l)->name);
    return rc ? rc : chat_reply(reply, "\n");
}

static inline int chat_quit_(struct chat_member *member, const char *unused,
                             struct chat_message **reply)
{
    (void)member, (void)unused, (void)reply;
    return UV_EOF;
}

static const struct chat_command chat_commands_[] = {
    { "/name", " NAME", "choose another name", chat_name_ },
    { "/join", " ROOM", "go to a room, or open a new one", chat_join_ },
    { "/rooms", "", "all rooms, and how many are in each", chat_rooms_ },
    { "/users", "", "who is in your room", chat_users_ },
    { "/quit", "", "leave", chat_quit_ },
};
enum { CHAT_COMMANDS = sizeof chat_commands_ / sizeof chat_commands_[0] };

/* Also after a command that does not exist. */
static inline int chat_help_(struct chat_message **reply)
{
    int rc = 0;
    for (int i = 0; i < CHAT_COMMANDS && rc == 0; i++) {
        const struct chat_command *c = &chat_commands_[i];
        rc = chat_reply(reply, "* %s%s: %s\n", c->name, c->argument, c->what);
    }
    return rc ? rc : chat_reply(reply, "* all else is said in your room\n");
}

/* Do what a line says.  Its answer, if there is one, is put into `reply`, which
 * is NULL before, and yours afterwards.  0; UV_EOF: the member leaves;
 * UV_ENOMEM or UV_ECANCELED: it could not be done. */
static inline int chat_obey(struct chat_member *member, const char *line,
                            struct chat_message **reply)
{
    size_t word = strcspn(line, " ");
    const char *argument = line + word + strspn(line + word, " ");
    if (*line != '/') {
        if (*line)
            chat_say(member->chat, member->room, "%s: %s\n", member->name,
                     line);
        return 0;
    }
    for (int i = 0; i < CHAT_COMMANDS; i++)
        if (strlen(chat_commands_[i].name) == word &&
            strncmp(chat_commands_[i].name, line, word) == 0)
            return chat_commands_[i].run(member, argument, reply);
    return chat_help_(reply);
}
#endif
