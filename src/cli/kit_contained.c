/*
 * labkit contained: how the practice cloud starts another labkit in the part
 * of a container's program; not by hand. It dies with the thread that started
 * it, writes stdout and stderr into one stream, and leaves the processor to
 * whoever is waiting for an answer.
 */
#include "base/file.h"
#include "base/mem.h"
#include "cli/command.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ARGS_MAX = 64, NICE = 5 };

static const struct option options[] = {
    {"parent", "PID", "who started it", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static int run(const struct args *a, struct lk_error *err)
{
    const char *argv[ARGS_MAX + 2];
    size_t n = args_count(a);
    int64_t parent;
    char *self;
    enum lk_status st = args_int(a, "parent", 0, 0, INT32_MAX, &parent, err);

    if (!st && (!n || n > ARGS_MAX))
        st = error_set(err, LK_EUSE, "a command of labkit with its arguments is needed");
    if (st)
        return exit_for(st);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (parent && getppid() != parent)
        return EXIT_FAILED; /* gone before we asked */
    dup2(STDOUT_FILENO, STDERR_FILENO);
    setpriority(PRIO_PROCESS, 0, NICE);
    self = path_self();
    argv[0] = self;
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = args_operand(a, i);
    argv[n + 1] = NULL;
    execv(self, (char *const *)argv);
    st = error_errno(err, "start", self);
    free(self);
    return exit_for(st);
}

const struct command command_kit_contained = {
    .name = "contained",
    .summary = "run a command of labkit as the practice cloud's container",
    .operands = "COMMAND",
    .options = options,
    .run = run,
    .hidden = true,
};
