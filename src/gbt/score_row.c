/*
 * One row, or a few: eight trees at a time, a step in each, so that the eight
 * chains of loads overlap. Nodes of all trees lie in one array, breadth first,
 * the right child behind the left; a leaf leads to itself, so that every tree
 * of eight takes as many steps as the deepest, without a branch.
 */
#include "base/mem.h"
#include "gbt/score_internal.h"

#include <stdlib.h>

enum { AT_ONCE = 8 };

/* Eight bytes, so that a large model's nodes stay near. */
struct row_node {
    float value;   /* threshold, or what the leaf adds */
    uint32_t bits; /* feature, 16 of them; missing goes right; how far on the left child is, 15 */
};

enum { FAR = 0x7fff, MISSING_RIGHT = 15, FEATURE = 16 };

struct gbt_row_program {
    struct row_node *nodes;
    uint32_t *root; /* (trees) */
    uint8_t *depth; /* (trees) */
};

enum { MAX_DEPTH = 64 };

/* Lay a tree out from `base`; false where this way does not suit it. */
static bool lay_out(struct gbt_row_program *p, const struct lk_model *m, size_t tree, uint32_t base,
                    int32_t *from)
{
    const struct gbt_tree *t = &m->trees[tree];
    uint32_t len = 1, level_end = 1;
    int depth = 0;
    float weight = m->tree_weight ? m->tree_weight[tree] : 1;

    from[0] = 0;
    for (uint32_t i = 0; i < len; i++) {
        int32_t node = from[i];
        struct row_node *out = &p->nodes[base + i];
        bool leaf = t->left[node] == GBT_NO_NODE;

        if (i == level_end) {
            level_end = len;
            depth++;
        }
        if (!leaf && t->categorical && t->categorical[node])
            return false;
        if (!leaf && len - i > FAR)
            return false;
        *out = (struct row_node){leaf ? t->value[node] * weight : t->value[node],
                                 leaf ? 0
                                      : t->feature[node] << FEATURE |
                                            (uint32_t)!t->default_left[node] << MISSING_RIGHT |
                                            (len - i)};
        if (leaf)
            continue;
        from[len++] = t->left[node];
        from[len++] = t->right[node];
    }
    p->root[tree] = base;
    p->depth[tree] = (uint8_t)depth;
    return depth <= MAX_DEPTH && !t->leaf_vector;
}

struct gbt_row_program *gbt_row_new(const struct lk_model *m)
{
    struct gbt_row_program *p = mem_calloc(1, sizeof *p);
    size_t nodes = 0, largest = 0, base = 0;
    int32_t *from;
    bool suits = m->features > 0;

    for (size_t i = 0; i < m->tree_count; i++) {
        size_t n = (size_t)m->trees[i].nodes;

        nodes += n;
        largest = n > largest ? n : largest;
    }
    suits = suits && nodes < UINT32_MAX / 2;
    p->nodes = mem_resize(NULL, suits ? nodes : 0, sizeof *p->nodes);
    p->root = mem_calloc(m->tree_count, sizeof *p->root);
    p->depth = mem_calloc(m->tree_count, sizeof *p->depth);
    from = mem_resize(NULL, largest + 1, sizeof *from);
    for (size_t i = 0; suits && i < m->tree_count; i++) {
        suits = lay_out(p, m, i, (uint32_t)base, from);
        base += (size_t)m->trees[i].nodes;
    }
    free(from);
    if (suits)
        return p;
    gbt_row_free(p);
    return NULL;
}

void gbt_row_free(struct gbt_row_program *p)
{
    if (!p)
        return;
    free(p->nodes);
    free(p->root);
    free(p->depth);
    free(p);
}

static inline uint32_t step(const struct row_node *nodes, uint32_t at, const float *row)
{
    float value = nodes[at].value;
    uint32_t bits = nodes[at].bits, far = bits & FAR;
    float x = row[bits >> FEATURE];
    uint32_t right = (x >= value) | ((x != x) & (bits >> MISSING_RIGHT));

    return at + far + (right & (far != 0));
}

void gbt_row_score(const struct gbt_row_program *p, const struct lk_model *m,
                   struct gbt_range range, const float *row, float *out)
{
    size_t t = range.begin;

    for (; t + AT_ONCE <= range.end; t += AT_ONCE) {
        uint32_t at[AT_ONCE];
        int depth = 0;

        for (int k = 0; k < AT_ONCE; k++) {
            at[k] = p->root[t + (size_t)k];
            depth = p->depth[t + (size_t)k] > depth ? p->depth[t + (size_t)k] : depth;
        }
        for (; depth > 0; depth--) {
#pragma GCC unroll 8
            for (int k = 0; k < AT_ONCE; k++)
                at[k] = step(p->nodes, at[k], row);
        }
        for (int k = 0; k < AT_ONCE; k++)
            out[m->tree_group[t + (size_t)k]] += p->nodes[at[k]].value;
    }
    for (; t < range.end; t++) {
        uint32_t at = p->root[t];

        for (int depth = p->depth[t]; depth > 0; depth--)
            at = step(p->nodes, at, row);
        out[m->tree_group[t]] += p->nodes[at].value;
    }
}
