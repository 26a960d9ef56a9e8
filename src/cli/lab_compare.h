/*
 * Outputs of a step compared with those that the author has recorded: the same
 * events in the same order, texts equal but for the numbers in them, numbers
 * within a relative tolerance. Pictures are compared by title and text.
 */
#ifndef CLI_LAB_COMPARE_H
#define CLI_LAB_COMPARE_H

#include "base/str.h"

/* The lines (events) that are recorded and compared, of all that came. */
void lab_keep_comparable(struct str *out, struct slice lines);
/* True when alike; else *why says in a sentence where they part. */
bool lab_same_output(struct slice recorded, struct slice found, double tolerance, struct str *why);

#endif
