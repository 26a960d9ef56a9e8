/*
 * Objectives: one table of what the margin means. Scoring needs the link, and
 * training the gradients; both look the objective up here by its name.
 *
 * A task is an objective bound to data: labels checked, and whatever is the
 * same in every round (the order of survival times, the ideal order of a
 * query's rows) worked out once. Its gradients are computed by unit: a row, a
 * query, or the whole. Units do not touch each other's outputs, so any number
 * of threads gives the same bits.
 */
#ifndef GBT_OBJECTIVE_H
#define GBT_OBJECTIVE_H

#include "base/thread.h"
#include "gbt/matrix.h"

/* First and second derivative of the loss at one row and output. */
struct gbt_gradient {
    float g, h;
};

enum gbt_pair_method { GBT_PAIR_TOPK, GBT_PAIR_MEAN };
enum gbt_aft_distribution { GBT_AFT_NORMAL, GBT_AFT_LOGISTIC, GBT_AFT_EXTREME };

/* An objective's own parameters, all of them, with XGBoost's defaults. */
struct gbt_objective_params {
    float scale_pos_weight;       /* 1 */
    float max_delta_step;         /* 0.7 for count:poisson */
    float tweedie_variance_power; /* 1.5 */
    float huber_slope;            /* 1 */
    float *quantile_alpha;        /* (quantiles), or NULL */
    size_t quantiles;
    bool may_cross;           /* false: a row's quantiles are put in order, as since 3.4 */
    size_t classes;           /* num_class */
    int aft_distribution;     /* 0 normal, 1 logistic, 2 extreme */
    float aft_scale;          /* 1 */
    int pair_method;          /* lambdarank_pair_method: topk */
    size_t pairs;             /* lambdarank_num_pair_per_sample; 0: 32 for topk, 1 for mean */
    bool rank_normalization;  /* lambdarank_normalization: true */
    bool score_normalization; /* lambdarank_score_normalization: true */
    bool exp_gain;            /* ndcg_exp_gain: true */
    bool unbiased;            /* lambdarank_unbiased: false */
    float bias_norm;          /* lambdarank_bias_norm: 1 */
};

/* The defaults; gbt_objective_params_done frees what set allocated. */
void gbt_objective_params_init(struct gbt_objective_params *p);
void gbt_objective_params_done(struct gbt_objective_params *p);
void gbt_objective_params_copy(struct gbt_objective_params *to,
                               const struct gbt_objective_params *from);
/*
 * Set one by XGBoost's name, value as text, as in a model file or on a command
 * line. *known is false (and nothing changes) when no objective has it.
 */
enum lk_status gbt_objective_params_set(struct gbt_objective_params *p, const char *name,
                                        const char *value, bool *known, struct lk_error *err);

struct gbt_task;
enum gbt_unit { GBT_BY_ROW, GBT_BY_QUERY, GBT_WHOLE };

struct gbt_objective {
    const char *name;
    const char *default_metric;
    /* Margins to values on the label's scale, in place: (rows, groups). */
    void (*transform)(float *values, size_t rows, size_t groups,
                      const struct gbt_objective_params *p);
    /* What metrics want instead where it is something else (multi:softmax, survival:aft), or NULL.
     */
    void (*metric_transform)(float *values, size_t rows, size_t groups,
                             const struct gbt_objective_params *p);
    /* A base score on the label's scale to a margin. */
    float (*to_margin)(float base_score);
    /* Outputs a row after transform: multi:softmax gives 1 where it has `groups` margins. */
    size_t (*width)(size_t groups);
    /* What a label must be when this one is not allowed ("0 or 1"), or NULL when it is. */
    const char *(*refuse_label)(float label, const struct gbt_objective_params *p);
    /* Whole-data checks and state beyond that, or NULL. */
    enum lk_status (*prepare)(struct gbt_task *t, struct lk_error *err);
    void (*discard)(struct gbt_task *t);
    /* After all gradients of a round: what the next round's depend on, or NULL. */
    void (*learn)(const struct gbt_task *t);
    enum gbt_unit unit;
    /*
     * Gradients of units [begin, end). margins is (rows, groups), row by row;
     * out is (groups, rows): what one tree is grown from lies together.
     */
    void (*gradient)(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                     size_t begin, size_t end);
    /* The best constant base score, on the label's scale; NULL: one Newton step from zero. */
    void (*estimate)(float *base_score, const struct gbt_task *t);
    /*
     * What a leaf that holds these rows adds, eta not applied even later (as in
     * XGBoost 1.7); NULL where it is a Newton step. For output `group`; margins
     * (rows, groups) before this tree. n > 0.
     */
    float (*leaf)(const struct gbt_task *t, size_t group, const float *margins,
                  const uint32_t *rows, size_t n);
    bool fixed_base;         /* the base score is 0.5 unless given (survival:aft) */
    const char *param_group; /* the object of its parameters in a model file, or NULL */
};

/* NULL when there is none of this name. */
const struct gbt_objective *gbt_objective_find(const char *name);
/* The objective as XGBoost 1.7 trains it, where that differs; else o itself. */
const struct gbt_objective *gbt_objective_1_7(const struct gbt_objective *o);
/* All names, for messages and completion. */
const char *const *gbt_objective_names(size_t *n);
/* Margins a row: num_class, quantiles, targets. */
size_t gbt_objective_groups(const struct gbt_objective *o, const struct gbt_objective_params *p,
                            size_t targets);
/* The metric that goes with it, with its parameter ("tweedie-nloglik@1.5"); returns buf. */
const char *gbt_objective_metric(char buf[64], const struct gbt_objective *o,
                                 const struct gbt_objective_params *p);

/* Objective, parameters and data are borrowed for the task's life. */
struct gbt_task {
    const struct gbt_objective *objective;
    const struct gbt_objective_params *params;
    const struct lk_matrix *data;
    size_t rows, groups, targets;
    size_t units;
    size_t round; /* pairs are drawn by it (pair_method mean) */
    void *state;  /* of prepare, freed by discard */
};

/* Checks the labels; an error names the row (counted from 1). */
enum lk_status gbt_task_new(struct gbt_task **out, const struct gbt_objective *o,
                            const struct gbt_objective_params *p, const struct lk_matrix *data,
                            struct lk_error *err);
void gbt_task_free(struct gbt_task *t);
/* All gradients; out is (groups, rows), margins (rows, groups). */
void gbt_task_gradients(const struct gbt_task *t, struct gbt_gradient *out, const float *margins,
                        struct pool *pool);
/* The same for a round of training, from which the objective may learn for the next. */
void gbt_task_round(struct gbt_task *t, size_t round, struct gbt_gradient *out,
                    const float *margins, struct pool *pool);
/* The base score of each output as XGBoost 3 estimates it, on the label's scale: (groups). */
void gbt_task_estimate(const struct gbt_task *t, float *base_score, struct pool *pool);

#endif
