/*
 * Growing one tree after another over the same bins.
 *
 * The grower keeps, for the tree grown last, which rows ended in which leaf,
 * so that their margins can be updated without walking the tree: as a list of
 * rows for each leaf where the caller needs lists, else as a mark for each row
 * (place.h), which spares splitting lists on the last level.
 */
#ifndef GBT_GROW_H
#define GBT_GROW_H

#include "gbt/bins.h"
#include "gbt/constraint.h"
#include "gbt/lottery.h"
#include "gbt/model.h"
#include "gbt/objective.h"
#include "gbt/params.h"

struct gbt_grower;

/* Everything is borrowed for the grower's life. lists: gbt_grower_leaf will be called. */
struct gbt_grower *gbt_grower_new(const struct gbt_bins *b, const struct lk_params *p,
                                  const struct gbt_constraints *c, bool lists, struct pool *pool);
void gbt_grower_free(struct gbt_grower *g);
/* Grow a tree (init'ed here) from the gradients of the rows. */
void gbt_grow(struct gbt_tree *out, struct gbt_grower *g, const struct gbt_gradient *gradient,
              float eta, const struct gbt_draws *draws);

/* The leaves of the tree grown last. */
struct gbt_leaf {
    int32_t node;
    const uint32_t *rows; /* that it was grown from */
    size_t n;
    const uint32_t *others; /* left out by subsample */
    size_t other_count;
};
size_t gbt_grower_leaves(const struct gbt_grower *g);
struct gbt_leaf gbt_grower_leaf(const struct gbt_grower *g, size_t i);
/* margins[row * step] += the value of the row's leaf, for all rows. */
void gbt_grower_add(const struct gbt_grower *g, const struct gbt_tree *t, float *margins,
                    size_t step, struct pool *pool);
/* Bytes that growing over such data needs at most, for the estimate before training. */
double gbt_grower_memory(size_t rows, size_t hist_slots, const struct lk_params *p, int threads);

#endif
