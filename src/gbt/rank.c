/*
 * LambdaRank: rank:ndcg, rank:map and rank:pairwise. Within a query, each pair
 * of rows whose labels differ pulls the better one up and the worse one down,
 * by as much as the metric would change if the two swapped places in the
 * present order of scores.
 *
 * Which pairs: `topk` takes every row against each of the k ranked highest;
 * `mean` draws partners at random, by the round and the query, so any number of
 * threads draws the same. A query is a unit. Scores are float and sums of a
 * row's gradients are taken in float in the order of the pairs, as in XGBoost.
 *
 * Labels that are clicks favour what was shown first. With lambdarank_unbiased
 * (Hu and others 2019) rows of a query stand as they were shown, and each
 * pair counts by how likely its places are to be clicked; how likely that is
 * (plus for the better row, minus for the worse) is learned from round to round.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/objective_internal.h"
#include "gbt/order.h"
#include "gbt/real.h"

#include <stdlib.h>
#include <string.h>

enum { TOPK_PAIRS = 32, MEAN_PAIRS = 1, PLACES_MAX = 32 };
static const double TINY = 1e-16;

/* What does not change from round to round. */
struct ranking {
    const size_t *starts;  /* (units + 1) */
    size_t whole[2];       /* starts where the data has no queries */
    double *discount;      /* (longest query): 1 / log2(rank + 2) */
    double *inverse_ideal; /* (units): 1 / the best DCG, 0 where nothing is relevant */
    double weight_norm;    /* queries / sum of their weights */
    /* Unbiased: for each of the first places, and the costs of this round by row. */
    size_t places;
    double *plus, *minus;           /* (places) */
    double *cost_plus, *cost_minus; /* (rows) */
};

/* A query at work. Ranks are places in `order`, rows are counted from `first`. */
struct query {
    const struct gbt_task *t;
    size_t number, first, n;
    const float *labels, *scores; /* (n) */
    uint32_t *order;              /* (n): rows by falling score */
    double *relevant, *precision; /* (n) of rank:map: relevant so far, sum of label / place */
    struct gbt_gradient *out;     /* (n) */
    double sum;                   /* of all lambdas */
};

static double gain(const struct gbt_task *t, float label)
{
    return t->params->exp_gain ? (double)((1u << (unsigned)label) - 1) : (double)label;
}

static size_t pairs_of(const struct gbt_objective_params *p)
{
    return p->pairs ? p->pairs : p->pair_method == GBT_PAIR_TOPK ? TOPK_PAIRS : MEAN_PAIRS;
}

/* ---- how much the metric would change ---- */

static double change_of_ndcg(const struct query *q, size_t high, size_t low)
{
    const struct ranking *r = q->t->state;
    double a = gain(q->t, q->labels[q->order[high]]), b = gain(q->t, q->labels[q->order[low]]);
    double now = a * r->discount[high] + b * r->discount[low];
    double then = b * r->discount[high] + a * r->discount[low];

    return (now - then) * r->inverse_ideal[q->number];
}

static double change_of_map(const struct query *q, size_t high, size_t low)
{
    bool upside_down = high > low;
    size_t i = upside_down ? low : high, j = upside_down ? high : low;
    double n = q->relevant[i], m = q->relevant[j];
    double at_i = (double)i + 1, at_j = (double)j + 1;
    double between = q->precision[j - 1] - q->precision[i];

    if (upside_down) /* the lower place holds the relevant row */
        return (m / at_j - (n + 1.0) / at_i - between) / q->relevant[q->n - 1];
    return (n / at_i - m / at_j + between) / q->relevant[q->n - 1];
}

static double change(const struct query *q, size_t high, size_t low)
{
    if (q->t->objective == &gbt_rank_ndcg)
        return fabs(change_of_ndcg(q, high, low));
    if (q->t->objective == &gbt_rank_map)
        return fabs(change_of_map(q, high, low));
    return 1;
}

/* ---- pairs ---- */

/*
 * Row i, the better, against row j: what the pair costs is put down to both
 * places, and its pull is divided by how likely they are to be clicked.
 */
static void weigh_places(struct query *q, size_t i, size_t j, double cost, double *lambda,
                         double *bend)
{
    const struct ranking *r = q->t->state;

    if (i >= r->places || j >= r->places)
        return;
    if (r->minus[j] >= TINY)
        r->cost_plus[q->first + i] += cost / r->minus[j];
    if (r->plus[i] >= TINY)
        r->cost_minus[q->first + j] += cost / r->plus[i];
    if (r->minus[j] >= TINY && r->plus[i] >= TINY) {
        *lambda /= r->plus[i] * r->minus[j];
        *bend /= r->plus[i] * r->minus[j];
    }
}

static void pair(struct query *q, size_t a, size_t b)
{
    float label_a = q->labels[q->order[a]], label_b = q->labels[q->order[b]];
    size_t high = label_a < label_b ? b : a, low = label_a < label_b ? a : b;
    size_t i = q->order[high], j = q->order[low];
    float ahead = q->scores[i] - q->scores[j];
    double p = (double)gbt_sigmoid(ahead), delta, bend;
    float g, h;

    double lambda, bent;

    if (label_a == label_b)
        return;
    delta = change(q, high, low);
    if (q->t->params->score_normalization &&
        q->scores[q->order[0]] != q->scores[q->order[q->n - 1]])
        delta /= fabs((double)ahead) + 0.01;
    bend = p * (1.0 - p);
    lambda = (p - 1.0) * delta;
    bent = (bend > 1e-16 ? bend : 1e-16) * delta * 2.0;
    if (q->t->params->unbiased)
        weigh_places(q, i, j, gbt_log(1.0 / (1.0 - p)) * delta, &lambda, &bent);
    g = (float)lambda;
    h = (float)bent;
    q->out[i].g += g;
    q->out[i].h += h;
    q->out[j].g -= g;
    q->out[j].h += h;
    q->sum += -2.0 * (double)g;
}

static void pairs_topk(struct query *q)
{
    size_t k = pairs_of(q->t->params);

    for (size_t i = 0; i < k && i < q->n; i++)
        for (size_t j = i + 1; j < q->n; j++)
            pair(q, i, j);
}

/* Lehmer's generator with multiplier 48271, mapped to [0, below) without bias. */
static size_t draw(uint32_t *state, size_t below)
{
    uint32_t range = 2147483645, scale = (uint32_t)(range / below), x;

    do {
        *state = (uint32_t)((uint64_t)*state * 48271 % 2147483647);
        x = *state - 1;
    } while (x >= scale * below);
    return x / scale;
}

/* Each row against rows drawn from those of another label. */
static void pairs_mean(struct query *q)
{
    uint32_t *by_label = mem_alloc(q->n * sizeof *by_label);
    float *ranked = mem_alloc(q->n * sizeof *ranked);
    uint32_t state =
        (uint32_t)(((uint32_t)q->t->round * (uint32_t)q->t->units + (uint32_t)q->number) %
                   2147483647u);

    state = state ? state : 1;
    for (size_t i = 0; i < q->n; i++)
        ranked[i] = q->labels[q->order[i]];
    gbt_order_falling(by_label, ranked, q->n);
    for (size_t i = 0, j; i < q->n; i = j) { /* ranks [i, j) of by_label share a label */
        size_t others;

        for (j = i + 1; j < q->n && ranked[by_label[j]] == ranked[by_label[i]]; j++)
            ;
        others = i + (q->n - j);
        for (size_t s = pairs_of(q->t->params); others && s; s--)
            for (size_t at = i; at < j; at++) {
                size_t other = draw(&state, others);

                pair(q, by_label[at], by_label[other < i ? other : other - i + j]);
            }
    }
    free(by_label);
    free(ranked);
}

/* ---- a query's gradients ---- */

static void count_relevant(struct query *q)
{
    double relevant = 0, precision = 0;

    for (size_t k = 0; k < q->n; k++) {
        double y = (double)q->labels[q->order[k]];

        q->relevant[k] = relevant += y;
        q->precision[k] = precision += y / (double)(k + 1);
    }
}

static void scale(struct query *q, float by)
{
    for (size_t i = 0; i < q->n; i++) {
        q->out[i].g *= by;
        q->out[i].h *= by;
    }
}

static void normalize(struct query *q)
{
    double norm = 1;

    if (q->t->params->pair_method == GBT_PAIR_MEAN)
        norm = 1.0 / (double)pairs_of(q->t->params);
    else if (q->sum > 0)
        norm = gbt_log(1.0 + q->sum) * 1.4426950408889634 / q->sum;
    if (norm != 1)
        scale(q, (float)norm);
}

static void one_query(struct query *q)
{
    const struct ranking *r = q->t->state;

    q->order = mem_alloc(q->n * sizeof *q->order);
    gbt_order_falling(q->order, q->scores, q->n);
    if (q->t->objective == &gbt_rank_map) {
        q->relevant = mem_alloc(2 * q->n * sizeof *q->relevant);
        q->precision = q->relevant + q->n;
        count_relevant(q);
    }
    for (size_t i = 0; i < q->n; i++)
        q->out[i] = (struct gbt_gradient){0, 0};
    if (q->t->params->unbiased) {
        memset(r->cost_plus + q->first, 0, q->n * sizeof *r->cost_plus);
        memset(r->cost_minus + q->first, 0, q->n * sizeof *r->cost_minus);
    }
    if (q->t->params->pair_method == GBT_PAIR_TOPK)
        pairs_topk(q);
    else
        pairs_mean(q);
    if (q->t->params->rank_normalization)
        normalize(q);
    scale(q, gbt_task_weight(q->t, q->first));
    scale(q, (float)r->weight_norm);
    free(q->order);
    free(q->relevant);
}

static void gradient(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                     size_t begin, size_t end)
{
    const struct ranking *r = t->state;

    for (size_t u = begin; u < end; u++) {
        size_t first = r->starts[u];
        struct query q = {.t = t,
                          .number = u,
                          .first = first,
                          .n = r->starts[u + 1] - first,
                          .labels = t->data->labels + first,
                          .scores = margins + first,
                          .out = out + first};

        if (q.n)
            one_query(&q);
    }
}

/* ---- from round to round ---- */

/* The costs of all queries by place, relative to the first, are the new likelihoods. */
static void learn_place(double *likely, const double *cost, const struct gbt_task *t)
{
    const struct ranking *r = t->state;
    double *sum = mem_calloc(r->places + 1, sizeof *sum);
    double power = 1.0 / (1.0 + (double)t->params->bias_norm);

    for (size_t u = 0; u < t->units; u++)
        for (size_t i = 0; i < r->places && r->starts[u] + i < r->starts[u + 1]; i++)
            sum[i] += cost[r->starts[u] + i];
    for (size_t i = 0; i < r->places && sum[0] >= TINY; i++)
        likely[i] = sum[i] > 0 ? gbt_exp(gbt_log(sum[i] / sum[0]) * power) : 0;
    free(sum);
}

static void learn(const struct gbt_task *t)
{
    const struct ranking *r = t->state;

    if (!t->params->unbiased)
        return;
    learn_place(r->plus, r->cost_plus, t);
    learn_place(r->minus, r->cost_minus, t);
}

/* ---- once ---- */

static void start_places(struct ranking *r, const struct gbt_task *t, size_t longest)
{
    r->places = t->params->pair_method == GBT_PAIR_TOPK ? pairs_of(t->params)
                : longest < PLACES_MAX                  ? longest
                                                        : PLACES_MAX;
    r->plus = mem_alloc(2 * r->places * sizeof *r->plus);
    r->minus = r->plus + r->places;
    for (size_t i = 0; i < 2 * r->places; i++)
        r->plus[i] = 1;
    r->cost_plus = mem_calloc(2 * t->rows, sizeof *r->cost_plus);
    r->cost_minus = r->cost_plus + t->rows;
}

static double ideal(const struct gbt_task *t, const struct ranking *r, size_t u)
{
    size_t first = r->starts[u], n = r->starts[u + 1] - first;
    size_t k = t->params->pair_method == GBT_PAIR_TOPK ? pairs_of(t->params) : n;
    uint32_t *order = mem_alloc(n * sizeof *order);
    double sum = 0;

    gbt_order_falling(order, t->data->labels + first, n);
    for (size_t i = 0; i < n && i < k; i++)
        sum += gain(t, t->data->labels[first + order[i]]) * r->discount[i];
    free(order);
    return sum == 0 ? 0 : 1 / sum;
}

static enum lk_status prepare(struct gbt_task *t, struct lk_error *err)
{
    struct ranking *r;
    size_t longest = 0;
    double weights = 0;

    if (t->targets != 1)
        return error_set(err, LK_EUNSUPPORTED, "%s takes one label a row, not %zu",
                         t->objective->name, t->targets);
    r = t->state = mem_calloc(1, sizeof *r);
    r->whole[1] = t->rows;
    r->starts = t->data->query_starts ? t->data->query_starts : r->whole;
    r->inverse_ideal = mem_calloc(t->units, sizeof *r->inverse_ideal);
    for (size_t u = 0; u < t->units; u++) {
        size_t n = r->starts[u + 1] - r->starts[u];

        longest = n > longest ? n : longest;
        if (n)
            weights += (double)gbt_task_weight(t, r->starts[u]);
    }
    r->weight_norm = weights > 0 ? (double)t->units / weights : 1;
    r->discount = mem_alloc(longest * sizeof *r->discount);
    for (size_t i = 0; i < longest; i++)
        r->discount[i] = 1.0 / (gbt_log((double)i + 2.0) * 1.4426950408889634);
    if (t->params->unbiased)
        start_places(r, t, longest);
    for (size_t u = 0; t->objective == &gbt_rank_ndcg && u < t->units; u++)
        r->inverse_ideal[u] = ideal(t, r, u);
    return LK_OK;
}

static void discard(struct gbt_task *t)
{
    struct ranking *r = t->state;

    if (!r)
        return;
    free(r->discount);
    free(r->inverse_ideal);
    free(r->plus);
    free(r->cost_plus);
    free(r);
}

static const char *refuse_degree(float y, const struct gbt_objective_params *p)
{
    if (!p->exp_gain)
        return y >= 0 ? NULL : "a degree of relevance, 0 or above";
    return y >= 0 && y <= 31 && y == floorf(y)
               ? NULL
               : "a degree of relevance, a whole number from 0 to 31 (any from 0 with "
                 "ndcg_exp_gain=false)";
}

static const char *refuse_not_binary(float y, const struct gbt_objective_params *p)
{
    return y == 0 || y == 1 ? NULL : "0 or 1 (relevant)";
}

#define COMMON                                                                                     \
    .transform = gbt_link_identity, .to_margin = gbt_unlink_identity, .width = gbt_width_groups,   \
    .prepare = prepare, .discard = discard, .unit = GBT_BY_QUERY, .gradient = gradient,            \
    .learn = learn, .param_group = "lambdarank_param"

const struct gbt_objective gbt_rank_ndcg = {
    .name = "rank:ndcg", .default_metric = "ndcg", .refuse_label = refuse_degree, COMMON};
const struct gbt_objective gbt_rank_map = {
    .name = "rank:map", .default_metric = "map", .refuse_label = refuse_not_binary, COMMON};
const struct gbt_objective gbt_rank_pairwise = {
    .name = "rank:pairwise", .default_metric = "ndcg", COMMON};
