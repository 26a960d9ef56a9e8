/*
 * Training parameters: XGBoost's names, aliases, ranges and defaults (those of
 * its 3.x), held as typed fields. One table in params.c is all there is to
 * them: reading, ranges, messages and lists come from it.
 */
#ifndef GBT_PARAMS_H
#define GBT_PARAMS_H

#include "base/str.h"
#include "gbt/objective.h"

enum gbt_grow_policy { GBT_DEPTHWISE, GBT_LOSSGUIDE };
enum gbt_tree_method { GBT_AUTO, GBT_HIST, GBT_APPROX, GBT_EXACT };
/* Whose arithmetic splits are scored by, where versions of XGBoost differ (see split.h). */
enum gbt_rules { GBT_RULES_3_4, GBT_RULES_1_7 };
/* multi_strategy: a tree for each output, or trees whose leaves hold one number an output. */
enum gbt_multi_strategy { GBT_ONE_OUTPUT, GBT_VECTOR_LEAF };
enum gbt_sample_type { GBT_DROP_UNIFORM, GBT_DROP_WEIGHTED };
enum gbt_normalize { GBT_NORMALIZE_TREE, GBT_NORMALIZE_FOREST };

enum {
    GBT_MAX_DEPTH = 30,  /* of depthwise trees, as in XGBoost */
    GBT_MAX_BIN = 65535, /* values of max_bin go up to this */
    GBT_MAX_METRICS = 64,
    GBT_NAME_MAX = 64, /* bytes of a parameter's name */
    GBT_MAX_ROUNDS = 1000000,
};

struct lk_params {
    int booster; /* enum gbt_booster */
    int nthread, verbosity, num_round, early_stopping_rounds, process_type, refresh_leaf;
    int validate_parameters, disable_default_eval_metric;

    /* trees */
    float eta, gamma, min_child_weight, lambda, alpha, max_delta_step;
    int max_depth, max_leaves, max_bin, grow_policy, tree_method, num_parallel_tree;
    int rules, multi_strategy;
    float subsample, colsample_bytree, colsample_bylevel, colsample_bynode;
    int sampling_method;
    int max_cat_to_onehot, max_cat_threshold;
    char *monotone_constraints;    /* as given, or NULL; read by constraint.c */
    char *interaction_constraints; /* as given, or NULL */

    /* dart */
    int sample_type, normalize_type, one_drop;
    float rate_drop, skip_drop;

    /* gblinear */
    float lambda_bias;
    int feature_selector, top_k, linear_updater;

    /* learning */
    char *objective; /* never NULL */
    float base_score;
    struct gbt_objective_params task; /* what the objective itself takes */
    int seed, seed_per_iteration;
    char **metrics; /* eval_metric, one or more */
    size_t metric_count;

    uint64_t print;    /* of all that was set and changes the model */
    uint64_t given[2]; /* bit i: entry i of the table was set by the user */
};

/* Was the parameter (its first name) set by the user? */
bool gbt_params_given(const struct lk_params *p, const char *name);
struct lk_params *gbt_params_copy(const struct lk_params *p); /* NULL gives the defaults */
/* What kind of number a parameter takes; NONE: it takes words, or there is none of this name. */
enum gbt_number { GBT_NUMBER_NONE, GBT_NUMBER_INT, GBT_NUMBER_REAL };
enum gbt_number gbt_params_number(const char *name);
/* The parameter whose name is nearest to the word, NULL where none is near. */
const char *gbt_params_nearest(const char *word, char name[GBT_NAME_MAX]);
/* What is done otherwise than the words say (exact, approx, ...), a line each; appended to out. */
void gbt_params_notes(struct str *out, const struct lk_params *p);

#endif
