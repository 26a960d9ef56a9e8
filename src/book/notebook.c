/*
 * Writing notebooks. The text is cut at the fences that are ours; what lies
 * between them goes out line by line as it stands. Recorded events become
 * outputs that any notebook viewer shows, each with the event itself in its
 * metadata for the way back.
 */
#include "book/notebook.h"

#include "base/file.h"
#include "base/json.h"
#include "book/build_lesson.h"
#include "book/notebook_picture.h"
#include "book/record.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 4 << 20 };

struct writer {
    struct json_out json;
    const struct lesson *lesson;
    size_t cells;
    struct lk_error *err;
};

/* Text as a notebook keeps it: an array of lines, each with its newline but the last. */
static void put_source(struct json_out *w, const char *key, struct slice text)
{
    struct slice line;

    while (text.len && text.ptr[text.len - 1] == '\n')
        text.len--;
    json_open(w, key, '[');
    while (slice_line(&text, &line)) {
        if (text.len)
            line.len++;
        json_put_string(w, NULL, line);
    }
    json_close(w);
}

static void open_cell(struct writer *w, const char *type, const char *id, struct slice fence)
{
    struct str cell_id = STR_INIT;

    str_printf(&cell_id, "cell-%zu%s%s", ++w->cells, id[0] ? "-" : "", id);
    str_cut(&cell_id, cell_id.len < 64 ? cell_id.len : 64);
    json_open(&w->json, NULL, '{');
    json_put_z(&w->json, "cell_type", type);
    json_put_z(&w->json, "id", cell_id.ptr);
    json_open(&w->json, "metadata", '{');
    if (fence.len) {
        json_open(&w->json, "labbook", '{');
        json_put_string(&w->json, "fence", fence);
        json_close(&w->json);
    }
    json_close(&w->json);
    str_done(&cell_id);
}

/* ---- outputs --------------------------------------------------------------------------- */

static void open_output(struct json_out *w, const char *type, const struct json *event)
{
    json_open(w, NULL, '{');
    json_put_z(w, "output_type", type);
    if (strcmp(type, "display_data"))
        return;
    json_open(w, "metadata", '{');
    json_open(w, "labbook", '{');
    json_put_tree(w, "event", event);
    json_close(w);
    json_close(w);
}

static void put_stream(struct json_out *w, const struct json *e)
{
    bool warn = !strcmp(json_string(json_get(e, "stream"), "out"), "warn");

    open_output(w, "stream", e);
    json_put_z(w, "name", warn ? "stderr" : "stdout");
    json_put_z(w, "text", json_string(json_get(e, "text"), ""));
    json_close(w);
}

/* A picture of what our own page shows, and words for viewers that show no HTML. */
static void put_display(struct json_out *w, const struct json *e, struct slice line)
{
    const char *svg = json_string(json_get(e, "svg"), NULL);
    struct str html = STR_INIT;

    open_output(w, "display_data", e);
    json_open(w, "data", '{');
    if (svg) {
        json_put_z(w, "image/svg+xml", svg);
        json_put_z(w, "text/plain", json_string(json_get(e, "title"), "plot"));
    } else {
        record_draw(&html, e);
        json_put_string(w, "text/html", slice_str(&html));
        json_put_string(w, "text/plain", line);
    }
    json_close(w);
    json_close(w);
    str_done(&html);
}

static void put_event(struct json_out *w, const struct json *e, struct slice line)
{
    static const char *const shown[] = {"table", "plot", "metric", "file", "error"};
    const char *kind = json_string(json_get(e, "kind"), "");

    if (!strcmp(kind, "text"))
        put_stream(w, e);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!strcmp(kind, shown[i]))
            put_display(w, e, line);
}

static enum lk_status put_outputs(struct writer *w, const char *step)
{
    struct str path = STR_INIT, text = STR_INIT;
    struct slice rest, line;
    enum lk_status st = LK_OK;

    str_printf(&path, "%s/recorded/%s.jsonl", w->lesson->folder, step);
    json_open(&w->json, "outputs", '[');
    if (file_stat(path.ptr).kind == FILE_REGULAR)
        st = file_read(&text, path.ptr, EVENTS_MAX, w->err);
    rest = slice_str(&text);
    while (!st && slice_line(&rest, &line)) {
        struct json *e = NULL;

        if (!slice_trim(line).len)
            continue;
        st = json_parse(&e, line, path.ptr, w->err);
        if (!st)
            put_event(&w->json, e, line);
        json_free(e);
    }
    json_close(&w->json);
    str_done(&path);
    str_done(&text);
    return st;
}

/* ---- cells -------------------------------------------------------------------------------- */

static enum lk_status put_text(struct writer *w, const char *type, struct slice text)
{
    struct str source = STR_INIT;
    enum lk_status st = LK_OK;

    while (text.len && text.ptr[0] == '\n')
        text = slice_from(text, 1);
    if (!slice_trim(text).len)
        return LK_OK;
    open_cell(w, type, "", SLICE(""));
    if (!strcmp(type, "markdown"))
        st = picture_attach(&w->json, &source, text, w->lesson->folder, w->err);
    else
        str_put(&source, text);
    put_source(&w->json, "source", slice_str(&source));
    json_close(&w->json);
    str_done(&source);
    return st;
}

static enum lk_status put_code(struct writer *w, const struct info *info, struct slice fence,
                               struct slice code)
{
    const struct info_item *id = info_get(info, "id");
    bool lab = slice_is(info_word(info, 1), "lab");
    char *step = id ? mem_strndup(id->value.ptr, id->value.len) : mem_strdup("");
    enum lk_status st = LK_OK;

    open_cell(w, lab ? "code" : "raw", lab ? step : "", fence);
    if (lab) {
        json_put_raw(&w->json, "execution_count", SLICE("null"));
        st = put_outputs(w, step);
    }
    put_source(&w->json, "source", code);
    json_close(&w->json);
    free(step);
    return st;
}

static bool is_ours(const struct info *info)
{
    static const char *const roles[] = {"lab", "solution", "check", "wrong"};

    if (!slice_is(info_word(info, 0), "lua"))
        return false;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (slice_is(info_word(info, 1), roles[i]))
            return true;
    return false;
}

/* The fence's line without its mark. */
static struct slice fence_words(struct slice line)
{
    line = slice_trim(line);
    while (line.len && (line.ptr[0] == '`' || line.ptr[0] == '~'))
        line = slice_from(line, 1);
    return slice_trim(line);
}

static enum lk_status put_cells(struct writer *w, struct slice rest)
{
    struct slice text = {rest.ptr, 0}, line, opened;
    struct fence fence = {0, 0};
    enum lk_status st = LK_OK;

    while (!st && slice_line(&rest, &line)) {
        bool was_open = fence.mark;
        struct slice code = {rest.ptr, 0};
        struct info info;

        fence_follow(&fence, line);
        if (was_open || !fence.mark)
            continue;
        info_parse(&info, line);
        if (!is_ours(&info))
            continue;
        opened = line;
        text.len = (size_t)(line.ptr - text.ptr);
        st = put_text(w, "markdown", text);
        while (fence.mark && slice_line(&rest, &line)) {
            code.len = (size_t)(line.ptr - code.ptr);
            fence_follow(&fence, line);
        }
        if (fence.mark) /* never closed: to the end */
            code.len = (size_t)(rest.ptr - code.ptr);
        if (!st)
            st = put_code(w, &info, fence_words(opened), code);
        text = (struct slice){rest.ptr, 0};
    }
    text.len = (size_t)(rest.ptr - text.ptr);
    if (!st)
        st = put_text(w, "markdown", text);
    return st;
}

/* The front matter as it stands in the file. */
static enum lk_status put_front(struct writer *w)
{
    struct str source = STR_INIT, front = STR_INIT;
    struct slice rest, line;
    enum lk_status st = file_read(&source, w->lesson->file, 2 << 20, w->err);
    int n = 0;

    rest = slice_str(&source);
    while (!st && ++n < w->lesson->markdown_line && slice_line(&rest, &line)) {
        str_put(&front, slice_trim(line).len ? line : SLICE(""));
        str_putc(&front, '\n');
    }
    if (!st)
        st = put_text(w, "raw", slice_str(&front));
    str_done(&source);
    str_done(&front);
    return st;
}

enum lk_status notebook_print(struct str *out, const struct lesson *l, struct lk_error *err)
{
    struct writer w = {.lesson = l, .err = err};
    struct str text = STR_INIT;
    enum lk_status st;

    json_begin(&w.json, &text, true);
    json_open(&w.json, NULL, '{');
    json_open(&w.json, "cells", '[');
    st = put_front(&w);
    if (!st)
        st = put_cells(&w, slice_of(l->markdown));
    json_close(&w.json);
    json_open(&w.json, "metadata", '{');
    json_open(&w.json, "kernelspec", '{');
    json_put_z(&w.json, "display_name", "Lua");
    json_put_z(&w.json, "language", "lua");
    json_put_z(&w.json, "name", "lua");
    json_close(&w.json);
    json_open(&w.json, "language_info", '{');
    json_put_z(&w.json, "file_extension", ".lua");
    json_put_z(&w.json, "name", "lua");
    json_close(&w.json);
    json_close(&w.json);
    json_put_int(&w.json, "nbformat", 4);
    json_put_int(&w.json, "nbformat_minor", 5);
    json_close(&w.json);
    if (!st) {
        str_put(out, slice_str(&text));
        str_putc(out, '\n');
    }
    str_done(&text);
    return st;
}
