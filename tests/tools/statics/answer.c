/* Each variable that all uses share is marked; not compiled. */
static struct span *current;
static int left;                           /* shared */
int begun = 3, over;                       /* shared */
static int counts[3];                      /* shared */
static const char *word;                   /* shared */
struct parker parker = { .woken = false }; /* shared */
_Thread_local bool waking;                 /* shared */

static const int many = 3;
static const char *const words[] = { "static int not_me;", "nor_me;" };
static const struct future_ops probe_ops = { .name = "probe" };
struct probe {
    int polls; /* static int nor_me; */
};
enum { FEW = 3 };
typedef int number;
extern int elsewhere;
static int prototype(int left);
#define KEEPS     \
    static int a; \
    static int b
_Static_assert(FEW == 3, "three");

static int probe_poll(int n)
{
    static int polls = 0; /* shared */
    int mine = 0;
    if (n > 0) {
        static struct probe last = { 1 }; /* shared */
        static const struct probe none = { 0 };
        mine = last.polls + none.polls;
    }
    for (int i = 0; i < n; i++) {
        struct probe p = { i };
        mine += p.polls;
    }
    return mine + polls; // static int later;
}

static int behind; /* shared */
