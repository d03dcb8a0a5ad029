/* console_folder.h: where watched programs have their sockets.
 *
 * In $XDG_RUNTIME_DIR, which is the user's own by its definition, or else in
 * /tmp/executor-UID.  Anybody can make a folder of that name in /tmp, so it is
 * used only if it is a folder, is ours, and nobody else can look into it.
 *
 *     executor-NAME-PID.sock
 */
#ifndef A10_CONSOLE_FOLDER_H
#define A10_CONSOLE_FOLDER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONSOLE_PREFIX "executor-"
#define CONSOLE_SUFFIX ".sock"

/* The folder; NULL, or why it cannot be used. */
static inline const char *console_folder(char *path, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat s;
    bool tmp = !runtime || *runtime != '/';
    if (tmp)
        snprintf(path, size, "/tmp/executor-%u", (unsigned)getuid());
    else if ((size_t)snprintf(path, size, "%s", runtime) >= size)
        return "XDG_RUNTIME_DIR is too long";
    if (tmp && mkdir(path, 0700) != 0 && errno != EEXIST)
        return strerror(errno);
    if (lstat(path, &s) != 0)
        return strerror(errno);
    if (!S_ISDIR(s.st_mode))
        return "it is not a folder";
    if (s.st_uid != getuid())
        return "it belongs to another user";
    if (s.st_mode & (S_IRWXG | S_IRWXO))
        return "other users can look into it";
    return NULL;
}

/* False: the path is too long for a socket. */
static inline bool console_address(struct sockaddr_un *address,
                                   const char *path)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address->sun_path)
        return false;
    strcpy(address->sun_path, path);
    return true;
}

/* A new descriptor, or -1 and errno.  ECONNREFUSED: nobody listens there. */
static inline int console_connect(const char *path)
{
    struct sockaddr_un address;
    int fd, error;
    if (!console_address(&address, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    /* A program that is stopped accepts nobody; do not wait for it. */
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Remove a socket on which nobody listens any more. */
static inline bool console_remove_stale(const char *path)
{
    struct stat s;
    int fd;
    if (lstat(path, &s) != 0 || !S_ISSOCK(s.st_mode) || s.st_uid != getuid())
        return false;
    fd = console_connect(path);
    if (fd >= 0)
        close(fd);
    return fd < 0 && errno == ECONNREFUSED && unlink(path) == 0;
}
#endif
