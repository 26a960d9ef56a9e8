/*
 * AWS Signature Version 4, as pure functions: credentials, time and request
 * in, text out. Nothing here reads a clock, a file or the environment, so the
 * signing client and the verifying practice cloud share every line of it.
 *
 * A signature is made in three steps, each a text that AWS documents and that
 * its published cases give, so each has its own call:
 *
 *     canonical request   what is signed, in one spelling       sigv4_canonical
 *     string to sign      algorithm, time, scope, its SHA-256   sigv4_string_to_sign
 *     signature           HMAC with a key derived for the day   sigv4_key, sigv4_signature
 *
 * A client calls sigv4_sign or sigv4_presign, which do all three. A server
 * calls sigv4_parse_header or sigv4_parse_query on what came, finds the secret,
 * then sigv4_verify.
 *
 * Request parts are as on the wire: `path` and `query` still percent-encoded,
 * headers in any order and case, repeated ones repeated. `out` texts are
 * appended to, all arguments borrowed.
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "base/str.h"
#include "labkit.h"

#define SIGV4_UNSIGNED         "UNSIGNED-PAYLOAD"
#define SIGV4_CHUNKED          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
#define SIGV4_CHUNKED_TRAILER  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
#define SIGV4_UNSIGNED_TRAILER "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
/* SHA-256 of no bytes. */
#define SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { SIGV4_HEX = 65, SIGV4_TIME = 17, SIGV4_HEADERS = 100 };

struct sigv4_header {
    struct slice name, value;
};

struct sigv4_request {
    struct slice method;
    struct slice path;  /* "/a%20b"; "" counts as "/" */
    struct slice query; /* "a=1&b", without the '?' */
    const struct sigv4_header *headers;
    size_t header_count;
    /* The payload's SHA-256 in hexadecimal, or one of the words above. */
    struct slice payload_sha256;
};

/*
 * How paths are spelled. S3 signs the path as it is sent. Every other service
 * resolves "." and ".." and doubled slashes first, then encodes once more.
 */
enum sigv4_path { SIGV4_PATH_AWS, SIGV4_PATH_S3, SIGV4_PATH_AWS_RAW /* not resolved */ };

/* Whom, where, when. */
struct sigv4_scope {
    const char *access_key;
    const char *region;    /* "us-east-1" */
    const char *service;   /* "s3" */
    char time[SIGV4_TIME]; /* "20150830T123600Z"; its first 8 characters are the date */
};

/* The time as SigV4 writes it, and back (false when it is not one). */
void sigv4_time(char out[SIGV4_TIME], int64_t unix_ms);
bool sigv4_time_parse(struct slice text, int64_t *unix_ms);
/* Lower-case hexadecimal SHA-256. */
void sigv4_sha256(char out[SIGV4_HEX], struct slice bytes);

/* ---- the three steps ---- */

/*
 * signed_headers: "host;x-amz-date" sorted, lower case; only these are taken.
 * skip_signature leaves X-Amz-Signature out of the query, as a verifier must.
 * LK_EINPUT when a signed header is not there.
 */
enum lk_status sigv4_canonical(struct str *out, const struct sigv4_request *r,
                               enum sigv4_path path_rule, struct slice signed_headers,
                               bool skip_signature, struct lk_error *err);
/* Every header of r but those that proxies change, as such a list. */
void sigv4_signed_headers(struct str *out, const struct sigv4_request *r);
/* "20150830/us-east-1/service/aws4_request" */
void sigv4_put_scope(struct str *out, const struct sigv4_scope *s);
void sigv4_string_to_sign(struct str *out, const struct sigv4_scope *s, struct slice canonical);
/* The signing key; good for one date, region and service, so it may be kept for a day. */
void sigv4_key(uint8_t key[32], const char *secret, const struct sigv4_scope *s);
void sigv4_signature(char out[SIGV4_HEX], const uint8_t key[32], struct slice string_to_sign);

/* ---- signing ---- */

/*
 * The value of the Authorization header for r, whose headers must already
 * hold host and x-amz-date (and x-amz-security-token where there is one).
 * signature, if not NULL, receives the bare signature: the seed for chunks.
 */
enum lk_status sigv4_sign(struct str *authorization, const struct sigv4_request *r,
                          enum sigv4_path path_rule, const char *secret,
                          const struct sigv4_scope *s, char signature[SIGV4_HEX],
                          struct lk_error *err);
/*
 * The query of a presigned URL: r's own query with the X-Amz- parameters, the
 * signature last. token may be NULL.
 */
enum lk_status sigv4_presign(struct str *query, const struct sigv4_request *r,
                             enum sigv4_path path_rule, const char *secret, const char *token,
                             const struct sigv4_scope *s, int expires_seconds,
                             struct lk_error *err);

/* ---- bodies in signed chunks (S3) ---- */

/* Each chunk's signature goes into the next; previous and out may be the same array. */
void sigv4_chunk(char out[SIGV4_HEX], const uint8_t key[32], const struct sigv4_scope *s,
                 const char previous[SIGV4_HEX], struct slice chunk);
/* trailers: "name:value\n" of each, in the order sent. */
void sigv4_trailer(char out[SIGV4_HEX], const uint8_t key[32], const struct sigv4_scope *s,
                   const char previous[SIGV4_HEX], struct slice trailers);

/* ---- verifying ---- */

/* What a request claims. Slices point into the text parsed, except those decoded into `arena`. */
struct sigv4_claim {
    struct slice access_key, date, region, service; /* the credential's parts */
    struct slice signed_headers, signature;
    struct slice time;  /* X-Amz-Date of a presigned URL; empty from a header */
    struct slice token; /* of a presigned URL; empty where absent */
    int64_t expires;    /* seconds, of a presigned URL; -1 from a header */
};

struct arena;
/* "AWS4-HMAC-SHA256 Credential=.., SignedHeaders=.., Signature=..", with or without the spaces. */
enum lk_status sigv4_parse_header(struct sigv4_claim *out, struct slice authorization,
                                  struct lk_error *err);
/* Is there an X-Amz-Signature in the query? */
bool sigv4_is_presigned(struct slice query);
enum lk_status sigv4_parse_query(struct sigv4_claim *out, struct arena *arena, struct slice query,
                                 struct lk_error *err);
/*
 * Is the claimed signature that of r with this secret? time: x-amz-date or the
 * claim's. The texts of the first two steps come back for an error's message
 * and may be NULL. Time, expiry and scope are the caller's to judge.
 */
bool sigv4_verify(const struct sigv4_claim *claim, const struct sigv4_request *r,
                  enum sigv4_path path_rule, const char *secret, struct slice time,
                  struct str *canonical, struct str *string_to_sign);

#endif
