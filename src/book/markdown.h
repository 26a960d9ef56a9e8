/*
 * Markdown to a tree. libcmark parses; it is behind this header and nowhere
 * else. What CommonMark does not know is added by passes over the tree
 * (extend.h), which see the source through struct source.
 */
#ifndef BOOK_MARKDOWN_H
#define BOOK_MARKDOWN_H

#include "book/finding.h"
#include "book/node.h"

/*
 * CommonMark alone. The text's first line is line `line` of the tree. Nesting
 * beyond NODE_DEPTH_MAX is cut off there; *cut_line is then the line (else 0).
 */
struct node *markdown_parse(struct arena *arena, struct slice text, int line, int *cut_line);
/* CommonMark's own HTML by libcmark, unsafe as written: the oracle for tests. Free it. */
char *markdown_reference_html(struct slice text);

#endif
