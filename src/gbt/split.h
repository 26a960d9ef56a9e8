/*
 * The best split of a node, by XGBoost's arithmetic to the last bit: which
 * numbers are float and which double, and who wins a tie, decide what tree is
 * grown.
 *
 *   weight w(G, H) = -T(G) / (H + lambda), T the soft threshold by alpha,
 *       clipped to max_delta_step, rounded to float, then to the node's bounds;
 *   gain (3.4) = -(2 G w + (H + lambda) w^2 + 2 alpha |w|) in double, rounded
 *       to float;
 *   gain (1.7) = T(G)^2 / (H + lambda) in double; with max_delta_step or
 *       monotone constraints -(2 G w + (H + lambda) w^2) in float; and w is 0
 *       where H < min_child_weight;
 *   loss change = (float) gain(left) + gain(right) - gain(node), in float.
 *
 * A column's bins are scanned upwards with missing values on the right, and,
 * where some are missing, downwards with them on the left. A later candidate
 * must be better, not equal; so ties go to the lower column, and to the upward
 * scan.
 */
#ifndef GBT_SPLIT_H
#define GBT_SPLIT_H

#include "gbt/hist.h"
#include "gbt/params.h"

struct gbt_split_rules {
    float lambda, alpha, max_delta_step, min_child_weight;
    bool rules_1_7;
    bool wide;              /* gbt_may_be_wide */
    const int8_t *monotone; /* (features) -1, 0, 1, or NULL */
    uint32_t max_cat_to_onehot, max_cat_threshold;
    double g_unit, h_unit; /* of the tree's sums */
};

/* What a split search knows of a node. */
struct gbt_split_node {
    struct gbt_sum sum;
    float gain;
    float lower, upper; /* bounds of the weight; infinite without constraints */
};

struct gbt_split {
    float change; /* of the loss; 0: no split found */
    uint32_t feature;
    int32_t bin; /* numeric: bins 0 .. bin go left (-1: only missing rows do) */
    float threshold;
    bool default_left, categorical;
    int scan; /* categorical: 0 one-hot, +1 and -1 the two scans */
    struct gbt_sum left, right;
};

float gbt_split_weight(const struct gbt_split_rules *r, const struct gbt_split_node *n,
                       struct gbt_sum sum);
float gbt_split_gain(const struct gbt_split_rules *r, const struct gbt_split_node *n,
                     struct gbt_sum sum);
/* The best split of one column, better than nothing (change 0 where there is none). */
void gbt_split_column(struct gbt_split *out, const struct gbt_split_rules *r,
                      const struct gbt_split_node *n, const struct gbt_bins *b, size_t feature,
                      const struct gbt_sum *column);
/* The categories that a categorical split sends right, as bits (cut.n). */
void gbt_split_categories(uint64_t *bits, const struct gbt_split *s,
                          const struct gbt_split_rules *r, const struct gbt_bins *b,
                          const struct gbt_sum *column);

#endif
