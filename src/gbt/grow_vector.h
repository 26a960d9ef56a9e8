/* Trees whose leaves hold one number an output (multi_strategy=multi_output_tree). */
#ifndef GBT_GROW_VECTOR_H
#define GBT_GROW_VECTOR_H

#include "gbt/grow.h"

/* gradient is (outputs, rows). Not for categorical columns or monotone constraints. */
void gbt_grow_vector(struct gbt_tree *out, const struct gbt_bins *b, const struct lk_params *p,
                     const struct gbt_constraints *c, const struct gbt_gradient *gradient,
                     size_t outputs, float eta, const struct gbt_draws *draws, struct pool *pool);

#endif
