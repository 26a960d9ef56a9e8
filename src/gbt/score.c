/*
 * lk_predict: what is asked for becomes a range of trees and a kind of output;
 * the rows are cut into steps of at most STEP rows, which any thread may take,
 * because a row's numbers depend on that row alone.
 *
 * Few rows are scored on the caller's thread, without a pool and, one row of a
 * usual model, without any allocation.
 */
#include "gbt/score.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"
#include "gbt/score_internal.h"
#include "gbt/shap.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEP = 1024,      /* rows that a task scores */
    LOCAL = 1024,     /* margins that fit on the stack */
    ALONE = 2 * STEP, /* up to so many rows no thread is woken */
};

static const struct lk_predict_options defaults;

/* One call of lk_predict. */
struct job {
    const struct lk_model *m;
    enum lk_predict_kind kind;
    struct gbt_range range;
    const float *values; /* (rows, features) */
    const float *base;   /* (rows, groups), or NULL: the model's */
    const struct gbt_shap *shap;
    size_t rows, width;
    float *out; /* (rows, width) */
};

static enum lk_status settle_range(const struct lk_model *m, const struct lk_predict_options *o,
                                   struct gbt_range *out, struct lk_error *err)
{
    size_t end = o->end;
    long best = lk_model_best_round(m);

    if (!end)
        end = best >= 0 && !o->all_rounds && !o->begin ? (size_t)best + 1 : m->rounds;
    if (o->begin > end || (o->begin == end && o->begin) || end > m->rounds)
        return error_set(err, LK_EUSE, "rounds %zu to %zu were asked for; the model has %zu",
                         o->begin, end, m->rounds);
    if (m->booster == GBT_GBLINEAR) {
        if (o->begin || end != m->rounds)
            return error_set(err, LK_EUSE,
                             "a linear model has no rounds to choose from: it is one sum");
        *out = (struct gbt_range){0, 0};
    } else {
        *out = (struct gbt_range){m->round_start[o->begin], m->round_start[end]};
    }
    return LK_OK;
}

static size_t width_of(const struct lk_model *m, enum lk_predict_kind kind, struct gbt_range range)
{
    switch (kind) {
    case LK_VALUE:
        return m->scorer->objective->width(m->groups);
    case LK_MARGIN:
        return m->groups;
    case LK_LEAF:
        return range.end - range.begin;
    case LK_CONTRIB:
    case LK_APPROX_CONTRIB:
        return m->groups * (m->features + 1);
    }
    return 0;
}

size_t lk_predict_width(const struct lk_model *model, const struct lk_predict_options *options)
{
    const struct lk_predict_options *o = options ? options : &defaults;
    struct gbt_range range = {0, 0};

    if (settle_range(model, o, &range, NULL))
        return 0;
    return width_of(model, o->kind, range);
}

/* Margins of some rows, starting from their base margins. */
static void margins(const struct job *j, size_t first, size_t rows, float *out)
{
    const struct lk_model *m = j->m;

    if (j->base)
        memcpy(out, j->base + first * m->groups, rows * m->groups * sizeof *out);
    else
        for (size_t i = 0; i < rows; i++)
            memcpy(out + i * m->groups, m->base_margin, m->groups * sizeof *out);
    gbt_score_margins(m, j->range, j->values + first * m->features, rows, out);
}

static void score_values(const struct job *j, size_t first, size_t rows)
{
    size_t groups = j->m->groups;
    float *out = j->out + first * j->width;
    float local[LOCAL], *work = out;

    if (j->width != groups) /* multi:softmax says one class where it has many margins */
        work = rows * groups <= LOCAL ? local : mem_resize(NULL, rows * groups, sizeof *work);
    margins(j, first, rows, work);
    j->m->scorer->objective->transform(work, rows, groups, &j->m->scorer->params);
    if (work == out)
        return;
    memcpy(out, work, rows * j->width * sizeof *out);
    if (work != local)
        free(work);
}

static void score_leaves(const struct job *j, size_t first, size_t rows)
{
    const float *row = j->values + first * j->m->features;
    float *out = j->out + first * j->width;

    for (size_t i = 0; i < rows; i++, row += j->m->features)
        for (size_t t = j->range.begin; t < j->range.end; t++)
            *out++ = (float)gbt_tree_leaf(&j->m->trees[t], row);
}

static void score_contributions(const struct job *j, size_t first, size_t rows)
{
    const struct lk_model *m = j->m;

    for (size_t i = first; i < first + rows; i++) {
        const float *row = j->values + i * m->features;
        const float *base = j->base ? j->base + i * m->groups : m->base_margin;

        if (j->kind == LK_CONTRIB)
            gbt_shap_row(j->shap, row, base, j->out + i * j->width);
        else
            gbt_saabas_row(j->shap, row, base, j->out + i * j->width);
    }
}

static void score_step(void *ctx, size_t step, int worker)
{
    const struct job *j = ctx;
    size_t first = step * STEP, rows = j->rows - first < STEP ? j->rows - first : STEP;

    (void)worker;
    switch (j->kind) {
    case LK_VALUE:
        score_values(j, first, rows);
        break;
    case LK_MARGIN:
        margins(j, first, rows, j->out + first * j->width);
        break;
    case LK_LEAF:
        score_leaves(j, first, rows);
        break;
    case LK_CONTRIB:
    case LK_APPROX_CONTRIB:
        score_contributions(j, first, rows);
        break;
    }
}

static void run(struct job *j, int threads)
{
    size_t steps = (j->rows + STEP - 1) / STEP;
    struct pool *pool;

    if (j->rows <= ALONE || threads == 1) {
        for (size_t i = 0; i < steps; i++)
            score_step(j, i, 0);
        return;
    }
    pool = pool_new(threads);
    pool_run(pool, steps, score_step, j);
    pool_free(pool);
}

enum lk_status lk_predict(const struct lk_model *model, const float *values, size_t rows,
                          size_t columns, const struct lk_predict_options *options, float *out,
                          struct lk_error *err)
{
    const struct lk_predict_options *o = options ? options : &defaults;
    struct gbt_shap *shap = NULL;
    struct job j = {.m = model,
                    .kind = o->kind,
                    .values = values,
                    .base = o->base_margin,
                    .rows = rows,
                    .out = out};
    enum lk_status st = settle_range(model, o, &j.range, err);

    if (st)
        return st;
    if (columns != model->features)
        return error_set(err, LK_EINPUT, "the model has %zu features, the data %zu columns",
                         model->features, columns);
    if (o->kind == LK_LEAF && model->booster == GBT_GBLINEAR)
        return error_set(err, LK_EUSE, "a linear model has no leaves");
    j.width = width_of(model, o->kind, j.range);
    if (o->kind == LK_CONTRIB || o->kind == LK_APPROX_CONTRIB) {
        st = gbt_shap_new(&shap, model, j.range, err);
        if (st)
            return st;
    }
    j.shap = shap;
    run(&j, o->threads);
    gbt_shap_free(shap);
    return LK_OK;
}

/* Where both sides have names they must agree, in order. */
static enum lk_status check_names(const struct lk_model *m, const struct lk_matrix *data,
                                  struct lk_error *err)
{
    if (data->columns != m->features || !m->names || !data->names)
        return LK_OK;
    for (size_t i = 0; i < m->features; i++)
        if (strcmp(m->names[i], data->names[i]))
            return error_set(err, LK_EINPUT,
                             "column %zu is '%s' in the data and '%s' in the model; read the data "
                             "with the model, and columns are matched by name",
                             i, data->names[i], m->names[i]);
    return LK_OK;
}

enum lk_status lk_predict_matrix(const struct lk_model *model, const struct lk_matrix *m,
                                 const struct lk_predict_options *options, float *out,
                                 struct lk_error *err)
{
    struct lk_predict_options o = options ? *options : defaults;
    enum lk_status st = check_names(model, m, err);

    if (st)
        return st;
    if (!o.base_margin && m->base_margin) {
        if (m->margin_width != model->groups)
            return error_set(err, LK_EINPUT, "the model has %zu outputs, the base margin %zu",
                             model->groups, m->margin_width);
        o.base_margin = m->base_margin;
    }
    return lk_predict(model, m->values, m->rows, m->columns, &o, out, err);
}
