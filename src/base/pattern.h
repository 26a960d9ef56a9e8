/*
 * Regular expressions from outside, matched in time that grows with text times
 * pattern and never faster: there is no backtracking, so no pattern can hang
 * us. What people write in Python or Perl, less what needs backtracking:
 *
 *   . [a-z] [^x] \d \w \s \D \W \S   ^ $ \b \B   ( ) (?: ) (?P<name> )   |
 *   * + ? {m} {m,} {m,n}, each with ? for as little as possible
 *
 * Back references, look-around and flags are refused. Text is bytes; a dot is
 * any byte but a line's end.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/str.h"
#include "labkit.h"

struct pattern;

/* LK_EINPUT says what is wrong and in which column. */
enum lk_status pattern_parse(struct pattern **out, const char *text, struct lk_error *err);
void pattern_free(struct pattern *p);
/* How many groups ( ) it has. */
size_t pattern_groups(const struct pattern *p);
/*
 * Where it first matches, and in *found what its group (0: the whole) matched;
 * false when it does not match, or the group took no part. found may be NULL.
 */
bool pattern_find(const struct pattern *p, struct slice text, size_t group, struct slice *found);

#endif
