/*
 * Tables and small checks. Instance types grow faster than any list, so a type
 * is taken apart: a family and a size that are both known make a type that may
 * exist, and the service has the last word; anything else is a slip.
 */
#include "aws/names.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- regions and images ------------------------------------------------------- */

/* The account that holds the image `sagemaker-xgboost` in each region. */
static const struct image_home {
    struct names_region region;
    const char *account;
} homes[] = {
    {{"af-south-1", "Cape Town"}, "510948584623"},
    {{"ap-east-1", "Hong Kong"}, "651117190479"},
    {{"ap-northeast-1", "Tokyo"}, "354813040037"},
    {{"ap-northeast-2", "Seoul"}, "366743142698"},
    {{"ap-northeast-3", "Osaka"}, "867004704886"},
    {{"ap-south-1", "Mumbai"}, "720646828776"},
    {{"ap-south-2", "Hyderabad"}, "628508329040"},
    {{"ap-southeast-1", "Singapore"}, "121021644041"},
    {{"ap-southeast-2", "Sydney"}, "783357654285"},
    {{"ap-southeast-3", "Jakarta"}, "951798379941"},
    {{"ap-southeast-4", "Melbourne"}, "106583098589"},
    {{"ca-central-1", "Montreal"}, "341280168497"},
    {{"ca-west-1", "Calgary"}, "190319476487"},
    {{"cn-north-1", "Beijing"}, "450853457545"},
    {{"cn-northwest-1", "Ningxia"}, "451049120500"},
    {{"eu-central-1", "Frankfurt"}, "492215442770"},
    {{"eu-central-2", "Zurich"}, "680994064768"},
    {{"eu-north-1", "Stockholm"}, "662702820516"},
    {{"eu-south-1", "Milan"}, "978288397137"},
    {{"eu-south-2", "Spain"}, "104374241257"},
    {{"eu-west-1", "Ireland"}, "141502667606"},
    {{"eu-west-2", "London"}, "764974769150"},
    {{"eu-west-3", "Paris"}, "659782779980"},
    {{"il-central-1", "Tel Aviv"}, "898809789911"},
    {{"me-central-1", "United Arab Emirates"}, "272398656194"},
    {{"me-south-1", "Bahrain"}, "801668240914"},
    {{"sa-east-1", "Sao Paulo"}, "737474898029"},
    {{"us-east-1", "Northern Virginia"}, "683313688378"},
    {{"us-east-2", "Ohio"}, "257758044811"},
    {{"us-gov-east-1", "US government, east"}, "237065988967"},
    {{"us-gov-west-1", "US government, west"}, "414596584902"},
    {{"us-iso-east-1", "US isolated, east"}, "833128469047"},
    {{"us-isob-east-1", "US isolated B, east"}, "281123927165"},
    {{"us-isof-east-1", "US isolated F, east"}, "108575199400"},
    {{"us-isof-south-1", "US isolated F, south"}, "124985052026"},
    {{"us-west-1", "Northern California"}, "746614075791"},
    {{"us-west-2", "Oregon"}, "246618743249"},
};

static const char *const versions[] = {"0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2",
                                       "1.3-1",  "1.5-1",  "1.7-1", "3.0-5", "3.2-0"};

size_t names_regions(void)
{
    return COUNT(homes);
}

struct names_region names_region(size_t i)
{
    return homes[i].region;
}

const char *names_near_region(const char *region)
{
    const char *names[COUNT(homes)];

    for (size_t i = 0; i < COUNT(homes); i++) {
        names[i] = homes[i].region.code;
        if (!strcmp(region, names[i]))
            return NULL;
    }
    return error_nearest(region, names, COUNT(homes));
}

enum lk_status names_image(struct str *out, const char *region, const char *suffix,
                           const char *version, struct lk_error *err)
{
    const char *names[COUNT(homes)], *near;
    bool known = false;

    if (!version)
        version = NAMES_IMAGE_DEFAULT;
    for (size_t i = 0; i < COUNT(versions); i++)
        known |= !strcmp(version, versions[i]);
    if (!known) {
        near = error_nearest(version, versions, COUNT(versions));
        return error_set(err, LK_EUSE, "no XGBoost image of version '%.40s'; did you mean '%s'?",
                         version, near ? near : NAMES_IMAGE_DEFAULT);
    }
    for (size_t i = 0; i < COUNT(homes); i++) {
        names[i] = homes[i].region.code;
        if (strcmp(region, names[i]))
            continue;
        str_printf(out, "%s.dkr.ecr.%s.%s/sagemaker-xgboost:%s", homes[i].account, region, suffix,
                   version);
        return LK_OK;
    }
    near = error_nearest(region, names, COUNT(names));
    return error_set(err, LK_EUSE, "no XGBoost image is known in region '%.40s'%s%s%s", region,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* ---- instance types -------------------------------------------------------------- */

static const char *const families[] = {
    "c4",   "c5",   "c5d", "c5n",  "c6g",  "c6gd",  "c6gn", "c6i",  "c6id", "c7g",  "c7i",
    "c8g",  "g4dn", "g5",  "g6",   "g6e",  "gr6",   "inf1", "inf2", "m4",   "m5",   "m5d",
    "m6g",  "m6gd", "m6i", "m6id", "m7g",  "m7i",   "m8g",  "p2",   "p3",   "p3dn", "p4d",
    "p4de", "p5",   "p5e", "p5en", "r5",   "r5d",   "r6g",  "r6gd", "r6i",  "r6id", "r7g",
    "r7i",  "r8g",  "t2",  "t3",   "trn1", "trn1n", "trn2",
};
static const char *const sizes[] = {
    "medium",  "large",    "xlarge",   "2xlarge",  "3xlarge",  "4xlarge",  "6xlarge",  "8xlarge",
    "9xlarge", "10xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge", "32xlarge", "48xlarge",
};

static bool is_in(const char *const *list, size_t n, struct slice word)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(word, list[i]))
            return true;
    return false;
}

/* The nearest family and size, put together. */
static void suggest(char *out, size_t size, struct slice family, struct slice part)
{
    char f[32], s[32];
    const char *near_f, *near_s;

    snprintf(f, sizeof f, "%.*s", (int)(family.len < 31 ? family.len : 31), family.ptr);
    snprintf(s, sizeof s, "%.*s", (int)(part.len < 31 ? part.len : 31), part.ptr);
    near_f =
        is_in(families, COUNT(families), family) ? f : error_nearest(f, families, COUNT(families));
    near_s = is_in(sizes, COUNT(sizes), part) ? s : error_nearest(s, sizes, COUNT(sizes));
    snprintf(out, size, "ml.%s.%s", near_f ? near_f : "m5", near_s ? near_s : "large");
}

enum lk_status names_instance(const char *type, struct lk_error *err)
{
    struct slice rest = slice_of(type), ml, family = {"", 0}, size = {"", 0};
    char near[80];

    slice_split(&rest, '.', &ml);
    if (!slice_is(ml, "ml")) { /* "m5.large": a type of EC2 */
        family = ml;
        slice_split(&rest, '.', &size);
    } else {
        slice_split(&rest, '.', &family);
        slice_split(&rest, '.', &size);
    }
    if (slice_is(ml, "ml") && !rest.len && is_in(families, COUNT(families), family) &&
        is_in(sizes, COUNT(sizes), size))
        return LK_OK;
    suggest(near, sizeof near, family, size);
    return error_set(err, LK_EUSE, "no instance type '%.60s'; did you mean '%s'?", type, near);
}

enum lk_status names_job(const char *what, const char *name, struct lk_error *err)
{
    size_t n = strlen(name), most = strcmp(what, "tuning job") ? 63 : 32;
    bool ok = n >= 1 && n <= most && name[0] != '-' && name[n - 1] != '-';

    for (size_t i = 0; i < n && ok; i++)
        ok = isalnum((unsigned char)name[i]) || name[i] == '-';
    return ok ? LK_OK
              : error_set(err, LK_EUSE,
                          "'%.80s' is no name for a %s: 1 to %zu letters, digits and hyphens, "
                          "without a hyphen at either end",
                          name, what, most);
}

enum lk_status names_content_type(const char *type, struct lk_error *err)
{
    static const char *const types[] = {"text/csv",         "csv",
                                        "text/libsvm",      "libsvm",
                                        "text/x-libsvm",    "application/x-parquet",
                                        "parquet",          "application/x-recordio-protobuf",
                                        "recordio-protobuf"};
    const char *near;

    if (is_in(types, COUNT(types), slice_of(type)))
        return LK_OK;
    near = error_nearest(type, types, COUNT(types));
    return error_set(err, LK_EUSE, "XGBoost reads no '%.60s'; did you mean '%s'?", type,
                     near ? near : "text/csv");
}

/* ---- hyperparameters ----------------------------------------------------------------- */

enum { OPEN_LOW = 1, OPEN_HIGH = 2 };

static const struct hyperparameter {
    const char *name;
    enum { INTEGER, NUMBER, WORD, WORDS, TEXT } kind;
    double low, high;
    int open;
    const char *words;
} table[] = {
    {"num_round", INTEGER, 1, INFINITY, 0, NULL},
    {"csv_weights", INTEGER, 0, 1, 0, NULL},
    {"early_stopping_rounds", INTEGER, 1, INFINITY, 0, NULL},
    {"booster", WORD, 0, 0, 0, "gbtree|gblinear|dart"},
    {"verbosity", INTEGER, 0, 3, 0, NULL},
    {"nthread", INTEGER, 1, INFINITY, 0, NULL},
    {"eta", NUMBER, 0, 1, 0, NULL},
    {"gamma", NUMBER, 0, INFINITY, 0, NULL},
    {"max_depth", INTEGER, 0, INFINITY, 0, NULL},
    {"min_child_weight", NUMBER, 0, INFINITY, 0, NULL},
    {"max_delta_step", NUMBER, 0, INFINITY, 0, NULL},
    {"subsample", NUMBER, 0, 1, OPEN_LOW, NULL},
    {"colsample_bytree", NUMBER, 0, 1, OPEN_LOW, NULL},
    {"colsample_bylevel", NUMBER, 0, 1, OPEN_LOW, NULL},
    {"colsample_bynode", NUMBER, 0, 1, OPEN_LOW, NULL},
    {"lambda", NUMBER, 0, INFINITY, 0, NULL},
    {"alpha", NUMBER, 0, INFINITY, 0, NULL},
    {"tree_method", WORD, 0, 0, 0, "auto|exact|approx|hist|gpu_hist"},
    {"sketch_eps", NUMBER, 0, 1, OPEN_LOW | OPEN_HIGH, NULL},
    {"scale_pos_weight", NUMBER, 0, INFINITY, OPEN_LOW, NULL},
    {"updater", WORDS, 0, 0, 0,
     "grow_colmaker|distcol|grow_histmaker|grow_skmaker|sync|refresh|prune|shotgun|coord_descent"},
    {"dsplit", WORD, 0, 0, 0, "row|col"},
    {"refresh_leaf", INTEGER, 0, 1, 0, NULL},
    {"process_type", WORD, 0, 0, 0, "default|update"},
    {"grow_policy", WORD, 0, 0, 0, "depthwise|lossguide"},
    {"max_leaves", INTEGER, 0, INFINITY, 0, NULL},
    {"max_bin", INTEGER, 0, INFINITY, 0, NULL},
    {"predictor", WORD, 0, 0, 0, "auto|cpu_predictor|gpu_predictor"},
    {"monotone_constraints", TEXT, 0, 0, 0, NULL},
    {"interaction_constraints", TEXT, 0, 0, 0, NULL},
    {"sample_type", WORD, 0, 0, 0, "uniform|weighted"},
    {"normalize_type", WORD, 0, 0, 0, "tree|forest"},
    {"rate_drop", NUMBER, 0, 1, 0, NULL},
    {"one_drop", INTEGER, 0, 1, 0, NULL},
    {"skip_drop", NUMBER, 0, 1, 0, NULL},
    {"lambda_bias", NUMBER, 0, 1, 0, NULL},
    {"tweedie_variance_power", NUMBER, 1, 2, OPEN_LOW | OPEN_HIGH, NULL},
    {"objective", WORD, 0, 0, 0,
     "aft_loss_distribution|binary:logistic|binary:logitraw|binary:hinge|count:poisson|multi:"
     "softmax|multi:softprob|rank:pairwise|rank:ndcg|rank:map|reg:linear|reg:squarederror|reg:"
     "logistic|reg:gamma|reg:pseudohubererror|reg:squaredlogerror|reg:absoluteerror|reg:tweedie|"
     "survival:aft|survival:cox"},
    {"num_class", INTEGER, 2, INFINITY, 0, NULL},
    {"base_score", NUMBER, 0, INFINITY, 0, NULL},
    {"_kfold", INTEGER, 2, INFINITY, 0, NULL},
    {"_num_cv_round", INTEGER, 1, INFINITY, 0, NULL},
    {"_tuning_objective_metric", WORD, 0, 0, 0,
     "validation:accuracy|validation:auc|validation:aucpr|validation:balanced_accuracy|validation:"
     "f1|validation:f1_binary|validation:f1_macro|validation:map|validation:ndcg|validation:"
     "precision|validation:r2|validation:recall|validation:precision_macro|validation:precision_"
     "micro|validation:recall_macro|validation:recall_micro|validation:aft-nloglik|validation:cox-"
     "nloglik|validation:error|validation:gamma-deviance|validation:gamma-nloglik|validation:"
     "interval-regression-accuracy|validation:logloss|validation:mae|validation:mape|validation:"
     "merror|validation:mlogloss|validation:mphe|validation:mse|validation:poisson-nloglik|"
     "validation:rmse|validation:rmsle|validation:tweedie-nloglik"},
    {"eval_metric", WORDS, 0, 0, 0,
     "accuracy|auc|aucpr|balanced_accuracy|f1|f1_binary|f1_macro|map|ndcg|precision|r2|recall|"
     "precision_macro|precision_micro|recall_macro|recall_micro|aft-nloglik|cox-nloglik|error|"
     "gamma-deviance|gamma-nloglik|interval-regression-accuracy|logloss|mae|mape|merror|mlogloss|"
     "mphe|mse|poisson-nloglik|rmse|rmsle|tweedie-nloglik"},
    {"seed", INTEGER, -2147483648, 2147483647, OPEN_LOW | OPEN_HIGH, NULL},
    {"num_parallel_tree", INTEGER, 1, INFINITY, 0, NULL},
    {"save_model_on_termination", WORD, 0, 0, 0, "true|false"},
    {"aft_loss_distribution", WORD, 0, 0, 0, "normal|logistic|extreme"},
    {"aft_loss_distribution_scale", NUMBER, 0, INFINITY, 0, NULL},
    {"deterministic_histogram", WORD, 0, 0, 0, "true|false"},
    {"sampling_method", WORD, 0, 0, 0, "uniform|gradient_based"},
    {"prob_buffer_row", INTEGER, 1, INFINITY, OPEN_LOW, NULL},
    {"use_dask_gpu_training", WORD, 0, 0, 0, "true|false"},
};

static const char *const aliases[][2] = {
    {"learning_rate", "eta"},
    {"min_split_loss", "gamma"},
    {"reg_lambda", "lambda"},
    {"reg_alpha", "alpha"},
};

static const struct hyperparameter *find(const char *name)
{
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (!strcmp(name, aliases[i][0]))
            name = aliases[i][1];
    for (size_t i = 0; i < COUNT(table); i++)
        if (!strcmp(name, table[i].name))
            return &table[i];
    return NULL;
}

static enum lk_status check_number(const struct hyperparameter *h, const char *name,
                                   const char *value, struct lk_error *err)
{
    double v;
    bool ok = number_parse_double(slice_of(value), &v) && !isnan(v) &&
              (h->kind != INTEGER || v == floor(v)) &&
              (h->open & OPEN_LOW ? v > h->low : v >= h->low) &&
              (h->open & OPEN_HIGH ? v < h->high : v <= h->high);

    if (ok)
        return LK_OK;
    if (isinf(h->high))
        return error_set(err, LK_EUSE, "%s is %s %s %g, not '%.60s'", name,
                         h->kind == INTEGER ? "an integer" : "a number",
                         h->open & OPEN_LOW ? "above" : "from", h->low, value);
    return error_set(err, LK_EUSE, "%s is %s %s %g %s %g, not '%.60s'", name,
                     h->kind == INTEGER ? "an integer" : "a number",
                     h->open & OPEN_LOW ? "above" : "from", h->low,
                     h->open & OPEN_HIGH ? "and below" : "to", h->high, value);
}

static enum lk_status check_word(const struct hyperparameter *h, const char *name,
                                 struct slice value, struct lk_error *err)
{
    struct slice rest = slice_of(h->words), word;
    struct arena arena = {0};
    const char *words[64], *near;
    size_t n = 0, at = slice_find(value, '@');
    bool known = false;

    if (!strcmp(name, "eval_metric")) /* error@0.4, ndcg@5- */
        value = slice_first(value, at);
    while (n < COUNT(words) && slice_split(&rest, '|', &word)) {
        words[n++] = arena_strndup(&arena, word.ptr, word.len);
        known |= slice_eq(word, value);
    }
    if (!known) {
        near = error_nearest(arena_strndup(&arena, value.ptr, value.len), words, n);
        error_set(err, LK_EUSE, "%s cannot be '%.*s'; %s%s", name,
                  (int)(value.len < 60 ? value.len : 60), value.ptr,
                  near ? "did you mean " : "it is one of ", near ? near : h->words);
    }
    arena_done(&arena);
    return known ? LK_OK : LK_EUSE;
}

enum lk_status names_hyperparameter(const char *name, const char *value, struct lk_error *err)
{
    const struct hyperparameter *h = find(name);
    const char *names[COUNT(table) + COUNT(aliases)], *near;
    struct slice rest = slice_of(value), word;
    enum lk_status st = LK_OK;
    size_t n = 0;

    for (size_t i = 0; !h && i < COUNT(table); i++)
        names[n++] = table[i].name;
    for (size_t i = 0; !h && i < COUNT(aliases); i++)
        names[n++] = aliases[i][0];
    if (!h) {
        near = error_nearest(name, names, n);
        return error_set(err, LK_EUSE, "XGBoost on SageMaker has no hyperparameter '%.60s'%s%s%s",
                         name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (h->kind == INTEGER || h->kind == NUMBER)
        return check_number(h, name, value, err);
    if (h->kind == WORD)
        return check_word(h, name, rest, err);
    while (h->kind == WORDS && !st && slice_split(&rest, ',', &word))
        st = check_word(h, name, slice_trim(word), err);
    return st;
}

enum lk_status names_hyperparameters(const struct json *map, struct lk_error *err)
{
    const char *objective = json_string(json_get(map, "objective"), "");
    enum lk_status st = LK_OK;

    for (const struct json *c = json_first(map); c && !st; c = json_next(c))
        st = names_hyperparameter(json_key(c), json_string(c, ""), err);
    if (!st && !json_get(map, "num_round"))
        st = error_set(err, LK_EUSE, "the hyperparameter num_round (how many rounds) is missing");
    if (!st && slice_starts(slice_of(objective), "multi:") && !json_get(map, "num_class"))
        st = error_set(err, LK_EUSE, "%s needs num_class", objective);
    return st;
}
