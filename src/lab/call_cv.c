/*
 * xgb.cv and xgb.tune. Rows are dealt to folds in a shuffled order, class by
 * class where the label is one of few values, so that each fold has its share
 * of each; which fold a row gets depends on seed and row number alone. A fold
 * is trained on the others and measured on itself after each round.
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "base/error.h"
#include "base/mem.h"
#include "gbt/metric.h"
#include "lab/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS_MAX = 50, METRICS_MAX = 16, CLASSES_MAX = 50, TRIALS_MAX = 1000, AXES_MAX = 16 };

/* ---- folds --------------------------------------------------------------- */

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

struct dealt {
    double label;
    uint64_t order;
    size_t row;
};

static int by_label_and_chance(const void *a, const void *b)
{
    const struct dealt *x = a, *y = b;

    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : (x->row > y->row) - (x->row < y->row);
}

/* Few whole values from 0 on: classes. */
static bool are_classes(const float *labels, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        if (!(labels[r] >= 0 && labels[r] < CLASSES_MAX && labels[r] == floorf(labels[r])))
            return false;
    return true;
}

/* The fold of each row: (rows). */
static int *deal(const struct lk_matrix *m, size_t folds, uint64_t seed)
{
    bool classes = m->labels && are_classes(m->labels, m->rows);
    struct dealt *rows = mem_calloc(m->rows + 1, sizeof *rows);
    int *fold = mem_calloc(m->rows + 1, sizeof *fold);

    for (size_t r = 0; r < m->rows; r++)
        rows[r] = (struct dealt){classes ? (double)m->labels[r] : 0,
                                 mix(seed * 0x9e3779b97f4a7c15 + r + 1), r};
    qsort(rows, m->rows, sizeof *rows, by_label_and_chance);
    for (size_t i = 0; i < m->rows; i++)
        fold[rows[i].row] = (int)(i % folds);
    free(rows);
    return fold;
}

static void copy_names(struct lk_matrix *to, const struct lk_matrix *from)
{
    if (from->names) {
        to->names = mem_calloc(from->columns, sizeof *to->names);
        for (size_t c = 0; c < from->columns; c++)
            to->names[c] = from->names[c] ? mem_strdup(from->names[c]) : NULL;
    }
    if (from->types) {
        to->types = mem_calloc(from->columns, sizeof *to->types);
        memcpy(to->types, from->types, from->columns * sizeof *to->types);
    }
    if (from->dictionaries) {
        to->dictionaries = mem_calloc(from->columns, sizeof *to->dictionaries);
        for (size_t c = 0; c < from->columns; c++)
            gbt_dictionary_copy(&to->dictionaries[c], &from->dictionaries[c]);
    }
    gbt_dictionary_copy(&to->classes, &from->classes);
}

/* The rows of one fold (inside), or all others. */
static struct lk_matrix *part_of(const struct lk_matrix *m, const int *fold, int which, bool inside)
{
    struct lk_matrix *out;
    size_t n = 0, at = 0;

    for (size_t r = 0; r < m->rows; r++)
        n += (fold[r] == which) == inside;
    out = gbt_matrix_new(n, m->columns);
    copy_names(out, m);
    out->targets = m->targets;
    out->labels = mem_calloc(n * m->targets + 1, sizeof *out->labels);
    if (m->weights)
        out->weights = mem_calloc(n + 1, sizeof *out->weights);
    for (size_t r = 0; r < m->rows; r++) {
        if ((fold[r] == which) != inside)
            continue;
        memcpy(out->values + at * m->columns, m->values + r * m->columns,
               m->columns * sizeof *m->values);
        memcpy(out->labels + at * m->targets, m->labels + r * m->targets,
               m->targets * sizeof *m->labels);
        if (m->weights)
            out->weights[at] = m->weights[r];
        at++;
    }
    return out;
}

/* ---- measuring folds ----------------------------------------------------- */

/* Sums over folds, round by round, of each metric on "train" and "test". */
struct measured {
    size_t rounds, metrics, folds;
    char names[METRICS_MAX][64]; /* "test auc" */
    double *sum, *square;        /* (rounds, METRICS_MAX) */
    struct lab *lab;
    size_t done, total; /* rounds, of all folds and trials */
    bool stopped;
};

static bool on_round(void *ctx, const struct lk_round *r)
{
    struct measured *m = ctx;

    if (r->round < m->rounds && r->metrics <= METRICS_MAX) {
        m->metrics = r->metrics;
        for (size_t i = 0; i < r->metrics; i++) {
            snprintf(m->names[i], sizeof m->names[i], "%s %s", r->data[i], r->metric[i]);
            m->sum[r->round * METRICS_MAX + i] += r->value[i];
            m->square[r->round * METRICS_MAX + i] += r->value[i] * r->value[i];
        }
    }
    m->stopped = m->lab->host.stopped && m->lab->host.stopped(m->lab->host.ctx);
    if (++m->done % 20 == 0 || m->done == m->total)
        emit_progress(m->lab, "cross-validation", (double)m->done, (double)m->total, "");
    return !m->stopped;
}

static enum lk_status train_fold(struct measured *m, const struct lk_matrix *data, const int *fold,
                                 int which, const struct lk_params *p, int threads,
                                 struct lk_error *err)
{
    static const char *const names[] = {"train", "test"};
    struct lk_matrix *rest = part_of(data, fold, which, false),
                     *kept = part_of(data, fold, which, true);
    const struct lk_matrix *const evals[] = {rest, kept};
    struct lk_train_options o = {.rounds = m->rounds,
                                 .evals = evals,
                                 .eval_names = names,
                                 .eval_count = 2,
                                 .on_round = on_round,
                                 .ctx = m,
                                 .threads = threads};
    struct lk_model *model = NULL;
    enum lk_status st = lk_train(&model, rest, p, &o, err);

    lk_model_free(model);
    lk_matrix_free(rest);
    lk_matrix_free(kept);
    return st;
}

static void measured_init(struct measured *m, struct lab *l, size_t rounds, size_t folds)
{
    *m = (struct measured){.rounds = rounds, .folds = folds, .lab = l, .total = rounds * folds};
    m->sum = mem_calloc(rounds * METRICS_MAX, sizeof *m->sum);
    m->square = mem_calloc(rounds * METRICS_MAX, sizeof *m->square);
}

static void measured_done(struct measured *m)
{
    free(m->sum);
    free(m->square);
}

static enum lk_status measure(struct measured *m, const struct lk_matrix *data, uint64_t seed,
                              const struct lk_params *p, int threads, struct lk_error *err)
{
    int *fold = deal(data, m->folds, seed);
    enum lk_status st = LK_OK;

    memset(m->sum, 0, m->rounds * METRICS_MAX * sizeof *m->sum);
    memset(m->square, 0, m->rounds * METRICS_MAX * sizeof *m->square);
    for (size_t k = 0; !st && k < m->folds && !m->stopped; k++)
        st = train_fold(m, data, fold, (int)k, p, threads, err);
    free(fold);
    if (!st && !m->metrics && !m->stopped)
        st = error_set(err, LK_EUNSUPPORTED, "nothing was measured: name an eval_metric");
    return st;
}

static double mean_at(const struct measured *m, size_t round, size_t metric)
{
    return m->sum[round * METRICS_MAX + metric] / (double)m->folds;
}

static double deviation_at(const struct measured *m, size_t round, size_t metric)
{
    double mean = mean_at(m, round, metric);
    double v = m->square[round * METRICS_MAX + metric] / (double)m->folds - mean * mean;

    return v > 0 ? sqrt(v) : 0;
}

/* Index of "test METRIC" (NULL: the last); METRICS_MAX where there is none. */
static size_t find_metric(const struct measured *m, const char *metric)
{
    size_t found = METRICS_MAX;

    for (size_t i = 0; i < m->metrics; i++)
        if (!strncmp(m->names[i], "test ", 5) && (!metric || !strcmp(m->names[i] + 5, metric)))
            found = i;
    return found;
}

/* The best round (0-based) by the mean of a metric, looking no further than early_stop behind it.
 */
static size_t best_round(const struct measured *m, size_t metric, size_t early_stop)
{
    bool more = gbt_metric_maximized(m->names[metric] + strlen("test "));
    size_t best = 0;

    for (size_t r = 1; r < m->rounds && (!early_stop || r <= best + early_stop); r++) {
        double a = mean_at(m, r, metric), b = mean_at(m, best, metric);

        if (more ? a > b : a < b)
            best = r;
    }
    return best;
}

/* ---- xgb.cv -------------------------------------------------------------- */

static size_t folds_option(lua_State *L, const struct lk_matrix *m, int64_t otherwise)
{
    size_t folds = (size_t)option_whole(L, 1, "folds", otherwise, 2, FOLDS_MAX);

    if (m->rows < 2 * folds)
        fail(L, "%zu rows are too few for %zu folds", m->rows, folds);
    return folds;
}

static struct table *measured_table(const struct measured *m, size_t rounds)
{
    struct table *t = table_new(rounds);
    double *v = mem_calloc(rounds + 1, sizeof *v);
    char name[96];

    for (size_t r = 0; r < rounds; r++)
        v[r] = (double)r + 1;
    table_put_numbers(t, "round", v);
    for (size_t i = 0; i < m->metrics; i++) {
        for (size_t r = 0; r < rounds; r++)
            v[r] = mean_at(m, r, i);
        table_put_numbers(t, m->names[i], v);
    }
    for (size_t i = 0; i < m->metrics; i++) {
        for (size_t r = 0; r < rounds; r++)
            v[r] = deviation_at(m, r, i);
        snprintf(name, sizeof name, "%s deviation", m->names[i]);
        table_put_numbers(t, name, v);
    }
    free(v);
    return t;
}

static void need_no_groups(lua_State *L)
{
    if (has_option(L, 1, "query"))
        fail(L, "rows of a ranking cannot be dealt to folds one by one; split them by query");
}

int call_xgb_cv(lua_State *L)
{
    const char *label;
    const struct lk_matrix *m;
    const struct lk_params *p;
    struct measured measured;
    struct table **box;
    struct lk_error err = {0};
    size_t rounds, folds, early_stop;
    uint64_t seed;
    bool draw;
    int threads;
    char metric[64] = "";
    enum lk_status st;

    m = learn_data(L, &label);
    need_no_groups(L);
    p = learn_params(L, m);
    rounds = (size_t)option_whole(L, 1, "rounds", 10, 1, 100000);
    folds = folds_option(L, m, 5);
    early_stop = (size_t)option_whole(L, 1, "early_stop", 0, 0, 100000);
    seed = (uint64_t)option_whole(L, 1, "seed", 0, 0, INT32_MAX);
    threads = learn_threads(L);
    draw = option_flag(L, 1, "plot", true);
    box = push_table(L);
    measured_init(&measured, lab_of(L), rounds, folds);
    st = measure(&measured, m, seed, p, threads, &err);
    if (!st && !measured.stopped) {
        if (early_stop)
            rounds = best_round(&measured, find_metric(&measured, NULL), early_stop) + 1;
        *box = measured_table(&measured, rounds);
    }
    if (measured.metrics)
        snprintf(metric, sizeof metric, "%s",
                 strrchr(measured.names[measured.metrics - 1], ' ') + 1);
    measured_done(&measured);
    need_ok(L, st, &err);
    if (measured.stopped)
        return luaL_error(L, "stopped");
    if (draw)
        plot_history(L, *box, metric, NULL);
    return 1; /* the box is on top: plot_history pushes nothing that stays */
}

/* ---- xgb.tune ------------------------------------------------------------ */

/* One setting that is tried: its values as texts, or a range to draw from. */
struct axis_of_try {
    const char *name; /* held by the options */
    size_t count;     /* of values; 0: a range */
    double low, high;
    bool whole; /* the range's ends are whole numbers */
};

/* The options of one axis, at the top of the stack; names are held by `try`. */
static void read_axis(lua_State *L, struct axis_of_try *a, const char *name)
{
    *a = (struct axis_of_try){.name = name};
    if (lua_type(L, -1) != LUA_TTABLE)
        fail(L, "try.%s should be a list of values, or {low = ..., high = ...}", name);
    a->count = lua_rawlen(L, -1);
    if (a->count)
        return;
    lua_getfield(L, -1, "low");
    lua_getfield(L, -2, "high");
    if (lua_type(L, -1) != LUA_TNUMBER || lua_type(L, -2) != LUA_TNUMBER)
        fail(L, "try.%s should be a list of values, or {low = ..., high = ...}", name);
    a->low = lua_tonumber(L, -2);
    a->high = lua_tonumber(L, -1);
    a->whole = lua_isinteger(L, -1) && lua_isinteger(L, -2);
    if (!(a->low < a->high))
        fail(L, "try.%s: low should be less than high", name);
    lua_pop(L, 2);
}

static size_t read_axes(lua_State *L, struct axis_of_try *axes)
{
    int iterator;
    size_t n = 0;

    lua_getfield(L, 1, "try");
    if (lua_type(L, -1) != LUA_TTABLE)
        fail(L, "option 'try' is required: the settings, as {max_depth = {2, 4, 6}}");
    lua_pushcfunction(L, base_pairs);
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    iterator = lua_gettop(L);
    for (;;) {
        lua_pushvalue(L, iterator);
        lua_call(L, 0, 2);
        if (lua_isnil(L, -2))
            break;
        if (lua_type(L, -2) != LUA_TSTRING || n == AXES_MAX)
            fail(L, "option 'try' holds at most %d settings, each with its name", AXES_MAX);
        read_axis(L, &axes[n++], lua_tostring(L, -2));
        lua_pop(L, 2);
    }
    lua_settop(L, iterator - 1); /* `try` stays */
    if (!n)
        fail(L, "option 'try' is empty");
    return n;
}

/* The value of an axis in a trial, as text: by its place in the grid, or drawn. */
static void put_value_of(lua_State *L, struct str *out, const struct axis_of_try *a, int try_index,
                         size_t place, uint64_t chance)
{
    double at = ((double)(chance >> 11) + 0.5) * 0x1p-53;
    double v = a->low > 0 && a->high / a->low >= 10 ? a->low * pow(a->high / a->low, at)
                                                    : a->low + (a->high - a->low) * at;

    if (!a->count) {
        if (a->whole)
            v = floor(a->low + (a->high - a->low + 1) * at);
        str_printf(out, "%.4g", v);
        return;
    }
    lua_getfield(L, try_index, a->name);
    lua_rawgeti(L, -1, (lua_Integer)place + 1);
    if (lua_type(L, -1) != LUA_TNUMBER && lua_type(L, -1) != LUA_TSTRING)
        fail(L, "try.%s should hold numbers or words, not %s", a->name, value_kind(L, -1));
    str_puts(out, lua_tostring(L, -1));
    lua_pop(L, 2);
}

static size_t count_trials(lua_State *L, const struct axis_of_try *axes, size_t n, bool *random)
{
    size_t product = 1;

    *random = has_option(L, 1, "trials");
    for (size_t i = 0; i < n; i++) {
        if (!axes[i].count && !*random)
            fail(L, "try.%s is a range: say how many settings to draw with trials = 20",
                 axes[i].name);
        product = product < TRIALS_MAX ? product * (axes[i].count ? axes[i].count : 1) : product;
    }
    if (*random)
        return (size_t)option_whole(L, 1, "trials", 0, 1, TRIALS_MAX);
    if (product > TRIALS_MAX)
        fail(L, "more than %d combinations: draw some with trials = 50", TRIALS_MAX);
    return product;
}

/* The values of trial `t` as texts, on Lua's stack as a list. */
static void push_trial(lua_State *L, const struct axis_of_try *axes, size_t n, int try_index,
                       size_t t, bool random, uint64_t seed)
{
    size_t rest = t;

    lua_createtable(L, (int)n, 0);
    for (size_t i = n; i-- > 0;) {
        uint64_t chance = mix(mix(seed + 1) + t * 0x9e3779b97f4a7c15 + i + 1);
        size_t place = random && axes[i].count ? chance % axes[i].count
                       : axes[i].count         ? rest % axes[i].count
                                               : 0;
        struct str *value = push_str(L);

        rest /= axes[i].count ? axes[i].count : 1;
        put_value_of(L, value, &axes[i], try_index, place, chance);
        lua_pushlstring(L, value->ptr, value->len);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
        lua_pop(L, 1);
    }
}

/* Train and measure one trial, whose values are the list on top of the stack. */
static void run_trial(lua_State *L, struct measured *m, const struct lk_matrix *data,
                      const struct axis_of_try *axes, size_t n, uint64_t seed)
{
    struct lk_params *p = learn_params(L, data);
    struct lk_error err = {0};
    int values = lua_gettop(L) - 1;

    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, values, (lua_Integer)i + 1);
        need_ok(L, lk_params_set(p, axes[i].name, lua_tostring(L, -1), &err), &err);
        lua_pop(L, 1);
    }
    need_ok(L, measure(m, data, seed, p, learn_threads(L), &err), &err);
    lua_pop(L, 1);
}

/* A box for what is measured, so that an error frees it. */
static int free_measured(lua_State *L)
{
    measured_done(lua_touserdata(L, 1));
    return 0;
}

static struct measured *push_measured(lua_State *L, size_t rounds, size_t folds)
{
    struct measured *m = lua_newuserdatauv(L, sizeof *m, 0);

    memset(m, 0, sizeof *m);
    if (luaL_newmetatable(L, "lab.measured")) {
        lua_pushcfunction(L, free_measured);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    measured_init(m, lab_of(L), rounds, folds);
    return m;
}

/* The table of all trials, the best first; on Lua's stack. */
static void push_ranking(lua_State *L, const struct axis_of_try *axes, size_t n, size_t trials,
                         const double *results, const char *metric, bool more, int values)
{
    struct table **all = push_table(L), **ranked;
    int list;

    *all = table_new(trials);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, (int)trials, 0);
        list = lua_gettop(L);
        for (size_t t = 0; t < trials; t++) {
            lua_rawgeti(L, values, (lua_Integer)t + 1);
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            if (lua_stringtonumber(L, lua_tostring(L, -1)))
                lua_replace(L, -2);
            lua_rawseti(L, list, (lua_Integer)t + 1);
            lua_pop(L, 1);
        }
        lab_put_list(L, *all, axes[i].name, list);
        lua_settop(L, list - 1);
    }
    table_put_numbers(*all, metric, results);
    table_put_numbers(*all, "deviation", results + trials);
    table_put_numbers(*all, "best_round", results + 2 * trials);
    ranked = push_table(L);
    *ranked = table_sort(*all, find_column(L, *all, metric), more);
}

int call_xgb_tune(lua_State *L)
{
    struct axis_of_try axes[AXES_MAX];
    const char *label, *metric;
    const struct lk_matrix *m;
    struct measured *measured;
    size_t n, trials, rounds;
    bool random, more = false;
    uint64_t seed;
    double *results;
    int try_index, values;
    char name[64] = "";

    m = learn_data(L, &label);
    need_no_groups(L);
    n = read_axes(L, axes);
    try_index = lua_gettop(L);
    trials = count_trials(L, axes, n, &random);
    metric = option_text(L, 1, "metric");
    rounds = (size_t)option_whole(L, 1, "rounds", 10, 1, 100000);
    seed = (uint64_t)option_whole(L, 1, "seed", 0, 0, INT32_MAX);
    measured = push_measured(L, rounds, folds_option(L, m, 3));
    measured->total *= trials;
    results = lua_newuserdatauv(L, 3 * (trials + 1) * sizeof *results, 0);
    lua_createtable(L, (int)trials, 0);
    values = lua_gettop(L);
    for (size_t t = 0; t < trials; t++) {
        size_t which, best;

        push_trial(L, axes, n, try_index, t, random, seed);
        run_trial(L, measured, m, axes, n, seed);
        lua_rawseti(L, values, (lua_Integer)t + 1);
        if (measured->stopped)
            return luaL_error(L, "stopped");
        which = find_metric(measured, metric);
        if (which == METRICS_MAX)
            fail(L, "the metric '%s' was not measured: name it in eval_metric too", metric);
        best = best_round(measured, which, 0);
        more = gbt_metric_maximized(measured->names[which] + strlen("test "));
        snprintf(name, sizeof name, "%s", measured->names[which] + 5);
        results[t] = mean_at(measured, best, which);
        results[trials + t] = deviation_at(measured, best, which);
        results[2 * trials + t] = (double)best + 1;
    }
    push_ranking(L, axes, n, trials, results, name, more, values);
    return 1;
}
