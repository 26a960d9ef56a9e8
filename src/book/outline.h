/* Headings of a page: their ids, the contents beside the page, and its sections for the search. */
#ifndef BOOK_OUTLINE_H
#define BOOK_OUTLINE_H

#include "book/node.h"

struct outline_item {
    const struct node *heading;
    const char *id, *text;
    int level;
    bool repeated; /* the author gave it an id that is taken */
};

struct outline {
    struct outline_item *items; /* in the arena */
    size_t count;
};

/*
 * Give each heading an id (in node->text) after its words, as GitHub does, or
 * the one it ends with: "## Regions {#where}". Equal ones get -1, -2.
 */
void outline_build(struct outline *out, struct arena *arena, struct node *tree);

#endif
