/* Parts of writing models, as the writers of the formats see each other. */
#ifndef GBT_MODEL_WRITE_H
#define GBT_MODEL_WRITE_H

#include "base/str.h"
#include "gbt/model.h"

/* As JSON or UBJSON, appended. */
enum lk_status model_print_doc(struct str *out, const struct lk_model *m,
                               enum lk_model_format format, struct lk_error *err);
/* In the old binary format, appended; LK_EUNSUPPORTED for a model with categories. */
enum lk_status model_print_binary(struct str *out, const struct lk_model *m, struct lk_error *err);
/* {"name":"binary:logistic","reg_loss_param":{...}} */
void model_print_objective(struct str *out, const struct lk_model *m);

#endif
