/*
 * A block of code on a page: its file's name, its colours, the lines that the
 * author marked. The block is an element of its own, to which the page's
 * script adds a copy button.
 */
#include "book/html.h"
#include "book/info.h"

#include <string.h>

/* Does "2,4-6" hold the line? */
static bool line_is_marked(struct slice lines, int line)
{
    struct slice part;

    while (slice_split(&lines, ',', &part)) {
        int range[2] = {0, 0}, k = 0;

        for (size_t i = 0; i < part.len; i++) {
            if (part.ptr[i] == '-' && !k)
                k = 1;
            else if (part.ptr[i] >= '0' && part.ptr[i] <= '9' && range[k] < 100000)
                range[k] = range[k] * 10 + (part.ptr[i] - '0');
        }
        if (line >= range[0] && line <= (k ? range[1] : range[0]))
            return true;
    }
    return false;
}

/*
 * Coloured code with some lines in <mark>. A colour may reach over lines: it
 * is ended before the mark begins or ends, and begun again behind it.
 */
static void put_marked(struct str *out, struct slice html, struct slice lines)
{
    struct slice line, span = SLICE("");

    for (int n = 1; slice_line(&html, &line); n++) {
        bool marked = line_is_marked(lines, n);

        str_puts(out, marked ? "<mark>" : "");
        str_put(out, span);
        for (size_t i = 0; i < line.len; i++) {
            struct slice rest = slice_from(line, i);

            if (slice_starts(rest, "<span"))
                span = slice_first(rest, slice_find(rest, '>') + 1);
            else if (slice_starts(rest, "</span"))
                span = SLICE("");
            str_putc(out, line.ptr[i]);
        }
        str_puts(out, span.len ? "</span>" : "");
        str_puts(out, marked ? "</mark>\n" : "\n");
    }
}

static void put_code(struct str *out, const struct node *n, struct slice language,
                     const struct info_item *mark)
{
    struct str html = STR_INIT;

    if (!mark) {
        highlight_put(out, language, n->text);
        return;
    }
    highlight_put(&html, language, n->text);
    put_marked(out, slice_str(&html), mark->value);
    str_done(&html);
}

/* A page's code block; its info string may say file="..." and mark=2,4-6. */
void code_draw(struct str *out, const struct node *n)
{
    struct slice language = slice_first(n->url, strcspn(n->url.len ? n->url.ptr : "", " \t"));
    const struct info_item *file;
    struct str line = STR_INIT;
    struct info info;

    str_puts(&line, "```");
    str_put(&line, n->url);
    info_parse(&info, slice_str(&line));
    file = info_get(&info, "file");
    str_puts(out, "<div class=\"code\"");
    if (language.len) {
        str_puts(out, " data-language=\"");
        html_put(out, language);
        str_putc(out, '"');
    }
    str_putc(out, '>');
    if (file) {
        str_puts(out, "<div class=\"code-file\">");
        html_put(out, file->value);
        str_puts(out, "</div>");
    }
    str_puts(out, "<pre tabindex=\"0\"><code>");
    put_code(out, n, language, info_get(&info, "mark"));
    str_puts(out, "</code></pre></div>\n");
    str_done(&line);
}
