/*
 * The AWS tools' `config` and `credentials` files: sections of `name = value`.
 * Several files are read into one `ini`; a section's name is kept as every
 * tool speaks of it ("dev", whether the file says [dev] or [profile dev]).
 */
#ifndef AWS_INI_H
#define AWS_INI_H

#include "base/mem.h"
#include "base/str.h"
#include "labkit.h"

struct ini {
    struct arena arena;
    struct ini_entry *first, **tail;
};

void ini_init(struct ini *i);
void ini_done(struct ini *i);
/* profile_word: is it `config`, where profiles are [profile NAME]? Nothing there is no error. */
enum lk_status ini_read(struct ini *i, const char *path, bool profile_word, struct lk_error *err);
/*
 * The value, or NULL. Sections of another kind have it in their name:
 * "sso-session NAME". Of two values the first read wins. A nested value (an
 * indented line) has the key "outer.inner".
 */
const char *ini_get(const struct ini *i, const char *section, const char *key);
/* The same of one kind of file only: `config` (profile_word) or `credentials`. */
const char *ini_get_of(const struct ini *i, bool profile_word, const char *section,
                       const char *key);
bool ini_has(const struct ini *i, const char *section);
/* The nearest section to a name, or NULL. */
const char *ini_nearest(const struct ini *i, const char *section);

#endif
