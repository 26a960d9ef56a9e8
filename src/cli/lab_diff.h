/* Two texts beside each other in a terminal: what to take out, what to put in. */
#ifndef CLI_LAB_DIFF_H
#define CLI_LAB_DIFF_H

#include "base/str.h"

/*
 * The lines of `to` on stdout, those that `from` lacks marked with +, and the
 * lines of `from` that go marked with - where they stood.
 */
void lab_diff_print(struct slice from, struct slice to);

#endif
