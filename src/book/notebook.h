/*
 * Lessons as Jupyter notebooks (nbformat 4) and back.
 *
 * A lesson's text becomes Markdown cells, its labs code cells with their
 * recorded outputs; front matter, solutions, checks and wrong answers become
 * raw cells, which notebooks do not show. What a fence said stands in the
 * cell's metadata, so that a lesson that went out comes back as it was, but
 * for empty lines and for includes and variables, which are filled in.
 */
#ifndef BOOK_NOTEBOOK_H
#define BOOK_NOTEBOOK_H

#include "book/lesson.h"

/* The lesson as a notebook's JSON. */
enum lk_status notebook_print(struct str *out, const struct lesson *l, struct lk_error *err);
/*
 * A notebook into a lesson's folder, which must not be there yet: lesson.md,
 * recorded/ID.jsonl. Code in other languages than Lua stays as code to read.
 */
enum lk_status notebook_import(const char *notebook, const char *folder, struct lk_error *err);

#endif
