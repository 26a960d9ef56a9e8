/* What the files of S3 share. */
#ifndef AWS_S3_INTERNAL_H
#define AWS_S3_INTERNAL_H

#include "aws/s3.h"
#include "base/thread.h"

#include <pthread.h>

/* Options with the defaults filled in. */
struct s3_options s3_defaults(const struct s3_options *o);

/* {"Bucket":..,"Key":.. and whatever else the caller puts before it closes. */
void s3_begin(struct json_out *w, struct str *text, const char *bucket, const char *key);

/* Several threads' progress as one sequence, and the first error among them. */
struct s3_team {
    pthread_mutex_t lock;
    s3_progress_fn *progress;
    void *ctx;
    enum lk_status st;
    struct lk_error err;
};
void s3_team_init(struct s3_team *t, const struct s3_options *o);
void s3_team_done(struct s3_team *t);
void s3_team_moved(struct s3_team *t, int64_t bytes);
void s3_team_failed(struct s3_team *t, enum lk_status st, const struct lk_error *err);
bool s3_team_is_ok(struct s3_team *t);

/* Part of a file, as a body. */
struct s3_piece {
    int fd;
    int64_t start, length;
    struct s3_team *team; /* told of progress, or NULL */
    int64_t told;
};
enum lk_status s3_piece_read(void *ctx, int64_t offset, void *buf, size_t n, size_t *got,
                             struct lk_error *err);
/* Checksum and, for plain HTTP, the SHA-256 that is signed, in one pass; either may be NULL. */
enum lk_status s3_piece_sum(const struct s3_piece *p, struct checksum *sum, char *sha256_hex,
                            struct lk_error *err);
/* s3_partfile.c: the file that a download grows in. Any thread may write anywhere in it. */
enum { S3_PIECE = 512 << 10 }; /* what is best written at once */
struct s3_partfile {
    const char *path;
    int fd, direct; /* -1: not open */
};
enum lk_status s3_partfile_open(struct s3_partfile *f, const char *path, int64_t size,
                                struct lk_error *err);
enum lk_status s3_partfile_write(struct s3_partfile *f, const char *piece, size_t n, int64_t place,
                                 struct lk_error *err);
void s3_partfile_close(struct s3_partfile *f);
/* Memory for one piece of a file of that size (S3_PIECE at most), aligned as the write likes it. */
char *s3_partfile_piece(int64_t size);
/* As s3_download, of an object whose size and ETag (without quotes) a list told: no HEAD. */
enum lk_status s3_download_listed(struct aws *c, const char *bucket, const char *key,
                                  const char *path, int64_t size, const char *etag,
                                  const struct s3_options *o, struct lk_error *err);
/* Does the client speak to another machine without TLS, so that bodies must be signed? */
bool s3_is_plain(struct aws *c);

/* s3_read.c: the member "Range" of a GetObject; and a range into memory, if the object has that
 * ETag still ("" for any). */
void s3_put_range(struct json_out *w, int64_t start, int64_t length);
enum lk_status s3_read_range(struct str *out, struct aws *c, const char *bucket, const char *key,
                             const char *etag, int64_t start, int64_t length, struct lk_error *err);

/* s3_orphan.c: abort uploads to the key that were begun when we asked for one, but for `keep`. */
void s3_abort_orphans(struct aws *c, const char *bucket, const char *key, const char *keep,
                      int64_t asked_ms);
/* Does the object have this size and this checksum, in the member that is named so? */
bool s3_is_there(struct aws *c, const char *bucket, const char *key, int64_t size,
                 const char *member, const char *sum);

#endif
