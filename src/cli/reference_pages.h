/* The book's pages on settings and on errors, from the tables that the programs themselves use. */
#ifndef CLI_REFERENCE_PAGES_H
#define CLI_REFERENCE_PAGES_H

#include "base/str.h"

/* Markdown: book.yaml, a lesson's front matter, the environment. */
void reference_put_configuration(struct str *out);
/* Markdown: the findings of labbook check, Lua's messages in plain words, AWS's codes. */
void reference_put_errors(struct str *out);

#endif
