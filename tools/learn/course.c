#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include "course.h"
#include "text.h"

struct path path_of(const char *format, ...)
{
    struct path path;
    va_list args;
    va_start(args, format);
    if (vsnprintf(path.text, sizeof path.text, format, args) >=
        (int)sizeof path.text) {
        complain("this path is too long: %s…", path.text);
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

/* As the learner's folder has it: we change to another one at times. */
static struct path path_absolute(const char *path)
{
    char here[sizeof(struct path)];
    if (*path == '/' || !getcwd(here, sizeof here))
        return path_of("%s", path);
    return path_of("%s/%s", here, path);
}

bool folder_make(const struct path *folder)
{
    struct path part = *folder;
    for (char *s = part.text + 1; *s; s++) {
        if (*s != '/')
            continue;
        *s = '\0';
        mkdir(part.text, 0777);
        *s = '/';
    }
    return mkdir(part.text, 0777) == 0 || errno == EEXIST;
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
        *item = (struct item){ .kind = kinds[i].kind };
        item->room = strtok_r(NULL, " ", &rest);
        item->name = strtok_r(NULL, " ", &rest);
        if (item->kind == SKIPPED)
            item->needs = strtok_r(NULL, " ", &rest);
        item->second = strtok_r(NULL, " ", &rest) != NULL;
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

/* FNV-1a over what is shipped and its test: a pass is worth as much as the
 * version that was passed. */
static void item_version_set(const struct course *c, struct item *item)
{
    uint64_t sum = 14695981039346656037u;
    const char *const endings[] = { "c", "test.c" };
    for (size_t i = 0; i < 2; i++) {
        struct path path = path_of("%s/%s/exercises/%s.%s", c->root, item->room,
                                   item->name, endings[i]);
        FILE *file = fopen(path.text, "r");
        for (int byte; file && (byte = getc(file)) != EOF;)
            sum = (sum ^ (unsigned)byte) * 1099511628211u;
        if (file)
            fclose(file);
    }
    snprintf(item->version, sizeof item->version, "%016" PRIx64, sum);
}

bool course_renew(struct course *c, const struct item *exercise)
{
    struct item *item = &c->items[exercise - c->items], old = *item;
    item_version_set(c, item);
    return strcmp(item->version, old.version) != 0;
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
        complain("%s does not say what the course holds; run cmake or "
                 "./learn again",
                 manifest.text);
        course_close(c);
        return false;
    }
    c->work = path_of("%s/work", c->root);
    if (work && *work)
        c->work = path_absolute(work);
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].kind == EXERCISE)
            item_version_set(c, &c->items[i]);
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
        if (text[strcspn(text, " _(")] == ' ') /* no name of a function */
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
