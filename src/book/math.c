/*
 * A recursive descent over the formula, which writes as it reads. What a
 * script (^ or _) belongs to stands before it, so an atom is written first and
 * is wrapped when a script follows: the output is cut back to where the atom
 * began and written again inside <msup>, <msub> or <munderover>.
 *
 * Depth and length are capped, so the recursion is.
 */
#include "book/math.h"

#include "base/error.h"
#include "book/math_internal.h"

#include <ctype.h>
#include <string.h>

enum { LENGTH_MAX = 4096, DEPTH_MAX = 40, NAME_MAX_BYTES = 32 };

struct math {
    struct str *out;
    struct slice tex;
    size_t at;
    bool block;
    int depth;
    struct lk_error *err;
    bool failed; /* err is set; everything unwinds */
};

static void put_row(struct math *m, const char *until);
static void put_atom(struct math *m);

static void fail(struct math *m, size_t at, const char *what, const char *detail)
{
    int line = 1, column = 1;

    if (m->failed)
        return;
    m->failed = true;
    for (size_t i = 0; i < at; i++) {
        column = m->tex.ptr[i] == '\n' ? 1 : column + 1;
        line += m->tex.ptr[i] == '\n';
    }
    error_at(m->err, LK_EINPUT, "", line, column, "%s%s", what, detail);
    m->at = m->tex.len;
}

static char peek(const struct math *m)
{
    return m->at < m->tex.len ? m->tex.ptr[m->at] : '\0';
}

static void skip_space(struct math *m)
{
    while (m->at < m->tex.len && isspace((unsigned char)m->tex.ptr[m->at]))
        m->at++;
}

static void put_element(struct math *m, const char *tag, struct slice text)
{
    str_printf(m->out, "<%s>", tag);
    str_put_html(m->out, text);
    str_printf(m->out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* The command's letters (or one sign) behind the backslash at m->at. */
static void take_name(struct math *m, char name[NAME_MAX_BYTES])
{
    size_t n = 0;

    m->at++;
    while (n + 1 < NAME_MAX_BYTES && isalpha((unsigned char)peek(m)))
        name[n++] = m->tex.ptr[m->at++];
    if (!n && m->at < m->tex.len)
        name[n++] = m->tex.ptr[m->at++];
    name[n] = '\0';
}

/* Does `word` stand at m->at? A word of letters must end there. */
static bool looking_at(const struct math *m, const char *word)
{
    struct slice rest = slice_from(m->tex, m->at);
    size_t n = strlen(word);

    return slice_starts(rest, word) && !(isalpha((unsigned char)word[n - 1]) && rest.len > n &&
                                         isalpha((unsigned char)rest.ptr[n]));
}

/* {text} without looking inside it. */
static struct slice take_braced(struct math *m)
{
    size_t start;

    skip_space(m);
    start = m->at + 1;
    if (peek(m) != '{') {
        fail(m, m->at, "expected '{'", "");
        return SLICE("");
    }
    m->at += 1 + slice_find(slice_from(m->tex, start), '}');
    if (m->at >= m->tex.len) {
        fail(m, start - 1, "this '{' is never closed", "");
        return SLICE("");
    }
    return (struct slice){m->tex.ptr + start, m->at++ - start};
}

/* One argument: an atom without scripts; a braced row is one, and so is a single digit. */
static void put_argument(struct math *m)
{
    skip_space(m);
    if (m->at >= m->tex.len)
        fail(m, m->at, "the formula ends where an argument should follow", "");
    else if (isdigit((unsigned char)peek(m)))
        put_element(m, "mn", (struct slice){m->tex.ptr + m->at++, 1});
    else
        put_atom(m);
}

static void put_accent(struct math *m, const char *accent)
{
    str_puts(m->out, "<mover accent=\"true\">");
    put_argument(m);
    put_element(m, "mo stretchy=\"false\"", slice_of(accent));
    str_puts(m->out, "</mover>");
}

/* \sqrt{x} and \sqrt[n]{x}; MathML has the index last. */
static void put_root(struct math *m)
{
    struct slice index = SLICE("");

    if (peek(m) == '[') {
        size_t start = m->at + 1, n = slice_find(slice_from(m->tex, start), ']');

        index = slice_first(slice_from(m->tex, start), n);
        m->at = start + n + (start + n < m->tex.len);
    }
    str_puts(m->out, index.len ? "<mroot>" : "<msqrt>");
    put_argument(m);
    if (index.len)
        put_element(m, "mn", index);
    str_puts(m->out, index.len ? "</mroot>" : "</msqrt>");
}

static void put_fence(struct math *m)
{
    char name[NAME_MAX_BYTES];
    char c;

    skip_space(m);
    c = peek(m);
    if (c == '\\') {
        take_name(m, name); /* \{ and \} */
        put_element(m, "mo", slice_of(name));
    } else if (c && strchr("()[]|.", c)) {
        m->at++;
        if (c != '.') /* a side that is not drawn */
            put_element(m, "mo", (struct slice){&c, 1});
    } else {
        fail(m, m->at, "expected one of ( ) [ ] | . \\{ \\} here", "");
    }
}

static void put_fenced(struct math *m)
{
    size_t start = m->at;

    str_puts(m->out, "<mrow>");
    put_fence(m);
    put_row(m, "\\right");
    if (!looking_at(m, "\\right")) {
        fail(m, start, "\\left without its \\right", "");
        return;
    }
    m->at += strlen("\\right");
    put_fence(m);
    str_puts(m->out, "</mrow>");
}

static const struct {
    const char *name, *open, *close, *align;
} environments[] = {
    {"cases", "{", "", "left left"},   {"matrix", "", "", ""},
    {"pmatrix", "(", ")", ""},         {"bmatrix", "[", "]", ""},
    {"aligned", "", "", "right left"},
};
enum { ENVIRONMENTS = sizeof environments / sizeof environments[0] };

static void put_table_rows(struct math *m, size_t start)
{
    str_puts(m->out, "<mtr><mtd>");
    for (;;) {
        put_row(m, "&");
        if (peek(m) == '&') {
            m->at++;
            str_puts(m->out, "</mtd><mtd>");
        } else if (slice_starts(slice_from(m->tex, m->at), "\\\\")) {
            m->at += 2;
            skip_space(m);
            if (looking_at(m, "\\end"))
                break;
            str_puts(m->out, "</mtd></mtr><mtr><mtd>");
        } else {
            break;
        }
    }
    str_puts(m->out, "</mtd></mtr>");
    if (!looking_at(m, "\\end"))
        fail(m, start, "\\begin without its \\end", "");
}

static void put_environment(struct math *m)
{
    size_t start = m->at, i = 0;
    struct slice name = take_braced(m);

    while (i < ENVIRONMENTS && !slice_is(name, environments[i].name))
        i++;
    if (i == ENVIRONMENTS) {
        fail(m, start, "expected \\begin{cases}, {matrix}, {pmatrix}, {bmatrix} or {aligned}", "");
        return;
    }
    str_puts(m->out, "<mrow>");
    if (environments[i].open[0])
        put_element(m, "mo", slice_of(environments[i].open));
    str_puts(m->out, "<mtable");
    if (environments[i].align[0])
        str_printf(m->out, " columnalign=\"%s\"", environments[i].align);
    str_putc(m->out, '>');
    put_table_rows(m, start);
    str_puts(m->out, "</mtable>");
    if (!m->failed)
        m->at += strlen("\\end");
    if (!m->failed && !slice_eq(take_braced(m), name))
        fail(m, start, "\\begin and \\end name different things", "");
    if (environments[i].close[0])
        put_element(m, "mo", slice_of(environments[i].close));
    str_puts(m->out, "</mrow>");
}

/* A sign behind a backslash: spaces, and braces to be seen. */
static bool put_sign(struct math *m, char sign)
{
    static const char signs[] = ",:; !{}%$&#_|";
    static const char *const widths[] = {"0.167em", "0.222em", "0.278em", "0.25em", "0"};
    const char *found = sign ? strchr(signs, sign) : NULL;

    if (!found)
        return false;
    if (found - signs < 5)
        str_printf(m->out, "<mspace width=\"%s\"/>", widths[found - signs]);
    else
        put_element(m, "mo", (struct slice){&sign, 1});
    return true;
}

static void put_command(struct math *m)
{
    size_t start = m->at;
    char name[NAME_MAX_BYTES];
    const struct math_name *known;

    take_name(m, name);
    known = math_name_find(name);
    if (!known) {
        const char *near;

        if (name[0] && !name[1] && put_sign(m, name[0]))
            return;
        near = math_name_near(name);
        str_clear(m->out);
        str_printf(m->out, "'\\%s'%s%s%s", name, near ? "; did you mean '\\" : "", near ? near : "",
                   near ? "'?" : "");
        fail(m, start, "unknown command ", m->out->ptr);
        return;
    }
    switch (known->kind) {
    case MATH_LETTER:
    case MATH_FUNCTION:
        put_element(m, "mi", slice_of(known->value));
        break;
    case MATH_OPERATOR:
    case MATH_LARGE:
    case MATH_LIMITS:
        put_element(m, "mo", slice_of(known->value));
        break;
    case MATH_SPACE:
        str_printf(m->out, "<mspace width=\"%s\"/>", known->value);
        break;
    case MATH_ACCENT:
        put_accent(m, known->value);
        break;
    case MATH_FRACTION:
        str_puts(m->out, "<mfrac>");
        put_argument(m);
        put_argument(m);
        str_puts(m->out, "</mfrac>");
        break;
    case MATH_ROOT:
        put_root(m);
        break;
    case MATH_TEXT:
        put_element(m, "mtext", take_braced(m));
        break;
    case MATH_UPRIGHT:
        put_element(m, "mi mathvariant=\"normal\"", take_braced(m));
        break;
    case MATH_BOLD:
        put_element(m, "mi mathvariant=\"bold\"", take_braced(m));
        break;
    case MATH_LEFT:
        put_fenced(m);
        break;
    case MATH_BEGIN:
        put_environment(m);
        break;
    }
}

static void put_number(struct math *m)
{
    size_t start = m->at;

    while (isdigit((unsigned char)peek(m)) || (peek(m) == '.' && m->at + 1 < m->tex.len &&
                                               isdigit((unsigned char)m->tex.ptr[m->at + 1])))
        m->at++;
    put_element(m, "mn", (struct slice){m->tex.ptr + start, m->at - start});
}

static void put_braces(struct math *m)
{
    size_t start = m->at++;

    str_puts(m->out, "<mrow>");
    put_row(m, "}");
    if (peek(m) != '}')
        fail(m, start, "this '{' is never closed", "");
    else
        m->at++;
    str_puts(m->out, "</mrow>");
}

/* Brackets keep their size but between \left and \right; browsers would stretch them. */
static const char *sign_element(char c)
{
    if (isalpha((unsigned char)c) || (unsigned char)c >= 0x80)
        return "mi";
    return strchr("()[]|", c) ? "mo stretchy=\"false\"" : "mo";
}

/* The next unit, without scripts. */
static void put_atom(struct math *m)
{
    char c = peek(m);

    if (++m->depth > DEPTH_MAX) {
        fail(m, m->at, "the formula nests too deeply", "");
    } else if (c == '\\') {
        put_command(m);
    } else if (c == '{') {
        put_braces(m);
    } else if (isdigit((unsigned char)c)) {
        put_number(m);
    } else if (c == '}' || c == '^' || c == '_' || c == '&' || c == '$' || c == '#') {
        fail(m, m->at, "unexpected sign ", (char[]){'\'', c, '\'', '\0'});
    } else {
        const char *p = m->tex.ptr + m->at, *start = p;

        utf8_next(&p, m->tex.ptr + m->tex.len);
        m->at += (size_t)(p - start);
        c = c == '-' ? '\0' : c;
        put_element(m, sign_element(*start),
                    c ? (struct slice){start, (size_t)(p - start)} : SLICE("\xE2\x88\x92"));
    }
    m->depth--;
}

/* Is what starts at `start` drawn with its scripts above and below? */
static bool takes_limits(const struct math *m, size_t start)
{
    struct math probe = *m;
    char name[NAME_MAX_BYTES];
    const struct math_name *known;

    if (!m->block || m->tex.ptr[start] != '\\')
        return false;
    probe.at = start;
    take_name(&probe, name);
    known = math_name_find(name);
    return known && (known->kind == MATH_LIMITS || known->kind == MATH_LARGE);
}

/* The scripts behind an atom, in either order; MathML wants the lower one first. */
static void put_scripts(struct math *m, size_t atom_start, size_t out_start)
{
    static const char *const tags[2][4] = {{"", "msub", "msup", "msubsup"},
                                           {"", "munder", "mover", "munderover"}};
    struct str lower = STR_INIT, upper = STR_INIT, *out = m->out;
    const char *tag;

    for (;;) {
        char c = (skip_space(m), peek(m));
        struct str *to = c == '_' ? &lower : &upper;

        if (c == '\'' && !upper.len) {
            m->at++;
            str_puts(&upper, "<mo>\xE2\x80\xB2</mo>");
            continue;
        }
        if (m->failed || (c != '_' && c != '^'))
            break;
        if (to->len) {
            fail(m, m->at, "two scripts on the same side; write x^{ab}", "");
            break;
        }
        m->at++;
        m->out = to;
        put_argument(m);
        m->out = out;
    }
    tag = tags[takes_limits(m, atom_start)][(lower.len > 0) + 2 * (upper.len > 0)];
    if (tag[0] && !m->failed) {
        size_t length;
        struct str atom = STR_INIT;

        str_add(&atom, out->ptr + out_start, out->len - out_start);
        str_cut(out, out_start);
        length = atom.len;
        str_printf(out, "<%s>", tag);
        str_add(out, atom.ptr, length);
        str_put(out, slice_str(&lower));
        str_put(out, slice_str(&upper));
        str_printf(out, "</%s>", tag);
        str_done(&atom);
    }
    str_done(&lower);
    str_done(&upper);
}

/* Atoms with their scripts, up to `until`, a row's end or the formula's end. */
static void put_row(struct math *m, const char *until)
{
    for (skip_space(m); m->at < m->tex.len; skip_space(m)) {
        size_t atom = m->at, out = m->out->len;

        if (looking_at(m, until) || looking_at(m, "\\end") ||
            slice_starts(slice_from(m->tex, m->at), "\\\\"))
            return;
        put_atom(m);
        if (!m->failed)
            put_scripts(m, atom, out);
    }
}

enum lk_status math_render(struct str *out, struct slice tex, bool block, struct lk_error *err)
{
    struct str body = STR_INIT;
    struct math m = {.out = &body, .tex = tex, .block = block, .err = err};

    if (tex.len > LENGTH_MAX)
        return error_set(err, LK_ELIMIT, "a formula of more than %d bytes", LENGTH_MAX);
    put_row(&m, "}");
    if (m.at < tex.len)
        fail(&m, m.at, "unexpected end of a group here", "");
    if (!m.failed) {
        str_printf(out, "<math%s><mrow>", block ? " display=\"block\"" : "");
        str_put(out, slice_str(&body));
        str_puts(out, "</mrow></math>");
    }
    str_done(&body);
    return m.failed ? LK_EINPUT : LK_OK;
}
