/*
 * A stream of bytes to read: a file, stdin ("-") or memory, gunzipped on the
 * way when its first bytes say gzip.
 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/str.h"
#include "labkit.h"

struct source;

enum lk_status source_open(struct source **out, const char *path, struct lk_error *err);
/* The bytes must outlive the source. name stands in errors. */
struct source *source_memory(struct slice bytes, const char *name);
/* Up to n bytes; *got 0 at the end. A cut or corrupt gzip stream is LK_EINPUT. */
enum lk_status source_read(struct source *s, void *buf, size_t n, size_t *got,
                           struct lk_error *err);
/* "stdin" for "-". */
const char *source_name(const struct source *s);
/* Bytes taken from the file so far, and its size (-1 where unknown): for progress. */
int64_t source_position(const struct source *s);
int64_t source_size(const struct source *s);
void source_close(struct source *s);

#endif
