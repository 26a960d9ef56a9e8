/*
 * What each feature contributed to a row's margin: exactly (SHAP values by
 * TreeSHAP) or by Saabas' approximation. Contributions and the bias, which
 * holds the base margin, add up to the margin.
 */
#ifndef GBT_SHAP_H
#define GBT_SHAP_H

#include "gbt/score.h"

/* What a range of trees needs beforehand: expected values by node. Const and shared. */
struct gbt_shap;
enum lk_status gbt_shap_new(struct gbt_shap **out, const struct lk_model *m, struct gbt_range range,
                            struct lk_error *err);
void gbt_shap_free(struct gbt_shap *s);
/* base_margin is (groups), out (groups, features + 1), the bias last; all of out is set. */
void gbt_shap_row(const struct gbt_shap *s, const float *row, const float *base_margin, float *out);
void gbt_saabas_row(const struct gbt_shap *s, const float *row, const float *base_margin,
                    float *out);

#endif
