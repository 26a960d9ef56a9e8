/*
 * Objectives: one table of what the margin means. Scoring needs the link, and
 * training the gradients; both look the objective up here by its name.
 */
#ifndef GBT_OBJECTIVE_H
#define GBT_OBJECTIVE_H

#include "gbt/matrix.h"

/* First and second derivative of the loss at one row and output. */
struct gbt_gradient {
    float g, h;
};

/* An objective's own parameters, all of them, with XGBoost's defaults. */
struct gbt_objective_params {
    float scale_pos_weight;       /* 1 */
    float max_delta_step;         /* 0.7 for count:poisson */
    float tweedie_variance_power; /* 1.5 */
    float huber_slope;            /* 1 */
    float *quantile_alpha;        /* (quantiles), or NULL */
    size_t quantiles;
    size_t classes;               /* num_class */
    int aft_distribution;         /* 0 normal, 1 logistic, 2 extreme */
    float aft_scale;              /* 1 */
};

struct gbt_objective {
    const char *name;
    const char *default_metric;
    /* Margins to values on the label's scale, in place: (rows, groups). */
    void (*transform)(float *values, size_t rows, size_t groups,
                      const struct gbt_objective_params *p);
    /* A base score on the label's scale to a margin. */
    float (*to_margin)(float base_score);
    /* Outputs a row after transform: multi:softmax gives 1 where it has `groups` margins. */
    size_t (*width)(size_t groups);
};

/* NULL when there is none of this name. */
const struct gbt_objective *gbt_objective_find(const char *name);
/* All names, for messages and completion. */
const char *const *gbt_objective_names(size_t *n);

#endif
