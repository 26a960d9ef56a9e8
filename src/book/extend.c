/*
 * One walk in document order calls the pass that may care for each node. A
 * pass may replace the node it is given, or change what is below it, nothing
 * else; so the walk knows where it goes on.
 *
 * Table cells are kept until the end: all of them are parsed in one go.
 */
#include "book/extend.h"

#include "book/markdown.h"

#include <string.h>

struct slice source_line(const struct source_lines *lines, int line)
{
    int i = line - lines->first;
    size_t start, end;

    if (i < 0 || i >= lines->count)
        return SLICE("");
    start = lines->starts[i];
    end = i + 1 < lines->count ? lines->starts[i + 1] : lines->text.len;
    while (end > start && (lines->text.ptr[end - 1] == '\n' || lines->text.ptr[end - 1] == '\r'))
        end--;
    return (struct slice){lines->text.ptr + start, end - start};
}

static void index_lines(struct extender *x, struct slice text, int line)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    size_t count = 1, i = 0;

    while ((p = memchr(p, '\n', (size_t)(end - p))))
        count++, p++;
    x->lines.text = text;
    x->lines.first = line;
    x->lines.starts = arena_alloc(x->arena, count * sizeof *x->lines.starts);
    x->lines.count = (int)count;
    for (p = text.ptr; i < count; i++) {
        x->lines.starts[i] = (size_t)(p - text.ptr);
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            break;
        p++;
    }
}

void extend_find(const struct extender *x, enum finding_level level, const char *rule, int line,
                 int column, const char *mend, const char *what)
{
    const char *file;
    int file_line;

    text_place(x->text, line, &file, &file_line);
    finding_add(x->findings, level, rule, file, file_line, column, mend, "%s", what);
}

static void extend_tree(struct extender *x, struct node *root)
{
    struct node *n = root, *next;

    for (; n; n = next) {
        next = node_next(root, n);
        switch (n->kind) {
        case NODE_QUOTE:
            blocks_quote(x, n);
            next = node_next(root, n);
            break;
        case NODE_PARAGRAPH:
            /* A table's cells are not there yet; a figure needs no more passes. */
            if (n->parent) {
                struct node *over = node_skip(root, n);

                if (tables_try(x, n))
                    next = over;
                else if (blocks_paragraph(x, n))
                    next = over;
            }
            break;
        case NODE_ITEM:
            blocks_item(x, n);
            next = node_next(root, n);
            break;
        default:
            break;
        }
    }
    blocks_merge_tabs(x, root);
}

/* Parse one text with everything but footnotes. */
static struct node *parse_part(struct extender *x, struct slice text, int line)
{
    int cut_line;
    struct node *root = markdown_parse(x->arena, text, line, &cut_line);

    if (cut_line)
        extend_find(x, FINDING_ERROR, "nesting", cut_line, 1, "make it flatter",
                    "quotes, lists or emphasis nest too deeply");
    extend_tree(x, root);
    if (x->tables)
        tables_finish(x);
    blocks_math(x, root);
    return root;
}

static void refer_to_notes(struct extender *x, struct node *root)
{
    for (struct node *n = root, *next; n; n = next) {
        next = node_next(root, n);
        if (n->kind == NODE_TEXT)
            notes_refer(x, n);
    }
}

struct node *extend_note(struct extender *x, struct slice text, int line)
{
    struct source_lines outer = x->lines;
    struct node *root;

    index_lines(x, text, line);
    root = parse_part(x, text, line);
    refer_to_notes(x, root);
    x->lines = outer;
    return root;
}

struct node *extend_parse(struct arena *arena, struct slice text, int line, const struct text *map,
                          struct findings *findings)
{
    struct extender x = {.arena = arena, .text = map, .findings = findings};
    struct node *root;

    index_lines(&x, text, line);
    root = parse_part(&x, notes_cut(&x, text), line);
    if (x.notes) {
        refer_to_notes(&x, root);
        notes_finish(&x, root);
    }
    return root;
}
