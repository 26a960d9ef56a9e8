/*
 * The data matrix: dense, row-major floats with NaN for missing, and the
 * per-row fields that training needs. Filled once, then const and shared.
 */
#ifndef GBT_MATRIX_H
#define GBT_MATRIX_H

#include "labkit.h"

/* Caps on what a file may ask for. */
#define GBT_MAX_COLUMNS    65536
#define GBT_MAX_CLASSES    4096
#define GBT_MAX_CATEGORIES 65536 /* of one column */

/* XGBoost's feature types. */
enum gbt_feature_type { GBT_FLOAT, GBT_INT, GBT_INDICATOR, GBT_QUANTITY, GBT_CATEGORY };

/* The words of a categorical column, in order of their codes. */
struct gbt_dictionary {
    char **words;
    size_t n;
};

void gbt_dictionary_copy(struct gbt_dictionary *to, const struct gbt_dictionary *from);
void gbt_dictionary_done(struct gbt_dictionary *d); /* d is empty and usable again */

struct lk_matrix {
    size_t rows, columns;
    float *values; /* (rows, columns); a category is its code */

    float *labels; /* (rows, targets), or NULL */
    size_t targets;
    float *weights;     /* (rows), or NULL */
    float *base_margin; /* (rows, margin_width), or NULL */
    size_t margin_width;
    float *lower, *upper; /* (rows), or NULL */
    size_t *query_starts; /* (queries + 1): first row of each query, then rows; or NULL */
    size_t queries;

    char **names;                        /* (columns), or NULL */
    enum gbt_feature_type *types;        /* (columns), or NULL: all float */
    struct gbt_dictionary *dictionaries; /* (columns), n 0 where none; or NULL */
    struct gbt_dictionary classes;       /* the label's words where it was text; n 0 else */
};

/* An empty matrix of this shape, values not set; the caller fills it. */
struct lk_matrix *gbt_matrix_new(size_t rows, size_t columns);
/*
 * A matrix of n of the rows, in this order, with all their fields. Rows of one
 * query that follow each other make a query of the new matrix.
 */
struct lk_matrix *gbt_matrix_pick(const struct lk_matrix *m, const uint32_t *rows, size_t n);
/*
 * Take the column of this name (or number) out of the matrix; its values are
 * yours: (rows). LK_EUSE, with the nearest name, where there is none.
 */
enum lk_status gbt_matrix_take_column(float **out, struct lk_matrix *m, const char *name,
                                      struct lk_error *err);

#endif
