/*
 * Downloads. One HEAD tells size, ETag and checksum; then several threads
 * fetch ranges of the object, each under If-Match so that an object replaced
 * meanwhile is an error and never a mixture. Bytes go where they belong in
 * FILE.labkit-part as they come. Ranges done are noted, a line each, in
 * FILE.labkit-state, whose first line says which object that is; a later
 * download of the same object skips them.
 *
 * Each range's CRC is combined into the object's and compared with S3's. An
 * object without a checksum of the whole is compared by MD5 where its ETag is
 * one. Only then is the file renamed into place.
 */
#include "aws/s3_internal.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 256 << 10 };

struct range {
    uint64_t crc;
    bool done;
};

struct download {
    struct aws *client;
    const char *bucket, *key, *path;
    struct s3_options options;
    struct s3_team team;
    bool listed; /* size and ETag come from a list; the checksum comes with the bytes */
    int64_t size;
    char *etag;              /* with its quotes */
    enum checksum_kind kind; /* of the whole object, or NONE */
    char *sum;
    struct s3_partfile file;
    int state;
    char *target, *part_path, *state_path; /* target: where path leads to */
    size_t ranges;
    struct range *range;
    char **spare; /* pieces that no thread holds, under the team's lock */
    size_t spare_count, spare_cap;
};

/*
 * Where one range's bytes go. libcurl hands over 16 KiB at a time; they are
 * gathered into pieces that begin at whole pages of the file, since each write
 * costs the kernel the file's lock.
 */
struct sink {
    struct download *d;
    int64_t start, length, at; /* `at` counts what came, gathered bytes included */
    int64_t told;
    char *piece; /* (S3_PIECE), the last `held` bytes before `at` */
    size_t held;
    struct checksum sum;
};

/* ---- what is to be had -------------------------------------------------------------------- */

/* The checksum of the whole object, if the answer has one. */
static void take_sum(struct download *d, const struct json *answer)
{
    static const enum checksum_kind kinds[] = {CHECKSUM_CRC64NVME, CHECKSUM_CRC32, CHECKSUM_SHA256};

    for (int i = 0; i < 3 && !d->sum; i++) {
        const char *sum = json_string(json_get(answer, checksum_member(kinds[i])), "");

        if (*sum && !strchr(sum, '-')) { /* "..-7" is a checksum of seven checksums */
            d->kind = kinds[i];
            d->sum = mem_strdup(sum);
        }
    }
}

static enum lk_status head(struct download *d, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, d->bucket, d->key);
    json_put_z(&w, "ChecksumMode", "ENABLED");
    json_close(&w);
    st = aws_call(d->client, "s3", "HeadObject", slice_str(&in), &answer, err);
    d->size = (int64_t)json_number(json_get(answer, "ContentLength"), 0);
    d->etag = mem_strdup(json_string(json_get(answer, "ETag"), ""));
    take_sum(d, answer);
    json_free(answer);
    str_done(&in);
    return st;
}

/* ---- one range ---------------------------------------------------------------------------- */

static void restart(void *ctx)
{
    struct sink *s = ctx;
    struct str none = STR_INIT;
    enum checksum_kind kind = s->d->listed ? CHECKSUM_CRC64NVME : s->d->kind;

    checksum_end(&s->sum, &none);
    str_done(&none);
    checksum_begin(&s->sum, kind == CHECKSUM_SHA256 ? CHECKSUM_NONE : kind);
    s->at = 0;
    s->held = 0;
}

/* Put the piece that is held into the file. */
static enum lk_status flush(struct sink *s, struct lk_error *err)
{
    struct download *d = s->d;
    int64_t place = s->start + s->at - (int64_t)s->held;
    enum lk_status st = s3_partfile_write(&d->file, s->piece, s->held, place, err);

    if (st)
        return st;
    checksum_add(&s->sum, s->piece, s->held);
    s->held = 0;
    if (s->at > s->told) {
        s3_team_moved(&d->team, s->at - s->told);
        s->told = s->at;
    }
    return LK_OK;
}

static enum lk_status take(void *ctx, const void *ptr, size_t n, struct lk_error *err)
{
    struct sink *s = ctx;
    const char *from = ptr;
    enum lk_status st = LK_OK;

    if (s->at + (int64_t)n > s->length)
        return error_set(err, LK_EINPUT, "S3 sent more than the %lld bytes asked for",
                         (long long)s->length);
    while (n && !st) {
        size_t room = S3_PIECE - s->held, part = n < room ? n : room;

        memcpy(s->piece + s->held, from, part);
        s->held += part;
        s->at += (int64_t)part;
        from += part;
        n -= part;
        if (s->held == S3_PIECE)
            st = flush(s, err);
    }
    return st;
}

static enum lk_status fetch(struct download *d, size_t i, char *piece, struct lk_error *err)
{
    int64_t start = (int64_t)i * d->options.part_size, left = d->size - start;
    struct sink s = {.d = d,
                     .start = start,
                     .length = left < d->options.part_size ? left : d->options.part_size,
                     .piece = piece};
    struct aws_io io = {.write = take, .write_ctx = &s, .restart = restart};
    struct str in = STR_INIT, none = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    s3_begin(&w, &in, d->bucket, d->key);
    if (*d->etag)
        json_put_z(&w, "IfMatch", d->etag);
    if (d->listed)
        json_put_z(&w, "ChecksumMode", "ENABLED");
    if (d->ranges > 1)
        s3_put_range(&w, start, s.length);
    json_close(&w);
    st = aws_call_io(d->client, "s3", "GetObject", slice_str(&in), &io, &answer, err);
    if (!st && d->listed)
        take_sum(d, answer);
    if (!st)
        st = flush(&s, err);
    if (!st && s.at != s.length)
        st = error_set(err, LK_ENETWORK, "S3 sent %lld of %lld bytes of %s", (long long)s.at,
                       (long long)s.length, d->key);
    d->range[i].crc = s.sum.crc;
    d->range[i].done = !st;
    checksum_end(&s.sum, &none);
    json_free(answer);
    str_done(&none);
    str_done(&in);
    return st;
}

static char *take_piece(struct download *d)
{
    char *piece = NULL;

    pthread_mutex_lock(&d->team.lock);
    if (d->spare_count)
        piece = d->spare[--d->spare_count];
    pthread_mutex_unlock(&d->team.lock);
    return piece ? piece : s3_partfile_piece(d->size);
}

static void give_piece(struct download *d, char *piece)
{
    pthread_mutex_lock(&d->team.lock);
    MEM_GROW(d->spare, d->spare_count, d->spare_cap);
    d->spare[d->spare_count++] = piece;
    pthread_mutex_unlock(&d->team.lock);
}

static void range_task(void *ctx, size_t i, int worker)
{
    struct download *d = ctx;
    struct lk_error err = {0};
    char line[24], *piece;
    enum lk_status st;

    if (d->range[i].done || !s3_team_is_ok(&d->team))
        return;
    piece = take_piece(d);
    st = fetch(d, i, piece, &err);
    give_piece(d, piece);
    if (!st && d->state >= 0) {
        int n = snprintf(line, sizeof line, "%zu\n", i);

        if (write(d->state, line, (size_t)n) != n)
            st = error_errno(&err, "write", d->state_path);
    }
    if (st)
        s3_team_failed(&d->team, st, &err);
}

/* ---- taking a download up again ------------------------------------------------------------- */

static void put_state_head(struct str *out, const struct download *d)
{
    str_printf(out, "labkit-download 1 %lld %lld %s\n", (long long)d->size,
               (long long)d->options.part_size, d->etag);
}

/* The CRC of a range that is there already. */
static bool sum_range(struct download *d, size_t i)
{
    int64_t start = (int64_t)i * d->options.part_size, left = d->size - start;
    struct s3_piece piece = {d->file.fd, start,
                             left < d->options.part_size ? left : d->options.part_size, NULL, 0};
    struct str none = STR_INIT;
    struct checksum sum;
    enum lk_status st;

    checksum_begin(&sum, d->kind == CHECKSUM_SHA256 ? CHECKSUM_NONE : d->kind);
    st = s3_piece_sum(&piece, &sum, NULL, NULL);
    d->range[i].crc = sum.crc;
    checksum_end(&sum, &none);
    str_done(&none);
    if (!st)
        s3_team_moved(&d->team, piece.length);
    return !st;
}

static void read_state(struct download *d, struct slice text)
{
    struct str want = STR_INIT;
    struct slice line;
    int64_t i;

    put_state_head(&want, d);
    if (slice_line(&text, &line) && slice_eq(line, slice_trim(slice_str(&want))))
        while (slice_line(&text, &line))
            if (number_parse_int(line, 0, (int64_t)d->ranges - 1, &i) && !d->range[i].done)
                d->range[i].done = sum_range(d, (size_t)i);
    str_done(&want);
}

/* Open the two files; ranges done earlier are marked. */
static enum lk_status open_part(struct download *d, struct lk_error *err)
{
    struct str text = STR_INIT;
    bool resumes =
        file_stat(d->state_path).kind == FILE_REGULAR && file_stat(d->part_path).size == d->size;
    enum lk_status st;

    st = s3_partfile_open(&d->file, d->part_path, d->size, err);
    if (st && !resumes)
        (void)!file_remove(d->part_path, NULL);
    if (st || d->ranges < 2)
        return st;
    if (resumes && !file_read(&text, d->state_path, 1 << 20, NULL))
        read_state(d, slice_str(&text));
    str_clear(&text);
    put_state_head(&text, d);
    for (size_t i = 0; i < d->ranges; i++)
        if (d->range[i].done)
            str_printf(&text, "%zu\n", i);
    st = file_write(d->state_path, slice_str(&text), err);
    if (!st)
        d->state = open(d->state_path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (!st && d->state < 0)
        st = error_errno(err, "write", d->state_path);
    str_done(&text);
    return st;
}

/* ---- is it right? ------------------------------------------------------------------------- */

static enum lk_status digest_file(struct download *d, enum digest_kind kind, struct str *hex,
                                  struct str *base64, struct lk_error *err)
{
    struct digest_state *state = digest_new(kind);
    char *buf = mem_alloc(BUFFER);
    uint8_t sum[DIGEST_MAX];
    ssize_t got = 0;
    size_t n;

    for (int64_t at = 0; (got = pread(d->file.fd, buf, BUFFER, at)) > 0; at += got)
        digest_add(state, buf, (size_t)got);
    n = digest_end(state, sum);
    str_put_hex(hex, sum, n);
    str_put_base64(base64, sum, n);
    digest_free(state);
    free(buf);
    return got < 0 ? error_errno(err, "read", d->part_path) : LK_OK;
}

static bool etag_is_md5(const char *etag)
{
    size_t n = strlen(etag);

    return n == 34 && etag[0] == '"' && strspn(etag + 1, "0123456789abcdef") == 32;
}

/* The object's checksum from its ranges', or by reading the file; "" where none can be had. */
static enum lk_status found_sum(struct download *d, struct str *out, struct lk_error *err)
{
    struct str hex = STR_INIT, base64 = STR_INIT;
    uint64_t crc = 0;
    enum lk_status st = LK_OK;

    if (d->listed && d->kind == CHECKSUM_CRC32)
        sum_range(d, 0); /* which it would be was not known while the bytes came */
    if (d->kind == CHECKSUM_CRC32 || d->kind == CHECKSUM_CRC64NVME) {
        for (size_t i = 0; i < d->ranges; i++) {
            int64_t left = d->size - (int64_t)i * d->options.part_size;

            crc = checksum_combine(
                d->kind, crc, d->range[i].crc,
                (uint64_t)(left < d->options.part_size ? left : d->options.part_size));
        }
        checksum_put_crc(out, d->kind, crc);
    } else if (d->kind == CHECKSUM_SHA256 || etag_is_md5(d->etag)) {
        st = digest_file(d, d->kind == CHECKSUM_SHA256 ? DIGEST_SHA256 : DIGEST_MD5, &hex, &base64,
                         err);
        str_put(out, slice_str(d->kind == CHECKSUM_SHA256 ? &base64 : &hex));
    }
    str_done(&hex);
    str_done(&base64);
    return st;
}

/* `kept` says what became of the bytes. */
static enum lk_status compare(const struct download *d, struct slice found, const char *kept,
                              struct lk_error *err)
{
    struct slice want = d->sum ? slice_of(d->sum) : (struct slice){d->etag + 1, 32};

    if (!found.len || slice_eq(found, want))
        return LK_OK;
    return error_set(err, LK_EINPUT,
                     "s3://%s/%s came with another checksum than S3 has for it (%.*s, not %.*s): "
                     "%s; try again",
                     d->bucket, d->key, (int)found.len, found.ptr, (int)want.len, want.ptr, kept);
}

static enum lk_status verify(struct download *d, struct lk_error *err)
{
    struct str found = STR_INIT;
    enum lk_status st = found_sum(d, &found, err);

    if (!st && (st = compare(d, slice_str(&found), "nothing was kept", err))) {
        (void)!file_remove(d->part_path, NULL);
        (void)!file_remove(d->state_path, NULL);
    }
    str_done(&found);
    return st;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static enum lk_status fetch_all(struct download *d, struct lk_error *err)
{
    struct pool *pool;
    enum lk_status st = open_part(d, err);

    if (st)
        return st;
    if (d->size) {
        pool = pool_new(d->ranges > 1 ? d->options.threads : 1);
        pool_run(pool, d->ranges, range_task, d);
        pool_free(pool);
    }
    if (d->team.st) {
        *err = d->team.err;
        if (d->ranges < 2)
            (void)!file_remove(d->part_path, NULL);
        return d->team.st;
    }
    st = d->size ? verify(d, err) : LK_OK;
    if (!st && rename(d->part_path, d->target))
        st = error_errno(err, "rename to", d->path);
    if (!st && d->ranges > 1)
        st = file_remove(d->state_path, err);
    return st;
}

/* Range after range through memory, so that a broken one can be had again before it is written. */
static enum lk_status write_ranges(struct download *d, FILE *out, struct checksum *sum,
                                   struct digest_state *md5, struct lk_error *err)
{
    struct str bytes = STR_INIT;
    enum lk_status st = LK_OK;

    for (int64_t at = 0; at < d->size && !st; at += S3_PART) {
        int64_t n = d->size - at < S3_PART ? d->size - at : S3_PART;

        str_clear(&bytes);
        st = s3_read_range(&bytes, d->client, d->bucket, d->key, d->etag, at, n, err);
        if (!st && fwrite(bytes.ptr, 1, bytes.len, out) != bytes.len)
            st = error_errno(err, "write to", d->path);
        checksum_add(sum, bytes.ptr, bytes.len);
        if (md5)
            digest_add(md5, bytes.ptr, bytes.len);
    }
    str_done(&bytes);
    return st;
}

/* To what cannot be replaced by a file: stdout, a pipe, a device. */
static enum lk_status to_stream(struct download *d, struct lk_error *err)
{
    struct digest_state *md5 = !d->kind && etag_is_md5(d->etag) ? digest_new(DIGEST_MD5) : NULL;
    struct str found = STR_INIT;
    uint8_t digest[DIGEST_MAX];
    struct checksum sum;
    struct file_out out;
    enum lk_status st = file_out_open(&out, d->path, err);

    checksum_begin(&sum, d->kind);
    if (!st && !(st = write_ranges(d, out.stream, &sum, md5, err)))
        st = file_out_commit(&out, err);
    file_out_abandon(&out);
    checksum_end(&sum, &found);
    if (md5)
        str_put_hex(&found, digest, digest_end(md5, digest));
    if (!st)
        st = compare(d, slice_str(&found), "what was written is not to be used", err);
    digest_free(md5);
    str_done(&found);
    return st;
}

static enum lk_status make_folder(const char *path, struct lk_error *err)
{
    char *folder = path_folder(path);
    enum lk_status st = file_mkdirs(folder, err);

    free(folder);
    return st;
}

static char *beside(const char *path, const char *ending)
{
    struct str s = STR_INIT;

    str_printf(&s, "%s%s", path, ending);
    return str_take(&s, NULL);
}

/* d has client, bucket, key, path, options, and what a list told. */
static enum lk_status download(struct download *d, struct lk_error *err)
{
    struct lk_error mine = {0};
    enum lk_status st = LK_OK;

    s3_team_init(&d->team, &d->options);
    if (!d->listed)
        st = head(d, &mine);
    d->ranges = (size_t)((d->size + d->options.part_size - 1) / d->options.part_size);
    d->range = mem_calloc(d->ranges + 1, sizeof *d->range);
    d->target = file_target(d->path);
    d->part_path = beside(d->target, ".labkit-part");
    d->state_path = beside(d->target, ".labkit-state");
    if (!st && file_is_stream(d->path))
        st = to_stream(d, &mine);
    else if (!st && !(st = make_folder(d->path, &mine)))
        st = fetch_all(d, &mine);
    s3_partfile_close(&d->file);
    if (d->state >= 0)
        close(d->state);
    s3_team_done(&d->team);
    while (d->spare_count)
        free(d->spare[--d->spare_count]);
    free(d->spare);
    free(d->range);
    free(d->target);
    free(d->part_path);
    free(d->state_path);
    free(d->etag);
    free(d->sum);
    if (st && err)
        *err = mine;
    return st;
}

enum lk_status s3_download(struct aws *c, const char *bucket, const char *key, const char *path,
                           const struct s3_options *o, struct lk_error *err)
{
    struct download d = {.client = c,
                         .bucket = bucket,
                         .key = key,
                         .path = path,
                         .options = s3_defaults(o),
                         .file = {.fd = -1, .direct = -1},
                         .state = -1};

    return download(&d, err);
}

enum lk_status s3_download_listed(struct aws *c, const char *bucket, const char *key,
                                  const char *path, int64_t size, const char *etag,
                                  const struct s3_options *o, struct lk_error *err)
{
    struct download d = {.client = c,
                         .bucket = bucket,
                         .key = key,
                         .path = path,
                         .options = s3_defaults(o),
                         .file = {.fd = -1, .direct = -1},
                         .state = -1,
                         .size = size};
    struct str quoted = STR_INIT;

    if (size > d.options.part_size) /* several ranges: ask for the whole's checksum first */
        return download(&d, err);
    if (*etag)
        str_printf(&quoted, "\"%s\"", etag);
    d.listed = true;
    d.etag = str_take(&quoted, NULL);
    return download(&d, err);
}
