/*
 * One row against a large model: first the answers to all tests, then trees.
 *
 * A model of hundreds of trees asks few distinct questions, (feature,
 * threshold, side of a missing value), because thresholds are borders of bins.
 * Sorted by threshold the answers of a feature are ones and then zeros, so one
 * search and two fills answer them all, a byte each. A tree is then a heap of
 * two-byte question numbers, i -> 2 i + answer, a quarter of the memory that
 * nodes with thresholds take: what counts once the nodes do not fit the
 * nearer caches. Trees are filled up to one depth, so that those that are
 * walked at a time take the same steps without a branch.
 */
#include "base/mem.h"
#include "gbt/score_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 16,
    TESTS_MAX = 1 << 15, /* answers lie on the stack */
    DEPTH_MAX = 10,
    WORTH_NODES = 1 << 15, /* fewer fit the nearer caches as they are */
    PADDING_MAX = 2        /* places of all heaps, in nodes that the model has */
};

struct gbt_tests_program {
    size_t features, tests;
    int depth;        /* of every tree */
    uint32_t *begin;  /* (2 features + 1): where the tests of a feature begin, those whose
                         missing values go left before the others */
    float *threshold; /* (tests), rising within each of those lists */
    uint16_t *test;   /* (trees << depth): the heap of each tree, its root at 1 */
    float *leaf;      /* (trees << depth) */
};

struct question {
    uint32_t list; /* 2 feature + (missing goes right) */
    float threshold;
};

static int by_list_and_threshold(const void *a, const void *b)
{
    const struct question *x = a, *y = b;

    if (x->list != y->list)
        return x->list < y->list ? -1 : 1;
    return (x->threshold > y->threshold) - (x->threshold < y->threshold);
}

static struct question question_of(const struct gbt_tree *t, int32_t node)
{
    return (struct question){2 * t->feature[node] + !t->default_left[node], t->value[node]};
}

/* The distance of the deepest leaf from the root; more than DEPTH_MAX where it is. */
static int depth_of(const struct gbt_tree *t, int32_t node, int above)
{
    int left, right;

    if (t->left[node] == GBT_NO_NODE || above > DEPTH_MAX)
        return above;
    left = depth_of(t, t->left[node], above + 1);
    right = depth_of(t, t->right[node], above + 1);
    return left > right ? left : right;
}

static bool suits(const struct lk_model *m, int *depth, size_t *splits)
{
    size_t nodes = 0;

    *depth = 0;
    for (size_t i = 0; i < m->tree_count; i++) {
        const struct gbt_tree *t = &m->trees[i];
        int d = depth_of(t, 0, 0);

        nodes += (size_t)t->nodes;
        if (t->leaf_vector || t->categorical || d > DEPTH_MAX)
            return false;
        *depth = d > *depth ? d : *depth;
    }
    *splits = nodes / 2;
    return nodes >= WORTH_NODES && m->tree_count << *depth <= PADDING_MAX * nodes;
}

/* Distinct questions, sorted; NULL where there are too many. */
static struct question *collect(const struct lk_model *m, size_t splits, size_t *count)
{
    struct question *q = mem_resize(NULL, splits + 1, sizeof *q);
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < m->tree_count; i++)
        for (int32_t node = 0; node < m->trees[i].nodes; node++)
            if (m->trees[i].left[node] != GBT_NO_NODE && n < splits)
                q[n++] = question_of(&m->trees[i], node);
    qsort(q, n, sizeof *q, by_list_and_threshold);
    for (size_t i = 0; i < n; i++)
        if (!kept || by_list_and_threshold(&q[kept - 1], &q[i]))
            q[kept++] = q[i];
    *count = kept;
    if (kept && kept <= TESTS_MAX)
        return q;
    free(q);
    return NULL;
}

static void index_lists(struct gbt_tests_program *p, const struct question *q)
{
    size_t at = 0;

    for (size_t list = 0; list <= 2 * p->features; list++) {
        while (at < p->tests && q[at].list < list)
            at++;
        p->begin[list] = (uint32_t)at;
    }
    for (size_t i = 0; i < p->tests; i++)
        p->threshold[i] = q[i].threshold;
}

/* Subtree of the model's node at place `at` of the heap; a leaf fills all below its place. */
static void lay_out(struct gbt_tests_program *p, const struct gbt_tree *t, size_t tree,
                    float weight, const struct question *q, int32_t node, size_t at, int depth)
{
    uint16_t *test = p->test + (tree << p->depth);
    float *leaf = p->leaf + (tree << p->depth);

    if (t->left[node] != GBT_NO_NODE) {
        struct question asked = question_of(t, node);
        const struct question *found =
            bsearch(&asked, q, p->tests, sizeof *q, by_list_and_threshold);

        test[at] = (uint16_t)(found - q);
        lay_out(p, t, tree, weight, q, t->left[node], 2 * at, depth + 1);
        lay_out(p, t, tree, weight, q, t->right[node], 2 * at + 1, depth + 1);
    } else {
        size_t below = (size_t)1 << (p->depth - depth), first = at * below;

        for (size_t i = 0; i < below; i++)
            leaf[first + i - ((size_t)1 << p->depth)] = t->value[node] * weight;
    }
}

struct gbt_tests_program *gbt_tests_new(const struct lk_model *m)
{
    struct gbt_tests_program *p;
    struct question *q;
    int depth;
    size_t splits, tests;

    if (!m->features || !suits(m, &depth, &splits))
        return NULL;
    q = collect(m, splits, &tests);
    if (!q)
        return NULL;
    p = mem_calloc(1, sizeof *p);
    *p = (struct gbt_tests_program){.features = m->features, .tests = tests, .depth = depth};
    p->begin = mem_calloc(2 * m->features + 1, sizeof *p->begin);
    p->threshold = mem_calloc(tests, sizeof *p->threshold);
    p->test = mem_calloc(m->tree_count << depth, sizeof *p->test);
    p->leaf = mem_calloc(m->tree_count << depth, sizeof *p->leaf);
    index_lists(p, q);
    for (size_t i = 0; i < m->tree_count; i++)
        lay_out(p, &m->trees[i], i, m->tree_weight ? m->tree_weight[i] : 1, q, 0, 1, 0);
    free(q);
    return p;
}

void gbt_tests_free(struct gbt_tests_program *p)
{
    if (!p)
        return;
    free(p->begin);
    free(p->threshold);
    free(p->test);
    free(p->leaf);
    free(p);
}

/* How many of n rising thresholds are at most x. */
static inline size_t at_most(const float *threshold, size_t n, float x)
{
    const float *base = threshold;

    while (n > 1) {
        size_t half = n / 2;

        base += base[half - 1] <= x ? half : 0;
        n -= half;
    }
    return (size_t)(base - threshold) + (n && *base <= x);
}

static void answer(const struct gbt_tests_program *p, const float *row, uint8_t *answers)
{
    for (size_t f = 0; f < p->features; f++) {
        size_t begin = p->begin[2 * f], right = p->begin[2 * f + 1], end = p->begin[2 * f + 2];
        float x = row[f];
        size_t below = isnan(x) ? 0 : at_most(p->threshold + begin, right - begin, x);
        size_t above = isnan(x) ? end - right : at_most(p->threshold + right, end - right, x);

        memset(answers + begin, 1, below);
        memset(answers + begin + below, 0, right - begin - below);
        memset(answers + right, 1, above);
        memset(answers + right + above, 0, end - right - above);
    }
}

void gbt_tests_score(const struct gbt_tests_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *row, float *out)
{
    uint8_t answers[TESTS_MAX];
    size_t t = range.begin, leaves = (size_t)1 << p->depth;

    answer(p, row, answers);
    for (; t + AT_ONCE <= range.end; t += AT_ONCE) {
        const uint16_t *test = p->test + (t << p->depth);
        uint32_t at[AT_ONCE];

        for (int k = 0; k < AT_ONCE; k++)
            at[k] = 1;
        for (int depth = 0; depth < p->depth; depth++) {
#pragma GCC unroll 16
            for (int k = 0; k < AT_ONCE; k++)
                at[k] = 2 * at[k] + answers[test[((size_t)k << p->depth) + at[k]]];
        }
        for (size_t k = 0; k < AT_ONCE; k++)
            out[m->tree_group[t + k]] += p->leaf[((t + k) << p->depth) + at[k] - leaves];
    }
    for (; t < range.end; t++) {
        const uint16_t *test = p->test + (t << p->depth);
        uint32_t at = 1;

        for (int depth = 0; depth < p->depth; depth++)
            at = 2 * at + answers[test[at]];
        out[m->tree_group[t]] += p->leaf[(t << p->depth) + at - leaves];
    }
}
