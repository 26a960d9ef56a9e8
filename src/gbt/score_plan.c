/* Which way a batch of rows is scored. */
#include "base/mem.h"
#include "gbt/score_internal.h"

#include <stdlib.h>


struct gbt_scorer *gbt_scorer_new(const struct lk_model *m)
{
    struct gbt_scorer *s = mem_calloc(1, sizeof *s);

    bool known;

    s->objective = gbt_objective_find(m->objective);
    gbt_objective_params_init(&s->params);
    for (size_t i = 0; i < m->objective_param_count; i++)
        (void)!gbt_objective_params_set(&s->params, m->objective_params[i].name,
                                        m->objective_params[i].value, &known, NULL);
    return s;
}

void gbt_scorer_free(struct gbt_scorer *s)
{
    if (s)
        gbt_objective_params_done(&s->params);
    free(s);
}

void gbt_score_margins(const struct lk_model *m, struct gbt_range range, const float *values,
                       size_t rows, float *out)
{
    if (m->linear)
        gbt_score_linear(m, values, rows, out);
    for (size_t t = range.begin; t < range.end; t++)
        gbt_walk_tree(m, t, values, rows, out);
}
