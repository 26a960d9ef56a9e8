/*
 * S3 in the practice cloud, between its own files.
 *
 * An object's content stands in the database when it is small, else in a file
 * of objects/ that is written beside, under a name of its own, and never again
 * touched; the row names it. A row that goes away takes its file along after
 * the commit, and files no row names are swept away at the next start.
 */
#ifndef CLOUD_S3D_H
#define CLOUD_S3D_H

#include "base/digest.h"
#include "base/xml.h"
#include "cloud/internal.h"
#include "cloud/markup.h"

enum {
    S3_INLINE_MAX = 64 << 10,  /* content kept in the database */
    S3_DOCUMENT_MAX = 2 << 20, /* bodies that are XML or JSON */
    S3_CHUNK_MAX = 16 << 20,   /* one signed chunk of a body */
    S3_KEY_MAX = 1024,
    S3_KEYS_A_PAGE = 1000,
    S3_BUCKETS_A_PAGE = 10000,
    S3_PART_NUMBER_MAX = 10000,
    S3_PART_MIN = 5 << 20, /* all parts but the last */
};
#define S3_OBJECT_BYTES_MAX ((int64_t)5 << 30)
#define S3_ENCRYPTED        "x-amz-server-side-encryption", "AES256" /* as all is on S3 */
#define S3_XMLNS            "http://s3.amazonaws.com/doc/2006-03-01/"

enum s3d_level { S3_SERVICE, S3_BUCKET, S3_OBJECT };
enum s3d_takes { S3_NOTHING, S3_DOCUMENT, S3_CONTENT };

struct s3d_operation {
    const char *method;
    enum s3d_level level;
    const char *query;  /* must be in the query, or NULL */
    const char *header; /* must be among the headers, or NULL */
    const char *name;   /* "PutObject" */
    const char *action; /* IAM's; "" asks nothing */
    enum s3d_takes takes;
    void (*run)(struct call *c);
};

/* A checksum that the client named, computed as the body comes. */
enum s3d_checksum { S3_NO_CHECKSUM, S3_CRC32, S3_CRC32C, S3_CRC64NVME, S3_SHA1, S3_SHA256 };

/* The body on its way in: taken out of its chunks, digested, kept. */
struct s3d_sink {
    struct str memory;
    int fd;       /* -1 while it fits in memory */
    char *path;   /* of the file in incoming/ */
    int64_t size; /* bytes of content so far */
    struct digest_state *md5, *sha256, *check;
    enum s3d_checksum checksum;
    uint32_t crc32;
    uint64_t crc64;
    char wanted[64]; /* the checksum's value in base64, from header or trailer; "" if none */
    char etag[33];   /* hexadecimal MD5, once finished */
    char checked[64];

    /* aws-chunked */
    bool chunked, signed_chunks, trailer_signed;
    enum { CHUNK_HEAD, CHUNK_DATA, CHUNK_CR, CHUNK_TRAILER, CHUNK_END } state;
    struct str line, chunk, trailers;
    int64_t left;
    uint8_t key[32];
    struct sigv4_scope scope;
    char previous[SIGV4_HEX], claimed[SIGV4_HEX];
};

struct s3d_call {
    const struct s3d_operation *operation;
    const char *bucket, *key; /* "" where there is none */
    const char *region;       /* the bucket's; NULL when there is no such bucket */
    const char *policy;       /* the bucket's, or NULL */
    const char *source_arn;   /* of a copy */
    struct s3d_sink sink;
    char *drop[2]; /* files whose rows went away, removed after the commit */
    int dropped;
};

/* ---- sink (s3d_sink.c) ---- */

void s3d_sink_begin(struct call *c);
bool s3d_sink_take(struct call *c, struct slice piece); /* false: the call failed */
/* All is there: compare digests, name the checksum. */
void s3d_sink_end(struct call *c);
/* Into objects/: the new file's name, in the call's arena; NULL when the call failed. */
const char *s3d_sink_keep(struct call *c);
void s3d_sink_done(struct s3d_sink *s);
const char *s3d_checksum_name(enum s3d_checksum k); /* "crc32" */
enum s3d_checksum s3d_checksum_named(struct slice name);

/* ---- helpers (s3d.c) ---- */

/* Where a bucket is: as it was made, or elsewhere by the fault `region`. Under the lock. */
const char *s3d_region(struct cloud *cloud, const char *bucket, const char *region);
char *s3d_object_path(const struct cloud *cloud, const char *file); /* yours to free */
/* Forget a file once the transaction is through. */
void s3d_drop(struct call *c, const char *file);
/* A transaction around `work`; false when the call failed. */
bool s3d_transact(struct call *c, void (*work)(struct call *c));
void s3d_reply_xml(struct call *c, struct str *xml);
void s3d_reply_empty(struct call *c, int status);
bool s3d_document(struct call *c, struct xml **out, const char *root);

/* ---- operations ---- */

void s3d_list_buckets(struct call *c);
void s3d_create_bucket(struct call *c);
void s3d_head_bucket(struct call *c);
void s3d_delete_bucket(struct call *c);
void s3d_get_location(struct call *c);
void s3d_get_setting(struct call *c);
void s3d_put_setting(struct call *c);
void s3d_delete_setting(struct call *c);
void s3d_get_policy_status(struct call *c);

/* ---- access control lists (s3d_acl.c) ---- */

void s3d_get_acl(struct call *c);
void s3d_put_acl(struct call *c);
/* The request's x-amz-acl says no more than that the owner has everything, or the call fails. */
bool s3d_acl_allowed(struct call *c);
/* x-amz-object-ownership is a word that S3 knows; and kept, in a transaction. */
bool s3d_ownership_named(struct call *c);
void s3d_store_ownership(struct call *c);

void s3d_list(struct call *c);
void s3d_list_v2(struct call *c);
void s3d_list_versions(struct call *c);

void s3d_put_object(struct call *c);
void s3d_get_object(struct call *c);
void s3d_get_attributes(struct call *c);
void s3d_copy_object(struct call *c);
void s3d_delete_object(struct call *c);
void s3d_delete_objects(struct call *c);

void s3d_create_upload(struct call *c);
void s3d_upload_part(struct call *c);
void s3d_complete_upload(struct call *c);
void s3d_abort_upload(struct call *c);
void s3d_list_parts(struct call *c);
void s3d_list_uploads(struct call *c);

/* ---- conditions (s3d_condition.c) ---- */

/* Each fails the call where the request's conditions do not hold. */
bool s3d_may_get(struct call *c, const char *etag, int64_t modified);
bool s3d_may_copy(struct call *c, const char *etag, int64_t modified); /* of the source */
bool s3d_may_write(struct call *c, const char *etag); /* of what is there; NULL: nothing is */
void s3d_put_http_date(char out[40], int64_t ms);

/* ---- tags of objects (s3d_tags.c) ---- */

const char *s3d_object_arn(struct call *c); /* of the call's object, in its arena */
void s3d_get_tags(struct call *c);
void s3d_put_tags(struct call *c);
void s3d_delete_tags(struct call *c);
/* NoSuchKey unless the call's object is there; takes the lock. */
bool s3d_object_is_there(struct call *c);
/* x-amz-tagging, "k=v&k2=v2", put on the call's object; in a transaction. */
void s3d_put_header_tags(struct call *c);
void s3d_put_tags_text(struct call *c, const char *text); /* the same, of a text */
/* x-amz-tagging-count of the call's object; under the lock. */
void s3d_add_tag_count(struct call *c);

/* ---- objects, for uploads as well (s3d_object.c) ---- */

/* A row of it. */
struct s3d_object {
    int64_t size, modified;
    const char *etag, *headers, *checksum, *file;
    struct slice content; /* in the call's arena; when file is NULL */
    int fd;               /* of the file; the row may go while it is sent */
    const char *arn;      /* of a copy's source */
};
/* false when it is not there; under the lock. */
bool s3d_load_object(struct call *c, struct s3d_object *o, const char *bucket, const char *key);
/* The headers that an object keeps, "name: value" lines, in the call's arena. */
const char *s3d_kept_headers(struct call *c);
struct s3d_new_object {
    const char *etag, *headers, *checksum; /* checksum "crc32 base64" or NULL */
    int64_t size, parts;                   /* parts 0: put in one go */
    const char *file;                      /* or NULL with content */
    struct slice content;
};
/* In a transaction: the old object's file is dropped. */
void s3d_store(struct call *c, const struct s3d_new_object *o);

#endif
