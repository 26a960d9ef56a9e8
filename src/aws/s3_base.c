/* S3's small pieces: URLs, names, types, teams of threads, parts of files as bodies. */
#include "aws/s3_internal.h"

#include "aws/client.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

/* ---- names ------------------------------------------------------------------------ */

bool s3_is_url(const char *text)
{
    return slice_starts(slice_of(text), "s3://");
}

enum lk_status s3_check_bucket_name(const char *name, struct lk_error *err)
{
    size_t n = strlen(name);
    const char *why = NULL;

    for (size_t i = 0; i < n && !why; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') ||
              name[i] == '-' || name[i] == '.'))
            why = "it may hold lower-case letters, digits, hyphens and dots";
    if (n < 3 || n > 63)
        why = "it must have 3 to 63 characters";
    else if (!why && (strchr("-.", name[0]) || strchr("-.", name[n - 1]) || strstr(name, "..")))
        why = "it must start and end with a letter or digit, without two dots in a row";
    return why ? error_set(err, LK_EUSE, "'%.80s' is no bucket name: %s", name, why) : LK_OK;
}

enum lk_status s3_url_parse(struct s3_url *out, const char *text, struct lk_error *err)
{
    struct slice rest = slice_of(text);
    size_t slash;
    enum lk_status st;

    if (!s3_is_url(text))
        return error_set(err, LK_EUSE, "expected s3://BUCKET/KEY, found '%.200s'", text);
    rest = slice_from(rest, 5);
    slash = slice_find(rest, '/');
    out->bucket = mem_strndup(rest.ptr, slash);
    out->key =
        slash < rest.len ? mem_strndup(rest.ptr + slash + 1, rest.len - slash - 1) : mem_strdup("");
    st = s3_check_bucket_name(out->bucket, err);
    if (st)
        s3_url_done(out);
    return st;
}

void s3_url_done(struct s3_url *u)
{
    free(u->bucket);
    free(u->key);
    *u = (struct s3_url){0};
}

const char *s3_content_type(const char *name)
{
    static const char *const types[][2] = {
        {".csv", "text/csv"},
        {".json", "application/json"},
        {".jsonl", "application/jsonlines"},
        {".libsvm", "text/libsvm"},
        {".svm", "text/libsvm"},
        {".txt", "text/plain"},
        {".html", "text/html"},
        {".md", "text/markdown"},
        {".gz", "application/gzip"},
        {".tgz", "application/gzip"},
        {".parquet", "application/x-parquet"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".pdf", "application/pdf"},
    };
    const char *ending = path_extension(name);

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strcasecmp(ending, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

struct s3_options s3_defaults(const struct s3_options *o)
{
    struct s3_options all = o ? *o : (struct s3_options){0};

    if (all.threads <= 0)
        all.threads = S3_THREADS;
    if (all.part_size <= 0)
        all.part_size = S3_PART;
    if (all.checksum == CHECKSUM_NONE)
        all.checksum = CHECKSUM_CRC64NVME;
    return all;
}

void s3_begin(struct json_out *w, struct str *text, const char *bucket, const char *key)
{
    json_begin(w, text, false);
    json_open(w, NULL, '{');
    json_put_z(w, "Bucket", bucket);
    if (key)
        json_put_z(w, "Key", key);
}

/* Between two programs of one machine there is nobody whom a signature could keep out. */
static bool is_loopback(struct slice host)
{
    return slice_starts(host, "127.") || slice_starts(host, "localhost") ||
           slice_starts(host, "[::1]");
}

bool s3_is_plain(struct aws *c)
{
    const struct aws_service *s = NULL;
    struct endpoint e = {.url = STR_INIT, .host = STR_INIT};
    bool plain = !aws_find_service(&s, "s3", NULL) && !endpoint_find(&e, c, s, NULL, NULL) &&
                 slice_starts(slice_str(&e.url), "http:") && !is_loopback(slice_str(&e.host));

    endpoint_done(&e);
    return plain;
}

/* ---- teams ------------------------------------------------------------------------- */

void s3_team_init(struct s3_team *t, const struct s3_options *o)
{
    *t = (struct s3_team){.progress = o->progress, .ctx = o->ctx};
    pthread_mutex_init(&t->lock, NULL);
}

void s3_team_done(struct s3_team *t)
{
    pthread_mutex_destroy(&t->lock);
}

void s3_team_moved(struct s3_team *t, int64_t bytes)
{
    if (!t || !t->progress || !bytes)
        return;
    pthread_mutex_lock(&t->lock);
    t->progress(t->ctx, bytes);
    pthread_mutex_unlock(&t->lock);
}

void s3_team_failed(struct s3_team *t, enum lk_status st, const struct lk_error *err)
{
    pthread_mutex_lock(&t->lock);
    if (!t->st) {
        t->st = st;
        t->err = *err;
    }
    pthread_mutex_unlock(&t->lock);
}

bool s3_team_is_ok(struct s3_team *t)
{
    bool ok;

    pthread_mutex_lock(&t->lock);
    ok = !t->st;
    pthread_mutex_unlock(&t->lock);
    return ok;
}

/* ---- parts of files ------------------------------------------------------------------ */

enum lk_status s3_piece_read(void *ctx, int64_t offset, void *buf, size_t n, size_t *got,
                             struct lk_error *err)
{
    struct s3_piece *p = ctx;
    ssize_t r = pread(p->fd, buf, n, p->start + offset);

    if (r < 0)
        return error_errno(err, "read", "the file to send");
    *got = (size_t)r;
    if (offset + r > p->told) { /* a repeated attempt counts once */
        s3_team_moved(p->team, offset + r - p->told);
        p->told = offset + r;
    }
    return LK_OK;
}

enum lk_status s3_piece_sum(const struct s3_piece *p, struct checksum *sum, char *sha256_hex,
                            struct lk_error *err)
{
    struct digest_state *digest = sha256_hex ? digest_new(DIGEST_SHA256) : NULL;
    struct str hex = STR_INIT;
    char *buf = mem_alloc(PIECE);
    uint8_t bytes[DIGEST_MAX];
    enum lk_status st = LK_OK;

    for (int64_t at = 0; at < p->length && !st;) {
        int64_t n = p->length - at < PIECE ? p->length - at : PIECE;
        ssize_t got = pread(p->fd, buf, (size_t)n, p->start + at);

        if (got <= 0)
            st = got ? error_errno(err, "read", "the file to send")
                     : error_set(err, LK_EIO, "the file to send got shorter meanwhile");
        else if (sum)
            checksum_add(sum, buf, (size_t)got);
        if (got > 0 && digest)
            digest_add(digest, buf, (size_t)got);
        at += got;
    }
    if (digest && !st) {
        str_put_hex(&hex, bytes, digest_end(digest, bytes));
        memcpy(sha256_hex, hex.ptr, SIGV4_HEX);
    }
    digest_free(digest);
    str_done(&hex);
    free(buf);
    return st;
}
