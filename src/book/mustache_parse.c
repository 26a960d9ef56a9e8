/*
 * Templates to trees of tags. The hard part is white space: a tag that stands
 * alone on its line takes the line with it; a partial, parent or block that
 * does so gives its indentation to what replaces it; and a block's content is
 * stored without its own indentation, so that content from elsewhere can take
 * its place.
 */
#include "book/mustache_internal.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { TAG_DEPTH_MAX = 60, DELIMITER_MAX = 16 };

struct parser {
    struct arena *arena;
    const char *file;
    const char *start, *end, *p; /* the source and where we are */
    const char *text;            /* where text not yet added starts */
    const char *counted;         /* line is the number of the line of this place */
    int line;
    char open[DELIMITER_MAX + 1], close[DELIMITER_MAX + 1];
    struct tag *at; /* the tag being filled */
    int depth;
    struct lk_error *err;
};

static int line_of(struct parser *s, const char *p)
{
    for (; s->counted < p; s->counted++)
        s->line += *s->counted == '\n';
    return s->line;
}

static enum lk_status fail(struct parser *s, const char *at, const char *what)
{
    return error_at(s->err, LK_EINPUT, s->file, line_of(s, at), 0, "%s", what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool line_starts(const struct parser *s, const char *p)
{
    return p == s->start || p[-1] == '\n';
}

static struct tag *add(struct parser *s, enum tag_kind kind, const char *place)
{
    struct tag *t = arena_alloc(s->arena, sizeof *t);

    t->kind = kind;
    t->file = s->file;
    t->line = line_of(s, place);
    t->parent = s->at;
    t->indent = t->name = SLICE("");
    if (s->at->last)
        s->at->last->next = t;
    else
        s->at->first = t;
    s->at->last = t;
    return t;
}

static void add_text(struct parser *s, const char *to)
{
    if (to > s->text) {
        struct tag *t = add(s, TAG_TEXT, s->text);

        t->name = (struct slice){s->text, (size_t)(to - s->text)};
        t->at_start = line_starts(s, s->text);
    }
    s->text = to;
}

/* ---- tags that stand alone ------------------------------------------------------ */

/* Is there only white space between the start of the line and p? *from is then that start. */
static bool clean_left(const struct parser *s, const char *p, const char **from)
{
    const char *q = p;

    while (q > s->start && is_blank(q[-1]))
        q--;
    *from = q;
    /* Text taken already was not white space, or another tag's line. */
    return line_starts(s, q) && q >= s->text;
}

/* Is there only white space between p and the end of the line? *to is then behind it. */
static bool clean_right(const struct parser *s, const char *p, const char **to)
{
    while (p < s->end && is_blank(*p))
        p++;
    if (p < s->end && *p == '\r')
        p++;
    if (p < s->end && *p != '\n')
        return false;
    *to = p < s->end ? p + 1 : p;
    return true;
}

/* ---- content without its own indentation ---------------------------------------- */

static void cut_indent(struct slice *indent, size_t n)
{
    size_t cut = indent->len < n ? indent->len : n;

    *indent = slice_from(*indent, cut);
}

static void dedent_text(struct parser *s, struct tag *t, size_t n)
{
    char *kept = arena_alloc(s->arena, t->name.len + 1);
    bool start = t->at_start;
    size_t len = 0;

    for (size_t i = 0; i < t->name.len; i++) {
        if (start)
            for (size_t k = 0; k < n && i < t->name.len && is_blank(t->name.ptr[i]); k++)
                i++;
        if (i == t->name.len)
            break;
        kept[len++] = t->name.ptr[i];
        start = t->name.ptr[i] == '\n';
    }
    t->name = (struct slice){kept, len};
}

static void dedent(struct parser *s, struct tag *parent, size_t n)
{
    for (struct tag *t = parent->first; t; t = t->next) {
        if (t->kind == TAG_TEXT)
            dedent_text(s, t, n);
        else if (t->kind == TAG_SECTION || t->kind == TAG_INVERTED)
            dedent(s, t, n);
        else
            cut_indent(&t->indent, n);
    }
}

/* White space before the first thing in a block that starts on a line of its own. */
static struct slice own_indent(const struct tag *block)
{
    const struct tag *t = block->first;
    size_t n = 0;

    if (!t)
        return SLICE("");
    if (t->kind != TAG_TEXT)
        return t->indent;
    while (n < t->name.len && is_blank(t->name.ptr[n]))
        n++;
    return slice_first(t->name, n);
}

static void close_block(struct parser *s, struct tag *block, bool own_line)
{
    struct slice inner;

    if (!own_line)
        return;
    inner = own_indent(block);
    dedent(s, block, inner.len);
    if (block->alone && block->first)
        block->indent = inner;
}

/* ---- reading tags ------------------------------------------------------------------ */

static enum lk_status set_delimiters(struct parser *s, struct slice body)
{
    struct slice open, close;

    if (body.len && body.ptr[body.len - 1] == '=')
        body.len--;
    body = slice_trim(body);
    open = slice_first(body, slice_find(body, ' '));
    close = slice_trim(slice_from(body, open.len));
    if (!open.len || !close.len || open.len > DELIMITER_MAX || close.len > DELIMITER_MAX ||
        memchr(close.ptr, ' ', close.len))
        return fail(s, s->p, "delimiters are set as in {{=<% %>=}}");
    memcpy(s->open, open.ptr, open.len);
    s->open[open.len] = '\0';
    memcpy(s->close, close.ptr, close.len);
    s->close[close.len] = '\0';
    return LK_OK;
}

static enum lk_status open_tag(struct parser *s, struct tag *t)
{
    if (++s->depth > TAG_DEPTH_MAX)
        return fail(s, s->p, "sections nest too deeply");
    s->at = t;
    return LK_OK;
}

static enum lk_status close_tag(struct parser *s, struct slice name, const char *tag)
{
    struct tag *t = s->at;

    if (!t->parent)
        return error_at(s->err, LK_EINPUT, s->file, line_of(s, tag), 0, "{{/%.*s}} closes nothing",
                        (int)name.len, name.ptr);
    if (!slice_eq(t->name, name))
        return error_at(s->err, LK_EINPUT, s->file, line_of(s, tag), 0,
                        "{{/%.*s}} where {{/%.*s}} is expected, opened in line %d", (int)name.len,
                        name.ptr, (int)t->name.len, t->name.ptr, t->line);
    s->at = t->parent;
    s->depth--;
    return LK_OK;
}

/*
 * A tag [tag, after) that may stand alone: its line goes with it. Returns
 * whether it does; *indent is the white space before it.
 */
static bool take_line(struct parser *s, const char *tag, const char *after, struct slice *indent)
{
    const char *from, *to;

    *indent = SLICE("");
    if (!clean_left(s, tag, &from) || !clean_right(s, after, &to)) {
        add_text(s, tag);
        s->text = after;
        return false;
    }
    *indent = (struct slice){from, (size_t)(tag - from)};
    add_text(s, from);
    s->text = to;
    return true;
}

/* What a tag of data is called. */
static void name_value(struct tag *t, struct slice name)
{
    t->name = name;
    t->hash = mustache_hash(slice_first(name, slice_find(name, '.')));
}

/* Parents and blocks may be closed on the line that opens them, and still stand alone there. */
static enum lk_status open_inheriting(struct parser *s, enum tag_kind kind, struct slice name,
                                      const char *tag, const char *after)
{
    const char *from, *to;
    bool left = clean_left(s, tag, &from), right = clean_right(s, after, &to);
    struct tag *t;

    add_text(s, left ? from : tag);
    t = add(s, kind, tag);
    t->name = name;
    t->alone = left;
    if (left)
        t->indent = (struct slice){from, (size_t)(tag - from)};
    s->text = right && to > after ? to : after;
    return open_tag(s, t);
}

static enum lk_status close_inheriting(struct parser *s, struct slice name, const char *tag,
                                       const char *after)
{
    struct tag *t = s->at;
    const char *from, *to;
    bool left = clean_left(s, tag, &from), right = clean_right(s, after, &to);
    bool own_line;
    bool own_close = left && right && line_of(s, tag) > t->line;
    enum lk_status st;

    add_text(s, left && line_of(s, tag) > t->line ? from : tag);
    s->text = after;
    own_line = t->kind == TAG_BLOCK && t->first && t->first->line > t->line;
    if (own_close || (t->kind == TAG_PARENT && t->alone && right))
        s->text = to;
    st = close_tag(s, name, tag);
    if (!st && t->kind == TAG_BLOCK)
        close_block(s, t, own_line);
    return st;
}

static enum lk_status read_tag(struct parser *s, char sigil, struct slice body, const char *tag,
                               const char *after)
{
    struct slice name = slice_trim(body), indent;
    struct tag *t;
    bool alone;

    if (sigil != '!' && sigil != '=' && !name.len)
        return fail(s, tag, "a tag without a name");
    switch (sigil) {
    case '!':
        take_line(s, tag, after, &indent);
        return LK_OK;
    case '=':
        take_line(s, tag, after, &indent);
        return set_delimiters(s, body);
    case '>':
        alone = take_line(s, tag, after, &indent);
        t = add(s, TAG_PARTIAL, tag);
        t->name = name;
        t->indent = indent;
        t->alone = alone;
        return LK_OK;
    case '<':
        return open_inheriting(s, TAG_PARENT, name, tag, after);
    case '$':
        return open_inheriting(s, TAG_BLOCK, name, tag, after);
    case '#':
    case '^':
        take_line(s, tag, after, &indent);
        t = add(s, sigil == '#' ? TAG_SECTION : TAG_INVERTED, tag);
        name_value(t, name);
        return open_tag(s, t);
    case '/':
        if (s->at->kind == TAG_PARENT || s->at->kind == TAG_BLOCK)
            return close_inheriting(s, name, tag, after);
        take_line(s, tag, after, &indent);
        return close_tag(s, name, tag);
    default:
        add_text(s, tag);
        s->text = after;
        t = add(s, sigil ? TAG_RAW : TAG_VALUE, tag);
        name_value(t, name);
        return LK_OK;
    }
}

/* From the open delimiter at s->p to behind the close one. */
static enum lk_status next_tag(struct parser *s)
{
    const char *tag = s->p, *p = tag + strlen(s->open), *stop, *after;
    char closing[DELIMITER_MAX + 2];
    char sigil = p < s->end && strchr("!=></#^$&{", *p) ? *p : 0;

    p += sigil != 0;
    snprintf(closing, sizeof closing, "%s%s",
             sigil == '{'   ? "}"
             : sigil == '=' ? "="
                            : "",
             s->close);
    stop = memmem(p, (size_t)(s->end - p), closing, strlen(closing));
    if (!stop)
        return fail(s, tag, "a tag that is never closed");
    after = stop + strlen(closing);
    s->p = after;
    return read_tag(s, sigil, (struct slice){p, (size_t)(stop - p)}, tag, after);
}

enum lk_status template_parse(struct tag **root, struct arena *arena, struct slice source,
                              const char *file, struct lk_error *err)
{
    struct parser s = {.arena = arena,
                       .file = file,
                       .start = source.ptr,
                       .end = source.ptr + source.len,
                       .p = source.ptr,
                       .text = source.ptr,
                       .counted = source.ptr,
                       .line = 1,
                       .open = "{{",
                       .close = "}}",
                       .err = err};
    enum lk_status st = LK_OK;

    *root = s.at = arena_alloc(arena, sizeof *s.at);
    while (!st && (s.p = memmem(s.p, (size_t)(s.end - s.p), s.open, strlen(s.open))))
        st = next_tag(&s);
    if (st)
        return st;
    if (s.at->parent)
        return error_at(err, LK_EINPUT, file, s.at->line, 0, "{{%.*s}} is never closed",
                        (int)s.at->name.len, s.at->name.ptr);
    add_text(&s, s.end);
    return LK_OK;
}
