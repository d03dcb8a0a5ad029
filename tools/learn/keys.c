#include "watch.h"

/* The item of these kinds before (-1) or behind (1) `from` that is shown, or
 * NULL. */
static const struct item *beside(const struct watch *w, const struct item *from,
                                 int step, int kinds)
{
    const struct course *c = &w->learn->course;
    for (const struct item *item = from + step;
         item >= c->items && item < c->items + c->count; item += step)
        if ((item->kind & (unsigned)kinds) &&
            (kinds == EXERCISE || list_shows(w, item)))
            return item;
    return NULL;
}

/* ---- n, h, r ------------------------------------------------------------- */

/* After a pass the next that is still to do; otherwise the one behind, so that
 * nobody has to stay with an exercise. */
static void next(struct watch *w)
{
    struct learn *l = w->learn;
    const struct item *item = exercise_next(l, w->at);
    struct page page;
    if (!item) {
        page_begin(&page);
        print_end(l, page.out);
        watch_show(w, &page);
        return;
    }
    if (!is_done(l, w->at) && beside(w, w->at, 1, EXERCISE))
        item = beside(w, w->at, 1, EXERCISE);
    watch_go(w, item);
}

static void hint(struct watch *w)
{
    struct page page;
    page_begin(&page);
    fputs(hint_give(w->learn, w->at, page.out)
              ? "\nh gives one more, Esc goes back.\n"
              : "\nThat was the last hint.  s shows the solution beside your "
                "answer.\n",
          page.out);
    watch_show(w, &page);
}

static void run(struct watch *w, const struct item *program)
{
    if (program->kind == SKIPPED) {
        complain("%s needs %s; %s --install gets it", program->name,
                 program->needs, w->learn->as);
        return;
    }
    w->program = program;
    w->kind = ERRAND_RUN;
}

/* The first of the room bears its name; then one after the other. */
static void run_next(struct watch *w)
{
    const struct course *c = &w->learn->course;
    const struct item *first = NULL, *after = NULL;
    bool behind = false;
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        if (item->kind != PROGRAM || strcmp(item->room, w->at->room) != 0)
            continue;
        first = first ? first : item;
        after = behind && !after ? item : after;
        behind = behind || item == w->program;
    }
    if (after || first)
        run(w, after ? after : first);
    else
        complain("this room has no program");
}

static void solution(struct watch *w)
{
    if (solution_is_free(w->learn, w->at))
        w->kind = ERRAND_DIFFERENCE;
    else
        complain("first pass this exercise, or see all its hints");
}

static void help(struct watch *w)
{
    struct page page;
    page_begin(&page);
    print_keys(w->learn, page.out);
    watch_show(w, &page);
}

/* ---- x ------------------------------------------------------------------- */

static void answer_to_reset(struct watch *w, int key)
{
    struct page page;
    bool done;
    w->asking = false;
    if (key != 'y' && key != 'Y')
        return;
    page_begin(&page);
    done = answer_reset(w->learn, w->at, page.out);
    page_end(&page);
    if (done)
        watch_go(w, w->at);
    if (done && !*w->notice)
        complain("%.*s", (int)strcspn(page.bytes, "\n"), page.bytes);
    free(page.bytes);
}

/* ---- l ------------------------------------------------------------------- */

static void select_shown(struct watch *w)
{
    const struct course *c = &w->learn->course;
    if (!list_shows(w, w->selected))
        w->selected = beside(w, c->items - 1, 1, PROGRAM | SKIPPED | EXERCISE);
    if (!w->selected)
        w->selected = w->at;
}

static void search_key(struct watch *w, int key)
{
    size_t n = strlen(w->search);
    if (key == KEY_ESCAPE || key == KEY_ENTER)
        w->searching = false;
    if (key == KEY_ESCAPE)
        w->search[0] = '\0';
    else if (key == KEY_BACKSPACE && n > 0)
        w->search[n - 1] = '\0';
    else if (key >= ' ' && key < 0x7f && n + 1 < sizeof w->search)
        w->search[n] = (char)key, w->search[n + 1] = '\0';
    select_shown(w);
}

static void list_open(struct watch *w)
{
    w->view = VIEW_LIST;
    w->search[0] = '\0';
    w->only_open = false;
    w->selected = w->at;
    w->top = 0;
}

/* How far a key moves; 0: it is not for moving. */
static int steps_of(int key)
{
    switch (key) {
    case KEY_UP:
    case 'k':
        return -1;
    case KEY_DOWN:
    case 'j':
        return 1;
    case KEY_PAGE_UP:
        return -10;
    case KEY_PAGE_DOWN:
    case ' ':
        return 10;
    case KEY_HOME:
        return -10000;
    case KEY_END:
        return 10000;
    default:
        return 0;
    }
}

static void list_move(struct watch *w, int steps)
{
    int step = steps < 0 ? -1 : 1;
    for (; steps != 0; steps -= step) {
        const struct item *item =
            beside(w, w->selected, step, PROGRAM | SKIPPED | EXERCISE);
        if (!item)
            return;
        w->selected = item;
    }
}

static void list_narrow(struct watch *w)
{
    w->only_open = !w->only_open;
    select_shown(w);
    complain(w->only_open ? "what is done is left out; o shows it again"
                          : "all is shown again");
}

static bool list_key(struct watch *w, int key)
{
    if (steps_of(key))
        list_move(w, steps_of(key));
    else if (key == '/')
        w->searching = true;
    else if (key == 'o')
        list_narrow(w);
    else if (key == KEY_ENTER && w->selected->kind == EXERCISE)
        watch_go(w, w->selected);
    else if (key == KEY_ENTER)
        run(w, w->selected);
    else
        return false;
    return true;
}

/* ---- All keys ------------------------------------------------------------ */

static void previous(struct watch *w)
{
    if (beside(w, w->at, -1, EXERCISE))
        watch_go(w, beside(w, w->at, -1, EXERCISE));
}

static void check_all(struct watch *w)
{
    watch_check_all(w);
    w->view = VIEW_GRID;
    w->top = 0;
}

static void ask_to_reset(struct watch *w)
{
    w->asking = true;
}

static void edit(struct watch *w)
{
    w->kind = ERRAND_EDIT;
}

static void quit(struct watch *w)
{
    w->quit = true;
}

static void stop_for_now(struct watch *w)
{
    desk_lend(w->desk);
    kill(getpid(), SIGTSTP);
    desk_take_back(w->desk);
}

static void command_key(struct watch *w, int key)
{
    static const struct {
        int key;
        void (*does)(struct watch *w);
    } keys[] = { { 'n', next },     { 'p', previous },
                 { 'h', hint },     { 'l', list_open },
                 { 'r', run_next }, { 'c', check_all },
                 { 's', solution }, { 'x', ask_to_reset },
                 { 'e', edit },     { '?', help },
                 { 'q', quit },     { KEY_STOP, stop_for_now } };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].key == key) {
            keys[i].does(w);
            return;
        }
    }
    w->view = VIEW_EXERCISE; /* Esc, Enter, and what nobody knows */
    w->top = 0;
}

void watch_key(struct watch *w, int key)
{
    w->notice[0] = '\0';
    if (w->view == VIEW_PROGRAM)
        w->view = VIEW_EXERCISE;
    if (key == KEY_INTERRUPT)
        w->quit = true;
    else if (w->asking)
        answer_to_reset(w, key);
    else if (w->searching)
        search_key(w, key);
    else if (w->view == VIEW_LIST && list_key(w, key))
        ; /* done */
    else if (w->view != VIEW_LIST && steps_of(key))
        w->top += steps_of(key);
    else
        command_key(w, key);
}
