/*
 * One small function a kind of event. Text that follows text is joined, as a
 * terminal would show it. The markup is that of templates/lesson.mustache's
 * comment, which the page's script writes as well.
 */
#include "book/record.h"

#include "base/file.h"
#include "base/json.h"
#include "book/html.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 4 << 20 };

static void put_json_text(struct str *out, const struct json *j)
{
    if (json_kind(j) == JSON_STRING) {
        html_put(out, slice_of(json_string(j, "")));
    } else {
        struct str text = STR_INIT;

        json_print(&text, j, false);
        html_put(out, slice_str(&text));
        str_done(&text);
    }
}

static void draw_text(struct str *out, const struct json *e)
{
    bool warn = !strcmp(json_string(json_get(e, "stream"), "out"), "warn");
    const char *open = warn ? "<pre class=\"out out-warn\">" : "<pre class=\"out out-text\">";
    const char *close = "</pre>\n";
    bool joins = slice_ends(slice_str(out), close);
    const char *before = joins ? memrchr(out->ptr, '<', out->len - strlen(close)) : NULL;

    /* Only plain text was put there, so the last '<' is that of its <pre>. */
    if (before && !strncmp(before, open, strlen(open)))
        str_cut(out, out->len - strlen(close));
    else
        str_puts(out, open);
    put_json_text(out, json_get(e, "text"));
    str_puts(out, close);
}

static bool is_right(const struct json *align, size_t column)
{
    return !strcmp(json_string(json_at(align, column), ""), "right");
}

static void draw_table(struct str *out, const struct json *e)
{
    const struct json *align = json_get(e, "align");
    size_t column = 0;

    str_puts(out, "<div class=\"out out-table table\" tabindex=\"0\"><table>\n<thead><tr>");
    for (const struct json *c = json_first(json_get(e, "columns")); c; c = json_next(c), column++) {
        str_puts(out, is_right(align, column) ? "<th scope=\"col\" class=\"right\">"
                                              : "<th scope=\"col\">");
        put_json_text(out, c);
        str_puts(out, "</th>");
    }
    str_puts(out, "</tr></thead>\n<tbody>\n");
    for (const struct json *r = json_first(json_get(e, "rows")); r; r = json_next(r)) {
        size_t i = 0;

        str_puts(out, "<tr>");
        for (const struct json *c = json_first(r); c; c = json_next(c), i++) {
            str_puts(out, is_right(align, i) ? "<td class=\"right\">" : "<td>");
            if (json_kind(c) != JSON_NULL)
                put_json_text(out, c);
            str_puts(out, "</td>");
        }
        str_puts(out, "</tr>\n");
    }
    str_puts(out, "</tbody></table></div>\n");
}

static void draw_plot(struct str *out, const struct json *e)
{
    const char *title = json_string(json_get(e, "title"), "");

    str_puts(out, "<figure class=\"out out-plot\" tabindex=\"0\">");
    str_puts(out, json_string(json_get(e, "svg"), ""));
    if (title[0]) {
        str_puts(out, "<figcaption>");
        html_put(out, slice_of(title));
        str_puts(out, "</figcaption>");
    }
    str_puts(out, "</figure>\n");
}

static void draw_metric(struct str *out, const struct json *e)
{
    str_puts(out, "<p class=\"out out-metric\"><span>");
    put_json_text(out, json_get(e, "name"));
    str_puts(out, "</span> <strong>");
    put_json_text(out, json_get(e, "value"));
    str_puts(out, "</strong></p>\n");
}

static void draw_file(struct str *out, const struct json *e)
{
    double bytes = json_number(json_get(e, "bytes"), 0);

    str_puts(out, "<p class=\"out out-file\"><span>");
    put_json_text(out, json_get(e, "name"));
    if (bytes >= 1e6)
        str_printf(out, "</span> %.1f MB</p>\n", bytes / 1e6);
    else if (bytes >= 1e3)
        str_printf(out, "</span> %.1f kB</p>\n", bytes / 1e3);
    else
        str_printf(out, "</span> %.0f B</p>\n", bytes);
}

static void draw_error(struct str *out, const struct json *e)
{
    str_puts(out, "<pre class=\"out out-error\">");
    put_json_text(out, json_get(e, "text"));
    str_puts(out, "</pre>\n");
}

static const struct {
    const char *kind;
    void (*draw)(struct str *out, const struct json *event);
} kinds[] = {
    {"text", draw_text},     {"table", draw_table}, {"plot", draw_plot},
    {"metric", draw_metric}, {"file", draw_file},   {"error", draw_error},
};

void record_draw(struct str *out, const struct json *e)
{
    const char *kind = json_string(json_get(e, "kind"), "");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kind, kinds[i].kind))
            kinds[i].draw(out, e);
}

enum lk_status record_render(struct str *out, bool *there, const char *lesson_folder,
                             const char *step, struct lk_error *err)
{
    struct str name = STR_INIT, text = STR_INIT, drawn = STR_INIT;
    struct slice rest, line;
    enum lk_status st = LK_OK;

    str_printf(&name, "%s/recorded/%s.jsonl", lesson_folder, step);
    *there = file_stat(name.ptr).kind == FILE_REGULAR;
    if (*there)
        st = file_read(&text, name.ptr, RECORD_MAX, err);
    rest = slice_str(&text);
    while (!st && slice_line(&rest, &line)) {
        struct json *e = NULL;

        if (!slice_trim(line).len)
            continue;
        st = json_parse(&e, line, name.ptr, err);
        if (!st)
            record_draw(&drawn, e);
        json_free(e);
    }
    if (!st)
        str_put(out, slice_str(&drawn));
    str_done(&drawn);
    str_done(&text);
    str_done(&name);
    return st;
}
