/*
 * labkit as a container's one file: train and serve under SageMaker's
 * contract, predict to try a model by hand. Linked without shared libraries
 * (make static), so that an image needs nothing else.
 */
#include "cli/command.h"

#include <stddef.h>

extern const struct command command_kit_train, command_kit_serve, command_kit_predict;

static const struct command *const commands[] = {&command_kit_train, &command_kit_serve,
                                                 &command_kit_predict, NULL};

static const struct program labkit = {
    .name = "labkit",
    .summary = "train and serve XGBoost models under SageMaker's container contract",
    .commands = commands,
};

int main(int argc, char **argv)
{
    return program_run(&labkit, argc, argv);
}
