/*
 * The library `xgb`: training and measuring. A model remembers the name of its
 * label and the word that counts as positive, also in its file (as attributes,
 * which XGBoost carries along), so that measuring needs to be told neither.
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "lab/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVALS_MAX = 8, METRICS_MAX = 64, ROUNDS_MAX = 100000 };

/* ---- tables to matrices -------------------------------------------------- */

/*
 * The table with the label as 0 and 1 where a positive word is given (in a box
 * on Lua's stack), else the table itself. *negative is the other word, if
 * there is just one.
 */
static const struct table *with_positive(lua_State *L, const struct table *t, size_t label,
                                         const char *positive, const char **negative)
{
    const struct table_column *c = &t->column[label];
    double *v;
    int32_t code = -1;
    bool seen = false;

    if (!positive)
        return t;
    if (c->type != TABLE_TEXT)
        fail(L, "'positive' is for a label of words; '%s' holds numbers already", c->name);
    for (size_t i = 0; i < c->dict.n; i++)
        if (!strcmp(c->dict.words[i], positive))
            code = (int32_t)i;
        else if (negative)
            *negative = c->dict.n == 2 ? c->dict.words[i] : *negative;
    v = lua_newuserdatauv(L, (t->rows + 1) * sizeof *v, 0);
    for (size_t r = 0; r < t->rows; r++) {
        v[r] = c->codes[r] < 0 ? NAN : c->codes[r] == code;
        seen |= v[r] == 1;
    }
    if (code < 0 || !seen)
        fail(L, "no row has the label '%s' = '%s'", c->name, positive);
    *push_table(L) = table_copy(t);
    table_put_numbers(*(struct table **)lua_touserdata(L, -1), c->name, v);
    return *(struct table **)lua_touserdata(L, -1);
}

void learn_matrix(lua_State *L, struct lk_matrix **box, const struct table *t, const char *label,
                  const char *positive, const struct lk_model *model)
{
    struct lk_error err = {0};
    size_t column = label ? find_column(L, t, label) : SIZE_MAX;

    if (label)
        t = with_positive(L, t, column, positive, NULL);
    need_ok(L, table_to_matrix(box, t, column, NULL, 0, model, &err), &err);
}

/* ---- options of training ------------------------------------------------- */

/* What a training call is made of; texts are held by its options. */
struct recipe {
    const struct table *data;
    const char *label, *positive, *negative, *weight, *query, *group;
    const struct table *shaped; /* data with the label as numbers */
    size_t ignore[64], ignored;
};

static const struct table *option_table(lua_State *L, int i, const char *name)
{
    const struct table *t;

    lua_getfield(L, i, name);
    t = as_table(L, -1);
    if (!t)
        fail(L, "option '%s' should be a table of data, not %s", name, value_kind(L, -1));
    lua_pop(L, 1); /* the options hold it */
    return t;
}

static void ignore_column(lua_State *L, struct recipe *r, const char *name)
{
    if (r->ignored == 64)
        fail(L, "at most 64 columns can be ignored; use t:drop");
    r->ignore[r->ignored++] = find_column(L, r->data, name);
}

static bool is_empty_list(lua_State *L, int i)
{
    bool empty;

    if (lua_type(L, i) != LUA_TTABLE)
        return false;
    i = lua_absindex(L, i);
    lua_pushnil(L);
    empty = !lua_next(L, i);
    if (!empty)
        lua_pop(L, 2);
    return empty;
}

/* What is neither parameter nor option may be near to either. */
static void need_parameter(lua_State *L, const char *name)
{
    char option[OPTIONS_TEXT], parameter[GBT_NAME_MAX];
    const char *near[2], *nearest;
    size_t n = 0;

    if ((near[n] = nearest_option(this_call(L), name, option)))
        n++;
    if ((near[n] = gbt_params_nearest(name, parameter)))
        n++;
    nearest = error_nearest(name, near, n);
    if (nearest && strcmp(nearest, name))
        fail(L, "there is no option '%s'; did you mean '%s'?", name, nearest);
}

/* Before anything is missed: a required option may be there, misspelt. */
static void need_known_keys(lua_State *L)
{
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING && !is_option(this_call(L), lua_tostring(L, -2)))
            need_parameter(L, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
}

static void read_recipe(lua_State *L, struct recipe *r)
{
    memset(r, 0, sizeof *r);
    if (lua_type(L, 1) != LUA_TTABLE)
        fail(L, "options stand in braces, as %s; found %s", this_call(L)->signature,
             value_kind(L, 1));
    need_known_keys(L);
    if (!has_option(L, 1, "data") || !has_option(L, 1, "label"))
        fail(L, "options 'data' (a table) and 'label' (a column's name) are required");
    r->data = option_table(L, 1, "data");
    r->label = option_text(L, 1, "label");
    r->positive = option_text(L, 1, "positive");
    r->weight = option_text(L, 1, "weight");
    r->query = option_text(L, 1, "query");
    if (r->weight)
        ignore_column(L, r, r->weight);
    if (r->query)
        ignore_column(L, r, r->query);
    r->group = option_text(L, 1, "group");
    if (r->group)
        ignore_column(L, r, r->group);
    if (has_option(L, 1, "ignore")) {
        size_t n = 0, *columns = NULL;

        lua_getfield(L, 1, "ignore");
        if (!is_empty_list(L, -1)) /* {} is "none", as one writes it at first */
            columns = need_columns(L, r->data, lua_gettop(L), &n);
        for (size_t i = 0; i < n; i++)
            ignore_column(L, r, r->data->column[columns[i]].name);
    }
    r->shaped =
        with_positive(L, r->data, find_column(L, r->data, r->label), r->positive, &r->negative);
}

/* A column of numbers of t as a field of m. */
static void set_field(lua_State *L, struct lk_matrix *m, const struct table *t, const char *field,
                      const char *name)
{
    const struct table_column *c = &t->column[find_column(L, t, name)];
    float *v = lua_newuserdatauv(L, (t->rows + 1) * sizeof *v, 0);
    struct lk_error err = {0};

    for (size_t r = 0; r < t->rows; r++)
        v[r] = c->type == TABLE_NUMBER ? (float)c->numbers[r] : (float)c->codes[r];
    need_ok(L, lk_matrix_set_field(m, field, v, 1, &err), &err);
}

static struct lk_matrix *push_training(lua_State *L, const struct recipe *r)
{
    struct lk_matrix **box = push_matrix(L);
    struct lk_error err = {0};

    need_ok(L,
            table_to_matrix(box, r->shaped, find_column(L, r->shaped, r->label), r->ignore,
                            r->ignored, NULL, &err),
            &err);
    if (r->weight)
        set_field(L, *box, r->data, "weight", r->weight);
    if (r->query)
        set_field(L, *box, r->data, "query", r->query);
    return *box;
}

/* ---- XGBoost's own parameters -------------------------------------------- */

static int free_params(lua_State *L)
{
    struct lk_params **box = lua_touserdata(L, 1);

    lk_params_free(*box);
    *box = NULL;
    return 0;
}

static struct lk_params *push_params(lua_State *L)
{
    struct lk_params **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    if (luaL_newmetatable(L, "lab.params")) {
        lua_pushcfunction(L, free_params);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return *box = lk_params_new();
}

/* One value (on top of the stack, left there) as XGBoost's text. */
static void put_param_text(lua_State *L, struct str *out, const char *name)
{
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        str_puts(out, lua_toboolean(L, -1) ? "1" : "0");
        return;
    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_pushvalue(L, -1);
        str_puts(out, lua_tostring(L, -1));
        lua_pop(L, 1);
        return;
    default:
        fail(L, "parameter '%s' should be a number or text, not %s", name, value_kind(L, -1));
    }
}

static void put_param(lua_State *L, struct lk_params *p, const char *name, const char *value)
{
    struct lk_error err = {0};

    need_ok(L, lk_params_set(p, name, value, &err), &err);
}

/* A list: eval_metric is set several times, others are one text "(a,b)". */
static void set_list(lua_State *L, struct lk_params *p, const char *name)
{
    bool metrics = !strcmp(name, "eval_metric");
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    int list = lua_gettop(L);
    struct str *text = push_str(L);

    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, list, i);
        if (!metrics)
            str_putc(text, i == 1 ? '(' : ',');
        put_param_text(L, text, name);
        lua_pop(L, 1);
        if (metrics) {
            put_param(L, p, name, text->ptr);
            str_clear(text);
        }
    }
    if (!metrics) {
        str_putc(text, ')');
        put_param(L, p, name, text->ptr);
    }
    lua_settop(L, list);
}

static void set_param(lua_State *L, struct lk_params *p, const char *name)
{
    int value = lua_gettop(L);
    struct str *text;

    if (lua_type(L, value) == LUA_TTABLE) {
        set_list(L, p, name);
        return;
    }
    text = push_str(L);
    lua_pushvalue(L, value);
    put_param_text(L, text, name);
    put_param(L, p, name, text->ptr);
    lua_settop(L, value);
}

/* Classes that a multi-class objective needs to be told. */
static size_t count_classes(const struct lk_matrix *m)
{
    float most = 0;

    for (size_t r = 0; m->labels && r < m->rows; r++)
        most = m->labels[r] > most ? m->labels[r] : most;
    return m->classes.n ? m->classes.n : (size_t)most + 1;
}

static void set_classes(lua_State *L, struct lk_params *p, const struct lk_matrix *m)
{
    const char *objective = option_text(L, 1, "objective");
    struct lk_error err = {0};
    char text[32];

    if (objective && !strncmp(objective, "multi:", 6) && !has_option(L, 1, "num_class")) {
        snprintf(text, sizeof text, "%zu", count_classes(m));
        need_ok(L, lk_params_set(p, "num_class", text, &err), &err);
    }
    if (!objective && m->classes.n > 2)
        fail(L, "the label is one of %zu words: say objective = \"multi:softprob\"", m->classes.n);
    if (!objective && m->classes.n == 2)
        fail(L, "the label is one of two words: say objective = \"binary:logistic\", and with "
                "`positive` which word counts as 1");
}

struct lk_params *learn_params(lua_State *L, const struct lk_matrix *m)
{
    struct lk_params *p = push_params(L);
    struct lk_error err = {0};
    char seed[32];

    lua_pushnil(L);
    while (lua_next(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            fail(L, "an option has a name, as {rounds = 10}; found a value without one");
        if (!is_option(this_call(L), lua_tostring(L, -2)))
            set_param(L, p, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    snprintf(seed, sizeof seed, "%lld", (long long)option_whole(L, 1, "seed", 0, 0, INT32_MAX));
    need_ok(L, lk_params_set(p, "seed", seed, &err), &err);
    if (is_option(this_call(L), "metric") && option_text(L, 1, "metric") &&
        !has_option(L, 1, "eval_metric"))
        need_ok(L, lk_params_set(p, "eval_metric", option_text(L, 1, "metric"), &err), &err);
    set_classes(L, p, m);
    return p;
}

int learn_threads(lua_State *L)
{
    return (int)option_whole(L, 1, "threads", lab_of(L)->host.threads, 0, 1024);
}

const struct lk_matrix *learn_data(lua_State *L, const char **label)
{
    struct recipe r;

    read_recipe(L, &r);
    *label = r.label;
    return push_training(L, &r);
}

/* ---- training ------------------------------------------------------------ */

/* What on_round keeps. */
struct follow {
    struct lab *lab;
    double *values; /* (rounds, metrics) */
    size_t rounds, metrics, cap;
    char names[METRICS_MAX][64];
    bool stopped;
    int64_t shown_ns;
};

static void keep_round(struct follow *f, const struct lk_round *r)
{
    if (!f->rounds) {
        f->metrics = r->metrics < METRICS_MAX ? r->metrics : METRICS_MAX;
        for (size_t i = 0; i < f->metrics; i++)
            snprintf(f->names[i], sizeof f->names[i], "%s %s", r->data[i], r->metric[i]);
    }
    if (f->rounds == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 64;
        f->values = mem_resize(f->values, f->cap * (f->metrics + 1), sizeof *f->values);
    }
    for (size_t i = 0; i < f->metrics; i++)
        f->values[f->rounds * f->metrics + i] = i < r->metrics ? r->value[i] : NAN;
    f->rounds++;
}

static bool on_round(void *ctx, const struct lk_round *r)
{
    struct follow *f = ctx;
    struct lab *l = f->lab;
    int64_t now = clock_steady_ns();
    char note[160] = "";

    keep_round(f, r);
    if (now - f->shown_ns > 100000000 || r->round + 1 == r->rounds) {
        f->shown_ns = now;
        if (f->metrics)
            snprintf(note, sizeof note, "%s %.4g", f->names[f->metrics - 1],
                     r->value[f->metrics - 1]);
        emit_progress(l, "training", (double)r->round + 1, (double)r->rounds, note);
    }
    f->stopped = l->host.stopped && l->host.stopped(l->host.ctx);
    return !f->stopped;
}

/* The rounds as a table: round, and a column for each metric. */
static struct table *history_table(const struct follow *f)
{
    struct table *t = table_new(f->rounds);
    double *column = mem_calloc(f->rounds + 1, sizeof *column);

    for (size_t r = 0; r < f->rounds; r++)
        column[r] = (double)r + 1;
    table_put_numbers(t, "round", column);
    for (size_t i = 0; i < f->metrics; i++) {
        for (size_t r = 0; r < f->rounds; r++)
            column[r] = f->values[r * f->metrics + i];
        table_put_numbers(t, f->names[i], column);
    }
    free(column);
    return t;
}

struct evals {
    const struct lk_matrix *matrix[EVALS_MAX];
    const char *name[EVALS_MAX];
    size_t n;
};

/* The tables of option evals, in the order of their names, behind the training rows. */
static void read_evals(lua_State *L, const struct recipe *r, const struct lk_matrix *m,
                       struct evals *e)
{
    /* The columns, codes and classes of the training data, which the others must follow. */
    struct lk_model *shape = lua_newuserdatauv(L, sizeof *shape, 0);
    int options, iterator;

    *shape = (struct lk_model){.features = m->columns,
                               .names = m->names,
                               .types = m->types,
                               .dictionaries = m->dictionaries,
                               .label_classes = m->classes};
    if (!has_option(L, 1, "evals"))
        return;
    e->matrix[e->n] = m;
    e->name[e->n++] = "train";
    lua_getfield(L, 1, "evals");
    options = lua_gettop(L);
    if (lua_type(L, options) != LUA_TTABLE)
        fail(L, "option 'evals' should be {name = table}, not %s", value_kind(L, options));
    lua_pushcfunction(L, base_pairs);
    lua_pushvalue(L, options);
    lua_call(L, 1, 1);
    iterator = lua_gettop(L);
    for (;;) {
        struct lk_matrix **box;
        const struct table *t;

        luaL_checkstack(L, 16, "too many tables in evals");
        lua_pushvalue(L, iterator);
        lua_call(L, 0, 2);
        if (lua_isnil(L, -2))
            break;
        t = as_table(L, -1);
        if (!t || lua_type(L, -2) != LUA_TSTRING)
            fail(L, "option 'evals' should be {name = table}, as {held_out = test}");
        if (e->n == EVALS_MAX)
            fail(L, "at most %d tables in evals", EVALS_MAX - 1);
        e->name[e->n] = lua_tostring(L, -2); /* the options hold it */
        box = push_matrix(L);
        learn_matrix(L, box, t, r->label, r->positive, shape);
        if (r->weight)
            set_field(L, *box, t, "weight", r->weight);
        if (r->query)
            set_field(L, *box, t, "query", r->query);
        e->matrix[e->n++] = *box;
    }
}

static void remember(struct lab_model *m, const struct recipe *r)
{
    m->label = mem_strdup(r->label);
    gbt_model_set_attribute(m->model, "label", r->label);
    if (r->positive) {
        m->positive = mem_strdup(r->positive);
        gbt_model_set_attribute(m->model, "positive", r->positive);
        if (r->negative)
            gbt_model_set_attribute(m->model, "negative", r->negative);
    }
}

int call_xgb_train(lua_State *L)
{
    struct recipe r;
    struct evals evals = {.n = 0};
    struct follow follow = {.lab = lab_of(L)};
    struct lk_train_options o = {.on_round = on_round, .ctx = &follow};
    const struct lk_matrix *m;
    struct lk_params *p;
    struct lab_model *out;
    struct lk_error err = {0};
    enum lk_status st;
    int box;

    read_recipe(L, &r);
    m = push_training(L, &r);
    p = learn_params(L, m);
    read_evals(L, &r, m, &evals);
    o.rounds = (size_t)option_whole(L, 1, "rounds", 10, 1, ROUNDS_MAX);
    o.early_stop = (size_t)option_whole(L, 1, "early_stop", 0, 0, ROUNDS_MAX);
    o.evals = evals.matrix;
    o.eval_names = evals.name;
    o.eval_count = evals.n;
    o.threads = learn_threads(L);
    if (o.early_stop && evals.n < 2)
        fail(L, "early_stop needs rows that were kept back: give evals = {held_out = test}");
    if (has_option(L, 1, "start")) {
        lua_getfield(L, 1, "start");
        o.start = need_model(L, lua_gettop(L), "option 'start'")->model;
    }
    out = push_model(L);
    box = lua_gettop(L);
    st = lk_train(&out->model, m, p, &o, &err);
    if (!st) {
        out->history = history_table(&follow);
        remember(out, &r);
    }
    free(follow.values);
    need_ok(L, st, &err);
    if (follow.stopped)
        return luaL_error(L, "stopped");
    if (evals.n && out->history->columns > 1 && option_flag(L, 1, "plot", true))
        plot_history(L, out->history, NULL, NULL);
    lua_pushvalue(L, box);
    return 1;
}

const char *learn_label(lua_State *L, const struct lab_model *m)
{
    if (!m->label)
        fail(L, "this model does not say which column is its label; say it where it is read: "
                "xgb.load(\"model.json\", {label = \"damage\"})");
    return m->label;
}

/* ---- files --------------------------------------------------------------- */

int call_xgb_save(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    const char *name = need_text(L, 2, "the file's name");
    size_t n = strlen(name);
    bool binary = n > 4 && !strcmp(name + n - 4, ".ubj");
    struct lab *l = lab_of(L);
    struct str *bytes = push_str(L);
    struct lk_error err = {0};

    gbt_model_print(bytes, m->model, binary ? LK_UBJSON : LK_JSON);
    need_ok(L, l->host.write(l->host.ctx, name, slice_str(bytes), &err), &err);
    emit_file(l, name, bytes->len);
    return 0;
}

/* What the caller says of the model, else what its file says; NULL where neither does. */
static char *about_model(lua_State *L, int options, const struct lk_model *m, const char *name)
{
    const char *value = option_text(L, options, name);

    if (!value)
        value = lk_model_attribute(m, name);
    return value ? mem_strdup(value) : NULL;
}

int call_xgb_load(lua_State *L)
{
    const char *name = need_text(L, 1, "the file's name");
    struct lk_error err = {0};
    struct str *bytes = push_str(L);
    struct lab_model *m = push_model(L);

    need_options(L, 2);
    read_file(L, bytes, name);
    need_ok(L, lk_model_parse(&m->model, bytes->ptr, bytes->len, name, &err), &err);
    m->label = about_model(L, 2, m->model, "label");
    m->positive = about_model(L, 2, m->model, "positive");
    m->history = table_new(0);
    return 1;
}
