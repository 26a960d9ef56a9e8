/* Between the lab's files about models: xgb, model, plot. */
#ifndef LAB_LEARN_H
#define LAB_LEARN_H

#include "gbt/cv.h"
#include "gbt/model.h"
#include "lab/state.h"

/*
 * A table as a matrix into *box: with the label's column (label NULL: without),
 * positive (or NULL) the word of it that is 1, in the columns and codes of
 * model (or NULL).
 */
void learn_matrix(lua_State *L, struct lk_matrix **box, const struct table *t, const char *label,
                  const char *positive, const struct lk_model *model);
/* The label's name, or fail. */
const char *learn_label(lua_State *L, const struct lab_model *m);
/* What the options at 1 say: rows and label, XGBoost's parameters, threads. Boxes stay on the
 * stack. */
const struct lk_matrix *learn_data(lua_State *L, const char **label);
struct lk_params *learn_params(lua_State *L, const struct lk_matrix *m);
int learn_threads(lua_State *L);
/* Options folds, group, stratify, seed, early_stop, threads, metric; arrays are on Lua's stack. */
void learn_cv_options(lua_State *L, struct gbt_cv_options *o, int64_t folds);
/*
 * Cross-validation in a box on Lua's stack; fails also where the host says stop. done counts the
 * rounds so far, of all that belong together, and total those there will be.
 */
const struct gbt_cv *learn_cv(lua_State *L, const struct lk_matrix *m, const struct lk_params *p,
                              const struct gbt_cv_options *o, size_t *done, size_t total);

/* Predictions of a kind for the table: (rows, *width), in memory on Lua's stack. */
float *learn_predict(lua_State *L, const struct lab_model *m, const struct table *t,
                     enum lk_predict_kind kind, size_t rounds, size_t *width);
/* Labels of the table as the model has them: (rows), NaN missing; on Lua's stack. */
const float *learn_labels(lua_State *L, const struct lab_model *m, const struct table *t);
size_t learn_class_count(const struct lab_model *m); /* 2 for binary; 0: not classes */
/* A class's word or number. */
const char *learn_class_name(const struct lab_model *m, size_t k, char *buf, size_t size);
/* The class of each row: (rows); threshold for two classes. On Lua's stack. */
size_t *learn_classes(lua_State *L, const struct lab_model *m, const struct table *t,
                      double threshold);
const char *learn_feature_name(const struct lab_model *m, size_t f, char *buf, size_t size);

/* Features by importance, the highest first. */
struct importance {
    size_t feature;
    double value;
};
/* kind: gain, weight, cover, total_gain, total_cover; fails on another. On Lua's stack. */
struct importance *learn_importance(lua_State *L, const struct lab_model *m, const char *kind,
                                    size_t *n);

#endif
