/*
 * A table: columns with names, each of numbers (double, NaN missing) or of
 * words (codes into a dictionary, -1 missing). For looking at data and getting
 * it into shape before it becomes a matrix; a million rows are comfortable.
 *
 * A table is never changed by a call that takes it as const: those that pick,
 * order, group or join make a new one. Row lists are 0-based and may repeat.
 */
#ifndef GBT_TABLE_H
#define GBT_TABLE_H

#include "base/str.h"
#include "gbt/matrix.h"

#define TABLE_MAX_ROWS  100000000
#define TABLE_MAX_CELLS 1000000000

enum table_type { TABLE_NUMBER, TABLE_TEXT };

struct table_column {
    char *name;
    enum table_type type;
    double *numbers; /* (rows) of a number column, else NULL */
    int32_t *codes;  /* (rows) of a text column, else NULL */
    /*
     * The words of a text column, each once, in bytewise order. Tables made of
     * another's rows keep all of them, so that codes mean the same in both.
     */
    struct gbt_dictionary dict;
};

struct table {
    size_t rows, columns;
    struct table_column *column;
};

/* An empty table of so many rows; add columns. */
struct table *table_new(size_t rows);
void table_free(struct table *t);
struct table *table_copy(const struct table *t);

/* CSV or JSON lines ("-" is stdin), gunzipped where gzip; delimiter 0: told by the first line. */
enum lk_status table_read(struct table **out, const char *path, char delimiter,
                          struct lk_error *err);
enum lk_status table_parse(struct table **out, struct slice text, const char *name, char delimiter,
                           struct lk_error *err);
/* CSV with a header line; missing is empty; quotes only where needed. */
void table_print(struct str *out, const struct table *t, bool header);
enum lk_status table_write(const struct table *t, const char *path, bool header,
                           struct lk_error *err);

/* The column's index, or LK_EUSE with the nearest name. */
enum lk_status table_find(const struct table *t, const char *name, size_t *out,
                          struct lk_error *err);
bool table_is_missing(const struct table *t, size_t row, size_t column);
/* A cell as text ("" where missing); buf is used for numbers. */
const char *table_text(const struct table *t, size_t row, size_t column, char *buf, size_t size);

/* Add a column (name copied; replaced where the name exists). values: (rows), copied. */
void table_put_numbers(struct table *t, const char *name, const double *values);
/* words: (rows), NULL is missing; copied. */
void table_put_words(struct table *t, const char *name, const char *const *words);
void table_drop(struct table *t, size_t column);
enum lk_status table_rename(struct table *t, size_t column, const char *name, struct lk_error *err);

/* New tables. */
struct table *table_pick(const struct table *t, const size_t *rows, size_t n);
struct table *table_select(const struct table *t, const size_t *columns, size_t n);
/* Stable; missing last. */
struct table *table_sort(const struct table *t, size_t column, bool descending);
/* n rows without replacement, in the table's order; all where n >= rows. */
struct table *table_sample(const struct table *t, size_t n, uint64_t seed);
/*
 * Two parts, `fraction` of the rows to the first; each row's part depends on
 * seed and row number. With stratify (a column, else SIZE_MAX) each of its
 * values is split in the same proportion.
 */
void table_split(struct table **first, struct table **second, const struct table *t,
                 double fraction, size_t stratify, uint64_t seed);
/* Rows of both under one another; columns by name, which must be the same with the same types. */
enum lk_status table_append(struct table **out, const struct table *a, const struct table *b,
                            struct lk_error *err);

enum table_fold { TABLE_COUNT, TABLE_SUM, TABLE_MEAN, TABLE_MIN, TABLE_MAX };
struct table_fold_of {
    enum table_fold fold;
    size_t column; /* a number column; ignored by TABLE_COUNT */
};
/* One row a value of `by` (sorted, missing last): its value, then each fold as "mean_speed",
 * "count". */
enum lk_status table_group(struct table **out, const struct table *t, size_t by,
                           const struct table_fold_of *folds, size_t n, struct lk_error *err);
/*
 * Each row of a with the columns of b's row of equal key (the first such);
 * keep_all keeps rows of a that have none, with missing values. A name that
 * both have gets "_2" on b's side.
 */
enum lk_status table_join(struct table **out, const struct table *a, size_t a_key,
                          const struct table *b, size_t b_key, bool keep_all, struct lk_error *err);
/* The text column as one 0/1 column a word, named "size=Large", in its place. */
struct table *table_one_hot(const struct table *t, size_t column);

/* What describes a column. */
struct table_summary {
    size_t missing, distinct; /* distinct: of what is not missing */
    double mean, deviation, min, quarter, median, three_quarters, max; /* numbers only, else NaN */
    const char *top; /* text: the most frequent word, or NULL */
    size_t top_count;
};
struct table_summary table_describe(const struct table *t, size_t column);

/*
 * To a matrix: features are all columns but `label` (SIZE_MAX: no label) and
 * those in ignore. Text becomes categories with their dictionary; a text label
 * becomes classes 0, 1, ... in bytewise order of its words, kept in m->classes.
 * With a model (else NULL) features are the model's, found by name, and words
 * get its codes; a word that it does not know counts as missing.
 */
enum lk_status table_to_matrix(struct lk_matrix **out, const struct table *t, size_t label,
                               const size_t *ignore, size_t ignored, const struct lk_model *model,
                               struct lk_error *err);

#endif
