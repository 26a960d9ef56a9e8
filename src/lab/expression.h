/*
 * Column expressions: "speed > 150 and wildlife_size == 'Large'", computed for
 * each row of a table. Names are columns (in [brackets] where they have
 * spaces); text stands in 'quotes'. What is computed with a missing value is
 * missing; a condition that is missing does not hold.
 */
#ifndef LAB_EXPRESSION_H
#define LAB_EXPRESSION_H

#include "gbt/table.h"

struct expression;

/* Understand text for the columns of t; an error names the place in text. */
enum lk_status expression_parse(struct expression **out, const char *text, const struct table *t,
                                struct lk_error *err);
void expression_free(struct expression *e);
bool expression_is_text(const struct expression *e);
/* The value at a row of the table it was parsed for; NaN is missing, true is 1, false is 0. */
double expression_number(const struct expression *e, size_t row);
/* Text of a text expression; NULL is missing. It lasts until the next call. */
const char *expression_text(struct expression *e, size_t row);

#endif
