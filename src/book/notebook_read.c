/*
 * Reading notebooks, our own and others'. Cells become lines of lesson.md in
 * their order, one empty line apart. Outputs of labs are recorded events: ours
 * carry theirs in the metadata, of others' the streams and texts are kept. Code that
 * only can be read has its outputs below it.
 *
 * Format 3 (until 2015) has the same things under other names.
 */
#include "book/notebook_internal.h"

#include "book/notebook.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/text.h"

#include <stdlib.h>
#include <string.h>

enum { NOTEBOOK_MAX = 64 << 20 };

void notebook_put_joined(struct str *out, const struct json *j)
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

void notebook_put_fenced(struct notebook_reader *r, struct slice words, struct slice code)
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
    struct str raw = STR_INIT, text = STR_INIT;
    struct json_out w;

    notebook_put_joined(&raw, json_get(o, "text"));
    notebook_put_plain(&text, slice_str(&raw));
    str_done(&raw);
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

    notebook_put_joined(&text, json_get(data, "text/plain"));
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
static const char *step_id(struct notebook_reader *r, struct str *fence)
{
    const char *at = strstr(fence->ptr, " id=");

    if (at)
        return arena_strndup(&r->arena, at + 4, strcspn(at + 4, " "));
    str_clear(fence);
    str_printf(fence, "lua lab id=step-%zu check=none", r->steps + 1);
    return arena_printf(&r->arena, "step-%zu", r->steps + 1);
}

static void read_lab(struct notebook_reader *r, const struct json *cell, struct str *fence,
                     struct slice code)
{
    const char *id = step_id(r, fence);

    notebook_put_fenced(r, slice_str(fence), code);
    if (r->steps == NOTEBOOK_STEPS_MAX)
        return;
    r->ids[r->steps] = id;
    str_init(&r->records[r->steps]);
    for (const struct json *o = json_first(json_get(cell, "outputs")); o; o = json_next(o))
        keep_output(&r->records[r->steps], id, o);
    r->steps++;
}

/* Format 3 has headings as cells of their own. */
static void read_heading(struct notebook_reader *r, const struct json *cell, struct slice text)
{
    double level = json_number(json_get(cell, "level"), 1);

    for (int i = 0; i < (level >= 1 && level <= 6 ? (int)level : 1); i++)
        str_putc(&r->md, '#');
    str_putc(&r->md, ' ');
    put_lines(&r->md, text, true);
}

static void read_code(struct notebook_reader *r, const struct json *cell, struct str *fence,
                      struct slice source)
{
    if (fence->len || !strcmp(r->language, "lua")) {
        read_lab(r, cell, fence, source);
    } else if (slice_trim(source).len) {
        notebook_put_fenced(r, slice_of(r->language), source);
        notebook_show_outputs(r, cell);
    }
}

static void read_cell(struct notebook_reader *r, const struct json *cell)
{
    const char *type = json_string(json_get(cell, "cell_type"), "");
    bool code = !strcmp(type, "code");
    struct str source = STR_INIT, fence = STR_INIT;

    notebook_put_joined(&source, json_get(cell, code && r->old ? "input" : "source"));
    str_puts(&fence,
             json_string(json_get(json_get(json_get(cell, "metadata"), "labbook"), "fence"), ""));
    if (r->md.len && !slice_ends(slice_str(&r->md), "\n\n"))
        str_putc(&r->md, '\n');
    if (!strcmp(type, "markdown")) {
        notebook_take_attachments(r, cell, &source);
        put_lines(&r->md, slice_str(&source), true);
    } else if (!strcmp(type, "heading")) {
        read_heading(r, cell, slice_str(&source));
    } else if (code) {
        read_code(r, cell, &fence, slice_str(&source));
    } else if (fence.len) {
        notebook_put_fenced(r, slice_str(&fence), slice_str(&source));
    } else if (slice_starts(slice_str(&source), "---")) {
        put_lines(&r->md, slice_str(&source), false);
    }
    str_done(&source);
    str_done(&fence);
}

/* ---- the lesson -------------------------------------------------------------------------- */

/* Is the line inside a fence of code? *open is the fence that is open, or empty. */
static bool in_fence(struct slice line, struct slice *open)
{
    struct slice bare = slice_trim(line);
    size_t n = 0;

    while (n < bare.len && (bare.ptr[n] == '`' || bare.ptr[n] == '~') && bare.ptr[n] == bare.ptr[0])
        n++;
    if (open->len) {
        if (n >= open->len && n == bare.len && bare.ptr[0] == open->ptr[0])
            *open = SLICE("");
        return true;
    }
    if (n >= 3)
        *open = slice_first(bare, n);
    return n >= 3;
}

/* How many headings of level 1 there are; *title is the first one's text. */
static size_t find_title(struct slice text, struct slice *title)
{
    struct slice line, open = SLICE("");
    size_t n = 0;

    while (slice_line(&text, &line))
        if (!in_fence(line, &open) && slice_starts(line, "# ") && !n++)
            *title = slice_trim(slice_from(line, 2));
    return n;
}

/* The text without its title; where sections are of the title's level, all go one down. */
static void put_body(struct str *out, struct slice text, bool has_title, bool lower)
{
    struct slice line, open = SLICE("");

    while (slice_line(&text, &line)) {
        bool code = in_fence(line, &open), top = !code && slice_starts(line, "# ");

        if (top && has_title) {
            has_title = false;
            continue;
        }
        if (lower && !code && slice_starts(line, "#") && !slice_starts(line, "######"))
            str_putc(out, '#');
        str_put(out, line);
        str_putc(out, '\n');
    }
}

/* Front matter for a notebook that has none; its first heading is the title. */
static void make_front(struct notebook_reader *r)
{
    struct slice text = slice_str(&r->md), title = SLICE("");
    struct str made = STR_INIT, body = STR_INIT;
    size_t tops = find_title(text, &title), words = 0;

    if (slice_starts(text, "---\n"))
        return;
    for (size_t i = 0; i < text.len; i++)
        words += text.ptr[i] == ' ';
    str_puts(&made, "---\ntitle: ");
    str_put_json(&made, title.len ? title : slice_of(path_name(r->folder)));
    str_puts(&made, "\nsummary: ");
    str_puts(&made, "One sentence that says what the reader can do afterwards.");
    str_printf(&made, "\nminutes: %zu\n---\n\n", words / 180 + 1 < 600 ? words / 180 + 1 : 600);
    put_body(&body, text, tops > 0, tops > 1);
    str_put(&made, slice_from(slice_str(&body), strspn(body.ptr, "\n")));
    str_clear(&r->md);
    str_put(&r->md, slice_str(&made));
    str_done(&made);
    str_done(&body);
}

static enum lk_status write_files(struct notebook_reader *r, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < r->file_count && !st; i++) {
        char *path = path_join(r->folder, r->files[i].name);

        st = file_write(path, slice_str(&r->files[i].bytes), err);
        free(path);
    }
    return st;
}

static enum lk_status write_lesson(struct notebook_reader *r, struct lk_error *err)
{
    struct str path = STR_INIT;
    enum lk_status st;

    str_printf(&path, "%s/recorded", r->folder);
    st = file_mkdirs(r->folder, err);
    for (size_t i = 0; i < r->steps && !st; i++) {
        if (!r->records[i].len || !path_is_inside(slice_of(r->ids[i])))
            continue;
        st = file_mkdirs(path.ptr, err);
        str_printf(&path, "/%s.jsonl", r->ids[i]);
        if (!st)
            st = file_write(path.ptr, slice_str(&r->records[i]), err);
        str_cut(&path, strlen(r->folder) + strlen("/recorded"));
    }
    if (!st)
        st = write_files(r, err);
    str_clear(&path);
    str_printf(&path, "%s/lesson.md", r->folder);
    if (!st)
        st = file_write(path.ptr, slice_str(&r->md), err);
    str_done(&path);
    return st;
}

static const char *language_of(const struct notebook_reader *r, const struct json *notebook)
{
    const struct json *meta = json_get(notebook, "metadata");
    const char *name = json_string(json_get(json_get(meta, "language_info"), "name"), NULL);

    if (!name)
        name = json_string(json_get(json_get(meta, "kernelspec"), "language"), NULL);
    return name ? name : r->old ? "python" : "";
}

/* Of format 4 its cells, of format 3 those of all its sheets. */
static enum lk_status read_cells(struct notebook_reader *r, const struct json *root,
                                 const char *file, struct lk_error *err)
{
    double format = json_number(json_get(root, "nbformat"), 0);
    const struct json *cells = json_get(root, "cells"), *sheets = json_get(root, "worksheets");

    r->old = format == 3;
    if (!(format == 4 && json_kind(cells) == JSON_ARRAY) &&
        !(r->old && json_kind(sheets) == JSON_ARRAY))
        return error_at(err, LK_EINPUT, file, 0, 0,
                        "not a notebook of format 4 or 3 (expected \"nbformat\": 4 and \"cells\"); "
                        "others can be converted by: jupyter nbconvert --to notebook");
    r->language = language_of(r, root);
    for (const struct json *c = r->old ? NULL : json_first(cells); c; c = json_next(c))
        read_cell(r, c);
    for (const struct json *s = r->old ? json_first(sheets) : NULL; s; s = json_next(s))
        for (const struct json *c = json_first(json_get(s, "cells")); c; c = json_next(c))
            read_cell(r, c);
    return LK_OK;
}

enum lk_status notebook_import(const char *notebook, const char *folder, struct lk_error *err)
{
    struct notebook_reader *r = mem_calloc(1, sizeof *r);
    struct json *root = NULL;
    enum lk_status st = LK_OK;

    r->folder = folder;
    str_init(&r->md);
    if (file_stat(folder).kind != FILE_NONE)
        st = error_set(err, LK_EUSE, "%s is there already", folder);
    if (!st)
        st = json_read(&root, notebook, NOTEBOOK_MAX, err);
    if (!st)
        st = read_cells(r, root, notebook, err);
    if (!st) {
        make_front(r);
        st = write_lesson(r, err);
    }
    for (size_t i = 0; i < r->steps; i++)
        str_done(&r->records[i]);
    for (size_t i = 0; i < r->file_count; i++)
        str_done(&r->files[i].bytes);
    json_free(root);
    str_done(&r->md);
    arena_done(&r->arena);
    free(r);
    return st;
}
