/*
 * What the client can ask of AWS, as tables: one row an operation, its members
 * in a compact notation. Requests are checked and written from it, XML answers
 * read by it, and a test compares every row with AWS's own service models.
 *
 * The notation, members separated by blanks:
 *
 *     Name            text                     {..}     structure
 *     Name!           must be given            [t]      list of t
 *     Name(wire)      its name on the wire     [tag:t]  its elements are called tag in XML
 *     Name:t          of type t                *[t]     elements not wrapped in one of the list's
 *     i n b t x       integer, number, truth   <t>      map from text to t
 *                     time, bytes              =A|B     one of these words
 *     $Shape          a type of the table `shapes`
 *     @uName @qname @hname @mprefix @p @c      where it goes or comes from: path, query, header,
 *                     headers of a prefix, the whole body, the status (REST protocols)
 */
#ifndef AWS_API_H
#define AWS_API_H

#include "base/mem.h"
#include "labkit.h"

enum aws_protocol { AWS_JSON, AWS_QUERY, AWS_REST_XML, AWS_REST_JSON };

struct aws_op {
    const char *name;
    const char *http; /* "PUT /{Bucket}/{Key+}?acl"; NULL: POST / */
    const char *in;
    const char *out; /* NULL: JSON, taken as it comes */
};

struct aws_shape {
    const char *name, *text;
};

struct aws_service {
    const char *name;     /* as in aws_call: "sagemaker" */
    const char *signing;  /* "sagemaker"; NULL: not signed */
    const char *endpoint; /* first part of the host: "api.sagemaker" */
    const char *setting;  /* AWS_ENDPOINT_URL_<setting> */
    const char *target;   /* JSON: what stands before the operation in X-Amz-Target */
    const char *version;  /* query: Version */
    const char *words;    /* for messages: "SageMaker" */
    enum aws_protocol protocol;
    const struct aws_op *ops;
    size_t op_count;
    const struct aws_shape *shapes;
    size_t shape_count;
};

/* By name; LK_EUSE with the nearest name. */
enum lk_status aws_find_service(const struct aws_service **out, const char *name,
                                struct lk_error *err);
enum lk_status aws_find_op(const struct aws_op **out, const struct aws_service *s, const char *name,
                           struct lk_error *err);
/* All of them, for listing. */
const struct aws_service *const *aws_services(size_t *n);

/* ---- the notation, read ---- */

enum shape_kind {
    SHAPE_STRING,
    SHAPE_INTEGER,
    SHAPE_NUMBER,
    SHAPE_BOOL,
    SHAPE_TIME,
    SHAPE_BYTES,
    SHAPE_STRUCT,
    SHAPE_LIST,
    SHAPE_MAP,
};

struct member;

struct shape {
    enum shape_kind kind;
    const char *words;      /* SHAPE_STRING: "A|B", or NULL for any */
    struct member *members; /* SHAPE_STRUCT */
    struct shape *element;  /* SHAPE_LIST, SHAPE_MAP */
    const char *tag;        /* SHAPE_LIST: its elements in XML */
    bool flat;
};

struct member {
    const char *name, *wire;
    bool required;
    char place; /* 'u', 'q', 'h', 'm', 'p', 'c', or 0: in the body */
    const char *place_name;
    const struct shape *shape;
    struct member *next;
};

/* Read a row's text; the tables are ours, so a mistake in them ends the program. */
const struct shape *shape_read(struct arena *arena, const struct aws_service *s, const char *text);
const struct member *shape_member(const struct shape *structure, const char *name);
/* The kind as a word: "text", "an integer", ... */
const char *shape_kind_name(enum shape_kind kind);

#endif
