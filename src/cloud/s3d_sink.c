/*
 * A body as clients send it, to content as it is kept.
 *
 * aws-chunked is a small state machine over
 *     HEX[;chunk-signature=HEX] CRLF  data CRLF  ...  0[;..] CRLF  trailers CRLF
 * Signed chunks are gathered whole (they are capped) because their signature
 * covers them; others go straight through. Content spills from memory to a
 * file of incoming/ when it grows, so a body of any size takes little memory.
 */
#include "cloud/s3d.h"

#include "base/crc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, TRAILERS_MAX = 16 << 10 };

static const char *const checksum_names[] = {"", "crc32", "crc32c", "crc64nvme", "sha1", "sha256"};
enum { CHECKSUMS = sizeof checksum_names / sizeof checksum_names[0] };

const char *s3d_checksum_name(enum s3d_checksum k)
{
    return checksum_names[k];
}

enum s3d_checksum s3d_checksum_named(struct slice name)
{
    for (size_t i = 1; i < CHECKSUMS; i++)
        if (strlen(checksum_names[i]) == name.len &&
            !strncasecmp(checksum_names[i], name.ptr, name.len))
            return (enum s3d_checksum)i;
    return S3_NO_CHECKSUM;
}

/* ---- beginning --------------------------------------------------------------- */

/* "x-amz-checksum-crc32" -> its kind. */
static enum s3d_checksum checksum_header(struct slice name)
{
    static const char prefix[] = "x-amz-checksum-";
    size_t n = sizeof prefix - 1;

    return name.len > n && !strncasecmp(name.ptr, prefix, n)
               ? s3d_checksum_named(slice_from(name, n))
               : S3_NO_CHECKSUM;
}

static void set_wanted(struct s3d_sink *s, struct slice value)
{
    if (value.len < sizeof s->wanted) {
        memcpy(s->wanted, value.ptr, value.len);
        s->wanted[value.len] = '\0';
    }
}

/*
 * A header with the value, a trailer that will have it, or the bare algorithm.
 * Completing an upload names the whole object's checksum, not its own body's.
 */
static void choose_checksum(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    const struct call_internal *in = c->internal;
    enum s3d_checksum k;

    if (c->internal->s3->operation->run == s3d_complete_upload)
        return;
    for (size_t i = 0; i < in->header_count; i++)
        if ((k = checksum_header(in->headers[i].name))) {
            s->checksum = k;
            set_wanted(s, in->headers[i].value);
        }
    if (!s->checksum)
        s->checksum = checksum_header(slice_trim(call_header(c, "x-amz-trailer")));
    if (!s->checksum)
        s->checksum = s3d_checksum_named(call_header(c, "x-amz-sdk-checksum-algorithm"));
    if (s->checksum == S3_SHA1 || s->checksum == S3_SHA256)
        s->check = digest_new(s->checksum == S3_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256);
}

static void prepare_signed_chunks(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    const struct sigv4_claim *claim = &c->internal->claim;
    struct slice time = claim->time.len ? claim->time : call_header(c, "x-amz-date");
    struct stmt *q;
    const char *secret = "";

    s->signed_chunks = true;
    s->scope = (struct sigv4_scope){c->who.access_key, c->region, "s3", ""};
    snprintf(s->scope.time, sizeof s->scope.time, "%.*s", (int)time.len, time.ptr);
    snprintf(s->previous, sizeof s->previous, "%.*s", (int)claim->signature.len,
             claim->signature.ptr);
    cloud_lock(c->cloud);
    q = sql(c->cloud, "select secret from access_keys where id = ?1 union all"
                      " select secret from sessions where id = ?1");
    stmt_text(q, 1, c->who.access_key);
    if (sql_row(c->cloud, q))
        secret = sql_text(&c->memory, q, 0);
    stmt_reset(q);
    cloud_unlock(c->cloud);
    sigv4_key(s->key, secret, &s->scope);
}

void s3d_sink_begin(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    struct slice payload = c->internal->payload;

    str_init(&s->memory);
    str_init(&s->line);
    str_init(&s->chunk);
    str_init(&s->trailers);
    s->fd = -1;
    s->md5 = digest_new(DIGEST_MD5);
    if (payload.len == 64)
        s->sha256 = digest_new(DIGEST_SHA256);
    choose_checksum(c);
    s->chunked = slice_starts(payload, "STREAMING-");
    if (slice_starts(payload, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))
        prepare_signed_chunks(c);
}

/* ---- content ------------------------------------------------------------------- */

static bool spill(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    char *folder = path_join(c->cloud->folder, "incoming");

    s->path = path_join(folder, c->request_id);
    free(folder);
    s->fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return s->fd >= 0;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void digest_content(struct s3d_sink *s, struct slice part)
{
    digest_add(s->md5, part.ptr, part.len);
    if (s->sha256)
        digest_add(s->sha256, part.ptr, part.len);
    if (s->check)
        digest_add(s->check, part.ptr, part.len);
    if (s->checksum == S3_CRC32)
        s->crc32 = crc32_add(s->crc32, part.ptr, part.len);
    else if (s->checksum == S3_CRC32C)
        s->crc32 = crc32c_add(s->crc32, part.ptr, part.len);
    else if (s->checksum == S3_CRC64NVME)
        s->crc64 = crc64nvme_add(s->crc64, part.ptr, part.len);
}

static bool add_content(struct call *c, struct slice part)
{
    struct s3d_call *s3 = c->internal->s3;
    struct s3d_sink *s = &s3->sink;
    bool content = s3->operation->takes == S3_CONTENT;
    bool good = true;

    s->size += (int64_t)part.len;
    if (s->size > (content ? S3_OBJECT_BYTES_MAX : (int64_t)S3_DOCUMENT_MAX)) {
        call_fail(c, 400, content ? "EntityTooLarge" : "MaxMessageLengthExceeded",
                  "Your proposed upload exceeds the maximum allowed size");
        return false;
    }
    digest_content(s, part);
    if (s->fd < 0 && (!content || s->size <= S3_INLINE_MAX)) {
        str_put(&s->memory, part);
        return true;
    }
    if (s->fd < 0) {
        good = spill(c) && write_all(s->fd, s->memory.ptr, s->memory.len);
        str_clear(&s->memory);
    }
    if (good && write_all(s->fd, part.ptr, part.len))
        return true;
    call_fail(c, 500, "InternalError", "The practice cloud could not store it: is the disk full?");
    return false;
}

/* ---- chunks ----------------------------------------------------------------------- */

static bool bad_chunk(struct call *c)
{
    call_fail(c, 400, "InvalidRequest", "The body is not well-formed aws-chunked.");
    return false;
}

static bool check_chunk(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    char right[SIGV4_HEX];

    if (!s->signed_chunks)
        return true;
    sigv4_chunk(right, s->key, &s->scope, s->previous, slice_str(&s->chunk));
    memcpy(s->previous, right, sizeof right);
    if (!strcmp(right, s->claimed))
        return s->chunk.len ? add_content(c, slice_str(&s->chunk)) : true;
    call_fail(c, 403, "SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. "
              "Check your key and signing method.");
    return false;
}

/* "HEX" or "HEX;chunk-signature=HEX" */
static bool take_chunk_head(struct call *c)
{
    static const char mark[] = "chunk-signature=";
    struct s3d_sink *s = &c->internal->s3->sink;
    struct slice line = slice_str(&s->line), size = slice_first(line, slice_find(line, ';'));
    struct slice rest = slice_trim(slice_from(line, size.len + (size.len < line.len)));

    s->left = 0;
    size = slice_trim(size);
    if (!size.len || size.len > 8)
        return bad_chunk(c);
    for (size_t i = 0; i < size.len; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *at = memchr(digits, size.ptr[i], 32);

        if (!at)
            return bad_chunk(c);
        s->left = s->left * 16 + (at - digits) % 16;
    }
    s->claimed[0] = '\0';
    if (slice_starts(rest, mark) && rest.len - strlen(mark) < sizeof s->claimed)
        snprintf(s->claimed, sizeof s->claimed, "%.*s", (int)(rest.len - strlen(mark)),
                 rest.ptr + strlen(mark));
    if (s->signed_chunks && s->left > S3_CHUNK_MAX)
        return bad_chunk(c);
    str_clear(&s->chunk);
    s->state = s->left ? CHUNK_DATA : CHUNK_TRAILER;
    return s->left || check_chunk(c);
}

static bool is_name(struct slice name, const char *wanted)
{
    return name.len == strlen(wanted) && !strncasecmp(name.ptr, wanted, name.len);
}

/* A trailer's line; the empty one ends the body. */
static bool take_trailer(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    struct slice line = slice_str(&s->line), name = slice_first(line, slice_find(line, ':'));
    struct slice value = slice_trim(slice_from(line, name.len + (name.len < line.len)));

    if (!line.len) {
        s->state = CHUNK_END;
        return true;
    }
    if (s->trailers.len + line.len > TRAILERS_MAX)
        return bad_chunk(c);
    if (is_name(name, "x-amz-trailer-signature")) {
        char right[SIGV4_HEX];

        s->trailer_signed = true;
        sigv4_trailer(right, s->key, &s->scope, s->previous, slice_str(&s->trailers));
        if (!s->signed_chunks || slice_is(value, right))
            return true;
        call_fail(c, 403, "SignatureDoesNotMatch", "The trailer's signature does not match.");
        return false;
    }
    if (checksum_header(name) == s->checksum && s->checksum)
        set_wanted(s, value);
    str_put(&s->trailers, name);
    str_putc(&s->trailers, ':');
    str_put(&s->trailers, value);
    str_putc(&s->trailers, '\n');
    return true;
}

/* Gather up to a line's end; *whole says whether it is there. */
static bool gather_line(struct call *c, struct slice *rest, bool *whole)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    size_t n = slice_find(*rest, '\n');

    *whole = n < rest->len;
    if (s->line.len + n > LINE_MAX_BYTES)
        return bad_chunk(c);
    str_put(&s->line, slice_first(*rest, n));
    *rest = slice_from(*rest, n + *whole);
    if (*whole && s->line.len && s->line.ptr[s->line.len - 1] == '\r')
        str_cut(&s->line, s->line.len - 1);
    return true;
}

static bool take_data(struct call *c, struct slice *rest)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    size_t n = (int64_t)rest->len < s->left ? rest->len : (size_t)s->left;
    struct slice part = slice_first(*rest, n);

    *rest = slice_from(*rest, n);
    s->left -= (int64_t)n;
    if (s->signed_chunks)
        str_put(&s->chunk, part);
    else if (!add_content(c, part))
        return false;
    if (s->left)
        return true;
    s->state = CHUNK_CR;
    return check_chunk(c);
}

static bool take_chunked(struct call *c, struct slice rest)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    bool whole;

    while (rest.len && s->state != CHUNK_END) {
        if (s->state == CHUNK_DATA) {
            if (!take_data(c, &rest))
                return false;
            continue;
        }
        if (!gather_line(c, &rest, &whole))
            return false;
        if (!whole)
            continue;
        if (s->state == CHUNK_CR) {
            if (s->line.len)
                return bad_chunk(c);
            s->state = CHUNK_HEAD;
        } else if (!(s->state == CHUNK_HEAD ? take_chunk_head(c) : take_trailer(c))) {
            return false;
        }
        str_clear(&s->line);
    }
    return rest.len ? bad_chunk(c) : true; /* nothing comes behind the end */
}

bool s3d_sink_take(struct call *c, struct slice piece)
{
    return c->internal->s3->sink.chunked ? take_chunked(c, piece) : add_content(c, piece);
}

/* ---- the end ---------------------------------------------------------------------- */

static void put_checksum(struct s3d_sink *s)
{
    struct str text = STR_INIT;
    uint8_t bytes[DIGEST_MAX];
    size_t n = 0;

    if (s->check)
        n = digest_end(s->check, bytes);
    else if (s->checksum == S3_CRC64NVME)
        for (n = 0; n < 8; n++)
            bytes[n] = (uint8_t)(s->crc64 >> (56 - 8 * n));
    else
        for (n = 0; n < 4; n++)
            bytes[n] = (uint8_t)(s->crc32 >> (24 - 8 * n));
    str_put_base64(&text, bytes, n);
    snprintf(s->checked, sizeof s->checked, "%s", text.ptr);
    str_done(&text);
}

static void check_md5(struct call *c, const uint8_t *md5)
{
    struct slice header = call_header(c, "content-md5");
    struct str given = STR_INIT;

    if (header.len && (!base64_decode(&given, header) || given.len != MD5_SIZE))
        call_fail(c, 400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
    else if (header.len && memcmp(given.ptr, md5, MD5_SIZE))
        call_fail(c, 400, "BadDigest",
                  "The Content-MD5 you specified did not match what we received.");
    str_done(&given);
}

/* A chunked body must have come to its end, be as long as was said, and be signed throughout. */
static bool check_chunked_end(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    int64_t length;

    if (s->state != CHUNK_END && !(s->state == CHUNK_TRAILER && !s->line.len))
        call_fail(c, 400, "IncompleteBody",
                  "You did not provide the number of bytes specified by the Content-Length HTTP "
                  "header");
    else if (!number_parse_int(call_header(c, "x-amz-decoded-content-length"), 0, INT64_MAX,
                               &length))
        call_fail(c, 411, "MissingContentLength",
                  "You must provide the x-amz-decoded-content-length HTTP header.");
    else if (length != s->size)
        call_fail(c, 400, "IncompleteBody",
                  "The content is not x-amz-decoded-content-length long.");
    else if (s->signed_chunks && s->trailers.len && !s->trailer_signed)
        call_fail(c, 403, "SignatureDoesNotMatch", "The trailer has no signature.");
    return !call_failed(c);
}

void s3d_sink_end(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    struct str hex = STR_INIT;
    uint8_t bytes[DIGEST_MAX];

    if (s->chunked && !check_chunked_end(c))
        return;
    if (s->sha256) {
        digest_end(s->sha256, bytes);
        str_put_hex(&hex, bytes, SHA256_SIZE);
        if (!slice_eq(slice_str(&hex), c->internal->payload))
            call_fail(
                c, 400, "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.");
        str_clear(&hex);
    }
    digest_end(s->md5, bytes);
    check_md5(c, bytes);
    str_put_hex(&hex, bytes, MD5_SIZE);
    snprintf(s->etag, sizeof s->etag, "%s", hex.ptr);
    if (s->checksum)
        put_checksum(s);
    if (s->wanted[0] && strcmp(s->wanted, s->checked))
        call_fail(c, 400, "BadDigest",
                  "The %s you specified did not match the calculated checksum.",
                  s3d_checksum_name(s->checksum));
    str_done(&hex);
}

const char *s3d_sink_keep(struct call *c)
{
    struct s3d_sink *s = &c->internal->s3->sink;
    char *to;

    if (s->fd < 0 && (!spill(c) || !write_all(s->fd, s->memory.ptr, s->memory.len))) {
        call_fail(c, 500, "InternalError", "The practice cloud could not store it.");
        return NULL;
    }
    to = s3d_object_path(c->cloud, c->request_id);
    if (rename(s->path, to))
        call_fail(c, 500, "InternalError", "The practice cloud could not store it.");
    else {
        free(s->path);
        s->path = NULL;
    }
    free(to);
    return call_failed(c) ? NULL : c->request_id;
}

void s3d_sink_done(struct s3d_sink *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->path)
        unlink(s->path);
    free(s->path);
    digest_free(s->md5);
    digest_free(s->sha256);
    digest_free(s->check);
    bytes_wipe(s->key, sizeof s->key);
    str_done(&s->memory);
    str_done(&s->line);
    str_done(&s->chunk);
    str_done(&s->trailers);
}
