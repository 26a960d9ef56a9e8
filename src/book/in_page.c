/*
 * What pages need to run labs themselves, with no server behind them:
 *
 *     assets/wasm/lab.wasm    the module; lab.js, the same as a script; more.wasm and more.js,
 *                             its second part; help.js, what lab.help says
 *     assets/labs/SLUG.js     a lesson's checks, and the files its steps may read
 *     assets/files/SLUG/NAME.js, assets/files/NAME.js   those files, and the book's data
 *
 * Scripts, because a page that was opened as a file may load nothing else; each
 * calls labbook.part (templates/js/lab-desk.js) with its own path. Text stays
 * text, which compresses best, anything else is base64.
 */
#include "book/site_internal.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 20 };

static enum lk_status put_part(struct site *s, const char *path, struct slice content,
                               struct lk_error *err)
{
    struct str script = STR_INIT, address = STR_INIT;
    bool text = utf8_valid(content);
    enum lk_status st;

    str_put_url(&address, slice_of(path), true);
    str_puts(&script, "labbook.part(");
    str_put_json(&script, slice_str(&address));
    str_puts(&script, ", ");
    if (text) {
        str_put_json(&script, content);
    } else {
        str_putc(&script, '"');
        str_put_base64(&script, content.ptr, content.len);
        str_puts(&script, "\", 64");
    }
    str_puts(&script, ");\n");
    st = publish_put(s->publish, path, slice_str(&script), err);
    str_done(&address);
    str_done(&script);
    return st;
}

/* ---- the files of a folder ------------------------------------------------------------ */

/* Pictures and the lesson's text are on the page; what is hidden is nobody's. */
static bool travels(const char *folder, const char *name)
{
    static const char *const stays[] = {".md", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"};
    char *path = path_join(folder, name);
    bool yes = name[0] != '.' && file_stat(path).kind == FILE_REGULAR;

    for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++)
        if (!strcmp(path_extension(name), stays[i]))
            yes = false;
    free(path);
    return yes;
}

typedef enum lk_status file_fn(void *ctx, const char *folder, const char *name,
                               struct lk_error *err);

static enum lk_status each_file(const char *folder, file_fn *fn, void *ctx, struct lk_error *err)
{
    char **names = NULL;
    size_t n = 0;
    enum lk_status st = LK_OK;

    if (file_stat(folder).kind != FILE_FOLDER)
        return LK_OK;
    st = file_list(&names, &n, folder, err);
    for (size_t i = 0; i < n && !st; i++)
        if (travels(folder, names[i]))
            st = fn(ctx, folder, names[i], err);
    file_names_free(names, n);
    return st;
}

struct files {
    struct site *site;
    const char *slug;   /* NULL: the book's own data */
    struct json_out *w; /* of assets/labs/SLUG.js, or NULL */
};

static void put_path(struct str *out, const struct files *f, const char *name)
{
    str_puts(out, "assets/files/");
    if (f->slug)
        str_printf(out, "%s/", f->slug);
    str_printf(out, "%s.js", name);
}

static enum lk_status copy_file(void *ctx, const char *folder, const char *name,
                                struct lk_error *err)
{
    struct files *f = ctx;
    struct str content = STR_INIT, path = STR_INIT;
    char *from = path_join(folder, name);
    enum lk_status st = file_read(&content, from, FILE_MAX, err);

    put_path(&path, f, name);
    if (!st)
        st = put_part(f->site, path.ptr, slice_str(&content), err);
    free(from);
    str_done(&path);
    str_done(&content);
    return st;
}

static enum lk_status name_file(void *ctx, const char *folder, const char *name,
                                struct lk_error *err)
{
    struct files *f = ctx;
    struct str path = STR_INIT, address = STR_INIT;

    put_path(&path, f, name);
    str_put_url(&address, slice_str(&path), true);
    json_open(f->w, NULL, '{');
    json_put_z(f->w, "name", name);
    json_put_string(f->w, "path", slice_str(&address));
    json_put_bool(f->w, "listed", lesson_is_data(name));
    json_close(f->w);
    str_done(&address);
    str_done(&path);
    return LK_OK;
}

static char *data_folder(const struct site *s)
{
    return path_join(s->root, "lessons/data");
}

/* ---- a lesson --------------------------------------------------------------------------- */

static bool runs_here(const struct lesson *l)
{
    for (size_t i = 0; i < l->step_count; i++)
        if (l->steps[i].targets & TARGET_LOCAL)
            return true;
    return false;
}

static enum lk_status put_about(struct page *p, struct str *out, struct lk_error *err)
{
    const struct lesson *l = p->lesson;
    struct json_out w;
    struct files shared = {p->site, NULL, &w}, own = {p->site, p->info->slug, &w};
    char *data = data_folder(p->site);
    enum lk_status st;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_open(&w, "checks", '{');
    for (size_t i = 0; i < l->step_count; i++)
        if (l->steps[i].check && l->steps[i].targets & TARGET_LOCAL)
            json_put_z(&w, l->steps[i].id, l->steps[i].check);
    json_close(&w);
    /* A lesson's file comes before the book's of the same name. */
    json_open(&w, "files", '[');
    st = each_file(l->folder, name_file, &own, err);
    if (!st)
        st = each_file(data, name_file, &shared, err);
    json_close(&w);
    json_close(&w);
    free(data);
    return st;
}

enum lk_status in_page_lesson(struct page *p, struct lk_error *err)
{
    struct files own = {p->site, p->info->slug, NULL};
    const char *path = arena_printf(p->arena, "assets/labs/%s.js", p->info->slug);
    struct str script = STR_INIT;
    enum lk_status st;

    if (!p->site->options->lab_module || !runs_here(p->lesson))
        return LK_OK;
    str_printf(&script, "labbook.part(\"%s\", ", path);
    st = put_about(p, &script, err);
    str_puts(&script, ");\n");
    if (!st)
        st = publish_put(p->site->publish, path, slice_str(&script), err);
    if (!st)
        st = each_file(p->lesson->folder, copy_file, &own, err);
    str_done(&script);
    return st;
}

/* ---- the book ------------------------------------------------------------------------------ */

/* A part of the module, from the folder of its first. */
static enum lk_status put_module(struct site *s, const char *name, struct lk_error *err)
{
    struct str module = STR_INIT;
    char *folder = path_folder(s->options->lab_module), *from;
    char path[64];
    enum lk_status st;

    snprintf(path, sizeof path, "%s.wasm", name);
    from = path_join(folder, path);
    st = file_read(&module, from, FILE_MAX, err);
    snprintf(path, sizeof path, "assets/wasm/%s.wasm", name);
    if (!st)
        st = publish_put(s->publish, path, slice_str(&module), err);
    snprintf(path, sizeof path, "assets/wasm/%s.js", name);
    if (!st)
        st = put_part(s, path, slice_str(&module), err);
    free(from);
    free(folder);
    str_done(&module);
    return st;
}

enum lk_status in_page_book(struct site *s, struct lk_error *err)
{
    struct files shared = {s, NULL, NULL};
    char *data = data_folder(s);
    enum lk_status st = LK_OK;

    if (s->options->lab_module) {
        st = put_module(s, "lab", err);
        if (!st)
            st = put_module(s, "more", err);
        if (!st)
            st = put_part(s, "assets/wasm/help.js", s->options->lab_help, err);
        if (!st)
            st = each_file(data, copy_file, &shared, err);
    }
    free(data);
    return st;
}
