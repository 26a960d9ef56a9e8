/*
 * Any model file, told by its content: gzip and tar are opened first, then a
 * pickle gives up the model inside, and what is left is JSON, UBJSON or the
 * old binary format.
 */
#include "gbt/model_read.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/source.h"

#include <stdlib.h>
#include <string.h>

static const size_t MAX_MODEL = (size_t)2 << 30; /* bytes, unpacked */

enum { MAX_WRAPPERS = 4 };

static enum lk_status gunzip(struct str *out, struct slice bytes, const char *name,
                             struct lk_error *err)
{
    struct source *s = source_memory(bytes, name);
    enum lk_status st;
    size_t got = 1;

    do {
        st = source_read(s, str_room(out, 256 * 1024), 256 * 1024, &got, err);
        str_grew(out, st ? 0 : got);
        if (!st && out->len > MAX_MODEL)
            st = error_set(err, LK_ELIMIT, "unpacks to more than %zu bytes", MAX_MODEL);
    } while (!st && got);
    source_close(s);
    return st;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* JSON if what follows the brace can only be JSON. */
static bool is_json(struct slice b)
{
    size_t i = 1;

    while (i < b.len && is_space(b.ptr[i]))
        i++;
    return i > 1 || (i < b.len && (b.ptr[i] == '"' || b.ptr[i] == '}'));
}

static enum lk_status read_plain(struct lk_model *m, struct slice b, struct lk_error *err)
{
    struct slice trimmed = b;

    while (trimmed.len && is_space(*trimmed.ptr))
        trimmed = slice_from(trimmed, 1);
    if (trimmed.len && *trimmed.ptr == '{')
        return is_json(trimmed) ? model_read_doc(m, b, false, err)
                                : model_read_doc(m, trimmed, true, err);
    return model_read_binary(m, b, err);
}

static enum lk_status read_any(struct lk_model *m, struct slice b, const char *name, int wrappers,
                               struct lk_error *err)
{
    struct str inner = STR_INIT;
    struct slice found = {NULL, 0};
    enum lk_status st;

    if (wrappers > MAX_WRAPPERS)
        return error_set(err, LK_ELIMIT, "archives within archives");
    if (!b.len)
        return error_set(err, LK_EINPUT, "the file is empty");
    if (b.len > 2 && (unsigned char)b.ptr[0] == 0x1f && (unsigned char)b.ptr[1] == 0x8b) {
        st = gunzip(&inner, b, name, err);
        found = slice_str(&inner);
    } else if (tar_is(b)) {
        st = tar_find(&found, b, err);
    } else if ((unsigned char)b.ptr[0] == 0x80 || slice_starts(b, "ccopy_reg\n")) {
        st = pickle_find(&found, b, &inner, err);
    } else {
        return read_plain(m, b, err);
    }
    if (!st)
        st = read_any(m, found, name, wrappers + 1, err);
    str_done(&inner);
    return st;
}

enum lk_status lk_model_parse(struct lk_model **out, const void *bytes, size_t len,
                              const char *name, struct lk_error *err)
{
    struct lk_model *m = gbt_model_new();
    enum lk_status st = read_any(m, (struct slice){bytes, len}, name, 0, err);

    if (!st)
        st = gbt_model_finish(m, err);
    if (st) {
        lk_model_free(m);
        if (err && !err->file[0]) { /* a notation knows its line, not its file */
            int line = err->line;

            err->line = 0;
            error_place(err, name, line, err->column);
        }
        return st;
    }
    *out = m;
    return LK_OK;
}

enum lk_status lk_model_read(struct lk_model **out, const char *path, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = file_read(&text, path, MAX_MODEL, err);

    if (!st)
        st = lk_model_parse(out, text.ptr, text.len, path, err);
    str_done(&text);
    return st;
}
