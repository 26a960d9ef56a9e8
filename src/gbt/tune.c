/*
 * A search: the trials so far, and the next one by the chosen strategy.
 *
 * Random: each axis is drawn evenly along its stretch. Grid: all combinations,
 * the last axis running fastest. Bayesian: the first trials are spread evenly
 * (Halton's sequence, shifted by the seed); then a Gaussian process is fitted
 * to what is known, and the next trial is where the improvement on the best so
 * far is expected to be largest (Jones, Schonlau and Welch 1998), among many
 * places spread evenly and some close to the best trials. Trials that are still
 * running count as if they had given what the process believes of them, so
 * that several can run at once without all going to one place.
 *
 * No strategy proposes what has been tried. What is drawn is a hash of the seed,
 * the trial and the axis.
 */
#include "gbt/tune.h"
#include "base/error.h"
#include "base/mem.h"
#include "gbt/random.h"
#include "gbt/tune_gp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POINTS_MAX = 200, /* trials that the process is fitted to: the best, and the latest */
    PLACES = 1000,    /* where improvement is looked for, spread evenly */
    NEAR_BEST = 5,    /* and round so many of the best trials */
    NEAR_PLACES = 60, /* each this often */
    DRAWS = 200,      /* before a space is taken to be used up */
    CURVES_MIN = 3,   /* other trials that came as far, before one is hopeless */
};

_Static_assert((int)TUNE_AXES_MAX <= (int)GP_DIMENSIONS, "each axis is a dimension");

struct trial {
    char **value;             /* (axes) */
    double at[TUNE_AXES_MAX]; /* the same, along the axes */
    double result;
    bool told;
    double *curve; /* (rounds) as reported */
    size_t rounds, cap;
};

struct tune_search {
    struct tune_space space;
    enum tune_strategy strategy;
    bool more;
    uint64_t seed;
    struct trial *trial;
    size_t n, cap;
    size_t turn; /* of the grid, or of the drawing: what was looked at, also in vain */
};

/* ---- trials ------------------------------------------------------------------ */

struct tune_search *tune_search_new(const struct tune_space *space, enum tune_strategy strategy,
                                    bool more, uint64_t seed)
{
    struct tune_search *s = mem_calloc(1, sizeof *s);

    tune_space_copy(&s->space, space);
    s->strategy = strategy;
    s->more = more;
    s->seed = gbt_mix(seed, space->n);
    return s;
}

static void trial_done(struct trial *t, size_t axes)
{
    for (size_t i = 0; i < axes; i++)
        free(t->value[i]);
    free(t->value);
    free(t->curve);
}

void tune_search_free(struct tune_search *s)
{
    if (!s)
        return;
    for (size_t t = 0; t < s->n; t++)
        trial_done(&s->trial[t], s->space.n);
    free(s->trial);
    tune_space_done(&s->space);
    free(s);
}

/* The values at these places as texts, and the places of the texts. */
static struct trial settle(const struct tune_search *s, const double *at)
{
    struct trial t = {.result = NAN, .value = mem_calloc(s->space.n, sizeof *t.value)};

    for (size_t i = 0; i < s->space.n; i++) {
        struct str text = STR_INIT;

        tune_put_value(&text, &s->space.axis[i], at[i]);
        t.value[i] = str_take(&text, NULL);
        t.at[i] = at[i];
        tune_place(&s->space.axis[i], t.value[i], &t.at[i]);
    }
    return t;
}

static bool is_tried(const struct tune_search *s, const struct trial *t)
{
    for (size_t k = 0; k < s->n; k++) {
        size_t i = 0;

        while (i < s->space.n && !strcmp(s->trial[k].value[i], t->value[i]))
            i++;
        if (i == s->space.n)
            return true;
    }
    return false;
}

static void keep(struct tune_search *s, struct trial t)
{
    MEM_GROW(s->trial, s->n, s->cap);
    s->trial[s->n++] = t;
}

/* Keep the trial at these places unless it has been tried. */
static bool keep_new(struct tune_search *s, const double *at)
{
    struct trial t = settle(s, at);

    if (is_tried(s, &t)) {
        trial_done(&t, s->space.n);
        return false;
    }
    keep(s, t);
    return true;
}

enum lk_status tune_add(struct tune_search *s, const char *const *values, double result,
                        struct lk_error *err)
{
    struct trial t = {.result = result, .told = true};

    for (size_t i = 0; i < s->space.n; i++)
        if (!tune_place(&s->space.axis[i], values[i], &t.at[i]))
            return error_set(err, LK_EINPUT, "%s=%.80s is not in its range", s->space.axis[i].name,
                             values[i]);
    t.value = mem_calloc(s->space.n, sizeof *t.value);
    for (size_t i = 0; i < s->space.n; i++)
        t.value[i] = mem_strdup(values[i]);
    keep(s, t);
    return LK_OK;
}

void tune_tell(struct tune_search *s, size_t trial, double result)
{
    s->trial[trial].result = result;
    s->trial[trial].told = true;
}

size_t tune_trials(const struct tune_search *s)
{
    return s->n;
}

const char *tune_value(const struct tune_search *s, size_t trial, size_t axis)
{
    return s->trial[trial].value[axis];
}

double tune_result(const struct tune_search *s, size_t trial)
{
    return s->trial[trial].result;
}

static bool better(const struct tune_search *s, double a, double b)
{
    return s->more ? a > b : a < b;
}

bool tune_best(const struct tune_search *s, size_t *trial)
{
    bool found = false;

    for (size_t t = 0; t < s->n; t++) {
        double r = s->trial[t].result;

        if (!isnan(r) && (!found || better(s, r, s->trial[*trial].result))) {
            *trial = t;
            found = true;
        }
    }
    return found;
}

/* ---- grid and random --------------------------------------------------------------- */

static bool ask_grid(struct tune_search *s)
{
    for (;;) {
        double at[TUNE_AXES_MAX];
        size_t rest = s->turn++;

        for (size_t i = s->space.n; i-- > 0;) {
            size_t points = tune_grid_points(&s->space.axis[i]);

            at[i] = tune_grid_place(&s->space.axis[i], rest % points);
            rest /= points;
        }
        if (rest)
            return false;
        if (keep_new(s, at))
            return true;
    }
}

static bool ask_random(struct tune_search *s)
{
    for (size_t draw = 0; draw < DRAWS; draw++) {
        double at[TUNE_AXES_MAX];
        uint64_t turn = gbt_mix(s->seed, s->n * DRAWS + draw);

        for (size_t i = 0; i < s->space.n; i++)
            at[i] = gbt_draw(turn, i);
        if (keep_new(s, at))
            return true;
    }
    return false;
}

/* ---- Bayesian ------------------------------------------------------------------------ */

/* Point k of Halton's sequence, turned round by the seed: (axes). */
static void spread(const struct tune_search *s, double *at, size_t k)
{
    static const unsigned char primes[TUNE_AXES_MAX] = {
        2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31,  37,  41,  43,  47,
        53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113};

    for (size_t i = 0; i < s->space.n; i++) {
        double part = 1, sum = gbt_draw(s->seed, 1000 + i);

        for (size_t rest = k + 1; rest; rest /= primes[i]) {
            part /= primes[i];
            sum += part * (double)(rest % primes[i]);
        }
        at[i] = sum - floor(sum);
    }
}

static size_t first_trials(const struct tune_search *s)
{
    size_t n = 2 * s->space.n;

    return n < 4 ? 4 : n > 10 ? 10 : n;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What the process is to be fitted to. A failed trial counts as the worst. */
struct known {
    double x[POINTS_MAX * TUNE_AXES_MAX], y[POINTS_MAX]; /* y: less is better */
    size_t n;
};

static void add_known(struct known *k, const struct tune_search *s, const struct trial *t,
                      double worst)
{
    double y = isnan(t->result) ? worst : s->more ? -t->result : t->result;

    memcpy(k->x + k->n * s->space.n, t->at, s->space.n * sizeof *t->at);
    k->y[k->n++] = y;
}

/*
 * How bad a bad trial was says little about where the good ones are, and pulls
 * the whole surface out of shape: none counts as worse than this.
 */
static void cut_worst(struct known *k)
{
    double sorted[POINTS_MAX], median, limit;

    memcpy(sorted, k->y, k->n * sizeof *sorted);
    qsort(sorted, k->n, sizeof *sorted, by_number);
    median = sorted[k->n / 2];
    limit = median + 2 * (median - sorted[0]);
    for (size_t i = 0; i < k->n; i++)
        k->y[i] = fmin(k->y[i], limit);
}

static void gather(struct known *k, const struct tune_search *s)
{
    double worst = -INFINITY;
    size_t best = SIZE_MAX, left = POINTS_MAX;

    k->n = 0;
    for (size_t t = 0; t < s->n; t++)
        if (!isnan(s->trial[t].result))
            worst = fmax(worst, s->more ? -s->trial[t].result : s->trial[t].result);
    if (!tune_best(s, &best))
        return;
    add_known(k, s, &s->trial[best], worst);
    left--;
    for (size_t t = s->n; t-- > 0 && left;)
        if (t != best && s->trial[t].told) {
            add_known(k, s, &s->trial[t], worst);
            left--;
        }
    cut_worst(k);
}

static double expected_improvement(const struct gp *g, const double *at, double best)
{
    double mean, deviation, z;

    gp_predict(g, at, &mean, &deviation);
    if (!(deviation > 0))
        return mean < best ? best - mean : 0;
    z = (best - mean) / deviation;
    return deviation * (z * 0.5 * erfc(-z / sqrt(2)) + exp(-z * z / 2) / sqrt(2 * M_PI));
}

/* The best place so far of a search for one. */
struct choice {
    struct tune_search *s;
    const struct gp *g;
    double best; /* so far */
    double improvement;
    double at[TUNE_AXES_MAX];
    bool found;
};

static void consider(struct choice *c, const double *at)
{
    struct trial t = settle(c->s, at);
    double e = is_tried(c->s, &t) ? -1 : expected_improvement(c->g, t.at, c->best);

    if (e > c->improvement || (e >= 0 && !c->found)) {
        c->improvement = e;
        memcpy(c->at, t.at, sizeof c->at);
        c->found = true;
    }
    trial_done(&t, c->s->space.n);
}

/* A step away from a trial, far or near; a word is changed one time in four. */
static void step_from(const struct tune_search *s, double *at, const double *from, uint64_t chance)
{
    static const double sizes[] = {0.2, 0.05, 0.01};
    double size = sizes[chance % 3];

    for (size_t i = 0; i < s->space.n; i++) {
        double u = gbt_draw(chance, 2 * i), v = gbt_draw(chance, 2 * i + 1);
        double normal = sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);

        if (s->space.axis[i].kind == TUNE_CATEGORICAL)
            at[i] = u < 0.25 ? v : from[i];
        else
            at[i] = fmin(fmax(from[i] + size * normal, 0), 1);
    }
}

static void consider_near(struct choice *c, const struct known *k)
{
    bool used[POINTS_MAX] = {false};
    double at[TUNE_AXES_MAX];

    for (size_t b = 0; b < NEAR_BEST && b < k->n; b++) {
        size_t best = 0;

        while (used[best])
            best++;
        for (size_t i = best; i < k->n; i++)
            if (!used[i] && k->y[i] < k->y[best])
                best = i;
        used[best] = true;
        for (size_t p = 0; p < NEAR_PLACES; p++) {
            step_from(c->s, at, k->x + best * c->s->space.n,
                      gbt_mix(gbt_mix(c->s->seed, c->s->n), b * NEAR_PLACES + p));
            consider(c, at);
        }
    }
    for (size_t p = 0; p < NEAR_PLACES && c->found; p++) {
        step_from(c->s, at, c->at, gbt_mix(gbt_mix(c->s->seed, ~c->s->n), p));
        consider(c, at);
    }
}

/*
 * The best that is believed of a place where a trial was: results carry noise,
 * and the luckiest of them is not what is to be improved on.
 */
static double best_believed(const struct gp *g, const struct known *k, size_t axes)
{
    double best = INFINITY;

    for (size_t i = 0; i < k->n; i++) {
        double mean, deviation;

        gp_predict(g, k->x + i * axes, &mean, &deviation);
        best = fmin(best, mean);
    }
    return best;
}

/* Running trials, taken to give what is believed of them. */
static void add_running(struct gp *g, const struct tune_search *s)
{
    for (size_t t = 0; t < s->n; t++)
        if (!s->trial[t].told) {
            double mean, deviation;

            gp_predict(g, s->trial[t].at, &mean, &deviation);
            gp_add(g, s->trial[t].at, mean);
        }
}

static bool ask_bayesian(struct tune_search *s)
{
    bool words[TUNE_AXES_MAX];
    struct known *k = mem_alloc(sizeof *k);
    struct choice c = {.s = s, .improvement = -1};
    double at[TUNE_AXES_MAX];
    struct gp *g;

    gather(k, s);
    if (s->n < first_trials(s) || k->n < 2) {
        free(k);
        for (size_t draw = 0; draw < DRAWS; draw++) {
            spread(s, at, s->turn++);
            if (keep_new(s, at))
                return true;
        }
        return ask_random(s);
    }
    for (size_t i = 0; i < s->space.n; i++)
        words[i] = s->space.axis[i].kind == TUNE_CATEGORICAL;
    g = gp_fit(k->x, k->y, k->n, s->space.n, words);
    add_running(g, s);
    c.g = g;
    c.best = best_believed(g, k, s->space.n);
    for (size_t p = 0; p < PLACES; p++) {
        spread(s, at, gbt_mix(s->seed, s->n) % 100000 + p);
        consider(&c, at);
    }
    consider_near(&c, k);
    gp_free(g);
    free(k);
    return c.found ? keep_new(s, c.at) : ask_random(s);
}

/* Are all combinations of a space of words and integers tried? */
static bool used_up(const struct tune_search *s)
{
    double combinations = 1;

    for (size_t i = 0; i < s->space.n; i++) {
        const struct tune_axis *a = &s->space.axis[i];

        if (a->kind == TUNE_CONTINUOUS)
            return false;
        combinations *= a->kind == TUNE_INTEGER ? a->high - a->low + 1 : (double)a->count;
    }
    return (double)s->n >= combinations; /* none is there twice */
}

bool tune_ask(struct tune_search *s, size_t *trial)
{
    bool found = false;

    if (!s->space.n || s->n >= TUNE_TRIALS_MAX || used_up(s))
        return false;
    switch (s->strategy) {
    case TUNE_GRID:
        found = ask_grid(s);
        break;
    case TUNE_RANDOM:
        found = ask_random(s);
        break;
    case TUNE_BAYESIAN:
        found = ask_bayesian(s);
        break;
    }
    if (found)
        *trial = s->n - 1;
    return found;
}

/* ---- trials without hope ---------------------------------------------------------------- */

void tune_report(struct tune_search *s, size_t trial, double metric)
{
    struct trial *t = &s->trial[trial];

    MEM_GROW(t->curve, t->rounds, t->cap);
    t->curve[t->rounds++] = metric;
}

bool tune_hopeless(const struct tune_search *s, size_t trial)
{
    const struct trial *t = &s->trial[trial];
    double *averages = mem_calloc(s->n, sizeof *averages), median, now;
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++) {
        double sum = 0;

        if (k == trial || s->trial[k].rounds < t->rounds || !t->rounds)
            continue;
        for (size_t r = 0; r < t->rounds; r++)
            sum += s->trial[k].curve[r];
        averages[n++] = sum / (double)t->rounds;
    }
    qsort(averages, n, sizeof *averages, by_number);
    median = n ? (averages[(n - 1) / 2] + averages[n / 2]) / 2 : 0;
    free(averages);
    if (n < CURVES_MIN)
        return false;
    now = t->curve[t->rounds - 1];
    return better(s, median, now);
}
