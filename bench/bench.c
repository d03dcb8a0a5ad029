/* bench.c: what the course costs, and what the machine asks in any case.
 *
 * Every round runs each workload once, so that a disturbance of some seconds
 * spoils one repetition of many workloads and not many of one.  Then medians.
 */
#include "bench.h"
#include <errno.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the order printed.  A new subject adds its table here. */
static const struct workload *const tables[] = {
    limit_workloads,          yield_workloads,          spawn_workloads,
    sleep_workloads,          thread_to_task_workloads, inbox_post_workloads,
    spawn_blocking_workloads, steal_workloads,          join_workloads,
    tcp_echo_workloads,       oneshot_workloads,        mpsc_workloads,
    broadcast_workloads,      semaphore_workloads,      stream_workloads,
    span_workloads,
#ifdef BENCH_JANSSON
    trace_json_workloads,
#endif
#ifdef BENCH_SERVICE
    service_workloads,
#endif
};

enum { MOST_WORKLOADS = 100, MOST_REPS = 100, QUICK = 1000 };

struct subject { /* a workload, and what was measured */
    const struct workload *workload;
    bool chosen;
    double ns[MOST_REPS], also[MOST_REPS], bytes[MOST_REPS];
};

static struct subject subjects[MOST_WORKLOADS];
static int subject_count;

struct options {
    int reps;
    bool quick; /* little of everything: does it run? */
};

static void subjects_init(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct workload *w = tables[i]; w->name; w++) {
            must(subject_count < MOST_WORKLOADS, "MOST_WORKLOADS: too few");
            subjects[subject_count++].workload = w;
        }
}

/* ---- Measuring ----------------------------------------------------------- */

/* What the child does: one repetition, figures to standard output. */
static int run_once(const char *name, int n)
{
    for (int i = 0; i < subject_count; i++) {
        const struct workload *w = subjects[i].workload;
        if (strcmp(w->name, name) == 0) {
            struct cost cost = w->run(n);
            printf("%.9g %.9g %.9g\n", cost.ns, cost.also, cost.bytes);
            return 0;
        }
    }
    return 2;
}

static _Noreturn void become_child(const char *name, int n, int out)
{
    char path[4096], number[16];
    size_t size = sizeof path;
    must(uv_exepath(path, &size) == 0, "where is this program?");
    snprintf(number, sizeof number, "%d", n);
    dup2(out, STDOUT_FILENO);
    execl(path, path, "--once", name, number, (char *)NULL);
    perror(path);
    _exit(127);
}

static struct cost run_in_child(const char *name, int n)
{
    struct cost cost = { 0 };
    int ends[2], status = -1, fields;
    FILE *from;
    pid_t pid;
    fflush(stdout);
    must(pipe(ends) == 0, strerror(errno));
    pid = fork();
    must(pid >= 0, strerror(errno));
    if (pid == 0)
        become_child(name, n, ends[1]);
    close(ends[1]);
    from = fdopen(ends[0], "r");
    must(from != NULL, strerror(errno));
    fields = fscanf(from, "%lf %lf %lf", &cost.ns, &cost.also, &cost.bytes);
    fclose(from);
    waitpid(pid, &status, 0);
    must(status == 0 && fields == 3, "a workload failed in its own process");
    return cost;
}

static int size_of(const struct workload *w, const struct options *options)
{
    return options->quick ? w->n / QUICK : w->n;
}

static void measure(struct subject *s, int rep, const struct options *options)
{
    const struct workload *w = s->workload;
    int n = size_of(w, options);
    struct cost cost = w->fresh ? run_in_child(w->name, n) : w->run(n);
    s->ns[rep] = cost.ns;
    s->also[rep] = cost.also;
    s->bytes[rep] = cost.bytes;
}

static void measure_all(const struct options *options)
{
    bool watched = isatty(STDERR_FILENO);
    for (int rep = 0; rep < options->reps; rep++)
        for (int i = 0; i < subject_count; i++) {
            if (!subjects[i].chosen)
                continue;
            if (watched)
                fprintf(stderr, "\rround %d of %d: %-20s", rep + 1,
                        options->reps, subjects[i].workload->name);
            measure(&subjects[i], rep, options);
        }
    if (watched)
        fprintf(stderr, "\r%-40s\r", "");
}

/* ---- Printing ------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof values[0], compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Tabs for programs; for a reader columns with heads. */
static void print_line(const char *name, int n, double ns, double bytes)
{
    bool read = isatty(STDOUT_FILENO);
    int digits = ns < 10 ? 2 : ns < 1000 ? 1 : 0;
    printf(read ? "%-20s %9d %10.*f" : "%s\t%d\t%.*f", name, n, digits, ns);
    if (bytes > 0)
        printf(read ? " %6.0f\n" : "\t%.0f\n", bytes);
    else
        printf(read ? " %6s\n" : "\t%s\n", "-");
}

static void print_all(const struct options *options)
{
    if (isatty(STDOUT_FILENO))
        printf("%-20s %9s %10s %6s\n", "workload", "n", "ns/op", "bytes");
    for (int i = 0; i < subject_count; i++) {
        struct subject *s = &subjects[i];
        int n = size_of(s->workload, options);
        double bytes = median(s->bytes, options->reps);
        if (!s->chosen)
            continue;
        print_line(s->workload->name, n, median(s->ns, options->reps), bytes);
        if (s->workload->also)
            print_line(s->workload->also, n, median(s->also, options->reps),
                       bytes);
    }
}

static int help(void)
{
    printf("usage: bench [--only NAME]... [--reps N] [--quick]\n\n"
           "  --only NAME  this workload, or all whose names begin so: limit\n"
           "  --reps N     repetitions, 1 to %d, default 5; medians are "
           "printed\n"
           "  --quick      little of everything: does it run?  No figures\n\n"
           "A line for each: workload, n, ns for one operation, bytes for an "
           "item.\n\n",
           MOST_REPS);
    for (int i = 0; i < subject_count; i++) {
        const struct workload *w = subjects[i].workload;
        printf("  %-16s %8d x %s\n", w->name, w->n, w->what);
        if (w->also)
            printf("  %-16s %8s   from the same run\n", w->also, "");
    }
    return 0;
}

/* ---- Options ------------------------------------------------------------- */

static _Noreturn void refuse(const char *why, const char *what)
{
    fprintf(stderr, "bench: %s%s; see --help\n", why, what);
    exit(2);
}

static bool is_named(const struct workload *w, const char *name)
{
    return strcmp(w->name, name) == 0 ||
           (w->also && strcmp(w->also, name) == 0);
}

/* The one with that name; or else all whose names begin so. */
static void choose(const char *name)
{
    size_t length = strlen(name);
    bool exact = false, any = false;
    for (int i = 0; i < subject_count; i++)
        exact = exact || is_named(subjects[i].workload, name);
    for (int i = 0; i < subject_count; i++) {
        const struct workload *w = subjects[i].workload;
        if (exact ? is_named(w, name) : strncmp(w->name, name, length) == 0)
            any = subjects[i].chosen = true;
    }
    if (!any || length == 0)
        refuse("no workload is called ", name);
}

static int number(const char *text, int most)
{
    char *end;
    long value;
    errno = 0;
    value = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value > most)
        return 0;
    return (int)value;
}

static struct options parse(char **arg)
{
    struct options options = { .reps = 5 };
    bool some = false;
    for (; *arg; arg++) {
        if (strcmp(*arg, "--quick") == 0) {
            options.quick = true;
        } else if (strcmp(*arg, "--only") == 0) {
            if (!*++arg)
                refuse("--only needs a name", "");
            choose(*arg);
            some = true;
        } else if (strcmp(*arg, "--reps") == 0) {
            options.reps = *++arg ? number(*arg, MOST_REPS) : 0;
            if (options.reps == 0)
                refuse("--reps needs a number from 1 to 100", "");
        } else {
            refuse("unknown argument ", *arg);
        }
    }
    for (int i = 0; i < subject_count && !some; i++)
        subjects[i].chosen = true;
    return options;
}

int main(int argc, char **argv)
{
    struct options options;
    subjects_init();
    unsetenv("EXECUTOR_CLOCK"); /* real time, oldest task first */
    unsetenv("EXECUTOR_SEED");
    if (argc == 4 && strcmp(argv[1], "--once") == 0)
        return run_once(argv[2], number(argv[3], INT_MAX));
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return help();
    options = parse(argv + 1);
#if !defined(NDEBUG) || !defined(__OPTIMIZE__)
    fputs("bench: this build keeps the checks or does not optimise; for the "
          "figures in README.md: cmake --preset release\n",
          stderr);
#endif
    measure_all(&options);
    print_all(&options);
    return 0;
}
