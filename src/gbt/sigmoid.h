/* Many sigmoids at a time, the same bits as gbt_sigmoid of real.h on every processor. */
#ifndef GBT_SIGMOID_H
#define GBT_SIGMOID_H

#include <stddef.h>

/* out[i] = 1 / (1 + e^-x[i]) as XGBoost rounds it; out may be x. */
void gbt_sigmoids(float *out, const float *x, size_t n);

#endif
