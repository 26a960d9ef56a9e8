/*
 * One function a group of nodes, called through one switch. The tree is no
 * deeper than NODE_DEPTH_MAX, so drawing recurses. `cr` starts a new line
 * unless the output stands at the start of one, as libcmark does.
 */
#include "book/html.h"

#include "base/bytes.h"

#include <string.h>

static void draw(struct str *out, const struct node *n, const struct html_options *o);

/* Do these eight bytes hold one of < > & "? Each pair differs in one bit, which is masked away. */
static bool holds_special(const char *p)
{
    uint64_t w = bytes_load(p);

    return bytes_equal(w & ~BYTES_EACH('<' ^ '>'), '<' & '>') |
           bytes_equal(w & ~BYTES_EACH('&' ^ '"'), '&' & '"');
}

void html_put(struct str *out, struct slice text)
{
    static const unsigned char special[256] = {['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4};
    static const char *const as[] = {"", "&amp;", "&lt;", "&gt;", "&quot;"};
    const char *p = text.ptr, *end = p + text.len, *start = p;

    for (; p < end; p++) {
        unsigned char kind;

        while (end - p > 8 && !holds_special(p))
            p += 8;
        kind = special[(unsigned char)*p];
        if (!kind)
            continue;
        str_add(out, start, (size_t)(p - start));
        str_puts(out, as[kind]);
        start = p + 1;
    }
    str_add(out, start, (size_t)(end - start));
}

void html_put_address(struct str *out, struct slice url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];

        if (c == '&')
            str_puts(out, "&amp;");
        else if (c == '\'')
            str_puts(out, "&#x27;");
        else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 (c && strchr("-_.+!*(),%#@?=;:/,+$~", c)))
            str_putc(out, (char)c);
        else
            str_printf(out, "%%%02X", c);
    }
}

static const char *prefix(const struct html_options *o)
{
    return o->prefix ? o->prefix : "";
}

static void cr(struct str *out)
{
    if (out->len && out->ptr[out->len - 1] != '\n')
        str_putc(out, '\n');
}

static struct slice word(const struct html_options *o, const char *key, const char *english)
{
    const char *text = o->word ? o->word(o->ctx, key) : NULL;

    return slice_of(text ? text : english);
}

static void draw_children(struct str *out, const struct node *n, const struct html_options *o)
{
    for (const struct node *c = n->first; c; c = c->next)
        draw(out, c, o);
}

static void wrap(struct str *out, const struct node *n, const struct html_options *o,
                 const char *open, const char *close)
{
    str_puts(out, open);
    draw_children(out, n, o);
    str_puts(out, close);
}

/* ---- CommonMark ---------------------------------------------------------------- */

static void draw_heading(struct str *out, const struct node *n, const struct html_options *o)
{
    cr(out);
    str_puts(out, "<h");
    str_putc(out, (char)('0' + n->level));
    if (o->page && n->text.len) {
        str_puts(out, " id=\"");
        str_puts(out, prefix(o));
        html_put(out, n->text);
        str_puts(out, "\" tabindex=\"-1\"");
    }
    str_putc(out, '>');
    draw_children(out, n, o);
    if (o->page && n->text.len) {
        str_puts(out, " <a class=\"anchor\" href=\"#");
        str_puts(out, prefix(o));
        html_put_address(out, n->text);
        str_puts(out, "\" aria-label=\"");
        html_put(out, word(o, "section_link", "Link to this section"));
        str_puts(out, "\">#</a>");
    }
    str_puts(out, "</h");
    str_putc(out, (char)('0' + n->level));
    str_puts(out, ">\n");
}

static void draw_list(struct str *out, const struct node *n, const struct html_options *o)
{
    const struct node *item = n->first, *p = item ? item->first : NULL;
    bool tasks = p && p->first && p->first->kind == NODE_TASK;

    cr(out);
    str_puts(out, n->number < 0 ? "<ul" : "<ol");
    if (n->number >= 0 && n->number != 1)
        str_printf(out, " start=\"%d\"", n->number);
    if (tasks)
        str_puts(out, " class=\"tasks\"");
    str_puts(out, ">\n");
    draw_children(out, n, o);
    str_puts(out, n->number < 0 ? "</ul>\n" : "</ol>\n");
}

static bool in_tight_list(const struct node *p)
{
    const struct node *list = p->parent ? p->parent->parent : NULL;

    return list && list->kind == NODE_LIST && list->tight;
}

static void draw_code_block(struct str *out, const struct node *n, const struct html_options *o)
{
    size_t end = 0;

    if (o->page) {
        cr(out);
        code_draw(out, n);
        return;
    }
    cr(out);
    while (end < n->url.len && !strchr(" \t\n\v\f\r", n->url.ptr[end]))
        end++;
    if (n->url.len) {
        str_puts(out, "<pre><code class=\"language-");
        html_put(out, slice_first(n->url, end));
        str_puts(out, "\">");
    } else {
        str_puts(out, "<pre><code>");
    }
    html_put(out, n->text);
    str_puts(out, "</code></pre>\n");
}

static bool starts_no_case(struct slice s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && !strncasecmp(s.ptr, prefix, n);
}

bool html_is_dangerous(struct slice url)
{
    if (starts_no_case(url, "data:image/png") || starts_no_case(url, "data:image/gif") ||
        starts_no_case(url, "data:image/jpeg") || starts_no_case(url, "data:image/webp"))
        return false;
    return starts_no_case(url, "javascript:") || starts_no_case(url, "vbscript:") ||
           starts_no_case(url, "file:") || starts_no_case(url, "data:");
}

static void put_target(struct str *out, const struct node *n, const struct html_options *o)
{
    struct slice url = o->address ? o->address(o->ctx, n) : n->url;

    if (o->raw_html || !html_is_dangerous(url))
        html_put_address(out, url);
}

static void put_title(struct str *out, const struct node *n)
{
    if (n->title.len) {
        str_puts(out, "\" title=\"");
        html_put(out, n->title);
    }
}

/* Is the address itself what is shown? Then paper need not say it twice. */
static bool is_bare(const struct node *n)
{
    return n->first && !n->first->next && n->first->kind == NODE_TEXT &&
           slice_eq(n->first->text, n->url);
}

static void draw_link(struct str *out, const struct node *n, const struct html_options *o)
{
    str_puts(out, o->page && is_bare(n) ? "<a class=\"bare\" href=\"" : "<a href=\"");
    put_target(out, n, o);
    put_title(out, n);
    str_puts(out, "\">");
    draw_children(out, n, o);
    str_puts(out, "</a>");
}

/* What is below an image is its text for those who cannot see it: no marks in it. */
static void put_alt(struct str *out, const struct node *n)
{
    for (const struct node *c = n->first; c; c = c->next) {
        if (c->kind == NODE_TEXT || c->kind == NODE_CODE || c->kind == NODE_HTML)
            html_put(out, c->text);
        else if (c->kind == NODE_SOFTBREAK || c->kind == NODE_LINEBREAK)
            str_putc(out, ' ');
        else
            put_alt(out, c);
    }
}

static void draw_image(struct str *out, const struct node *n, const struct html_options *o,
                       bool titled)
{
    str_puts(out, "<img src=\"");
    put_target(out, n, o);
    str_puts(out, "\" alt=\"");
    put_alt(out, n);
    if (titled)
        put_title(out, n);
    str_puts(out, o->page ? "\" loading=\"lazy\" />" : "\" />");
}

static void draw_raw(struct str *out, const struct node *n, const struct html_options *o)
{
    if (n->kind == NODE_HTML_BLOCK)
        cr(out);
    if (o->raw_html)
        str_put(out, n->text);
    else
        str_puts(out, "<!-- raw HTML omitted -->");
    if (n->kind == NODE_HTML_BLOCK)
        cr(out);
}

/* ---- ours ------------------------------------------------------------------------ */

static void draw_cell(struct str *out, const struct node *n, const struct html_options *o,
                      bool header)
{
    static const char *const classes[] = {"", " class=\"left\"", " class=\"center\"",
                                          " class=\"right\""};

    str_puts(out, header ? "<th scope=\"col\"" : "<td");
    str_puts(out, classes[n->level]);
    str_putc(out, '>');
    draw_children(out, n, o);
    str_puts(out, header ? "</th>\n" : "</td>\n");
}

static void draw_row(struct str *out, const struct node *n, const struct html_options *o,
                     bool header)
{
    str_puts(out, "<tr>\n");
    for (const struct node *c = n->first; c; c = c->next)
        draw_cell(out, c, o, header);
    str_puts(out, "</tr>\n");
}

static void draw_table(struct str *out, const struct node *n, const struct html_options *o)
{
    cr(out);
    if (o->page) {
        str_puts(out, "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"");
        html_put(out, word(o, "table", "Table"));
        str_puts(out, "\">");
    }
    str_puts(out, "<table>\n<thead>\n");
    for (const struct node *r = n->first; r; r = r->next) {
        if (r == n->first) {
            draw_row(out, r, o, true);
            str_puts(out, r->next ? "</thead>\n<tbody>\n" : "</thead>\n");
        } else {
            draw_row(out, r, o, false);
        }
    }
    if (n->first && n->first->next)
        str_puts(out, "</tbody>\n");
    str_puts(out, o->page ? "</table></div>\n" : "</table>\n");
}

static const struct {
    const char *kind, *class, *english;
} alerts[] = {
    {"NOTE", "note", "Note"},          {"TIP", "tip", "Tip"},
    {"WARNING", "warning", "Warning"}, {"COST", "cost", "What it costs"},
    {"HINT", "hint", "Hint"},          {"INSTRUCTOR", "instructor", "For instructors"},
};

static void draw_alert(struct str *out, const struct node *n, const struct html_options *o)
{
    size_t i = 0;

    while (i + 1 < sizeof alerts / sizeof alerts[0] && !slice_is(n->text, alerts[i].kind))
        i++;
    cr(out);
    str_printf(out, "<div class=\"alert alert-%s\" role=\"note\">\n<p class=\"alert-title\">",
               alerts[i].class);
    html_put(out, n->title.len ? n->title : word(o, alerts[i].class, alerts[i].english));
    str_puts(out, "</p>\n");
    draw_children(out, n, o);
    cr(out);
    str_puts(out, "</div>\n");
}

/*
 * Without JavaScript tabs are sections one below the other, each with its
 * label; the page's script makes them tabs.
 */
static void draw_tabs(struct str *out, const struct node *n, const struct html_options *o)
{
    cr(out);
    str_puts(out, "<div class=\"tabs\">\n");
    for (const struct node *t = n->first; t; t = t->next) {
        str_puts(out, "<section class=\"tab\" data-label=\"");
        html_put(out, t->text);
        str_puts(out, "\">\n<p class=\"tab-label\">");
        html_put(out, t->text);
        str_puts(out, "</p>\n");
        draw_children(out, t, o);
        cr(out);
        str_puts(out, "</section>\n");
    }
    str_puts(out, "</div>\n");
}

static void draw_figure(struct str *out, const struct node *n, const struct html_options *o)
{
    struct str drawing = STR_INIT;

    cr(out);
    if (o->draw && o->draw(o->ctx, &drawing, n->first)) {
        /* It scrolls on small screens, so the keyboard must reach it. */
        str_puts(out, "<figure tabindex=\"0\">");
        str_put(out, slice_str(&drawing));
    } else {
        str_puts(out, "<figure>");
        draw_image(out, n->first, o, false);
    }
    str_puts(out, "<figcaption>");
    html_put(out, n->first->title);
    str_puts(out, "</figcaption></figure>\n");
    str_done(&drawing);
}

static void draw_note_ref(struct str *out, const struct node *n, const struct html_options *o)
{
    const char *before = prefix(o);

    str_printf(out,
               "<sup class=\"note-ref\"><a href=\"#%snote-%d\" id=\"%snote-%d-%d\">%d</a></sup>",
               before, n->number, before, n->number, n->level, n->number);
}

static void put_back_links(struct str *out, const struct node *n, const struct html_options *o)
{
    for (int i = 1; i <= n->level; i++) {
        str_printf(out, " <a class=\"note-back\" href=\"#%snote-%d-%d\" aria-label=\"", prefix(o),
                   n->number, i);
        html_put(out, word(o, "note_back", "Back to the text"));
        str_puts(out, "\">\xE2\x86\xA9</a>");
    }
}

static void draw_note(struct str *out, const struct node *n, const struct html_options *o)
{
    str_printf(out, "<li id=\"%snote-%d\">", prefix(o), n->number);
    for (const struct node *c = n->first; c; c = c->next) {
        if (c->next || c->kind != NODE_PARAGRAPH) {
            draw(out, c, o);
            continue;
        }
        cr(out);
        str_puts(out, "<p>");
        draw_children(out, c, o);
        put_back_links(out, n, o);
        str_puts(out, "</p>\n");
    }
    if (!n->last || n->last->kind != NODE_PARAGRAPH)
        put_back_links(out, n, o);
    str_puts(out, "</li>\n");
}

/* A landmark of its page; not where many lessons share one, each with notes of its own. */
static void draw_notes(struct str *out, const struct node *n, const struct html_options *o)
{
    bool landmark = !o->prefix || !o->prefix[0];

    cr(out);
    str_puts(out, "<section class=\"notes\"");
    if (landmark) {
        str_puts(out, " aria-label=\"");
        html_put(out, word(o, "notes", "Footnotes"));
        str_putc(out, '"');
    }
    str_puts(out, ">\n<ol>\n");
    for (const struct node *c = n->first; c; c = c->next)
        draw_note(out, c, o);
    str_puts(out, "</ol>\n</section>\n");
}

static void draw_term(struct str *out, const struct node *n, const struct html_options *o)
{
    str_puts(out, "<dt");
    if (o->page && n->text.len) {
        str_puts(out, " id=\"");
        html_put(out, n->text);
        str_putc(out, '"');
    }
    wrap(out, n, o, ">", "</dt>\n");
}

static void draw_task(struct str *out, const struct node *n, const struct html_options *o)
{
    str_printf(out, "<input type=\"checkbox\" disabled=\"\"%s", n->level ? " checked=\"\"" : "");
    if (o->page) {
        str_puts(out, " aria-label=\"");
        html_put(out, n->level ? word(o, "task_done", "Done") : word(o, "task_open", "To do"));
        str_putc(out, '"');
    }
    str_puts(out, " /> ");
}

/* A wide formula scrolls by itself, also by keyboard, and the page does not. */
static void draw_formula(struct str *out, const struct node *n, const struct html_options *o)
{
    str_puts(out, "<div class=\"formula\"");
    if (o->page) {
        str_puts(out, " role=\"group\" tabindex=\"0\" aria-label=\"");
        html_put(out, word(o, "formula", "Formula"));
        str_putc(out, '"');
    }
    str_putc(out, '>');
    str_put(out, n->title);
    str_puts(out, "</div>\n");
}

static void draw_block(struct str *out, const struct node *n, const struct html_options *o)
{
    cr(out);
    switch (n->kind) {
    case NODE_QUOTE:
        str_puts(out, "<blockquote>\n");
        draw_children(out, n, o);
        cr(out);
        str_puts(out, "</blockquote>\n");
        break;
    case NODE_ITEM:
        wrap(out, n, o, "<li>", "</li>\n");
        break;
    case NODE_RULE:
        str_puts(out, "<hr />\n");
        break;
    case NODE_MATH_BLOCK:
        draw_formula(out, n, o);
        break;
    case NODE_DEFS:
        wrap(out, n, o, "<dl>\n", "</dl>\n");
        break;
    case NODE_TERM:
        draw_term(out, n, o);
        break;
    default:
        wrap(out, n, o, "<dd>", "</dd>\n");
        break;
    }
}

static void draw_inline(struct str *out, const struct node *n, const struct html_options *o)
{
    switch (n->kind) {
    case NODE_TEXT:
    case NODE_GLOSS:
        html_put(out, n->text);
        break;
    case NODE_SOFTBREAK:
        str_putc(out, '\n');
        break;
    case NODE_LINEBREAK:
        str_puts(out, "<br />\n");
        break;
    case NODE_CODE:
        str_puts(out, "<code>");
        html_put(out, n->text);
        str_puts(out, "</code>");
        break;
    case NODE_MATH:
        str_put(out, n->title);
        break;
    case NODE_EMPH:
        wrap(out, n, o, "<em>", "</em>");
        break;
    case NODE_STRONG:
        wrap(out, n, o, "<strong>", "</strong>");
        break;
    case NODE_TASK:
        draw_task(out, n, o);
        break;
    default:
        draw_note_ref(out, n, o);
        break;
    }
}

static void draw_paragraph(struct str *out, const struct node *n, const struct html_options *o)
{
    if (in_tight_list(n)) {
        draw_children(out, n, o);
        return;
    }
    cr(out);
    wrap(out, n, o, "<p>", "</p>\n");
}

static void draw(struct str *out, const struct node *n, const struct html_options *o)
{
    if (o->draw && o->draw(o->ctx, out, n))
        return;
    switch (n->kind) {
    case NODE_DOCUMENT:
        draw_children(out, n, o);
        break;
    case NODE_LIST:
        draw_list(out, n, o);
        break;
    case NODE_CODE_BLOCK:
        draw_code_block(out, n, o);
        break;
    case NODE_HTML_BLOCK:
    case NODE_HTML:
        draw_raw(out, n, o);
        break;
    case NODE_PARAGRAPH:
        draw_paragraph(out, n, o);
        break;
    case NODE_HEADING:
        draw_heading(out, n, o);
        break;
    case NODE_LINK:
        draw_link(out, n, o);
        break;
    case NODE_IMAGE:
        draw_image(out, n, o, true);
        break;
    case NODE_TABLE:
        draw_table(out, n, o);
        break;
    case NODE_ALERT:
        draw_alert(out, n, o);
        break;
    case NODE_TABS:
        draw_tabs(out, n, o);
        break;
    case NODE_FIGURE:
        draw_figure(out, n, o);
        break;
    case NODE_NOTES:
        draw_notes(out, n, o);
        break;
    case NODE_LAB:
    case NODE_QUIZ:
        break; /* only where `draw` draws them */
    default:
        if (node_is_inline(n))
            draw_inline(out, n, o);
        else
            draw_block(out, n, o);
    }
}

void html_render(struct str *out, const struct node *n, const struct html_options *o)
{
    draw(out, n, o);
}

void html_render_children(struct str *out, const struct node *n, const struct html_options *o)
{
    draw_children(out, n, o);
}
