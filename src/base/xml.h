/*
 * A small XML reader for the documents of web services: elements and their
 * text. Attributes, comments and processing instructions are passed over;
 * namespace prefixes are cut off; a DTD is refused, so that there are no
 * entities but the five and numeric ones. Depth and size are capped.
 */
#ifndef BASE_XML_H
#define BASE_XML_H

#include "base/mem.h"
#include "base/str.h"
#include "labkit.h"

enum { XML_MAX_DEPTH = 64, XML_MAX_BYTES = 64 << 20 };

struct xml {
    const char *name;  /* without prefix */
    struct slice text; /* its own text, decoded, as it stands; terminated */
    struct xml *first; /* child elements in order */
    struct xml *next;  /* the next element of the same parent */
};

/* The root element, in the arena. file names the text in errors. */
enum lk_status xml_parse(struct xml **out, struct arena *arena, struct slice text, const char *file,
                         struct lk_error *err);
/* The first child of that name, or NULL; accepts NULL. */
const struct xml *xml_get(const struct xml *x, const char *name);
/* The text of that child, or "". */
const char *xml_text(const struct xml *x, const char *name);

#endif
