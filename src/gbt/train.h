/*
 * Training inside: the state of one call of lk_train, and what the boosters
 * (trees, dart, linear) and the round loop ask of each other.
 */
#ifndef GBT_TRAIN_H
#define GBT_TRAIN_H

#include "gbt/fixed.h"
#include "gbt/grow.h"

/* A set of rows whose margins follow the model as it grows. */
struct gbt_follow {
    const struct lk_matrix *m;
    const char *name;
    float *margins; /* (rows, groups) */
    /*
     * dart: what trees add up to, (rows, groups), as they are taken away and put back; margins
     * are then those of the trees in it, as if no other had ever been there. NULL otherwise.
     */
    struct gbt_fixed *sums;
};

/* Where and when to save. */
struct gbt_checkpoint {
    char *path;
    char print[17];
    int64_t next; /* not before this time, on the steady clock */
};

/* Metrics after a round. */
struct gbt_board {
    char **names; /* (metrics) */
    size_t metrics;
    double *value; /* (evals, metrics), like the next two */
    const char **data, **metric;
};

struct gbt_trainer {
    struct lk_params *p;
    const struct lk_matrix *data;
    const struct lk_train_options *o;
    struct pool *pool;
    bool pool_is_lent;
    const struct gbt_objective *objective;
    struct gbt_task *task;
    size_t groups;
    struct gbt_bins *bins;
    struct gbt_constraints *constraints;
    struct gbt_grower *grower;
    struct gbt_lottery *lottery;
    struct lk_model *model;        /* being made */
    struct gbt_gradient *gradient; /* (groups, rows) */
    struct gbt_follow train;       /* the training rows */
    struct gbt_follow *evals;      /* (o->eval_count) */
    size_t rounds;                 /* to train up to, those of a start model included */
    size_t early_stop;             /* rounds without improvement; 0: never */
    struct gbt_board board;
    struct gbt_checkpoint checkpoint;
    struct lk_model *resumed; /* from a checkpoint, or NULL */
};

/* train_model.c: the model being made */
enum lk_status gbt_train_model(struct gbt_trainer *t, struct lk_error *err);
/* No more than names, types and dictionaries of a data set: for reading another alike. */
struct lk_model *gbt_model_like(const struct lk_matrix *m);
/* Take over the trees, weights and base scores of the model to go on from. */
enum lk_status gbt_train_from(struct gbt_trainer *t, const struct lk_model *start,
                              struct lk_error *err);
/* Room for one more tree of this group; the caller fills it. */
struct gbt_tree *gbt_train_add_tree(struct gbt_trainer *t, size_t group);
/* The trees added since belong to one round. */
void gbt_train_end_round(struct gbt_trainer *t);
/* Take rounds off the end until n are left. */
void gbt_train_cut_rounds(struct lk_model *m, size_t n);

/* train_follow.c: margins of rows by walking trees */
enum lk_status gbt_follow_start(struct gbt_follow *f, struct gbt_trainer *t,
                                const struct lk_matrix *m, const char *name, struct lk_error *err);
/* Add weight times trees [begin, end). */
void gbt_follow_add(struct gbt_follow *f, const struct gbt_trainer *t, size_t begin, size_t end,
                    float weight);
void gbt_follow_done(struct gbt_follow *f);

/*
 * train.c: a training that is taken round by round. Data, options and what they
 * point to are borrowed for its life; pool is lent, or NULL for one of its own.
 */
enum lk_status gbt_trainer_new(struct gbt_trainer **out, const struct lk_matrix *data,
                               const struct lk_params *params,
                               const struct lk_train_options *options, struct pool *pool,
                               struct lk_error *err);
/* One round, from gradients to metrics (in `board`); *stop becomes true where it is the last. */
enum lk_status gbt_trainer_round(struct gbt_trainer *t, bool *stop, struct lk_error *err);
void gbt_trainer_free(struct gbt_trainer *t);
/* A round's trees; `add` puts them into the training margins at weight 1 */
void gbt_grow_round(struct gbt_trainer *t, bool add);

/* dart.c */
void gbt_dart_round(struct gbt_trainer *t);

/* train_eval.c */
enum lk_status gbt_board_new(struct gbt_trainer *t, struct lk_error *err);
/* Measure, report, and set *stop where training should end. */
enum lk_status gbt_board_round(struct gbt_trainer *t, bool *stop, struct lk_error *err);
bool gbt_board_over(const struct gbt_trainer *t);
void gbt_board_done(struct gbt_board *b);

/* train_memory.c: bytes that training takes besides the data itself */
double gbt_train_memory(size_t rows, size_t columns, size_t outputs, const struct lk_params *p,
                        int threads);
/* LK_ELIMIT says what is needed and what there is. */
enum lk_status gbt_memory_check(double need, size_t rows, size_t columns, struct lk_error *err);

/* checkpoint.c: the model saved, or NULL where there is none yet */
enum lk_status gbt_checkpoint_load(struct gbt_checkpoint *c, const struct gbt_trainer *t,
                                   struct lk_model **out, struct lk_error *err);
/* Saves if it is time to, or if it is the last. */
enum lk_status gbt_checkpoint_save(struct gbt_checkpoint *c, struct gbt_trainer *t, bool last,
                                   struct lk_error *err);
void gbt_checkpoint_done(struct gbt_checkpoint *c);

/* linear.c */
enum lk_status gbt_linear_check(struct gbt_trainer *t, struct lk_error *err);
void gbt_linear_round(struct gbt_trainer *t);
/* Margins by the weights that a start model brings. */
void gbt_linear_start(struct gbt_trainer *t, struct gbt_follow *f);

#endif
