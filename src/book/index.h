/* The book's index with its settings and findings, for those within book/. */
#ifndef BOOK_INDEX_H
#define BOOK_INDEX_H

#include "book/lesson.h"

enum lk_status index_open(struct book_index **out, const char *root, struct findings *findings,
                          struct lk_error *err);
const struct settings *index_settings(const struct book_index *b);
/* Is it a lesson folder's name, "01-regions" or "A-glossary"? */
bool index_is_slug(const char *name);
/* Is it one that is the same everywhere, "07-what-it-costs": small letters, digits, hyphens? */
bool index_is_plain_slug(const char *name);

#endif
