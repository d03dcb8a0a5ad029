#include <errno.h>
#include <sys/stat.h>
#include "learn.h"

const struct item *exercise_named(const struct learn *l, const char *name)
{
    const struct item *next;
    if (name)
        return course_find(&l->course, EXERCISE, name);
    next = exercise_current(l);
    if (!next)
        complain("every exercise is passed; name the one you mean");
    return next;
}

/* ---- The learner's file -------------------------------------------------- */

static int copy(const char *from, const char *to)
{
    uv_fs_t request;
    int rc =
        uv_fs_copyfile(NULL, &request, from, to, UV_FS_COPYFILE_EXCL, NULL);
    uv_fs_req_cleanup(&request);
    return rc;
}

/* What editors with clangd compile the answers with: they must know TODO and
 * where the headers are.  An old one stays: it may be the learner's own. */
static void editor_flags_make(const struct learn *l)
{
    const char *root = l->course.root;
    struct path path = path_of("%s/compile_flags.txt", l->course.work.text);
    FILE *file = fopen(path.text, "wx");
    if (!file)
        return;
    fprintf(file,
            "-std=c11\n-D_POSIX_C_SOURCE=200809L\n-I%s/include\n-I%s\n"
            "-I%s/tools/exercise\n-include\ntodo.h\n",
            root, root, root);
    fclose(file);
}

int answer_make(const struct learn *l, const struct item *exercise)
{
    struct path shipped = course_source(&l->course, exercise);
    struct path answer = course_answer(&l->course, exercise);
    struct stat there;
    int rc;
    if (lstat(answer.text, &there) == 0)
        return 0;
    folder_make(&l->course.work);
    editor_flags_make(l);
    rc = copy(shipped.text, answer.text);
    if (rc)
        complain("cannot make %s: %s%s", answer.text, uv_strerror(rc),
                 getenv("LEARN_WORK") ? ""
                                      : "; LEARN_WORK=DIR keeps your answers "
                                        "in another folder");
    else
        chmod(answer.text, 0644); /* the shipped one may be read-only */
    return rc ? rc : 1;
}

bool answer_is_begun(const struct learn *l, const struct item *exercise)
{
    FILE *shipped = fopen(course_source(&l->course, exercise).text, "r");
    FILE *answer = fopen(course_answer(&l->course, exercise).text, "r");
    int a = EOF, b = EOF;
    while (shipped && answer && (a = getc(shipped)) == (b = getc(answer)) &&
           a != EOF) {
    }
    if (shipped)
        fclose(shipped);
    if (answer)
        fclose(answer);
    return answer && (!shipped || a != b);
}

/* A name that is free: NAME.c.old, then NAME.c.old2 and so on. */
static struct path old_path(const struct path *answer)
{
    struct path old = path_of("%s.old", answer->text);
    for (int n = 2; access(old.text, F_OK) == 0 && n < 1000; n++)
        old = path_of("%s.old%d", answer->text, n);
    return old;
}

bool answer_reset(struct learn *l, const struct item *exercise, FILE *out)
{
    struct path answer = course_answer(&l->course, exercise);
    struct path old = old_path(&answer);
    if (!answer_is_begun(l, exercise)) {
        /* nothing to keep */
    } else if (rename(answer.text, old.text) == 0) {
        fprintf(out, "Your answer is kept as %s.\n",
                path_link(&l->course, &old).text);
    } else {
        complain("cannot rename %s: %s", answer.text, strerror(errno));
        return false;
    }
    if (answer_make(l, exercise) < 0)
        return false;
    progress_set(&l->progress, "passed", exercise->name, NULL);
    progress_set(&l->progress, "hint", exercise->name, NULL);
    fprintf(out, "%s is as it was at first.\n",
            path_link(&l->course, &answer).text);
    return true;
}

/* For commands that must be told the exercise.  NULL: it has said why. */
static const struct item *exercise_given(const struct learn *l,
                                         const char *command, const char *name)
{
    if (name)
        return course_find(&l->course, EXERCISE, name);
    complain("%s which exercise? %s list shows them", command, l->as);
    return NULL;
}

int reset_command(struct learn *l, char **argv)
{
    const struct item *exercise = exercise_given(l, "reset", argv[0]);
    struct page page;
    bool done;
    if (!exercise)
        return 2;
    page_begin(&page);
    done = answer_reset(l, exercise, page.out);
    page_print(&page);
    return done ? 0 : 1;
}

/* ---- Hints and the solution ---------------------------------------------- */

struct path part_path(const struct learn *l, const struct item *exercise,
                      const char *part, const char *ending)
{
    return path_of("%s/%s/%s/%s%s", l->course.root, exercise->room, part,
                   exercise->name, ending);
}

/* Writes hints 1 to `upto` of a page; returns how many it has. */
static int hints_print(FILE *page, const char *name, int upto, FILE *out)
{
    char line[512], heading[16];
    int at = 0, count = 0;
    bool blank = false; /* printed only where something follows */
    if (upto)
        count = hints_print(page, name, 0, out);
    rewind(page);
    while (fgets(line, sizeof line, page)) {
        snprintf(heading, sizeof heading, "# %d", at + 1);
        at += strncmp(line, heading, strlen(heading)) == 0;
        if (at < 1 || at > upto)
            continue;
        if (*line != '\n' && blank)
            fputc('\n', out);
        blank = *line == '\n';
        if (strncmp(line, "# ", 2) == 0)
            fprintf(out, "%s%s, hint %d of %d%s\n", look.bold, name, at, count,
                    look.off);
        else if (!blank)
            fputs(line, out);
    }
    return at;
}

static int hints_count(const struct learn *l, const struct item *exercise)
{
    FILE *page = fopen(part_path(l, exercise, "hints", ".md").text, "r");
    int count = page ? hints_print(page, "", 0, NULL) : 0;
    if (page)
        fclose(page);
    return count;
}

static int hints_seen(const struct learn *l, const struct item *exercise)
{
    const char *seen = progress_find(&l->progress, "hint", exercise->name);
    return seen ? atoi(seen) : 0;
}

bool hint_give(struct learn *l, const struct item *exercise, FILE *out)
{
    FILE *page = fopen(part_path(l, exercise, "hints", ".md").text, "r");
    int count = hints_count(l, exercise), upto = hints_seen(l, exercise) + 1;
    char value[8];
    if (upto > count)
        upto = count;
    if (page) {
        hints_print(page, exercise->name, upto, out);
        fclose(page);
    }
    snprintf(value, sizeof value, "%d", upto);
    progress_set(&l->progress, "hint", exercise->name, value);
    return upto < count;
}

int hint_command(struct learn *l, char **argv)
{
    const struct item *exercise = exercise_named(l, argv[0]);
    struct page page;
    if (!exercise)
        return 2;
    page_begin(&page);
    (void)hint_give(l, exercise, page.out);
    fprintf(page.out, "\nThe %s: %s %s %s\n",
            solution_is_free(l, exercise) ? "solution" : "next hint", l->as,
            solution_is_free(l, exercise) ? "solution" : "hint",
            exercise->name);
    page_print(&page);
    return 0;
}

bool solution_is_free(const struct learn *l, const struct item *exercise)
{
    return progress_find(&l->progress, "passed", exercise->name) ||
           hints_seen(l, exercise) >= hints_count(l, exercise);
}

int solution_command(struct learn *l, char **argv)
{
    const struct item *exercise = exercise_given(l, "solution", argv[0]);
    struct path path;
    FILE *file;
    int c;
    if (!exercise)
        return 2;
    if (!solution_is_free(l, exercise)) {
        complain("first pass %s, or ask for all its hints: %s hint %s",
                 exercise->name, l->as, exercise->name);
        return 1;
    }
    path = part_path(l, exercise, "solutions", ".c");
    file = fopen(path.text, "r");
    if (!file) {
        complain("cannot read %s: %s", path.text, strerror(errno));
        return 1;
    }
    while ((c = getc(file)) != EOF)
        putchar(c);
    fclose(file);
    return 0;
}
