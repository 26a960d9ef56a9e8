/* Made-up data that a model can learn from, row by row. */
#ifndef GBT_GENERATE_H
#define GBT_GENERATE_H

#include <stdint.h>

enum gbt_label_kind { GBT_LABEL_BINARY, GBT_LABEL_CLASSES, GBT_LABEL_NUMBER };

struct gbt_recipe {
    int64_t columns; /* features */
    int64_t classes; /* of GBT_LABEL_CLASSES */
    double missing;  /* share of features left out, as NaN */
    enum gbt_label_kind kind;
};

/*
 * The next row: x is (columns); returns the label. *state is the seed before
 * the first row. Features are normally distributed; the label follows the first five of
 * them, in part by a product and a bend, and has noise.
 */
double gbt_generate_row(const struct gbt_recipe *r, double *x, uint64_t *state);

#endif
