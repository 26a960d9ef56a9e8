/*
 * Rendering a book: lessons/ through templates/ into a folder of plain files
 * that work from any host and from file://.
 *
 *     OUT/index.html, NN-slug/index.html, glossary/, print/, 404.html,
 *     assets/, and, with `url` in book.yaml, sitemap.xml, feed.xml
 *
 * Pages are rendered on all processors; the output is the same bytes whatever
 * their number. Any error leaves the site as it was (see publish.h).
 */
#ifndef BOOK_SITE_H
#define BOOK_SITE_H

#include "book/finding.h"
#include "book/lesson.h"
#include "book/publish.h"
#include "labkit.h"

/* A file of the site that is not made from the book, for its scripts: "js/lab-api.js". */
struct site_extra {
    const char *name; /* below assets/ */
    struct slice content;
};

struct site_options {
    const char *out;        /* NULL: render, but write nothing */
    const char *templates;  /* NULL: ROOT/templates, or what is installed beside the program */
    bool instructor;        /* show solutions, checks and teaching notes */
    bool check;             /* look for all that labbook check knows */
    bool addresses;         /* find addresses outside the book as well */
    bool drafts;            /* draft lessons as well */
    const char *lab_module; /* a file, the module that runs labs in pages (make wasm), or NULL */
    struct slice lab_help;  /* what lab.help says there */
    int threads;            /* 0: all processors */
    const struct site_extra *extras;
    size_t extra_count;
};

struct site_report {
    size_t lessons, steps, quizzes;
    struct publish_counts files;
};

/*
 * Errors and warnings about the book go to findings; errors among them are
 * LK_EINPUT, err holding the first. report may be NULL.
 */
enum lk_status site_build(const char *root, const struct site_options *options,
                          struct site_report *report, struct findings *findings,
                          struct lk_error *err);
/*
 * A site kept in memory for who writes lessons (labbook serve): after the first
 * build an update renders only what an edit changed, which takes some
 * milliseconds however large the book is. The options' texts are copied, extras are not. It
 * belongs to one thread.
 */
struct site_live;
struct site_live *site_live_new(const char *root, const struct site_options *options);
/* Lessons by their folders' names. */
struct site_seen {
    const char *const *slugs;
    size_t count;
};
/*
 * Bring the folder up to date with the book; the first call builds all of it. Who saw that only
 * some lessons' folders changed says which, and nothing else is looked at; NULL: look at all.
 * After an error the folder is as it was, and the next call tries again.
 * report->files.written says whether anything changed.
 */
enum lk_status site_live_update(struct site_live *live, const struct site_seen *seen,
                                struct site_report *report, struct findings *findings,
                                struct lk_error *err);
/* What the last update wrote, by name, sorted; borrowed until the next. */
const char *const *site_live_written(const struct site_live *live, size_t *count);
void site_live_free(struct site_live *live);

/* One lesson as a page that needs nothing but itself. */
enum lk_status site_single(struct str *out, const struct lesson *l, struct lk_error *err);
/* Where templates lie for a book: its own, or the installed ones; yours to free. */
char *site_templates(const char *root);

#endif
