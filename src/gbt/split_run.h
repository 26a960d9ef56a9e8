/* Weighing a run of a column's candidates at once, by the rules that most training uses. */
#ifndef GBT_SPLIT_RUN_H
#define GBT_SPLIT_RUN_H

#include "gbt/split.h"

enum { GBT_RUN = 64 };

struct gbt_split_run {
    size_t n;
    struct gbt_sum left[GBT_RUN]; /* the rest of the node is on the right */
    uint32_t bin[GBT_RUN];
    float change[GBT_RUN]; /* out: of the loss; 0 where the split is not allowed */
};

/* Without monotone constraints and max_delta_step; the first n candidates. */
void gbt_split_run_weigh(struct gbt_split_run *run, size_t n, const struct gbt_split_rules *r,
                         const struct gbt_split_node *node);

#endif
