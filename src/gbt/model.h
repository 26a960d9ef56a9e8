/*
 * A model in memory: XGBoost's learner as plain arrays. Read (model_read.c
 * and its formats) or grown (train.c), then const and shared.
 *
 * Trees stand round by round, within a round by output group, within a group
 * by parallel tree; `tree_group` says which output a tree adds to.
 */
#ifndef GBT_MODEL_H
#define GBT_MODEL_H

#include "base/str.h"
#include "gbt/matrix.h"

enum { GBT_NO_NODE = -1 };

/*
 * One tree, node by node (node 0 is the root). A node with left == GBT_NO_NODE
 * is a leaf, and its `value` is what it adds (eta applied); else `value` is
 * the threshold: x < value goes left, missing goes to the default side. At a
 * categorical split a category in the node's set goes right, any other left.
 */
struct gbt_tree {
    int32_t nodes;
    int32_t *left, *right, *parent; /* (nodes) */
    uint32_t *feature;              /* (nodes) */
    float *value;                   /* (nodes) */
    uint8_t *default_left;          /* (nodes) */
    float *base_weight;             /* (nodes): optimal weight, eta not applied */
    float *loss_change, *hessian;   /* (nodes) */
    /* Categorical splits; all NULL and 0 in a tree without. */
    uint8_t *categorical;     /* (nodes): 1 at a categorical split */
    uint32_t *category_start; /* (nodes): where the node's set begins in categories */
    uint32_t *category_count; /* (nodes) */
    int32_t *categories;      /* all sets, each ascending */
    size_t category_total;
    /* Vector leaves (multi_strategy=multi_output_tree); NULL else. */
    float *leaf_vector; /* (nodes, groups): what a leaf adds to each output */
};

struct gbt_attribute {
    char *name, *value;
};

enum gbt_booster { GBT_GBTREE, GBT_DART, GBT_GBLINEAR };

struct lk_model {
    char *objective;                        /* "binary:logistic", ... */
    struct gbt_attribute *objective_params; /* its parameters as name and text */
    size_t objective_param_count;
    enum gbt_booster booster;
    size_t features;
    size_t groups;  /* margins a row: classes, targets or 1 */
    size_t classes; /* num_class as stored: 0 unless multi:* */
    size_t targets;
    float *base_score;  /* (groups), on the label's scale, as the file has it */
    float *base_margin; /* (groups), the same on the margin's scale: what scoring starts from */
    bool base_score_is_margin; /* files from before 1.0 have it on the margin's scale */
    bool boost_from_average;

    struct gbt_tree *trees; /* (tree_count) */
    int32_t *tree_group;    /* (tree_count) */
    size_t tree_count;
    size_t parallel_trees; /* num_parallel_tree */
    size_t *round_start;   /* (rounds + 1): first tree of each round, then tree_count */
    size_t rounds;
    float *tree_weight; /* (tree_count) dart's weight_drop, or NULL */

    float *linear; /* gblinear: (features + 1, groups), the bias row last; or NULL */

    char **names;                        /* (features), or NULL */
    enum gbt_feature_type *types;        /* (features), or NULL */
    struct gbt_dictionary *dictionaries; /* (features), or NULL */
    struct gbt_dictionary label_classes; /* words of the label's classes; n 0 where none */

    struct gbt_attribute *attributes; /* the user's: best_iteration, ... sorted by name */
    size_t attribute_count;
    int version[3]; /* of the XGBoost that wrote it */

    struct gbt_scorer *scorer; /* made once when the model is complete; see score.h */
};

/* A tree of this many nodes, arrays cleared; with room for categories if asked. */
void gbt_tree_init(struct gbt_tree *t, int32_t nodes, bool categorical, size_t leaf_width);
void gbt_tree_done(struct gbt_tree *t);
/* Node `node` splits on words of a category: is this code among those that go right? */
bool gbt_tree_has_category(const struct gbt_tree *t, int32_t node, int32_t code);
struct lk_model *gbt_model_new(void);
/* Check every index, cycle and number; compute base_margin and the scorer. Call once, last. */
enum lk_status gbt_model_finish(struct lk_model *m, struct lk_error *err);
/* The objective's own parameter as text, or NULL where the model has none of this name. */
const char *gbt_model_objective_param(const struct lk_model *m, const char *name);
void gbt_model_set_objective_param(struct lk_model *m, const char *name, const char *value);
/* The model's file as bytes, appended: what lk_model_write writes, for who has no file system. */
void gbt_model_print(struct str *out, const struct lk_model *m, enum lk_model_format format);
/* Set or replace (value NULL removes) one of the user's attributes. */
void gbt_model_set_attribute(struct lk_model *m, const char *name, const char *value);

#endif
