/*
 * The tree of a Markdown text: what CommonMark knows, and what our passes
 * make of it. Nodes and texts live in one arena and are freed with it; a node
 * taken out of the tree is simply left there.
 *
 * No node is deeper than NODE_DEPTH_MAX, so walking the tree may recurse.
 */
#ifndef BOOK_NODE_H
#define BOOK_NODE_H

#include "base/mem.h"
#include "base/str.h"

enum { NODE_DEPTH_MAX = 120 };

enum node_kind {
    /* blocks of CommonMark */
    NODE_DOCUMENT,
    NODE_QUOTE,
    NODE_LIST,
    NODE_ITEM,
    NODE_CODE_BLOCK,
    NODE_HTML_BLOCK,
    NODE_PARAGRAPH,
    NODE_HEADING,
    NODE_RULE,
    /* inlines of CommonMark */
    NODE_TEXT,
    NODE_SOFTBREAK,
    NODE_LINEBREAK,
    NODE_CODE,
    NODE_HTML,
    NODE_EMPH,
    NODE_STRONG,
    NODE_LINK,
    NODE_IMAGE,
    /* ours: blocks */
    NODE_TABLE, /* rows of cells; the first row is the header */
    NODE_ROW,
    NODE_CELL,  /* level: how it is aligned */
    NODE_ALERT, /* text: the kind, "NOTE"; title: words behind it */
    NODE_TABS,  /* of NODE_TAB, text: the label */
    NODE_TAB,
    NODE_FIGURE, /* one NODE_IMAGE whose title is the caption */
    NODE_DEFS,   /* of NODE_TERM and NODE_DEF */
    NODE_TERM,
    NODE_DEF,
    NODE_NOTES, /* footnotes: of NODE_NOTE, number: from 1, text: the label */
    NODE_NOTE,
    NODE_LAB,        /* number: index into the lesson's steps */
    NODE_QUIZ,       /* number: index into the lesson's quizzes */
    NODE_MATH_BLOCK, /* text: the TeX; title: the same as MathML */
    /* ours: inlines */
    NODE_NOTE_REF, /* number: of the note; level: which reference to it, from 1 */
    NODE_TASK,     /* level: 1 when done */
    NODE_GLOSS,    /* text: the words; number: index into the glossary */
    NODE_MATH,     /* as NODE_MATH_BLOCK */
};

enum cell_align { CELL_PLAIN, CELL_LEFT, CELL_CENTER, CELL_RIGHT };

struct node {
    enum node_kind kind;
    int line, column, end_line; /* in the expanded text (see text.h), from 1 */
    int level;                  /* heading 1-6, and as said above */
    int number;                 /* ordered list: its start; bullets: -1; and as said above */
    bool tight;                 /* list */
    struct slice text;          /* TEXT, CODE, CODE_BLOCK, HTML: the literal; HEADING: its id */
    struct slice url;           /* LINK, IMAGE; CODE_BLOCK: the info string */
    struct slice title;         /* LINK, IMAGE */
    struct node *parent, *first, *last, *prev, *next;
};

struct node *node_new(struct arena *arena, enum node_kind kind, const struct node *place);
void node_append(struct node *parent, struct node *child);
void node_insert_before(struct node *sibling, struct node *n);
void node_unlink(struct node *n); /* with all below it */
/* Move the children of `from` to the end of `to`. */
void node_move_children(struct node *to, struct node *from);
/* The next node in document order below root (root first); NULL at the end. */
struct node *node_next(const struct node *root, struct node *n);
/* The same, but not into n's children. */
struct node *node_skip(const struct node *root, struct node *n);
bool node_is_inline(const struct node *n);
/* All text below n, breaks as spaces, blocks apart by a space. */
void node_put_text(struct str *out, const struct node *n);

#endif
