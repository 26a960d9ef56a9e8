/*
 * Subcommands. Each is one file with one `struct command`; labkit.c and
 * labbook.c list them in a table, from which dispatch, --help, man pages and
 * shell completion all come.
 *
 * GNU long options: --name value, --name=value, flags, "--" ends them, and
 * abbreviations that are unique. Every command has --help.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/error.h"
#include "base/str.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USE = 2, EXIT_CHECK = 3 };

struct option {
    const char *name;  /* "data"; the table ends with name NULL */
    const char *value; /* "FILE" in help; NULL for a flag */
    const char *help;
    bool many;   /* may be given more than once */
    char letter; /* 'o' for -o, or 0 */
};

struct args; /* what was given; borrowed by the command */

struct command {
    const char *name;     /* "train", or "s3 ls" of a group */
    const char *summary;  /* one line */
    const char *operands; /* "LESSON[/STEP]", or NULL for none */
    const struct option *options;
    const char *details; /* paragraphs for --help and the man page, or NULL */
    const char *example; /* lines of a shell session */
    /* Returns an exit code; on a failure it fills err, which main prints as one line. */
    int (*run)(const struct args *args, struct lk_error *err);
    bool hidden; /* not in help (lab-worker, ...) */
};

/* The value given last, or NULL; for a flag "" when given. */
const char *args_get(const struct args *a, const char *name);
bool args_flag(const struct args *a, const char *name);
/* The i-th value of an option given several times, or NULL past the last. */
const char *args_nth(const struct args *a, const char *name, size_t i);
/* A number in [min, max]; `otherwise` when not given; anything else is LK_EUSE and names the
 * option. */
enum lk_status args_int(const struct args *a, const char *name, int64_t otherwise, int64_t min,
                        int64_t max, int64_t *out, struct lk_error *err);
size_t args_count(const struct args *a);                  /* operands */
const char *args_operand(const struct args *a, size_t i); /* or NULL */
/* LK_EUSE "--model is required" unless given. */
enum lk_status args_need(const struct args *a, const char *name, struct lk_error *err);

struct program {
    const char *name;                      /* "labkit" */
    const char *summary;                   /* one line */
    const char *details;                   /* or NULL */
    const struct command *const *commands; /* NULL-terminated */
};

/* Parse, dispatch, print the error, return the exit code. */
int program_run(const struct program *p, int argc, char **argv);
/* The exit code that goes with a status: LK_EUSE 2, LK_ECHECK 3, others 1. */
int exit_for(enum lk_status status);

#endif
