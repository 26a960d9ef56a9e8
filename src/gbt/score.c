/*
 * Scoring by walking each tree for each row.
 */
#include "gbt/score.h"
#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gbt_scorer *gbt_scorer_new(const struct lk_model *m)
{
    return NULL;
}

void gbt_scorer_free(struct gbt_scorer *s)
{
}

int32_t gbt_tree_leaf(const struct gbt_tree *t, const float *row)
{
    int32_t i = 0;

    while (t->left[i] != GBT_NO_NODE) {
        float x = row[t->feature[i]];
        bool left =
            isnan(x) ? t->default_left[i]
            : t->categorical && t->categorical[i]
                ? !(x >= 0 && x < GBT_MAX_CATEGORIES) || !gbt_tree_has_category(t, i, (int32_t)x)
                : x < t->value[i];

        i = left ? t->left[i] : t->right[i];
    }
    return i;
}

void gbt_score_margins(const struct lk_model *m, struct gbt_range range, const float *values,
                       size_t rows, float *out)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t k = range.begin; k < range.end; k++) {
            const struct gbt_tree *t = &m->trees[k];
            float leaf = t->value[gbt_tree_leaf(t, values + r * m->features)];

            out[r * m->groups + (size_t)m->tree_group[k]] +=
                m->tree_weight ? leaf * m->tree_weight[k] : leaf;
        }
}

static void score_linear(const struct lk_model *m, const float *values, size_t rows, float *out)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t g = 0; g < m->groups; g++) {
            float sum = m->linear[m->features * m->groups + g] + out[r * m->groups + g];

            for (size_t c = 0; c < m->features; c++)
                if (!isnan(values[r * m->features + c]))
                    sum += values[r * m->features + c] * m->linear[c * m->groups + g];
            out[r * m->groups + g] = sum;
        }
}

static struct gbt_range range_of(const struct lk_model *m, const struct lk_predict_options *o)
{
    long best = lk_model_best_round(m);
    size_t begin = o ? o->begin : 0, end = o ? o->end : 0;

    if (!end)
        end = best >= 0 && !(o && o->all_rounds) ? (size_t)best + 1 : m->rounds;
    end = end > m->rounds ? m->rounds : end;
    begin = begin > end ? end : begin;
    return (struct gbt_range){m->round_start[begin], m->round_start[end]};
}

size_t lk_predict_width(const struct lk_model *m, const struct lk_predict_options *o)
{
    const struct gbt_objective *objective = gbt_objective_find(m->objective);
    struct gbt_range range = range_of(m, o);

    switch (o ? o->kind : LK_VALUE) {
    case LK_LEAF:
        return range.end - range.begin;
    case LK_CONTRIB:
    case LK_APPROX_CONTRIB:
        return m->groups * (m->features + 1);
    case LK_VALUE:
        return objective && objective->width ? objective->width(m->groups) : m->groups;
    case LK_MARGIN:
        break;
    }
    return m->groups;
}

static void leaves(const struct lk_model *m, struct gbt_range range, const float *values,
                   size_t rows, float *out)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t k = range.begin; k < range.end; k++)
            *out++ = (float)gbt_tree_leaf(&m->trees[k], values + r * m->features);
}

static void values_of(const struct lk_model *m, float *margins, size_t rows, float *out)
{
    const struct gbt_objective *objective = gbt_objective_find(m->objective);
    struct gbt_objective_params p;
    size_t width = objective->width ? objective->width(m->groups) : m->groups;
    bool known;

    gbt_objective_params_init(&p);
    for (size_t i = 0; i < m->objective_param_count; i++)
        (void)!gbt_objective_params_set(&p, m->objective_params[i].name,
                                        m->objective_params[i].value, &known, NULL);
    objective->transform(margins, rows, m->groups, &p);
    memcpy(out, margins, rows * width * sizeof *out);
    gbt_objective_params_done(&p);
}

enum lk_status lk_predict(const struct lk_model *m, const float *values, size_t rows,
                          size_t columns, const struct lk_predict_options *o, float *out,
                          struct lk_error *err)
{
    struct gbt_range range = range_of(m, o);
    enum lk_predict_kind kind = o ? o->kind : LK_VALUE;
    float *margins;

    if (columns != m->features)
        return error_set(err, LK_EINPUT, "the model has %zu features, the data %zu", m->features,
                         columns);
    if (kind == LK_CONTRIB || kind == LK_APPROX_CONTRIB)
        return error_set(err, LK_EUNSUPPORTED, "contributions are not computed yet");
    if (kind == LK_LEAF) {
        leaves(m, range, values, rows, out);
        return LK_OK;
    }
    margins = mem_resize(NULL, rows * m->groups, sizeof *margins);
    for (size_t i = 0; i < rows * m->groups; i++)
        margins[i] = o && o->base_margin ? o->base_margin[i] : m->base_margin[i % m->groups];
    if (m->linear)
        score_linear(m, values, rows, margins);
    else
        gbt_score_margins(m, range, values, rows, margins);
    if (kind == LK_MARGIN)
        memcpy(out, margins, rows * m->groups * sizeof *out);
    else
        values_of(m, margins, rows, out);
    free(margins);
    return LK_OK;
}

enum lk_status lk_predict_matrix(const struct lk_model *model, const struct lk_matrix *m,
                                 const struct lk_predict_options *options, float *out,
                                 struct lk_error *err)
{
    struct lk_predict_options o = options ? *options : (struct lk_predict_options){0};

    for (size_t i = 0; model->names && m->names && i < m->columns && i < model->features; i++)
        if (strcmp(model->names[i], m->names[i]))
            return error_set(err, LK_EINPUT, "feature %zu is '%s' in the data, '%s' in the model",
                             i, m->names[i], model->names[i]);
    if (!o.base_margin)
        o.base_margin = m->base_margin;
    return lk_predict(model, m->values, m->rows, m->columns, &o, out, err);
}
