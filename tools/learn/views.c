#include <strings.h>
#include "watch.h"

/* ---- The exercise -------------------------------------------------------- */

/* Where it names the notes of the room, they are a link. */
static void print_task_line(const struct watch *w, const char *line, FILE *out)
{
    const struct course *c = &w->learn->course;
    struct path name = path_of("notes/%s.md", w->at->room);
    struct path page = path_of("%s/%s", c->root, name.text);
    const char *at = strstr(line, name.text);
    if (at)
        fprintf(out, "%.*s%s%s", (int)(at - line), line,
                path_link(c, &page).text, at + strlen(name.text));
    else
        fputs(line, out);
}

/* The top comment of what was shipped, without its frame and its first line,
 * which is the title. */
static void print_task(const struct watch *w, FILE *out)
{
    struct path shipped = course_source(&w->learn->course, w->at);
    FILE *file = fopen(shipped.text, "r");
    char line[256];
    bool first = true;
    while (file && fgets(line, sizeof line, file)) {
        char *end = strstr(line, "*/");
        size_t skip = strspn(line, " /*");
        if (end || strncmp(line + skip, "Check:", 6) == 0)
            break; /* the command, which nobody needs here */
        skip = strncmp(line, " * ", 3) == 0 ? 3 : skip;
        if (!first)
            print_task_line(w, line[skip] ? line + skip : "\n", out);
        first = false;
    }
    if (file)
        fclose(file);
}

static void print_head(const struct watch *w, FILE *out)
{
    fprintf(out, "%s%s%s  \v%s\n", look.bold, w->at->name, look.off,
            course_question(&w->learn->course, w->at).text);
}

static int second_left(const struct learn *l, const char *room)
{
    int n = 0;
    for (size_t i = 0; i < l->course.count; i++) {
        const struct item *item = &l->course.items[i];
        n += item->kind == EXERCISE && item->second && !is_done(l, item) &&
             strcmp(item->room, room) == 0;
    }
    return n;
}

static void print_passed(const struct watch *w, FILE *out)
{
    const struct course *c = &w->learn->course;
    const struct item *next = exercise_next(w->learn, w->at);
    int left = second_left(w->learn, w->at->room);
    struct path page;
    fprintf(out, "\n%s%s passed%s at %s.  ", look.good, look.done, look.off,
            w->clock);
    if (!next) {
        fputs("That was the last: n shows where to go on.\n", out);
        return;
    }
    page = path_of("%s/notes/%s.md", c->root, next->room);
    fprintf(out, "n goes on to %s%s%s", look.bold, next->name, look.off);
    if (strcmp(next->room, w->at->room) != 0)
        fprintf(out, "; read this first: %s", path_link(c, &page).text);
    else if (next->second && !w->at->second)
        fputs(", which is for a second reading", out);
    fputs(".\n", out);
    if (left && strcmp(next->room, w->at->room) != 0)
        fprintf(out, "%.3s has %d more for a second reading; l lists %s.\n",
                w->at->room, left, left == 1 ? "it" : "them");
}

static const char *line_after(const char *text)
{
    text += strcspn(text, "\n");
    return text + (*text == '\n');
}

/* Many sentences that hold would push the one that fails off the screen. */
static void print_failed(const struct watch *w, FILE *out)
{
    const char *at = w->said;
    int ok = 0, width, height;
    desk_size(w->desk, &width, &height);
    for (; strncmp(at, "  ok    ", 8) == 0; at = line_after(at))
        ok++;
    at = w->said;
    if (ok > height / 3) {
        ok -= height / 3 - 1;
        fprintf(out, "%s  ok    %s(%d before these)\n", look.good, look.off,
                ok);
        for (; ok > 0; ok--)
            at = line_after(at);
    }
    print_verdict(at, out);
}

static void print_result(const struct watch *w, FILE *out)
{
    if (!w->said) {
        fprintf(out, "\n%s%s checking%s\n", look.faint, look.busy, look.off);
        return;
    }
    if (w->verdict == PASSED)
        print_passed(w, out);
    else if (w->verdict == FAILED)
        fprintf(out,
                "\n%s%s not yet%s, checked at %s.  Stuck? h shows a hint\n",
                look.bad, look.failed, look.off, w->clock);
    else
        fprintf(out,
                "\n%s%s not checked%s: this says nothing about your answer\n",
                look.bad, look.failed, look.off);
    if (w->verdict == FAILED)
        print_failed(w, out);
    else
        print_verdict(w->said, out);
}

static const char *mark_of(const struct learn *l, const struct item *item,
                           const char **colour)
{
    *colour = look.faint;
    if (item->result == WAITING || item->result == CHECKING)
        return look.busy;
    *colour = look.bad;
    if (item->result == FAILED || item->result == BROKEN)
        return look.failed;
    *colour = look.good;
    if (item->result == PASSED || is_done(l, item))
        return look.done;
    *colour = look.faint;
    return look.open;
}

static void print_also(const struct watch *w, FILE *out)
{
    const struct course *c = &w->learn->course;
    bool any = false;
    for (size_t i = 0; i < c->count; i++) {
        const char *colour, *mark = mark_of(w->learn, &c->items[i], &colour);
        if (!w->also[i])
            continue;
        fprintf(out, "%s  %s%s%s %s", any ? "" : "\nAlso saved: \v", colour,
                mark, look.off, c->items[i].name);
        any = true;
    }
    fputs(any ? "\n" : "", out);
}

static void view_exercise(const struct watch *w, FILE *out)
{
    bool begun = answer_is_begun(w->learn, w->at);
    print_head(w, out);
    if (begun)
        print_result(w, out);
    print_also(w, out);
    print_task(w, out);
    if (!begun)
        print_result(w, out);
    if (w->report) /* it is long, so it is the last */
        fputs(w->report, out);
}

/* ---- The list, the grid -------------------------------------------------- */

static bool contains(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (; *text; text++)
        if (strncasecmp(text, word, n) == 0)
            return true;
    return n == 0;
}

bool list_shows(const struct watch *w, const struct item *item)
{
    if (w->only_open && (item->kind == SKIPPED || is_done(w->learn, item)))
        return false;
    return contains(item->name, w->search) ||
           contains(course_question(&w->learn->course, item).text, w->search);
}

static void print_room(const struct watch *w, const char *room, FILE *out)
{
    const struct learn *l = w->learn;
    fprintf(out, "%s%s%s  \v%s%s%s  %d/%d\n", look.bold, room, look.off,
            look.faint, course_title(&l->course, room).text, look.off,
            count_items(l, room, EXERCISE, true),
            count_items(l, room, EXERCISE, false));
}

static struct path about(const struct course *c, const struct item *item)
{
    if (item->kind == SKIPPED)
        return path_of("not built: it needs %s", item->needs);
    return path_of("%s%s%s", item->second ? "Second reading: " : "",
                   item->kind == EXERCISE ? "Exercise: " : "",
                   course_question(c, item).text);
}

/* One line for each; `line` becomes the number of the selected one. */
static void view_list(const struct watch *w, FILE *out, int *line)
{
    const struct course *c = &w->learn->course;
    const char *room = "", *colour, *mark;
    int lines = 0, width, height;
    desk_size(w->desk, &width, &height);
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        int rest = width - 34;
        if (!list_shows(w, item))
            continue;
        if (strcmp(room, item->room) != 0) {
            room = item->room;
            print_room(w, room, out);
            lines++;
        }
        if (item == w->selected)
            *line = lines;
        mark = mark_of(w->learn, item, &colour);
        fprintf(out, "%s %s%s%s %s%-27.*s%s \v%s%.*s%s\n",
                item == w->selected ? ">" : " ", colour, mark, look.off,
                item->kind == EXERCISE ? look.bold : "",
                width > 12 ? width - 8 : 4, item->name, look.off, look.faint,
                rest > 0 ? rest : 0, about(c, item).text, look.off);
        lines++;
    }
    if (lines == 0)
        fputs(*w->search ? "Nothing has this in its name or its question.\n"
                         : "Nothing is left to do.\n",
              out);
}

static void view_grid(const struct watch *w, FILE *out)
{
    const struct course *c = &w->learn->course;
    int passed = 0, failed = 0, open = 0, waiting = 0;
    const char *room = "";
    fprintf(out, "%sAll exercises%s", look.bold, look.off);
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        const char *colour, *mark = mark_of(w->learn, item, &colour);
        if (item->kind != EXERCISE)
            continue;
        if (strcmp(room, item->room) != 0)
            fprintf(out, "\n%.3s \v", room = item->room);
        fprintf(out, " %s%s%s %s ", colour, mark, look.off, item->name + 4);
        passed += item->result == PASSED;
        failed += item->result == FAILED || item->result == BROKEN;
        open += item->result == UNTOUCHED;
        waiting += item->result == WAITING || item->result == CHECKING;
    }
    fprintf(out, "\n\n%d passed, %d failed, %d not begun", passed, failed,
            open);
    fprintf(out, waiting ? ", %d to come\n" : "\n", waiting);
}

/* ---- The bar ------------------------------------------------------------- */

static const char *const keys[][3] = {
    { "n", "next", "the next exercise" },
    { "p", "prev", "the one before" },
    { "h", "hint", "a hint, one more each time" },
    { "l", "list",
      "rooms, programs, exercises; / searches, o leaves out what is done, and "
      "Enter goes there" },
    { "r", "run",
      "run the room's first program; press r again for its next program" },
    { "c", "all", "check every answer, several at once" },
    { "s", "sol",
      "the solution beside your answer: after a pass or the last hint" },
    { "x", "reset", "begin again; your answer is kept" },
    { "e", "edit", "open the answer in $VISUAL or $EDITOR" },
    { "?", "help", "this page" },
    { "q", "quit", "quit; so does Ctrl-C" },
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

void print_keys(const struct learn *l, FILE *out)
{
    fprintf(out, "%sKeys%s\n", look.bold, look.off);
    for (int i = 0; i < KEY_COUNT; i++)
        fprintf(out, "  %s%s%s  \v%s\n", look.bold, keys[i][0], look.off,
                keys[i][2]);
    fputs("  Esc  \vback to the exercise\n"
          "  up, down, space  \vmove the text or the list\n\n",
          out);
    fprintf(out,
            "Your answers and progress are in %s.  When you save an "
            "answer, from any editor, it is checked.\n",
            path_link(&l->course, &l->course.work).text);
}

/* "work/x.c      [####----] a04 2/3 · course 9/18" */
static void print_state(const struct watch *w, int width, FILE *out)
{
    const struct learn *l = w->learn;
    struct path answer = course_answer(&l->course, w->at);
    struct path shown = path_shown(&l->course, &answer);
    int all = count_items(l, NULL, EXERCISE, false);
    int done = count_items(l, NULL, EXERCISE, true), room, bar;
    struct path state = path_of("%.3s %d/%d %s %s%d/%d", w->at->room,
                                count_items(l, w->at->room, EXERCISE, true),
                                count_items(l, w->at->room, EXERCISE, false),
                                strcmp(look.open, "·") == 0 ? "·" : "-",
                                width < 60 ? "" : "course ", done, all);
    int columns = (int)strlen(state.text) - (strstr(state.text, "·") ? 1 : 0);
    room = width - columns - 1; /* for the path */
    bar = room - (int)strlen(shown.text) - 4;
    bar = bar > 20 ? 20 : bar < 5 ? 0 : bar;
    if ((int)strlen(shown.text) >= room)
        fprintf(out, "%.*s ", room,
                answer.text + strlen(answer.text) - (room > 0 ? room : 0));
    else
        fprintf(out, "%s%*s", path_link(&l->course, &answer).text,
                room + 1 - (int)strlen(shown.text) - (bar ? bar + 3 : 0), "");
    if (bar) {
        fputc('[', out);
        for (int i = 0; i < bar; i++)
            fputc(i * all < done * bar ? '#' : '-', out);
        fputs("] ", out);
    }
    fprintf(out, "%s\r\n", state.text);
}

/* As much of a text, colours and links included, as fits into one line. */
static void print_clipped(const char *text, int width, FILE *out)
{
    struct page folded;
    page_begin(&folded);
    fold(text, width, folded.out);
    page_end(&folded);
    fprintf(out, "%.*s", (int)strcspn(folded.bytes, "\n"), folded.bytes);
    free(folded.bytes);
}

static void print_bar(const struct watch *w, int width, FILE *out)
{
    bool full = width >= 76;
    print_state(w, width, out);
    if (w->asking)
        print_clipped("Begin again? Your answer is kept.  y: yes", width, out);
    else if (w->searching)
        fprintf(out, "/%.*s_", width - 2, w->search);
    else if (*w->notice)
        print_clipped(w->notice, width, out);
    else
        for (int i = 0; i < KEY_COUNT; i++)
            fprintf(out, "%s%s%s%s%s%s", i ? " " : "", look.bold, keys[i][0],
                    look.off, full ? " " : "", full ? keys[i][1] : "");
}

void watch_draw(struct watch *w)
{
    struct page page, bar;
    int width, height, line = -1;
    if (w->view == VIEW_PROGRAM)
        return; /* what the program printed stays */
    desk_size(w->desk, &width, &height);
    page_begin(&page);
    page_begin(&bar);
    if (w->view == VIEW_EXERCISE)
        view_exercise(w, page.out);
    else if (w->view == VIEW_LIST)
        view_list(w, page.out, &line);
    else if (w->view == VIEW_GRID)
        view_grid(w, page.out);
    else
        fputs(w->page, page.out);
    print_bar(w, width, bar.out);
    page_end(&page);
    page_end(&bar);
    if (line >= 0 && (line < w->top + 1 || line > w->top + height - 4))
        w->top = line - (height - 2) / 2;
    w->top = desk_draw(w->desk, page.bytes, w->top, bar.bytes, 2);
    free(page.bytes);
    free(bar.bytes);
}
