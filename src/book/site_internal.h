/*
 * What the files that make a site share.
 *
 *   site.c    the order of work, pages of the whole book (index, 404, feed, ...)
 *   page.c    one lesson's page
 *   page_lab.c labs and quizzes on it
 *   links.c   addresses in lessons: other lessons, files, anchors
 *   figure.c  SVG pictures into the page
 *   check.c   what labbook check looks for
 *   search.c  what the search knows
 *   in_page.c what pages need to run labs themselves
 *   assets.c  style sheets, scripts, icons
 *   glossary.c terms and their explanations
 *
 * During rendering the site is read by all threads; a thread writes only to
 * the entry of the lesson it renders.
 */
#ifndef BOOK_SITE_INTERNAL_H
#define BOOK_SITE_INTERNAL_H

#include "book/assets.h"
#include "book/build_lesson.h"
#include "book/glossary.h"
#include "book/index.h"
#include "book/language.h"
#include "book/mustache.h"
#include "book/outline.h"
#include "book/settings.h"
#include "book/site.h"

struct pool;

enum { NAV_MAX = 100, PRINT_MAX = 300, SEARCH_PART = 64 };
#define PREVIEW_NAME "assets/preview" /* and the picture's own extension */

/* A link into the book that can be judged only when all pages are known. */
struct site_anchor {
    const char *file;
    int line, column;
    size_t lesson;        /* whose page */
    const char *fragment; /* without '#' */
};

/* A glossary term's first use in a lesson. */
struct site_use {
    size_t term;
    int line, column;
};

/* What the rest of the book needs to know of a lesson, and its page once rendered. */
struct site_lesson {
    const char *slug, *number, *title, *summary;
    const char *href; /* from another lesson's page: "../slug/index.html" */
    const struct setting_part *part;
    int minutes;
    bool draft;
    size_t step_count, quiz_count;
    const char **ids; /* that can be linked to */
    size_t id_count;
    struct site_anchor *anchors;
    size_t anchor_count, anchor_cap;
    struct front_word *terms; /* that it introduces */
    size_t term_count;
    struct site_use *used; /* terms of the glossary, where it is checked */
    size_t used_count;
    bool reaches; /* its page depends on files outside its own folder */
    struct lesson_change *changes;
    size_t change_count;
    struct front_word *redirects;
    size_t redirect_count;
    struct str search; /* JSON arrays, a comma behind each; until its part is written */
    struct str print;  /* its part of the page of the whole book */
    struct findings findings;
    struct lk_error error; /* status LK_OK unless reading or writing failed */
    struct arena *arena;   /* of the thread that works on the lesson */
};

struct site {
    const char *root, *templates_folder;
    const struct site_options *options;
    struct book_index *index;
    const struct settings *settings;
    struct language language;
    struct assets assets;
    struct mustache *templates;
    struct glossary glossary;
    struct site_lesson *lessons;
    size_t count;
    bool has_lab_script;
    struct publish *publish; /* NULL: nothing is written */
    struct findings *findings;
    struct arena arena;
    struct arena *workers; /* one a thread: what lessons keep for each other */
    int worker_count;
};

/* A page being made. */
struct page {
    struct site *site;
    struct site_lesson *info;
    size_t number;         /* its index in site->lessons */
    struct lesson *lesson; /* NULL until it is there */
    struct arena *arena;   /* of the page */
    const char *prefix;    /* before each id: "" or, in the whole book's page, "slug--" */
    bool print;
    bool single; /* a page that needs no other file: pictures go into it */
    int figures;
    bool *explained;      /* glossary terms seen on this page */
    struct lk_error *err; /* of a template, once it has failed */
};

/* site.c: all of a build, but for closing. */
enum lk_status site_make(struct site *s, struct pool *pool, struct site_report *report,
                         struct lk_error *err);
/* One lesson's page; what went wrong stays in the lesson. */
void site_render_lesson(struct site *s, size_t lesson, struct arena *arena);
/* Behind the last lesson of the part of the search that begins at `first`. */
size_t site_part_end(const struct site *s, size_t first);
void site_close(struct site *s);
/* The front matter of a lesson alone, into info. */
enum lk_status lesson_peek(struct site_lesson *info, const char *folder, struct lk_error *err);
/* page.c */
enum lk_status page_render(struct site *s, size_t lesson, struct lk_error *err);
/* Data that every page has: texts, names, root path. */
struct mv *page_data(struct site *s, struct arena *arena, const char *root, const char *kind,
                     const char *title, const char *description);
/* The navigation around lesson `at` (or count for none), into data. */
enum lk_status page_nav(struct site *s, struct arena *arena, struct mv *data, const char *root,
                        size_t at, struct lk_error *err);
enum lk_status page_draw(struct site *s, struct str *out, const char *template,
                         const struct mv *data, struct lk_error *err);
/* The lesson alone, its styles within. */
enum lk_status page_single(struct site *s, size_t lesson, struct str *out, struct lk_error *err);
/* The interface texts, {{t.key}}, into data. */
void page_texts(struct site *s, struct arena *arena, struct mv *data);
/* page_lab.c */
void page_lab(struct page *p, struct str *out, const struct lesson_step *step);
void page_quiz(struct page *p, struct str *out, const struct lesson_quiz *q);
void page_targets(struct page *p, struct mv *data, const char *key, unsigned targets);
/* links.c */
struct slice links_address(void *page, const struct node *n);
void links_judge(struct site *s);
size_t site_find_lesson(const struct site *s, struct slice slug); /* count when there is none */
/* figure.c: an SVG of the lesson's own, drawn into the page; false when it is better linked. */
bool figure_draw(struct page *p, struct str *out, const struct node *image);
/* check.c: what is wrong with a lesson, and with the whole book once all were read. */
void check_lesson(struct page *p, const struct outline *outline);
void check_book(struct site *s);
/* search.c */
void search_add(struct page *p);
/* The part that holds the lessons from `first` on; they forget theirs. */
enum lk_status search_write_part(struct site *s, size_t first, struct lk_error *err);
/* What that file of an earlier build holds, back into the lessons; false when it is not as written.
 */
bool search_read_part(struct site *s, size_t first);
enum lk_status search_write(struct site *s, struct lk_error *err);
/* in_page.c: a lesson's part of it, and the book's; nothing where no module was given. */
enum lk_status in_page_lesson(struct page *p, struct lk_error *err);
enum lk_status in_page_book(struct site *s, struct lk_error *err);
/* glossary.c: mark terms in the text of a lesson. */
void glossary_mark(struct page *p, struct node *tree);

#endif
