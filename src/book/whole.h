/* What a site has besides its lessons: first page, glossary, 404, print, feeds, assets. */
#ifndef BOOK_WHOLE_H
#define BOOK_WHOLE_H

#include "book/site_internal.h"

enum lk_status whole_write(struct site *s, struct lk_error *err);
/* Find what is wrong with what only these pages have, and write nothing. */
void whole_check(struct site *s);

#endif
