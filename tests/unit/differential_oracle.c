/*
 * The real XGBoost 1.7.4 as judge of cases that nobody thought of: data,
 * objective, booster and parameters are drawn by a seed, both train, and
 *   - the trees must be the same, node by node (by 1.7's rules of arithmetic);
 *   - XGBoost's model, read here from JSON, UBJSON and the old binary format, must
 *     score odd rows as XGBoost does, in every kind of prediction and any range of
 *     rounds;
 *   - our model, written in both formats, must score the same in XGBoost;
 *   - every metric that goes with the labels must have the same value.
 * Then models that only XGBoost makes, by exact search with pruning (which leaves
 * deleted nodes), with rows drawn and trees dropped, linear ones, rankings: these
 * are read, scored, judged and written again.
 *
 * DIFFERENTIAL="first count" runs other seeds than the few of the test suite.
 */
#include "gbt/random.h"
#include "unit/same_trees.h"

#include "base/number.h"

#include <unistd.h>
#include <xgboost/c_api.h>

enum { TEST_ROWS = 120, PARAMS_MAX = 40, TARGETS_MAX = 3 };

/* ---- chance ---------------------------------------------------------------------- */

static uint64_t state, turn;

static double chance(void)
{
    return gbt_draw(state, turn++);
}

static int pick(int n)
{
    return (int)(chance() * n);
}

static bool one_in(int n)
{
    return pick(n) == 0;
}

/* ---- a case ------------------------------------------------------------------------ */

enum label {
    ANY,
    NOT_BELOW,
    POSITIVE,
    SHARE,
    BINARY,
    CLASSES,
    COUNTS,
    TIMES,
    BOUNDS,
    DEGREES,
};

struct objective {
    const char *name;
    enum label label;
    const char *metrics; /* besides its own */
    const char *set;     /* "name=value" or NULL */
    bool many;           /* takes several targets */
};

static const struct objective objectives[] = {
    {"reg:squarederror", ANY, "rmse mae mape mphe", NULL, true},
    {"reg:squaredlogerror", NOT_BELOW, "rmsle rmse", NULL, true},
    {"reg:pseudohubererror", ANY, "mphe mae", NULL, true},
    {"reg:pseudohubererror", ANY, "mphe mae", "huber_slope=0.4", false},
    {"reg:absoluteerror", ANY, "mae rmse", NULL, false},
    {"reg:logistic", SHARE, "rmse logloss", NULL, true},
    {"reg:gamma", POSITIVE, "gamma-nloglik gamma-deviance", NULL, false},
    {"reg:tweedie", NOT_BELOW, "tweedie-nloglik@1.3 rmse", "tweedie_variance_power=1.3", false},
    {"binary:logistic", BINARY, "logloss error error@0.3 auc aucpr rmse", NULL, true},
    {"binary:logitraw", BINARY, "auc aucpr", NULL, true},
    {"binary:hinge", BINARY, "error rmse", NULL, false},
    {"multi:softprob", CLASSES, "mlogloss merror auc", NULL, false},
    {"multi:softmax", CLASSES, "merror", NULL, false},
    {"count:poisson", COUNTS, "poisson-nloglik rmse", NULL, false},
    {"survival:cox", TIMES, "cox-nloglik", NULL, false},
    {"survival:aft", BOUNDS, "aft-nloglik interval-regression-accuracy", NULL, false},
    {"survival:aft", BOUNDS, "aft-nloglik",
     "aft_loss_distribution=logistic aft_loss_distribution_scale=1.3", false},
    {"survival:aft", BOUNDS, "aft-nloglik",
     "aft_loss_distribution=extreme aft_loss_distribution_scale=0.8", false},
};

/* Pairs are drawn in 1.7: models of these are only read. (Its map@k and pre@k divide by other
 * counts.) */
static const struct objective rankings[] = {
    {"rank:ndcg", DEGREES, "ndcg ndcg@3 ndcg@5- auc", NULL, false},
    {"rank:pairwise", DEGREES, "ndcg@2 auc", NULL, false},
    {"rank:map", BINARY, "map", NULL, false},
};

struct one_case {
    uint64_t seed;
    const struct objective *objective;
    size_t rows, columns, targets, classes;
    int rounds;
    bool categories, lossguide, linear, sampled;
    const char *name[PARAMS_MAX];
    char *value[PARAMS_MAX];
    size_t params;
    struct lk_matrix *train, *test;
    struct arena arena;
};

static void set(struct one_case *c, const char *name, const char *fmt, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    assert_true(vasprintf(&text, fmt, args) >= 0);
    va_end(args);
    assert_true(c->params < PARAMS_MAX);
    c->name[c->params] = name;
    c->value[c->params++] = arena_strdup(&c->arena, text);
    free(text);
}

static void set_list(struct one_case *c, const char *text)
{
    struct slice rest = slice_of(text), one;

    while (rest.len && slice_split(&rest, ' ', &one)) {
        size_t eq = slice_find(one, '=');

        set(c, arena_strndup(&c->arena, one.ptr, eq), "%.*s", (int)(one.len - eq - 1),
            one.ptr + eq + 1);
    }
}

static void draw_constraints(struct one_case *c)
{
    struct str s = STR_INIT;

    if (one_in(6) && !c->categories) {
        str_putc(&s, '(');
        for (size_t f = 0; f < c->columns; f++)
            str_printf(&s, "%s%d", f ? "," : "", pick(3) - 1);
        str_putc(&s, ')');
        set(c, "monotone_constraints", "%s", s.ptr);
        str_clear(&s);
    }
    if (one_in(8) && c->columns > 3) {
        str_printf(&s, "[[0,%d],[1,%d,2]]", 1 + pick((int)c->columns - 1), (int)c->columns - 1);
        set(c, "interaction_constraints", "%s", s.ptr);
    }
    str_done(&s);
}

static void draw_tree_params(struct one_case *c)
{
    set(c, "eta", "%.2g", 0.05 + chance());
    c->lossguide = one_in(4);
    if (c->lossguide) {
        set(c, "grow_policy", "lossguide");
        set(c, "max_leaves", "%d", 2 + pick(40));
        set(c, "max_depth", "%d", one_in(2) ? 0 : 1 + pick(8));
    } else {
        set(c, "max_depth", "%d", 1 + pick(one_in(4) ? 12 : 6));
        if (one_in(8))
            set(c, "max_leaves", "%d", 2 + pick(20));
    }
    /* not both nothing: leaves of next to no hessian then come to 10^17 */
    if (one_in(3))
        set(c, "min_child_weight", "%.2g", one_in(2) ? 0.0 : 8 * chance());
    else if (one_in(8))
        set(c, "lambda", "0");
    if (one_in(3))
        set(c, "lambda", "%.2g", 0.02 + 4 * chance());
    if (one_in(4))
        set(c, "alpha", "%.2g", 2 * chance());
    if (one_in(5))
        set(c, "gamma", "%.2g", 2 * chance());
    if (one_in(6))
        set(c, "max_delta_step", "%.2g", 0.2 + chance());
    /* 1.7 loses the rows of all but one tree of a round whose leaves are medians */
    if (one_in(6) && strcmp(c->objective->name, "reg:absoluteerror"))
        set(c, "num_parallel_tree", "%d", 2 + pick(3));
    if (one_in(3)) /* cuts are sketched where columns have more values */
        set(c, "max_bin", "%d", one_in(2) ? 200 + pick(300) : 2 + pick(70));
    if (c->categories) {
        if (one_in(2))
            set(c, "max_cat_to_onehot", "%d", 1 + pick(20));
        if (one_in(3))
            set(c, "max_cat_threshold", "%d", 1 + pick(20));
    }
    c->sampled = one_in(3);
    if (c->sampled && one_in(2))
        set(c, "subsample", "%.2g", 0.2 + 0.75 * chance());
    if (c->sampled && one_in(2))
        set(c, "colsample_bytree", "%.2g", 0.1 + 0.85 * chance());
    if (one_in(3))
        set(c, "seed", "%d", pick(1000));
    draw_constraints(c);
}

static void draw_objective(struct one_case *c, bool foreign)
{
    const struct objective *o;
    int label;

    c->objective = o = foreign && one_in(4)
                           ? &rankings[pick(sizeof rankings / sizeof *rankings)]
                           : &objectives[pick(sizeof objectives / sizeof *objectives)];
    label = (int)o->label;
    set(c, "objective", "%s", o->name);
    if (o->set)
        set_list(c, o->set);
    c->targets = o->many && one_in(6) ? 2 + (size_t)pick(TARGETS_MAX - 1) : 1;
    c->classes = label == CLASSES ? 2 + (size_t)pick(4) : 0;
    if (c->classes)
        set(c, "num_class", "%zu", c->classes);
    if (label == BINARY && one_in(4))
        set(c, "scale_pos_weight", "%.2g", 0.3 + 3 * chance());
    if (!one_in(5))
        set(c, "base_score", "%.3g", label == ANY ? 4 * chance() - 2 : 0.1 + 0.8 * chance());
}

/* ---- data ------------------------------------------------------------------------------ */

static float draw_label(enum label label, double y, size_t classes)
{
    switch (label) {
    case ANY:
        return (float)y;
    case NOT_BELOW:
        return (float)fmax(0, y);
    case POSITIVE:
        return (float)(0.05 + fabs(y));
    case SHARE:
        return (float)(1 / (1 + exp(-y)));
    case BINARY:
        return y > 0.8;
    case CLASSES:
        return (float)((size_t)fabs(y * 1.5) % classes);
    case COUNTS:
        return (float)floor(fabs(y) * 2);
    case TIMES:
        return (float)((one_in(3) ? -1 : 1) * (1 + floor(fabs(y) * 5)));
    case DEGREES:
        return (float)fmin(4, floor(fabs(y) * 2));
    case BOUNDS:
        break;
    }
    return 0;
}

static void draw_labels(const struct one_case *c, struct lk_matrix *m)
{
    bool bounds = c->objective->label == BOUNDS;

    m->targets = c->targets;
    m->labels = mem_calloc(m->rows * c->targets, sizeof *m->labels);
    m->lower = bounds ? mem_calloc(m->rows, sizeof *m->lower) : NULL;
    m->upper = bounds ? mem_calloc(m->rows, sizeof *m->upper) : NULL;
    for (size_t r = 0; r < m->rows; r++) {
        for (size_t k = 0; k < c->targets; k++) {
            double y = 2 * chance() - 0.7;

            for (size_t f = 0; f < c->columns && f < 5; f++) {
                double x = (double)m->values[r * c->columns + (f + k) % c->columns];

                y += isnan(x) ? 0.3 : sin(x * (0.3 + (double)f)) / (double)(f + 1);
            }
            m->labels[r * c->targets + k] = draw_label(c->objective->label, y, c->classes);
            if (bounds) {
                m->lower[r] = (float)(one_in(6) ? 0 : 0.5 + fabs(3 * y));
                m->upper[r] = one_in(4) ? INFINITY
                              : one_in(2) && m->lower[r] > 0
                                  ? m->lower[r]
                                  : m->lower[r] + 0.5f + (float)(3 * chance());
            }
        }
    }
    if (bounds) {
        free(m->labels);
        m->labels = NULL;
        m->targets = 1;
    }
    /* both classes, and every one */
    for (size_t r = 0; c->objective->label == BINARY && r < 4 && r < m->rows; r++)
        for (size_t k = 0; k < c->targets; k++)
            m->labels[r * c->targets + k] = (float)(r % 2);
    for (size_t r = 0; r < c->classes && r < m->rows; r++)
        m->labels[r] = (float)r;
}

/* Queries of one to twenty rows; a query has one weight, which here is each of its rows'. */
static void draw_queries(struct lk_matrix *m)
{
    float *ids = mem_calloc(m->rows, sizeof *ids);
    struct lk_error err;

    for (size_t r = 0, q = 0; r < m->rows; q++)
        for (int n = 1 + pick(20); n && r < m->rows; n--)
            ids[r++] = (float)q;
    assert_ok(lk_matrix_set_field(m, "query", ids, 1, &err), &err);
    free(ids);
    free(m->weights);
    m->weights = NULL;
}

static struct lk_matrix *draw_rows(struct one_case *c, size_t rows, const int *distinct,
                                   double missing, const bool *category)
{
    struct lk_matrix *m = gbt_matrix_new(rows, c->columns);
    bool weights = one_in(4);
    /* 1.7 leaves other rows out of a leaf's median than those of no weight */
    bool zeros = strcmp(c->objective->name, "reg:absoluteerror") != 0;

    for (size_t i = 0; i < rows * c->columns; i++) {
        size_t f = i % c->columns;
        double v = floor(chance() * distinct[f]);

        m->values[i] = category[f] ? (float)v : (float)(v - 3) * (f % 3 ? 0.25f : 1.0f);
        if (chance() < missing || distinct[f] == 0)
            m->values[i] = NAN;
    }
    draw_labels(c, m);
    if (weights && c->objective->label != TIMES) {
        m->weights = mem_calloc(rows, sizeof *m->weights);
        for (size_t r = 0; r < rows; r++)
            m->weights[r] = (float)(one_in(10) && zeros ? 0 : 0.1 + 3 * chance());
    }
    if (!strncmp(c->objective->name, "rank:", 5))
        draw_queries(m);
    if (c->categories) {
        m->types = mem_calloc(c->columns, sizeof *m->types);
        for (size_t f = 0; f < c->columns; f++)
            m->types[f] = category[f] ? GBT_CATEGORY : GBT_FLOAT;
    }
    return m;
}

static void draw_margins(const struct one_case *c, struct lk_matrix *m)
{
    m->margin_width = c->classes ? c->classes : c->targets;
    m->base_margin = mem_calloc(m->rows * m->margin_width, sizeof *m->base_margin);
    for (size_t i = 0; i < m->rows * m->margin_width; i++)
        m->base_margin[i] = (float)chance() - 0.5f;
}

/* Values that no training row had, and categories that are none. */
static void spoil_rows(struct one_case *c)
{
    static const float odd[] = {-1, 1.5f, 1000, 3e9f, -0.0f, 1e-40f, -3e38f};

    for (size_t i = 0; i < TEST_ROWS * c->columns; i++) {
        bool category = c->test->types && c->test->types[i % c->columns] == GBT_CATEGORY;

        if (one_in(12))
            c->test->values[i] = odd[pick(category ? 4 : 7)];
    }
}

static void draw_case(struct one_case *c, uint64_t seed, bool foreign)
{
    int distinct[16];
    bool category[16];
    double missing;

    *c = (struct one_case){.seed = seed};
    state = gbt_mix(seed, foreign ? 78 : 77);
    turn = 0;
    c->rows = 20 + (size_t)pick(one_in(3) ? 3000 : 400);
    c->columns = 1 + (size_t)pick(10);
    c->rounds = 1 + pick(6);
    c->categories = one_in(5);
    missing = one_in(2) ? 0 : one_in(3) ? 0.8 : 0.15;
    for (size_t f = 0; f < c->columns; f++) {
        distinct[f] = one_in(12)  ? pick(2)
                      : one_in(3) ? 2 + pick(4)
                      : one_in(6) ? 200 + pick(5000)
                                  : 2 + pick(180);
        category[f] = c->categories && (f == 0 || one_in(3));
        if (category[f])
            distinct[f] = 2 + pick(30);
    }
    draw_objective(c, foreign);
    draw_tree_params(c);
    c->train = draw_rows(c, c->rows, distinct, missing, category);
    c->test = draw_rows(c, TEST_ROWS, distinct, missing, category);
    spoil_rows(c);
    if (one_in(8)) {
        draw_margins(c, c->train);
        draw_margins(c, c->test);
    }
    if (one_in(8)) {
        set(c, "booster", "dart");
        if (one_in(2))
            set(c, "rate_drop", "%.2g", chance());
        if (one_in(3))
            set(c, "skip_drop", "%.2g", chance());
        if (one_in(3))
            set(c, "normalize_type", "forest");
        if (one_in(3))
            set(c, "sample_type", "weighted");
        else if (one_in(3))
            set(c, "one_drop", "1");
    }
}

/* What only XGBoost makes of a case. */
static void draw_foreign(struct one_case *c)
{
    static const char *const methods[] = {"exact", "approx", "hist"};

    switch (pick(5)) {
    case 0:
        c->linear = !c->categories;
        if (c->linear) {
            set(c, "booster", "gblinear");
            break;
        }
        /* fall through */
    case 1:
        set(c, "booster", "dart");
        set(c, "rate_drop", "0.4");
        set(c, "normalize_type", one_in(2) ? "forest" : "tree");
        break;
    case 2:
        set(c, "subsample", "0.6");
        set(c, "colsample_bynode", "0.7");
        break;
    default:
        set(c, "gamma", "%.2g", 3 * chance()); /* pruned afterwards by exact */
    }
    if (!c->categories && !c->lossguide)
        set(c, "tree_method", "%s", methods[pick(3)]);
}

static void case_done(struct one_case *c)
{
    lk_matrix_free(c->train);
    lk_matrix_free(c->test);
    arena_done(&c->arena);
}

static const char *describe(const struct one_case *c)
{
    static struct str s = STR_INIT;

    str_clear(&s);
    str_printf(&s, "seed %d (%zu x %zu, %d rounds%s%s%s):", (int)c->seed, c->rows, c->columns,
               c->rounds, c->train->weights ? ", weights" : "",
               c->train->base_margin ? ", margins" : "", c->categories ? ", categories" : "");
    for (size_t i = 0; i < c->params; i++)
        str_printf(&s, " %s=%s", c->name[i], c->value[i]);
    return s.ptr;
}

/* ---- XGBoost ------------------------------------------------------------------------------ */

static void xgb(int code)
{
    if (code)
        fail_msg("libxgboost: %s", XGBGetLastError());
}

static void set_wide(DMatrixHandle d, const char *field, const float *values, size_t rows,
                     size_t width)
{
    char interface[200];

    snprintf(interface, sizeof interface,
             "{\"data\":[%zu,false],\"shape\":[%zu,%zu],\"typestr\":\"<f4\",\"version\":3}",
             (size_t)(uintptr_t)values, rows, width);
    xgb(XGDMatrixSetInfoFromInterface(d, field, interface));
}

static DMatrixHandle to_theirs(const struct lk_matrix *m)
{
    DMatrixHandle d;

    xgb(XGDMatrixCreateFromMat(m->values, m->rows, m->columns, NAN, &d));
    if (m->labels)
        set_wide(d, "label", m->labels, m->rows, m->targets);
    if (m->lower) {
        xgb(XGDMatrixSetFloatInfo(d, "label_lower_bound", m->lower, m->rows));
        xgb(XGDMatrixSetFloatInfo(d, "label_upper_bound", m->upper, m->rows));
    }
    if (m->weights)
        xgb(XGDMatrixSetFloatInfo(d, "weight", m->weights, m->rows));
    if (m->query_starts) {
        unsigned *sizes = mem_calloc(m->queries, sizeof *sizes);

        for (size_t q = 0; q < m->queries; q++)
            sizes[q] = (unsigned)(m->query_starts[q + 1] - m->query_starts[q]);
        xgb(XGDMatrixSetUIntInfo(d, "group", sizes, m->queries));
        free(sizes);
    }
    if (m->base_margin)
        set_wide(d, "base_margin", m->base_margin, m->rows, m->margin_width);
    if (m->types) {
        const char *types[16];

        for (size_t f = 0; f < m->columns; f++)
            types[f] = m->types[f] == GBT_CATEGORY ? "c" : "float";
        xgb(XGDMatrixSetStrFeatureInfo(d, "feature_type", types, m->columns));
    }
    return d;
}

static BoosterHandle train_theirs(const struct one_case *c, DMatrixHandle d)
{
    BoosterHandle b;
    struct slice rest = slice_of(c->objective->metrics), one;

    xgb(XGBoosterCreate(&d, 1, &b));
    xgb(XGBoosterSetParam(b, "tree_method", "hist"));
    xgb(XGBoosterSetParam(b, "nthread", "1"));
    for (size_t i = 0; i < c->params; i++)
        xgb(XGBoosterSetParam(b, c->name[i], c->value[i]));
    while (rest.len && slice_split(&rest, ' ', &one)) {
        char *name = mem_strndup(one.ptr, one.len);

        if (c->targets == 1 || strncmp(name, "auc", 3))
            xgb(XGBoosterSetParam(b, "eval_metric", name));
        free(name);
    }
    for (int i = 0; i < c->rounds; i++)
        xgb(XGBoosterUpdateOneIter(b, i, d));
    return b;
}

static struct lk_model *train_ours(const struct one_case *c, int threads)
{
    struct lk_params *p = lk_params_new();
    struct lk_train_options o = {.rounds = (size_t)c->rounds, .threads = threads};
    struct lk_model *model = NULL;
    struct lk_error err = {0};

    assert_ok(lk_params_set(p, "xgboost_rules", "1.7", &err), &err);
    for (size_t i = 0; i < c->params; i++)
        assert_ok(lk_params_set(p, c->name[i], c->value[i], &err), &err);
    if (lk_train(&model, c->train, p, &o, &err))
        fail_msg("%s: %s", describe(c), err.text);
    lk_params_free(p);
    return model;
}

/* ---- predictions ----------------------------------------------------------------------------- */

struct kind {
    enum lk_predict_kind ours;
    int theirs;
    const char *name;
    double tolerance;
};

static const struct kind kinds[] = {
    {LK_VALUE, 0, "value", 2e-6},
    {LK_MARGIN, 1, "margin", 2e-6},
    {LK_LEAF, 6, "leaf", 0},
    {LK_CONTRIB, 2, "contrib", 2e-5},
    {LK_APPROX_CONTRIB, 3, "approx", 2e-5},
};

static void same_predictions(const struct one_case *c, const char *what, BoosterHandle b,
                             DMatrixHandle d, const struct lk_model *m, const struct kind *kind,
                             size_t end)
{
    struct lk_predict_options o = {
        .kind = kind->ours, .end = end, .all_rounds = true, .base_margin = c->test->base_margin};
    size_t width = lk_predict_width(m, &o);
    float *ours = mem_calloc(TEST_ROWS * width, sizeof *ours);
    const bst_ulong *shape;
    bst_ulong dims, n = 1;
    const float *theirs;
    struct lk_error err = {0};
    char config[200];

    snprintf(config, sizeof config,
             "{\"type\":%d,\"training\":false,\"iteration_begin\":0,\"iteration_end\":%zu,"
             "\"strict_shape\":false}",
             kind->theirs, end);
    xgb(XGBoosterPredictFromDMatrix(b, d, config, &shape, &dims, &theirs));
    for (bst_ulong i = 0; i < dims; i++)
        n *= shape[i];
    assert_ok(lk_predict(m, c->test->values, TEST_ROWS, c->columns, &o, ours, &err), &err);
    if (n != TEST_ROWS * width)
        fail_msg("%s: %s, %s: %zu numbers here, %zu in XGBoost", describe(c), what, kind->name,
                 TEST_ROWS * width, (size_t)n);
    for (size_t i = 0; i < n; i++) {
        double a = (double)ours[i], z = (double)theirs[i];

        if (!(fabs(a - z) <= kind->tolerance * (1 + fabs(z))) && !(isinf(a) && a == z))
            fail_msg("%s: %s, %s to round %zu, number %zu: %.9g here, %.9g in XGBoost", describe(c),
                     what, kind->name, end, i, a, z);
    }
    free(ours);
}

static void same_scores(const struct one_case *c, const char *what, BoosterHandle b,
                        DMatrixHandle d, const struct lk_model *m)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (c->linear && kinds[k].ours == LK_LEAF)
            continue;
        same_predictions(c, what, b, d, m, &kinds[k], 0);
        if (c->rounds > 1 && !c->linear)
            same_predictions(c, what, b, d, m, &kinds[k], (size_t)c->rounds - 1);
    }
}

/* XGBoost's model in each of its formats, read here. */
static void read_theirs(const struct one_case *c, BoosterHandle b, DMatrixHandle d)
{
    static const char *const formats[] = {"json", "ubj", "deprecated"};

    for (int i = 0; i < (c->categories ? 2 : 3); i++) {
        struct lk_model *m = NULL;
        struct lk_error err = {0};
        char config[64];
        const char *bytes;
        bst_ulong len;

        snprintf(config, sizeof config, "{\"format\":\"%s\"}", formats[i]);
        xgb(XGBoosterSaveModelToBuffer(b, config, &len, &bytes));
        if (lk_model_parse(&m, bytes, len, formats[i], &err))
            fail_msg("%s: XGBoost's %s: %s", describe(c), formats[i], err.text);
        same_scores(c, formats[i], b, d, m);
        lk_model_free(m);
    }
}

/* Our model in both formats, loaded there. */
static void write_ours(const struct one_case *c, const struct lk_model *m, DMatrixHandle d)
{
    for (int i = 0; i < 2; i++) {
        struct str bytes = STR_INIT;
        BoosterHandle b;

        gbt_model_print(&bytes, m, i ? LK_UBJSON : LK_JSON);
        xgb(XGBoosterCreate(NULL, 0, &b));
        if (XGBoosterLoadModelFromBuffer(b, bytes.ptr, bytes.len))
            fail_msg("%s: XGBoost on our model: %s", describe(c), XGBGetLastError());
        same_scores(c, i ? "our UBJSON" : "our JSON", b, d, m);
        XGBoosterFree(b);
        str_done(&bytes);
    }
}

/* ---- metrics ------------------------------------------------------------------------------------
 */

static void same_metrics(const struct one_case *c, BoosterHandle b, DMatrixHandle d)
{
    const char *name = "test", *text, *at;
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    struct slice rest = slice_of(c->objective->metrics), one;
    const char *bytes;
    bst_ulong len;

    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &len, &bytes));
    assert_ok(lk_model_parse(&m, bytes, len, "theirs", &err), &err);
    xgb(XGBoosterEvalOneIter(b, 0, &d, &name, 1, &text));
    at = text;
    while (rest.len && slice_split(&rest, ' ', &one)) {
        char *metric = mem_strndup(one.ptr, one.len);
        double ours, theirs;

        if (c->targets > 1 && !strncmp(metric, "auc", 3)) {
            free(metric); /* of one target only, there */
            continue;
        }
        at = strchr(strstr(at, "test-"), ':') + 1;
        theirs = strtod(at, NULL);
        if (lk_evaluate(&ours, m, c->test, metric, 2, &err))
            fail_msg("%s: %s: %s", describe(c), metric, err.text);
        if (!(fabs(ours - theirs) <= 1e-5 * (1 + fabs(theirs))) && ours != theirs &&
            !(isnan(ours) && isnan(theirs)))
            fail_msg("%s: %s: %.9g here, %.9g in XGBoost (%s)", describe(c), metric, ours, theirs,
                     text);
        free(metric);
    }
    lk_model_free(m);
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static void run_case(uint64_t seed)
{
    struct one_case c;
    DMatrixHandle train, test;
    BoosterHandle b;
    struct lk_model *m, *two;
    const char *bytes;
    bst_ulong len;
    struct json *theirs;
    struct str one_text = STR_INIT, two_text = STR_INIT;

    draw_case(&c, seed, false);
    train = to_theirs(c.train);
    test = to_theirs(c.test);
    b = train_theirs(&c, train);
    m = train_ours(&c, 1);
    two = train_ours(&c, 3);
    gbt_model_print(&one_text, m, LK_JSON);
    gbt_model_print(&two_text, two, LK_JSON);
    if (one_text.len != two_text.len || memcmp(one_text.ptr, two_text.ptr, one_text.len))
        fail_msg("%s: one thread and three write different models", describe(&c));
    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"json\"}", &len, &bytes));
    theirs = parse_model((struct slice){bytes, len});
    same_trees_but(describe(&c), m, theirs, "1.7", SAME_ALONE | SAME_NEAR);
    json_free(theirs);
    read_theirs(&c, b, test);
    write_ours(&c, m, test);
    same_metrics(&c, b, test);
    str_done(&one_text);
    str_done(&two_text);
    lk_model_free(m);
    lk_model_free(two);
    XGBoosterFree(b);
    XGDMatrixFree(train);
    XGDMatrixFree(test);
    case_done(&c);
}

static void run_foreign(uint64_t seed)
{
    struct one_case c;
    DMatrixHandle train, test;
    BoosterHandle b;
    struct lk_model *m = NULL;
    struct lk_error err = {0};
    const char *bytes;
    bst_ulong len;

    draw_case(&c, seed, true);
    draw_foreign(&c);
    train = to_theirs(c.train);
    test = to_theirs(c.test);
    b = train_theirs(&c, train);
    read_theirs(&c, b, test);
    xgb(XGBoosterSaveModelToBuffer(b, "{\"format\":\"ubj\"}", &len, &bytes));
    assert_ok(lk_model_parse(&m, bytes, len, "theirs", &err), &err);
    write_ours(&c, m, test);
    same_metrics(&c, b, test);
    lk_model_free(m);
    XGBoosterFree(b);
    XGDMatrixFree(train);
    XGDMatrixFree(test);
    case_done(&c);
}

static void each_seed(void (*run)(uint64_t))
{
    const char *other = getenv("DIFFERENTIAL");
    char *end = NULL;
    unsigned long first = other ? strtoul(other, &end, 10) : 1;
    unsigned long count = other && *end ? strtoul(end, NULL, 10) : 60;

    for (unsigned long seed = first; seed < first + count; seed++)
        run(seed);
}

static void any_case(void **unused)
{
    (void)unused;
    each_seed(run_case);
}

static void any_foreign_model(void **unused)
{
    (void)unused;
    each_seed(run_foreign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_case),
                                       cmocka_unit_test(any_foreign_model)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
