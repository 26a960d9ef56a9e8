/*
 * Cross-validation: rows are dealt to folds; for each fold a model is trained
 * on the others and measured on the fold itself after each round. All folds go
 * on together, round by round, so that training can stop when the mean over
 * the folds does.
 */
#ifndef GBT_CV_H
#define GBT_CV_H

#include "gbt/params.h"

enum { GBT_CV_FOLDS_MAX = 100 };

struct gbt_cv;
/* Called after each round; false stops there. */
typedef bool gbt_cv_fn(void *ctx, const struct gbt_cv *cv);

struct gbt_cv_options {
    size_t folds;       /* 2 or more; with `valid` not looked at */
    size_t rounds;      /* at most */
    size_t early_stop;  /* rounds without a better mean of the watched metric; 0: never */
    const char *metric; /* the watched one; NULL: the last */
    /* (rows) numbers: rows with the same one stay in one fold; or NULL. Rows of a query always do.
     */
    const float *group;
    const struct lk_matrix *valid; /* measure on these rows instead of folds: one "fold"; or NULL */
    bool plain;                    /* do not give each fold its share of each class */
    uint64_t seed;
    int threads; /* <= 0: all processors */
    gbt_cv_fn *on_round;
    void *ctx;
};

/* What was measured. A series is a metric on the training part ("train") or on the fold ("test").
 */
struct gbt_cv {
    size_t rounds, folds, series;
    const char **data; /* (series) "train" or "test" */
    char **metric;     /* (series) */
    double *value;     /* (rounds, series, folds) */
    size_t watched;    /* the series that decides: "test" */
    size_t best;       /* its best round (0-based) */
    bool stopped;      /* by on_round */
};

/* The fold of each row: (rows), yours. LK_EUSE where there are too few rows (queries, groups). */
enum lk_status gbt_cv_deal(int **out, const struct lk_matrix *m, const struct gbt_cv_options *o,
                           struct lk_error *err);
enum lk_status gbt_cv_run(struct gbt_cv **out, const struct lk_matrix *m,
                          const struct lk_params *params, const struct gbt_cv_options *o,
                          struct lk_error *err);
double gbt_cv_value(const struct gbt_cv *cv, size_t round, size_t series, size_t fold);
/* Over the folds, each counting the same; the deviation is that of the folds themselves. */
double gbt_cv_mean(const struct gbt_cv *cv, size_t round, size_t series);
double gbt_cv_deviation(const struct gbt_cv *cv, size_t round, size_t series);
void gbt_cv_free(struct gbt_cv *cv);

#endif
