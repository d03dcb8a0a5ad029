#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include "course.h"

struct path path_of(const char *format, ...)
{
    struct path path;
    va_list args;
    va_start(args, format);
    if (vsnprintf(path.text, sizeof path.text, format, args) >=
        (int)sizeof path.text) {
        fprintf(stderr, "learn: this path is too long: %s…\n", path.text);
        exit(1);
    }
    va_end(args);
    return path;
}

struct path path_in_root(const struct course *c, const struct path *path)
{
    size_t root = strlen(c->root);
    if (strncmp(path->text, c->root, root) == 0 && path->text[root] == '/')
        return path_of("%s", path->text + root + 1);
    return *path;
}

struct path path_shown(const struct course *c, const struct path *path)
{
    char here[sizeof path->text];
    if (getcwd(here, sizeof here) && strcmp(here, c->root) == 0)
        return path_in_root(c, path);
    return *path;
}

/* ---- The manifest -------------------------------------------------------- */

/* The whole file, or NULL with errno set. */
static char *file_read(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t size = 0, space = 4096;
    char *text = malloc(space + 1), *more;
    while (file && text) {
        size_t got = fread(text + size, 1, space - size, file);
        size += got;
        if (got == 0)
            break;
        more = realloc(text, 2 * space + 1);
        if (!more)
            break;
        text = more;
        space *= 2;
    }
    if (file && text) {
        text[size] = '\0';
        fclose(file);
        return text;
    }
    free(text);
    return NULL;
}

static void course_add(struct course *c, char *line)
{
    static const struct {
        const char *word;
        enum kind kind;
    } kinds[] = { { "program", PROGRAM },
                  { "skipped", SKIPPED },
                  { "exercise", EXERCISE } };
    char *rest = NULL, *word = strtok_r(line, " ", &rest);
    struct item *item = &c->items[c->count];
    if (word && strcmp(word, "root") == 0)
        c->root = rest; /* it may hold spaces */
    for (size_t i = 0; word && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(word, kinds[i].word) != 0)
            continue;
        *item = (struct item){ .kind = kinds[i].kind,
                               .room = strtok_r(NULL, " ", &rest),
                               .name = strtok_r(NULL, " ", &rest),
                               .needs = strtok_r(NULL, " ", &rest) };
        c->count += item->room && item->name;
    }
}

static bool course_read(struct course *c, const char *manifest)
{
    size_t lines = 1;
    char *rest = NULL;
    c->text = file_read(manifest);
    for (const char *s = c->text; s && *s; s++)
        lines += *s == '\n';
    c->items = calloc(lines, sizeof *c->items);
    if (!c->text || !c->items)
        return false;
    for (char *line = strtok_r(c->text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        course_add(c, line);
    return c->root != NULL;
}

bool course_open(struct course *c, const char *program)
{
    struct path self, manifest;
    size_t size = sizeof self.text;
    const char *work = getenv("LEARN_WORK");
    *c = (struct course){ 0 };
    if (uv_exepath(self.text, &size) != 0) /* where there is no /proc */
        self = path_of("%s", program);
    for (int up = 0; up < 2 && strrchr(self.text, '/'); up++)
        *strrchr(self.text, '/') = '\0'; /* build/bin/learn: from build/ */
    c->build = self;
    manifest = path_of("%s/course.txt", c->build.text);
    if (!course_read(c, manifest.text)) {
        fprintf(stderr,
                "learn: %s does not tell what the course holds; run "
                "cmake, or ./learn, anew\n",
                manifest.text);
        course_close(c);
        return false;
    }
    if (work && *work)
        c->work = path_of("%s", work);
    else
        c->work = path_of("%s/work", c->root);
    return true;
}

void course_close(struct course *c)
{
    free(c->text);
    free(c->items);
    *c = (struct course){ 0 };
}

struct path course_source(const struct course *c, const struct item *item)
{
    return path_of("%s/%s/%s%s.c", c->root, item->room,
                   item->kind == EXERCISE ? "exercises/" : "", item->name);
}

struct path course_answer(const struct course *c, const struct item *item)
{
    return path_of("%s/%s.c", c->work.text, item->name);
}

/* ---- What sources and notes say of themselves ---------------------------- */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Appends a line of a comment, without its frame; true: there is more. */
static bool question_line(struct path *question, char *line)
{
    size_t used = strlen(question->text);
    char *end = strstr(line, "*/");
    bool more = !end;
    if (end)
        *end = '\0';
    line += strspn(line, " /*");
    line[strcspn(line, "\r\n")] = '\0';
    if (*line == '\0')
        return false;
    snprintf(question->text + used, sizeof question->text - used, "%s%s",
             used ? " " : "", line);
    used = strlen(question->text);
    return more && !strchr(".?!:", question->text[used - 1]);
}

struct path course_question(const struct course *c, const struct item *item)
{
    struct path source = course_source(c, item), question = { "" };
    FILE *file = fopen(source.text, "r");
    char line[256];
    char *text = question.text;
    while (file && fgets(line, sizeof line, file))
        if (!question_line(&question, line))
            break;
    if (file)
        fclose(file);
    if (starts(text, "Exercise: ")) {
        memmove(text, text + 10, strlen(text + 10) + 1);
        *text = (char)toupper((unsigned char)*text);
    }
    if (*text && text[strlen(text) - 1] == '.')
        text[strlen(text) - 1] = '\0';
    return question;
}

struct path course_title(const struct course *c, const char *room)
{
    struct path page = path_of("%s/notes/%s.md", c->root, room);
    FILE *file = fopen(page.text, "r");
    char line[256], *title = line;
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = starts(line, "# ");
    if (file)
        fclose(file);
    if (!found)
        return (struct path){ "" };
    title[strcspn(title, "\r\n")] = '\0';
    title += strspn(title, "# `");
    if (starts(title, room))
        title += strlen(room);
    else if (starts(title, (char[]){ room[0], room[1], room[2], '\0' }))
        title += 3;
    while (*title && (strchr("`:. -", *title) || (unsigned char)*title >= 0x80))
        title++;
    return path_of("%s", title);
}

/* ---- Names --------------------------------------------------------------- */

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

const char *nearest(const char *word, const char *const *words, size_t count,
                    size_t *edits)
{
    const char *best = NULL;
    *edits = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t whole = edits_between(word, words[i]);
        size_t brief = edits_between(word, short_name(words[i]));
        size_t least = whole < brief ? whole : brief;
        if (least < *edits) {
            *edits = least;
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
    size_t count = 0, edits;
    for (size_t i = 0; i < c->count && count < 512; i++)
        if (c->items[i].kind & (unsigned)kinds)
            words[count++] = c->items[i].name;
    near = nearest(name, words, count, &edits);
    if (near)
        fprintf(stderr, "learn: there is no %s '%s'; the nearest is %s\n", what,
                name, near);
    else
        fprintf(stderr, "learn: there is no %s yet\n", what);
}

static void say_ambiguous(const struct course *c, int kinds, const char *name,
                          int best)
{
    const char *comma = "";
    fprintf(stderr, "learn: '%s' could be ", name);
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        if ((item->kind & (unsigned)kinds) && fit(item, name) == best) {
            fprintf(stderr, "%s%s", comma, item->name);
            comma = ", ";
        }
    }
    fputs("; say which\n", stderr);
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
        fprintf(stderr, "learn: %s is %s: ./learn %s %s\n", other->name,
                other->kind == EXERCISE ? "an exercise" : "a program",
                other->kind == EXERCISE ? "check" : "run", other->name);
    else if (!found)
        say_unknown(c, kinds, base);
    else if (ties > 1)
        say_ambiguous(c, kinds, base, best);
    return (other && best < 4) || ties > 1 ? NULL : found;
}
