/*
 * gblinear: a linear model fitted by coordinate descent. Each round takes one
 * Newton step for the bias, then for each feature in turn, with the gradients
 * corrected after each step (XGBoost's coord_descent; its default, shotgun,
 * does the same steps in an order that depends on threads).
 *
 * A missing value counts as zero. Sums over rows are made chunk by chunk and
 * added in the order of chunks, so they do not depend on threads.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/random.h"
#include "gbt/train.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK = 4096, CYCLIC = 0, SHUFFLE = 1, THRIFTY = 2, GREEDY = 3, RANDOM = 4 };

struct pass {
    const struct lk_matrix *m;
    struct gbt_gradient *gradient;
    size_t feature; /* m->columns: the bias */
    double step;    /* of the weight just changed */
    double *sums;   /* (chunks, 2) */
};

static double value_at(const struct pass *p, size_t row)
{
    float v = p->feature < p->m->columns ? p->m->values[row * p->m->columns + p->feature] : 1.0f;

    return isnan(v) ? 0 : (double)v;
}

static void sum_chunk(void *ctx, size_t task, int worker)
{
    const struct pass *p = ctx;
    size_t end = (task + 1) * CHUNK < p->m->rows ? (task + 1) * CHUNK : p->m->rows;
    double g = 0, h = 0;

    for (size_t r = task * CHUNK; r < end; r++) {
        double v = value_at(p, r);

        g += (double)p->gradient[r].g * v;
        h += (double)p->gradient[r].h * v * v;
    }
    p->sums[2 * task] = g;
    p->sums[2 * task + 1] = h;
}

static void correct_chunk(void *ctx, size_t task, int worker)
{
    const struct pass *p = ctx;
    size_t end = (task + 1) * CHUNK < p->m->rows ? (task + 1) * CHUNK : p->m->rows;

    for (size_t r = task * CHUNK; r < end; r++)
        p->gradient[r].g += (float)((double)p->gradient[r].h * value_at(p, r) * p->step);
}

/* The Newton step of a weight under L1 and L2 penalties; it stops at zero rather than cross it. */
static double newton(double g, double h, double w, double alpha, double lambda)
{
    double gl = g + lambda * w, hl = h + lambda, free_step;

    if (h < 1e-5)
        return 0;
    free_step = w - gl / hl;
    return free_step >= 0 ? fmax(-(gl + alpha) / hl, -w) : fmin(-(gl - alpha) / hl, -w);
}

static void step_weight(struct gbt_trainer *t, struct pass *p, float *weight, double scale)
{
    size_t chunks = (p->m->rows + CHUNK - 1) / CHUNK;
    double g = 0, h = 0;
    float step;

    pool_run(t->pool, chunks, sum_chunk, p);
    for (size_t i = 0; i < chunks; i++) {
        g += p->sums[2 * i];
        h += p->sums[2 * i + 1];
    }
    if (p->feature == p->m->columns)
        step = h > 0 ? (float)((double)t->p->eta * -g / h) : 0;
    else
        step =
            (float)((double)t->p->eta * newton(g, h, (double)*weight, (double)t->p->alpha * scale,
                                               (double)t->p->lambda * scale));
    *weight += step;
    p->step = (double)step;
    if (step != 0)
        pool_run(t->pool, chunks, correct_chunk, p);
}

static size_t pick(const struct gbt_trainer *t, const size_t *order, size_t i, uint64_t seed)
{
    return t->p->feature_selector == RANDOM ? gbt_mix(seed, i) % t->data->columns : order[i];
}

static size_t *order_features(const struct gbt_trainer *t, uint64_t seed)
{
    size_t n = t->data->columns, *order = mem_resize(NULL, n, sizeof *order);

    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; t->p->feature_selector == SHUFFLE && i-- > 1;) {
        size_t k = gbt_mix(seed, i) % (i + 1), other = order[k];

        order[k] = order[i];
        order[i] = other;
    }
    return order;
}

struct refill {
    struct gbt_follow *f;
    const struct lk_model *model;
};

static void refill_chunk(void *ctx, size_t task, int worker)
{
    const struct refill *j = ctx;
    const struct lk_matrix *m = j->f->m;
    const float *w = j->model->linear;
    size_t groups = j->model->groups, end = (task + 1) * CHUNK;

    if (end > m->rows)
        end = m->rows;
    for (size_t r = task * CHUNK; r < end; r++)
        for (size_t g = 0; g < groups; g++) {
            float sum =
                w[m->columns * groups + g] +
                (m->base_margin ? m->base_margin[r * groups + g] : j->model->base_margin[g]);

            for (size_t c = 0; c < m->columns; c++) {
                float v = m->values[r * m->columns + c];

                if (!isnan(v))
                    sum += v * w[c * groups + g];
            }
            j->f->margins[r * groups + g] = sum;
        }
}

static void refill(struct gbt_trainer *t, struct gbt_follow *f)
{
    struct refill j = {f, t->model};

    pool_run(t->pool, (f->m->rows + CHUNK - 1) / CHUNK, refill_chunk, &j);
}

enum lk_status gbt_linear_check(struct gbt_trainer *t, struct lk_error *err)
{
    if (t->p->feature_selector == THRIFTY || t->p->feature_selector == GREEDY)
        return error_set(err, LK_EUNSUPPORTED,
                         "feature_selector=greedy and thrifty are not done here; use cyclic, "
                         "shuffle or random");
    if (t->objective->leaf)
        return error_set(err, LK_EUSE, "%s needs trees; gblinear has none", t->objective->name);
    if (!gbt_params_given(t->p, "eta"))
        t->p->eta = 0.5f; /* gblinear's own defaults */
    if (!gbt_params_given(t->p, "lambda"))
        t->p->lambda = 0;
    return LK_OK;
}

void gbt_linear_round(struct gbt_trainer *t)
{
    struct lk_model *m = t->model;
    size_t rows = t->data->rows, features = t->data->columns;
    uint64_t seed = gbt_mix((uint64_t)t->p->seed, m->rounds);
    size_t *order = order_features(t, seed);
    struct pass p = {.m = t->data};
    double weight = 0;

    if (!m->linear)
        m->linear = mem_calloc((features + 1) * m->groups, sizeof *m->linear);
    for (size_t r = 0; r < rows; r++)
        weight += t->data->weights ? (double)t->data->weights[r] : 1;
    p.sums = mem_calloc((rows + CHUNK - 1) / CHUNK, 2 * sizeof *p.sums);
    gbt_task_round(t->task, m->rounds, t->gradient, t->train.margins, t->pool);
    for (size_t g = 0; g < m->groups; g++) {
        p.gradient = t->gradient + g * rows;
        p.feature = features;
        step_weight(t, &p, &m->linear[features * m->groups + g], weight);
        for (size_t i = 0; i < features; i++) {
            p.feature = pick(t, order, i, seed);
            step_weight(t, &p, &m->linear[p.feature * m->groups + g], weight);
        }
    }
    free(p.sums);
    free(order);
    refill(t, &t->train);
    for (size_t i = 0; i < t->o->eval_count; i++)
        if (t->evals[i].m != t->data)
            refill(t, &t->evals[i]);
    gbt_train_end_round(t);
}

void gbt_linear_start(struct gbt_trainer *t, struct gbt_follow *f)
{
    if (t->model->linear)
        refill(t, f);
}
