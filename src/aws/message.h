/*
 * Messages: JSON in, a request of the operation's protocol out, and the
 * answer back as JSON, by the tables of api.h. Pure: nothing is sent here.
 */
#ifndef AWS_MESSAGE_H
#define AWS_MESSAGE_H

#include "aws/api.h"
#include "aws/net.h"
#include "base/json.h"

/* A request before it has a host and a signature. All text is in the arena, but the body. */
struct message {
    struct arena arena;
    const char *method;
    struct str path;    /* percent-encoded; S3: without the bucket */
    const char *bucket; /* S3, or NULL */
    struct str query;   /* percent-encoded */
    struct sigv4_header headers[40];
    size_t header_count;
    struct str body;
    bool body_streams; /* the operation's payload is bytes, given by the caller */
};

/*
 * Check `in` (an object; NULL is an empty one) against the operation, then
 * write the request. LK_EUSE names the member at fault and, where one is
 * near, the member or word that was probably meant.
 */
enum lk_status message_write(struct message *out, const struct aws_service *s,
                             const struct aws_op *op, const struct json *in, struct lk_error *err);
void message_done(struct message *m);
void message_header(struct message *m, const char *name, struct slice value); /* copied */

/* A 2xx answer as a JSON object's text. */
enum lk_status message_read(struct str *out, const struct aws_service *s, const struct aws_op *op,
                            const struct net_answer *a, struct lk_error *err);

/* What an error answer says; all in the arena, "" where unknown. */
struct fault {
    const char *code, *message, *request_id, *region;
};
void message_fault(struct fault *out, struct arena *arena, const struct aws_service *s,
                   const struct net_answer *a);

#endif
