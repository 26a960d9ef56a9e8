/* What the readers of model files share; others use lk_model_read. */
#ifndef GBT_MODEL_READ_H
#define GBT_MODEL_READ_H

#include "base/str.h"
#include "gbt/model.h"

/* Each fills m from one notation, without gbt_model_finish. */
enum lk_status model_read_doc(struct lk_model *m, struct slice bytes, bool binary,
                              struct lk_error *err);
enum lk_status model_read_binary(struct lk_model *m, struct slice bytes, struct lk_error *err);

/* The model's bytes inside a pickle of a Booster; they borrow from bytes or from scratch. */
enum lk_status pickle_find(struct slice *out, struct slice bytes, struct str *scratch,
                           struct lk_error *err);
/* The model's file inside a tar archive. */
enum lk_status tar_find(struct slice *out, struct slice bytes, struct lk_error *err);
bool tar_is(struct slice bytes);

/* "5E-1", "[1E0,2E0]": base scores as text, for m->groups outputs; one stands for all. */
enum lk_status model_read_base_score(struct lk_model *m, struct slice text, struct lk_error *err);

#endif
