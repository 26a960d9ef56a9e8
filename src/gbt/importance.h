/* How much each feature was used: XGBoost's five definitions. */
#ifndef GBT_IMPORTANCE_H
#define GBT_IMPORTANCE_H

#include "gbt/model.h"

struct gbt_importance {
    size_t feature;
    double weight;                  /* splits; of a linear model its weight, and nothing else */
    double total_gain, total_cover; /* sums over the splits */
    double gain, cover;             /* means */
};

/* The features that some split uses, in order; *out is yours to free. */
size_t gbt_importance(struct gbt_importance **out, const struct lk_model *m);

#endif
