/*
 * libcmark's tree is copied into ours, node by node, in one walk of its
 * iterator. Copying costs little beside parsing, gives all passes one plain
 * struct to work on, and keeps libcmark in this file.
 */
#include "book/markdown.h"

#define CMARK_NO_SHORT_NAMES
#include <cmark.h>
#include <string.h>

static const enum node_kind kinds[] = {
    [CMARK_NODE_DOCUMENT] = NODE_DOCUMENT,
    [CMARK_NODE_BLOCK_QUOTE] = NODE_QUOTE,
    [CMARK_NODE_LIST] = NODE_LIST,
    [CMARK_NODE_ITEM] = NODE_ITEM,
    [CMARK_NODE_CODE_BLOCK] = NODE_CODE_BLOCK,
    [CMARK_NODE_HTML_BLOCK] = NODE_HTML_BLOCK,
    [CMARK_NODE_PARAGRAPH] = NODE_PARAGRAPH,
    [CMARK_NODE_HEADING] = NODE_HEADING,
    [CMARK_NODE_THEMATIC_BREAK] = NODE_RULE,
    [CMARK_NODE_TEXT] = NODE_TEXT,
    [CMARK_NODE_SOFTBREAK] = NODE_SOFTBREAK,
    [CMARK_NODE_LINEBREAK] = NODE_LINEBREAK,
    [CMARK_NODE_CODE] = NODE_CODE,
    [CMARK_NODE_HTML_INLINE] = NODE_HTML,
    [CMARK_NODE_EMPH] = NODE_EMPH,
    [CMARK_NODE_STRONG] = NODE_STRONG,
    [CMARK_NODE_LINK] = NODE_LINK,
    [CMARK_NODE_IMAGE] = NODE_IMAGE,
};

/*
 * libcmark's memory comes from an arena too, and is given back whole: it asks
 * for many small pieces and frees each. Its allocator has no place for a
 * context, so the arena in use is a variable of the thread; it is set for the
 * length of one parse.
 */
static _Thread_local struct arena *parse_arena;

enum { HEADER = 16 }; /* before each piece: its size, for growing */

static void *piece_new(size_t n, size_t size)
{
    char *p = arena_alloc(parse_arena, n * size + HEADER);

    *(size_t *)p = n * size;
    return p + HEADER;
}

static void *piece_grow(void *old, size_t size)
{
    size_t before = old ? *(size_t *)((char *)old - HEADER) : 0;
    void *p;

    if (old && size <= before)
        return old;
    p = piece_new(1, size);
    if (old)
        memcpy(p, old, before);
    return p;
}

static void piece_free(void *p)
{
}

static cmark_mem pieces = {piece_new, piece_grow, piece_free};

static cmark_node *parse(struct slice text)
{
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8, &pieces);

    cmark_parser_feed(parser, text.ptr, text.len);
    return cmark_parser_finish(parser);
}

static struct slice keep(struct arena *arena, const char *z)
{
    size_t n = z ? strlen(z) : 0;

    return n ? (struct slice){arena_strndup(arena, z, n), n} : SLICE("");
}

static struct node *copy(struct arena *arena, cmark_node *from, int offset)
{
    cmark_node_type type = cmark_node_get_type(from);
    struct node *n = node_new(arena, kinds[type], NULL);

    n->line = cmark_node_get_start_line(from) + offset;
    n->column = cmark_node_get_start_column(from);
    n->end_line = cmark_node_get_end_line(from) + offset;
    switch (type) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
        n->text = keep(arena, cmark_node_get_literal(from));
        break;
    case CMARK_NODE_CODE_BLOCK:
        n->text = keep(arena, cmark_node_get_literal(from));
        n->url = keep(arena, cmark_node_get_fence_info(from));
        break;
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        n->url = keep(arena, cmark_node_get_url(from));
        n->title = keep(arena, cmark_node_get_title(from));
        break;
    case CMARK_NODE_HEADING:
        n->level = cmark_node_get_heading_level(from);
        break;
    case CMARK_NODE_LIST:
        n->tight = cmark_node_get_list_tight(from);
        n->number = cmark_node_get_list_type(from) == CMARK_ORDERED_LIST
                        ? cmark_node_get_list_start(from)
                        : -1;
        break;
    default:
        break;
    }
    return n;
}

static bool is_leaf(cmark_node_type type)
{
    return type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_THEMATIC_BREAK ||
           type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_TEXT ||
           type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ||
           type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE;
}

struct node *markdown_parse(struct arena *arena, struct slice text, int line, int *cut_line)
{
    struct arena own = {0};
    cmark_node *root;
    cmark_iter *walk;
    cmark_event_type event;
    struct node *top = NULL, *at = NULL;
    int depth = 0;

    parse_arena = &own;
    root = parse(text);
    walk = cmark_iter_new(root);
    *cut_line = 0;
    while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
        cmark_node *n = cmark_iter_get_node(walk);
        bool leaf = is_leaf(cmark_node_get_type(n));

        if (event == CMARK_EVENT_EXIT) {
            if (depth-- <= NODE_DEPTH_MAX && at->parent)
                at = at->parent;
            continue;
        }
        if (depth + 1 > NODE_DEPTH_MAX) {
            if (!*cut_line)
                *cut_line = at->line;
        } else {
            struct node *c = copy(arena, n, line - 1);

            if (at)
                node_append(at, c);
            else
                top = c;
            if (!leaf)
                at = c;
        }
        depth += !leaf;
    }
    arena_done(&own);
    parse_arena = NULL;
    return top;
}

char *markdown_reference_html(struct slice text)
{
    return cmark_markdown_to_html(text.ptr, text.len, CMARK_OPT_UNSAFE | CMARK_OPT_VALIDATE_UTF8);
}
