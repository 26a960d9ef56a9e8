/*
 * The paths that a transform's DataProcessing takes: "$", "$[1:]", "$[0,-1]",
 * "$.features", "$['id','SageMakerOutput']", "$[*]", "$.a.b[0]".
 *
 * A CSV record is an array of its fields. A slice's end is its last element,
 * "$[1:4]" being the second to the fifth, as the developer guide's examples
 * have it. A path that names one thing gives that thing; several, or a slice,
 * give an array (several keys: an object of them).
 */
#ifndef CLOUD_JSONPATH_H
#define CLOUD_JSONPATH_H

#include "base/json.h"

struct jsonpath;

/* LK_EINPUT for what is no such path. NULL and "" are "$". */
enum lk_status jsonpath_parse(struct jsonpath **out, const char *text, struct lk_error *err);
void jsonpath_free(struct jsonpath *p);
/* "$": everything stays as it is. */
bool jsonpath_is_all(const struct jsonpath *p);

/*
 * Of an array of n elements: the indices chosen, in order, into out (at most
 * max are written); LK_EINPUT for a path that an array of texts cannot take or
 * an index beyond its end.
 */
enum lk_status jsonpath_columns(size_t *out, size_t max, size_t *count, const struct jsonpath *p,
                                size_t n, struct lk_error *err);
/* Of a JSON value, as JSON text appended to out. */
enum lk_status jsonpath_print(struct str *out, const struct jsonpath *p, const struct json *value,
                              struct lk_error *err);

#endif
