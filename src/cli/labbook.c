/* labbook: renders, serves and runs lessons. Each command is a file book_*.c. */
#include "cli/command.h"

#include <stddef.h>

/* One line a command: X(train) is command_book_train, defined in book_train.c. */
#define COMMANDS(X)                                                                                \
    X(build)                                                                                       \
    X(check)                                                                                       \
    X(new) X(import) X(export) X(run) X(test) X(progress) X(reference) X(serve) X(lab_worker)

#define DECLARE(name) extern const struct command command_book_##name;
COMMANDS(DECLARE)

#define ENTRY(name) &command_book_##name,
static const struct command *const commands[] = {COMMANDS(ENTRY) NULL};

static const struct program labbook = {
    .name = "labbook",
    .summary = "a book that runs: render, serve and run lessons",
    .commands = commands,
};

int main(int argc, char **argv)
{
    return program_run(&labbook, argc, argv);
}
