/*
 * XGBoost's parameters as one table: a row says the names, the kind, where the
 * value lies in struct lk_params, and the range or the words allowed.
 *
 * Numbers are checked against their range as they are set; what depends on
 * several parameters, or on the data, is checked when training begins.
 * Parameters that have no meaning here (a GPU's, a predictor's) are accepted
 * where ignoring them gives the same model, and refused where it would not.
 */
#include "gbt/params.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/model.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    INT,
    REAL,
    WORD,    /* one of `words`; the value is its place in the list */
    FLAG,    /* 0, 1, true, false */
    TEXT,    /* kept as it is */
    METRICS, /* adds to the list */
    TASK,    /* the objective's own, set by its own table in objective.c */
    IGNORED, /* any value, no effect on the model */
};

struct entry {
    const char *names; /* the name, then its aliases, spaces between */
    enum kind kind;
    size_t offset;
    double min, max;
    bool open_min; /* min itself is out of range */
    const char *words;
};

#define AT(field) offsetof(struct lk_params, field)

static const struct entry table[] = {
    {"booster", WORD, AT(booster), .words = "gbtree dart gblinear"},
    {"nthread n_jobs", INT, AT(nthread), .min = -1, .max = 4096},
    {"verbosity", INT, AT(verbosity), .min = 0, .max = 3},
    {"num_round num_boost_round n_estimators", INT, AT(num_round), .min = 1, .max = GBT_MAX_ROUNDS},
    {"early_stopping_rounds", INT, AT(early_stopping_rounds), .min = 1, .max = GBT_MAX_ROUNDS},
    {"validate_parameters", FLAG, .offset = AT(validate_parameters)},
    {"disable_default_eval_metric", FLAG, .offset = AT(disable_default_eval_metric)},
    {"process_type", WORD, AT(process_type), .words = "default update"},
    {"refresh_leaf", FLAG, .offset = AT(refresh_leaf)},

    {"eta learning_rate", REAL, AT(eta), .min = 0, .max = FLT_MAX},
    {"gamma min_split_loss", REAL, AT(gamma), .min = 0, .max = FLT_MAX},
    {"max_depth", INT, AT(max_depth), .min = 0, .max = INT_MAX},
    {"max_leaves", INT, AT(max_leaves), .min = 0, .max = 1 << 24},
    {"max_bin", INT, AT(max_bin), .min = 2, .max = GBT_MAX_BIN},
    {"min_child_weight", REAL, AT(min_child_weight), .min = 0, .max = FLT_MAX},
    {"lambda reg_lambda", REAL, AT(lambda), .min = 0, .max = FLT_MAX},
    {"alpha reg_alpha", REAL, AT(alpha), .min = 0, .max = FLT_MAX},
    {"max_delta_step", REAL, AT(max_delta_step), .min = 0, .max = FLT_MAX},
    {"grow_policy", WORD, AT(grow_policy), .words = "depthwise lossguide"},
    {"tree_method", WORD, AT(tree_method), .words = "auto hist approx exact"},
    {"num_parallel_tree", INT, AT(num_parallel_tree), .min = 1, .max = 65536},
    {"multi_strategy", WORD, AT(multi_strategy), .words = "one_output_per_tree multi_output_tree"},
    {"xgboost_rules", WORD, AT(rules), .words = "3.4 1.7"},
    {"subsample", REAL, AT(subsample), .min = 0, .max = 1, .open_min = true},
    {"sampling_method", WORD, AT(sampling_method), .words = "uniform gradient_based"},
    {"colsample_bytree", REAL, AT(colsample_bytree), .min = 0, .max = 1, .open_min = true},
    {"colsample_bylevel", REAL, AT(colsample_bylevel), .min = 0, .max = 1, .open_min = true},
    {"colsample_bynode", REAL, AT(colsample_bynode), .min = 0, .max = 1, .open_min = true},
    {"max_cat_to_onehot", INT, AT(max_cat_to_onehot), .min = 1, .max = INT_MAX},
    {"max_cat_threshold", INT, AT(max_cat_threshold), .min = 1, .max = INT_MAX},
    {"monotone_constraints", TEXT, .offset = AT(monotone_constraints)},
    {"interaction_constraints", TEXT, .offset = AT(interaction_constraints)},

    {"sample_type", WORD, AT(sample_type), .words = "uniform weighted"},
    {"normalize_type", WORD, AT(normalize_type), .words = "tree forest"},
    {"rate_drop", REAL, AT(rate_drop), .min = 0, .max = 1},
    {"one_drop", FLAG, .offset = AT(one_drop)},
    {"skip_drop", REAL, AT(skip_drop), .min = 0, .max = 1},

    {"lambda_bias reg_lambda_bias", REAL, AT(lambda_bias), .min = 0, .max = FLT_MAX},
    {"feature_selector", WORD, AT(feature_selector),
     .words = "cyclic shuffle thrifty greedy random"},
    {"top_k", INT, AT(top_k), .min = 0, .max = INT_MAX},
    {"updater", WORD, AT(linear_updater),
     .words = "shotgun coord_descent grow_quantile_histmaker grow_histmaker grow_colmaker "
              "grow_colmaker,prune prune"},

    {"objective", TEXT, .offset = AT(objective)},
    {"base_score", REAL, AT(base_score), .min = -FLT_MAX, .max = FLT_MAX},
    {"num_class", .kind = TASK},
    {"scale_pos_weight", .kind = TASK},
    {"tweedie_variance_power", .kind = TASK},
    {"huber_slope", .kind = TASK},
    {"quantile_alpha", .kind = TASK},
    {"aft_loss_distribution", .kind = TASK},
    {"aft_loss_distribution_scale", .kind = TASK},
    {"seed random_state", INT, AT(seed), .min = INT_MIN, .max = INT_MAX},
    {"seed_per_iteration", FLAG, .offset = AT(seed_per_iteration)},
    {"eval_metric", METRICS, .offset = AT(metrics)},

    {"lambdarank_pair_method", .kind = TASK},
    {"lambdarank_num_pair_per_sample", .kind = TASK},
    {"lambdarank_normalization", .kind = TASK},
    {"lambdarank_score_normalization", .kind = TASK},
    {"ndcg_exp_gain", .kind = TASK},
    {"lambdarank_unbiased", .kind = TASK},
    {"lambdarank_bias_norm", .kind = TASK},

    {"device", IGNORED, .words = "cpu"},
    {"predictor", IGNORED, .words = "auto cpu_predictor"},
    {"silent sketch_eps sketch_ratio sparse_threshold max_cached_hist_node", .kind = IGNORED},
    {"single_precision_histogram deterministic_histogram debug_synchronize", .kind = IGNORED},
    {"csv_weights dsplit prob_buffer_row save_model_on_termination", .kind = IGNORED},
    {"_tuning_objective_metric _kfold _num_cv_round", .kind = IGNORED},
};

enum { ENTRIES = sizeof table / sizeof *table, NAMES_MAX = 128 };
_Static_assert(ENTRIES <= 128, "given has a bit for each");

static void *field(struct lk_params *p, const struct entry *e)
{
    return (char *)p + e->offset;
}

/* ---- finding an entry by name ------------------------------------------- */

static const struct entry *find(const char *name)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        struct slice rest = slice_of(table[i].names), one;

        while (slice_split(&rest, ' ', &one))
            if (slice_is(one, name))
                return &table[i];
    }
    return NULL;
}

/* All names and aliases, one by one. */
struct name_list {
    struct arena arena;
    const char *name[NAMES_MAX];
    size_t n;
};

static void list_names(struct name_list *l)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        struct slice rest = slice_of(table[i].names), one;

        while (slice_split(&rest, ' ', &one))
            l->name[l->n++] = arena_strndup(&l->arena, one.ptr, one.len);
    }
}

const char *gbt_params_nearest(const char *word, char name[GBT_NAME_MAX])
{
    struct name_list l = {0};
    const char *near;

    list_names(&l);
    near = error_nearest(word, l.name, l.n);
    snprintf(name, GBT_NAME_MAX, "%s", near ? near : "");
    arena_done(&l.arena);
    return near ? name : NULL;
}

static enum lk_status unknown(const char *name, struct lk_error *err)
{
    char memory[GBT_NAME_MAX];
    const char *near = gbt_params_nearest(name, memory);

    if (near)
        return error_set(err, LK_EUSE, "unknown parameter '%.80s'; did you mean '%s'?", name, near);
    return error_set(err, LK_EUSE, "unknown parameter '%.80s'", name);
}

/* ---- setting --------------------------------------------------------------- */

static enum lk_status bad_range(const struct entry *e, const char *name, const char *value,
                                struct lk_error *err)
{
    char low[NUMBER_MAX], high[NUMBER_MAX];
    const char *what = e->kind == INT ? "a whole number" : "a number";

    number_print_double(low, e->min);
    number_print_double(high, e->max);
    if (e->max >= INT_MAX)
        return error_set(err, LK_EUSE, "%s must be %s %s %s, not '%.80s'", name, what,
                         e->open_min ? "above" : "from", low, value);
    return error_set(err, LK_EUSE, "%s must be %s %s %s to %s, not '%.80s'", name, what,
                     e->open_min ? "above" : "from", low, high, value);
}

static bool set_int(struct lk_params *p, const struct entry *e, struct slice text)
{
    int64_t v;
    double d;

    /* SageMaker's tuner writes whole numbers as 6.0 at times. */
    if (!number_parse_int(text, (int64_t)e->min, (int64_t)e->max, &v)) {
        if (!number_parse_double(text, &d) || d != floor(d) || d < e->min || d > e->max)
            return false;
        v = (int64_t)d;
    }
    *(int *)field(p, e) = (int)v;
    return true;
}

static bool set_real(struct lk_params *p, const struct entry *e, struct slice text)
{
    double v;

    if (!number_parse_double(text, &v) || !(v >= e->min && v <= e->max) ||
        (e->open_min && v == e->min))
        return false;
    *(float *)field(p, e) = (float)v;
    return true;
}

static int find_word(const char *words, struct slice text)
{
    struct slice rest = slice_of(words), one;

    for (int i = 0; slice_split(&rest, ' ', &one); i++)
        if (slice_eq(one, text))
            return i;
    return -1;
}

static enum lk_status set_word(struct lk_params *p, const struct entry *e, const char *name,
                               struct slice text, struct lk_error *err)
{
    int at = find_word(e->words, text);

    if (slice_starts(text, "gpu_") || slice_starts(text, "cuda"))
        return error_set(err, LK_EUNSUPPORTED,
                         "%s=%.*s asks for a GPU; training here runs on the processor", name,
                         (int)text.len, text.ptr);
    if (at < 0)
        return error_set(err, LK_EUSE, "%s must be one of: %s; not '%.*s'", name, e->words,
                         text.len > 80 ? 80 : (int)text.len, text.ptr);
    if (e->kind == WORD)
        *(int *)field(p, e) = at;
    return LK_OK;
}

static bool set_flag(struct lk_params *p, const struct entry *e, struct slice text)
{
    bool on = slice_is(text, "1") || slice_is(text, "true") || slice_is(text, "True");

    if (!on && !slice_is(text, "0") && !slice_is(text, "false") && !slice_is(text, "False"))
        return false;
    *(int *)field(p, e) = on;
    return true;
}

static enum lk_status set_metrics(struct lk_params *p, struct slice text, struct lk_error *err)
{
    struct slice one;

    while (slice_split(&text, ',', &one)) {
        one = slice_trim(one);
        if (!one.len || one.len > 63)
            return error_set(err, LK_EUSE, "eval_metric names a metric, not '%.*s'",
                             one.len > 63 ? 63 : (int)one.len, one.ptr);
        if (p->metric_count == GBT_MAX_METRICS)
            return error_set(err, LK_ELIMIT, "more than %d metrics", GBT_MAX_METRICS);
        p->metrics = mem_resize(p->metrics, p->metric_count + 1, sizeof *p->metrics);
        p->metrics[p->metric_count++] = mem_strndup(one.ptr, one.len);
    }
    return LK_OK;
}

/* max_delta_step is the tree's and count:poisson's too, so that one is set in both places. */
static enum lk_status set_task(struct lk_params *p, const char *name, struct slice text,
                               struct lk_error *err)
{
    char *value = mem_strndup(text.ptr, text.len);
    bool known;
    enum lk_status st = gbt_objective_params_set(&p->task, name, value, &known, err);

    free(value);
    return st;
}

static void set_text(struct lk_params *p, const struct entry *e, struct slice text)
{
    char **at = field(p, e);

    free(*at);
    *at = mem_strndup(text.ptr, text.len);
}

/* LK_OK, or with err unset LK_EINPUT for "not in range". */
static enum lk_status set_entry(struct lk_params *p, const struct entry *e, const char *name,
                                struct slice text, struct lk_error *err)
{
    switch (e->kind) {
    case INT:
        return set_int(p, e, text) ? LK_OK : LK_EINPUT;
    case REAL:
        if (!set_real(p, e, text))
            return LK_EINPUT;
        return e->offset == AT(max_delta_step) ? set_task(p, e->names, text, err) : LK_OK;
    case TASK:
        return set_task(p, e->names, text, err);
    case FLAG:
        if (!set_flag(p, e, text))
            return error_set(err, LK_EUSE, "%s is 0 or 1, not '%.*s'", name,
                             text.len > 80 ? 80 : (int)text.len, text.ptr);
        return LK_OK;
    case WORD:
        return set_word(p, e, name, text, err);
    case METRICS:
        return set_metrics(p, text, err);
    case TEXT:
        set_text(p, e, text);
        return LK_OK;
    case IGNORED:
        return e->words ? set_word(p, e, name, text, err) : LK_OK;
    }
    return LK_OK;
}

static uint64_t hash_text(const char *z)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *z; z++)
        h = (h ^ (unsigned char)*z) * 0x100000001b3u;
    return h;
}

/* Parameters that say how, how long or how loudly to train, not what comes out round by round. */
static bool bears_no_model(const struct entry *e)
{
    return e->kind == IGNORED || e->offset == AT(nthread) || e->offset == AT(verbosity) ||
           e->offset == AT(num_round) || e->offset == AT(early_stopping_rounds);
}

enum lk_status lk_params_set(struct lk_params *p, const char *name, const char *value,
                             struct lk_error *err)
{
    const struct entry *e = find(name);
    enum lk_status st;

    if (!e)
        return unknown(name, err);
    if (strlen(value) > 1 << 20)
        return error_set(err, LK_ELIMIT, "the value of %s is longer than a megabyte", name);
    st = set_entry(p, e, name, slice_trim(slice_of(value)), err);
    if (st == LK_EINPUT)
        return bad_range(e, name, value, err);
    if (!st && !bears_no_model(e))
        p->print += hash_text(e->names) * (hash_text(value) | 1);
    if (!st)
        p->given[(e - table) / 64] |= (uint64_t)1 << ((e - table) % 64);
    return st;
}

/* ---- life -------------------------------------------------------------------- */

struct lk_params *lk_params_new(void)
{
    struct lk_params *p = mem_calloc(1, sizeof *p);

    *p = (struct lk_params){
        .nthread = -1,
        .verbosity = 1,
        .refresh_leaf = 1,
        .eta = 0.3f,
        .min_child_weight = 1,
        .lambda = 1,
        .max_depth = 6,
        .max_bin = 256,
        .num_parallel_tree = 1,
        .subsample = 1,
        .colsample_bytree = 1,
        .colsample_bylevel = 1,
        .colsample_bynode = 1,
        .max_cat_to_onehot = 4,
        .max_cat_threshold = 64,
    };
    gbt_objective_params_init(&p->task);
    p->objective = mem_strdup("reg:squarederror");
    return p;
}

static char *copy_text(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

struct lk_params *gbt_params_copy(const struct lk_params *from)
{
    struct lk_params *p = lk_params_new();

    if (!from)
        return p;
    gbt_objective_params_done(&p->task);
    free(p->objective);
    *p = *from;
    p->objective = copy_text(from->objective);
    p->monotone_constraints = copy_text(from->monotone_constraints);
    p->interaction_constraints = copy_text(from->interaction_constraints);
    p->metrics = from->metric_count ? mem_calloc(from->metric_count, sizeof *p->metrics) : NULL;
    for (size_t i = 0; i < from->metric_count; i++)
        p->metrics[i] = mem_strdup(from->metrics[i]);
    gbt_objective_params_copy(&p->task, &from->task);
    return p;
}

void lk_params_free(struct lk_params *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->metric_count; i++)
        free(p->metrics[i]);
    free(p->metrics);
    free(p->objective);
    free(p->monotone_constraints);
    free(p->interaction_constraints);
    gbt_objective_params_done(&p->task);
    free(p);
}

bool gbt_params_given(const struct lk_params *p, const char *name)
{
    const struct entry *e = find(name);

    return e && (p->given[(e - table) / 64] >> ((e - table) % 64) & 1);
}

enum gbt_number gbt_params_number(const char *name)
{
    const struct entry *e = find(name);

    if (!e)
        return GBT_NUMBER_NONE;
    return e->kind == INT                       ? GBT_NUMBER_INT
           : e->kind == REAL || e->kind == TASK ? GBT_NUMBER_REAL
                                                : GBT_NUMBER_NONE;
}

void gbt_params_notes(struct str *out, const struct lk_params *p)
{
    if (p->tree_method == GBT_EXACT)
        str_puts(out, "tree_method=exact: trained as hist; the same splits are weighed wherever a "
                      "column has at most max_bin distinct values (thresholds are values, not "
                      "midpoints)\n");
    if (p->tree_method == GBT_APPROX)
        str_puts(out, "tree_method=approx: trained as hist, whose cuts are made once and not anew "
                      "for each tree\n");
}
