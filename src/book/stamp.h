/*
 * Has anything changed since the site was written? A stamp is a sum over the
 * name, size and time of every file that goes in and every file that came out,
 * kept in the site's .labbook-stamp with what was reported. While it is equal,
 * a build has nothing to do.
 */
#ifndef BOOK_STAMP_H
#define BOOK_STAMP_H

#include "base/thread.h"
#include "book/site.h"

/*
 * Of the book at root, its templates and options; take it before reading them,
 * so that a change during the build is seen by the next.
 */
uint64_t stamp_inputs(const char *root, const char *templates, const struct site_options *options,
                      struct pool *pool);
/* The sum over one folder and all below it; 0 when it is not there. */
uint64_t stamp_folder(const char *path);
/* Of one file; 0 when it is not there. */
uint64_t stamp_file(const char *path);
/* Of what the last build wrote. The stamp is the sum of both. */
uint64_t stamp_outputs(const char *out, struct pool *pool);
/* Does the site's stamp say the same? Then *report is what was reported with it. */
bool stamp_matches(const char *out, uint64_t stamp, struct site_report *report);
void stamp_keep(const char *out, uint64_t stamp, const struct site_report *report);

#endif
