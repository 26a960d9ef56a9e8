/*
 * Writing a site. Files that changed are written into a folder beside the
 * site's own; only when all is well are they renamed into place, and what an
 * earlier run wrote and this one did not is deleted. So a run that fails leaves
 * the site as it was, and one that changes nothing touches nothing.
 *
 * What was written is listed in the site's .labbook-files, and only what stands
 * there is ever deleted: other files in the folder are not ours.
 *
 * publish_put may be called from several threads at once.
 */
#ifndef BOOK_PUBLISH_H
#define BOOK_PUBLISH_H

#include "base/str.h"
#include "labkit.h"

struct publish;

struct publish_counts {
    size_t files, written, removed;
};

enum lk_status publish_open(struct publish **out, const char *folder, struct lk_error *err);
/* name is relative, "01-a/index.html"; a name may be put once only, later ones are left out. */
enum lk_status publish_put(struct publish *p, const char *name, struct slice content,
                           struct lk_error *err);
/* The same with the content of a file. */
enum lk_status publish_copy(struct publish *p, const char *name, const char *from,
                            struct lk_error *err);
struct pool;
/* Rename into place, delete what is gone. */
enum lk_status publish_commit(struct publish *p, struct pool *pool, struct publish_counts *counts,
                              struct lk_error *err);
/* The same for a few files among those of an earlier commit: nothing is deleted. */
enum lk_status publish_commit_some(struct publish *p, struct pool *pool,
                                   struct publish_counts *counts, struct lk_error *err);
/* The names of the files that were not as put: a committed run has written them. Yours to free. */
size_t publish_changed(struct publish *p, char ***names);
/* Frees; what was not committed is dropped. */
void publish_close(struct publish *p);

#endif
