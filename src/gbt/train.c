/*
 * lk_train: check, bin, then round after round: gradients at the margins, a
 * tree for each output (times num_parallel_tree), margins updated, evaluation.
 *
 * All that a round does depends on the data, the parameters, the seed and the
 * round's number, so a model continued from round n is the model that would
 * have been trained in one go.
 */
#include "gbt/train.h"
#include "base/error.h"
#include "base/mem.h"
#include "gbt/grow_vector.h"
#include "gbt/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_ROUNDS = 10 };

/* ---- checks ------------------------------------------------------------------ */

static enum lk_status check_shape(const struct lk_matrix *m, struct lk_error *err)
{
    if (!m->rows)
        return error_set(err, LK_EINPUT, "there are no rows to train on");
    if (!m->columns)
        return error_set(err, LK_EINPUT, "there are no features to train on");
    if (m->rows >= UINT32_MAX / 2)
        return error_set(err, LK_ELIMIT, "%zu rows; at most %u are possible", m->rows,
                         UINT32_MAX / 2);
    if (!m->labels && !m->lower)
        return error_set(err, LK_EINPUT, "the data has no labels to train on");
    for (size_t i = 0; m->weights && i < m->rows; i++)
        if (!(m->weights[i] >= 0) || isinf(m->weights[i]))
            return error_set(err, LK_EINPUT, "row %zu has the weight %g; weights are 0 or more",
                             i + 1, (double)m->weights[i]);
    return LK_OK;
}

static enum lk_status check_params(const struct gbt_trainer *t, struct lk_error *err)
{
    const struct lk_params *p = t->p;

    if (p->booster != GBT_GBLINEAR && !p->max_depth && !p->max_leaves &&
        p->grow_policy == GBT_DEPTHWISE)
        return error_set(err, LK_EUSE, "max_depth=0 means no limit; set max_leaves then");
    if (p->max_depth > GBT_MAX_DEPTH && p->grow_policy == GBT_DEPTHWISE)
        return error_set(err, LK_EUSE, "max_depth is at most %d with grow_policy=depthwise",
                         GBT_MAX_DEPTH);
    if (p->sampling_method)
        return error_set(err, LK_EUNSUPPORTED,
                         "sampling_method=gradient_based needs a GPU in XGBoost and is not done "
                         "here; use uniform");
    if (p->process_type)
        return error_set(err, LK_EUNSUPPORTED, "process_type=update is not done here");
    if (p->task.unbiased && (t->o->start || t->o->checkpoint))
        return error_set(err, LK_EUNSUPPORTED,
                         "lambdarank_unbiased learns from round to round what a model's file does "
                         "not keep, so it can be neither continued nor resumed");
    if (t->early_stop && !t->o->eval_count)
        return error_set(err, LK_EUSE, "early stopping needs an evaluation set");
    return LK_OK;
}

/* Words for a label are classes; no other kind of objective could mean anything by them. */
static enum lk_status check_words(const struct gbt_trainer *t, struct lk_error *err)
{
    const struct gbt_dictionary *words = &t->data->classes;
    const char *name = t->objective->name;
    bool two = !strncmp(name, "binary:", 7);

    if (!words->n || !strncmp(name, "multi:", 6) || (two && words->n <= 2))
        return LK_OK;
    return error_set(err, LK_EINPUT,
                     "the label is words (%zu different, such as '%.40s'), and %s needs %s; for "
                     "classes there is objective=%s",
                     words->n, words->words[0], name, two ? "two classes" : "numbers",
                     words->n > 2 ? "multi:softprob" : "binary:logistic");
}

/* num_class from the data where it was not given. */
static enum lk_status find_classes(struct gbt_trainer *t, struct lk_error *err)
{
    const struct lk_matrix *m = t->data;
    size_t *classes = &t->p->task.classes;
    float highest = 0;

    if (strncmp(t->objective->name, "multi:", 6))
        return LK_OK;
    for (size_t i = 0; m->labels && i < m->rows; i++)
        if (m->labels[i] > highest)
            highest = m->labels[i];
    if (!*classes && m->classes.n)
        *classes = m->classes.n;
    if (!*classes && highest < GBT_MAX_CLASSES)
        *classes = (size_t)highest + 1;
    if (*classes && highest >= (float)*classes)
        return error_set(err, LK_EINPUT,
                         "the data has the class %g, and num_class=%zu allows classes 0 to %zu",
                         (double)highest, *classes, *classes - 1);
    if (*classes < 2)
        return error_set(err, LK_EINPUT, "%s needs at least two classes; the labels have one",
                         t->objective->name);
    return LK_OK;
}

static enum lk_status find_objective(struct gbt_trainer *t, struct lk_error *err)
{
    size_t n;
    const char *const *names = gbt_objective_names(&n), *near;

    t->objective = gbt_objective_find(t->p->objective);
    if (t->objective) {
        if (t->p->rules == GBT_RULES_1_7)
            t->objective = gbt_objective_1_7(t->objective);
        return LK_OK;
    }
    near = error_nearest(t->p->objective, names, n);
    return near ? error_set(err, LK_EUSE, "unknown objective '%.80s'; did you mean '%s'?",
                            t->p->objective, near)
                : error_set(err, LK_EUSE, "unknown objective '%.80s'", t->p->objective);
}

/* What trees with vector leaves cannot do. */
static enum lk_status check_vector_leaves(const struct gbt_trainer *t, struct lk_error *err)
{
    const char *what = NULL;

    if (t->p->multi_strategy != GBT_VECTOR_LEAF)
        return LK_OK;
    for (size_t f = 0; t->data->types && f < t->data->columns; f++)
        if (t->data->types[f] == GBT_CATEGORY)
            what = "categorical columns";
    if (t->constraints->monotone)
        what = "monotone constraints";
    if (t->objective->leaf)
        what = t->objective->name;
    return what ? error_set(err, LK_EUNSUPPORTED,
                            "multi_strategy=multi_output_tree does not go with %s; use "
                            "one_output_per_tree",
                            what)
                : LK_OK;
}

/* Binary labels of one class only leave nothing to learn. */
static enum lk_status check_classes(const struct gbt_trainer *t, struct lk_error *err)
{
    const struct lk_matrix *m = t->data;

    if (strncmp(t->objective->name, "binary:", 7) || m->rows < 2)
        return LK_OK;
    for (size_t i = 1; i < m->rows * m->targets; i++)
        if (m->labels[i] != m->labels[0])
            return LK_OK;
    return error_set(err, LK_EINPUT, "every label is %g; %s needs rows of both classes",
                     (double)m->labels[0], t->objective->name);
}

/* ---- rounds --------------------------------------------------------------------- */

static size_t round_trees(const struct gbt_trainer *t)
{
    size_t groups = t->p->multi_strategy == GBT_VECTOR_LEAF ? 1 : t->groups;

    return groups * (size_t)t->p->num_parallel_tree;
}

/* What the next tree draws; its number is that of the trees before it. */
static struct gbt_draws draw(const struct gbt_trainer *t, size_t group, size_t tree)
{
    uint64_t seed = gbt_mix((uint64_t)t->p->seed, t->model->rounds);

    return gbt_lottery_draw(t->lottery, t->model->tree_count, gbt_mix(gbt_mix(seed, group), tree));
}

/* Leaves whose value the objective knows better than a Newton step does. */
static void adapt_leaves(struct gbt_trainer *t, struct gbt_tree *tree, size_t group)
{
    for (size_t i = 0; i < gbt_grower_leaves(t->grower); i++) {
        struct gbt_leaf l = gbt_grower_leaf(t->grower, i);

        if (l.n)
            tree->value[l.node] = t->objective->leaf(t->task, group, t->train.margins, l.rows, l.n);
    }
}

static void grow_vector_round(struct gbt_trainer *t, bool add)
{
    size_t first = t->model->tree_count, parallel = (size_t)t->p->num_parallel_tree;

    for (size_t k = 0; k < parallel; k++) {
        struct gbt_draws draws = draw(t, 0, k);

        gbt_grow_vector(gbt_train_add_tree(t, 0), t->bins, t->p, t->constraints, t->gradient,
                        t->groups, t->p->eta / (float)parallel, &draws, t->pool);
    }
    if (add)
        gbt_follow_add(&t->train, t, first, t->model->tree_count, 1);
}

void gbt_grow_round(struct gbt_trainer *t, bool add)
{
    size_t parallel = (size_t)t->p->num_parallel_tree;
    float eta = t->p->eta / (float)parallel;

    gbt_task_round(t->task, t->model->rounds, t->gradient, t->train.margins, t->pool);
    if (t->p->multi_strategy == GBT_VECTOR_LEAF && t->groups > 1) {
        grow_vector_round(t, add);
        gbt_train_end_round(t);
        return;
    }
    for (size_t group = 0; group < t->groups; group++)
        for (size_t k = 0; k < parallel; k++) {
            struct gbt_draws draws = draw(t, group, k);
            struct gbt_tree *tree = gbt_train_add_tree(t, group);

            gbt_grow(tree, t->grower, t->gradient + group * t->data->rows, eta, &draws);
            if (t->objective->leaf)
                adapt_leaves(t, tree, group);
            if (add)
                gbt_grower_add(t->grower, tree, t->train.margins + group, t->groups, t->pool);
        }
    gbt_train_end_round(t);
}

static void follow_round(struct gbt_trainer *t)
{
    size_t n = t->model->rounds;

    for (size_t i = 0; i < t->o->eval_count; i++)
        if (t->evals[i].m != t->data)
            gbt_follow_add(&t->evals[i], t, t->model->round_start[n - 1], t->model->round_start[n],
                           1);
}

static void boost(struct gbt_trainer *t)
{
    switch ((enum gbt_booster)t->p->booster) {
    case GBT_DART:
        gbt_dart_round(t);
        break;
    case GBT_GBLINEAR:
        gbt_linear_round(t);
        break;
    case GBT_GBTREE:
        gbt_grow_round(t, true);
        follow_round(t);
        break;
    }
}

enum lk_status gbt_trainer_round(struct gbt_trainer *t, bool *stop, struct lk_error *err)
{
    enum lk_status st;

    boost(t);
    st = gbt_board_round(t, stop, err);
    if (t->model->rounds >= t->rounds)
        *stop = true;
    if (!st && t->o->checkpoint)
        st = gbt_checkpoint_save(&t->checkpoint, t, *stop, err);
    return st;
}

/* ---- the whole ---------------------------------------------------------------------- */

static enum lk_status start(struct gbt_trainer *t, struct lk_error *err)
{
    enum lk_status st = check_shape(t->data, err);

    if (!st)
        st = check_params(t, err);
    if (!st)
        st = find_objective(t, err);
    if (!st)
        st = check_words(t, err);
    if (!st)
        st = find_classes(t, err);
    if (!st)
        st = gbt_task_new(&t->task, t->objective, &t->p->task, t->data, err);
    if (!st)
        st = check_classes(t, err);
    if (!st)
        st = gbt_constraints_new(&t->constraints, t->p, t->data, err);
    if (!st)
        st = check_vector_leaves(t, err);
    if (!st && t->p->booster == GBT_GBLINEAR)
        st = gbt_linear_check(t, err);
    if (st)
        return st;
    t->groups = t->task->groups;
    st = gbt_memory_check(
        gbt_train_memory(t->data->rows, t->data->columns, t->groups, t->p, pool_threads(t->pool)),
        t->data->rows, t->data->columns, err);
    if (st)
        return st;
    if (!strcmp(t->objective->name, "count:poisson") && !gbt_params_given(t->p, "max_delta_step"))
        t->p->max_delta_step = 0.7f;
    if (t->o->checkpoint)
        st = gbt_checkpoint_load(&t->checkpoint, t, &t->resumed, err);
    if (!st)
        st = gbt_train_model(t, err);
    if (!st && t->p->booster != GBT_GBLINEAR)
        st = gbt_bins_new(&t->bins, t->data, (size_t)t->p->max_bin, t->p->rules == GBT_RULES_1_7,
                          t->pool, err);
    return st;
}

static enum lk_status start_rows(struct gbt_trainer *t, struct lk_error *err)
{
    enum lk_status st = gbt_follow_start(&t->train, t, t->data, "the training data", err);

    t->evals = mem_calloc(t->o->eval_count, sizeof *t->evals);
    for (size_t i = 0; i < t->o->eval_count && !st; i++)
        if (t->o->evals[i] == t->data)
            t->evals[i] = (struct gbt_follow){.m = t->data};
        else
            st = gbt_follow_start(&t->evals[i], t, t->o->evals[i],
                                  t->o->eval_names ? t->o->eval_names[i] : "eval", err);
    t->gradient = mem_resize(NULL, t->groups * t->data->rows, sizeof *t->gradient);
    mem_hint_large(t->gradient, t->groups * t->data->rows * sizeof *t->gradient);
    return st ? st : gbt_board_new(t, err);
}

void gbt_trainer_free(struct gbt_trainer *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->evals && i < t->o->eval_count; i++)
        gbt_follow_done(&t->evals[i]);
    gbt_follow_done(&t->train);
    free(t->evals);
    free(t->gradient);
    gbt_grower_free(t->grower);
    gbt_lottery_free(t->lottery);
    gbt_bins_free(t->bins);
    gbt_constraints_free(t->constraints);
    gbt_task_free(t->task);
    lk_params_free(t->p);
    lk_model_free(t->model);
    lk_model_free(t->resumed);
    gbt_board_done(&t->board);
    gbt_checkpoint_done(&t->checkpoint);
    if (!t->pool_is_lent)
        pool_free(t->pool);
    free(t);
}

enum lk_status gbt_trainer_new(struct gbt_trainer **out, const struct lk_matrix *data,
                               const struct lk_params *params,
                               const struct lk_train_options *options, struct pool *pool,
                               struct lk_error *err)
{
    struct gbt_trainer *t = mem_calloc(1, sizeof *t);
    enum lk_status st;

    t->data = data;
    t->o = options;
    t->p = gbt_params_copy(params);
    t->rounds = t->o->rounds      ? t->o->rounds
                : t->p->num_round ? (size_t)t->p->num_round
                                  : DEFAULT_ROUNDS;
    t->rounds += t->o->start ? t->o->start->rounds : 0;
    t->early_stop = t->o->early_stop ? t->o->early_stop : (size_t)t->p->early_stopping_rounds;
    t->pool_is_lent = pool != NULL;
    t->pool = pool ? pool : pool_new(t->o->threads > 0 ? t->o->threads : t->p->nthread);
    st = start(t, err);
    if (!st)
        st = start_rows(t, err);
    if (st) {
        gbt_trainer_free(t);
        return st;
    }
    if (t->bins) {
        t->grower =
            gbt_grower_new(t->bins, t->p, t->constraints, t->objective->leaf != NULL, t->pool);
        t->lottery = gbt_lottery_new(t->p, t->data->columns, round_trees(t));
    }
    *out = t;
    return LK_OK;
}

enum lk_status lk_train(struct lk_model **out, const struct lk_matrix *data,
                        const struct lk_params *params, const struct lk_train_options *options,
                        struct lk_error *err)
{
    static const struct lk_train_options none;
    struct gbt_trainer *t;
    enum lk_status st = gbt_trainer_new(&t, data, params, options ? options : &none, NULL, err);
    bool stop;

    if (st)
        return st;
    stop = t->model->rounds >= t->rounds || gbt_board_over(t);
    while (!st && !stop)
        st = gbt_trainer_round(t, &stop, err);
    if (!st)
        st = gbt_model_finish(t->model, err);
    if (!st) {
        *out = t->model;
        t->model = NULL;
    }
    gbt_trainer_free(t);
    return st;
}
