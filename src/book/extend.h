/*
 * What the book adds to CommonMark, as passes over the tree. Text that uses
 * none of it renders as CommonMark says.
 *
 *   tables         | a | b |  over a line of |---|:-:|, as on GitHub
 *   footnotes      text[^1], and [^1]: at the start of a line
 *   task lists     - [ ] and - [x]
 *   alerts         > [!NOTE], and TIP, WARNING, COST, HINT, INSTRUCTOR; words
 *                  behind it become its title
 *   tabs           quotes > [!TAB Console] that follow one another
 *   figures        a paragraph of one image with a title: the title is the caption
 *   formulas       $`x^2`$ in text, and a fence ```math, as on GitHub (see math.h)
 *   definitions    a line, and under it lines that start with ": "
 */
#ifndef BOOK_EXTEND_H
#define BOOK_EXTEND_H

#include "book/finding.h"
#include "book/node.h"
#include "book/text.h"

/* The source by lines, and where to put what is made and found. */
struct source_lines {
    struct slice text;
    size_t *starts;
    int first, count; /* number of the first line; how many */
};

struct extender {
    struct arena *arena;
    const struct text *text; /* for places */
    struct findings *findings;
    struct source_lines lines;
    struct notes *notes;   /* NULL where the text has no footnotes */
    struct tables *tables; /* NULL until there is one */
};

/* Parse text (whose first line is `line`) with all passes. */
struct node *extend_parse(struct arena *arena, struct slice text, int line, const struct text *map,
                          struct findings *findings);

/* A finding at an expanded line. */
void extend_find(const struct extender *x, enum finding_level level, const char *rule, int line,
                 int column, const char *mend, const char *what);
/* A line of the source without its end; empty when out of range. */
struct slice source_line(const struct source_lines *lines, int line);

/* ---- between the passes ---------------------------------------------------- */

/* tables.c: is the paragraph a table? Then it is replaced; cells are filled by tables_finish. */
bool tables_try(struct extender *x, struct node *paragraph);
void tables_finish(struct extender *x);
/* notes.c: take the definitions out of the source; the text to parse instead. */
struct slice notes_cut(struct extender *x, struct slice text);
/* Replace [^label] in a text node by references. */
void notes_refer(struct extender *x, struct node *text);
/* The notes referred to, as a NODE_NOTES at the end of root. */
void notes_finish(struct extender *x, struct node *root);
/* blocks.c */
void blocks_quote(struct extender *x, struct node *quote);
void blocks_merge_tabs(struct extender *x, struct node *root);
bool blocks_paragraph(struct extender *x, struct node *paragraph);
void blocks_item(struct extender *x, struct node *item);
/* Formulas, once all else is in place. */
void blocks_math(struct extender *x, struct node *root);
/* extend.c: a footnote's own text, with all passes. */
struct node *extend_note(struct extender *x, struct slice text, int line);

#endif
