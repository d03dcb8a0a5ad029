/* console_server.h: the thread of a watched program that answers its consoles.
 *
 * The thread is not the executor's.  So it also answers while a poll computes
 * and does not return, and such a poll is just what you look for.  It reads
 * what the hooks count, and takes no part in the event loop.
 *
 * socket   A Unix socket, which only its owner may open (mode 0600).  Its
 *          folder is $XDG_RUNTIME_DIR or /tmp/executor-UID, see
 *          console_folder.h.  The socket is removed at exit().  If the program
 *          was killed, the next console removes its socket.
 * consoles At most CONSOLE_CLIENTS at a time.  A console that stops reading or
 *          is killed does not disturb the program: no write waits, and none
 *          raises SIGPIPE.
 * signals  The thread blocks all, so that they reach the program's threads.
 * fork     A child has no such thread, and closes its copies of the sockets.
 */
#ifndef A10_CONSOLE_SERVER_H
#define A10_CONSOLE_SERVER_H

#include "a10_tracing/console_tasks.h"

enum {
    CONSOLE_CLIENTS = 8,
    CONSOLE_TICK_MS = 1,
    CONSOLE_PATIENCE_MS = 100,
    CONSOLE_DEAF_MS = 100
};

/* What a console has asked, until its answer is written. */
struct console_query {
    struct console_ask ask; /* the tasks to tell of, in this order */
    enum console_column column;
    bool down; /* the largest first */
    uint64_t from;
};

/* Open the socket, here or (NULL) at the usual place, and start the thread.
 * If that fails, the program ends with one line and status 2. */
void console_serve(const char *path);

/* A line of a console.  False: this is no question. */
bool console_parse_query(struct console_query *q, char *line);

/* Which tasks it is about; and all that is to be sent, on the heap.  With the
 * lock in the second.  False and NULL: there is no memory. */
bool console_choose(struct console_query *q);
char *console_reply(struct console_query *q, const char *name, size_t *size);
#endif
