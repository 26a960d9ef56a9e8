/* Drawing rows and columns for a tree. */
#ifndef GBT_SAMPLE_H
#define GBT_SAMPLE_H

#include "base/mem.h"
#include "base/thread.h"
#include "gbt/params.h"

/*
 * The columns that a node may be split by, NULL for all: a share of the level's,
 * which are a share of the tree's (`columns`, NULL for all).
 */
const uint64_t *gbt_node_columns(struct arena *a, const struct lk_params *p, size_t features,
                                 const uint64_t *columns, uint64_t seed, int depth, int32_t node);
/*
 * List n rows: those drawn, then those left out, both ascending; spare has room
 * for n. seed is that of lottery.h. Returns how many were drawn.
 */
size_t gbt_draw_rows(uint32_t *rows, uint32_t *spare, size_t n, float share, uint32_t seed,
                     struct pool *pool);

#endif
