/*
 * What a request's first line and its Host and Range headers say, taken apart
 * without a socket in sight, so that tests can be as hostile as they like.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/mem.h"
#include "base/str.h"

/* A request target, decoded; all in the arena. */
struct target {
    const char *path;       /* decoded, starts with '/' (or is "*"), without query */
    struct slice authority; /* of the absolute form "http://authority/path"; else empty */
    size_t pairs;
    const char **names, **values; /* the query's, decoded, in order */
};

/* false for what no client of ours sends: no leading '/', a cut escape, a zero byte, 1000 pairs. */
bool target_parse(struct target *out, struct arena *a, const char *raw);
/* The first value of that name, or NULL. */
const char *target_query(const struct target *t, const char *name);

/*
 * Is the Host (with or without a port) loopback's, or one of `allowed`
 * (NULL-terminated, "*.name" for all below it; may be NULL)?
 */
bool host_allowed(struct slice host, const char *const *allowed);

/*
 * "bytes=from-to" of something `size` bytes long. RANGE_NONE also stands for
 * what a server may ignore: other units, several ranges, nonsense.
 */
enum range_kind { RANGE_NONE, RANGE_OK, RANGE_BAD };
enum range_kind range_parse(const char *header, int64_t size, int64_t *from, int64_t *len);

#endif
