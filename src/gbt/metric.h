/*
 * Metrics by XGBoost's names ("auc", "error@0.4", "ndcg@5-", ...), and those
 * that SageMaker's container adds ("accuracy", "f1", "r2", ...).
 */
#ifndef GBT_METRIC_H
#define GBT_METRIC_H

#include "gbt/objective.h"

/* LK_EUSE with the nearest name where there is no such metric, or its '@' part is wrong. */
enum lk_status gbt_metric_known(const char *name, struct lk_error *err);
/* Is more better? */
bool gbt_metric_maximized(const char *name);
/* The metric that goes with the model's objective, in buf; NULL where that is not known. */
const char *gbt_metric_of_model(char buf[64], const struct lk_model *model);
/* All names, without '@' parts, for messages and completion. */
const char *const *gbt_metric_names(size_t *n);
/*
 * The metric of margins (rows, groups) on m's labels and weights. NaN where it
 * is undefined (auc with one class only). Labels are checked.
 */
enum lk_status gbt_metric_compute(double *out, const char *name, const float *margins,
                                  size_t groups, const struct lk_matrix *m,
                                  const struct gbt_objective *o,
                                  const struct gbt_objective_params *p, struct pool *pool,
                                  struct lk_error *err);

#endif
