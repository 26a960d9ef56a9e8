/*
 * Tables. CommonMark has read the rows as lines of one paragraph, and inline
 * marks may reach across its cells; so rows are cut afresh out of the source,
 * without the marks of the quotes and lists around them.
 *
 * Parsing each cell alone would cost a parser a cell. Instead the cells of a
 * whole text are put one below the other, each a paragraph of its own, and
 * parsed once. A private-use character and a space before each keeps it a
 * paragraph whatever it starts with; both are taken off again.
 */
#include "book/extend.h"

#include "book/markdown.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 64 };
#define GUARD "\xEE\x80\x80 " /* U+E000 and a space */
enum { GUARD_LEN = 4 };

struct tables {
    struct str cells; /* Markdown of all cells */
    struct node **nodes;
    size_t len, cap;
};

/* The line without what quotes and lists around the paragraph put before it. */
static struct slice bare_line(const struct extender *x, const struct node *p, int line)
{
    struct slice s = source_line(&x->lines, line);
    int quotes = 0;

    for (const struct node *n = p->parent; n; n = n->parent)
        quotes += n->kind == NODE_QUOTE || n->kind == NODE_ALERT || n->kind == NODE_TAB;
    if (line == p->line && p->column > 0 && (size_t)p->column <= s.len + 1)
        return slice_trim(slice_from(s, (size_t)p->column - 1));
    for (;;) {
        s = slice_trim(s);
        if (!quotes-- || !s.len || s.ptr[0] != '>')
            return s;
        s = slice_from(s, 1);
    }
}

/* Cut a row into cells at each bare '|'; returns their number, or -1 when there are too many. */
static int cut_row(struct slice row, struct slice cells[COLUMNS_MAX])
{
    int n = 0;
    size_t start, i;

    row = slice_trim(row);
    start = row.len && row.ptr[0] == '|';
    for (i = start; i <= row.len; i++) {
        bool last = i == row.len;

        if (!last && row.ptr[i] == '\\') {
            i++;
            continue;
        }
        if (!last && row.ptr[i] != '|')
            continue;
        if (last && i == start)
            break; /* the row ended with a bar */
        if (n == COLUMNS_MAX)
            return -1;
        cells[n++] = slice_trim((struct slice){row.ptr + start, i - start});
        start = i + 1;
    }
    return n;
}

/* |---|:-:| -> the alignments and their number; 0 when the line is none of it. */
static int read_delimiter(struct slice line, enum cell_align align[COLUMNS_MAX])
{
    struct slice cells[COLUMNS_MAX];
    int n;

    if (!line.len || !strchr("|:-", line.ptr[0]) || !memchr(line.ptr, '-', line.len) ||
        !memchr(line.ptr, '|', line.len))
        return 0;
    for (size_t i = 0; i < line.len; i++)
        if (!strchr("|:- \t", line.ptr[i]))
            return 0;
    n = cut_row(line, cells);
    for (int i = 0; i < n; i++) {
        struct slice c = cells[i];
        bool left = c.len && c.ptr[0] == ':', right;

        if (left)
            c = slice_from(c, 1);
        right = c.len && c.ptr[c.len - 1] == ':';
        if (right)
            c.len--;
        if (!c.len)
            return 0;
        for (size_t k = 0; k < c.len; k++)
            if (c.ptr[k] != '-')
                return 0;
        align[i] = left && right ? CELL_CENTER : left ? CELL_LEFT : right ? CELL_RIGHT : CELL_PLAIN;
    }
    return n > 0 ? n : 0;
}

static void keep_cell(struct extender *x, struct node *cell, struct slice text)
{
    struct tables *t = x->tables;

    MEM_GROW(t->nodes, t->len, t->cap);
    t->nodes[t->len++] = cell;
    str_puts(&t->cells, GUARD);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\\' || i + 1 == text.len || text.ptr[i + 1] != '|')
            str_putc(&t->cells, text.ptr[i]);
    str_puts(&t->cells, "\n\n");
}

static void add_row(struct extender *x, struct node *table, struct slice line, int number,
                    int columns, const enum cell_align *align)
{
    struct slice cells[COLUMNS_MAX];
    struct slice whole = source_line(&x->lines, number);
    int n = cut_row(line, cells);
    struct node *row = node_new(x->arena, NODE_ROW, table);

    row->line = row->end_line = number;
    node_append(table, row);
    if (n > columns)
        extend_find(x, FINDING_WARNING, "table-cells", number,
                    (int)(cells[columns].ptr - whole.ptr) + 1,
                    "write \\| for a bar that is part of a cell, or give the header more columns",
                    "a row with more cells than the table has columns");
    for (int i = 0; i < columns; i++) {
        struct node *cell = node_new(x->arena, NODE_CELL, row);
        bool there = i < n || n < 0;

        cell->level = (int)align[i];
        if (there)
            cell->column = (int)(cells[i].ptr - whole.ptr) + 1;
        node_append(row, cell);
        keep_cell(x, cell, there ? cells[i] : SLICE(""));
    }
}

/*
 * Text may stand over the table in the same paragraph: it stays one, cut at
 * the break before the header. False when that break is inside a mark.
 */
static bool cut_text_above(struct node *p, int header)
{
    int breaks = header - p->line;
    struct node *c = p->first;

    for (; c && breaks; c = c->next)
        if (c->kind == NODE_SOFTBREAK || c->kind == NODE_LINEBREAK)
            if (!--breaks)
                break;
    if (!c)
        return false;
    for (struct node *next; c; c = next) {
        next = c->next;
        node_unlink(c);
    }
    return true;
}

static void make_table(struct extender *x, struct node *p, int header, int columns,
                       const enum cell_align *align)
{
    struct node *table = node_new(x->arena, NODE_TABLE, p);
    int end = p->end_line;

    if (!x->tables) {
        x->tables = arena_alloc(x->arena, sizeof *x->tables);
        str_init(&x->tables->cells);
    }
    table->line = header;
    add_row(x, table, bare_line(x, p, header), header, columns, align);
    for (int line = header + 2; line <= end; line++)
        add_row(x, table, bare_line(x, p, line), line, columns, align);
    node_insert_before(p, table);
    if (header == p->line) {
        node_unlink(p);
        return;
    }
    node_unlink(p);
    p->end_line = header - 1;
    node_insert_before(table, p);
}

/* Lines that define links belong to a paragraph's lines, but are not its text. */
static bool is_link_definition(struct slice line)
{
    return slice_starts(line, "[") && memmem(line.ptr, line.len, "]:", 2);
}

bool tables_try(struct extender *x, struct node *p)
{
    enum cell_align align[COLUMNS_MAX];
    struct slice cells[COLUMNS_MAX];

    for (int line = p->line + 1; line <= p->end_line; line++) {
        int columns = read_delimiter(bare_line(x, p, line), align);

        if (!columns || cut_row(bare_line(x, p, line - 1), cells) != columns ||
            is_link_definition(bare_line(x, p, line - 1)))
            continue;
        if (line - 1 > p->line && !cut_text_above(p, line - 1))
            continue;
        make_table(x, p, line - 1, columns, align);
        return true;
    }
    return false;
}

/* Definitions of links, so that [text][name] works in cells too. */
static void add_link_definitions(struct extender *x)
{
    str_putc(&x->tables->cells, '\n');
    for (int i = 0; i < x->lines.count; i++) {
        struct slice line = source_line(&x->lines, x->lines.first + i);

        if (line.len && line.ptr[0] == '[' && !slice_starts(line, "[^") &&
            memmem(line.ptr, line.len, "]:", 2)) {
            str_put(&x->tables->cells, line);
            str_puts(&x->tables->cells, "\n\n");
        }
    }
}

static void fill_cell(struct extender *x, struct node *cell, struct node *paragraph)
{
    struct node *t = paragraph->first;

    if (t && t->kind == NODE_TEXT && slice_starts(t->text, "\xEE\x80\x80"))
        t->text = slice_from(t->text, t->text.len >= GUARD_LEN ? GUARD_LEN : t->text.len);
    node_move_children(cell, paragraph);
    for (struct node *n = node_next(cell, cell); n; n = node_next(cell, n)) {
        n->line = n->end_line = cell->line;
        n->column += cell->column - GUARD_LEN - 1;
        if (n->column < 1)
            n->column = 1;
    }
}

void tables_finish(struct extender *x)
{
    struct tables *t = x->tables;
    struct node *root, *p;
    int cut;

    if (memchr(t->cells.ptr, '[', t->cells.len))
        add_link_definitions(x);
    root = markdown_parse(x->arena, slice_str(&t->cells), 1, &cut);
    p = root->first;
    for (size_t i = 0; i < t->len && p; i++) {
        struct node *next = p->next;

        fill_cell(x, t->nodes[i], p);
        p = next;
    }
    str_done(&t->cells);
    free(t->nodes);
    x->tables = NULL;
}
