/* What the ways of scoring share; others use score.h. */
#ifndef GBT_SCORE_INTERNAL_H
#define GBT_SCORE_INTERNAL_H

#include "gbt/objective.h"
#include "gbt/score.h"

#include <pthread.h>
#include <stdatomic.h>

struct gbt_block_program;
struct gbt_row_program;
struct gbt_tests_program;

struct gbt_scorer {
    const struct gbt_objective *objective;
    struct gbt_objective_params params; /* as the model has them */
    pthread_mutex_t lock;               /* while a program is made, when it is first wanted */
    struct gbt_block_program
        *block; /* NULL until then, or where it does not suit; so is the next */
    struct gbt_row_program *row;
    struct gbt_tests_program *tests; /* instead of row, where the model is large */
    atomic_bool block_made, row_made;
};

/* A row at a time; made when first wanted. NULL for a model that it does not suit. */
struct gbt_row_program *gbt_row_new(const struct lk_model *m);
void gbt_row_free(struct gbt_row_program *p);
void gbt_row_score(const struct gbt_row_program *p, const struct lk_model *m,
                   struct gbt_range range, const float *row, float *out);

/* The same for a large model whose tests are few; NULL for any other. */
struct gbt_tests_program *gbt_tests_new(const struct lk_model *m);
void gbt_tests_free(struct gbt_tests_program *p);
void gbt_tests_score(const struct gbt_tests_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *row, float *out);

/* Many rows at once; made when the first batch comes. NULL for a model that it does not suit. */
struct gbt_block_program *gbt_block_new(const struct lk_model *m);
void gbt_block_free(struct gbt_block_program *p);
void gbt_block_score(const struct gbt_block_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *values, size_t rows, float *out);

/* One tree, row by row: values (rows, features), out (rows, groups) is added to. */
void gbt_walk_tree(const struct lk_model *m, size_t tree, const float *values, size_t rows,
                   float *out);
void gbt_score_linear(const struct lk_model *m, const float *values, size_t rows, float *out);

#endif
