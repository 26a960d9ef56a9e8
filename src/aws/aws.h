/*
 * AWS, for the command line and the lab bindings: a client, and one call for
 * every operation in the tables of api.h.
 *
 *     struct aws *c;
 *     aws_open(&c, &(struct aws_options){.target = "practice"}, err);
 *     aws_call(c, "sagemaker", "DescribeTrainingJob",
 *              SLICE("{\"TrainingJobName\":\"first\"}"), &answer, err);
 *
 * The practice cloud and AWS differ in endpoint and credentials, in nothing
 * else. A client may be used by several threads at once. Calls retry as AWS's
 * `standard` mode does, refresh credentials, correct the clock and follow a
 * bucket to its region; what they cannot mend they explain.
 */
#ifndef AWS_AWS_H
#define AWS_AWS_H

#include "aws/net.h"
#include "base/json.h"
#include "labkit.h"

struct aws;

struct aws_options {
    const char *target;   /* "aws" (NULL too) or "practice" */
    const char *profile;  /* instead of AWS_PROFILE, "default" */
    const char *region;   /* instead of AWS_REGION, AWS_DEFAULT_REGION, the profile's */
    bool anonymous;       /* sign nothing: be what anybody is */
    bool stay;            /* do not follow a bucket to its region: its answer is the error */
    const char *endpoint; /* for every service, instead of AWS_ENDPOINT_URL and the like */
    const char *folder;   /* of the practice cloud, instead of the user's */
    /* Told in one line what the client did by itself (another region, a corrected clock). */
    void (*note)(void *ctx, const char *line);
    /* The code that the MFA device `serial` shows now; false: there is nobody to ask. */
    bool (*ask_code)(void *ctx, char *code, size_t size, const char *serial);
    void *ctx;
};

/* Settings are read here; credentials when they are first needed. */
enum lk_status aws_open(struct aws **out, const struct aws_options *o, struct lk_error *err);
/* A client that acts as the role (an ARN) for an hour, in c's region; c stays what it is. */
enum lk_status aws_open_as(struct aws **out, struct aws *c, const char *role_arn,
                           struct lk_error *err);
void aws_close(struct aws *c);
/* Make every call under way and to come end soon with LK_ECANCELLED. Safe in a signal handler. */
void aws_cancel(struct aws *c);
bool aws_is_cancelled(const struct aws *c);

const char *aws_target(const struct aws *c); /* "aws" or "practice" */
/* "" where none is set; borrowed. */
const char *aws_region(const struct aws *c);
/* The DNS suffix and the word in ARNs of the region's partition: "amazonaws.com", "aws". */
const char *aws_suffix(const struct aws *c);
const char *aws_partition(const struct aws *c);
/* Milliseconds that AWS's clock is ahead of ours, as last seen. */
int64_t aws_clock_offset(const struct aws *c);
/* Where the credentials came from, in words, and which key; "" before the first use. */
enum lk_status aws_credentials_source(struct aws *c, struct str *source, struct str *key_id,
                                      int64_t *expires_ms, struct lk_error *err);

/*
 * One operation. `in` is a JSON object (empty text: {}); *out (if not NULL)
 * the answer, freed with json_free. LK_ESERVICE sets err->code.
 */
enum lk_status aws_call(struct aws *c, const char *service, const char *operation, struct slice in,
                        struct json **out, struct lk_error *err);
/* Could it be sent: are service, operation and members those there are? Nothing is sent. */
enum lk_status aws_check(struct aws *c, const char *service, const char *operation, struct slice in,
                         struct lk_error *err);
/* The same with the input's text made by printf; %s stands unquoted, so only for what is safe. */
enum lk_status aws_callf(struct aws *c, struct json **out, struct lk_error *err,
                         const char *service, const char *operation, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Bodies that stream. All zero is none. */
struct aws_io {
    struct slice body; /* sent, unless read is set */
    net_read_fn *read;
    void *read_ctx;
    int64_t length;
    const char *sha256;           /* of what `read` gives, in hexadecimal; NULL: unsigned payload */
    struct sigv4_header extra[4]; /* more headers, signed too; the first without name ends them */
    net_write_fn *write;          /* gets a 2xx answer's body */
    void (*restart)(void *write_ctx); /* before each attempt; may be NULL */
    void *write_ctx;
    bool once;       /* do not retry after bytes were written */
    int64_t written; /* out: bytes given to write in the last attempt */
    int attempts;    /* out: how often it was sent */
};
enum lk_status aws_call_io(struct aws *c, const char *service, const char *operation,
                           struct slice in, struct aws_io *io, struct json **out,
                           struct lk_error *err);
/* A URL that anyone may use for `seconds` (at most 604800): GET or PUT of an object. */
enum lk_status aws_presign(struct str *url, struct aws *c, const char *method, const char *bucket,
                           const char *key, int seconds, struct lk_error *err);

/*
 * All pages of a list operation: each item of member `list` (of whatever the
 * operation calls its pages) goes to fn, which returns false to stop.
 */
typedef bool aws_item_fn(void *ctx, const struct json *item);
enum lk_status aws_each(struct aws *c, const char *service, const char *operation, struct slice in,
                        const char *list, aws_item_fn *fn, void *ctx, struct lk_error *err);

/* Wait, but not past a cancellation (LK_ECANCELLED). */
enum lk_status aws_sleep(struct aws *c, int ms, struct lk_error *err);

#endif
