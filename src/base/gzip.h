/* Bytes as gzip, for what is sent over the wire; reading gzip is source.h's. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include "base/str.h"

/* data as one gzip member, appended. level 1 (fast) to 9 (small); the same bytes each time. */
void gzip_put(struct str *out, struct slice data, int level);

#endif
