/* labkit: the toolkit's command line. Each command is a file kit_*.c. */
#include "cli/command.h"

#include <stddef.h>

/* One line a command: X(train) is command_kit_train, defined in kit_train.c. */
#define COMMANDS(X)                                                                                \
    X(train)                                                                                       \
    X(predict)                                                                                     \
    X(serve)                                                                                       \
    X(convert)                                                                                     \
    X(inspect)                                                                                     \
    X(eval)                                                                                        \
    X(cv)                                                                                          \
    X(tune)                                                                                        \
    X(explain)                                                                                     \
    X(data_describe)                                                                               \
    X(data_split)                                                                                  \
    X(data_sample)                                                                                 \
    X(data_generate)                                                                               \
    X(cloud_init)                                                                                  \
    X(cloud)                                                                                       \
    X(contained)                                                                                   \
    X(aws_whoami)                                                                                  \
    X(aws_call)                                                                                    \
    X(aws_doctor)                                                                                  \
    X(aws_quota)                                                                                   \
    X(aws_regions)                                                                                 \
    X(aws_iam_role)                                                                                \
    X(aws_train)                                                                                   \
    X(aws_tune)                                                                                    \
    X(aws_transform)                                                                               \
    X(aws_endpoint)                                                                                \
    X(aws_invoke)                                                                                  \
    X(aws_notebook)                                                                                \
    X(aws_labeling)                                                                                \
    X(aws_pipeline)                                                                                \
    X(aws_logs)                                                                                    \
    X(aws_wait)                                                                                    \
    X(aws_budget)                                                                                  \
    X(aws_cost)                                                                                    \
    X(aws_ledger)                                                                                  \
    X(aws_cleanup)                                                                                 \
    X(aws_s3_ls)                                                                                   \
    X(aws_s3_cp)                                                                                   \
    X(aws_s3_sync)                                                                                 \
    X(aws_s3_rm)                                                                                   \
    X(aws_s3_mb)                                                                                   \
    X(aws_s3_rb)                                                                                   \
    X(aws_s3_presign)                                                                              \
    X(aws_api)

#define DECLARE(name) extern const struct command command_kit_##name;
COMMANDS(DECLARE)

#define ENTRY(name) &command_kit_##name,
static const struct command *const commands[] = {COMMANDS(ENTRY) NULL};

static const struct program labkit = {
    .name = "labkit",
    .summary = "train and batch-score XGBoost models, here or on AWS SageMaker",
    .commands = commands,
};

int main(int argc, char **argv)
{
    return program_run(&labkit, argc, argv);
}
