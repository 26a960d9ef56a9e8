/*
 * What is known after a round: the metrics of every evaluation set, in the
 * order in which sets and metrics were given, and whether it is time to stop.
 *
 * Early stopping watches the last metric of the last set. The best round and
 * its score are kept as the model's attributes, as XGBoost's Python keeps them;
 * that is also where a resumed training finds them.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/metric.h"
#include "gbt/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum lk_status add_metric(struct gbt_board *b, const char *name, struct lk_error *err)
{
    enum lk_status st = gbt_metric_known(name, err);

    if (st)
        return st;
    b->names = mem_resize(b->names, b->metrics + 1, sizeof *b->names);
    b->names[b->metrics++] = mem_strdup(name);
    return LK_OK;
}

enum lk_status gbt_board_new(struct gbt_trainer *t, struct lk_error *err)
{
    struct gbt_board *b = &t->board;
    char name[64];
    enum lk_status st = LK_OK;
    size_t cells;

    for (size_t i = 0; i < t->p->metric_count && !st; i++)
        st = add_metric(b, t->p->metrics[i], err);
    if (!st && t->o->eval_count && !t->p->metric_count && !t->p->disable_default_eval_metric)
        st = add_metric(b, gbt_objective_metric(name, t->objective, &t->p->task), err);
    if (!st && t->early_stop && !b->metrics)
        st = error_set(err, LK_EUSE, "early stopping needs a metric");
    cells = t->o->eval_count * b->metrics;
    b->value = mem_calloc(cells, sizeof *b->value);
    b->data = mem_calloc(cells, sizeof *b->data);
    b->metric = mem_calloc(cells, sizeof *b->metric);
    for (size_t i = 0; i < cells; i++) {
        b->data[i] = t->o->eval_names ? t->o->eval_names[i / b->metrics] : "eval";
        b->metric[i] = b->names[i % b->metrics];
    }
    return st;
}

void gbt_board_done(struct gbt_board *b)
{
    for (size_t i = 0; i < b->metrics; i++)
        free(b->names[i]);
    free(b->names);
    free(b->value);
    free(b->data);
    free(b->metric);
}

static enum lk_status measure(struct gbt_trainer *t, struct lk_error *err)
{
    struct gbt_board *b = &t->board;

    for (size_t i = 0; i < t->o->eval_count * b->metrics; i++) {
        const struct gbt_follow *f = &t->evals[i / b->metrics];
        const float *margins = f->m == t->data ? t->train.margins : f->margins;
        enum lk_status st = gbt_metric_compute(&b->value[i], b->metric[i], margins, t->groups, f->m,
                                               t->objective, &t->p->task, t->pool, err);

        if (st)
            return st;
    }
    return LK_OK;
}

static void keep_best(struct gbt_trainer *t, double value)
{
    char text[NUMBER_MAX];

    number_print_double(text, value);
    gbt_model_set_attribute(t->model, "best_score", text);
    snprintf(text, sizeof text, "%zu", t->model->rounds - 1);
    gbt_model_set_attribute(t->model, "best_iteration", text);
}

static bool waited(const struct gbt_trainer *t, int64_t best_round)
{
    return t->early_stop && t->model->rounds - 1 - (size_t)best_round >= t->early_stop;
}

/* Was a resumed training at its end? */
bool gbt_board_over(const struct gbt_trainer *t)
{
    const char *round = lk_model_attribute(t->model, "best_iteration");
    int64_t at;

    return t->resumed && round && number_parse_int(slice_of(round), 0, INT32_MAX, &at) &&
           waited(t, at);
}

/* Has the watched metric gone too long without getting better? */
static bool time_to_stop(struct gbt_trainer *t)
{
    struct gbt_board *b = &t->board;
    size_t last = t->o->eval_count * b->metrics - 1;
    const char *best = lk_model_attribute(t->model, "best_score");
    const char *round = lk_model_attribute(t->model, "best_iteration");
    double value = b->value[last], score;
    int64_t at;

    if (!best || !round || !number_parse_double(slice_of(best), &score) ||
        !number_parse_int(slice_of(round), 0, INT32_MAX, &at)) {
        keep_best(t, value);
        return false;
    }
    if (gbt_metric_maximized(b->metric[last]) ? value > score : value < score) {
        keep_best(t, value);
        return false;
    }
    return waited(t, at);
}

enum lk_status gbt_board_round(struct gbt_trainer *t, bool *stop, struct lk_error *err)
{
    struct gbt_board *b = &t->board;
    struct lk_round r = {.round = t->model->rounds - 1,
                         .rounds = t->rounds,
                         .metrics = t->o->eval_count * b->metrics,
                         .data = b->data,
                         .metric = b->metric,
                         .value = b->value,
                         .model = t->model};
    enum lk_status st = measure(t, err);

    if (st)
        return st;
    if (t->early_stop && t->o->eval_count)
        *stop = time_to_stop(t);
    if (t->o->on_round && !t->o->on_round(t->o->ctx, &r))
        *stop = true;
    return LK_OK;
}
