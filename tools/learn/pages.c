#include "learn.h"

bool is_done(const struct learn *l, const struct item *item)
{
    const char *verb = item->kind == EXERCISE ? "passed" : "ran";
    const char *value = progress_find(&l->progress, verb, item->name);
    return value && strcmp(value, item->version) == 0;
}

bool is_stale(const struct learn *l, const struct item *item)
{
    return item->kind == EXERCISE && !is_done(l, item) &&
           progress_find(&l->progress, "passed", item->name);
}

static bool is_in(const struct item *item, const char *room)
{
    return !room || strcmp(item->room, room) == 0;
}

/* The first program that should run before the exercise, and has not; or
 * NULL. */
static const struct item *program_before(const struct learn *l,
                                         const struct item *exercise)
{
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (item->kind == PROGRAM && is_in(item, exercise->room) &&
            item->second <= exercise->second && !is_done(l, item))
            return item;
    }
    return NULL;
}

static const struct item *exercise_open(const struct learn *l, size_t from,
                                        bool second)
{
    const struct course *c = &l->course;
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[(from + i) % c->count];
        if (item->kind == EXERCISE && item->second == second &&
            !is_done(l, item))
            return item;
    }
    return NULL;
}

const struct item *exercise_next(const struct learn *l,
                                 const struct item *after)
{
    size_t from = after ? (size_t)(after - l->course.items) + 1 : 0;
    const struct item *next = exercise_open(l, from, false);
    return next ? next : exercise_open(l, from, true);
}

const struct item *exercise_current(const struct learn *l)
{
    const struct course *c = &l->course;
    const char *at = progress_at(&l->progress);
    for (size_t i = 0; at && i < c->count; i++) {
        const struct item *item = &c->items[i];
        if (item->kind == EXERCISE && strcmp(item->name, at) == 0)
            return is_done(l, item) ? exercise_next(l, item) : item;
    }
    return exercise_next(l, NULL);
}

const struct item *room_after(const struct course *c, const char *room)
{
    bool passed = !room;
    for (size_t i = 0; i < c->count; i++) {
        if (passed && (!room || !is_in(&c->items[i], room)))
            return &c->items[i];
        passed = passed || is_in(&c->items[i], room);
    }
    return NULL;
}

/* ---- Where you stand ----------------------------------------------------- */

int count_items(const struct learn *l, const char *room, enum kind kind,
                bool only_done)
{
    int n = 0;
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (item->kind == kind && is_in(item, room))
            n += !only_done || is_done(l, item);
    }
    return n;
}

void print_rooms(const struct learn *l, FILE *out)
{
    const struct course *c = &l->course;
    fprintf(out, "%sasync-in-c%s: where you stand\n\n", look.bold, look.off);
    for (const struct item *i = room_after(c, NULL); i;
         i = room_after(c, i->room)) {
        int programs = count_items(l, i->room, PROGRAM, false);
        int exercises = count_items(l, i->room, EXERCISE, false);
        int ran = count_items(l, i->room, PROGRAM, true);
        int passed = count_items(l, i->room, EXERCISE, true);
        bool done = ran == programs && passed == exercises;
        fprintf(out, "  %s%s%s %-16s \v%2d of %d programs run",
                done ? look.good : look.faint, done ? look.done : look.open,
                look.off, i->room, ran, programs);
        if (exercises)
            fprintf(out, ", %d of %d exercises passed", passed, exercises);
        fputc('\n', out);
    }
}

/* ---- What is next -------------------------------------------------------- */

static void print_step(FILE *out, const char *what, const char *step,
                       const char *about)
{
    fprintf(out, "  %-5s  \v%s%s%s\n", what, look.bold, step, look.off);
    if (*about)
        fprintf(out, "         %s%s%s\n", look.faint, about, look.off);
}

void print_end(const struct learn *l, FILE *out)
{
    const struct course *c = &l->course;
    static const char *const pages[][2] = {
        { "include/executor.h", "the whole executor; you can read it now" },
        { "notes/semantics.md", "what each part promises, and its test" },
        { "notes/rust.md", "the same things in Rust and tokio" },
        { "bench/README.md", "what it costs, measured" },
    };
    fprintf(out,
            "%sYou have passed all %d exercises%s, and run %d of %d "
            "programs.\n\nWhere to go on\n",
            look.good, count_items(l, NULL, EXERCISE, false), look.off,
            count_items(l, NULL, PROGRAM, true),
            count_items(l, NULL, PROGRAM, false));
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct path path = path_of("%s/%s", c->root, pages[i][0]);
        fprintf(out, "  %s%s%s\n    %s\n", look.bold, path_link(c, &path).text,
                look.off, pages[i][1]);
    }
    fputs("Then write something of your own on libuv: a small server with a "
          "task for each\nconnection, limits, and an orderly end.\n",
          out);
}

void print_next(const struct learn *l, FILE *out)
{
    const struct course *c = &l->course;
    const struct item *exercise = exercise_current(l), *program;
    struct path page;
    if (!exercise) {
        print_end(l, out);
        return;
    }
    program = program_before(l, exercise);
    page = path_of("%s/notes/%s.md", c->root, exercise->room);
    fputs("Next\n", out);
    if (access(page.text, R_OK) == 0)
        print_step(out, "read", path_link(c, &page).text, "");
    if (program)
        print_step(out, "run", path_of("%s run %s", l->as, program->name).text,
                   course_question(c, program).text);
    print_step(out, "write", path_of("%s check %s", l->as, exercise->name).text,
               course_question(c, exercise).text);
}

int stand_command(struct learn *l, char **argv)
{
    struct page page;
    (void)argv;
    page_begin(&page);
    print_rooms(l, page.out);
    fputc('\n', page.out);
    print_next(l, page.out);
    fprintf(page.out,
            "\n%s list shows all there is; on a terminal %s checks what you "
            "save.\n",
            l->as, l->as);
    page_print(&page);
    return 0;
}

/* ---- list ---------------------------------------------------------------- */

static void print_item(const struct learn *l, const struct item *item,
                       FILE *out)
{
    bool done = is_done(l, item);
    fprintf(out, "  %s%s%s %-22s \v", done ? look.good : look.faint,
            done ? look.done : look.open, look.off, item->name);
    if (item->kind == SKIPPED)
        fprintf(out, "not built: it needs %s\n", item->needs);
    else if (is_stale(l, item))
        fputs("passed, but its test has changed since: check it again\n", out);
    else
        fprintf(out, "%s\n", course_question(&l->course, item).text);
}

static void print_items(const struct learn *l, const char *room, int kinds,
                        bool second, const char *how, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (!is_in(item, room) || !(item->kind & (unsigned)kinds) ||
            item->second != second)
            continue;
        if (!any)
            fprintf(out, "\n  %s%s %s%s%s\n", look.faint, l->as, how,
                    second ? ", for a second reading" : "", look.off);
        any = true;
        print_item(l, item, out);
    }
}

int list_command(struct learn *l, char **argv)
{
    const struct course *c = &l->course;
    struct page page;
    bool any = false;
    page_begin(&page);
    for (const struct item *i = room_after(c, NULL); i;
         i = room_after(c, i->room)) {
        if (argv[0] && strncmp(i->room, argv[0], strlen(argv[0])) != 0)
            continue;
        fprintf(page.out, "%s%s%s%s  \v%s\n", any ? "\n" : "", look.bold,
                i->room, look.off, course_title(c, i->room).text);
        for (int second = 0; second < 2; second++) {
            print_items(l, i->room, PROGRAM | SKIPPED, second, "run NAME",
                        page.out);
            print_items(l, i->room, EXERCISE, second, "check NAME", page.out);
        }
        any = true;
    }
    page_print(&page);
    if (any || !argv[0])
        return 0;
    complain("no room begins with '%s'; %s list shows all", argv[0], l->as);
    return 2;
}
