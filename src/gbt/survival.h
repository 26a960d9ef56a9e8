/* Times to an event, some only known to lie in an interval: shared by objective and metric. */
#ifndef GBT_SURVIVAL_H
#define GBT_SURVIVAL_H

#include "gbt/objective.h"

/* Negative log likelihood of a time in [lower, upper] where log time is margin + scale * noise. */
double gbt_aft_loss(double lower, double upper, double margin,
                    const struct gbt_objective_params *p);
/* The bounds must be there and make sense; an error names the row. */
enum lk_status gbt_aft_check(const struct lk_matrix *m, struct lk_error *err);
/* Rows by rising time, censored (negative) or not; (rows), yours to free. */
uint32_t *gbt_cox_order(const struct lk_matrix *m);

#endif
