/* xgb.evaluate: a model's metrics on a table. */
#include "lab/calls.h"
#include "lab/learn.h"

static double evaluate(lua_State *L, const struct lab_model *m, const struct lk_matrix *rows,
                       const char *metric)
{
    struct lk_error err = {0};
    double value;

    need_ok(L, lk_evaluate(&value, m->model, rows, metric, lab_of(L)->host.threads, &err), &err);
    return value;
}

int call_xgb_evaluate(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const struct table *t = need_table(L, 2, "the second value");
    struct lk_matrix **box = push_matrix(L);
    lua_Integer n;

    learn_matrix(L, box, t, learn_label(L, m), m->positive, m->model);
    if (lua_type(L, 3) == LUA_TSTRING) {
        lua_pushnumber(L, evaluate(L, m, *box, lua_tostring(L, 3)));
        return 1;
    }
    if (lua_type(L, 3) != LUA_TTABLE || !lua_rawlen(L, 3))
        fail(L, "expected a metric's name, or a list as {\"auc\", \"logloss\"}, not %s",
             value_kind(L, 3));
    n = (lua_Integer)lua_rawlen(L, 3);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 3, i);
        lua_pushnumber(L, evaluate(L, m, *box, need_text(L, lua_gettop(L), "a metric's name")));
        lua_settable(L, -3);
    }
    return 1;
}
