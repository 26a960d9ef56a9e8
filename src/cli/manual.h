/*
 * A program's manual page and shell completion, written from its command
 * table, so that neither can say something that the program does not do.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "cli/command.h"

#include <stdio.h>

/* Section 1 of the manual, in man(7) macros. */
void manual_write(FILE *f, const struct program *p);
/* Completion for bash: source it. */
void completion_write(FILE *f, const struct program *p);

#endif
