/* The small passes: alerts and tabs, figures, definition lists, task lists, formulas. */
#include "book/extend.h"

#include "base/error.h"
#include "book/math.h"

#include <string.h>

static const char *const alert_kinds[] = {"NOTE", "TIP",        "WARNING", "COST",
                                          "HINT", "INSTRUCTOR", "TAB"};
enum { ALERT_KINDS = sizeof alert_kinds / sizeof alert_kinds[0] };

static void unknown_alert(struct extender *x, struct node *n, struct slice word)
{
    char buf[40] = "";
    const char *near;
    struct str what = STR_INIT;

    memcpy(buf, word.ptr, word.len < sizeof buf - 1 ? word.len : sizeof buf - 1);
    near = error_nearest(buf, alert_kinds, ALERT_KINDS);
    str_printf(&what, "unknown alert '[!%s]'%s%s%s", buf, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
    extend_find(x, FINDING_ERROR, "alert-unknown", n->line, n->column,
                "NOTE, TIP, WARNING, COST, HINT, INSTRUCTOR and TAB are known", what.ptr);
    str_done(&what);
}

/* "[!WORD more]more" at the start of text: *word, *inside (behind the word), *length. */
static bool alert_mark(struct slice text, struct slice *word, struct slice *inside, size_t *length)
{
    size_t close = slice_find(text, ']');
    struct slice in;

    if (!slice_starts(text, "[!") || close == text.len)
        return false;
    in = (struct slice){text.ptr + 2, close - 2};
    *word = slice_first(in, slice_find(in, ' '));
    *inside = slice_trim(slice_from(in, word->len));
    *length = close + 1;
    for (size_t i = 0; i < word->len; i++)
        if (word->ptr[i] < 'A' || word->ptr[i] > 'Z')
            return false;
    return word->len > 0;
}

/* The rest of the mark's line: nodes up to the first break, as plain text; they are taken out. */
static struct slice take_title(struct extender *x, struct node *first)
{
    struct str title = STR_INIT;
    struct slice kept;

    for (struct node *c = first, *next; c; c = next) {
        bool stop = c->kind == NODE_SOFTBREAK || c->kind == NODE_LINEBREAK;

        next = c->next;
        if (!stop)
            node_put_text(&title, c);
        node_unlink(c);
        if (stop)
            break;
    }
    kept = slice_trim(slice_str(&title));
    kept.ptr = arena_strndup(x->arena, kept.ptr, kept.len);
    str_done(&title);
    return kept;
}

void blocks_quote(struct extender *x, struct node *quote)
{
    struct node *p = quote->first, *t = p ? p->first : NULL;
    struct slice word, inside;
    size_t length;
    bool known = false;

    if (!p || p->kind != NODE_PARAGRAPH || !t || t->kind != NODE_TEXT ||
        !alert_mark(t->text, &word, &inside, &length))
        return;
    for (int i = 0; i < ALERT_KINDS; i++)
        known |= slice_is(word, alert_kinds[i]);
    if (!known) {
        unknown_alert(x, quote, word);
        return;
    }
    quote->kind = slice_is(word, "TAB") ? NODE_TAB : NODE_ALERT;
    quote->text = quote->kind == NODE_TAB ? inside : word;
    quote->url = inside; /* HINT: the step it is for */
    t->text = slice_from(t->text, length);
    quote->title = take_title(x, t);
    if (!p->first)
        node_unlink(p);
    if (quote->kind == NODE_TAB && !inside.len)
        extend_find(x, FINDING_ERROR, "tab-label", quote->line, quote->column,
                    "write > [!TAB Console]", "a tab without a label");
}

void blocks_merge_tabs(struct extender *x, struct node *root)
{
    for (struct node *n = root, *next; n; n = next) {
        struct node *tabs;

        next = node_next(root, n);
        if (n->kind != NODE_TAB || n->parent->kind == NODE_TABS)
            continue;
        tabs = node_new(x->arena, NODE_TABS, n);
        node_insert_before(n, tabs);
        for (struct node *t = n, *after; t && t->kind == NODE_TAB; t = after) {
            after = t->next;
            node_unlink(t);
            node_append(tabs, t);
        }
        next = node_next(root, tabs);
    }
}

/* ---- definition lists ------------------------------------------------------- */

static bool is_break(const struct node *n)
{
    return n->kind == NODE_SOFTBREAK || n->kind == NODE_LINEBREAK;
}

static bool starts_definition(const struct node *n)
{
    return n && n->kind == NODE_TEXT && slice_starts(n->text, ": ");
}

/* Only the start is trimmed: a space at the end parts it from bold text or a link that follows. */
static struct slice after_colon(struct slice s)
{
    s = slice_from(s, 2);
    while (slice_starts(s, " "))
        s = slice_from(s, 1);
    return s;
}

static bool has_definition(const struct node *p)
{
    if (!p->first || starts_definition(p->first))
        return false;
    for (const struct node *c = p->first; c; c = c->next)
        if (is_break(c) && starts_definition(c->next))
            return true;
    return false;
}

/* Lines before the first ": " are terms, one each; each ": " starts a definition. */
static void fill_definitions(struct extender *x, struct node *defs, struct node *p)
{
    struct node *at = node_new(x->arena, NODE_TERM, p);
    bool in_terms = true;

    node_append(defs, at);
    for (struct node *c = p->first, *next; c; c = next) {
        next = c->next;
        if (is_break(c) && (in_terms || starts_definition(next))) {
            in_terms = in_terms && !starts_definition(next);
            at = node_new(x->arena, in_terms ? NODE_TERM : NODE_DEF, next ? next : p);
            node_append(defs, at);
            if (!in_terms)
                next->text = after_colon(next->text);
            continue;
        }
        node_unlink(c);
        node_append(at, c);
    }
}

static void make_definitions(struct extender *x, struct node *p)
{
    struct node *defs = p->prev;

    if (!defs || defs->kind != NODE_DEFS) {
        defs = node_new(x->arena, NODE_DEFS, p);
        node_insert_before(p, defs);
    }
    fill_definitions(x, defs, p);
    defs->end_line = p->end_line;
    node_unlink(p);
}

/* True when the paragraph was replaced. */
bool blocks_paragraph(struct extender *x, struct node *p)
{
    struct node *only = p->first;

    if (only && only == p->last && only->kind == NODE_IMAGE && only->title.len) {
        p->kind = NODE_FIGURE;
        return true;
    }
    if (!has_definition(p))
        return false;
    make_definitions(x, p);
    return true;
}

void blocks_item(struct extender *x, struct node *item)
{
    struct node *p = item->first, *t = p ? p->first : NULL, *task;

    if (!p || p->kind != NODE_PARAGRAPH || !t || t->kind != NODE_TEXT || t->text.len < 4 ||
        t->text.ptr[0] != '[' || t->text.ptr[2] != ']' || t->text.ptr[3] != ' ' ||
        !strchr(" xX", t->text.ptr[1]))
        return;
    task = node_new(x->arena, NODE_TASK, t);
    task->level = t->text.ptr[1] != ' ';
    t->text = slice_from(t->text, 4);
    node_insert_before(t, task);
}

/* ---- formulas ----------------------------------------------------------------- */

/* `first` is the source line that the formula starts on, `shift` what stands before it there. */
static void make_formula(struct extender *x, struct node *n, enum node_kind kind, int first,
                         int shift)
{
    struct str markup = STR_INIT;
    struct lk_error err;

    if (math_render(&markup, n->text, kind == NODE_MATH_BLOCK, &err) != LK_OK) {
        extend_find(x, FINDING_ERROR, "math", first + (err.line ? err.line - 1 : 0),
                    err.column + (err.line <= 1 ? shift : 0),
                    "formulas are a part of TeX: letters, ^, _, \\frac{a}{b}, \\sum, \\text{..}",
                    err.text);
    } else {
        n->kind = kind;
        n->title = (struct slice){arena_strndup(x->arena, markup.ptr, markup.len), markup.len};
    }
    str_done(&markup);
}

/* $`..`$: the dollars belong to the formula's neighbours and are taken off them. */
static void try_inline(struct extender *x, struct node *n)
{
    struct node *before = n->prev, *after = n->next;

    if (!before || before->kind != NODE_TEXT || !slice_ends(before->text, "$") || !after ||
        after->kind != NODE_TEXT || !slice_starts(after->text, "$"))
        return;
    before->text = slice_first(before->text, before->text.len - 1);
    after->text = slice_from(after->text, 1);
    make_formula(x, n, NODE_MATH, n->line, n->column - 1);
}

void blocks_math(struct extender *x, struct node *root)
{
    for (struct node *n = root, *next; n; n = next) {
        next = node_next(root, n);
        if (n->kind == NODE_CODE)
            try_inline(x, n);
        else if (n->kind == NODE_CODE_BLOCK && slice_is(slice_trim(n->url), "math"))
            make_formula(x, n, NODE_MATH_BLOCK, n->line + 1, 0);
    }
}
