/*
 * Random numbers for sampling: each draw is a hash of the seed and of what it
 * is drawn for (round, tree, level, node, row), so it does not matter who
 * draws first. (splitmix64's mixing.)
 */
#ifndef GBT_RANDOM_H
#define GBT_RANDOM_H

#include <stdint.h>

static inline uint64_t gbt_mix(uint64_t seed, uint64_t what)
{
    uint64_t z = seed + (what + 1) * 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double gbt_draw(uint64_t seed, uint64_t what)
{
    return (double)(gbt_mix(seed, what) >> 11) * 0x1p-53;
}

#endif
