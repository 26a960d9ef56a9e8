/*
 * XGBoost draws from one Mersenne twister (Matsumoto and Nishimura 1998): before
 * the first tree a seed for the twister of its columns, then, where rows are
 * sampled, a seed for each tree's rows; dart, before a round's trees, a number for
 * each tree that it may leave out. Columns of a tree are the first of a shuffled
 * list. Draws that went before, of a model that is continued, are drawn again.
 *
 * Shuffling follows libstdc++ (from GCC 11 on), with which XGBoost is mostly
 * built: two places at a time from one number, numbers in a range by Lemire's
 * multiplication (2019).
 */
#include "gbt/lottery.h"
#include "base/mem.h"
#include "gbt/constraint.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 624, FAR = 397 };

struct twister {
    uint32_t word[WORDS];
    size_t at;
};

struct gbt_lottery {
    const struct lk_params *p;
    size_t features, round_trees;
    struct twister all, columns;
    size_t trees, rounds; /* drawn so far */
    uint32_t row_seed;
    uint32_t *list; /* (features) */
    uint64_t *set;
};

/* ---- the twister --------------------------------------------------------------- */

static void seed_twister(struct twister *t, uint32_t seed)
{
    t->word[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++)
        t->word[i] = 1812433253u * (t->word[i - 1] ^ t->word[i - 1] >> 30) + i;
    t->at = WORDS;
}

static void twist(struct twister *t)
{
    for (size_t i = 0; i < WORDS; i++) {
        uint32_t both = (t->word[i] & 0x80000000u) | (t->word[(i + 1) % WORDS] & 0x7fffffffu);

        t->word[i] = t->word[(i + FAR) % WORDS] ^ both >> 1 ^ (both & 1 ? 0x9908b0dfu : 0);
    }
    t->at = 0;
}

static uint32_t next(struct twister *t)
{
    uint32_t x;

    if (t->at == WORDS)
        twist(t);
    x = t->word[t->at++];
    x ^= x >> 11;
    x ^= x << 7 & 0x9d2c5680u;
    x ^= x << 15 & 0xefc60000u;
    return x ^ x >> 18;
}

/* In [0, range), each as likely. */
static uint32_t below(struct twister *t, uint32_t range)
{
    uint64_t product = (uint64_t)next(t) * range;

    if ((uint32_t)product < range) {
        uint32_t least = (0u - range) % range;

        while ((uint32_t)product < least)
            product = (uint64_t)next(t) * range;
    }
    return (uint32_t)(product >> 32);
}

static void swap(uint32_t *list, size_t a, size_t b)
{
    uint32_t other = list[a];

    list[a] = list[b];
    list[b] = other;
}

static void shuffle(uint32_t *list, size_t n, struct twister *t)
{
    bool pairs = n <= UINT16_MAX; /* two places fit one number */
    size_t i = 1;

    if (pairs && n % 2 == 0)
        swap(list, i++, below(t, 2));
    while (i < n && pairs) {
        uint32_t second = (uint32_t)i + 2, both = below(t, (uint32_t)(i + 1) * second);

        swap(list, i++, both / second);
        swap(list, i++, both % second);
    }
    for (; i < n; i++)
        swap(list, i, below(t, (uint32_t)i + 1));
}

/* ---- a tree's draws ---------------------------------------------------------------- */

struct gbt_lottery *gbt_lottery_new(const struct lk_params *p, size_t features, size_t round_trees)
{
    struct gbt_lottery *l = mem_calloc(1, sizeof *l);

    l->p = p;
    l->features = features;
    l->round_trees = round_trees;
    l->list = mem_calloc(features, sizeof *l->list);
    l->set = mem_calloc((features + 63) / 64, sizeof *l->set);
    seed_twister(&l->all, (uint32_t)p->seed);
    return l;
}

void gbt_lottery_free(struct gbt_lottery *l)
{
    if (!l)
        return;
    free(l->list);
    free(l->set);
    free(l);
}

static void draw_columns(struct gbt_lottery *l)
{
    size_t wanted = (size_t)(l->p->colsample_bytree * (float)l->features);

    for (size_t f = 0; f < l->features; f++)
        l->list[f] = (uint32_t)f;
    shuffle(l->list, l->features, &l->columns);
    memset(l->set, 0, (l->features + 63) / 64 * sizeof *l->set);
    for (size_t i = 0; i < (wanted ? wanted : 1); i++)
        gbt_set_add(l->set, l->list[i]);
}

static void draw_tree(struct gbt_lottery *l)
{
    if (!l->trees++)
        seed_twister(&l->columns, next(&l->all));
    if (l->p->subsample < 1)
        l->row_seed = next(&l->all);
    if (l->p->colsample_bytree < 1)
        draw_columns(l);
}

struct gbt_draws gbt_lottery_draw(struct gbt_lottery *l, size_t tree, uint64_t hash)
{
    while (l->trees <= tree)
        draw_tree(l);
    return (struct gbt_draws){hash, l->row_seed, l->p->colsample_bytree < 1 ? l->set : NULL};
}

/* ---- what dart leaves out -------------------------------------------------------------- */

/* In [0, 1), to 53 bits. */
static double fraction(struct twister *t)
{
    double low = (double)next(t), v = (low + (double)next(t) * 0x1p32) * 0x1p-64;

    return v < 1 ? v : 1 - 0x1p-53;
}

/* A round's draws over n trees; weights NULL: only to have them behind. */
static void draw_drops(struct gbt_lottery *l, size_t n, const float *weights, bool *dropped)
{
    bool any = false;
    float sum = 0;

    if (l->p->skip_drop > 0 && fraction(&l->all) < (double)l->p->skip_drop)
        return;
    for (size_t i = 0; weights && i < n; i++)
        sum += weights[i];
    for (size_t i = 0; i < n; i++) {
        float rate = l->p->rate_drop;

        if (l->p->sample_type == GBT_DROP_WEIGHTED && weights)
            rate = rate * (float)n * weights[i] / sum;
        dropped[i] = fraction(&l->all) < (double)rate;
        any |= dropped[i];
    }
    /* By weights the draw is made in any case, so that it can be drawn again without them. */
    if (l->p->one_drop && n && (!any || l->p->sample_type == GBT_DROP_WEIGHTED)) {
        uint32_t one = below(&l->all, (uint32_t)n);

        dropped[one] |= !any;
    }
}

void gbt_lottery_drop(struct gbt_lottery *l, size_t round, const float *weights, bool *dropped,
                      size_t n)
{
    for (; l->rounds < round; l->rounds++) {
        size_t trees = l->rounds * l->round_trees;

        draw_drops(l, trees < n ? trees : n, NULL, dropped);
        while (l->trees < trees + l->round_trees)
            draw_tree(l);
    }
    memset(dropped, 0, n * sizeof *dropped);
    draw_drops(l, n, weights, dropped);
    l->rounds++;
}

/* ---- rows -------------------------------------------------------------------------------- */

uint64_t gbt_row_chance(uint32_t seed, size_t row)
{
    uint64_t state = seed ? seed : 1, power = 16807;

    for (; row; row >>= 1) {
        if (row & 1)
            state = state * power & INT64_MAX;
        power = power * power & INT64_MAX;
    }
    return state;
}
