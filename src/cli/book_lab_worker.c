/* labbook lab-worker: the process that a lab's code runs in; started by sessions, not by hand. */
#include "cli/command.h"
#include "lab/worker.h"

static int run(const struct args *a, struct lk_error *err)
{
    return exit_for(lab_worker(err));
}

const struct command command_book_lab_worker = {
    .name = "lab-worker",
    .summary = "run lab steps under limits, for a session",
    .run = run,
    .hidden = true,
};
