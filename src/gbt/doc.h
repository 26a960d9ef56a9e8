/*
 * The two notations of a model file, JSON and UBJSON, behind one set of calls
 * each way: `doc_out` writes, `doc_in` reads. Neither builds a tree of values;
 * arrays of numbers go straight between the file and the model's arrays.
 */
#ifndef GBT_DOC_H
#define GBT_DOC_H

#include "base/str.h"
#include "labkit.h"

#include <stdio.h>

/* ---- writing ------------------------------------------------------------ */

struct doc_out {
    FILE *stream;    /* NULL: all stays in text */
    struct str text; /* not yet in the stream */
    bool binary;     /* UBJSON */
    bool first;      /* nothing yet in the object or array that is open (JSON's commas) */
};

/* key is NULL within an array and at the root. Errors are the stream's own. */
void doc_out_init(struct doc_out *w, FILE *stream, enum lk_model_format format);
void doc_object(struct doc_out *w, const char *key);
void doc_object_end(struct doc_out *w);
void doc_array(struct doc_out *w, const char *key, size_t n); /* of n values to come */
void doc_array_end(struct doc_out *w);
void doc_text(struct doc_out *w, const char *key, struct slice value);
void doc_z(struct doc_out *w, const char *key, const char *value);
void doc_count(struct doc_out *w, const char *key, size_t value); /* a number as text */
void doc_float_text(struct doc_out *w, const char *key, float value);
void doc_int(struct doc_out *w, const char *key, int64_t value);
void doc_float(struct doc_out *w, const char *key, float value);
/* Arrays of one type; UBJSON has them as blocks. */
void doc_floats(struct doc_out *w, const char *key, const float *v, size_t n);
void doc_int32s(struct doc_out *w, const char *key, const int32_t *v, size_t n);
void doc_int64s(struct doc_out *w, const char *key, const int64_t *v, size_t n);
void doc_bytes(struct doc_out *w, const char *key, const uint8_t *v, size_t n);
/* What is left goes into the stream. */
void doc_out_done(struct doc_out *w);

/* ---- reading ------------------------------------------------------------ */

/*
 * A cursor over the bytes. The first error stays: from there on every call
 * answers as at the end, so callers look at `status` once, when they are done.
 * Values are taken in the order of the file; each must be taken or skipped.
 */
struct doc_in {
    const char *begin, *at, *end;
    bool binary;
    bool first; /* nothing taken yet of the object or array that is open */
    int depth;
    size_t hint; /* length of the last array: the next is often as long */
    struct str text;
    enum lk_status status;
    struct lk_error *err;
};

struct doc_list {
    int64_t left; /* values to come; -1 where only the end tells */
    char type;    /* of all of them in UBJSON's typed arrays; else 0 */
};

void doc_in_init(struct doc_in *d, struct slice bytes, bool binary, struct lk_error *err);
void doc_in_done(struct doc_in *d);
enum lk_status doc_fail(struct doc_in *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool doc_enter(struct doc_in *d);                    /* an object */
bool doc_key(struct doc_in *d, struct slice *key);   /* false at its end */
bool doc_list(struct doc_in *d, struct doc_list *l); /* an array */
bool doc_more(struct doc_in *d, struct doc_list *l); /* false at its end */
void doc_skip(struct doc_in *d);                     /* any value */
/* Valid until the next call. A number is given as its text. */
struct slice doc_take_text(struct doc_in *d);
double doc_take_number(struct doc_in *d, const struct doc_list *l); /* l: within this array */
/* A parameter: its text as a whole number of 31 bits. */
int64_t doc_take_count(struct doc_in *d);
/* Arrays of numbers, yours to free; *n is set to the length. */
float *doc_take_floats(struct doc_in *d, size_t *n);
int32_t *doc_take_int32s(struct doc_in *d, size_t *n); /* true and false are 1 and 0 */
/* What follows of the input after the value that was read. */
bool doc_at_end(struct doc_in *d);

#endif
