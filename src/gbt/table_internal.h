/* What the table's own files share; others use table.h. */
#ifndef GBT_TABLE_INTERNAL_H
#define GBT_TABLE_INTERNAL_H

#include "gbt/table.h"
#include "gbt/words.h"

/* Codes by first sight (of w) become codes of a sorted dictionary, which c gets. */
void table_settle_words(struct table_column *c, size_t rows, const struct words *w);
/* A column at the end of t with the name, type and dictionary of `like`, its rows zero. */
struct table_column *table_new_column(struct table *t, const struct table_column *like);

#endif
