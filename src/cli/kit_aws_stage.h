/*
 * A file as SageMaker's XGBoost reads it: CSV without a header, the label in
 * the first column, weights in the second, numbers only. What is like that
 * already is taken as it is; anything else that `labkit train` reads is read
 * in the same way and written out so.
 */
#ifndef CLI_KIT_AWS_STAGE_H
#define CLI_KIT_AWS_STAGE_H

#include "cli/command.h"

/* Options of `labkit train` that say how a file is read. */
#define KIT_STAGE_OPTIONS                                                                          \
    {"label", "COLUMN", "the label's column, by name or number", false, 'l'},                      \
        {"weight", "COLUMN", "the column of row weights", false, 0},                               \
        {"ignore", "COLUMNS", "columns to leave out, commas between", false, 0},                   \
        {"missing", "WORD", "one more word that means missing", false, 0},                         \
        {"delimiter", "CHAR", "between fields; 'tab' for a tab", false, 0},                        \
        {"format", "FORMAT", "csv, libsvm or jsonl (default: told by the content)", false, 0},     \
    {                                                                                              \
        "no-header", NULL, "the first line is data", false, 0                                      \
    }

struct kit_staged {
    char *path; /* what to upload */
    bool made;  /* a file of ours, removed by kit_stage_done */
};

enum kit_stage_for {
    KIT_STAGE_TRAIN, /* with the label, and the weights */
    KIT_STAGE_SCORE, /* without */
};

/* content_type: libsvm files are taken as they are where it says so; NULL is CSV. */
enum lk_status kit_stage(struct kit_staged *out, const struct args *a, const char *path,
                         enum kit_stage_for what, const char *content_type, struct lk_error *err);
void kit_stage_done(struct kit_staged *s);

#endif
