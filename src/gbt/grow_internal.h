/*
 * Growing a tree: what the grower's files share. grow.c decides which node is
 * split next and makes the tree; grow_node.c gives nodes their weights and
 * rows; grow_search.c builds their histograms and finds their splits.
 */
#ifndef GBT_GROW_INTERNAL_H
#define GBT_GROW_INTERNAL_H

#include "base/mem.h"
#include "gbt/grow.h"
#include "gbt/place.h"
#include "gbt/split.h"

enum { SAMPLED = 0, LEFT_OUT = 1 }; /* the two lists of rows */

#define GBT_LEAST_CHANGE 1e-6f /* of the loss, for a split: XGBoost's kRtEps */

struct gbt_node {
    int32_t left, right, parent; /* left < 0: a leaf */
    int depth;
    bool packed;           /* sums are of packed words */
    size_t begin[2], n[2]; /* rows: sampled, left out; none on a last level of marks */
    int16_t mark;          /* of a leaf, where rows are marked; -1: none yet */
    struct gbt_split_node s;
    float weight, leaf;
    struct gbt_split split;
    uint64_t *categories; /* of a categorical split, those going right */
    struct gbt_sum *hist;
    uint64_t *path, *allowed; /* interaction constraints; NULL without */
};

struct gbt_grower {
    const struct gbt_bins *b;
    const struct lk_params *p;
    const struct gbt_constraints *c;
    struct pool *pool;
    struct gbt_quant quant;
    uint32_t *rows, *spare;               /* (rows) */
    uint8_t *place;                       /* (rows): marks of leaves; NULL: leaves have lists */
    struct gbt_sum *scratch;              /* (threads - 1, hist_slots) */
    struct gbt_split_rules exact, packed; /* alike but for the units of sums */
    /* the tree being grown */
    struct gbt_node *nodes;
    size_t count, cap;
    struct arena arena; /* sets of features and categories */
    size_t marks;       /* given out */
    uint64_t seed;
    uint32_t row_seed;
    float eta;
    const uint64_t *columns; /* of the tree; NULL: all */
    struct gbt_split *found; /* (nodes, blocks) */
    size_t found_cap;
    struct gbt_sum **spare_hist; /* free histograms */
    size_t spare_count, spare_cap, live, live_max;
    int32_t *leaves;
    size_t leaf_count;
};

/* The rules in the units of the node's sums. */
static inline const struct gbt_split_rules *gbt_node_rules(const struct gbt_grower *g,
                                                           const struct gbt_node *n)
{
    return n->packed ? &g->packed : &g->exact;
}

/* grow_node.c */

/* A new node; moves the others, so pointers to nodes do not outlive it. */
int32_t gbt_node_add(struct gbt_grower *g, int32_t parent, int depth);
/* Sum, weight and gain, by the bounds of the parent (of itself at the root). */
void gbt_node_weigh(struct gbt_grower *g, struct gbt_node *n, const struct gbt_split_node *by,
                    struct gbt_sum sum);
/* Sums, weights and bounds of a split node's children, and its own weight as no leaf. */
void gbt_node_weigh_children(struct gbt_grower *g, struct gbt_node *n, struct gbt_sum left,
                             struct gbt_sum right);
/* Give a node its two children. */
void gbt_node_split(struct gbt_grower *g, int32_t id);
bool gbt_node_may_split(const struct gbt_grower *g, const struct gbt_node *n);
/* Split the rows of these nodes, which have children, between those; or mark them. */
void gbt_nodes_send(struct gbt_grower *g, const int32_t *ids, size_t count);

/* Mark the rows of leaves that have lists, and number those. */
void gbt_nodes_mark_leaves(struct gbt_grower *g);

/* grow_search.c */

struct gbt_sum *gbt_grower_take(struct gbt_grower *g); /* a histogram, not cleared */
void gbt_grower_give(struct gbt_grower *g, struct gbt_node *n);
/* The sum of all rows, which any column sees. */
struct gbt_sum gbt_node_sum(const struct gbt_grower *g, const struct gbt_sum *hist);
/* Histograms of the children of these nodes, of those that may be split. */
void gbt_nodes_build(struct gbt_grower *g, const int32_t *ids, size_t count);
/* Find the best split of each of these nodes, which have histograms. */
void gbt_nodes_search(struct gbt_grower *g, const int32_t *ids, size_t count);

#endif
