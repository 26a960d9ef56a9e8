/*
 * XGBoost's quantile sketch: where it cuts a column that has more distinct
 * values than bins. It reads values in the order of the rows and keeps a
 * summary of bounded size (Greenwald and Khanna 2001, with weights), so its
 * cuts are quantiles of what it remembers; grown from the same cuts, trees are
 * the same ones.
 */
#ifndef GBT_SKETCH_H
#define GBT_SKETCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The cuts of a column of n numbers (NaN is passed over), ascending, without the last one
 * beyond all values; weights (n) or NULL. value has room for max_bin. Returns how many.
 * rules_1_7: as versions to 3.2 cut, else as those from 3.3 on.
 */
size_t gbt_sketch_cuts(float *value, const float *column, const float *weights, size_t n,
                       size_t max_bin, bool rules_1_7);

#endif
