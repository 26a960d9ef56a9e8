/* Bytes as gzip, for what is sent over the wire or packed; reading gzip is source.h's. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include "base/str.h"
#include "labkit.h"

#include <stdio.h>

/* data as one gzip member, appended. level 1 (fast) to 9 (small); the same bytes each time. */
void gzip_put(struct str *out, struct slice data, int level);

/* The same in pieces, into a stream that stays yours. Errors are told by the last call. */
struct gzip_out;
struct gzip_out *gzip_open(FILE *to, int level);
void gzip_write(struct gzip_out *z, const void *ptr, size_t len);
/* Writes the rest and frees z; false when the stream took not all. */
bool gzip_close(struct gzip_out *z);

#endif
