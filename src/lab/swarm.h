/* A swarm of SHAP values: for the strongest features, where each row's value moved it. */
#ifndef LAB_SWARM_H
#define LAB_SWARM_H

#include "lab/chart.h"

struct swarm {
    const float *contributions; /* (rows, width): a row's SHAP values, the bias last */
    const float *values;        /* (rows, features): what the features were; NaN for missing */
    size_t rows, features, width;
    const char *const *names; /* (features) */
};

struct swarm_rank {
    size_t feature;
    double mean; /* of the absolute contributions */
};

/* All features, the strongest first; equal ones in their order. rank is (features). */
void swarm_rank(struct swarm_rank *rank, const struct swarm *s);
/* Draw the first `top` of them; the chart is initialised here. */
void chart_swarm(struct chart *c, const struct swarm *s, size_t top, const char *title);

#endif
