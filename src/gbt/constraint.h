/*
 * Constraints as users write them: monotone "(1,0,-1)" by position or
 * {"age": 1} by name, interaction [[0,1],["age","income"]] by number or name.
 */
#ifndef GBT_CONSTRAINT_H
#define GBT_CONSTRAINT_H

#include "gbt/matrix.h"
#include "gbt/params.h"

struct gbt_constraints {
    size_t features, words; /* words: 64-bit words of a set of features */
    int8_t *monotone;       /* (features), or NULL where there is none */
    uint64_t *sets;         /* (set_count, words), or NULL */
    size_t set_count;
};

/* LK_EUSE names what is wrong; an unknown feature comes with the nearest name. */
enum lk_status gbt_constraints_new(struct gbt_constraints **out, const struct lk_params *p,
                                   const struct lk_matrix *m, struct lk_error *err);
void gbt_constraints_free(struct gbt_constraints *c);
/*
 * The features allowed below a path that used the features of `path`: those,
 * and whoever shares a set with all of them.
 */
void gbt_constraints_allow(uint64_t *allowed, const struct gbt_constraints *c,
                           const uint64_t *path);

static inline bool gbt_set_has(const uint64_t *set, size_t i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static inline void gbt_set_add(uint64_t *set, size_t i)
{
    set[i / 64] |= (uint64_t)1 << (i % 64);
}

#endif
