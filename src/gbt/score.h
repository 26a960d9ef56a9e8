/*
 * Scoring inside: what lk_predict is made of. Everything here reads a model
 * that gbt_model_finish has passed, so no index is checked again.
 *
 * A margin is the base margin plus the leaves of the trees, added in float in
 * the order of the trees: XGBoost's order, so XGBoost's bits. Every path (the
 * walk, the block, the one row; portable or AVX2) finds the same leaves and
 * adds them in that order.
 */
#ifndef GBT_SCORE_H
#define GBT_SCORE_H

#include "gbt/model.h"

/* What scoring prepares once a model; const and shared by all threads. */
struct gbt_scorer;
struct gbt_scorer *gbt_scorer_new(const struct lk_model *m);
void gbt_scorer_free(struct gbt_scorer *s);

/* Trees [begin, end) of a model: what a range of rounds comes to. */
struct gbt_range {
    size_t begin, end;
};

/* Does a split send this value of its feature left? */
bool gbt_tree_goes_left(const struct gbt_tree *t, int32_t node, float x);
/* The leaf in which a row of features ends, by the tree as it is. */
int32_t gbt_tree_leaf(const struct gbt_tree *t, const float *row);

/*
 * Margins of rows: `values` is (rows, features), `out` (rows, groups) comes in
 * holding the base margins and goes out with the trees of the range added.
 */
void gbt_score_margins(const struct lk_model *m, struct gbt_range range, const float *values,
                       size_t rows, float *out);

#endif
