/*
 * The table of objectives, their parameters as text, and tasks.
 *
 * Rows are handed to the pool in blocks of fixed size, queries in blocks of a
 * few; since a unit's gradients depend on nothing that another thread writes,
 * the blocks may be done in any order. Sums (base scores) are taken in the
 * order of the rows by one thread.
 */
#include "gbt/objective.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/objective_internal.h"
#include "gbt/real.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_TASK = 4096, QUERIES_A_TASK = 8 };

/* ---- the table ---- */

#define OBJECTIVES(X)                                                                              \
    X("reg:squarederror", gbt_squarederror)                                                        \
    X("reg:squaredlogerror", gbt_squaredlogerror)                                                  \
    X("reg:logistic", gbt_reg_logistic)                                                            \
    X("reg:pseudohubererror", gbt_pseudohubererror)                                                \
    X("reg:absoluteerror", gbt_absoluteerror)                                                      \
    X("reg:quantileerror", gbt_quantileerror)                                                      \
    X("reg:gamma", gbt_gamma)                                                                      \
    X("reg:tweedie", gbt_tweedie)                                                                  \
    X("binary:logistic", gbt_binary_logistic)                                                      \
    X("binary:logitraw", gbt_logitraw)                                                             \
    X("binary:hinge", gbt_hinge)                                                                   \
    X("multi:softmax", gbt_softmax)                                                                \
    X("multi:softprob", gbt_softprob)                                                              \
    X("count:poisson", gbt_poisson)                                                                \
    X("rank:ndcg", gbt_rank_ndcg)                                                                  \
    X("rank:map", gbt_rank_map)                                                                    \
    X("rank:pairwise", gbt_rank_pairwise)                                                          \
    X("survival:cox", gbt_cox)                                                                     \
    X("survival:aft", gbt_aft)

#define NAME(name, object)   name,
#define OBJECT(name, object) &object,
static const char *const names[] = {OBJECTIVES(NAME)};
static const struct gbt_objective *const objects[] = {OBJECTIVES(OBJECT)};
enum { OBJECTIVE_COUNT = sizeof names / sizeof *names };

const struct gbt_objective *gbt_objective_find(const char *name)
{
    if (!strcmp(name, "reg:linear")) /* its name before 0.90 */
        name = "reg:squarederror";
    for (size_t i = 0; i < OBJECTIVE_COUNT; i++)
        if (!strcmp(names[i], name))
            return objects[i];
    return NULL;
}

const char *const *gbt_objective_names(size_t *n)
{
    *n = OBJECTIVE_COUNT;
    return names;
}

const struct gbt_objective *gbt_objective_1_7(const struct gbt_objective *o)
{
    return o == &gbt_absoluteerror ? &gbt_absoluteerror_1_7 : o;
}

size_t gbt_objective_groups(const struct gbt_objective *o, const struct gbt_objective_params *p,
                            size_t targets)
{
    if (o == &gbt_softmax || o == &gbt_softprob)
        return p->classes;
    if (o == &gbt_quantileerror)
        return targets * (p->quantiles ? p->quantiles : 1);
    return targets;
}

const char *gbt_objective_metric(char buf[64], const struct gbt_objective *o,
                                 const struct gbt_objective_params *p)
{
    char number[NUMBER_MAX];

    if (o == &gbt_tweedie) {
        number_print_float(number, p->tweedie_variance_power);
        snprintf(buf, 64, "%s@%s", o->default_metric, number);
    } else if ((o == &gbt_rank_ndcg || o == &gbt_rank_map || o == &gbt_rank_pairwise) &&
               p->pair_method == GBT_PAIR_TOPK) {
        snprintf(buf, 64, "%s@%zu", o->default_metric, p->pairs ? p->pairs : 32);
    } else {
        snprintf(buf, 64, "%s", o->default_metric);
    }
    return buf;
}

/* ---- parameters ---- */

void gbt_objective_params_init(struct gbt_objective_params *p)
{
    *p = (struct gbt_objective_params){
        .scale_pos_weight = 1,
        .max_delta_step = 0.7f,
        .tweedie_variance_power = 1.5f,
        .huber_slope = 1,
        .aft_scale = 1,
        .rank_normalization = true,
        .score_normalization = true,
        .exp_gain = true,
        .bias_norm = 1,
    };
}

void gbt_objective_params_done(struct gbt_objective_params *p)
{
    free(p->quantile_alpha);
    p->quantile_alpha = NULL;
    p->quantiles = 0;
}

void gbt_objective_params_copy(struct gbt_objective_params *to,
                               const struct gbt_objective_params *from)
{
    *to = *from;
    if (from->quantiles) {
        to->quantile_alpha = mem_alloc(from->quantiles * sizeof *to->quantile_alpha);
        memcpy(to->quantile_alpha, from->quantile_alpha, from->quantiles * sizeof(float));
    }
}

enum kind { NUMBER, COUNT, FLAG, WORD, ALPHAS };

struct param {
    const char *name;
    enum kind kind;
    size_t offset;
    double min, max;
    const char *const *words;
};

static const char *const pair_methods[] = {"topk", "mean", NULL};
static const char *const distributions[] = {"normal", "logistic", "extreme", NULL};

#define AT(field) offsetof(struct gbt_objective_params, field)
static const struct param params[] = {
    {"scale_pos_weight", NUMBER, AT(scale_pos_weight), 0, FLT_MAX, NULL},
    {"max_delta_step", NUMBER, AT(max_delta_step), 0, FLT_MAX, NULL},
    {"tweedie_variance_power", NUMBER, AT(tweedie_variance_power), 1, 1.9999999, NULL},
    {"huber_slope", NUMBER, AT(huber_slope), FLT_MIN, FLT_MAX, NULL},
    {"num_class", COUNT, AT(classes), 0, GBT_MAX_CLASSES, NULL},
    {"quantile_alpha", ALPHAS, 0, 0, 1, NULL},
    {"aft_loss_distribution", WORD, AT(aft_distribution), 0, 0, distributions},
    {"aft_loss_distribution_scale", NUMBER, AT(aft_scale), FLT_MIN, FLT_MAX, NULL},
    {"lambdarank_pair_method", WORD, AT(pair_method), 0, 0, pair_methods},
    {"lambdarank_num_pair_per_sample", COUNT, AT(pairs), 1, 1 << 20, NULL},
    {"lambdarank_normalization", FLAG, AT(rank_normalization), 0, 0, NULL},
    {"lambdarank_score_normalization", FLAG, AT(score_normalization), 0, 0, NULL},
    {"ndcg_exp_gain", FLAG, AT(exp_gain), 0, 0, NULL},
    {"lambdarank_unbiased", FLAG, AT(unbiased), 0, 0, NULL},
    {"lambdarank_bias_norm", NUMBER, AT(bias_norm), 0, FLT_MAX, NULL},
};

static enum lk_status set_number(float *to, const struct param *d, struct slice text,
                                 struct lk_error *err)
{
    float v;

    if (!number_parse_float(text, &v) || !((double)v >= d->min && (double)v <= d->max))
        return error_set(err, LK_EUSE, "%s is a number from %g to %g, not '%.*s'", d->name, d->min,
                         d->max, (int)text.len, text.ptr);
    *to = v;
    return LK_OK;
}

static enum lk_status set_count(size_t *to, const struct param *d, struct slice text,
                                struct lk_error *err)
{
    int64_t v;

    /* A model file has "no value" as 2^64 - 1 or the like. */
    if (!strcmp(d->name, "lambdarank_num_pair_per_sample") && text.len > 9) {
        *to = 0;
        return LK_OK;
    }
    if (!number_parse_int(text, (int64_t)d->min, (int64_t)d->max, &v))
        return error_set(err, LK_EUSE, "%s is a whole number from %.0f to %.0f, not '%.*s'",
                         d->name, d->min, d->max, (int)text.len, text.ptr);
    *to = (size_t)v;
    return LK_OK;
}

static enum lk_status set_flag(bool *to, const struct param *d, struct slice text,
                               struct lk_error *err)
{
    bool yes = slice_is(text, "1") || slice_is(text, "true") || slice_is(text, "True");

    if (!yes && !slice_is(text, "0") && !slice_is(text, "false") && !slice_is(text, "False"))
        return error_set(err, LK_EUSE, "%s is true or false, not '%.*s'", d->name, (int)text.len,
                         text.ptr);
    *to = yes;
    return LK_OK;
}

static enum lk_status set_word(int *to, const struct param *d, struct slice text,
                               struct lk_error *err)
{
    for (int i = 0; d->words[i]; i++)
        if (slice_is(text, d->words[i])) {
            *to = i;
            return LK_OK;
        }
    return error_set(err, LK_EUSE, "%s is %s, %s%s%s, not '%.*s'", d->name, d->words[0],
                     d->words[1], d->words[2] ? ", " : "", d->words[2] ? d->words[2] : "",
                     (int)text.len, text.ptr);
}

/* One number, or several in brackets or parentheses: "0.5", "[0.1, 0.9]". */
static enum lk_status set_alphas(struct gbt_objective_params *p, const struct param *d,
                                 struct slice text, struct lk_error *err)
{
    struct slice rest = slice_trim(text), part;
    float *alphas = NULL;
    size_t n = 0, cap = 0;
    enum lk_status st = LK_OK;

    if (rest.len >= 2 && (rest.ptr[0] == '[' || rest.ptr[0] == '('))
        rest = (struct slice){rest.ptr + 1, rest.len - 2};
    while (!st && slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        MEM_GROW(alphas, n, cap);
        st = set_number(&alphas[n++], d, part, err);
        if (!st && n > 1 && alphas[n - 1] <= alphas[n - 2])
            st = error_set(err, LK_EUSE, "the numbers of quantile_alpha must ascend");
    }
    if (!st && (n == 0 || n > GBT_MAX_CLASSES))
        st = error_set(err, LK_EUSE, "quantile_alpha needs 1 to %d numbers", GBT_MAX_CLASSES);
    if (st) {
        free(alphas);
        return st;
    }
    free(p->quantile_alpha);
    p->quantile_alpha = alphas;
    p->quantiles = n;
    return LK_OK;
}

enum lk_status gbt_objective_params_set(struct gbt_objective_params *p, const char *name,
                                        const char *value, bool *known, struct lk_error *err)
{
    struct slice text = slice_trim(slice_of(value));

    *known = true;
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        const struct param *d = &params[i];
        char *at = (char *)p + d->offset;

        if (strcmp(d->name, name))
            continue;
        switch (d->kind) {
        case NUMBER:
            return set_number((float *)(void *)at, d, text, err);
        case COUNT:
            return set_count((size_t *)(void *)at, d, text, err);
        case FLAG:
            return set_flag((bool *)(void *)at, d, text, err);
        case WORD:
            return set_word((int *)(void *)at, d, text, err);
        case ALPHAS:
            return set_alphas(p, d, text, err);
        }
    }
    *known = false;
    return LK_OK;
}

/* ---- tasks ---- */

static enum lk_status check_labels(const struct gbt_task *t, struct lk_error *err)
{
    const struct gbt_objective *o = t->objective;

    for (size_t i = 0; i < t->rows * t->targets; i++) {
        float y = t->data->labels[i];
        const char *wanted = isfinite(y) ? NULL : "a finite number";
        char number[NUMBER_MAX];

        if (!wanted && o->refuse_label)
            wanted = o->refuse_label(y, t->params);
        if (!wanted)
            continue;
        number_print_float(number, y);
        return error_set(err, LK_EINPUT, "row %zu: the label is %s, and %s needs %s",
                         i / t->targets + 1, number, o->name, wanted);
    }
    return LK_OK;
}

static enum lk_status check_weights(const struct gbt_task *t, struct lk_error *err)
{
    double sum = 0;

    for (size_t i = 0; t->data->weights && i < t->rows; i++) {
        float w = t->data->weights[i];
        char number[NUMBER_MAX];

        if (!(w >= 0) || !isfinite(w)) {
            number_print_float(number, w);
            return error_set(err, LK_EINPUT, "row %zu: the weight is %s, expected 0 or above",
                             i + 1, number);
        }
        sum += (double)w;
    }
    if (t->data->weights && sum == 0)
        return error_set(err, LK_EINPUT, "every row's weight is 0");
    return LK_OK;
}

static enum lk_status check_data(struct gbt_task *t, struct lk_error *err)
{
    const struct lk_matrix *m = t->data;
    enum lk_status st = LK_OK;

    if (t->rows == 0)
        return error_set(err, LK_EINPUT, "the data has no rows");
    if (t->objective != &gbt_aft && !m->labels)
        return error_set(err, LK_EINPUT, "the data has no label, which %s needs",
                         t->objective->name);
    if (t->groups == 0)
        return error_set(err, LK_EUSE, "%s needs num_class, the number of classes",
                         t->objective->name);
    if (m->labels && t->objective != &gbt_aft)
        st = check_labels(t, err);
    return st ? st : check_weights(t, err);
}

enum lk_status gbt_task_new(struct gbt_task **out, const struct gbt_objective *o,
                            const struct gbt_objective_params *p, const struct lk_matrix *data,
                            struct lk_error *err)
{
    struct gbt_task *t = mem_calloc(1, sizeof *t);
    enum lk_status st;

    t->objective = o;
    t->params = p;
    t->data = data;
    t->rows = data->rows;
    t->targets = data->labels ? data->targets : 1;
    t->groups = gbt_objective_groups(o, p, t->targets);
    t->units = o->unit == GBT_BY_ROW  ? t->rows
               : o->unit == GBT_WHOLE ? 1
               : data->queries        ? data->queries
                                      : 1;
    st = check_data(t, err);
    if (!st && o->prepare)
        st = o->prepare(t, err);
    if (st) {
        gbt_task_free(t);
        return st;
    }
    *out = t;
    return LK_OK;
}

void gbt_task_free(struct gbt_task *t)
{
    if (!t)
        return;
    if (t->objective->discard)
        t->objective->discard(t);
    free(t);
}

struct gradient_job {
    const struct gbt_task *task;
    struct gbt_gradient *out;
    const float *margins;
    size_t block; /* units a task of the pool */
};

static void gradient_block(void *ctx, size_t task, int worker)
{
    const struct gradient_job *j = ctx;
    size_t begin = task * j->block, end = begin + j->block;

    if (end > j->task->units)
        end = j->task->units;
    j->task->objective->gradient(j->out, j->margins, j->task, begin, end);
}

void gbt_task_gradients(const struct gbt_task *t, struct gbt_gradient *out, const float *margins,
                        struct pool *pool)
{
    struct gradient_job job = {t, out, margins,
                               t->objective->unit == GBT_BY_ROW ? ROWS_A_TASK : QUERIES_A_TASK};

    pool_run(pool, (t->units + job.block - 1) / job.block, gradient_block, &job);
}

void gbt_task_round(struct gbt_task *t, size_t round, struct gbt_gradient *out,
                    const float *margins, struct pool *pool)
{
    t->round = round;
    gbt_task_gradients(t, out, margins, pool);
    if (t->objective->learn)
        t->objective->learn(t);
}

/* One Newton step from margin zero, without regularisation, each output for itself. */
static void newton(float *base_score, const struct gbt_task *t, struct pool *pool)
{
    float *margins = mem_calloc(t->rows * t->groups, sizeof *margins);
    struct gbt_gradient *out = mem_calloc(t->rows * t->groups, sizeof *out);

    gbt_task_gradients(t, out, margins, pool);
    for (size_t k = 0; k < t->groups; k++) {
        double g = 0, h = 0;

        for (size_t i = 0; i < t->rows; i++) {
            g += (double)out[k * t->rows + i].g;
            h += (double)out[k * t->rows + i].h;
        }
        base_score[k] = (float)(-g / (h > 1e-6 ? h : 1e-6));
        t->objective->transform(&base_score[k], 1, 1, t->params);
    }
    free(margins);
    free(out);
}

void gbt_task_estimate(const struct gbt_task *t, float *base_score, struct pool *pool)
{
    const struct gbt_objective *o = t->objective;
    bool scaled = t->params->scale_pos_weight != 1 && o->param_group &&
                  !strcmp(o->param_group, "reg_loss_param");

    if (o->fixed_base)
        for (size_t k = 0; k < t->groups; k++)
            base_score[k] = 0.5f;
    else if (o->estimate && !scaled)
        o->estimate(base_score, t);
    else
        newton(base_score, t, pool);
}
