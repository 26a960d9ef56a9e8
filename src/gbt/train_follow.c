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

static float start_margin(const struct gbt_follow *f, const struct lk_model *model, size_t i)
{
    return f->m->base_margin ? f->m->base_margin[i] : model->base_margin[i % model->groups];
}

/* A tree's output at entry i of the margins; a negative weight takes it away. */
static void add(const struct job *j, size_t i, float value)
{
    struct gbt_follow *f = j->f;
    struct gbt_fixed term;

    if (!f->sums) {
        f->margins[i] += j->weight * value;
        return;
    }
    term = gbt_fixed_of((double)fabsf(j->weight) * (double)value);
    if (j->weight < 0)
        gbt_fixed_subtract(&f->sums[i], term);
    else
        gbt_fixed_add(&f->sums[i], term);
    f->margins[i] = (float)((double)start_margin(f, j->model, i) + gbt_fixed_value(f->sums[i]));
}

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

            if (!t->leaf_vector)
                add(j, r * groups + group, t->value[leaf]);
            for (size_t g = 0; t->leaf_vector && g < groups; g++)
                add(j, r * groups + g, t->leaf_vector[(size_t)leaf * groups + g]);
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
        f->margins[i] = start_margin(f, t->model, i);
    if (t->model->booster == GBT_DART)
        f->sums = mem_calloc(m->rows * groups, sizeof *f->sums);
    for (size_t k = 0; k < t->model->tree_count; k++)
        gbt_follow_add(f, t, k, k + 1, t->model->tree_weight ? t->model->tree_weight[k] : 1.0f);
    gbt_linear_start(t, f);
    return LK_OK;
}

void gbt_follow_done(struct gbt_follow *f)
{
    free(f->margins);
    free(f->sums);
    f->margins = NULL;
    f->sums = NULL;
}
