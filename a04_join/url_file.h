/* url_file.h: where a04_urls saves what comes: DIR/0007_example.org_index.html.
 *
 * Until the file is complete, its name ends in .part.  That file is removed if
 * the transfer fails or is cancelled.
 */
#ifndef A04_URL_FILE_H
#define A04_URL_FILE_H

#include "a04_join/url_list.h"

static inline void url_file_forget_(struct url *u)
{
    free(u->path);
    free(u->part);
    u->path = u->part = NULL;
    u->file = NULL;
}

/* Where the body of `u` will go: DIR/NAME.  False: the file cannot be created,
 * and u->error says why. */
static inline bool url_file_create(struct url *u, const char *dir,
                                   const char *name)
{
    u->path = url_format("%s/%s", dir, name);
    u->part = url_format("%s.part", u->path);
    unlink(u->part); /* left by a run that was killed */
    u->file = fopen(u->part, "wbx");
    if (u->file)
        return true;
    url_fail(u, strerror(errno));
    url_file_forget_(u);
    return false;
}

/* The same, with a name made of the URL; nowhere if `dir` is NULL. */
static inline bool url_file_open(struct url *u, const char *dir)
{
    const char *login, *from = url_host(u->text, &login);
    char name[96];
    size_t n = (size_t)snprintf(name, sizeof name, "%04zu_", u->number);
    size_t most = n + 63;
    if (!dir)
        return true;
    for (; *from && n < most; from++)
        name[n++] = isalnum((unsigned char)*from) || *from == '.' ? *from : '_';
    name[n] = '\0';
    return url_file_create(u, dir, name);
}

/* Keep a body that is `whole`; otherwise, or if that fails, leave no file. */
static inline void url_file_close_(struct url *u, bool whole)
{
    if (!u->file)
        return;
    if (fclose(u->file) || (whole && rename(u->part, u->path)))
        url_fail(u, strerror(errno));
    if (!whole || u->error)
        unlink(u->part);
    url_file_forget_(u);
}

/* The transfer is over. */
static inline void url_finish(struct url *u, const struct fetch *f)
{
    url_note(u, f);
    if (*f->error)
        url_fail(u, f->error);
    url_file_close_(u, !u->error);
}

/* The transfer was dropped. */
static inline void url_cancel(struct url *u, const struct fetch *f)
{
    url_note(u, f);
    url_file_close_(u, false);
}
#endif
