/*
 * The book's folder, watched: after an edit the site is brought up to date
 * (book/site.h's live site) and who asked is told. A book with mistakes leaves
 * the site as it was and tells the mistakes.
 *
 * The watcher has a thread of its own, which alone touches the live site; it
 * calls on_change from there.
 */
#ifndef SERVE_WATCH_H
#define SERVE_WATCH_H

#include "base/str.h"
#include "book/site.h"

struct watch;

/*
 * json: {"errors":[{"file":..,"line":N,"column":N,"text":..,"mend":..}],
 *        "warnings":[..], "written":N, "files":["01-a/index.html", ..]}
 * files: what was written; absent when that is much of the book. What an event that was missed
 * told is not told again: a page that comes back looks for itself.
 */
typedef void watch_fn(void *ctx, struct slice json);

/* Builds the site first; mistakes in the book are no failure of this call. */
enum lk_status watch_start(struct watch **out, const char *root, const struct site_options *site,
                           watch_fn *on_change, void *ctx, struct lk_error *err);
void watch_stop(struct watch *w);
/* What was told last, appended. */
void watch_last(struct watch *w, struct str *json);
/* Nothing could be built yet. */
bool watch_is_empty(struct watch *w);

#endif
