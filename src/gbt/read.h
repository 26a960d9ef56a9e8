/*
 * What the readers of the formats share: the plan (which column of the file
 * goes where), the piece (a stretch of whole records being parsed), and the
 * calls that put one value in its place. Internal to reading; others use rows.h.
 */
#ifndef GBT_READ_H
#define GBT_READ_H

#include "gbt/model.h"
#include "gbt/rows.h"
#include "gbt/words.h"

/* One record may not be longer; names and words within it are shorter still. */
#define READ_MAX_RECORD (16u << 20)

enum read_format { READ_CSV, READ_LIBSVM, READ_JSONL };

enum read_role {
    READ_SKIP,
    READ_FEATURE,
    READ_LABEL,
    READ_MARGIN,
    READ_WEIGHT,
    READ_QUERY,
    READ_LOWER,
    READ_UPPER,
    READ_ROLES
};

struct read_column {
    char *name; /* or NULL */
    enum read_role role;
    uint32_t at;  /* place within its role's row */
    int32_t text; /* which of the plan's text columns; -1: numbers */
};

/* A column of words. The codes of a model are fixed; else they are given out as words come. */
struct read_text {
    struct words words;
    size_t column; /* in the file */
    bool fixed;
};

struct read_plan {
    const char *file;
    enum read_format format;
    char delimiter;
    struct slice missing; /* one more word for it; ptr NULL where none */
    float missing_number; /* the same where it is a number; else NaN */
    bool named;           /* the file names its columns */
    bool open_width;      /* libsvm without a model: as wide as its largest index */
    bool skip_unknown;    /* JSON keys that are no column are passed over */
    size_t file_columns;
    struct read_column *column; /* (file_columns) */
    struct words by_name;       /* JSON: name to file column */
    size_t width[READ_ROLES];   /* numbers a row of each role; 0: none */
    struct read_text *text;     /* (texts) */
    size_t texts;
    char **names; /* (features), or NULL */
};

/* One stretch of records and what came of it; one a slot, reused. */
struct read_piece {
    struct str raw; /* whole records, '\n' last, then READ_PADDING zeros */
    size_t len;     /* of the records */
    struct gbt_block block;
    size_t *starts, *ends, row_cap;
    float *rows[READ_ROLES]; /* (row_cap, width) each */
    size_t width;            /* of a feature row: the plan's, or what an open width needs */
    size_t lines;            /* in the piece */
    struct words *words;     /* (texts) of this slot: its own codes */
    uint32_t **codes;        /* (texts): own code to the plan's */
    size_t *coded;           /* (texts): entries of codes */
    struct str scratch;      /* a field without its quotes */
    enum lk_status status;
    struct lk_error error;
};

enum { READ_PADDING = 64 };

/* Decide roles, types and dictionaries from the first records. `head` ends with a whole record. */
enum lk_status read_plan_make(struct read_plan *p, struct slice head,
                              const struct lk_read_options *o, size_t *header_len,
                              struct lk_error *err);
void read_plan_done(struct read_plan *p);

/* Begin the next row; its features are NaN. */
void read_row_begin(const struct read_plan *p, struct read_piece *b);
/* Put one value; `at` is where it stands in the piece, for errors. */
enum lk_status read_put(const struct read_plan *p, struct read_piece *b, size_t column,
                        struct slice value, const char *at);
enum lk_status read_put_missing(const struct read_plan *p, struct read_piece *b, size_t column,
                                const char *at);
/* The row is complete; start and end are its extent. */
void read_row_end(struct read_piece *b, const char *start, const char *end);
/* An error at a place in the piece; sets and returns b->status. */
enum lk_status read_fail(const struct read_plan *p, struct read_piece *b, enum lk_status status,
                         const char *at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Empty, NA, nan, null, ? in any case; with a plan its own word too. */
bool read_is_missing_word(struct slice value);
bool read_is_missing(const struct read_plan *p, struct slice value);

/* What the stream decided, for lk_matrix_read. */
const struct read_plan *gbt_rows_plan(const struct gbt_rows *r);

/* The formats: parse all of a piece. */
enum lk_status csv_parse_piece(const struct read_plan *p, struct read_piece *b);
enum lk_status libsvm_parse_piece(const struct read_plan *p, struct read_piece *b);
enum lk_status jsonl_parse_piece(const struct read_plan *p, struct read_piece *b);

#endif
