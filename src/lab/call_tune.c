/*
 * xgb.tune: settings are proposed by gbt/tune.c, each is judged by
 * cross-validation, and the table of all comes back with the best first.
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "base/error.h"
#include "base/number.h"
#include "gbt/metric.h"
#include "gbt/tune.h"
#include "lab/plot.h"
#include "lab/search_chart.h"

#include <string.h>

enum { TRIALS_MAX = 1000 };

/* ---- the space ------------------------------------------------------------------ */

/* Space and search in a box on Lua's stack, so that an error frees them. */
struct tuning {
    struct tune_space space;
    struct tune_search *search;
};

static int free_tuning(lua_State *L)
{
    struct tuning *t = lua_touserdata(L, 1);

    tune_space_done(&t->space);
    tune_search_free(t->search);
    t->search = NULL;
    return 0;
}

static struct tuning *push_tuning(lua_State *L)
{
    struct tuning *t = lua_newuserdatauv(L, sizeof *t, 0);

    memset(t, 0, sizeof *t);
    if (luaL_newmetatable(L, "lab.tuning")) {
        lua_pushcfunction(L, free_tuning);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return t;
}

/* The list at the top of the stack: values to try. */
static void add_values(lua_State *L, struct tune_space *s, const char *name)
{
    size_t n = lua_rawlen(L, -1);
    int list = lua_gettop(L);
    const char *words[TUNE_WORDS_MAX];
    struct lk_error err = {0};

    if (n > TUNE_WORDS_MAX)
        fail(L, "try.%s holds more than %d values", name, TUNE_WORDS_MAX);
    luaL_checkstack(L, (int)n + 8, NULL);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        if (lua_type(L, -1) != LUA_TNUMBER && lua_type(L, -1) != LUA_TSTRING)
            fail(L, "try.%s should hold numbers or words, not %s", name, value_kind(L, -1));
        words[i] = lua_tostring(L, -1); /* the stack holds it until all are copied */
    }
    need_ok(L, tune_add_words(s, name, words, n, &err), &err);
    lua_settop(L, list);
}

/* {low = ..., high = ..., scale = ...} at the top of the stack. */
static void add_range(lua_State *L, struct tune_space *s, const char *name)
{
    int top = lua_gettop(L);
    const char *low, *high, *scale;
    enum tune_scaling scaling;
    struct lk_error err = {0};

    lua_getfield(L, top, "low");
    lua_getfield(L, top, "high");
    lua_getfield(L, top, "scale");
    if (lua_type(L, top + 1) != LUA_TNUMBER || lua_type(L, top + 2) != LUA_TNUMBER)
        fail(L, "try.%s should be a list of values, or {low = ..., high = ...}", name);
    low = lua_tostring(L, top + 1);
    high = lua_tostring(L, top + 2);
    scale = lua_type(L, top + 3) == LUA_TSTRING ? lua_tostring(L, top + 3) : NULL;
    if (!tune_find_scaling(scale, &scaling))
        fail(L, "try.%s: scale is \"Linear\", \"Logarithmic\" or \"ReverseLogarithmic\"", name);
    need_ok(L, tune_add_range(s, name, tune_find_kind(name, low, high), low, high, scaling, &err),
            &err);
    lua_settop(L, top);
}

static void read_space(lua_State *L, struct tune_space *s)
{
    int iterator;

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
        if (lua_type(L, -2) != LUA_TSTRING)
            fail(L, "option 'try' holds settings, each with its name");
        if (lua_type(L, -1) != LUA_TTABLE)
            fail(L, "try.%s should be a list of values, or {low = ..., high = ...}",
                 lua_tostring(L, -2));
        if (lua_rawlen(L, -1))
            add_values(L, s, lua_tostring(L, -2));
        else
            add_range(L, s, lua_tostring(L, -2));
        lua_settop(L, iterator);
    }
    if (!s->n)
        fail(L, "option 'try' is empty");
    lua_settop(L, iterator - 2);
}

/* How many trials, and by which strategy: without a number, all combinations. */
static size_t count_trials(lua_State *L, const struct tune_space *s, enum tune_strategy *strategy)
{
    const char *word = option_text(L, 1, "strategy");
    bool given = has_option(L, 1, "trials");
    size_t product = 1;

    if (!tune_find_strategy(word, strategy))
        fail(L, "option 'strategy' is \"bayesian\", \"random\" or \"grid\", not \"%s\"", word);
    if (!word && !given)
        *strategy = TUNE_GRID;
    for (size_t i = 0; i < s->n; i++) {
        if (!given && s->axis[i].kind != TUNE_CATEGORICAL)
            fail(L, "try.%s is a range: say how many settings to try with trials = 20",
                 s->axis[i].name);
        product = product > TRIALS_MAX ? product : product * s->axis[i].count;
    }
    if (!given && product > TRIALS_MAX)
        fail(L, "more than %d combinations: try some with trials = 50", TRIALS_MAX);
    return given ? (size_t)option_whole(L, 1, "trials", 0, 1, TRIALS_MAX) : product;
}

/* ---- trials ------------------------------------------------------------------------- */

/* What came of each trial: (trials) each, on Lua's stack. */
struct outcomes {
    double *result, *deviation, *best_round;
    char metric[64];
    bool more;
};

static void run_trial(lua_State *L, const struct tuning *t, size_t trial, struct outcomes *out,
                      const struct lk_matrix *m, const struct gbt_cv_options *o, size_t *done,
                      size_t total)
{
    struct lk_params *p = learn_params(L, m);
    const struct gbt_cv *cv;
    struct lk_error err = {0};

    for (size_t i = 0; i < t->space.n; i++)
        need_ok(L, lk_params_set(p, t->space.axis[i].name, tune_value(t->search, trial, i), &err),
                &err);
    cv = learn_cv(L, m, p, o, done, total);
    out->result[trial] = gbt_cv_mean(cv, cv->best, cv->watched);
    out->deviation[trial] = gbt_cv_deviation(cv, cv->best, cv->watched);
    out->best_round[trial] = (double)cv->best + 1;
    snprintf(out->metric, sizeof out->metric, "%s", cv->metric[cv->watched]);
    lua_pop(L, 2);
}

/* The table of all trials, the best first; on Lua's stack. */
static void push_ranking(lua_State *L, const struct tuning *t, const struct outcomes *out)
{
    size_t trials = tune_trials(t->search);
    struct table **all = push_table(L), **ranked;

    *all = table_new(trials);
    for (size_t i = 0; i < t->space.n; i++) {
        int list;

        lua_createtable(L, (int)trials, 0);
        list = lua_gettop(L);
        for (size_t k = 0; k < trials; k++) {
            const char *text = tune_value(t->search, k, i);

            if (!lua_stringtonumber(L, text))
                lua_pushstring(L, text);
            lua_rawseti(L, list, (lua_Integer)k + 1);
        }
        lab_put_list(L, *all, t->space.axis[i].name, list);
        lua_settop(L, list - 1);
    }
    table_put_numbers(*all, out->metric, out->result);
    table_put_numbers(*all, "deviation", out->deviation);
    table_put_numbers(*all, "best_round", out->best_round);
    ranked = push_table(L);
    *ranked = table_sort(*all, find_column(L, *all, out->metric), out->more);
}

static void draw_search(lua_State *L, const struct tuning *t, const struct outcomes *out)
{
    struct chart c;

    chart_search(&c, t->search, out->metric, out->more);
    plot_emit(L, &c);
}

/* The metric that decides, where the options name one: it says which way is better. */
static bool is_more_better(lua_State *L, const struct lk_params *p)
{
    const char *metric = option_text(L, 1, "metric");
    const struct gbt_objective *objective = gbt_objective_find(p->objective);
    char own[64];

    if (!metric && p->metric_count)
        metric = p->metrics[p->metric_count - 1];
    if (!metric && objective)
        metric = gbt_objective_metric(own, objective, &p->task);
    return metric && gbt_metric_maximized(metric);
}

int call_xgb_tune(lua_State *L)
{
    struct gbt_cv_options o;
    struct outcomes out = {0};
    enum tune_strategy strategy;
    const struct lk_matrix *m;
    const char *label;
    struct tuning *t;
    size_t trials, trial, done = 0;
    bool draw = option_flag(L, 1, "plot", false);

    m = learn_data(L, &label);
    t = push_tuning(L);
    read_space(L, &t->space);
    trials = count_trials(L, &t->space, &strategy);
    learn_cv_options(L, &o, 3);
    out.more = is_more_better(L, learn_params(L, m));
    t->search = tune_search_new(&t->space, strategy, out.more, o.seed);
    out.result = lua_newuserdatauv(L, 3 * (trials + 1) * sizeof *out.result, 0);
    out.deviation = out.result + trials;
    out.best_round = out.deviation + trials;
    while (tune_trials(t->search) < trials && tune_ask(t->search, &trial)) {
        run_trial(L, t, trial, &out, m, &o, &done, trials * o.rounds);
        tune_tell(t->search, trial, out.result[trial]);
    }
    push_ranking(L, t, &out);
    if (draw)
        draw_search(L, t, &out);
    return 1;
}
