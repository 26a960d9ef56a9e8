/*
 * Objects and folders: moved in parallel, in constant memory, checked end to
 * end, and taken up again where a killed transfer stopped.
 *
 * Upload: a file of more than one part is sent as a multipart upload whose id
 * is noted beside the ledger before the first part goes; the next upload of
 * the same file to the same key continues it. Download: ranges are written
 * into FILE.labkit-part, those done are noted in FILE.labkit-state, and the
 * file is renamed into place when its checksum is right.
 */
#ifndef AWS_S3_H
#define AWS_S3_H

#include "aws/aws.h"
#include "aws/checksum.h"

enum { S3_PART = 8 << 20, S3_THREADS = 8 };

struct s3_url {
    char *bucket, *key; /* key "" for a bucket */
};
bool s3_is_url(const char *text); /* starts with "s3://" */
enum lk_status s3_url_parse(struct s3_url *out, const char *text, struct lk_error *err);
void s3_url_done(struct s3_url *u);

/* Told of bytes moved; called from one thread at a time. */
typedef void s3_progress_fn(void *ctx, int64_t bytes);

struct s3_options {
    int threads;                 /* 0: S3_THREADS */
    int64_t part_size;           /* 0: S3_PART; grown where an object would have over 10,000 */
    enum checksum_kind checksum; /* CHECKSUM_NONE: CRC64NVME */
    const char *content_type;    /* NULL: told by the name's ending */
    s3_progress_fn *progress;
    void *ctx;
};

/* options may be NULL. path "-": stdin, stdout. */
enum lk_status s3_upload(struct aws *c, const char *path, const char *bucket, const char *key,
                         const struct s3_options *o, struct lk_error *err);
enum lk_status s3_download(struct aws *c, const char *bucket, const char *key, const char *path,
                           const struct s3_options *o, struct lk_error *err);
enum lk_status s3_copy(struct aws *c, const char *from_bucket, const char *from_key,
                       const char *bucket, const char *key, const struct s3_options *o,
                       struct lk_error *err);
/* The object's bytes, at most max of them. */
enum lk_status s3_read(struct str *out, struct aws *c, const char *bucket, const char *key,
                       size_t max, struct lk_error *err);
enum lk_status s3_write(struct aws *c, const char *bucket, const char *key, struct slice bytes,
                        const char *content_type, struct lk_error *err);

struct s3_object {
    const char *key;
    int64_t size;
    int64_t modified_ms;
    const char *etag; /* without quotes */
    bool is_prefix;   /* a common prefix; nothing but key is set */
};
typedef bool s3_object_fn(void *ctx, const struct s3_object *o); /* false stops */
/* delimiter "" lists all that is below the prefix. */
enum lk_status s3_list(struct aws *c, const char *bucket, const char *prefix, const char *delimiter,
                       s3_object_fn *fn, void *ctx, struct lk_error *err);
/* Delete what is below the prefix (a thousand a request); *count may be NULL. */
enum lk_status s3_remove_prefix(struct aws *c, const char *bucket, const char *prefix,
                                size_t *count, struct lk_error *err);
enum lk_status s3_remove(struct aws *c, const char *bucket, const char *key, struct lk_error *err);
enum lk_status s3_remove_keys(struct aws *c, const char *bucket, char *const *keys, size_t n,
                              struct lk_error *err);

/* A bucket in the client's region, closed to the public. One of yours already there is no error. */
enum lk_status s3_make_bucket(struct aws *c, const char *bucket, struct lk_error *err);
/* Block all public access to it. */
enum lk_status s3_close_bucket(struct aws *c, const char *bucket, struct lk_error *err);
/* force: delete its objects and unfinished uploads first. */
enum lk_status s3_remove_bucket(struct aws *c, const char *bucket, bool force,
                                struct lk_error *err);
enum lk_status s3_check_bucket_name(const char *name, struct lk_error *err);

struct s3_sync {
    bool remove; /* what the source does not have */
    bool dry_run;
    const char *const
        *filters; /* "+GLOB" or "-GLOB" on relative paths, the last that fits decides */
    size_t filter_count;
    /* What is done, in words, a file a call; may come from several threads, one at a time. */
    void (*told)(void *ctx, const char *what, const char *from, const char *to);
    void *ctx;
    /* out */
    size_t moved, same, removed, failed;
    int64_t bytes;
};
/* One of from and to is an s3:// URL, the other a folder. All files are tried; err is the first. */
enum lk_status s3_sync(struct aws *c, const char *from, const char *to, struct s3_sync *s,
                       const struct s3_options *o, struct lk_error *err);

/* What ending goes with what type: "text/csv". */
const char *s3_content_type(const char *name);

#endif
