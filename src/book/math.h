/*
 * Formulas: the part of TeX that textbooks use, as MathML, which browsers and
 * screen readers know without a script.
 *
 * Known: letters, numbers, operators, ^ and _, braces, \frac, \sqrt, \text,
 * \operatorname, accents, \left and \right, Greek letters, the usual symbols
 * and functions, \begin{cases|matrix|pmatrix|bmatrix|aligned}.
 */
#ifndef BOOK_MATH_H
#define BOOK_MATH_H

#include "base/str.h"
#include "labkit.h"

/*
 * Append <math>..</math> for the formula; block: on a line of its own. What is
 * not understood is LK_EINPUT with line and column inside `tex`, and out is as
 * it was.
 */
enum lk_status math_render(struct str *out, struct slice tex, bool block, struct lk_error *err);

#endif
