/* Every draw is a hash of the seed and what it is for; see random.h. */
#include "gbt/sample.h"
#include "gbt/constraint.h"
#include "gbt/random.h"

#include <stdlib.h>
#include <string.h>

uint64_t *gbt_draw_columns(struct arena *a, size_t features, const uint64_t *from, float share,
                           uint64_t seed)
{
    size_t n = 0, wanted;
    uint64_t *set = arena_alloc(a, (features + 63) / 64 * sizeof *set);
    uint32_t *list = mem_resize(NULL, features, sizeof *list);

    for (size_t f = 0; f < features; f++)
        if (!from || gbt_set_has(from, f))
            list[n++] = (uint32_t)f;
    wanted = (size_t)(share * (float)n);
    if (!wanted)
        wanted = 1;
    for (size_t i = 0; i < wanted; i++) {
        size_t k = i + gbt_mix(seed, i) % (n - i);
        uint32_t f = list[k];

        list[k] = list[i];
        gbt_set_add(set, f);
    }
    free(list);
    return set;
}

const uint64_t *gbt_node_columns(struct arena *a, const struct lk_params *p, size_t features,
                                 const uint64_t *columns, uint64_t seed, int depth, int32_t node)
{
    if (p->colsample_bylevel < 1)
        columns = gbt_draw_columns(a, features, columns, p->colsample_bylevel,
                                   gbt_mix(seed, 1000 + (uint64_t)depth));
    if (p->colsample_bynode < 1)
        columns = gbt_draw_columns(a, features, columns, p->colsample_bynode,
                                   gbt_mix(seed, 100000 + (uint64_t)node));
    return columns;
}

size_t gbt_draw_rows(uint32_t *rows, uint32_t *spare, size_t n, float share, uint64_t seed)
{
    size_t drawn = 0, out = 0;

    for (size_t r = 0; r < n; r++)
        if (share >= 1 || gbt_draw(seed, r) < (double)share)
            rows[drawn++] = (uint32_t)r;
        else
            spare[out++] = (uint32_t)r;
    memcpy(rows + drawn, spare, out * sizeof *rows);
    return drawn;
}
