/* What the ways of scoring share; others use score.h. */
#ifndef GBT_SCORE_INTERNAL_H
#define GBT_SCORE_INTERNAL_H

#include "gbt/objective.h"
#include "gbt/score.h"

struct gbt_scorer {
    const struct gbt_objective *objective;
    struct gbt_objective_params params; /* as the model has them */
};

/* One tree, row by row: values (rows, features), out (rows, groups) is added to. */
void gbt_walk_tree(const struct lk_model *m, size_t tree, const float *values, size_t rows,
                   float *out);
void gbt_score_linear(const struct lk_model *m, const float *values, size_t rows, float *out);

#endif
