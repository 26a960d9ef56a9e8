/*
 * The objectives' definitions, family by family, for the table in objective.c;
 * and the few helpers that families share.
 */
#ifndef GBT_OBJECTIVE_INTERNAL_H
#define GBT_OBJECTIVE_INTERNAL_H

#include "gbt/objective.h"

/* loss.c: the loss of a row depends on that row and output alone */
extern const struct gbt_objective gbt_squarederror, gbt_squaredlogerror, gbt_reg_logistic,
    gbt_pseudohubererror, gbt_gamma, gbt_tweedie, gbt_binary_logistic, gbt_logitraw, gbt_hinge,
    gbt_poisson;
/* loss_class.c: one margin a class */
extern const struct gbt_objective gbt_softmax, gbt_softprob;
/* loss_quantile.c: losses with a corner; absolute error also as 1.7 has it */
extern const struct gbt_objective gbt_absoluteerror, gbt_absoluteerror_1_7, gbt_quantileerror;
/* rank.c: pairs within a query */
extern const struct gbt_objective gbt_rank_ndcg, gbt_rank_map, gbt_rank_pairwise;
/* survival.c */
extern const struct gbt_objective gbt_cox, gbt_aft;

static inline float gbt_task_weight(const struct gbt_task *t, size_t row)
{
    return t->data->weights ? t->data->weights[row] : 1.0f;
}

/* The weighted mean of each target's labels: (targets). */
void gbt_mean_labels(float *base_score, const struct gbt_task *t);

/* Links. */
void gbt_link_identity(float *values, size_t rows, size_t groups,
                       const struct gbt_objective_params *p);
void gbt_link_exp(float *values, size_t rows, size_t groups, const struct gbt_objective_params *p);
float gbt_unlink_identity(float base_score);
float gbt_unlink_log(float base_score);
size_t gbt_width_groups(size_t groups);

#endif
