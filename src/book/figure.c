/*
 * An SVG drawn into the page can use the page's colours, light or dark, and
 * its words can be selected and found. That needs a picture that brings no
 * script, no style and no foreign content; any other is linked as an image.
 *
 * Ids in the picture get a prefix of their own, so that two pictures on a page
 * do not meet. The author's alt text is its name for a screen reader.
 */
#include "book/site_internal.h"

#include "base/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SVG_MAX = 128 * 1024 };

static bool holds(struct slice s, const char *word)
{
    return strcasestr(s.ptr, word) != NULL; /* s is terminated */
}

/* An attribute like onload=, or style=, after white space. */
static bool has_live_attribute(struct slice s)
{
    for (size_t i = 0; i + 3 < s.len; i++)
        if (isspace((unsigned char)s.ptr[i]) &&
            (!strncasecmp(s.ptr + i + 1, "on", 2) || !strncasecmp(s.ptr + i + 1, "style=", 6))) {
            size_t k = i + 1;

            while (k < s.len && isalpha((unsigned char)s.ptr[k]))
                k++;
            if (k < s.len && s.ptr[k] == '=')
                return true;
        }
    return false;
}

static bool is_harmless(struct slice s)
{
    return !holds(s, "<script") && !holds(s, "<style") && !holds(s, "<foreignObject") &&
           !holds(s, "javascript:") && !holds(s, "<!ENTITY") && !holds(s, "<image") &&
           !holds(s, "href=\"http") && !holds(s, "@import") && !has_live_attribute(s);
}

/* From "<svg" to behind "</svg>". */
static bool find_svg(struct slice *s)
{
    const char *open = strstr(s->ptr, "<svg"), *close;

    if (!open)
        return false;
    *s = slice_from(*s, (size_t)(open - s->ptr));
    close = memrchr(s->ptr, '<', s->len);
    if (!close || strncmp(close, "</svg>", 6))
        return false;
    s->len = (size_t)(close - s->ptr) + 6;
    return true;
}

/* The attributes of the root that we write ourselves are left out. */
static size_t put_root(struct str *out, struct slice s)
{
    size_t i = 4;

    str_puts(out, "<svg");
    while (i < s.len && s.ptr[i] != '>') {
        size_t start = i;

        while (i < s.len && isspace((unsigned char)s.ptr[i]))
            i++;
        while (i < s.len && s.ptr[i] != '=' && s.ptr[i] != '>' && s.ptr[i] != '/')
            i++;
        if (i < s.len && s.ptr[i] == '/') {
            i++;
            continue;
        }
        if (i + 1 < s.len && s.ptr[i] == '=') {
            char quote = s.ptr[i + 1];
            struct slice name = slice_trim((struct slice){s.ptr + start, i - start});

            i += 2;
            while (i < s.len && s.ptr[i] != quote)
                i++;
            i += i < s.len;
            if (!slice_is(name, "role") && !slice_starts(name, "aria-") &&
                !slice_is(name, "xmlns") && !slice_is(name, "width") && !slice_is(name, "height"))
                str_add(out, s.ptr + start, i - start);
        }
    }
    return i;
}

/* Everything behind the root's attributes, ids and what refers to them with a prefix. */
static void put_rest(struct str *out, struct slice s, const char *prefix)
{
    static const char *const marks[] = {" id=\"", "url(#", "href=\"#"};
    size_t i = 0;

    while (i < s.len) {
        size_t n = 0;

        for (size_t k = 0; k < 3 && !n; k++)
            if (slice_starts(slice_from(s, i), marks[k]))
                n = strlen(marks[k]);
        if (n) {
            str_add(out, s.ptr + i, n);
            str_puts(out, prefix);
            i += n;
        } else {
            str_putc(out, s.ptr[i++]);
        }
    }
}

bool figure_draw(struct page *p, struct str *out, const struct node *image)
{
    struct str path = STR_INIT, svg = STR_INIT, alt = STR_INIT;
    struct slice s;
    char prefix[32];
    bool drawn = false;

    if (!slice_ends(image->url, ".svg") || !path_is_inside(image->url))
        return false;
    str_printf(&path, "%s/lessons/%s/%.*s", p->site->root, p->info->slug, (int)image->url.len,
               image->url.ptr);
    if (file_read(&svg, path.ptr, SVG_MAX, NULL))
        goto out;
    s = slice_str(&svg);
    if (!is_harmless(s) || !find_svg(&s))
        goto out;
    snprintf(prefix, sizeof prefix, "f%d%s", ++p->figures, p->print ? p->info->number : "");
    node_put_text(&alt, image);
    s = slice_from(s, put_root(out, s));
    str_puts(out, " role=\"img\" aria-label=\"");
    html_put(out, slice_str(&alt));
    str_putc(out, '"');
    put_rest(out, s, prefix);
    drawn = true;
out:
    str_done(&alt);
    str_done(&svg);
    str_done(&path);
    return drawn;
}
