/*
 * The terminal: colour only where stderr or stdout is one and NO_COLOR is not
 * set; progress bars only on a terminal; text from outside made harmless.
 */
#ifndef BASE_TERM_H
#define BASE_TERM_H

#include "base/str.h"

#include <stdint.h>
#include <stdio.h>

bool term_is_tty(FILE *f);
int term_width(FILE *f); /* 80 where unknown */
/* The escape for a style, or "" where there is no colour. */
enum term_style { TERM_PLAIN, TERM_BOLD, TERM_DIM, TERM_RED, TERM_GREEN, TERM_YELLOW, TERM_BLUE };
const char *term_style(FILE *f, enum term_style style);
/* Text with control characters (but not newline and tab) shown as \xNN, so none can steer a
 * terminal. */
void term_put_safe(struct str *out, struct slice text);
/*
 * The same, its lines broken at spaces so that none is wider than the width
 * (a word that is wider stands alone); all but the first begin with indent
 * spaces. Ends with a newline.
 */
void term_put_wrapped(struct str *out, struct slice text, int width, int indent);

/* One line on stderr, redrawn at most ten times a second; silent off a terminal. */
struct progress {
    const char *label;
    int64_t total; /* 0 where unknown */
    int64_t drawn_ns;
    bool shown;
};
void progress_begin(struct progress *p, const char *label, int64_t total);
void progress_at(struct progress *p, int64_t done, const char *note); /* note may be NULL */
void progress_end(struct progress *p);                                /* clears the line */

#endif
