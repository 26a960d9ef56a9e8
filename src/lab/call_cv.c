/*
 * xgb.cv, and what it shares with xgb.tune: the options of cross-validation,
 * and running it under a lab's eyes (progress, stop). The work itself is gbt/cv.c.
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "base/error.h"
#include "base/mem.h"
#include "lab/plot.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 100000 };

/* ---- options ----------------------------------------------------------------- */

/* The column of groups as numbers: (rows), on Lua's stack. */
static const float *group_option(lua_State *L)
{
    const char *name = option_text(L, 1, "group");
    const struct table *t;
    const struct table_column *c;
    float *v;

    if (!name)
        return NULL;
    lua_getfield(L, 1, "data");
    t = as_table(L, -1);
    lua_pop(L, 1); /* the options hold it */
    c = &t->column[find_column(L, t, name)];
    v = lua_newuserdatauv(L, (t->rows + 1) * sizeof *v, 0);
    for (size_t r = 0; r < t->rows; r++)
        v[r] = c->type == TABLE_NUMBER ? (float)c->numbers[r] : (float)c->codes[r];
    return v;
}

void learn_cv_options(lua_State *L, struct gbt_cv_options *o, int64_t folds)
{
    *o = (struct gbt_cv_options){
        .folds = (size_t)option_whole(L, 1, "folds", folds, 2, GBT_CV_FOLDS_MAX),
        .rounds = (size_t)option_whole(L, 1, "rounds", 10, 1, ROUNDS_MAX),
        .early_stop = (size_t)option_whole(L, 1, "early_stop", 0, 0, ROUNDS_MAX),
        .seed = (uint64_t)option_whole(L, 1, "seed", 0, 0, INT32_MAX),
        .metric = option_text(L, 1, "metric"),
        .plain = !option_flag(L, 1, "stratify", true),
        .threads = learn_threads(L),
        .group = group_option(L),
    };
}

/* ---- under the lab's eyes ------------------------------------------------------- */

struct watch {
    struct lab *lab;
    size_t *done, total;
};

static bool on_round(void *ctx, const struct gbt_cv *cv)
{
    struct watch *w = ctx;

    ++*w->done;
    if (*w->done % 5 == 0 || *w->done == w->total)
        emit_progress(w->lab, "cross-validation", (double)*w->done, (double)w->total, "");
    return !w->lab->host.stopped || !w->lab->host.stopped(w->lab->host.ctx);
}

static int free_cv(lua_State *L)
{
    struct gbt_cv **box = lua_touserdata(L, 1);

    gbt_cv_free(*box);
    *box = NULL;
    return 0;
}

static struct gbt_cv **push_cv(lua_State *L)
{
    struct gbt_cv **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    if (luaL_newmetatable(L, "lab.cv")) {
        lua_pushcfunction(L, free_cv);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return box;
}

const struct gbt_cv *learn_cv(lua_State *L, const struct lk_matrix *m, const struct lk_params *p,
                              const struct gbt_cv_options *o, size_t *done, size_t total)
{
    struct watch watch = {lab_of(L), done, total};
    struct gbt_cv_options watched = *o;
    struct gbt_cv **box = push_cv(L);
    struct lk_error err = {0};

    watched.on_round = on_round;
    watched.ctx = &watch;
    need_ok(L, gbt_cv_run(box, m, p, &watched, &err), &err);
    if ((*box)->stopped)
        luaL_error(L, "stopped");
    return *box;
}

/* ---- xgb.cv ---------------------------------------------------------------------- */

typedef double of_series(const struct gbt_cv *cv, size_t round, size_t series);

static void put_series(struct table *t, const struct gbt_cv *cv, of_series *of, const char *suffix)
{
    double *v = mem_calloc(t->rows + 1, sizeof *v);
    char name[128];

    for (size_t s = 0; s < cv->series; s++) {
        for (size_t r = 0; r < t->rows; r++)
            v[r] = of(cv, r, s);
        snprintf(name, sizeof name, "%s %s%s", cv->data[s], cv->metric[s], suffix);
        table_put_numbers(t, name, v);
    }
    free(v);
}

static struct table *cv_table(const struct gbt_cv *cv, size_t rounds)
{
    struct table *t = table_new(rounds);
    double *v = mem_calloc(rounds + 1, sizeof *v);

    for (size_t r = 0; r < rounds; r++)
        v[r] = (double)r + 1;
    table_put_numbers(t, "round", v);
    free(v);
    put_series(t, cv, gbt_cv_mean, "");
    put_series(t, cv, gbt_cv_deviation, " deviation");
    return t;
}

int call_xgb_cv(lua_State *L)
{
    struct gbt_cv_options o;
    const struct gbt_cv *cv;
    const struct lk_matrix *m;
    const struct lk_params *p;
    const char *label;
    struct table **box;
    size_t done = 0;
    bool draw = option_flag(L, 1, "plot", true);

    m = learn_data(L, &label);
    p = learn_params(L, m);
    learn_cv_options(L, &o, 5);
    cv = learn_cv(L, m, p, &o, &done, o.rounds);
    box = push_table(L);
    *box = cv_table(cv, o.early_stop ? cv->best + 1 : cv->rounds);
    if (draw)
        plot_history(L, *box, cv->metric[cv->watched], NULL);
    return 1; /* the box is on top: plot_history pushes nothing that stays */
}
