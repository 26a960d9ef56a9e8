/*
 * Reading notebooks, our own and others'. Cells become lines of lesson.md in
 * their order, one empty line apart. Outputs of labs are recorded events: ours
 * carry theirs in the metadata, of others the streams, pictures and texts that
 * have a kind of event are kept.
 */
#include "book/notebook.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/notebook_picture.h"
#include "book/text.h"

#include <stdlib.h>
#include <string.h>

enum { NOTEBOOK_MAX = 32 << 20, STEPS_MAX = 200 };

struct reader {
    const char *file, *folder;
    const char *language;
    struct str md;
    struct arena arena;
    const char *ids[STEPS_MAX]; /* of the labs so far */
    struct str records[STEPS_MAX];
    size_t steps;
    struct lk_error *err;
};

/* A text that is one string or an array of lines. */
static void put_joined(struct str *out, const struct json *j)
{
    if (json_kind(j) == JSON_STRING)
        str_puts(out, json_string(j, ""));
    for (const struct json *c = json_first(j); json_kind(j) == JSON_ARRAY && c; c = json_next(c))
        str_puts(out, json_string(c, ""));
}

static void put_lines(struct str *out, struct slice text, bool escape)
{
    struct slice line;

    while (slice_line(&text, &line)) {
        if (escape)
            text_escape(out, line);
        else
            str_put(out, line);
        str_putc(out, '\n');
    }
}

/* A fence longer than any in the code. */
static void put_fenced(struct reader *r, struct slice words, struct slice code)
{
    size_t longest = 2, run = 0;

    for (size_t i = 0; i < code.len; i++) {
        run = code.ptr[i] == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    for (size_t i = 0; i <= longest; i++)
        str_putc(&r->md, '`');
    str_put(&r->md, words);
    str_putc(&r->md, '\n');
    put_lines(&r->md, code, true);
    for (size_t i = 0; i <= longest; i++)
        str_putc(&r->md, '`');
    str_putc(&r->md, '\n');
}

/* ---- outputs --------------------------------------------------------------------------- */

static void begin_event(struct json_out *w, struct str *out, const char *step, const char *kind)
{
    json_begin(w, out, false);
    json_open(w, NULL, '{');
    json_put_z(w, "step", step);
    json_put_z(w, "kind", kind);
}

static void end_event(struct json_out *w, struct str *out)
{
    json_close(w);
    str_putc(out, '\n');
}

static void keep_stream(struct str *out, const char *step, const struct json *o)
{
    bool warn = !strcmp(json_string(json_get(o, "name"), ""), "stderr");
    struct str text = STR_INIT;
    struct json_out w;

    put_joined(&text, json_get(o, "text"));
    begin_event(&w, out, step, "text");
    json_put_string(&w, "text", slice_str(&text));
    json_put_z(&w, "stream", warn ? "warn" : "out");
    end_event(&w, out);
    str_done(&text);
}

/* What the data of a foreign display holds that we can show: its text. */
static void keep_display(struct str *out, const char *step, const struct json *o)
{
    const struct json *data = json_get(o, "data");
    struct str text = STR_INIT;
    struct json_out w;

    put_joined(&text, json_get(data, "text/plain"));
    if (text.len) {
        str_putc(&text, '\n');
        begin_event(&w, out, step, "text");
        json_put_string(&w, "text", slice_str(&text));
        json_put_z(&w, "stream", "out");
        end_event(&w, out);
    }
    str_done(&text);
}

static void keep_error(struct str *out, const char *step, const struct json *o)
{
    struct json_out w;

    begin_event(&w, out, step, "error");
    json_put_z(&w, "text", json_string(json_get(o, "evalue"), ""));
    end_event(&w, out);
}

static void keep_output(struct str *out, const char *step, const struct json *o)
{
    const char *type = json_string(json_get(o, "output_type"), "");
    const struct json *own = json_get(json_get(json_get(o, "metadata"), "labbook"), "event");

    if (own) {
        json_print(out, own, false);
        str_putc(out, '\n');
    } else if (!strcmp(type, "stream")) {
        keep_stream(out, step, o);
    } else if (!strcmp(type, "error")) {
        keep_error(out, step, o);
    } else {
        keep_display(out, step, o);
    }
}

/* ---- cells -------------------------------------------------------------------------------- */

/* "lua lab id=train ..." -> "train"; a cell without gets the next free "step-N". */
static const char *step_id(struct reader *r, struct str *fence)
{
    const char *at = strstr(fence->ptr, " id=");

    if (at)
        return arena_strndup(&r->arena, at + 4, strcspn(at + 4, " "));
    str_clear(fence);
    str_printf(fence, "lua lab id=step-%zu check=none", r->steps + 1);
    return arena_printf(&r->arena, "step-%zu", r->steps + 1);
}

static void read_lab(struct reader *r, const struct json *cell, struct str *fence,
                     struct slice code)
{
    const char *id = step_id(r, fence);

    put_fenced(r, slice_str(fence), code);
    if (r->steps == STEPS_MAX)
        return;
    r->ids[r->steps] = id;
    str_init(&r->records[r->steps]);
    for (const struct json *o = json_first(json_get(cell, "outputs")); o; o = json_next(o))
        keep_output(&r->records[r->steps], id, o);
    r->steps++;
}

static void read_cell(struct reader *r, const struct json *cell)
{
    const char *type = json_string(json_get(cell, "cell_type"), "");
    struct str joined = STR_INIT, source = STR_INIT, fence = STR_INIT;

    put_joined(&joined, json_get(cell, "source"));
    if (!strcmp(type, "markdown"))
        picture_rename(&source, slice_str(&joined));
    else
        str_put(&source, slice_str(&joined));
    str_puts(&fence,
             json_string(json_get(json_get(json_get(cell, "metadata"), "labbook"), "fence"), ""));
    if (r->md.len && !slice_ends(slice_str(&r->md), "\n\n"))
        str_putc(&r->md, '\n');
    if (!strcmp(type, "markdown"))
        put_lines(&r->md, slice_str(&source), true);
    else if (!strcmp(type, "code") && (fence.len || !strcmp(r->language, "lua")))
        read_lab(r, cell, &fence, slice_str(&source));
    else if (!strcmp(type, "code"))
        put_fenced(r, slice_of(r->language), slice_str(&source));
    else if (fence.len)
        put_fenced(r, slice_str(&fence), slice_str(&source));
    else if (slice_starts(slice_str(&source), "---"))
        put_lines(&r->md, slice_str(&source), false);
    str_done(&joined);
    str_done(&source);
    str_done(&fence);
}

/* Front matter for a notebook that has none; its first heading is the title. */
static void make_front(struct reader *r)
{
    struct slice rest = slice_str(&r->md), line;
    struct str made = STR_INIT, title = STR_INIT, body = STR_INIT;
    long words = 0;

    if (slice_starts(rest, "---\n"))
        return;
    while (slice_line(&rest, &line)) {
        if (!title.len && slice_starts(line, "# "))
            str_put(&title, slice_trim(slice_from(line, 2)));
        else
            str_printf(&body, "%.*s\n", (int)line.len, line.ptr);
        for (size_t i = 0; i < line.len; i++)
            words += line.ptr[i] == ' ';
    }
    str_puts(&made, "---\ntitle: ");
    str_put_json(&made, title.len ? slice_str(&title) : slice_of(path_name(r->folder)));
    str_puts(&made, "\nsummary: ");
    str_puts(&made, "One sentence that says what the reader can do afterwards.");
    str_printf(&made, "\nminutes: %ld\n---\n\n", words / 180 + 1 < 600 ? words / 180 + 1 : 600);
    str_put(&made, slice_str(&body));
    str_clear(&r->md);
    str_put(&r->md, slice_str(&made));
    str_done(&made);
    str_done(&title);
    str_done(&body);
}

static enum lk_status write_lesson(struct reader *r, const struct json *cells)
{
    struct str path = STR_INIT;
    enum lk_status st;

    str_printf(&path, "%s/recorded", r->folder);
    st = file_mkdirs(r->folder, r->err);
    for (const struct json *c = json_first(cells); c && !st; c = json_next(c))
        st = picture_detach(c, r->folder, r->err);
    for (size_t i = 0; i < r->steps && !st; i++) {
        if (!r->records[i].len || !path_is_inside(slice_of(r->ids[i])))
            continue;
        st = file_mkdirs(path.ptr, r->err);
        str_printf(&path, "/%s.jsonl", r->ids[i]);
        if (!st)
            st = file_write(path.ptr, slice_str(&r->records[i]), r->err);
        str_cut(&path, strlen(r->folder) + strlen("/recorded"));
    }
    str_clear(&path);
    str_printf(&path, "%s/lesson.md", r->folder);
    if (!st)
        st = file_write(path.ptr, slice_str(&r->md), r->err);
    str_done(&path);
    return st;
}

static const char *language_of(const struct json *notebook)
{
    const struct json *meta = json_get(notebook, "metadata");
    const char *name = json_string(json_get(json_get(meta, "language_info"), "name"), NULL);

    return name ? name : json_string(json_get(json_get(meta, "kernelspec"), "language"), "");
}

enum lk_status notebook_import(const char *notebook, const char *folder, struct lk_error *err)
{
    struct reader r = {.file = notebook, .folder = folder, .err = err, .md = STR_INIT};
    struct json *root = NULL;
    enum lk_status st;

    if (file_stat(folder).kind != FILE_NONE)
        return error_set(err, LK_EUSE, "%s is there already", folder);
    st = json_read(&root, notebook, NOTEBOOK_MAX, err);
    if (!st && (json_kind(json_get(root, "cells")) != JSON_ARRAY ||
                json_number(json_get(root, "nbformat"), 0) != 4))
        st = error_at(err, LK_EINPUT, notebook, 0, 0,
                      "not a notebook of format 4 (expected \"nbformat\": 4 and \"cells\")");
    if (!st) {
        r.language = language_of(root);
        for (const struct json *c = json_first(json_get(root, "cells")); c; c = json_next(c))
            read_cell(&r, c);
        make_front(&r);
        st = write_lesson(&r, json_get(root, "cells"));
    }
    for (size_t i = 0; i < r.steps; i++)
        str_done(&r.records[i]);
    json_free(root);
    str_done(&r.md);
    arena_done(&r.arena);
    return st;
}
