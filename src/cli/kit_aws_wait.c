/* labkit aws logs, wait: what a job does and says. */
#include "cli/kit_aws_job.h"

static const struct option logs_options[] = {
    KIT_AWS_OPTIONS,
    {"kind", "KIND", "training-job (default), transform-job or endpoint", false, 0},
    KIT_AWS_OPTIONS_END};

static int run_logs(const struct args *a, struct lk_error *err)
{
    const char *kind = args_get(a, "kind") ? args_get(a, "kind") : "training-job";
    struct job_watch watch = {.line = kit_job_print_log};
    struct job_logs at = {0};
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one NAME", err)) || (st = kit_aws_open(&c, a, err)) ||
           (st = job_read_logs(c, kind, args_operand(a, 0), &at, &watch, err)));
    job_logs_done(&at);
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_logs = {
    .name = "aws logs",
    .summary = "print what a job or endpoint logged",
    .operands = "NAME",
    .options = logs_options,
    .example = "$ labkit aws logs train-20261125-143000",
    .run = run_logs,
};

static const struct option wait_options[] = {
    KIT_AWS_OPTIONS, {"logs", NULL, "print what it logs", false, 0}, KIT_AWS_OPTIONS_END};

static int run_wait(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 2, "KIND and NAME", err)) ||
           (st = kit_guard_open(&c, &g, a, err)) ||
           (st = kit_job_wait(g, args_operand(a, 0), args_operand(a, 1), a, err)));
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_wait = {
    .name = "aws wait",
    .summary = "wait for a job, an endpoint or a notebook, telling what it does",
    .operands = "KIND NAME",
    .options = wait_options,
    .details = "KIND: training-job, tuning-job, transform-job, labeling-job, endpoint, notebook.",
    .example = "$ labkit aws wait training-job train-20261125-143000 --logs",
    .run = run_wait,
};
