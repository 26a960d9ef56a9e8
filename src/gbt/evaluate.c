/*
 * lk_evaluate: the margins of all rows, then the metric over them. The
 * objective's own parameters come out of the model, read by the same code
 * that reads them for training.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"
#include "gbt/metric.h"
#include "gbt/model.h"
#include "gbt/params.h"

#include <stdlib.h>
#include <string.h>

/* A parameter that this version does not know says nothing about a metric: it is passed over. */
static struct lk_params *params_of(const struct lk_model *model)
{
    struct lk_params *p = lk_params_new();

    for (size_t i = 0; i < model->objective_param_count; i++)
        if (lk_params_set(p, model->objective_params[i].name, model->objective_params[i].value,
                          NULL))
            continue;
    p->task.classes = model->classes;
    return p;
}

const char *gbt_metric_of_model(char buf[64], const struct lk_model *model)
{
    const struct gbt_objective *o = gbt_objective_find(model->objective);
    struct lk_params *p = params_of(model);
    const char *name = o ? gbt_objective_metric(buf, o, &p->task) : NULL;

    lk_params_free(p);
    return name;
}

enum lk_status lk_evaluate(double *out, const struct lk_model *model, const struct lk_matrix *m,
                           const char *metric, int threads, struct lk_error *err)
{
    const struct gbt_objective *o = gbt_objective_find(model->objective);
    struct lk_predict_options options = {.kind = LK_MARGIN, .threads = threads};
    struct lk_params *p;
    struct pool *pool;
    float *margins;
    enum lk_status st = gbt_metric_known(metric, err);

    if (st)
        return st;
    if (!o)
        return error_set(err, LK_EUNSUPPORTED, "the model's objective '%s' is not known",
                         model->objective);
    if (!m->labels && !m->lower)
        return error_set(err, LK_EUSE, "the rows have no label to compare with");
    margins = mem_alloc(m->rows * lk_predict_width(model, &options) * sizeof *margins);
    st = lk_predict_matrix(model, m, &options, margins, err);
    if (!st) {
        p = params_of(model);
        pool = pool_new(threads);
        st = gbt_metric_compute(out, metric, margins, model->groups, m, o, &p->task, pool, err);
        pool_free(pool);
        lk_params_free(p);
    }
    free(margins);
    return st;
}
