/*
 * The glossary, lessons/glossary.md: definition lists whose terms are marked
 * where a lesson first uses them, and explained on hover and focus. A term may
 * have several forms, a line each over one explanation.
 */
#ifndef BOOK_GLOSSARY_H
#define BOOK_GLOSSARY_H

#include "base/mem.h"
#include "book/finding.h"
#include "book/settings.h"

struct glossary_term {
    const char *words;       /* as written: "transform job" */
    const char *id;          /* of its place on the glossary's page */
    const char *html, *text; /* the explanation */
    int line;
};

struct node;
struct text;

struct glossary {
    struct glossary_term *terms;
    size_t count;
    const char *file;
    struct node *tree; /* NULL: there is no glossary */
    struct text *text;
    size_t *slots;     /* hash of each term's first word -> index + 1 */
    size_t slot_count; /* a power of two */
    struct arena arena;
};

enum lk_status glossary_read(struct glossary *out, const char *root,
                             const struct settings *settings, struct findings *findings,
                             struct lk_error *err);
void glossary_done(struct glossary *g);

#endif
