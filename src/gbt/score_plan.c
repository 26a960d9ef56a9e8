/* Which way a batch of rows is scored. */
#include "base/mem.h"
#include "gbt/score_internal.h"

#include <stdlib.h>

struct gbt_scorer *gbt_scorer_new(const struct lk_model *m)
{
    struct gbt_scorer *s = mem_calloc(1, sizeof *s);

    bool known;

    pthread_mutex_init(&s->lock, NULL);
    s->objective = gbt_objective_find(m->objective);
    gbt_objective_params_init(&s->params);
    for (size_t i = 0; i < m->objective_param_count; i++)
        (void)!gbt_objective_params_set(&s->params, m->objective_params[i].name,
                                        m->objective_params[i].value, &known, NULL);
    /* Versions that had the objective before 3.4 left quantiles that cross as they were. */
    s->params.may_cross = m->version[0] == 2 || (m->version[0] == 3 && m->version[1] < 4);
    return s;
}

void gbt_scorer_free(struct gbt_scorer *s)
{
    if (!s)
        return;
    gbt_block_free(s->block);
    gbt_row_free(s->row);
    gbt_tests_free(s->tests);
    gbt_objective_params_done(&s->params);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Loading a model to score one row should not wait for this: the first batch makes it. */
static const struct gbt_block_program *block_program(const struct lk_model *m)
{
    struct gbt_scorer *s = m->scorer;

    if (atomic_load(&s->block_made))
        return s->block;
    pthread_mutex_lock(&s->lock);
    if (!atomic_load(&s->block_made)) {
        s->block = gbt_block_new(m);
        atomic_store(&s->block_made, true);
    }
    pthread_mutex_unlock(&s->lock);
    return s->block;
}

static void make_row_programs(const struct lk_model *m)
{
    struct gbt_scorer *s = m->scorer;

    if (atomic_load(&s->row_made))
        return;
    pthread_mutex_lock(&s->lock);
    if (!atomic_load(&s->row_made)) {
        s->tests = gbt_tests_new(m);
        s->row = s->tests ? NULL : gbt_row_new(m);
        atomic_store(&s->row_made, true);
    }
    pthread_mutex_unlock(&s->lock);
}

/* A row after the other; false where no way of that kind suits the model. */
static bool score_rows(const struct lk_model *m, struct gbt_range range, const float *values,
                       size_t rows, float *out)
{
    const struct gbt_scorer *s = m->scorer;

    make_row_programs(m);
    for (size_t i = 0; s->tests && i < rows; i++)
        gbt_tests_score(s->tests, m, range, values + i * m->features, out + i * m->groups);
    for (size_t i = 0; s->row && i < rows; i++)
        gbt_row_score(s->row, m, range, values + i * m->features, out + i * m->groups);
    return s->tests || s->row;
}

enum { FEW = 32 }; /* rows from which a block is worth its masks */

void gbt_score_margins(const struct lk_model *m, struct gbt_range range, const float *values,
                       size_t rows, float *out)
{
    const struct gbt_block_program *block = NULL;

    if (m->linear) {
        gbt_score_linear(m, values, rows, out);
        return;
    }
    if (rows >= FEW && range.end - range.begin > 4)
        block = block_program(m);
    if (block) {
        gbt_block_score(block, m, range, values, rows, out);
        return;
    }
    if (score_rows(m, range, values, rows, out))
        return;
    for (size_t t = range.begin; t < range.end; t++)
        gbt_walk_tree(m, t, values, rows, out);
}
