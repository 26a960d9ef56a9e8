/*
 * Nodes: what they weigh, what they allow their children, and how their rows
 * are shared between those.
 */
#include "gbt/grow_internal.h"
#include "gbt/partition.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* ---- nodes ----------------------------------------------------------------------- */

int32_t gbt_node_add(struct gbt_grower *g, int32_t parent, int depth)
{
    MEM_GROW(g->nodes, g->count, g->cap);
    g->nodes[g->count] = (struct gbt_node){.left = GBT_NO_NODE,
                                           .right = GBT_NO_NODE,
                                           .parent = parent,
                                           .depth = depth,
                                           .mark = -1,
                                           .s = {.lower = -FLT_MAX, .upper = FLT_MAX}};
    return (int32_t)g->count++;
}

void gbt_node_weigh(struct gbt_grower *g, struct gbt_node *n, const struct gbt_split_node *by,
                    struct gbt_sum sum)
{
    n->s.sum = sum;
    n->s.gain = gbt_split_gain(gbt_node_rules(g, n), by, sum);
    n->weight = gbt_split_weight(gbt_node_rules(g, n), by, sum);
    n->leaf = n->weight * g->eta;
}

static void allow(struct gbt_grower *g, struct gbt_node *child, const struct gbt_node *parent)
{
    size_t bytes = g->c->words * sizeof *child->path;

    if (!g->c->sets)
        return;
    child->path = arena_alloc(&g->arena, bytes);
    child->allowed = arena_alloc(&g->arena, bytes);
    if (parent->path)
        memcpy(child->path, parent->path, bytes);
    gbt_set_add(child->path, parent->split.feature);
    gbt_constraints_allow(child->allowed, g->c, child->path);
}

void gbt_node_weigh_children(struct gbt_grower *g, struct gbt_node *n, struct gbt_sum left,
                             struct gbt_sum right)
{
    struct gbt_node *l = &g->nodes[n->left], *r = &g->nodes[n->right];
    int direction = g->c->monotone ? g->c->monotone[n->split.feature] : 0;
    float middle;

    l->packed = r->packed = n->packed;
    gbt_node_weigh(g, l, &n->s, left);
    gbt_node_weigh(g, r, &n->s, right);
    n->weight = gbt_split_weight(gbt_node_rules(g, n), &n->s, n->s.sum);
    l->s.lower = r->s.lower = n->s.lower;
    l->s.upper = r->s.upper = n->s.upper;
    middle = (l->weight + r->weight) / 2;
    if (direction > 0)
        l->s.upper = r->s.lower = middle;
    else if (direction < 0)
        l->s.lower = r->s.upper = middle;
}

void gbt_node_split(struct gbt_grower *g, int32_t id)
{
    int32_t left = gbt_node_add(g, id, g->nodes[id].depth + 1);
    int32_t right = gbt_node_add(g, id, g->nodes[id].depth + 1);
    struct gbt_node *n = &g->nodes[id];

    n->left = left;
    n->right = right;
    gbt_node_weigh_children(g, n, n->split.left, n->split.right);
    allow(g, &g->nodes[left], n);
    allow(g, &g->nodes[right], n);
}

bool gbt_node_may_split(const struct gbt_grower *g, const struct gbt_node *n)
{
    return n->n[SAMPLED] > 1 && (!g->p->max_depth || n->depth < g->p->max_depth);
}

/* ---- rows to children ------------------------------------------------------------- */

/* By a column's code: `left` where the row goes left, else `right`. */
static const uint8_t *code_table(struct gbt_grower *g, const struct gbt_node *n, uint8_t left,
                                 uint8_t right)
{
    const struct gbt_cut *c = &g->b->cut[n->split.feature];
    uint8_t *table = arena_alloc(&g->arena, c->n + 1);

    for (uint32_t i = 0; i < c->n; i++) {
        bool goes =
            n->split.categorical ? !gbt_set_has(n->categories, i) : (int32_t)i <= n->split.bin;

        table[i] = goes ? left : right;
    }
    table[c->n] = n->split.default_left ? left : right;
    return table;
}

/* Will the children be leaves whatever they hold? */
static bool is_last_level(const struct gbt_grower *g, const struct gbt_node *n)
{
    return g->p->max_depth && n->depth + 1 >= g->p->max_depth;
}

static void mark_children(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    struct gbt_marking *all = mem_calloc(count, sizeof *all);

    for (size_t i = 0; i < count; i++) {
        const struct gbt_node *n = &g->nodes[ids[i]];
        struct gbt_node *l = &g->nodes[n->left], *r = &g->nodes[n->right];

        l->mark = (int16_t)g->marks++;
        r->mark = (int16_t)g->marks++;
        all[i] = (struct gbt_marking){g->rows + n->begin[SAMPLED], n->n[SAMPLED], n->split.feature,
                                      code_table(g, n, (uint8_t)l->mark, (uint8_t)r->mark), 0};
    }
    gbt_place_mark(g->place, all, count, g->b, g->pool);
    free(all);
}

void gbt_nodes_mark_leaves(struct gbt_grower *g)
{
    struct gbt_marking *all = mem_calloc(g->count, sizeof *all);
    size_t count = 0;

    for (size_t i = 0; i < g->count; i++) {
        struct gbt_node *n = &g->nodes[i];

        if (n->left >= 0 || n->mark >= 0)
            continue;
        n->mark = (int16_t)g->marks++;
        all[count++] = (struct gbt_marking){
            .rows = g->rows + n->begin[SAMPLED], .n = n->n[SAMPLED], .mark = (uint8_t)n->mark};
    }
    gbt_place_mark(g->place, all, count, g->b, g->pool);
    free(all);
}

static void split_lists(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    struct gbt_partition *parts = mem_calloc(count, 2 * sizeof *parts);

    for (size_t i = 0; i < count; i++) {
        const struct gbt_node *n = &g->nodes[ids[i]];
        const uint8_t *table = code_table(g, n, 1, 0);

        for (int k = 0; k < 2; k++)
            parts[2 * i + (size_t)k] =
                (struct gbt_partition){g->rows + n->begin[k], n->n[k], n->split.feature, table, 0};
    }
    gbt_partition_all(parts, 2 * count, g->b, g->rows, g->spare, g->pool);
    for (size_t i = 0; i < count; i++) {
        const struct gbt_node *n = &g->nodes[ids[i]];

        for (int k = 0; k < 2; k++) {
            size_t left = parts[2 * i + (size_t)k].left;

            g->nodes[n->left].begin[k] = n->begin[k];
            g->nodes[n->left].n[k] = left;
            g->nodes[n->right].begin[k] = n->begin[k] + left;
            g->nodes[n->right].n[k] = n->n[k] - left;
        }
    }
    free(parts);
}

void gbt_nodes_send(struct gbt_grower *g, const int32_t *ids, size_t count)
{
    if (count && g->place && is_last_level(g, &g->nodes[ids[0]])) /* all are on one level */
        mark_children(g, ids, count);
    else
        split_lists(g, ids, count);
}
