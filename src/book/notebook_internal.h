/*
 * What the files that read notebooks share: notebook_read.c has the cells, notebook_show.c
 * what is kept of others' outputs and attachments, as text and pictures on the page.
 *
 * Nothing is written before the whole notebook was read: files wait in the reader.
 */
#ifndef BOOK_NOTEBOOK_INTERNAL_H
#define BOOK_NOTEBOOK_INTERNAL_H

#include "base/mem.h"
#include "base/str.h"
#include "labkit.h"

enum { NOTEBOOK_STEPS_MAX = 200, NOTEBOOK_FILES_MAX = 500 };

struct json;

/* A file beside lesson.md. */
struct notebook_file {
    const char *name;
    struct str bytes;
};

struct notebook_reader {
    const char *folder; /* the lesson's, to be made */
    const char *language;
    bool old; /* nbformat 3: inputs, worksheets, other names for the same things */
    struct str md;
    struct arena arena;
    const char *ids[NOTEBOOK_STEPS_MAX]; /* of the labs so far */
    struct str records[NOTEBOOK_STEPS_MAX];
    size_t steps;
    struct notebook_file files[NOTEBOOK_FILES_MAX];
    size_t file_count;
};

/* A text that is one string or an array of lines. */
void notebook_put_joined(struct str *out, const struct json *j);
/* A block of code in a fence longer than any in it. */
void notebook_put_fenced(struct notebook_reader *r, struct slice words, struct slice code);
/* The outputs of a code cell that is no lab, below it. */
void notebook_show_outputs(struct notebook_reader *r, const struct json *cell);
/* Keep a Markdown cell's attachments as files, and name those in its text. */
void notebook_take_attachments(struct notebook_reader *r, const struct json *cell,
                               struct str *source);
/* What terminals take for colours is no text. */
void notebook_put_plain(struct str *out, struct slice text);

#endif
