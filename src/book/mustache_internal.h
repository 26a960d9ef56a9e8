/* What mustache.c (drawing) and mustache_parse.c share: the parsed form of a template. */
#ifndef BOOK_MUSTACHE_INTERNAL_H
#define BOOK_MUSTACHE_INTERNAL_H

#include "book/mustache.h"

enum tag_kind {
    TAG_TEXT,
    TAG_VALUE,   /* {{name}} */
    TAG_RAW,     /* {{{name}}} {{&name}} */
    TAG_SECTION, /* {{#name}} */
    TAG_INVERTED,
    TAG_PARTIAL, /* {{>name}} */
    TAG_PARENT,  /* {{<name}} with blocks */
    TAG_BLOCK,   /* {{$name}} */
};

struct tag {
    enum tag_kind kind;
    const char *file; /* of the template it stands in */
    int line;
    struct slice name;   /* or the text of a TEXT */
    uint32_t hash;       /* of a name up to its first '.' */
    struct slice indent; /* PARTIAL, PARENT, BLOCK that stand alone: white space before them */
    bool at_start;       /* TEXT: begins at the start of a line of the source */
    bool alone;          /* BLOCK, PARENT, PARTIAL: nothing but white space before it */
    struct tag *first, *last, *next, *parent;
};

struct template
{
    const char *name, *file;
    struct tag *root;
    struct template *next;
};

struct mustache {
    struct arena arena;
    struct template *templates;
};

uint32_t mustache_hash(struct slice name);
enum lk_status template_parse(struct tag **root, struct arena *arena, struct slice source,
                              const char *file, struct lk_error *err);

#endif
