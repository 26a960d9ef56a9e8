/*
 * Metrics by XGBoost's names ("auc", "error@0.4", ...).
 */
#ifndef GBT_METRIC_H
#define GBT_METRIC_H

#include "gbt/objective.h"

/* LK_EUSE with the nearest name where there is no such metric. */
enum lk_status gbt_metric_known(const char *name, struct lk_error *err);
/* Is more better? */
bool gbt_metric_maximized(const char *name);
/* The metric of margins (rows, groups) on m's labels and weights. */
enum lk_status gbt_metric_compute(double *out, const char *name, const float *margins,
                                  size_t groups, const struct lk_matrix *m,
                                  const struct gbt_objective *o,
                                  const struct gbt_objective_params *p, struct pool *pool,
                                  struct lk_error *err);

#endif
