/* What a metric sees, and the families of metrics for the table in metric.c. */
#ifndef GBT_METRIC_INTERNAL_H
#define GBT_METRIC_INTERNAL_H

#include "gbt/metric.h"

struct gbt_metric_in {
    const char *name; /* as the user wrote it */
    const float *p;   /* (rows, groups) predictions as metrics want them */
    size_t groups;
    const struct lk_matrix *m;
    const struct gbt_objective_params *params;
    struct pool *pool;
    double at;  /* the number behind '@', or the metric's own default */
    size_t top; /* the same as a count of ranks; SIZE_MAX where none was given */
    bool minus; /* name ends in '-': queries with nothing relevant count 0, not 1 */
};

static inline double gbt_metric_weight(const struct lk_matrix *m, size_t row)
{
    return m->weights ? (double)m->weights[row] : 1;
}

typedef enum lk_status gbt_metric_fn(double *out, const struct gbt_metric_in *in,
                                     struct lk_error *err);
/* metric_auc.c */
gbt_metric_fn gbt_metric_auc, gbt_metric_aucpr;
/* metric_rank.c */
gbt_metric_fn gbt_metric_pre, gbt_metric_ndcg, gbt_metric_map;
/* metric_survival.c */
gbt_metric_fn gbt_metric_cox, gbt_metric_aft, gbt_metric_interval;
/* metric_class.c: what SageMaker's container adds */
gbt_metric_fn gbt_metric_accuracy, gbt_metric_balanced, gbt_metric_f1, gbt_metric_f1_binary,
    gbt_metric_f1_macro, gbt_metric_precision, gbt_metric_precision_macro,
    gbt_metric_precision_micro, gbt_metric_recall, gbt_metric_recall_macro, gbt_metric_recall_micro,
    gbt_metric_r2;

#endif
