/*
 * Multipart uploads. Each part is a file; completing one writes the object's
 * file from them outside the lock, then swaps the rows in one transaction.
 */
#include "cloud/s3d.h"

#include "base/crc.h"
#include "base/number.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *upload_id(const struct call *c)
{
    return http_query(c->http, "uploadId");
}

static bool upload_is_there(struct call *c, const char **headers)
{
    struct stmt *s = sql(c->cloud, "select headers from uploads where id = ?1 and bucket = ?2"
                                   " and key = ?3");
    bool there;

    stmt_text(s, 1, upload_id(c));
    stmt_text(s, 2, c->internal->s3->bucket);
    stmt_text(s, 3, c->internal->s3->key);
    there = sql_row(c->cloud, s);
    if (there && headers)
        *headers = sql_text(&c->memory, s, 0);
    stmt_reset(s);
    if (!there)
        call_fail(
            c, 404, "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload "
            "may have been aborted or completed.");
    return there;
}

/* ---- beginning ------------------------------------------------------------------------ */

/* The upload's tags wait among its headers, as their last line. */
#define TAGGING "x-amz-tagging: "

static void insert_upload(struct call *c)
{
    const char *tagging = http_header(c->http, "x-amz-tagging");
    struct stmt *s = sql(c->cloud, "insert into uploads (id, bucket, key, started, headers, owner)"
                                   " values (?1, ?2, ?3, ?4, ?5, ?6)");

    stmt_text(s, 1, c->request_id);
    stmt_text(s, 2, c->internal->s3->bucket);
    stmt_text(s, 3, c->internal->s3->key);
    stmt_int(s, 4, cloud_now(c->cloud));
    stmt_text(
        s, 5,
        arena_printf(&c->memory, "%s%s%s\n", s3d_kept_headers(c), TAGGING, tagging ? tagging : ""));
    stmt_text(s, 6, c->who.arn);
    sql_run(c->cloud, s);
}

void s3d_create_upload(struct call *c)
{
    struct str xml = STR_INIT;

    if (!s3d_transact(c, insert_upload))
        return;
    str_puts(&xml, XML_HEAD "<InitiateMultipartUploadResult xmlns=\"" S3_XMLNS "\">");
    xml_put(&xml, "Bucket", c->internal->s3->bucket);
    xml_put(&xml, "Key", c->internal->s3->key);
    xml_put(&xml, "UploadId", c->request_id);
    str_puts(&xml, "</InitiateMultipartUploadResult>");
    s3d_reply_xml(c, &xml);
}

/* ---- parts ------------------------------------------------------------------------------- */

static int64_t part_number(struct call *c)
{
    const char *text = http_query(c->http, "partNumber");
    int64_t n = 0;

    if (!text || !number_parse_int(slice_of(text), 1, S3_PART_NUMBER_MAX, &n))
        call_fail(c, 400, "InvalidArgument",
                  "Part number must be an integer between 1 and 10000, inclusive");
    return n;
}

static void insert_part(struct call *c)
{
    struct s3d_sink *sink = &c->internal->s3->sink;
    int64_t number = part_number(c);
    const char *file;
    struct stmt *s;

    if (call_failed(c) || !upload_is_there(c, NULL))
        return;
    s = sql(c->cloud, "select file from parts where upload = ?1 and number = ?2");
    stmt_text(s, 1, upload_id(c));
    stmt_int(s, 2, number);
    if (sql_row(c->cloud, s))
        s3d_drop(c, stmt_get_text(s, 0));
    stmt_reset(s);
    file = s3d_sink_keep(c);
    if (!file)
        return;
    s = sql(c->cloud, "insert or replace into parts values (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    stmt_text(s, 1, upload_id(c));
    stmt_int(s, 2, number);
    stmt_int(s, 3, sink->size);
    stmt_text(s, 4, sink->etag);
    stmt_int(s, 5, cloud_now(c->cloud));
    stmt_text(s, 6, sink->checksum ? sink->checked : NULL);
    stmt_text(s, 7, file);
    sql_run(c->cloud, s);
}

void s3d_upload_part(struct call *c)
{
    struct s3d_sink *sink = &c->internal->s3->sink;
    struct str xml = STR_INIT;

    if (!s3d_transact(c, insert_part))
        return;
    if (!strcmp(c->internal->s3->operation->name, "UploadPartCopy")) {
        str_puts(&xml, XML_HEAD "<CopyPartResult xmlns=\"" S3_XMLNS "\">");
        xml_put_time(&xml, "LastModified", cloud_now(c->cloud));
        str_printf(&xml, "<ETag>&quot;%s&quot;</ETag></CopyPartResult>", sink->etag);
        s3d_reply_xml(c, &xml);
        return;
    }
    http_add_header(c->http, "ETag", arena_printf(&c->memory, "\"%s\"", sink->etag));
    if (sink->checksum)
        http_add_header(
            c->http,
            arena_printf(&c->memory, "x-amz-checksum-%s", s3d_checksum_name(sink->checksum)),
            sink->checked);
    s3d_reply_empty(c, 200);
}

/* ---- completing ---------------------------------------------------------------------------- */

struct part {
    int64_t number, size;
    const char *etag, *file;
};

struct completion {
    struct part *parts;
    size_t count;
    const char *headers, *file, *checksum;
    char etag[48];
    int64_t size;
};

static bool load_part(struct call *c, struct part *p)
{
    struct stmt *s = sql(c->cloud, "select size, etag, file from parts where upload = ?1"
                                   " and number = ?2");
    bool there;

    stmt_text(s, 1, upload_id(c));
    stmt_int(s, 2, p->number);
    there = sql_row(c->cloud, s) && !strcmp(stmt_get_text(s, 1), p->etag);
    if (there) {
        p->size = stmt_get_int(s, 0);
        p->file = sql_text(&c->memory, s, 2);
    }
    stmt_reset(s);
    return there;
}

/* The list that the client gives: in order, each there as it says, all but the last large enough.
 */
static void check_parts(struct call *c, struct completion *done)
{
    for (size_t i = 0; i < done->count && !call_failed(c); i++) {
        struct part *p = &done->parts[i];

        if (i && p->number <= p[-1].number)
            call_fail(c, 400, "InvalidPartOrder",
                      "The list of parts was not in ascending order. Parts must be ordered by part "
                      "number.");
        else if (!load_part(c, p))
            call_fail(
                c, 400, "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have "
                "been uploaded, or the specified entity tag may not match the part's entity "
                "tag.");
        else if (i + 1 < done->count && p->size < S3_PART_MIN)
            call_fail(c, 400, "EntityTooSmall",
                      "Your proposed upload is smaller than the minimum allowed size");
        done->size += p->size;
    }
}

static const char *bare_etag(struct call *c, const char *etag)
{
    struct slice s = slice_trim(slice_of(etag));

    if (s.len >= 2 && s.ptr[0] == '"')
        s = (struct slice){s.ptr + 1, s.len - 2};
    return arena_strndup(&c->memory, s.ptr, s.len);
}

static void read_parts(struct call *c, struct completion *done)
{
    struct xml *x;
    size_t n = 0;

    if (!s3d_document(c, &x, "CompleteMultipartUpload"))
        return;
    for (const struct xml *p = x->first; p; p = p->next)
        n += !strcmp(p->name, "Part");
    if (!n || n > S3_PART_NUMBER_MAX) {
        call_fail(c, 400, "MalformedXML", "You must specify at least one part");
        return;
    }
    done->parts = arena_alloc(&c->memory, n * sizeof *done->parts);
    for (const struct xml *p = x->first; p; p = p->next) {
        struct part *part = &done->parts[done->count];

        if (strcmp(p->name, "Part"))
            continue;
        if (!number_parse_int(slice_of(xml_text(p, "PartNumber")), 1, S3_PART_NUMBER_MAX,
                              &part->number)) {
            call_fail(c, 400, "MalformedXML", "A part without its number");
            return;
        }
        part->etag = bare_etag(c, xml_text(p, "ETag"));
        done->count++;
    }
}

/* The MD5 of the parts' MD5s, and how many there were. */
static void name_etag(struct completion *done)
{
    struct digest_state *md5 = digest_new(DIGEST_MD5);
    struct str hex = STR_INIT;
    uint8_t bytes[DIGEST_MAX];

    for (size_t i = 0; i < done->count; i++)
        for (size_t k = 0; k < MD5_SIZE; k++) {
            const char *digits = "0123456789abcdef", *pair = done->parts[i].etag + 2 * k;

            bytes[k] = (uint8_t)((strchr(digits, pair[0]) - digits) * 16 +
                                 (strchr(digits, pair[1]) - digits));
            digest_add(md5, &bytes[k], 1);
        }
    digest_end(md5, bytes);
    digest_free(md5);
    str_put_hex(&hex, bytes, MD5_SIZE);
    snprintf(done->etag, sizeof done->etag, "%s-%zu", hex.ptr, done->count);
    str_done(&hex);
}

static bool append_file(int to, const char *path)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    char buf[1 << 16];
    ssize_t n = from < 0 ? -1 : 1;

    while (from >= 0 && (n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
        ;
    /* Where the file system cannot do it: by hand, from where it stopped. */
    while (from >= 0 && n != 0 && (n = read(from, buf, sizeof buf)) > 0)
        if (write(to, buf, (size_t)n) != n) {
            n = -1;
            break;
        }
    if (from >= 0)
        close(from);
    return n == 0;
}

static void join_parts(struct call *c, struct completion *done)
{
    char *path = s3d_object_path(c->cloud, c->request_id);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = to >= 0;

    for (size_t i = 0; i < done->count && good; i++) {
        char *part = s3d_object_path(c->cloud, done->parts[i].file);

        good = append_file(to, part);
        free(part);
    }
    if (to >= 0)
        close(to);
    if (!good) {
        unlink(path);
        call_fail(c, 500, "InternalError",
                  "The parts could not be put together: is the disk full?");
    }
    done->file = c->request_id;
    free(path);
}

/* The header that names the whole object's checksum, and which it is. */
static enum s3d_checksum named_checksum(struct call *c, const char **value)
{
    static const enum s3d_checksum whole[] = {S3_CRC32, S3_CRC32C, S3_CRC64NVME};

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        *value = http_header(
            c->http, arena_printf(&c->memory, "x-amz-checksum-%s", s3d_checksum_name(whole[i])));
        if (*value && !strchr(*value, '-')) /* "value-N" is made of the parts' checksums */
            return whole[i];
    }
    return S3_NO_CHECKSUM;
}

/* Read the object once more, and compare. */
static void check_whole(struct call *c, struct completion *done)
{
    const char *wanted;
    enum s3d_checksum kind = named_checksum(c, &wanted);
    char *path = s3d_object_path(c->cloud, done->file), buf[1 << 16];
    int fd = kind ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct str text = STR_INIT;
    uint64_t crc = 0;
    ssize_t n;

    while (fd >= 0 && (n = read(fd, buf, sizeof buf)) > 0)
        crc = kind == S3_CRC64NVME ? crc64nvme_add(crc, buf, (size_t)n)
              : kind == S3_CRC32C  ? crc32c_add((uint32_t)crc, buf, (size_t)n)
                                   : crc32_add((uint32_t)crc, buf, (size_t)n);
    if (fd >= 0) {
        size_t bytes = kind == S3_CRC64NVME ? 8 : 4;
        uint8_t big[8];

        close(fd);
        for (size_t i = 0; i < bytes; i++)
            big[i] = (uint8_t)(crc >> (8 * (bytes - 1 - i)));
        str_put_base64(&text, big, bytes);
        if (strcmp(text.ptr, wanted)) {
            unlink(path);
            call_fail(c, 400, "BadDigest",
                      "The %s you specified did not match the calculated checksum.",
                      s3d_checksum_name(kind));
        }
        done->checksum = arena_printf(&c->memory, "%s %s", s3d_checksum_name(kind), wanted);
    }
    str_done(&text);
    free(path);
}

static void forget_upload(struct call *c)
{
    struct stmt *s = sql(c->cloud, "delete from parts where upload = ?1");

    stmt_text(s, 1, upload_id(c));
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from uploads where id = ?1");
    stmt_text(s, 1, upload_id(c));
    sql_run(c->cloud, s);
}

static void remove_files(struct call *c, char **files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *path = s3d_object_path(c->cloud, files[i]);

        unlink(path);
        free(path);
        free(files[i]);
    }
    free(files);
}

/* The files of all parts of the upload, listed or not. Under the lock. */
static size_t part_files(struct call *c, char ***out)
{
    struct stmt *s = sql(c->cloud, "select file from parts where upload = ?1");
    size_t n = 0, cap = 0;

    *out = NULL;
    stmt_text(s, 1, upload_id(c));
    while (sql_row(c->cloud, s)) {
        MEM_GROW(*out, n, cap);
        (*out)[n++] = mem_strdup(stmt_get_text(s, 0));
    }
    stmt_reset(s);
    return n;
}

/* The headers without their last line, which are the tags: *tags. */
static const char *split_tags(struct call *c, const char *headers, const char **tags)
{
    size_t n = strlen(headers), end = n ? n - 1 : 0, at = end;

    while (at && headers[at - 1] != '\n')
        at--;
    *tags = arena_strndup(&c->memory, headers + at + strlen(TAGGING), end - at - strlen(TAGGING));
    return arena_strndup(&c->memory, headers, at);
}

static void swap_rows(struct call *c, struct completion *done)
{
    const char *tags = NULL;
    const struct s3d_new_object o = {.etag = done->etag,
                                     .headers = split_tags(c, done->headers, &tags),
                                     .checksum = done->checksum,
                                     .size = done->size,
                                     .parts = (int64_t)done->count,
                                     .file = done->file};

    if (upload_is_there(c, NULL)) {
        s3d_store(c, &o);
        s3d_put_tags_text(c, tags);
        forget_upload(c);
    }
}

static void answer_completion(struct call *c, const struct completion *done)
{
    struct s3d_call *s3 = c->internal->s3;
    struct str xml = STR_INIT;

    str_puts(&xml, XML_HEAD "<CompleteMultipartUploadResult xmlns=\"" S3_XMLNS "\">");
    xml_put(&xml, "Location", arena_printf(&c->memory, "/%s/%s", s3->bucket, s3->key));
    xml_put(&xml, "Bucket", s3->bucket);
    xml_put(&xml, "Key", s3->key);
    str_printf(&xml, "<ETag>&quot;%s&quot;</ETag></CompleteMultipartUploadResult>", done->etag);
    s3d_reply_xml(c, &xml);
}

void s3d_complete_upload(struct call *c)
{
    struct completion done = {0};
    char **files = NULL;
    size_t n = 0;

    read_parts(c, &done);
    if (call_failed(c))
        return;
    cloud_lock(c->cloud);
    if (upload_is_there(c, &done.headers))
        check_parts(c, &done);
    cloud_unlock(c->cloud);
    if (!call_failed(c))
        name_etag(&done);
    if (!call_failed(c))
        join_parts(c, &done);
    if (!call_failed(c))
        check_whole(c, &done);
    if (call_failed(c))
        return;
    cloud_lock(c->cloud);
    if (cloud_begin(c->cloud)) {
        n = part_files(c, &files);
        swap_rows(c, &done);
    }
    if (call_failed(c))
        cloud_rollback(c->cloud);
    else if (!cloud_commit(c->cloud))
        call_fail(c, 500, "InternalError", "The practice cloud's database failed.");
    cloud_unlock(c->cloud);
    if (call_failed(c)) {
        for (size_t i = 0; i < n; i++)
            free(files[i]);
        free(files);
        return;
    }
    remove_files(c, files, n);
    for (int i = 0; i < c->internal->s3->dropped; i++)
        unlink(c->internal->s3->drop[i]);
    answer_completion(c, &done);
}

/* ---- giving up, and looking -------------------------------------------------------------------
 */

void s3d_abort_upload(struct call *c)
{
    char **files = NULL;
    size_t n = 0;

    cloud_lock(c->cloud);
    if (cloud_begin(c->cloud) && upload_is_there(c, NULL)) {
        n = part_files(c, &files);
        forget_upload(c);
    }
    if (call_failed(c))
        cloud_rollback(c->cloud);
    else
        cloud_commit(c->cloud);
    cloud_unlock(c->cloud);
    remove_files(c, files, n);
    if (!call_failed(c))
        s3d_reply_empty(c, 204);
}

void s3d_list_parts(struct call *c)
{
    const char *most = http_query(c->http, "max-parts"),
               *marker = http_query(c->http, "part-number-marker");
    int64_t max = 1000, from = 0, n = 0, last = 0;
    struct str xml = STR_INIT, rows = STR_INIT;
    struct stmt *s;

    if ((most && !number_parse_int(slice_of(most), 0, 1000, &max)) ||
        (marker && !number_parse_int(slice_of(marker), 0, S3_PART_NUMBER_MAX, &from)))
        call_fail(c, 400, "InvalidArgument", "max-parts and part-number-marker are numbers");
    cloud_lock(c->cloud);
    if (!call_failed(c) && upload_is_there(c, NULL)) {
        s = sql(c->cloud, "select number, size, etag, modified from parts where upload = ?1"
                          " and number > ?2 order by number limit ?3");
        stmt_text(s, 1, upload_id(c));
        stmt_int(s, 2, from);
        stmt_int(s, 3, max + 1);
        while (sql_row(c->cloud, s) && n++ < max) {
            last = stmt_get_int(s, 0);
            xml_open(&rows, "Part");
            xml_put_int(&rows, "PartNumber", last);
            xml_put_time(&rows, "LastModified", stmt_get_int(s, 3));
            str_printf(&rows, "<ETag>&quot;%s&quot;</ETag>", stmt_get_text(s, 2));
            xml_put_int(&rows, "Size", stmt_get_int(s, 1));
            xml_close(&rows, "Part");
        }
        stmt_reset(s);
    }
    cloud_unlock(c->cloud);
    str_puts(&xml, XML_HEAD "<ListPartsResult xmlns=\"" S3_XMLNS "\">");
    xml_put(&xml, "Bucket", c->internal->s3->bucket);
    xml_put(&xml, "Key", c->internal->s3->key);
    xml_put(&xml, "UploadId", upload_id(c));
    xml_put_int(&xml, "PartNumberMarker", from);
    if (n > max)
        xml_put_int(&xml, "NextPartNumberMarker", last);
    xml_put_int(&xml, "MaxParts", max);
    xml_put_bool(&xml, "IsTruncated", n > max);
    str_put(&xml, slice_str(&rows));
    str_puts(&xml, "</ListPartsResult>");
    str_done(&rows);
    if (call_failed(c))
        str_done(&xml);
    else
        s3d_reply_xml(c, &xml);
}

void s3d_list_uploads(struct call *c)
{
    const char *prefix = http_query(c->http, "prefix");
    struct str xml = STR_INIT;
    struct stmt *s;

    str_puts(&xml, XML_HEAD "<ListMultipartUploadsResult xmlns=\"" S3_XMLNS "\">");
    xml_put(&xml, "Bucket", c->internal->s3->bucket);
    xml_put(&xml, "KeyMarker", "");
    xml_put(&xml, "UploadIdMarker", "");
    xml_put_int(&xml, "MaxUploads", 1000);
    xml_put_bool(&xml, "IsTruncated", false);
    cloud_lock(c->cloud);
    s = sql(c->cloud, "select key, id, started from uploads where bucket = ?1"
                      " and substr(key, 1, length(?2)) = ?2 order by key, id limit 1000");
    stmt_text(s, 1, c->internal->s3->bucket);
    stmt_text(s, 2, prefix ? prefix : "");
    while (sql_row(c->cloud, s)) {
        xml_open(&xml, "Upload");
        xml_put(&xml, "Key", stmt_get_text(s, 0));
        xml_put(&xml, "UploadId", stmt_get_text(s, 1));
        xml_put_time(&xml, "Initiated", stmt_get_int(s, 2));
        xml_put(&xml, "StorageClass", "STANDARD");
        xml_close(&xml, "Upload");
    }
    cloud_unlock(c->cloud);
    str_puts(&xml, "</ListMultipartUploadsResult>");
    s3d_reply_xml(c, &xml);
}
