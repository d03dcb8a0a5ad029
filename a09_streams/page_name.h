/* page_name.h: a URL becomes the name of a file, in one folder.
 *
 *     http://example.org/docs/intro.html     docs+intro.html
 *     http://example.org/docs/               docs+index.html
 *     http://example.org/find?q=C            4b7e5a1c09d2f833_find_q_C
 *
 * A page must not choose where it is saved: "/etc/passwd", "../x", ".bashrc"
 * or 1,000 letters are fine in a URL.  So a name consists of a-z, A-Z, 0-9 and
 * + - . _ only, does not begin with a dot, has PAGE_NAME_SIZE - 1 bytes at
 * most, and never ends in ".part".
 *
 * Different URLs get different names.  Where a name does not tell all of its
 * URL, a hash of the URL is in front of it.  This is also done if a path has
 * capitals, because some file systems do not tell them from small letters.
 */
#ifndef A09_PAGE_NAME_H
#define A09_PAGE_NAME_H

#include "a09_streams/page_url.h"

enum { PAGE_NAME_TEXT = 100, PAGE_NAME_SIZE = 160 };

/* FNV-1a.  If somebody makes two URLs with the same hash, one of the two pages
 * replaces the other, in the same folder. */
static inline uint64_t page_name_hash_(const char *url)
{
    uint64_t hash = 14695981039346656037u;
    for (; *url; url++)
        hash = (hash ^ (unsigned char)*url) * 1099511628211u;
    return hash;
}

static inline bool page_name_ends_(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

/* Does the path alone make a name that no other path has? */
static inline bool page_name_is_plain_(const char *path)
{
    if (strspn(path, "0123456789abcdef") >= 16 && path[16] == '_')
        return false; /* it looks like a hash */
    for (const char *p = path; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
            !strchr("-._/", *p))
            return false;
    return *path != '.' && strlen(path) <= PAGE_NAME_TEXT &&
           !page_name_ends_(path, ".part") &&
           !page_name_ends_(path, "index.html"); /* that is for "/" */
}

/* `home` is where the site begins: its pages have the short names, and those
 * that the same host has under another scheme do not. */
static inline void page_name(char name[PAGE_NAME_SIZE], const char *url,
                             const char *home)
{
    size_t n, length;
    const char *site = page_url_site(url, &n), *path = site + n + 1;
    bool plain = page_name_is_plain_(path) &&
                 strncmp(url, home, (size_t)(path - url)) == 0;
    bool folder = !*path || page_name_ends_(path, "/");
    length = strlen(path);
    if (length > PAGE_NAME_TEXT) /* its end tells more than its beginning */
        path += length - PAGE_NAME_TEXT;
    n = 0;
    if (!plain)
        n = (size_t)sprintf(name, "%016llx_",
                            (unsigned long long)page_name_hash_(url));
    for (; *path; path++) {
        bool kept = isalnum((unsigned char)*path) || strchr("-._", *path);
        name[n++] = kept ? *path : *path == '/' ? '+' : '_';
    }
    name[n] = '\0';
    if (folder)
        strcpy(name + n, "index.html");
    else if (page_name_ends_(name, ".part"))
        strcpy(name + n, "_");
}
#endif
