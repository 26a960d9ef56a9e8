/*
 * S3 from inside: what a job reads and writes, as its execution role does on
 * AWS. For each object IAM and the bucket's policy are asked; nothing goes
 * over a socket.
 *
 *     struct objects s3 = {.cloud = cloud, .region = region};
 *
 *     cloud_lock(cloud);
 *     good = access_assume(cloud, memory, &s3.who, role_arn, SAGEMAKER_PRINCIPAL, "SageMaker");
 *     cloud_unlock(cloud);
 *     ...
 *     st = objects_get(&s3, bucket, key, "/there/train.csv", OBJECTS_SHARE, err);
 *
 * A refusal is LK_ESERVICE with S3's own code ("NoSuchBucket", "NoSuchKey",
 * "AccessDenied", "PermanentRedirect" for a bucket of another region) and
 * words. All calls take the cloud's lock for a moment each, so they are made
 * without it (in a job's thread, an unlocked operation); objects_find alone is
 * made under it.
 */
#ifndef CLOUD_OBJECTS_H
#define CLOUD_OBJECTS_H

#include "cloud/service.h"

struct objects {
    struct cloud *cloud;
    struct caller who;
    const char *region;
};

/* "s3://bucket/key" into its parts (key may be ""), in the arena; false when it is none. */
bool objects_url(struct arena *a, const char *url, const char **bucket, const char **key);

struct objects_entry {
    const char *key, *etag; /* lent for the call */
    int64_t size;
};
/* Return false to end the list. */
typedef bool objects_fn(void *ctx, const struct objects_entry *e);
/* s3:ListBucket. Every object whose key begins so, by key, bytewise; fn may call objects_get. */
enum lk_status objects_list(const struct objects *o, const char *bucket, const char *prefix,
                            objects_fn *fn, void *ctx, struct lk_error *err);
/* Under the lock: may they list, and is there an object ("NoSuchKey" when not)? */
enum lk_status objects_find(const struct objects *o, const char *bucket, const char *prefix,
                            struct lk_error *err);

/*
 * s3:GetObject, into a file (its folder is made). OBJECTS_SHARE may give a
 * second name to the file that S3 keeps, at no cost: only for what nobody
 * writes into.
 */
enum objects_how { OBJECTS_COPY, OBJECTS_SHARE };
enum lk_status objects_get(const struct objects *o, const char *bucket, const char *key,
                           const char *path, enum objects_how how, struct lk_error *err);
/* The same, appended to out; LK_ELIMIT when it is larger than max. */
enum lk_status objects_read(struct str *out, const struct objects *o, const char *bucket,
                            const char *key, size_t max, struct lk_error *err);

/* s3:PutObject. The file is moved into S3: it is gone from path when this succeeds. */
enum lk_status objects_put(const struct objects *o, const char *bucket, const char *key,
                           const char *path, struct lk_error *err);
enum lk_status objects_put_bytes(const struct objects *o, const char *bucket, const char *key,
                                 struct slice content, struct lk_error *err);
/* s3:DeleteObject; one that is not there is no error. */
enum lk_status objects_delete(const struct objects *o, const char *bucket, const char *key,
                              struct lk_error *err);

#endif
