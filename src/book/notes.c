/*
 * Footnotes. CommonMark may take "[^1]: word" for a link's definition, so the
 * notes are cut out of the source before it is parsed; their lines stay, empty,
 * so that every line keeps its number. Each note is Markdown of its own.
 *
 * A note starts in the first column outside fenced code, goes on to the next
 * empty line, and beyond it with lines indented by four. Notes are numbered in
 * the order in which they are first referred to.
 */
#include "book/extend.h"

#include "book/info.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 2000, LABEL_MAX = 60 };

struct note {
    struct slice label;
    struct slice text; /* Markdown */
    int line, number;  /* number 0: not referred to */
    int references;
};

struct notes {
    struct note *items;
    size_t len, cap;
    size_t *order; /* by number - 1 */
    size_t used;
    int seen_line;    /* the line looked at last in is_escaped, */
    const char *seen; /* and how far */
};

/* "[^label]" at the start of s, and its length. */
static bool label_at(struct slice s, struct slice *label, size_t *length)
{
    size_t i = 2;

    if (s.len < 4 || s.ptr[0] != '[' || s.ptr[1] != '^')
        return false;
    while (i < s.len && i < LABEL_MAX && !strchr(" \t[]^", s.ptr[i]))
        i++;
    if (i == 2 || i >= s.len || s.ptr[i] != ']')
        return false;
    *label = (struct slice){s.ptr + 2, i - 2};
    *length = i + 1;
    return true;
}

static bool defines(struct slice line, struct slice *label, size_t *length)
{
    if (!label_at(line, label, length) || *length >= line.len || line.ptr[*length] != ':')
        return false;
    ++*length;
    return true;
}

static struct note *find(struct notes *notes, struct slice label)
{
    for (size_t i = 0; i < notes->len; i++)
        if (slice_eq(notes->items[i].label, label))
            return &notes->items[i];
    return NULL;
}

/* Does a line that follows a note's text without an empty one belong to it? */
static bool goes_on(struct slice line)
{
    struct slice label;
    size_t length;

    return slice_trim(line).len && !strchr("#>-*+`~|", line.ptr[0]) &&
           !defines(line, &label, &length);
}

static bool is_indented(struct slice line)
{
    return slice_starts(line, "    ") || slice_starts(line, "\t");
}

/* Read the note that starts at line i; returns the line behind it. */
static int read_note(struct extender *x, int i, struct slice label, size_t length)
{
    struct str text = STR_INIT;
    struct slice line = source_line(&x->lines, i), rest = slice_from(line, length);
    int start = i, end;
    struct notes *n = x->notes;

    str_put(&text, slice_trim(rest));
    str_putc(&text, '\n');
    for (i++; i < x->lines.first + x->lines.count && goes_on(source_line(&x->lines, i)); i++) {
        str_put(&text, slice_trim(source_line(&x->lines, i)));
        str_putc(&text, '\n');
    }
    for (end = i; i < x->lines.first + x->lines.count; i++) {
        line = source_line(&x->lines, i);
        if (is_indented(line)) {
            for (; end < i; end++)
                str_putc(&text, '\n');
            str_put(&text, slice_from(line, line.ptr[0] == '\t' ? 1 : 4));
            str_putc(&text, '\n');
            end = i + 1;
        } else if (slice_trim(line).len) {
            break;
        }
    }
    if (find(n, label))
        extend_find(x, FINDING_ERROR, "footnote-twice", start, 1, "give one another label",
                    arena_printf(x->arena, "two footnotes with the label '%.*s'", (int)label.len,
                                 label.ptr));
    if (n->len < NOTES_MAX) {
        MEM_GROW(n->items, n->len, n->cap);
        n->items[n->len++] = (struct note){
            label, {arena_strndup(x->arena, text.ptr, text.len), text.len}, start, 0, 0};
    }
    str_done(&text);
    return end;
}

static bool has_mark(struct slice text)
{
    const char *p = text.ptr, *end = p + text.len;

    while ((p = memchr(p, '[', (size_t)(end - p)))) {
        if (++p < end && *p == '^')
            return true;
    }
    return false;
}

struct slice notes_cut(struct extender *x, struct slice text)
{
    struct str kept = STR_INIT;
    struct slice label, result;
    struct fence fence = {0, 0};
    size_t length;

    if (!has_mark(text))
        return text;
    for (int i = x->lines.first; i < x->lines.first + x->lines.count;) {
        struct slice line = source_line(&x->lines, i);

        if (!fence.mark && defines(line, &label, &length)) {
            int end;

            if (!x->notes)
                x->notes = arena_alloc(x->arena, sizeof *x->notes);
            for (end = read_note(x, i, label, length); i < end; i++)
                str_putc(&kept, '\n');
            continue;
        }
        fence_follow(&fence, line);
        str_put(&kept, line);
        str_putc(&kept, '\n');
        i++;
    }
    result = (struct slice){arena_strndup(x->arena, kept.ptr, kept.len), kept.len};
    str_done(&kept);
    return x->notes ? result : text;
}

/* "\[^1]" in the source says that this is no reference. */
static bool is_escaped(struct extender *x, const struct node *n, struct slice mark)
{
    struct slice line = source_line(&x->lines, n->line);
    struct notes *notes = x->notes;
    const char *from = line.ptr, *at;

    /* References come in the order of the line. */
    if (notes->seen_line == n->line && notes->seen >= line.ptr &&
        notes->seen <= line.ptr + line.len)
        from = notes->seen;
    at = memmem(from, (size_t)(line.ptr + line.len - from), mark.ptr, mark.len);
    if (at) {
        notes->seen_line = n->line;
        notes->seen = at + mark.len;
    }
    return at && at > line.ptr && at[-1] == '\\';
}

static struct node *refer(struct extender *x, struct note *note, const struct node *place)
{
    struct notes *n = x->notes;
    struct node *ref = node_new(x->arena, NODE_NOTE_REF, place);

    if (!note->number) {
        if (!n->order)
            n->order = arena_alloc(x->arena, n->len * sizeof *n->order);
        n->order[n->used++] = (size_t)(note - n->items);
        note->number = (int)n->used;
    }
    ref->number = note->number;
    ref->level = ++note->references;
    return ref;
}

void notes_refer(struct extender *x, struct node *t)
{
    struct slice label;
    size_t length, i = 0;

    while (i + 3 < t->text.len) {
        const char *open = memmem(t->text.ptr + i, t->text.len - i, "[^", 2);
        struct node *after;
        struct note *note;

        if (!open)
            return;
        i = (size_t)(open - t->text.ptr);
        if (!label_at(slice_from(t->text, i), &label, &length) || !(note = find(x->notes, label)) ||
            is_escaped(x, t, (struct slice){open, length})) {
            i += 2;
            continue;
        }
        after = node_new(x->arena, NODE_TEXT, t);
        after->text = slice_from(t->text, i + length);
        t->text = slice_first(t->text, i);
        if (t->next)
            node_insert_before(t->next, after);
        else
            node_append(t->parent, after);
        node_insert_before(after, refer(x, note, t));
        t = after;
        i = 0;
    }
}

void notes_finish(struct extender *x, struct node *root)
{
    struct notes *n = x->notes;
    struct node *list = node_new(x->arena, NODE_NOTES, root);

    /* A note may refer to others: the list grows while it is walked. */
    for (size_t i = 0; i < n->used; i++) {
        struct note *note = &n->items[n->order[i]];
        struct node *item = node_new(x->arena, NODE_NOTE, root);

        item->line = note->line;
        item->number = note->number;
        item->text = note->label;
        node_append(list, item);
        node_move_children(item, extend_note(x, note->text, note->line));
        item->level = note->references;
    }
    for (size_t i = 0; i < n->len; i++)
        if (!n->items[i].number)
            extend_find(x, FINDING_WARNING, "footnote-unused", n->items[i].line, 1,
                        "refer to it with [^label], or take it out",
                        arena_printf(x->arena, "nobody refers to the footnote '%.*s'",
                                     (int)n->items[i].label.len, n->items[i].label.ptr));
    if (list->first)
        node_append(root, list);
    free(n->items);
    n->items = NULL;
}
