/* The list is made once a build; then pages are rendered with its versions and its files copied. */
#include "book/assets.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/publish.h"

#include <stdlib.h>
#include <string.h>

#define SHARE    "/usr/share/javascript/"
#define LICENCES "/usr/share/doc/"

enum { ASSET_MAX = 64 << 20 };

/* From Debian's packages, with their licences; what is not installed is left out. */
static const struct {
    const char *from, *name;
} packaged[] = {
    {SHARE "lunr/lunr.min.js", "lunr/lunr.min.js"},
    {LICENCES "libjs-lunr/copyright", "lunr/LICENSE.txt"},
    {SHARE "codemirror/lib/codemirror.js", "codemirror/codemirror.js"},
    {SHARE "codemirror/lib/codemirror.css", "codemirror/codemirror.css"},
    {SHARE "codemirror/mode/lua/lua.js", "codemirror/lua.js"},
    {LICENCES "libjs-codemirror/copyright", "codemirror/LICENSE.txt"},
};

static void add(struct assets *a, const char *name, const char *from, struct slice content)
{
    size_t stem = strlen(name) - strlen(path_extension(name));
    struct str hex = STR_INIT;
    uint8_t sum[DIGEST_MAX];
    struct asset *item;

    MEM_GROW(a->items, a->count, a->cap);
    item = &a->items[a->count++];
    *item = (struct asset){.name = name, .from = from};
    if (!from)
        item->made = content;
    digest(sum, DIGEST_SHA256, content);
    str_put_hex(&hex, sum, ASSET_VERSION / 2);
    memcpy(item->version, hex.ptr, ASSET_VERSION + 1);
    mv_z(&a->arena, a->versions, arena_strndup(&a->arena, name, stem),
         arena_strdup(&a->arena, item->version));
    str_done(&hex);
}

static enum lk_status add_file(struct assets *a, const char *name, const char *from,
                               struct lk_error *err)
{
    struct str content = STR_INIT;
    enum lk_status st = file_read(&content, from, ASSET_MAX, err);

    if (!st)
        add(a, name, from, slice_str(&content));
    str_done(&content);
    return st;
}

static enum lk_status add_folder(struct assets *a, const char *templates, const char *folder,
                                 struct lk_error *err)
{
    char *path = path_join(templates, folder), **names = NULL;
    size_t n = 0;
    enum lk_status st = file_list(&names, &n, path, err);

    for (size_t i = 0; i < n && !st; i++) {
        const char *from = arena_printf(&a->arena, "%s/%s", path, names[i]);

        if (names[i][0] != '.' && file_stat(from).kind == FILE_REGULAR)
            st = add_file(a, arena_printf(&a->arena, "%s/%s", folder, names[i]), from, err);
    }
    file_names_free(names, n);
    free(path);
    return st;
}

/* The texts of the pages' scripts, and the versions of what they load later. */
static void add_words(struct assets *a, const struct language *l)
{
    struct str script = STR_INIT;
    struct json_out w;

    str_puts(&script, "window.labbookWords = ");
    str_put(&script, l->words);
    str_puts(&script, ";\nwindow.labbookVersions = ");
    json_begin(&w, &script, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < a->count; i++)
        if (!strcmp(path_extension(a->items[i].name), ".js") ||
            !strcmp(path_extension(a->items[i].name), ".css"))
            json_put_z(&w, a->items[i].name, a->items[i].version);
    json_close(&w);
    str_puts(&script, ";\n");
    add(a, "js/words.js", NULL,
        (struct slice){arena_strndup(&a->arena, script.ptr, script.len), script.len});
    str_done(&script);
}

enum lk_status assets_read(struct assets *out, const char *templates, const struct language *l,
                           const struct site_options *options, struct lk_error *err)
{
    enum lk_status st;

    memset(out, 0, sizeof *out);
    out->versions = mv_new(&out->arena, MV_MAP);
    st = add_folder(out, templates, "css", err);
    if (!st)
        st = add_folder(out, templates, "js", err);
    if (!st)
        st = add_folder(out, templates, "icons", err);
    for (size_t i = 0; i < sizeof packaged / sizeof packaged[0] && !st; i++)
        if (file_stat(packaged[i].from).kind == FILE_REGULAR)
            st = add_file(out, packaged[i].name, packaged[i].from, err);
    for (size_t i = 0; i < options->extra_count && !st; i++)
        add(out, options->extras[i].name, NULL, options->extras[i].content);
    if (!st)
        add_words(out, l);
    return st;
}

enum lk_status assets_write(const struct assets *a, struct publish *p, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < a->count && !st; i++) {
        const struct asset *item = &a->items[i];
        struct str name = STR_INIT;

        str_printf(&name, "assets/%s", item->name);
        st = item->from ? publish_copy(p, name.ptr, item->from, err)
                        : publish_put(p, name.ptr, item->made, err);
        str_done(&name);
    }
    return st;
}

void assets_done(struct assets *a)
{
    free(a->items);
    arena_done(&a->arena);
    memset(a, 0, sizeof *a);
}
