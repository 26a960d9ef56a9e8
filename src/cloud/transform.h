/* Batch transform, between its parts: what a job asks for, and how a file is gone through. */
#ifndef CLOUD_TRANSFORM_H
#define CLOUD_TRANSFORM_H

#include "cloud/jsonpath.h"
#include "cloud/served.h"

#include <stdio.h>

extern const struct work_kind work_transform;

enum { TRANSFORM_PAYLOAD_MB = 6, TRANSFORM_MOST_MB = 100, TRANSFORM_MOST_AT_ONCE = 100 };

/* DataProcessing, and how records are told apart and put together. */
struct transform_shape {
    bool split, multi; /* by lines; several of them in a payload */
    bool assemble;     /* a line end after each record */
    bool json;         /* records are JSON, not CSV */
    bool join;
    struct jsonpath *input, *output;
};

/* How the container is asked. */
struct transform_asking {
    struct served *served;
    const char *content_type, *accept; /* NULL: not said */
    size_t payload;                    /* bytes at most */
    size_t at_once;
    int64_t timeout_ms;
    int retries;
};

/* One mini-batch: the records of one file that go in one request. */
struct transform_payload {
    struct str body, originals; /* originals: before the input filter, a line each, for join */
    size_t records;
    struct http_answer answer;
    enum lk_status status;
    struct lk_error err;
};
void transform_payload_init(struct transform_payload *p);
void transform_payload_done(struct transform_payload *p);

/* transform_split.c: payloads out of a file. */
struct transform_feed;
enum lk_status transform_feed_open(struct transform_feed **out, const char *path, bool gzip,
                                   struct lk_error *err);
/* Fill p; p->records 0 at the end of the file. LK_ELIMIT: a record larger than a payload. */
enum lk_status transform_feed_next(struct transform_payload *p, struct transform_feed *f,
                                   const struct transform_shape *shape, size_t payload,
                                   struct lk_error *err);
void transform_feed_close(struct transform_feed *f);

/* transform_ask.c: n payloads at once; each has its own status. The container's log flows on. */
void transform_ask(struct transform_payload *p, size_t n, const struct transform_asking *a);

/* transform_record.c: the record a path chooses from, and the answer's records put in order. */
enum lk_status transform_filter(struct str *out, const struct jsonpath *path, bool json,
                                struct slice record, struct lk_error *err);
enum lk_status transform_assemble(FILE *out, const struct transform_payload *p,
                                  const struct transform_shape *shape, struct lk_error *err);

#endif
