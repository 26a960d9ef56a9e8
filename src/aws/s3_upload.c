/*
 * Uploads. A file of one part goes in one request; a longer one as a
 * multipart upload whose parts several threads send, each read twice: once
 * for its checksum (and, without TLS, the digest that is signed), once to be
 * sent. So no part is ever held in memory.
 *
 * The upload's id is noted in a file before the first part is sent, and that
 * one was asked for before it is. A later
 * upload of the same file (size, time) to the same key finds the note, asks
 * which parts arrived, checks their checksums against the file, and sends the
 * rest. When the file changed, the old upload is aborted first.
 *
 * CRCs are of the whole object (the parts' combined); SHA-256 is of the parts'
 * digests, since it cannot be combined.
 */
#include "aws/s3_internal.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARTS_MAX = 10000 };

struct part {
    char *etag, *sum; /* sum in base64 */
    uint64_t crc;
    bool done;
};

struct upload {
    struct aws *client;
    const char *bucket, *key, *type;
    struct s3_options options;
    struct s3_team team;
    int fd;
    const char *path; /* of a file that others may write to; NULL: it is ours alone */
    int64_t size, mtime_ns, part_size;
    size_t parts;
    struct part *part;
    char *id;
    char *note;       /* the path of the file that remembers the id */
    int64_t asked_ms; /* when an id was asked for */
    bool plain;       /* no TLS: sign what is sent */
};

/* ---- the note ------------------------------------------------------------------------ */

static char *note_path(const struct upload *u, const char *path)
{
    struct str text = STR_INIT, name = STR_INIT;
    char *home = path_data_home(), *folder = path_join(home, "uploads"),
         *full = realpath(path, NULL);
    uint8_t sum[DIGEST_MAX];
    char *out;

    str_printf(&text, "%s\n%s\n%s\n%s", aws_target(u->client), u->bucket, u->key,
               full ? full : path);
    str_put_hex(&name, sum, digest(sum, DIGEST_SHA1, slice_str(&text)));
    str_puts(&name, ".json");
    out = path_join(folder, name.ptr);
    free(home);
    free(folder);
    free(full);
    str_done(&text);
    str_done(&name);
    return out;
}

static enum lk_status write_note(const struct upload *u, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json_out w;
    char *folder = path_folder(u->note);
    enum lk_status st = file_mkdirs(folder, err);

    s3_begin(&w, &text, u->bucket, u->key);
    json_put_z(&w, "UploadId", u->id ? u->id : "");
    json_put_int(&w, "Asked", u->asked_ms);
    json_put_z(&w, "Checksum", checksum_name(u->options.checksum));
    json_put_int(&w, "Size", u->size);
    json_put_int(&w, "Modified", u->mtime_ns / 1000);
    json_put_int(&w, "PartSize", u->part_size);
    json_close(&w);
    if (!st)
        st = file_write(u->note, slice_str(&text), err);
    free(folder);
    str_done(&text);
    return st;
}

static bool note_fits(const struct upload *u, const struct json *j)
{
    return json_number(json_get(j, "Size"), -1) == (double)u->size &&
           json_number(json_get(j, "Modified"), -1) == (double)(u->mtime_ns / 1000) &&
           json_number(json_get(j, "PartSize"), -1) == (double)u->part_size &&
           !strcmp(json_string(json_get(j, "Checksum"), ""), checksum_name(u->options.checksum));
}

static void begin_with_id(struct json_out *w, struct str *text, const struct upload *u,
                          const char *id)
{
    s3_begin(w, text, u->bucket, u->key);
    json_put_z(w, "UploadId", id);
}

static void abort_upload(struct upload *u, const char *id)
{
    struct str in = STR_INIT;
    struct json_out w;

    begin_with_id(&w, &in, u, id);
    json_close(&w);
    (void)!aws_call(u->client, "s3", "AbortMultipartUpload", slice_str(&in), NULL, NULL);
    str_done(&in);
}

/* ---- one part -------------------------------------------------------------------------- */

static struct s3_piece piece_of(struct upload *u, size_t i)
{
    int64_t start = (int64_t)i * u->part_size, left = u->size - start;

    return (struct s3_piece){u->fd, start, left < u->part_size ? left : u->part_size, &u->team, 0};
}

static void take_etag(struct part *p, const char *etag)
{
    free(p->etag);
    p->etag = mem_strdup(etag);
}

/* Checksum of part i; sha256 (of SIGV4_HEX characters) only where it is signed. */
static enum lk_status sum_part(struct upload *u, size_t i, char *sha256, struct lk_error *err)
{
    struct s3_piece piece = piece_of(u, i);
    struct str base64 = STR_INIT;
    struct checksum sum;
    enum lk_status st;

    checksum_begin(&sum, u->options.checksum);
    st = s3_piece_sum(&piece, &sum, sha256, err);
    u->part[i].crc = sum.crc;
    checksum_end(&sum, &base64);
    free(u->part[i].sum);
    u->part[i].sum = str_take(&base64, NULL);
    return st;
}

static enum lk_status send_part(struct upload *u, size_t i, struct lk_error *err)
{
    struct s3_piece piece = piece_of(u, i);
    struct aws_io io = {.read = s3_piece_read, .read_ctx = &piece, .length = piece.length};
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    char sha256[SIGV4_HEX];
    enum lk_status st = sum_part(u, i, u->plain ? sha256 : NULL, err);

    if (st)
        return st;
    io.sha256 = u->plain ? sha256 : NULL;
    begin_with_id(&w, &in, u, u->id);
    json_put_int(&w, "PartNumber", (int64_t)i + 1);
    json_put_z(&w, checksum_member(u->options.checksum), u->part[i].sum);
    json_close(&w);
    st = aws_call_io(u->client, "s3", "UploadPart", slice_str(&in), &io, &answer, err);
    if (!st) {
        take_etag(&u->part[i], json_string(json_get(answer, "ETag"), ""));
        u->part[i].done = true;
    }
    json_free(answer);
    str_done(&in);
    return st;
}

static void part_task(void *ctx, size_t i, int worker)
{
    struct upload *u = ctx;
    struct lk_error err = {0};
    enum lk_status st;

    if (u->part[i].done || !s3_team_is_ok(&u->team))
        return;
    st = send_part(u, i, &err);
    if (st)
        s3_team_failed(&u->team, st, &err);
}

/* ---- taking an upload up again ------------------------------------------------------------ */

/* A part that arrived: is it what the file holds? */
static bool take_arrived(void *ctx, const struct json *item)
{
    struct upload *u = ctx;
    int64_t n = (int64_t)json_number(json_get(item, "PartNumber"), 0);
    const char *sum = json_string(json_get(item, checksum_member(u->options.checksum)), "");
    const char *etag = json_string(json_get(item, "ETag"), "");
    struct s3_piece piece;
    struct part *p;

    if (n < 1 || (size_t)n > u->parts)
        return true;
    piece = piece_of(u, (size_t)n - 1);
    p = &u->part[n - 1];
    if (*sum && json_number(json_get(item, "Size"), 0) == (double)piece.length &&
        !sum_part(u, (size_t)n - 1, NULL, NULL) && !strcmp(sum, p->sum)) {
        take_etag(p, etag);
        p->done = true;
        s3_team_moved(&u->team, piece.length);
    }
    return true;
}

static enum lk_status list_arrived(struct upload *u, struct lk_error *err)
{
    struct str in = STR_INIT;
    enum lk_status st = LK_OK;
    int64_t marker = 0;
    bool more = true;

    while (!st && more) {
        struct json *answer = NULL;
        struct json_out w;

        str_clear(&in);
        begin_with_id(&w, &in, u, u->id);
        if (marker)
            json_put_int(&w, "PartNumberMarker", marker);
        json_close(&w);
        st = aws_call(u->client, "s3", "ListParts", slice_str(&in), &answer, err);
        for (const struct json *i = json_first(json_get(answer, "Parts")); i; i = json_next(i)) {
            take_arrived(u, i);
            marker = (int64_t)json_number(json_get(i, "PartNumber"), 0);
        }
        more = json_bool(json_get(answer, "IsTruncated"), false) && marker;
        json_free(answer);
    }
    str_done(&in);
    return st;
}

/* An upload that is noted and still there is continued; u->id is then set. */
static void resume(struct upload *u)
{
    struct json *j = NULL;
    const char *id;

    if (file_stat(u->note).kind != FILE_REGULAR || json_read(&j, u->note, 1 << 16, NULL))
        return;
    id = json_string(json_get(j, "UploadId"), "");
    if (*id && note_fits(u, j)) {
        u->id = mem_strdup(id);
        if (list_arrived(u, NULL)) { /* it is gone */
            free(u->id);
            u->id = NULL;
        }
    } else if (*id) {
        abort_upload(u, id);
    } else {
        s3_abort_orphans(u->client, u->bucket, u->key, NULL,
                         (int64_t)json_number(json_get(j, "Asked"), 0));
    }
    json_free(j);
}

/* ---- the whole --------------------------------------------------------------------------- */

static bool is_crc(const struct upload *u)
{
    return u->options.checksum != CHECKSUM_SHA256;
}

static enum lk_status create(struct upload *u, struct lk_error *err)
{
    struct aws_io io = {0};
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    u->asked_ms = clock_unix_ms();
    st = write_note(u, err);
    if (st)
        return st;
    s3_begin(&w, &in, u->bucket, u->key);
    json_put_z(&w, "ContentType", u->type);
    json_put_z(&w, "ChecksumAlgorithm", checksum_name(u->options.checksum));
    json_put_z(&w, "ChecksumType", is_crc(u) ? "FULL_OBJECT" : "COMPOSITE");
    json_close(&w);
    st = aws_call_io(u->client, "s3", "CreateMultipartUpload", slice_str(&in), &io, &answer, err);
    if (!st)
        u->id = mem_strdup(json_string(json_get(answer, "UploadId"), ""));
    if (!st && !*u->id)
        st = error_set(err, LK_EINPUT, "S3 gave no UploadId");
    if (!st)
        st = write_note(u, err);
    if (!st && io.attempts > 1) /* an answer was lost, and with it perhaps an upload */
        s3_abort_orphans(u->client, u->bucket, u->key, u->id, u->asked_ms);
    json_free(answer);
    str_done(&in);
    return st;
}

static enum lk_status complete(struct upload *u, struct lk_error *err)
{
    struct str in = STR_INIT, whole = STR_INIT;
    struct json_out w;
    uint64_t crc = 0;
    enum lk_status st;

    begin_with_id(&w, &in, u, u->id);
    json_open(&w, "MultipartUpload", '{');
    json_open(&w, "Parts", '[');
    for (size_t i = 0; i < u->parts; i++) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "ETag", u->part[i].etag);
        json_put_z(&w, checksum_member(u->options.checksum), u->part[i].sum);
        json_put_int(&w, "PartNumber", (int64_t)i + 1);
        json_close(&w);
        if (is_crc(u))
            crc = checksum_combine(u->options.checksum, crc, u->part[i].crc,
                                   (uint64_t)piece_of(u, i).length);
    }
    json_close(&w);
    json_close(&w);
    if (is_crc(u)) {
        checksum_put_crc(&whole, u->options.checksum, crc);
        json_put_string(&w, checksum_member(u->options.checksum), slice_str(&whole));
        json_put_z(&w, "ChecksumType", "FULL_OBJECT");
    }
    json_close(&w);
    st = aws_call(u->client, "s3", "CompleteMultipartUpload", slice_str(&in), NULL, err);
    /* Completed, but the answer was lost, and the same again finds no upload. */
    if (st == LK_ESERVICE && is_crc(u) && !strcmp(err->code, "NoSuchUpload") &&
        s3_is_there(u->client, u->bucket, u->key, u->size, checksum_member(u->options.checksum),
                    whole.ptr)) {
        error_clear(err);
        st = LK_OK;
    }
    str_done(&in);
    str_done(&whole);
    return st;
}

/* Each part is what the file was when it was read; together they must be one file. */
static enum lk_status check_unchanged(struct upload *u, struct lk_error *err)
{
    struct file_info now;

    if (!u->path)
        return LK_OK;
    now = file_stat(u->path);
    if (now.size == u->size && now.mtime_ns == u->mtime_ns)
        return LK_OK;
    abort_upload(u, u->id);
    (void)!file_remove(u->note, NULL);
    return error_set(err, LK_EINPUT,
                     "%s changed while it was uploaded: nothing was kept in S3; try again",
                     u->path);
}

static enum lk_status upload_parts(struct upload *u, struct lk_error *err)
{
    struct pool *pool;
    enum lk_status st = LK_OK;

    u->part = mem_calloc(u->parts, sizeof *u->part);
    resume(u);
    if (!u->id)
        st = create(u, err);
    if (st)
        return st;
    pool = pool_new(u->options.threads);
    pool_run(pool, u->parts, part_task, u);
    pool_free(pool);
    if (u->team.st) {
        *err = u->team.err;
        /* What was sent is of no use to anybody when the service refuses the rest. */
        if (u->team.st == LK_ESERVICE && !strstr(err->code, "Expired"))
            abort_upload(u, u->id);
        return u->team.st;
    }
    st = check_unchanged(u, err);
    if (!st)
        st = complete(u, err);
    if (!st)
        (void)!file_remove(u->note, NULL);
    return st;
}

static enum lk_status upload_whole(struct upload *u, struct lk_error *err)
{
    struct s3_piece piece = {u->fd, 0, u->size, &u->team, 0};
    struct aws_io io = {.read = s3_piece_read, .read_ctx = &piece, .length = u->size};
    struct str in = STR_INIT, base64 = STR_INIT;
    struct checksum sum;
    struct json_out w;
    char sha256[SIGV4_HEX];
    enum lk_status st;

    checksum_begin(&sum, u->options.checksum);
    st = s3_piece_sum(&piece, &sum, u->plain ? sha256 : NULL, err);
    checksum_end(&sum, &base64);
    io.sha256 = u->plain ? sha256 : NULL;
    s3_begin(&w, &in, u->bucket, u->key);
    json_put_z(&w, "ContentType", u->type);
    json_put_string(&w, checksum_member(u->options.checksum), slice_str(&base64));
    json_close(&w);
    if (!st)
        st = aws_call_io(u->client, "s3", "PutObject", slice_str(&in), &io, NULL, err);
    str_done(&in);
    str_done(&base64);
    return st;
}

/* A stream has no size, and cannot be read twice: through a file without a name. */
static enum lk_status spool(int *fd, int from, const char *what, struct lk_error *err)
{
    char *buf = mem_alloc(1 << 18);
    ssize_t got = 0;

    *fd = open(path_temp_home(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    while (*fd >= 0 && (got = read(from, buf, 1 << 18)) > 0)
        for (ssize_t done = 0, n; done < got && got > 0; done += n)
            if ((n = write(*fd, buf + done, (size_t)(got - done))) < 0) {
                got = -1;
                break;
            }
    free(buf);
    if (*fd >= 0 && got >= 0)
        return LK_OK;
    error_errno(err, "keep in a temporary file", what);
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return LK_EIO;
}

/* From stdin, a pipe ("<(..)") or a device. */
static enum lk_status open_stream(struct upload *u, const char *path, struct lk_error *err)
{
    int from = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : 0;
    enum lk_status st;

    if (from < 0)
        return error_errno(err, "open", path);
    st = spool(&u->fd, from, path, err);
    if (from)
        close(from);
    u->size = st ? 0 : lseek(u->fd, 0, SEEK_END);
    return st;
}

static enum lk_status open_file(struct upload *u, const char *path, struct lk_error *err)
{
    struct file_info info = file_stat(path);

    if (!strcmp(path, "-") || info.kind == FILE_OTHER)
        return open_stream(u, path, err);
    if (info.kind == FILE_FOLDER)
        return error_set(err, LK_EUSE, "%s is a folder: use 's3 sync'", path);
    u->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (u->fd < 0)
        return error_errno(err, "open", path);
    u->path = path;
    u->size = info.size;
    u->mtime_ns = info.mtime_ns;
    return LK_OK;
}

static void upload_done(struct upload *u)
{
    for (size_t i = 0; u->part && i < u->parts; i++) {
        free(u->part[i].etag);
        free(u->part[i].sum);
    }
    free(u->part);
    free(u->id);
    free(u->note);
    s3_team_done(&u->team);
    if (u->fd >= 0)
        close(u->fd);
}

enum lk_status s3_upload(struct aws *c, const char *path, const char *bucket, const char *key,
                         const struct s3_options *o, struct lk_error *err)
{
    struct upload u = {.client = c,
                       .bucket = bucket,
                       .key = key,
                       .options = s3_defaults(o),
                       .fd = -1,
                       .plain = s3_is_plain(c)};
    struct lk_error mine = {0};
    enum lk_status st;

    s3_team_init(&u.team, &u.options);
    u.type = u.options.content_type ? u.options.content_type : s3_content_type(key);
    st = open_file(&u, path, &mine);
    u.part_size = u.options.part_size;
    while (u.size / u.part_size >= PARTS_MAX)
        u.part_size += 1 << 20;
    u.parts = (size_t)((u.size + u.part_size - 1) / u.part_size);
    if (!st && u.parts > 1) {
        u.note = note_path(&u, path);
        st = upload_parts(&u, &mine);
    } else if (!st) {
        st = upload_whole(&u, &mine);
    }
    upload_done(&u);
    if (st && err)
        *err = mine;
    return st;
}

enum lk_status s3_write(struct aws *c, const char *bucket, const char *key, struct slice bytes,
                        const char *content_type, struct lk_error *err)
{
    struct aws_io io = {.body = bytes};
    struct str in = STR_INIT, base64 = STR_INIT;
    struct checksum sum;
    struct json_out w;
    enum lk_status st;

    checksum_begin(&sum, CHECKSUM_CRC64NVME);
    checksum_add(&sum, bytes.ptr, bytes.len);
    checksum_end(&sum, &base64);
    s3_begin(&w, &in, bucket, key);
    json_put_z(&w, "ContentType", content_type ? content_type : s3_content_type(key));
    json_put_string(&w, "ChecksumCRC64NVME", slice_str(&base64));
    json_close(&w);
    st = aws_call_io(c, "s3", "PutObject", slice_str(&in), &io, NULL, err);
    str_done(&in);
    str_done(&base64);
    return st;
}
