/*
 * What each tree draws, as XGBoost draws it: the same seed samples the same
 * rows and, with colsample_bytree, the same columns, so sampled trees are the
 * same ones too. A tree's draws depend on the seed and on how many trees came
 * before it.
 */
#ifndef GBT_LOTTERY_H
#define GBT_LOTTERY_H

#include "gbt/params.h"

struct gbt_lottery;
/* round_trees: how many trees a round makes. */
struct gbt_lottery *gbt_lottery_new(const struct lk_params *p, size_t features, size_t round_trees);
void gbt_lottery_free(struct gbt_lottery *l);

/* A tree's share of chance. */
struct gbt_draws {
    uint64_t hash;           /* of what is drawn our own way: columns by level and by node */
    uint32_t rows;           /* what gbt_row_chance starts from */
    const uint64_t *columns; /* the tree's, as a set; NULL: all. Until the next tree is drawn. */
};

/* Of tree number `tree`, counted from 0; trees are asked for in ascending order. */
struct gbt_draws gbt_lottery_draw(struct gbt_lottery *l, size_t tree, uint64_t hash);

/*
 * Which of the n trees so far dart leaves out in a round, before that round's
 * trees are drawn, by their weights: dropped is (n).
 */
void gbt_lottery_drop(struct gbt_lottery *l, size_t round, const float *weights, bool *dropped,
                      size_t n);

/*
 * The stream of a tree's rows: row r is drawn where its number is below the
 * share. A generator of Lehmer's kind with multiplier 16807 modulo 2^63, which
 * can be entered at any row.
 */
uint64_t gbt_row_chance(uint32_t seed, size_t row); /* the state before that row's number */
static inline double gbt_row_next(uint64_t *state)
{
    *state = *state * 16807 & INT64_MAX;
    return (double)(*state - 1) * 0x1p-63;
}

#endif
