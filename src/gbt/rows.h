/*
 * Rows as they stream from a file in any of the formats, in constant memory:
 * what lk_matrix_read collects, and what batch scoring works on.
 *
 * The file is cut into blocks of whole lines. Blocks are parsed in parallel;
 * each is handed to `work` on the thread that parsed it (score it there, print
 * into a buffer of the slot) and then to `emit` on the caller's thread, in the
 * file's order. With a model in the options columns are the model's features,
 * found by name where both sides have names, and words are coded as the model
 * does; a word that the model does not know counts as missing.
 */
#ifndef GBT_ROWS_H
#define GBT_ROWS_H

#include "base/str.h"
#include "gbt/matrix.h"

struct gbt_rows;

struct gbt_block {
    size_t rows, columns;
    size_t first;   /* rows before this block */
    size_t slot;    /* [0, gbt_rows_slots): who may use which scratch space */
    float *values;  /* (rows, columns), NaN for missing */
    float *labels;  /* (rows, targets), or NULL */
    float *weights; /* (rows), or NULL; so are the next */
    float *queries;
    float *base_margin; /* (rows, margin_width), or NULL */
    float *lower, *upper;
    struct slice text;    /* the block's lines as they stand in the file */
    const size_t *starts; /* (rows): where in text each row begins; CSV and the others alike */
    const size_t *ends;   /* (rows): and ends, without its line end */
};

/* What is known once the file is open. */
struct gbt_layout {
    size_t columns;           /* of values: features */
    const char *const *names; /* (columns), or NULL where the file has none */
    size_t targets, margin_width;
    struct slice header; /* the header line without its end; empty where there is none */
    char delimiter;      /* of CSV; 0 for other formats */
};

/* Both may be NULL. A status other than LK_OK ends the reading and is returned. */
typedef enum lk_status gbt_block_fn(void *ctx, struct gbt_block *block, struct lk_error *err);

/* options may be NULL. Columns, types and dictionaries are settled here. */
enum lk_status gbt_rows_open(struct gbt_rows **out, const char *path,
                             const struct lk_read_options *options, struct lk_error *err);
/* The same from a stream; takes source, also when it fails. */
struct source;
enum lk_status gbt_rows_from(struct gbt_rows **out, struct source *source,
                             const struct lk_read_options *options, struct lk_error *err);
const struct gbt_layout *gbt_rows_layout(const struct gbt_rows *r); /* borrowed */
size_t gbt_rows_slots(const struct gbt_rows *r);
/* All blocks to the end of the file: work in parallel, emit in order. */
enum lk_status gbt_rows_each(struct gbt_rows *r, gbt_block_fn *work, gbt_block_fn *emit, void *ctx,
                             struct lk_error *err);
/* Bytes read so far and in all (-1 where unknown): for progress. */
int64_t gbt_rows_position(const struct gbt_rows *r);
int64_t gbt_rows_size(const struct gbt_rows *r);
void gbt_rows_close(struct gbt_rows *r);

#endif
