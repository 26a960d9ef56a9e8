/* One tree for people: as text, JSON or an SVG drawing. */
#ifndef GBT_TREE_SHOW_H
#define GBT_TREE_SHOW_H

#include "gbt/model.h"

void tree_show_text(struct str *out, const struct lk_model *m, size_t tree);
void tree_show_json(struct str *out, const struct lk_model *m, size_t tree);
/* A tree too wide or deep to be read is LK_ELIMIT. */
enum lk_status tree_show_svg(struct str *out, const struct lk_model *m, size_t tree,
                             struct lk_error *err);

#endif
