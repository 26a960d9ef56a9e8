/* labbook check --external: are the addresses outside the book still there? */
#ifndef CLI_BOOK_OUTSIDE_H
#define CLI_BOOK_OUTSIDE_H

#include "book/finding.h"

/*
 * Try each address among the findings (level FINDING_ADDRESS), once however
 * often it stands in the book, and add an error for one that is gone and a
 * warning for one that has moved. Polite: one request at a time, a second
 * between two to the same host, and what was there within a week is not asked
 * for again (links.db in the data folder).
 */
enum lk_status outside_check(struct findings *findings, struct lk_error *err);

#endif
