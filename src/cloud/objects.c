/*
 * S3 from inside. The same rows and files as S3's own operations, by the same
 * rules: content that is small stands in the row, else in a file of objects/
 * that nobody writes again; a row and its file change in one transaction.
 */
#include "cloud/objects.h"

#include "base/error.h"
#include "base/file.h"
#include "cloud/s3d.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool objects_url(struct arena *a, const char *url, const char **bucket, const char **key)
{
    struct slice rest = slice_of(url), name;

    if (!slice_starts(rest, "s3://"))
        return false;
    rest = slice_from(rest, strlen("s3://"));
    name = slice_first(rest, slice_find(rest, '/'));
    if (!name.len)
        return false;
    *bucket = arena_strndup(a, name.ptr, name.len);
    rest = slice_from(rest, name.len + (name.len < rest.len));
    *key = arena_strndup(a, rest.ptr, rest.len);
    return true;
}

/* ---- may they ------------------------------------------------------------------------ */

static enum lk_status refuse(struct lk_error *err, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum lk_status refuse(struct lk_error *err, const char *code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    error_vset(err, LK_ESERVICE, fmt, args);
    va_end(args);
    if (err)
        snprintf(err->code, sizeof err->code, "%s", code);
    return LK_ESERVICE;
}

/* The bucket's policy, or NULL; false when there is no such bucket in this region. */
static enum lk_status find_bucket(const struct objects *o, struct arena *a, const char *bucket,
                                  const char **policy, struct lk_error *err)
{
    struct stmt *s = sql(o->cloud, "select region, (select value from bucket_settings where"
                                   " bucket = name and setting = 'policy') from buckets"
                                   " where name = ?1");
    const char *region;

    stmt_text(s, 1, bucket);
    if (!sql_row(o->cloud, s))
        return refuse(err, "NoSuchBucket", "The specified bucket does not exist");
    region = s3d_region(o->cloud, bucket, sql_text(a, s, 0));
    *policy = stmt_is_null(s, 1) ? NULL : sql_text(a, s, 1);
    stmt_reset(s);
    if (strcmp(region, o->region))
        return refuse(err, "PermanentRedirect",
                      "The bucket you are attempting to access must be addressed using the "
                      "specified endpoint: it is in %s, not in %s",
                      region, o->region);
    return LK_OK;
}

/* Under the lock. key NULL asks about the bucket; prefix is a condition's value there. */
static enum lk_status ask(const struct objects *o, struct arena *a, const char *action,
                          const char *bucket, const char *key, const char *prefix,
                          struct lk_error *err)
{
    const char *resource =
        arena_printf(a, "arn:aws:s3:::%s%s%s", bucket, key ? "/" : "", key ? key : "");
    struct access_key_value keys = {"s3:prefix", prefix};
    struct access_question q = {
        .who = &o->who, .action = action, .resource = resource, .keys = &keys, .n = prefix ? 1 : 0};
    enum lk_status st = find_bucket(o, a, bucket, &q.resource_policy, err);
    enum policy_reason reason;
    struct str why = STR_INIT;

    if (st)
        return st;
    reason = access_ask(o->cloud, a, &q);
    if (reason == POLICY_ALLOWED)
        return LK_OK;
    policy_put_reason(&why, reason, action);
    st = refuse(err, "AccessDenied",
                "User: %s is not authorized to perform: %s on resource: \"%s\"%s", o->who.arn,
                action, resource, why.ptr);
    str_done(&why);
    return st;
}

/* ---- listing ------------------------------------------------------------------------- */

/* A page of objects, copied so that it can be walked without the lock. */
struct page {
    struct objects_entry entry[S3_KEYS_A_PAGE];
    size_t n;
    bool more;
};

static void read_page(const struct objects *o, struct arena *a, struct page *p, const char *bucket,
                      const char *prefix, const char *after)
{
    struct stmt *s = sql(o->cloud, "select key, size, etag from objects where bucket = ?1"
                                   " and key >= ?2 and key > ?3 order by key limit ?4");

    stmt_text(s, 1, bucket);
    stmt_text(s, 2, prefix);
    stmt_text(s, 3, after);
    stmt_int(s, 4, S3_KEYS_A_PAGE);
    p->n = 0;
    while (p->n < S3_KEYS_A_PAGE && sql_row(o->cloud, s) &&
           slice_starts(stmt_get_slice(s, 0), prefix))
        p->entry[p->n++] =
            (struct objects_entry){sql_text(a, s, 0), sql_text(a, s, 2), stmt_get_int(s, 1)};
    stmt_reset(s);
    p->more = p->n == S3_KEYS_A_PAGE;
}

enum lk_status objects_list(const struct objects *o, const char *bucket, const char *prefix,
                            objects_fn *fn, void *ctx, struct lk_error *err)
{
    struct page *page = mem_alloc(sizeof *page);
    char *after = mem_strdup("");
    enum lk_status st;

    do {
        struct arena a = {0};

        page->n = 0;
        page->more = false;
        cloud_lock(o->cloud);
        st = ask(o, &a, "s3:ListBucket", bucket, NULL, prefix, err);
        if (!st)
            read_page(o, &a, page, bucket, prefix, after);
        cloud_unlock(o->cloud);
        for (size_t i = 0; i < page->n; i++)
            if (!fn(ctx, &page->entry[i])) {
                page->more = false;
                break;
            }
        free(after);
        after = mem_strdup(page->n ? page->entry[page->n - 1].key : "");
        arena_done(&a);
    } while (!st && page->more);
    free(after);
    free(page);
    return st;
}

enum lk_status objects_find(const struct objects *o, const char *bucket, const char *prefix,
                            struct lk_error *err)
{
    struct arena a = {0};
    enum lk_status st = ask(o, &a, "s3:ListBucket", bucket, NULL, prefix, err);

    if (!st) {
        struct stmt *s = sql(o->cloud, "select key from objects where bucket = ?1 and key >= ?2"
                                       " order by key limit 1");

        stmt_text(s, 1, bucket);
        stmt_text(s, 2, prefix);
        if (!sql_row(o->cloud, s) || !slice_starts(stmt_get_slice(s, 0), prefix))
            st = refuse(err, "NoSuchKey", "The specified key does not exist.");
        stmt_reset(s);
    }
    arena_done(&a);
    return st;
}

/* ---- getting ------------------------------------------------------------------------- */

/* What was found: content, or the open file. */
struct found {
    struct str content;
    int fd; /* -1: content */
    int64_t size;
};

/* Under the lock. With `link_to` a file is linked there if that can be done (*linked). */
static enum lk_status find_object(const struct objects *o, struct arena *a, struct found *f,
                                  const char *bucket, const char *key, const char *link_to,
                                  bool *linked, struct lk_error *err)
{
    enum lk_status st = ask(o, a, "s3:GetObject", bucket, key, NULL, err);
    struct stmt *s;
    char *path;

    if (st)
        return st;
    s = sql(o->cloud, "select size, file, content from objects where bucket = ?1 and key = ?2");
    stmt_text(s, 1, bucket);
    stmt_text(s, 2, key);
    if (!sql_row(o->cloud, s))
        return refuse(err, "NoSuchKey", "The specified key does not exist.");
    f->size = stmt_get_int(s, 0);
    if (stmt_is_null(s, 1)) {
        str_put(&f->content, stmt_get_slice(s, 2));
    } else {
        path = s3d_object_path(o->cloud, stmt_get_text(s, 1));
        *linked = link_to && !link(path, link_to);
        f->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (f->fd < 0)
            st = error_errno(err, "open", path);
        free(path);
    }
    stmt_reset(s);
    return st;
}

static enum lk_status pour(int fd, FILE *to, const char *path, struct lk_error *err)
{
    char buf[1 << 16];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) > 0)
        if (fwrite(buf, 1, (size_t)n, to) != (size_t)n)
            return error_errno(err, "write", path);
    return n < 0 ? error_errno(err, "read for", path) : LK_OK;
}

static enum lk_status write_found(const struct found *f, const char *path, struct lk_error *err)
{
    struct file_out out;
    enum lk_status st;

    if (f->fd < 0)
        return file_write(path, slice_str(&f->content), err);
    st = file_out_open(&out, path, err);
    if (st)
        return st;
    st = pour(f->fd, out.stream, path, err);
    if (!st)
        return file_out_commit(&out, err);
    file_out_abandon(&out);
    return st;
}

static void found_done(struct found *f)
{
    str_done(&f->content);
    if (f->fd >= 0)
        close(f->fd);
}

enum lk_status objects_get(const struct objects *o, const char *bucket, const char *key,
                           const char *path, enum objects_how how, struct lk_error *err)
{
    struct found f = {STR_INIT, -1, 0};
    struct arena a = {0};
    bool linked = false;
    char *folder = path_folder(path);
    enum lk_status st = file_mkdirs(folder, err);

    if (!st) {
        unlink(path);
        cloud_lock(o->cloud);
        st = find_object(o, &a, &f, bucket, key, how == OBJECTS_SHARE ? path : NULL, &linked, err);
        cloud_unlock(o->cloud);
    }
    if (!st && !linked)
        st = write_found(&f, path, err);
    found_done(&f);
    free(folder);
    arena_done(&a);
    return st;
}

enum lk_status objects_read(struct str *out, const struct objects *o, const char *bucket,
                            const char *key, size_t max, struct lk_error *err)
{
    struct found f = {STR_INIT, -1, 0};
    struct arena a = {0};
    bool linked;
    ssize_t n = 0;
    enum lk_status st;

    cloud_lock(o->cloud);
    st = find_object(o, &a, &f, bucket, key, NULL, &linked, err);
    cloud_unlock(o->cloud);
    if (!st && f.size > (int64_t)max)
        st = error_set(err, LK_ELIMIT, "s3://%s/%s holds more than %zu bytes", bucket, key, max);
    if (!st)
        str_put(out, slice_str(&f.content));
    while (!st && f.fd >= 0 && (n = read(f.fd, str_room(out, 1 << 16), 1 << 16)) > 0)
        str_grew(out, (size_t)n);
    if (n < 0)
        st = error_errno(err, "read", key);
    found_done(&f);
    arena_done(&a);
    return st;
}

/* ---- putting ------------------------------------------------------------------------- */

struct putting {
    const char *bucket, *key;
    char etag[2 * MD5_SIZE + 1];
    int64_t size;
    const char *file; /* its name in objects/, or NULL with content */
    struct slice content;
};

/* In a transaction: the file of the row that goes, "" for none; yours to free. */
static char *take_row(const struct objects *o, const char *bucket, const char *key)
{
    struct stmt *s = sql(o->cloud, "select file from objects where bucket = ?1 and key = ?2");
    struct arena a = {0};
    char *file;
    bool there;

    stmt_text(s, 1, bucket);
    stmt_text(s, 2, key);
    there = sql_row(o->cloud, s);
    file = mem_strdup(there ? stmt_get_text(s, 0) : "");
    stmt_reset(s);
    if (there)
        tags_remove(o->cloud, arena_printf(&a, "arn:aws:s3:::%s/%s", bucket, key), NULL);
    arena_done(&a);
    return file;
}

static void put_row(const struct objects *o, const struct putting *p)
{
    struct stmt *s = sql(o->cloud, "insert or replace into objects (bucket, key, size, etag,"
                                   " modified, headers, file, content)"
                                   " values (?1, ?2, ?3, ?4, ?5, '', ?6, ?7)");

    stmt_text(s, 1, p->bucket);
    stmt_text(s, 2, p->key);
    stmt_int(s, 3, p->size);
    stmt_text(s, 4, p->etag);
    stmt_int(s, 5, cloud_now(o->cloud));
    stmt_text(s, 6, p->file);
    if (p->file)
        stmt_text(s, 7, NULL);
    else
        stmt_blob(s, 7, p->content);
    sql_run(o->cloud, s);
}

static void delete_row(const struct objects *o, const struct putting *p)
{
    struct stmt *s = sql(o->cloud, "delete from objects where bucket = ?1 and key = ?2");

    stmt_text(s, 1, p->bucket);
    stmt_text(s, 2, p->key);
    sql_run(o->cloud, s);
}

static void drop_file(const struct objects *o, const char *file)
{
    char *path = s3d_object_path(o->cloud, file);

    if (*file)
        unlink(path);
    free(path);
}

/* Ask, and change the row: to p, or away where p->etag is empty. */
static enum lk_status change_row(const struct objects *o, const char *action,
                                 const struct putting *p, struct lk_error *err)
{
    char *old = NULL;
    struct arena a = {0};
    bool good = false;
    enum lk_status st;

    cloud_lock(o->cloud);
    st = ask(o, &a, action, p->bucket, p->key, NULL, err);
    if (!st && cloud_begin(o->cloud)) {
        old = take_row(o, p->bucket, p->key);
        if (*p->etag)
            put_row(o, p);
        else
            delete_row(o, p);
        good = cloud_commit(o->cloud);
    }
    cloud_unlock(o->cloud);
    if (!st && !good)
        st = error_set(err, LK_EIO, "the practice cloud's database failed");
    if (!st)
        drop_file(o, old);
    free(old);
    arena_done(&a);
    return st;
}

static void set_etag(struct putting *p, const uint8_t md5[DIGEST_MAX])
{
    struct str hex = STR_INIT;

    str_put_hex(&hex, md5, MD5_SIZE);
    snprintf(p->etag, sizeof p->etag, "%s", hex.ptr);
    str_done(&hex);
}

enum lk_status objects_put_bytes(const struct objects *o, const char *bucket, const char *key,
                                 struct slice content, struct lk_error *err)
{
    struct putting p = {
        .bucket = bucket, .key = key, .size = (int64_t)content.len, .content = content};
    uint8_t md5[DIGEST_MAX];

    digest(md5, DIGEST_MD5, content);
    set_etag(&p, md5);
    return change_row(o, "s3:PutObject", &p, err);
}

static enum lk_status digest_file(struct putting *p, const char *path, struct lk_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct digest_state *d;
    uint8_t md5[DIGEST_MAX];
    char buf[1 << 16];
    ssize_t n;

    if (fd < 0)
        return error_errno(err, "open", path);
    d = digest_new(DIGEST_MD5);
    while ((n = read(fd, buf, sizeof buf)) > 0)
        digest_add(d, buf, (size_t)n);
    digest_end(d, md5);
    digest_free(d);
    close(fd);
    set_etag(p, md5);
    return n < 0 ? error_errno(err, "read", path) : LK_OK;
}

/* A file too large for its row: first into objects/, then the row; taken back on a refusal. */
static enum lk_status put_file(const struct objects *o, struct putting *p, const char *path,
                               struct lk_error *err)
{
    struct str name = STR_INIT;
    char *to;
    enum lk_status st = digest_file(p, path, err);

    if (st)
        return st;
    random_uuid(&name);
    to = s3d_object_path(o->cloud, name.ptr);
    p->file = name.ptr;
    if (rename(path, to))
        st = error_errno(err, "move", path);
    if (!st && (st = change_row(o, "s3:PutObject", p, err)) && rename(to, path))
        unlink(to);
    free(to);
    str_done(&name);
    return st;
}

enum lk_status objects_put(const struct objects *o, const char *bucket, const char *key,
                           const char *path, struct lk_error *err)
{
    struct file_info info = file_stat(path);
    struct putting p = {.bucket = bucket, .key = key, .size = info.size};
    struct str content = STR_INIT;
    enum lk_status st;

    if (info.size > S3_INLINE_MAX)
        return put_file(o, &p, path, err);
    st = file_read(&content, path, S3_INLINE_MAX, err);
    if (!st)
        st = objects_put_bytes(o, bucket, key, slice_str(&content), err);
    if (!st)
        unlink(path);
    str_done(&content);
    return st;
}

enum lk_status objects_delete(const struct objects *o, const char *bucket, const char *key,
                              struct lk_error *err)
{
    struct putting p = {.bucket = bucket, .key = key};

    return change_row(o, "s3:DeleteObject", &p, err);
}
