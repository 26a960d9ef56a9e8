/*
 * A lesson's text as the Markdown parser sees it: includes put in, variables
 * replaced, and for every line the file and line it came from.
 *
 *     {{ region }}                             a variable of book.yaml
 *     {{ include train.lua }}                  alone on its line: a whole file,
 *     {{ include train.lua lines=3-8 }}        some lines of it, or what stands
 *     {{ include train.lua region=fit }}       between "region: fit" and "endregion"
 *     \{{ region }}                            stays as it is, without the backslash
 *
 * The spaces inside the braces are part of the form, so that Lua's {{1, 2}}
 * is left alone. Included .md files are expanded in turn; others are not.
 * All of it must be UTF-8; a byte that is not is a finding.
 */
#ifndef BOOK_TEXT_H
#define BOOK_TEXT_H

#include "base/mem.h"
#include "book/settings.h"

/* From line `at` (of the expanded text, from 1) on, lines are `file`'s from `line` on. */
struct text_run {
    int at;
    const char *file;
    int line;
};

struct text {
    struct str body;
    struct text_run *runs;
    size_t run_count, run_cap;
    int lines;          /* in body */
    const char **files; /* what was included, for rebuilding */
    size_t file_count, file_cap;
};

/* All zero but body = STR_INIT is an empty text. Strings live in the arena. */
void text_expand(struct text *out, struct arena *arena, struct slice source, const char *file,
                 int line, const struct settings *settings, struct findings *findings);
/* Without the mark that some editors put before the first byte (EF BB BF). */
struct slice text_without_mark(struct slice source);
/* The reverse for one line: what would be taken for a variable or an include gets its backslash. */
void text_escape(struct str *out, struct slice line);
void text_done(struct text *t);
/* Where an expanded line came from. */
void text_place(const struct text *t, int line, const char **file, int *file_line);

#endif
