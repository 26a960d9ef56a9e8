/*
 * Style sheets, scripts and icons: those of templates/, those of Debian's packages, and the few
 * that are made. Each has a version, the beginning of its digest, which pages add to its address
 * (css/book.css?v=1f0c...): a browser that has it need not ask whether it is still the same, and
 * after a new one was published no page is shown with the old. Templates write
 *
 *     {{root}}assets/css/book.css?v={{version.css/book}}
 *
 * (the name without its extension), scripts ask labbookVersions["css/book.css"] in words.js.
 */
#ifndef BOOK_ASSETS_H
#define BOOK_ASSETS_H

#include "book/language.h"
#include "book/site.h"

struct publish;

enum { ASSET_VERSION = 12 }; /* hexadecimal digits */

struct asset {
    const char *name;  /* below assets/ */
    const char *from;  /* a file; NULL: it is made */
    struct slice made; /* then this is it */
    char version[ASSET_VERSION + 1];
};

struct assets {
    struct asset *items;
    size_t count, cap;
    struct mv *versions; /* a MAP by name without extension, for {{version.NAME}} */
    struct arena arena;
};

/* Reads each file once; extras and the language's texts are borrowed. */
enum lk_status assets_read(struct assets *out, const char *templates, const struct language *l,
                           const struct site_options *options, struct lk_error *err);
enum lk_status assets_write(const struct assets *a, struct publish *p, struct lk_error *err);
void assets_done(struct assets *a);

#endif
