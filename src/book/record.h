/*
 * Recorded outputs: the events of a step (src/lab/session.h), a line of JSON
 * each, in lessons/NN/recorded/ID.jsonl, as HTML for the page.
 */
#ifndef BOOK_RECORD_H
#define BOOK_RECORD_H

#include "base/str.h"
#include "labkit.h"

/* False when there is no such file; an ill-formed line is LK_EINPUT with its place in err. */
enum lk_status record_render(struct str *out, bool *there, const char *lesson_folder,
                             const char *step, struct lk_error *err);

struct json;
/* One event as HTML; nothing for an event that shows nothing. */
void record_draw(struct str *out, const struct json *event);

#endif
