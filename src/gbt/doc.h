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

#endif
