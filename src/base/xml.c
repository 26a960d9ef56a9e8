/*
 * One pass with a stack of open elements. A cursor walks the text; each
 * construct has one small function that takes it from there. Text between
 * tags is gathered in one buffer a depth and copied into the arena when its
 * element closes, since text may come in pieces around children.
 */
#include "base/xml.h"

#include "base/error.h"

#include <string.h>

struct reader {
    const char *start, *at, *end;
    const char *file;
    struct arena *arena;
    struct lk_error *err;
    struct xml *open[XML_MAX_DEPTH];
    struct xml **tail[XML_MAX_DEPTH]; /* where the next child is hung */
    struct str text[XML_MAX_DEPTH];
    int depth;
    struct xml *root;
};

static enum lk_status fail(struct reader *r, const char *what)
{
    int line = 1, column = 1;

    for (const char *p = r->start; p < r->at; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    return error_at(r->err, LK_EINPUT, r->file, line, column, "%s", what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static bool starts(const struct reader *r, const char *z)
{
    size_t n = strlen(z);

    return (size_t)(r->end - r->at) >= n && !memcmp(r->at, z, n);
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
}

/* Past the next `closing`. */
static enum lk_status skip_to(struct reader *r, const char *closing, const char *what)
{
    const char *p = memmem(r->at, (size_t)(r->end - r->at), closing, strlen(closing));

    if (!p)
        return fail(r, what);
    r->at = p + strlen(closing);
    return LK_OK;
}

static struct slice take_name(struct reader *r)
{
    const char *from = r->at, *colon;
    struct slice name;

    while (r->at < r->end && is_name(*r->at))
        r->at++;
    name = (struct slice){from, (size_t)(r->at - from)};
    colon = memchr(name.ptr, ':', name.len);
    return colon ? slice_from(name, (size_t)(colon + 1 - name.ptr)) : name;
}

/* ---- text ------------------------------------------------------------------ */

static bool put_number(struct str *out, struct slice digits)
{
    uint32_t v = 0, base = 10;

    if (digits.len && (digits.ptr[0] == 'x' || digits.ptr[0] == 'X')) {
        base = 16;
        digits = slice_from(digits, 1);
    }
    if (!digits.len || digits.len > 8)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        uint32_t d = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
                     : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a' + 10)
                                                          : 99;
        if (d >= base)
            return false;
        v = v * base + d;
    }
    if (!v || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
        return false;
    utf8_put(out, v);
    return true;
}

static enum lk_status take_entity(struct reader *r, struct str *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    struct slice rest = {r->at + 1, (size_t)(r->end - r->at - 1)}, name;
    size_t n = slice_find(slice_first(rest, rest.len < 12 ? rest.len : 12), ';');

    name = slice_first(rest, n);
    if (n == rest.len || n >= 12)
        return fail(r, "'&' that starts no entity; '&amp;' was expected");
    if (name.len && name.ptr[0] == '#') {
        if (!put_number(out, slice_from(name, 1)))
            return fail(r, "a character number that is none");
        r->at += n + 2;
        return LK_OK;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (slice_is(name, known[i].name)) {
            str_putc(out, known[i].c);
            r->at += n + 2;
            return LK_OK;
        }
    return fail(r, "an entity other than lt, gt, amp, quot, apos");
}

static enum lk_status take_text(struct reader *r)
{
    struct str *out = r->depth ? &r->text[r->depth - 1] : NULL;
    enum lk_status st = LK_OK;

    while (!st && r->at < r->end && *r->at != '<') {
        const char *from = r->at;

        while (r->at < r->end && *r->at != '<' && *r->at != '&')
            r->at++;
        if (out)
            str_add(out, from, (size_t)(r->at - from));
        for (const char *p = from; !out && p < r->at; p++)
            if (!is_space(*p))
                return fail(r, "text outside of the root element");
        if (r->at < r->end && *r->at == '&')
            st = out ? take_entity(r, out) : fail(r, "text outside of the root element");
    }
    return st;
}

static enum lk_status take_cdata(struct reader *r)
{
    const char *from = r->at += 9; /* <![CDATA[ */
    enum lk_status st = skip_to(r, "]]>", "a CDATA section without end");

    if (!st && r->depth)
        str_add(&r->text[r->depth - 1], from, (size_t)(r->at - 3 - from));
    return st;
}

/* ---- tags ------------------------------------------------------------------ */

static enum lk_status skip_attributes(struct reader *r)
{
    for (;;) {
        const char *quote;

        skip_space(r);
        if (r->at == r->end || *r->at == '>' || *r->at == '/')
            return LK_OK;
        if (!take_name(r).len)
            return fail(r, "expected an attribute, '>' or '/>'");
        skip_space(r);
        if (r->at == r->end || *r->at != '=')
            return fail(r, "an attribute without '='");
        r->at++;
        skip_space(r);
        if (r->at == r->end || (*r->at != '"' && *r->at != '\''))
            return fail(r, "an attribute's value without quotes");
        quote = memchr(r->at + 1, *r->at, (size_t)(r->end - r->at - 1));
        if (!quote)
            return fail(r, "an attribute's value without end");
        r->at = quote + 1;
    }
}

static void close_element(struct reader *r)
{
    struct str *text = &r->text[--r->depth];

    r->open[r->depth]->text =
        (struct slice){arena_strndup(r->arena, text->ptr, text->len), text->len};
    str_clear(text);
}

static enum lk_status take_open(struct reader *r)
{
    struct xml *x = arena_alloc(r->arena, sizeof *x);
    struct slice name;
    enum lk_status st;

    if (!r->depth && r->root)
        return fail(r, "a second root element");
    if (r->depth == XML_MAX_DEPTH)
        return fail(r, "elements nested too deep");
    r->at++;
    name = take_name(r);
    if (!name.len)
        return fail(r, "'<' that starts no element");
    x->name = arena_strndup(r->arena, name.ptr, name.len);
    if (r->depth) {
        *r->tail[r->depth - 1] = x;
        r->tail[r->depth - 1] = &x->next;
    } else {
        r->root = x;
    }
    r->open[r->depth] = x;
    r->tail[r->depth++] = &x->first;
    if ((st = skip_attributes(r)))
        return st;
    if (starts(r, "/>")) {
        r->at += 2;
        close_element(r);
    } else if (starts(r, ">")) {
        r->at++;
    } else {
        return fail(r, "a tag without '>'");
    }
    return LK_OK;
}

static enum lk_status take_close(struct reader *r)
{
    const char *start = r->at;
    struct slice name;

    r->at += 2;
    name = take_name(r);
    skip_space(r);
    if (!r->depth || !slice_is(name, r->open[r->depth - 1]->name)) {
        r->at = start;
        return fail(r, "a closing tag that does not fit the open element");
    }
    if (!starts(r, ">"))
        return fail(r, "a closing tag without '>'");
    r->at++;
    close_element(r);
    return LK_OK;
}

static enum lk_status take_one(struct reader *r)
{
    if (*r->at != '<')
        return take_text(r);
    if (starts(r, "<?"))
        return skip_to(r, "?>", "a processing instruction without end");
    if (starts(r, "<!--"))
        return skip_to(r, "-->", "a comment without end");
    if (starts(r, "<![CDATA["))
        return take_cdata(r);
    if (starts(r, "<!"))
        return fail(r, "a document type, which is not accepted");
    return starts(r, "</") ? take_close(r) : take_open(r);
}

enum lk_status xml_parse(struct xml **out, struct arena *arena, struct slice text, const char *file,
                         struct lk_error *err)
{
    struct reader r = {.start = text.ptr,
                       .at = text.ptr,
                       .end = text.ptr + text.len,
                       .file = file,
                       .arena = arena,
                       .err = err};
    enum lk_status st = LK_OK;

    if (text.len > XML_MAX_BYTES)
        return error_set(err, LK_ELIMIT, "%s holds more than %d bytes of XML", file, XML_MAX_BYTES);
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        str_init(&r.text[i]);
    if (starts(&r, "\xef\xbb\xbf"))
        r.at += 3;
    while (!st && r.at < r.end)
        st = take_one(&r);
    if (!st && (r.depth || !r.root))
        st = fail(&r, r.root ? "the text ends inside an element" : "expected an element");
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        str_done(&r.text[i]);
    if (!st)
        *out = r.root;
    return st;
}

const struct xml *xml_get(const struct xml *x, const char *name)
{
    for (x = x ? x->first : NULL; x; x = x->next)
        if (!strcmp(x->name, name))
            return x;
    return NULL;
}

const char *xml_text(const struct xml *x, const char *name)
{
    const struct xml *child = xml_get(x, name);

    return child ? child->text.ptr : "";
}
