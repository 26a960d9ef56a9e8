/*
 * Margins that follow the model: each new tree is walked once for each row,
 * so evaluating a round costs that round's trees and no more.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/score.h"
#include "gbt/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512 };

struct job {
    struct gbt_follow *f;
    const struct lk_model *model;
    size_t begin, end;
    float weight;
};

static void add_chunk(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    const struct lk_matrix *m = j->f->m;
    size_t groups = j->model->groups, last = (task + 1) * CHUNK;

    if (last > m->rows)
        last = m->rows;
    for (size_t k = j->begin; k < j->end; k++) {
        const struct gbt_tree *t = &j->model->trees[k];
        size_t group = (size_t)j->model->tree_group[k];

        for (size_t r = task * CHUNK; r < last; r++) {
            int32_t leaf = gbt_tree_leaf(t, m->values + r * m->columns);
            float *to = j->f->margins + r * groups;

            if (!t->leaf_vector)
                to[group] += j->weight * t->value[leaf];
            for (size_t g = 0; t->leaf_vector && g < groups; g++)
                to[g] += j->weight * t->leaf_vector[(size_t)leaf * groups + g];
        }
    }
}

void gbt_follow_add(struct gbt_follow *f, const struct gbt_trainer *t, size_t begin, size_t end,
                    float weight)
{
    struct job j = {f, t->model, begin, end, weight};

    pool_run(t->pool, (f->m->rows + CHUNK - 1) / CHUNK, add_chunk, &j);
}

enum lk_status gbt_follow_start(struct gbt_follow *f, struct gbt_trainer *t,
                                const struct lk_matrix *m, const char *name, struct lk_error *err)
{
    size_t groups = t->groups;

    if (m->columns != t->model->features)
        return error_set(err, LK_EINPUT, "%s has %zu features; the model has %zu", name, m->columns,
                         t->model->features);
    if (m->base_margin && m->margin_width != groups)
        return error_set(err, LK_EINPUT, "%s has %zu base margins a row; %zu are needed", name,
                         m->margin_width, groups);
    f->m = m;
    f->name = name;
    f->margins = mem_resize(NULL, m->rows * groups, sizeof *f->margins);
    mem_hint_large(f->margins, m->rows * groups * sizeof *f->margins);
    for (size_t i = 0; i < m->rows * groups; i++)
        f->margins[i] = m->base_margin ? m->base_margin[i] : t->model->base_margin[i % groups];
    for (size_t k = 0; k < t->model->tree_count; k++)
        gbt_follow_add(f, t, k, k + 1, t->model->tree_weight ? t->model->tree_weight[k] : 1.0f);
    gbt_linear_start(t, f);
    return LK_OK;
}

void gbt_follow_done(struct gbt_follow *f)
{
    free(f->margins);
    f->margins = NULL;
}
