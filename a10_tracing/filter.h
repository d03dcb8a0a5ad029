/* filter.h: which events are heard: EXECUTOR_LOG=info,a10_spans=debug
 *
 * The text is a list.  A level alone holds for everything.  NAME=LEVEL holds
 * for one lesson (a10_tracing) or for one file of it (a10_spans); a rule
 * for a file overrides one for its lesson.  If something is named twice, the
 * last rule counts.  If no level is alone, info holds for all that has no rule.
 * A name has no folder and no ".c": it is made of letters, digits, _ and -.
 * There are no blanks.
 */
#ifndef A10_FILTER_H
#define A10_FILTER_H

#include <strings.h>
#include "base.h"

enum level { /* each includes those before it */
             LEVEL_OFF,
             LEVEL_ERROR,
             LEVEL_WARN,
             LEVEL_INFO,
             LEVEL_DEBUG,
             LEVEL_TRACE,
             LEVELS
};

static inline const char *level_name(enum level level)
{
    static const char *const names[] = { "OFF",  "ERROR", "WARN",
                                         "INFO", "DEBUG", "TRACE" };
    return names[level];
}

enum { FILTER_RULES = 16, FILTER_NAME = 32 };

struct filter {
    enum level rest; /* of all that no rule names */
    int n;
    struct {
        char name[FILTER_NAME];
        enum level level;
    } rules[FILTER_RULES];
    char bad[120]; /* what is wrong, if filter_parse() returned false */
};

/* LEVELS: the first n characters of the text name no level. */
static inline enum level filter_level_(const char *text, size_t n)
{
    for (enum level l = LEVEL_OFF; l < LEVELS; l++)
        if (strlen(level_name(l)) == n &&
            strncasecmp(text, level_name(l), n) == 0)
            return l;
    return LEVELS;
}

static inline bool filter_refuse_(struct filter *f, const char *what,
                                  const char *text, size_t n)
{
    snprintf(f->bad, sizeof f->bad, "'%.*s' %s", n < 40 ? (int)n : 40, text,
             what);
    for (char *c = f->bad; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* it stays one line */
    return false;
}

/* One item of the list: its first n characters. */
static inline bool filter_add_(struct filter *f, const char *item, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *equals = memchr(item, '=', n);
    size_t name = equals ? (size_t)(equals - item) : 0;
    const char *word = equals ? equals + 1 : item;
    enum level level = filter_level_(word, n - (size_t)(word - item));
    if (level == LEVELS)
        return filter_refuse_(f,
                              "has no level: "
                              "off, error, warn, info, debug or trace",
                              item, n);
    if (!equals) {
        f->rest = level;
        return true;
    }
    if (name == 0 || name >= FILTER_NAME || strspn(item, letters) < name)
        return filter_refuse_(f, "names no lesson and no file", item, n);
    if (f->n == FILTER_RULES)
        return filter_refuse_(f, "is one rule too many; 16 are allowed", item,
                              n);
    memcpy(f->rules[f->n].name, item, name);
    f->rules[f->n].name[name] = '\0';
    f->rules[f->n++].level = level;
    return true;
}

/* False: `bad` says what is wrong.  NULL and "" mean info. */
static inline bool filter_parse(struct filter *f, const char *text)
{
    *f = (struct filter){ .rest = LEVEL_INFO };
    if (!text || !*text)
        return true;
    for (;;) {
        size_t n = strcspn(text, ",");
        if (!filter_add_(f, text, n))
            return false;
        if (!text[n])
            return true;
        text += n + 1;
    }
}

/* What is heard of this file of this lesson.  Both names are without folders,
 * and the file's is compared up to its first dot. */
static inline enum level filter_find(const struct filter *f, const char *lesson,
                                     const char *file)
{
    enum level level = f->rest;
    size_t n = strcspn(file, ".");
    bool exact = false;
    for (int i = 0; i < f->n; i++) {
        const char *name = f->rules[i].name;
        bool is_file = strlen(name) == n && memcmp(name, file, n) == 0;
        if (is_file || (!exact && strcmp(name, lesson) == 0))
            level = f->rules[i].level;
        exact = exact || is_file;
    }
    return level;
}

/* The most verbose level that any rule lets through. */
static inline enum level filter_most(const struct filter *f)
{
    enum level most = f->rest;
    for (int i = 0; i < f->n; i++)
        if (f->rules[i].level > most)
            most = f->rules[i].level;
    return most;
}
#endif
