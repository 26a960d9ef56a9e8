/*
 * A file into payloads. Records are lines, split at the newline alone (a
 * quoted one splits as well, as on AWS); without a split the file is one
 * record. Payloads are filled with as many records as fit.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/source.h"
#include "cloud/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 256 << 10 };

struct transform_feed {
    FILE *plain;
    struct source *packed; /* or this one */
    struct str text;       /* [at, len) is read and not given yet */
    size_t at;
    bool ended;
    const char *path;
};

enum lk_status transform_feed_open(struct transform_feed **out, const char *path, bool gzip,
                                   struct lk_error *err)
{
    struct transform_feed *f = mem_calloc(1, sizeof *f);
    enum lk_status st = LK_OK;

    str_init(&f->text);
    f->path = path;
    if (gzip)
        st = source_open(&f->packed, path, err);
    else if (!(f->plain = fopen(path, "rbe")))
        st = error_errno(err, "open", path);
    if (st) {
        transform_feed_close(f);
        return st;
    }
    *out = f;
    return LK_OK;
}

void transform_feed_close(struct transform_feed *f)
{
    if (!f)
        return;
    if (f->plain)
        fclose(f->plain);
    source_close(f->packed);
    str_done(&f->text);
    free(f);
}

static enum lk_status read_more(struct transform_feed *f, struct lk_error *err)
{
    size_t got = 0;
    enum lk_status st = LK_OK;

    if (f->at > READ_SIZE) {
        memmove(f->text.ptr, f->text.ptr + f->at, f->text.len - f->at);
        str_cut(&f->text, f->text.len - f->at);
        f->at = 0;
    }
    if (f->packed) {
        st = source_read(f->packed, str_room(&f->text, READ_SIZE), READ_SIZE, &got, err);
    } else {
        got = fread(str_room(&f->text, READ_SIZE), 1, READ_SIZE, f->plain);
        if (ferror(f->plain))
            st = error_errno(err, "read", f->path);
    }
    str_grew(&f->text, got);
    f->ended = !got;
    return st;
}

/* The next record, borrowed until the next call; *some false at the end. */
static enum lk_status next_record(struct slice *out, bool *some, struct transform_feed *f,
                                  bool split, size_t most, struct lk_error *err)
{
    size_t looked = 0;

    for (;;) {
        struct slice have = slice_from(slice_str(&f->text), f->at);
        size_t n = have.len;
        enum lk_status st;

        if (split && (n = looked + slice_find(slice_from(have, looked), '\n')) < have.len) {
            *out = slice_first(have, n);
            *some = true;
            return LK_OK;
        }
        if (have.len > most)
            return error_set(err, LK_ELIMIT, "Too much data for max payload size");
        if (f->ended) {
            *out = have;
            *some = have.len > 0;
            return LK_OK;
        }
        looked = have.len;
        st = read_more(f, err);
        if (st)
            return st;
    }
}

static void pass(struct transform_feed *f, struct slice record)
{
    size_t left = f->text.len - f->at;

    f->at += record.len < left ? record.len + 1 : left;
}

static void add_original(struct transform_payload *p, struct slice record)
{
    str_put(&p->originals, record);
    str_putc(&p->originals, '\n');
}

static enum lk_status add_record(struct str *body, const struct transform_shape *shape,
                                 struct slice record, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    str_clear(body);
    if (shape->input && !jsonpath_is_all(shape->input))
        st = transform_filter(body, shape->input, shape->json, record, err);
    else
        str_put(body, record);
    if (!st && shape->split && shape->multi)
        str_putc(body, '\n');
    return st;
}

enum lk_status transform_feed_next(struct transform_payload *p, struct transform_feed *f,
                                   const struct transform_shape *shape, size_t payload,
                                   struct lk_error *err)
{
    struct str one = STR_INIT;
    struct slice record;
    bool some = true;
    enum lk_status st = LK_OK;

    for (;;) {
        st = next_record(&record, &some, f, shape->split, payload, err);
        if (!st && some)
            st = add_record(&one, shape, record, err);
        if (!st && some && one.len > payload + 1)
            st = error_set(err, LK_ELIMIT, "Too much data for max payload size");
        if (st || !some || (p->records && p->body.len + one.len > payload))
            break;
        str_put(&p->body, slice_str(&one));
        if (shape->join)
            add_original(p, record);
        p->records++;
        pass(f, record);
        if (!shape->split || !shape->multi)
            break;
    }
    str_done(&one);
    return st;
}
