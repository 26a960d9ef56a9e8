/* A transform job at work: between transform_run.c, its life, and transform_files.c, its files. */
#ifndef CLOUD_TRANSFORM_INSIDE_H
#define CLOUD_TRANSFORM_INSIDE_H

#include "cloud/thing.h"
#include "cloud/transform.h"

struct transform {
    struct work *w;
    struct thing thing;
    struct json *request;
    const char *arn;
    struct served_model model;
    struct objects s3;
    struct served served;
    struct served_log log, data_log;
    struct transform_shape shape;
    struct transform_asking asking;
    const char *strategy; /* as the log says it */
    bool gzip;
    const char *bucket, *prefix; /* of the input */
    const char *out_bucket, *out_prefix;
    struct names {
        char **key;
        size_t n, cap;
    } files;
    const char *reason; /* of the failure; NULL: none */
};

/* The first reason stands; kind is "ClientError", "AlgorithmError", ... */
void transform_fail(struct transform *t, const char *kind, const char *text);
/* What went wrong, as the service says whose fault it was. */
void transform_fail_with(struct transform *t, const struct lk_error *err);
/* The request's part.member. */
const struct json *transform_of(const struct transform *t, const char *part, const char *member);

/* List the input's files; false with the job failed. */
bool transform_find_files(struct transform *t);
/* One file through the model, into its .out; what goes wrong is the job's reason, and in its log.
 */
void transform_do_file(struct transform *t, const char *key);

#endif
