/*
 * The table of objectives, their parameters by name, and tasks: an objective
 * bound to data.
 */
#include "gbt/objective.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/objective_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct gbt_objective *const table[] = {
    &gbt_squarederror, &gbt_squaredlogerror, &gbt_reg_logistic,    &gbt_pseudohubererror,
    &gbt_gamma,        &gbt_tweedie,         &gbt_binary_logistic, &gbt_logitraw,
    &gbt_hinge,        &gbt_poisson,         &gbt_softmax,         &gbt_softprob,
};
enum { OBJECTIVES = sizeof table / sizeof *table, CHUNK = 4096 };

const struct gbt_objective *gbt_objective_find(const char *name)
{
    for (size_t i = 0; i < OBJECTIVES; i++)
        if (!strcmp(table[i]->name, name))
            return table[i];
    return NULL;
}

const char *const *gbt_objective_names(size_t *n)
{
    static const char *const names[] = {
        "reg:squarederror", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror",
        "reg:gamma", "reg:tweedie", "binary:logistic", "binary:logitraw", "binary:hinge",
        "count:poisson", "multi:softmax", "multi:softprob"};

    *n = sizeof names / sizeof *names;
    return names;
}

void gbt_objective_params_init(struct gbt_objective_params *p)
{
    *p = (struct gbt_objective_params){.scale_pos_weight = 1,
                                       .max_delta_step = 0.7f,
                                       .tweedie_variance_power = 1.5f,
                                       .huber_slope = 1,
                                       .aft_scale = 1};
}

void gbt_objective_params_done(struct gbt_objective_params *p)
{
    free(p->quantile_alpha);
}

void gbt_objective_params_copy(struct gbt_objective_params *to,
                               const struct gbt_objective_params *from)
{
    *to = *from;
}

enum lk_status gbt_objective_params_set(struct gbt_objective_params *p, const char *name,
                                        const char *value, bool *known, struct lk_error *err)
{
    float *real = !strcmp(name, "scale_pos_weight")         ? &p->scale_pos_weight
                  : !strcmp(name, "max_delta_step")         ? &p->max_delta_step
                  : !strcmp(name, "tweedie_variance_power") ? &p->tweedie_variance_power
                  : !strcmp(name, "huber_slope")            ? &p->huber_slope
                                                            : NULL;
    int64_t n;

    *known = true;
    if (real)
        return number_parse_float(slice_of(value), real) && *real >= 0
                   ? LK_OK
                   : error_set(err, LK_EUSE, "%s must be a number from 0, not '%.80s'", name, value);
    if (!strcmp(name, "num_class")) {
        if (!number_parse_int(slice_of(value), 0, GBT_MAX_CLASSES, &n))
            return error_set(err, LK_EUSE, "num_class must be a whole number from 0 to %d",
                             GBT_MAX_CLASSES);
        p->classes = (size_t)n;
        return LK_OK;
    }
    *known = false;
    return LK_OK;
}

size_t gbt_objective_groups(const struct gbt_objective *o, const struct gbt_objective_params *p,
                            size_t targets)
{
    return !strncmp(o->name, "multi:", 6) ? p->classes : targets;
}

enum lk_status gbt_task_new(struct gbt_task **out, const struct gbt_objective *o,
                            const struct gbt_objective_params *p, const struct lk_matrix *data,
                            struct lk_error *err)
{
    struct gbt_task *t = mem_calloc(1, sizeof *t);
    enum lk_status st = LK_OK;

    *t = (struct gbt_task){.objective = o, .params = p, .data = data, .rows = data->rows,
                           .targets = data->targets, .units = data->rows};
    t->groups = gbt_objective_groups(o, p, data->targets);
    for (size_t i = 0; i < t->rows * t->targets && !st; i++) {
        const char *want = o->refuse_label ? o->refuse_label(data->labels[i], p) : NULL;

        if (want || !isfinite(data->labels[i]))
            st = error_set(err, LK_EINPUT, "row %zu: the label is %g; %s expects %s",
                           i / t->targets + 1, (double)data->labels[i], o->name,
                           want ? want : "a finite number");
    }
    if (!st && o->prepare)
        st = o->prepare(t, err);
    if (st)
        free(t);
    else
        *out = t;
    return st;
}

void gbt_task_free(struct gbt_task *t)
{
    free(t);
}

struct job {
    const struct gbt_task *t;
    struct gbt_gradient *out;
    const float *margins;
};

static void chunk(void *ctx, size_t task, int worker)
{
    const struct job *j = ctx;
    size_t end = (task + 1) * CHUNK < j->t->units ? (task + 1) * CHUNK : j->t->units;

    j->t->objective->gradient(j->out, j->margins, j->t, task * CHUNK, end);
}

void gbt_task_gradients(const struct gbt_task *t, struct gbt_gradient *out, const float *margins,
                        struct pool *pool)
{
    struct job j = {t, out, margins};

    pool_run(pool, (t->units + CHUNK - 1) / CHUNK, chunk, &j);
}

void gbt_task_estimate(const struct gbt_task *t, float *base_score, struct pool *pool)
{
    for (size_t g = 0; g < t->groups; g++)
        base_score[g] = 0.5f;
    if (t->objective->estimate)
        t->objective->estimate(base_score, t);
}

const char *gbt_objective_metric(char buf[64], const struct gbt_objective *o,
                                 const struct gbt_objective_params *p)
{
    if (!strcmp(o->name, "reg:tweedie"))
        snprintf(buf, 64, "%s@%g", o->default_metric, (double)p->tweedie_variance_power);
    else
        snprintf(buf, 64, "%s", o->default_metric);
    return buf;
}
