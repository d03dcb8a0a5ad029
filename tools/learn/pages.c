#include "learn.h"

bool is_done(const struct learn *l, const struct item *item)
{
    const char *verb = item->kind == EXERCISE ? "passed" : "ran";
    return progress_find(&l->progress, verb, item->name) != NULL;
}

static bool is_in(const struct item *item, const char *room)
{
    return !room || strcmp(item->room, room) == 0;
}

const struct item *item_next(const struct learn *l, enum kind kind,
                             const char *room)
{
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (item->kind == kind && is_in(item, room) && !is_done(l, item))
            return item;
    }
    return NULL;
}

/* The next room: its first item, or NULL.  `room` NULL: the first room. */
static const struct item *room_next(const struct course *c, const char *room)
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

static int count(const struct learn *l, const char *room, enum kind kind,
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

void print_rooms(const struct learn *l)
{
    const struct course *c = &l->course;
    printf("%sasync-in-c%s: where you stand\n\n", look.bold, look.off);
    for (const struct item *i = room_next(c, NULL); i;
         i = room_next(c, i->room)) {
        int programs = count(l, i->room, PROGRAM, false);
        int exercises = count(l, i->room, EXERCISE, false);
        int ran = count(l, i->room, PROGRAM, true);
        int passed = count(l, i->room, EXERCISE, true);
        bool done = ran == programs && passed == exercises;
        printf("  %s%s%s %-16s %2d of %d programs run",
               done ? look.good : look.faint, done ? look.done : look.open,
               look.off, i->room, ran, programs);
        if (exercises)
            printf(", %d of %d exercises passed", passed, exercises);
        putchar('\n');
    }
}

/* ---- What is next -------------------------------------------------------- */

static void print_step(const char *what, const char *step, const char *about)
{
    printf("  %-5s  %s%s%s\n", what, look.bold, step, look.off);
    if (*about) {
        printf("%s", look.faint);
        print_column(0, 9, about);
        printf("%s", look.off);
    }
}

/* The first room with something to do, or NULL. */
static const char *room_to_do(const struct learn *l)
{
    const struct course *c = &l->course;
    for (const struct item *i = room_next(c, NULL); i;
         i = room_next(c, i->room))
        if (item_next(l, PROGRAM, i->room) || item_next(l, EXERCISE, i->room))
            return i->room;
    return NULL;
}

void print_next(const struct learn *l)
{
    const struct course *c = &l->course;
    const char *room = room_to_do(l);
    const struct item *program, *exercise;
    struct path page, step;
    if (!room) {
        printf("You have run and passed all there is.\n");
        return;
    }
    program = item_next(l, PROGRAM, room);
    exercise = item_next(l, EXERCISE, room);
    page = path_of("%s/notes/%s.md", c->root, room);
    printf("Next\n");
    if (access(page.text, R_OK) == 0)
        print_step("read", path_shown(c, &page).text, "");
    if (program) {
        step = path_of("%s run %s", l->as, program->name);
        print_step("run", step.text, course_question(c, program).text);
    }
    if (exercise) {
        step = path_of("%s check %s", l->as, exercise->name);
        print_step("write", step.text, course_question(c, exercise).text);
    }
}

/* ---- list ---------------------------------------------------------------- */

static void print_item(const struct learn *l, const struct item *item)
{
    bool done = is_done(l, item);
    int column = look.mark_width + 26;
    printf("  %s%s%s %s", done ? look.good : look.faint,
           done ? look.done : look.open, look.off, item->name);
    print_column(look.mark_width + 3 + (int)strlen(item->name), column,
                 item->kind == SKIPPED
                     ? path_of("not built: it needs %s", item->needs).text
                     : course_question(&l->course, item).text);
}

static void print_items(const struct learn *l, const char *room, int kinds,
                        const char *how)
{
    bool any = false;
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        if (!is_in(item, room) || !(item->kind & (unsigned)kinds))
            continue;
        if (!any)
            printf("\n  %s%s %s%s\n", look.faint, l->as, how, look.off);
        any = true;
        print_item(l, item);
    }
}

int list_command(struct learn *l, char **argv)
{
    const struct course *c = &l->course;
    bool any = false;
    for (const struct item *i = room_next(c, NULL); i;
         i = room_next(c, i->room)) {
        struct path title = course_title(c, i->room);
        if (argv[0] && strncmp(i->room, argv[0], strlen(argv[0])) != 0)
            continue;
        printf("%s%s%s%s", any ? "\n" : "", look.bold, i->room, look.off);
        print_column((int)strlen(i->room), (int)strlen(i->room) + 2,
                     title.text);
        print_items(l, i->room, PROGRAM | SKIPPED, "run NAME");
        print_items(l, i->room, EXERCISE, "check NAME");
        any = true;
    }
    if (any || !argv[0])
        return 0;
    complain("no room begins with '%s'; %s list shows all", argv[0], l->as);
    return 2;
}
