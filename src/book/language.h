/*
 * Interface texts: templates/lang/LANG.yaml over templates/lang/en.yaml. Where there is no file
 * for a region's own form (de-AT), that of the language (de) serves. Read once, then shared.
 */
#ifndef BOOK_LANGUAGE_H
#define BOOK_LANGUAGE_H

#include "book/finding.h"
#include "book/mustache.h"
#include "book/settings.h"

struct language {
    struct mv *texts;   /* a MAP for {{t.key}} */
    struct slice words; /* those for scripts (js_...) as a JSON object */
    struct arena arena;
};

/* A language without a file is LK_EINPUT and says which there are. */
enum lk_status language_read(struct language *out, const char *templates,
                             const struct settings *settings, struct findings *findings,
                             struct lk_error *err);
void language_done(struct language *l);
/* NULL when there is no such text. */
const char *language_text(const struct language *l, const char *key);

#endif
