/*
 * The words of model files, in one place for reading and writing: feature
 * types, the parameters of each objective, and the attributes under which
 * labkit keeps what XGBoost's form has no place for.
 */
#ifndef GBT_MODEL_TEXT_H
#define GBT_MODEL_TEXT_H

#include "gbt/model.h"

/* "float", "int", "i", "q", "c". */
const char *model_text_type(enum gbt_feature_type type);
bool model_text_parse_type(struct slice word, enum gbt_feature_type *out);

/* Where a file keeps an objective's parameters, and what they are if not given. */
enum { MODEL_TEXT_PARAMS = 3 };
struct model_text_objective {
    const char *name;
    const char *group; /* "reg_loss_param", or NULL for none */
    struct {
        const char *name, *otherwise;
    } param[MODEL_TEXT_PARAMS];
};
/* NULL when there is none of this name. */
const struct model_text_objective *model_text_objective(const char *name);

/*
 * The words of categorical columns and of the label as attributes, sorted by
 * name; 0 to 2 of them, yours to free.
 */
size_t model_text_attributes(struct gbt_attribute out[2], const struct lk_model *m);
/* Turn those attributes, if the model has them, back into dictionaries. */
enum lk_status model_text_take_attributes(struct lk_model *m, struct lk_error *err);

#endif
