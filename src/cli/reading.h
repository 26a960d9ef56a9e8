/*
 * Options that say how a file of rows is read, and the options that training
 * takes: one table for all commands that have them. A command lists those it
 * takes; reading_options asks for all, and an option not listed is not given.
 */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "cli/command.h"

/* Columns that say something about a row. */
#define READING_ROW_COLUMNS                                                                        \
    {"weight", "COLUMN", "the column of row weights", false, 0},                                   \
        {"query", "COLUMN", "the column of query ids, for ranking", false, 0},                     \
        {"base-margin", "COLUMN", "the column(s) of base margins", false, 0},                      \
        {"lower", "COLUMN", "the column of the label's lower bound (survival:aft)", false, 0},     \
    {                                                                                              \
        "upper", "COLUMN", "the column of the label's upper bound (survival:aft)", false, 0        \
    }
/* How the file itself is to be read. */
#define READING_FORMAT                                                                             \
    {"ignore", "COLUMNS", "columns to leave out, commas between", false, 0},                       \
        {"missing", "WORD", "one more word that means missing", false, 0},                         \
        {"format", "FORMAT", "csv, libsvm or jsonl (default: told by the content)", false, 0},     \
        {"delimiter", "CHAR", "between fields; 'tab' for a tab", false, 0},                        \
    {                                                                                              \
        "no-header", NULL, "the first line is data", false, 0                                      \
    }
#define READING_LABEL                                                                              \
    {                                                                                              \
        "label", "COLUMN", "the label's column, by name or number (several with commas between)",  \
            false, 'l'                                                                             \
    }
#define TRAINING_SET                                                                               \
    {                                                                                              \
        "set", "NAME=VALUE",                                                                       \
            "an XGBoost parameter: --set eta=0.1 --set objective=binary:logistic", true, 's'       \
    }
/* Options of several commands, each where it says something of its own in what it says. */
#define READING_DATA(rows)                                                                         \
    {                                                                                              \
        "data", "FILE", rows ": CSV, libsvm or JSON lines; '-' is stdin", false, 'd'               \
    }
#define READING_MODEL                                                                              \
    {                                                                                              \
        "model", "FILE", "the model, in any of XGBoost's formats", false, 'm'                      \
    }
#define THREADS_CHANGE_NOT(what)                                                                   \
    {                                                                                              \
        "threads", "N", "threads (default: one a processor); " what, false, 't'                    \
    }
#define TRAINING_ROUNDS                                                                            \
    {                                                                                              \
        "rounds", "N", "rounds of boosting (default: num_round, else 10)", false, 'n'              \
    }
/* Cross-validation's; its `folds` has another default in each. */
#define FOLDING                                                                                    \
    {"group", "COLUMN", "rows with the same value here stay in one fold; not a feature", false,    \
     0},                                                                                           \
    {                                                                                              \
        "no-stratify", NULL, "do not give each fold its share of each class", false, 0             \
    }

/* Texts are borrowed from the arguments. */
enum lk_status reading_options(struct lk_read_options *out, const struct args *a, int threads,
                               struct lk_error *err);
/* Every --set, in order. */
enum lk_status training_params(struct lk_params *p, const struct args *a, struct lk_error *err);
/* Is there a folder to write this file to? Better found out before an hour of work. */
enum lk_status training_target(const char *path, const char *option, struct lk_error *err);
/*
 * A guess at what reading and training will take, from the size of the file
 * and its first lines; a file that does not fit is refused before it is read.
 */
enum lk_status training_memory(const char *path, const struct lk_params *p, int threads,
                               struct lk_error *err);
/* What is done otherwise than the parameters say, on stderr. */
void training_notes(const struct lk_params *p);

#endif
