/*
 * A picture's name is what stands behind `](` after `![`, up to a space or the
 * bracket. Only plain names of picture files are touched.
 */
#include "book/notebook_picture.h"

#include "base/digest.h"
#include "base/file.h"

#include <string.h>

enum { PICTURE_MAX = 8 << 20, PICTURES_MAX = 64 };

#define ATTACHED "attachment:"

const char *picture_mime(struct slice name)
{
    static const char *const kinds[][2] = {{".svg", "image/svg+xml"}, {".png", "image/png"},
                                           {".jpg", "image/jpeg"},    {".jpeg", "image/jpeg"},
                                           {".gif", "image/gif"},     {".webp", "image/webp"}};

    if (!path_is_inside(name) || slice_find(name, '/') < name.len)
        return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_ends(name, kinds[i][0]))
            return kinds[i][1];
    return NULL;
}

/* The next picture's target in `rest`, which begins behind it then. */
static bool next_target(struct slice *rest, struct slice *target)
{
    bool words = false; /* between ![ and ]( */

    for (size_t i = 0; i + 1 < rest->len; i++) {
        const char *at = rest->ptr + i;

        if (at[0] == '\n' && at[1] == '\n')
            words = false;
        else if (at[0] == '!' && at[1] == '[')
            words = true;
        if (!words || at[0] != ']' || at[1] != '(')
            continue;
        *target = slice_from(*rest, i + 2);
        target->len = 0;
        while (target->ptr + target->len < rest->ptr + rest->len &&
               !strchr(" \n)", target->ptr[target->len]))
            target->len++;
        *rest = slice_from(*rest, (size_t)(target->ptr - rest->ptr) + target->len);
        return true;
    }
    return false;
}

/* What stands before the target in `text`, which begins at the target then. */
static void put_before(struct str *out, struct slice *text, struct slice target)
{
    size_t n = (size_t)(target.ptr - text->ptr);

    str_put(out, slice_first(*text, n));
    *text = slice_from(*text, n);
}

static enum lk_status put_picture(struct json_out *cell, const char *path, struct slice name,
                                  struct lk_error *err)
{
    struct str bytes = STR_INIT, text = STR_INIT, key = STR_INIT;
    enum lk_status st = file_read(&bytes, path, PICTURE_MAX, err);

    if (!st) {
        str_put(&key, name);
        str_put_base64(&text, bytes.ptr, bytes.len);
        json_open(cell, key.ptr, '{');
        json_put_string(cell, picture_mime(name), slice_str(&text));
        json_close(cell);
    }
    str_done(&bytes);
    str_done(&text);
    str_done(&key);
    return st;
}

static bool is_among(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(names[i], name))
            return true;
    return false;
}

enum lk_status picture_attach(struct json_out *cell, struct str *source, struct slice text,
                              const char *folder, struct lk_error *err)
{
    struct slice names[PICTURES_MAX], rest = text, name;
    struct str path = STR_INIT;
    enum lk_status st = LK_OK;
    size_t count = 0;

    while (!st && count < PICTURES_MAX && next_target(&rest, &name)) {
        str_clear(&path);
        str_printf(&path, "%s/%.*s", folder, (int)name.len, name.ptr);
        if (!picture_mime(name) || file_stat(path.ptr).kind != FILE_REGULAR)
            continue;
        put_before(source, &text, name);
        str_puts(source, ATTACHED);
        if (is_among(names, count, name))
            continue;
        if (!count)
            json_open(cell, "attachments", '{');
        names[count++] = name;
        st = put_picture(cell, path.ptr, name, err);
    }
    if (count)
        json_close(cell);
    str_put(source, text);
    str_done(&path);
    return st;
}
