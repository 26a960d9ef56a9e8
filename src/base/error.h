/*
 * Filling a caller-owned `struct lk_error` (see labkit.h).
 *
 * Each call returns the status, so that a failure is one statement:
 *     return error_set(err, LK_EINPUT, "expected %d columns, found %d", a, b);
 * The lowest level that knows what went wrong writes the text; levels above
 * only add the place (error_place) and never overwrite. err may be NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "labkit.h"

#include <stdarg.h>

/* Text only. The place stays empty for error_place to fill. */
enum lk_status error_set(struct lk_error *err, enum lk_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Text and place; line and column are 1-based, 0 where unknown. */
enum lk_status error_at(struct lk_error *err, enum lk_status status, const char *file, int line,
                        int column, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

enum lk_status error_vset(struct lk_error *err, enum lk_status status, const char *fmt,
                          va_list args);

/* LK_EIO with the words of errno: "cannot open FILE: No such file or directory". */
enum lk_status error_errno(struct lk_error *err, const char *doing, const char *file);

/* Add the place to an error that has none yet. Returns err's status. */
enum lk_status error_place(struct lk_error *err, const char *file, int line, int column);

/* Make err empty. */
void error_clear(struct lk_error *err);

/*
 * The entry of names (n of them) that `word` is probably a misspelling of, or
 * NULL when none is near: for "unknown key 'titel'; did you mean 'title'?".
 */
const char *error_nearest(const char *word, const char *const *names, size_t n);

#endif
