/*
 * The book's settings, lessons/book.yaml. Every key is explained in the
 * comments of that file; one that is missing has the default given here.
 * Read once, then shared by all threads and never written.
 */
#ifndef BOOK_SETTINGS_H
#define BOOK_SETTINGS_H

#include "base/mem.h"
#include "book/finding.h"
#include "book/front.h"

struct setting_variable {
    const char *name, *value;
};

struct setting_part {
    const char *title;
    const char *first; /* number of its first lesson: "01", "A" */
    const char *summary;
};

/* Where a value stands in the file; 1, 1 where it does not. */
struct setting_place {
    int line, column;
};

struct settings {
    const char *file;       /* path of book.yaml, for errors */
    const char *title;      /* "Book" */
    const char *subtitle;   /* "" */
    const char *summary;    /* "" */
    const char *author;     /* "" */
    const char *language;   /* "en"; `lang` in the file */
    const char *url;        /* where it is published, ends in '/', or "" */
    const char *map;        /* picture of the first page, below lessons/, or "" */
    const char *map_text;   /* what it shows, for those who cannot see it */
    const char *image;      /* for previews elsewhere (Open Graph), below lessons/, or "" */
    const char *image_text; /* what it shows */
    struct setting_place language_at, map_at, image_at;
    bool raw_html; /* false: raw HTML in lessons is refused */
    struct setting_variable *variables;
    size_t variable_count;
    struct setting_part *parts;
    size_t part_count;
    int reading_grade; /* labbook check warns above this level; 0: never */
    struct arena arena;
};

/* Read lessons/book.yaml of the book at root; where there is none, all defaults. */
enum lk_status settings_read(struct settings *out, const char *root, struct findings *findings,
                             struct lk_error *err);
/* The same, from text. */
void settings_parse(struct settings *out, struct slice yaml, const char *file,
                    struct findings *findings);
void settings_done(struct settings *s);
/* NULL when there is no such variable. */
const char *settings_variable(const struct settings *s, struct slice name);
/* The part a lesson's number falls into: the last whose first is not behind it; NULL when none. */
const struct setting_part *settings_part(const struct settings *s, const char *number);

/* The keys of book.yaml, and of each of its parts; they end with a NULL name. */
extern const struct front_key settings_keys[], settings_part_keys[];

#endif
