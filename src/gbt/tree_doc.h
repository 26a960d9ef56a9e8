/* One tree of a model file in JSON or UBJSON. */
#ifndef GBT_TREE_DOC_H
#define GBT_TREE_DOC_H

#include "gbt/doc.h"
#include "gbt/model.h"

/*
 * The tree that d stands at goes into t, whose arrays are then the caller's to
 * free also where d failed. Checked here: lengths. Not here: what nodes point at
 * (gbt_model_finish). Returns how many values a leaf has.
 */
size_t doc_take_tree(struct doc_in *d, struct gbt_tree *t);

#endif
