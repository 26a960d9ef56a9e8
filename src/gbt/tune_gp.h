/* A Gaussian process over settings: what Bayesian search believes. */
#ifndef GBT_TUNE_GP_H
#define GBT_TUNE_GP_H

#include <stdbool.h>
#include <stddef.h>

enum { GP_DIMENSIONS = 32 };

struct gp;
/*
 * Fit to n > 0 points: x is (n, d) in [0, 1], y (n). Along an axis marked in
 * `words` two values are equal or not, and near means nothing. Arrays are copied.
 */
struct gp *gp_fit(const double *x, const double *y, size_t n, size_t d, const bool *words);
/* Take one more point for granted, without fitting anew. */
void gp_add(struct gp *g, const double *x, double y);
/* What is believed of f at a place: its mean and standard deviation, in units of y. */
void gp_predict(const struct gp *g, const double *x, double *mean, double *deviation);
void gp_free(struct gp *g);

#endif
