/*
 * The record of a search: a line of JSON a trial, written as the trial ends, so
 * that a search that was broken off goes on where it was. The first line says
 * what is searched, and on which rows; another search is refused.
 */
#ifndef CLI_TUNE_RECORD_H
#define CLI_TUNE_RECORD_H

#include "gbt/tune.h"

#include <stdio.h>

enum tune_end { TUNE_DONE, TUNE_STOPPED, TUNE_FAILED };

/* What came of a trial besides its result. */
struct tune_outcome {
    enum tune_end end;
    double deviation;
    size_t best_round; /* 0-based */
    double seconds;
    double *curve; /* (rounds) the mean after each round; yours */
    size_t rounds;
};

const char *tune_end_name(enum tune_end e);

struct tune_record {
    FILE *stream; /* NULL where there is no record */
    char *path;
};

/*
 * Open the record, or begin one; the trials in it go into the search, and into
 * *outcomes: (tune_trials), yours. `print` stands for everything that a trial's
 * result depends on.
 */
enum lk_status tune_record_open(struct tune_record *r, const char *path, uint64_t print,
                                const struct tune_space *space, struct tune_search *s,
                                struct tune_outcome **outcomes, struct lk_error *err);
/* The trial has ended: one line, on the disk when this returns. */
enum lk_status tune_record_add(struct tune_record *r, const struct tune_space *space,
                               const struct tune_search *s, size_t trial,
                               const struct tune_outcome *o, struct lk_error *err);
void tune_record_close(struct tune_record *r);

#endif
