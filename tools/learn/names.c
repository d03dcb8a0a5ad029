/* names.c: which item a learner means. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include "course.h"
#include "text.h"

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* a07_select -> select */
static const char *short_name(const char *name)
{
    bool numbered = name[0] == 'a' && isdigit((unsigned char)name[1]) &&
                    isdigit((unsigned char)name[2]) && name[3] == '_';
    return numbered ? name + 4 : name;
}

/* How many letters to insert, delete or change. */
static size_t edits_between(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);
    if (n >= 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            size_t insert = row[j - 1] + 1;
            corner = row[j];
            row[j] = row[j] + 1 < change ? row[j] + 1 : change;
            row[j] = insert < row[j] ? insert : row[j];
        }
    }
    return row[n];
}

const char *nearest(const char *word, const char *const *words, size_t count)
{
    size_t near = 2 + strlen(word) / 4; /* one edit less than this many */
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t whole = edits_between(word, words[i]);
        size_t brief = edits_between(word, short_name(words[i]));
        size_t least = whole < brief ? whole : brief;
        if (least < near) {
            near = least;
            best = words[i];
        }
    }
    return best;
}

/* How well an item answers to a name: 0 not at all, 4 exactly. */
static int fit(const struct item *item, const char *name)
{
    const char *brief = short_name(item->name);
    if (strcmp(item->name, name) == 0)
        return 4;
    if (strcmp(brief, name) == 0)
        return 3;
    if (starts(item->name, name) || starts(brief, name))
        return 2;
    return strlen(name) >= 3 && strstr(brief, name) ? 1 : 0;
}

/* One line that says what the name could have meant. */
static void say_unknown(const struct course *c, int kinds, const char *name)
{
    const char *what = kinds == EXERCISE ? "exercise" : "program";
    const char *words[512], *near;
    size_t count = 0;
    for (size_t i = 0; i < c->count && count < 512; i++)
        if (c->items[i].kind & (unsigned)kinds)
            words[count++] = c->items[i].name;
    near = nearest(name, words, count);
    if (near)
        complain("there is no %s '%s'; did you mean %s?", what, name, near);
    else
        complain("there is no %s '%s'; ./learn list shows all", what, name);
}

enum { AMBIGUOUS = 5 }; /* so many are named */

static void say_ambiguous(const struct course *c, int kinds, const char *name,
                          int best)
{
    struct path all = { "" };
    int n = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        if ((item->kind & (unsigned)kinds) && fit(item, name) == best &&
            n++ < AMBIGUOUS)
            all =
                path_of("%s%s%s", all.text, *all.text ? ", " : "", item->name);
    }
    if (n > AMBIGUOUS)
        all = path_of("%s, or one of %d others", all.text, n - AMBIGUOUS);
    complain("'%s' could be %s; say which", name, all.text);
}

const struct item *course_find(const struct course *c, int kinds,
                               const char *given)
{
    const struct item *found = NULL, *other = NULL;
    struct path name = path_of("%s", given);
    char *slash = strrchr(name.text, '/'), *base, *dot;
    int best = 0, ties = 0;
    base = slash ? slash + 1 : name.text;
    dot = strchr(base, '.');
    if (dot)
        *dot = '\0';
    for (size_t i = 0; *base && i < c->count; i++) {
        const struct item *item = &c->items[i];
        int fits = fit(item, base);
        if (!(item->kind & (unsigned)kinds)) {
            other = fits == 4 ? item : other;
        } else if (fits && fits >= best) {
            ties = fits > best ? 1 : ties + 1;
            best = fits;
            found = item;
        }
    }
    if (other && best < 4)
        complain("%s is %s: ./learn %s %s", other->name,
                 other->kind == EXERCISE ? "an exercise" : "a program",
                 other->kind == EXERCISE ? "check" : "run", other->name);
    else if (!found)
        say_unknown(c, kinds, base);
    else if (ties > 1)
        say_ambiguous(c, kinds, base, best);
    return (other && best < 4) || ties > 1 ? NULL : found;
}
