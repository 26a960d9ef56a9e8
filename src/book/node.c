/* A tree with sibling links both ways; nothing here allocates but node_new. */
#include "book/node.h"

struct node *node_new(struct arena *arena, enum node_kind kind, const struct node *place)
{
    struct node *n = arena_alloc(arena, sizeof *n);

    n->kind = kind;
    n->text = n->url = n->title = SLICE("");
    if (place) {
        n->line = place->line;
        n->column = place->column;
        n->end_line = place->end_line;
    }
    return n;
}

void node_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->prev = parent->last;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

void node_insert_before(struct node *sibling, struct node *n)
{
    n->parent = sibling->parent;
    n->next = sibling;
    n->prev = sibling->prev;
    if (sibling->prev)
        sibling->prev->next = n;
    else
        sibling->parent->first = n;
    sibling->prev = n;
}

void node_unlink(struct node *n)
{
    if (n->prev)
        n->prev->next = n->next;
    else if (n->parent)
        n->parent->first = n->next;
    if (n->next)
        n->next->prev = n->prev;
    else if (n->parent)
        n->parent->last = n->prev;
    n->parent = n->prev = n->next = NULL;
}

void node_move_children(struct node *to, struct node *from)
{
    for (struct node *c = from->first, *next; c; c = next) {
        next = c->next;
        node_append(to, c);
    }
    from->first = from->last = NULL;
}

struct node *node_skip(const struct node *root, struct node *n)
{
    for (; n != root; n = n->parent)
        if (n->next)
            return n->next;
    return NULL;
}

struct node *node_next(const struct node *root, struct node *n)
{
    return n->first ? n->first : node_skip(root, n);
}

bool node_is_inline(const struct node *n)
{
    return (n->kind >= NODE_TEXT && n->kind <= NODE_IMAGE) || n->kind >= NODE_NOTE_REF;
}

void node_put_text(struct str *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
    case NODE_CODE:
    case NODE_CODE_BLOCK:
    case NODE_GLOSS:
    case NODE_MATH:
    case NODE_MATH_BLOCK:
        str_put(out, n->text);
        break;
    case NODE_SOFTBREAK:
    case NODE_LINEBREAK:
        str_putc(out, ' ');
        break;
    default:
        for (const struct node *c = n->first; c; c = c->next) {
            if (!node_is_inline(c) && c->prev && out->len && out->ptr[out->len - 1] != ' ')
                str_putc(out, ' ');
            node_put_text(out, c);
        }
    }
}
