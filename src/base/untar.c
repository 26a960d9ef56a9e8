/*
 * Tar as ustar, GNU and pax write it: blocks of 512 bytes, a header for each
 * member, its content rounded up to a block, two blocks of zeros at the end
 * (or just the end). Long names come as a member of their own before it: GNU's
 * type 'L', or the record "path" of pax's type 'x'.
 */
#include "base/untar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/source.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, NAME_CAP = 64 << 10, CHUNK = 64 << 10 };

struct unpacking {
    struct source *in;
    const char *path, *folder;
    const struct untar_caps *caps;
    int64_t bytes;
    size_t files;
    struct str long_name; /* of the next member; empty: none */
    struct lk_error *err;
};

struct member {
    char type;
    int64_t size;
    struct str name;
};

static enum lk_status bad(const struct unpacking *u, const char *what)
{
    return error_at(u->err, LK_EINPUT, u->path, 0, 0, "%s", what);
}

/* Exactly n bytes; *ended where the archive ends before the first. */
static enum lk_status take(struct unpacking *u, char *buf, size_t n, bool *ended)
{
    size_t have = 0, got = 1;
    enum lk_status st = LK_OK;

    while (!st && have < n && got) {
        st = source_read(u->in, buf + have, n - have, &got, u->err);
        have += got;
    }
    if (ended)
        *ended = !st && !have;
    if (st || have == n || (ended && !have))
        return st;
    return bad(u, "the archive ends in the middle: it was cut short");
}

static bool octal(int64_t *out, const char *p, size_t n)
{
    *out = 0;
    for (size_t i = 0; i < n && p[i] && p[i] != ' '; i++) {
        if (p[i] < '0' || p[i] > '7' || *out > INT64_MAX / 16)
            return false;
        *out = *out * 8 + (p[i] - '0');
    }
    return true;
}

static bool sum_is_right(const char *h)
{
    int64_t want, sum = 0;

    for (int i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
    return octal(&want, h + 148, 8) && want == sum;
}

static void take_name(struct member *m, const struct unpacking *u, const char *h)
{
    str_clear(&m->name);
    if (u->long_name.len) {
        str_put(&m->name, slice_str(&u->long_name));
        return;
    }
    if (!memcmp(h + 257, "ustar", 6) && h[345]) {
        str_add(&m->name, h + 345, strnlen(h + 345, 155));
        str_putc(&m->name, '/');
    }
    str_add(&m->name, h, strnlen(h, 100));
}

/* The next member's header; *ended at the end of the archive. */
static enum lk_status next(struct member *m, struct unpacking *u, bool *ended)
{
    static const char zeros[BLOCK];
    char h[BLOCK];
    enum lk_status st = take(u, h, BLOCK, ended);

    if (st || *ended)
        return st;
    *ended = !memcmp(h, zeros, BLOCK);
    if (*ended)
        return LK_OK;
    if (!sum_is_right(h) || !octal(&m->size, h + 124, 12))
        return bad(u, "this is not a tar archive");
    m->type = h[156];
    take_name(m, u, h);
    return LK_OK;
}

/* The member's content, to a stream (or nowhere). */
static enum lk_status copy(struct unpacking *u, int64_t size, FILE *to)
{
    char buf[CHUNK];
    int64_t left = (size + BLOCK - 1) / BLOCK * BLOCK;

    while (left > 0) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        enum lk_status st = take(u, buf, n, NULL);

        if (st)
            return st;
        if (to && size > 0)
            fwrite(buf, 1, size < (int64_t)n ? (size_t)size : n, to); /* commit finds a failure */
        size -= (int64_t)n;
        left -= (int64_t)n;
    }
    return LK_OK;
}

static enum lk_status take_text(struct unpacking *u, int64_t size, struct str *out)
{
    size_t whole = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
    enum lk_status st;

    if (size > NAME_CAP)
        return bad(u, "a name in the archive is longer than a name can be");
    str_clear(out);
    st = take(u, str_room(out, whole), whole, NULL);
    if (!st)
        str_grew(out, (size_t)size);
    return st;
}

/* "LENGTH path=NAME\n" among a pax header's records. */
static void pax_path(struct str *name, struct slice records)
{
    struct slice line;

    str_clear(name);
    while (slice_split(&records, '\n', &line)) {
        struct slice record = slice_from(line, slice_find(line, ' '));

        if (slice_starts(record, " path="))
            str_put(name, slice_from(record, 6));
    }
}

static enum lk_status take_long_name(struct unpacking *u, const struct member *m)
{
    struct str text = STR_INIT;
    enum lk_status st = take_text(u, m->size, &text);

    if (!st && m->type == 'x')
        pax_path(&u->long_name, slice_str(&text));
    if (!st && m->type == 'L') {
        str_clear(&u->long_name);
        str_add(&u->long_name, text.ptr, strnlen(text.ptr, text.len));
    }
    str_done(&text);
    return st;
}

/* The path below the folder: "./" in front is nothing, "/" at the end a folder. */
static enum lk_status place(char **out, const struct unpacking *u, struct slice name)
{
    char *text;

    while (slice_starts(name, "./"))
        name = slice_from(name, 2);
    while (name.len && name.ptr[name.len - 1] == '/')
        name.len--;
    *out = NULL;
    if (!name.len || slice_is(name, "."))
        return LK_OK;
    if (memchr(name.ptr, '\0', name.len) || !path_is_inside(name))
        return bad(u, "a name in the archive leads out of its folder");
    text = mem_strndup(name.ptr, name.len);
    *out = path_join(u->folder, text);
    free(text);
    return LK_OK;
}

static enum lk_status unpack_file(struct unpacking *u, const struct member *m, const char *path)
{
    char *folder = path_folder(path);
    struct file_out f;
    enum lk_status st;

    u->bytes += m->size;
    if (m->size > u->caps->bytes || u->bytes > u->caps->bytes || ++u->files > u->caps->files) {
        free(folder);
        return error_at(u->err, LK_ELIMIT, u->path, 0, 0,
                        "the archive unpacks to more than %lld bytes or %zu files",
                        (long long)u->caps->bytes, u->caps->files);
    }
    st = file_mkdirs(folder, u->err);
    free(folder);
    if (!st)
        st = file_out_open(&f, path, u->err);
    if (st)
        return st;
    st = copy(u, m->size, f.stream);
    if (st) {
        file_out_abandon(&f);
        return st;
    }
    return file_out_commit(&f, u->err);
}

static enum lk_status unpack_member(struct unpacking *u, const struct member *m)
{
    char *path;
    enum lk_status st;

    if (m->type == 'L' || m->type == 'x')
        return take_long_name(u, m);
    st = place(&path, u, slice_str(&m->name));
    str_clear(&u->long_name);
    if (!st && path && m->type == '5')
        st = file_mkdirs(path, u->err);
    if (!st && path && (m->type == '0' || m->type == '\0'))
        st = unpack_file(u, m, path);
    else if (!st)
        st = copy(u, m->size, NULL);
    free(path);
    return st;
}

enum lk_status tar_unpack(const char *path, const char *folder, const struct untar_caps *caps,
                          struct lk_error *err)
{
    struct unpacking u = {.path = path, .folder = folder, .caps = caps, .err = err};
    struct member m = {0};
    bool ended = false;
    enum lk_status st = source_open(&u.in, path, err);

    if (st)
        return st;
    str_init(&u.long_name);
    str_init(&m.name);
    st = file_mkdirs(folder, err);
    while (!st && !(st = next(&m, &u, &ended)) && !ended)
        st = unpack_member(&u, &m);
    str_done(&u.long_name);
    str_done(&m.name);
    source_close(u.in);
    return st;
}
