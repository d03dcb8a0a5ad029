/* A program for timeline.sh: its task and its main() wait for ever. */
#include "a08_channels/notify.h"
#include "runtime.h"

int main(int argc, char **argv)
{
    struct notify never;
    struct notified wait;
    struct runtime rt;
    program_begin(argc, argv);
    runtime_init(&rt, NULL);
    notify_init(&never);
    task_detach(
        task_spawn(&rt.executor, notified(task_slot(struct notified), &never)));
    return runtime_run(&rt, notified(&wait, &never));
}
