/*
 * A tree as HTML. With all options zero, a tree without our extensions comes
 * out byte for byte as libcmark's own renderer writes it. Options add what a
 * page needs: addresses rewritten, code highlighted, labs and quizzes drawn.
 */
#ifndef BOOK_HTML_H
#define BOOK_HTML_H

#include "book/node.h"

struct html_options {
    bool raw_html; /* raw HTML as written; else it is left out */
    void *ctx;     /* for the calls below; each may be NULL */
    /* An interface text by its key in templates/lang (NULL: the English one). */
    const char *(*word)(void *ctx, const char *key);
    /* The address that a LINK or IMAGE gets instead of its own. */
    struct slice (*address)(void *ctx, const struct node *n);
    /* Draw the node instead of us; false when it is not to be drawn specially. */
    bool (*draw)(void *ctx, struct str *out, const struct node *n);
    const char *prefix; /* before each id and each link to one; NULL: "" */
    bool page;          /* ids on headings, highlighted code, tables that scroll, lazy images */
};

void html_render(struct str *out, const struct node *n, const struct html_options *o);
/* What is below n only. */
void html_render_children(struct str *out, const struct node *n, const struct html_options *o);
/* & < > " as entities, as CommonMark has it. */
void html_put(struct str *out, struct slice text);
/* An address percent-encoded where needed, then as an attribute. */
void html_put_address(struct str *out, struct slice url);
/* Does an address run something, or read the reader's files? Pages have it only with raw_html. */
bool html_is_dangerous(struct slice url);
/* A CODE_BLOCK as a page shows it. */
void code_draw(struct str *out, const struct node *n);
/* Code in its language's colours: <span class="hl-k">...; plain where the language is unknown. */
void highlight_put(struct str *out, struct slice language, struct slice code);
bool highlight_knows(struct slice language);

#endif
