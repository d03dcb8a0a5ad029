#include <errno.h>
#include <sys/stat.h>
#include "learn.h"

const struct item *exercise_named(const struct learn *l, const char *name)
{
    const struct item *next;
    if (name)
        return course_find(&l->course, EXERCISE, name);
    next = item_next(l, EXERCISE, NULL);
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
            "-I%s/tools/exercise\n-include\nexercise.h\n",
            root, root, root);
    fclose(file);
}

int answer_make(const struct learn *l, const struct item *exercise)
{
    struct path shipped = course_source(&l->course, exercise);
    struct path answer = course_answer(&l->course, exercise);
    int rc;
    if (access(answer.text, F_OK) == 0)
        return 0;
    mkdir(l->course.work.text, 0777);
    editor_flags_make(l);
    rc = copy(shipped.text, answer.text);
    if (rc)
        complain("cannot copy %s to %s: %s", shipped.text, answer.text,
                 uv_strerror(rc));
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

int reset_command(struct learn *l, char **argv)
{
    const struct item *exercise;
    struct path answer, old;
    if (!argv[0]) {
        complain("reset which exercise? %s list shows them", l->as);
        return 2;
    }
    exercise = course_find(&l->course, EXERCISE, argv[0]);
    if (!exercise)
        return 2;
    answer = course_answer(&l->course, exercise);
    old = path_of("%s.old", answer.text);
    if (!answer_is_begun(l, exercise)) {
        /* nothing to keep; an older answer may stand there */
    } else if (rename(answer.text, old.text) == 0) {
        printf("Your answer is kept as %s.\n",
               path_shown(&l->course, &old).text);
    } else {
        complain("cannot rename %s: %s", answer.text, strerror(errno));
        return 1;
    }
    if (answer_make(l, exercise) < 0)
        return 1;
    progress_clear(&l->progress, "passed", exercise->name);
    progress_clear(&l->progress, "hint", exercise->name);
    printf("%s is new again.\n", path_shown(&l->course, &answer).text);
    return 0;
}

/* ---- Hints and the solution ---------------------------------------------- */

static struct path part_path(const struct learn *l, const struct item *exercise,
                             const char *part, const char *ending)
{
    return path_of("%s/%s/%s/%s%s", l->course.root, exercise->room, part,
                   exercise->name, ending);
}

/* Prints hints 1 to `upto` of a page; returns how many it has. */
static int hints_print(FILE *page, const char *name, int upto)
{
    char line[512], heading[16];
    int at = 0;
    rewind(page);
    while (fgets(line, sizeof line, page)) {
        snprintf(heading, sizeof heading, "# %d", at + 1);
        if (strncmp(line, heading, strlen(heading)) == 0) {
            at++;
            if (at <= upto)
                printf("%s%s, hint %d%s\n", look.bold, name, at, look.off);
        } else if (at >= 1 && at <= upto) {
            fputs(line, stdout);
        }
    }
    return at;
}

static int hints_seen(const struct learn *l, const struct item *exercise)
{
    const struct mark *m = progress_find(&l->progress, "hint", exercise->name);
    return m ? m->number : 0;
}

int hint_command(struct learn *l, char **argv)
{
    const struct item *exercise = exercise_named(l, argv[0]);
    int count, upto;
    FILE *page;
    if (!exercise)
        return 2;
    page = fopen(part_path(l, exercise, "hints", ".md").text, "r");
    count = page ? hints_print(page, "", 0) : 0;
    upto = hints_seen(l, exercise) + 1;
    if (upto > count)
        upto = count;
    if (page) {
        hints_print(page, exercise->name, upto);
        fclose(page);
    }
    progress_set(&l->progress, "hint", exercise->name, upto);
    if (upto < count)
        printf("\nThere are %d.  The next one: %s hint %s\n", count, l->as,
               exercise->name);
    else
        printf("\nThat is all.  A solution: %s solution %s\n", l->as,
               exercise->name);
    return 0;
}

static bool hints_are_seen(const struct learn *l, const struct item *exercise)
{
    FILE *page = fopen(part_path(l, exercise, "hints", ".md").text, "r");
    int count = page ? hints_print(page, "", 0) : 0;
    if (page)
        fclose(page);
    return hints_seen(l, exercise) >= count;
}

/* After a pass or the last hint; earlier it would help nobody. */
int solution_command(struct learn *l, char **argv)
{
    const struct item *exercise;
    struct path path;
    FILE *file;
    int c;
    if (!argv[0]) {
        complain("the solution of which exercise? %s list shows them", l->as);
        return 2;
    }
    exercise = course_find(&l->course, EXERCISE, argv[0]);
    if (!exercise)
        return 2;
    if (!is_done(l, exercise) && !hints_are_seen(l, exercise)) {
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
