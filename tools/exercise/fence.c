/* fence.c: inside the test's process: no other process may be reached from it.
 *
 * Without this a loop that forks would be stopped by nothing, and an answer
 * could stop the parent, which then waits for ever.  A filter in the kernel
 * answers such a system call with SIGSYS.  Where the kernel has no filters,
 * the harness works without. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <execinfo.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "machinery.h"

static const struct {
    int number;
    const char *does;
} calls[] = {
#ifdef SYS_fork
    { SYS_fork, "starts a process" },
    { SYS_vfork, "starts a process" },
#endif
    { SYS_clone, "starts a process" },
    { SYS_execve, "starts another program" },
    { SYS_execveat, "starts another program" },
    { SYS_kill, "sends a signal to another process" },
    { SYS_tkill, "sends a signal to another process" },
    { SYS_tgkill, "sends a signal to another process" },
    { SYS_rt_sigqueueinfo, "sends a signal to another process" },
    { SYS_ptrace, "looks into another process" },
    { SYS_process_vm_readv, "looks into another process" },
    { SYS_process_vm_writev, "writes into another process" },
    { SYS_setpgid, "leaves its group of processes" },
    { SYS_setsid, "leaves its group of processes" },
};

enum { CALLS = sizeof calls / sizeof *calls };

static void on_fence(int signal, siginfo_t *info, void *context)
{
    void *frames[STACK_MAX];
    char words[100];
    (void)signal, (void)context;
    for (int i = 0; i < CALLS; i++) {
        if (calls[i].number != info->si_syscall)
            continue;
        snprintf(words, sizeof words, "%s; no exercise needs that",
                 calls[i].does);
        exercise_verdict(PLACED, words, frames, backtrace(frames, STACK_MAX));
    }
}

#define LOAD(field) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER_WITH(what) BPF_STMT(BPF_RET | BPF_K, (what))
/* Skip so many instructions if it is equal, if any of the bits is set. */
#define IF_EQUAL(value, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), yes, no)
#define IF_BIT(bits, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (unsigned)(bits), yes, no)

void exercise_fence(void)
{
    struct sigaction action = { .sa_sigaction = on_fence,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK };
    struct sock_filter filter[2 * CALLS + 16] = { LOAD(nr) };
    size_t n = 1;
    /* Threads are allowed: a clone() that says so.  clone3() hides its flags;
     * without it, libc falls back to clone(). */
    struct sock_filter head[] = {
        IF_EQUAL(SYS_clone3, 0, 1),
        ANSWER_WITH(SECCOMP_RET_ERRNO | 38 /* ENOSYS */),
        IF_EQUAL(SYS_clone, 0, 3),
        LOAD(args[0]),
        IF_BIT(CLONE_THREAD, 6, 0),
        ANSWER_WITH(SECCOMP_RET_TRAP),
        IF_EQUAL(SYS_kill, 1, 0), /* to itself is fine */
        IF_EQUAL(SYS_tgkill, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(getpid(), 1, 0),
        ANSWER_WITH(SECCOMP_RET_TRAP),
        ANSWER_WITH(SECCOMP_RET_ALLOW),
    };
    memcpy(&filter[n], head, sizeof head);
    n += sizeof head / sizeof *head;
    for (int i = 0; i < CALLS; i++) {
        filter[n++] = (struct sock_filter)IF_EQUAL(calls[i].number, 0, 1);
        filter[n++] = (struct sock_filter)ANSWER_WITH(SECCOMP_RET_TRAP);
    }
    filter[n++] = (struct sock_filter)ANSWER_WITH(SECCOMP_RET_ALLOW);
    sigaction(SIGSYS, &action, NULL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
          &(struct sock_fprog){ (unsigned short)n, filter });
}
