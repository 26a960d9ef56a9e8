/* What the builders of requests for jobs share; see job.h. */
#ifndef AWS_JOB_INTERNAL_H
#define AWS_JOB_INTERNAL_H

#include "aws/job.h"

/* The description's keys against the list of those there are. */
enum lk_status job_check_keys(const struct json *spec, const char *const *keys, size_t n,
                              const char *what, struct lk_error *err);
enum lk_status job_need(const struct json *spec, const char *what, const char *key,
                        struct lk_error *err);

/* A key's value, or what stands for it where it is not there. */
const char *job_text(const struct json *spec, const char *key, const char *otherwise);
int64_t job_number(const struct json *spec, const char *key, int64_t otherwise);
/* Where the key is given, it is s3://bucket/key. */
enum lk_status job_check_url(const struct json *spec, const char *key, struct lk_error *err);
/* The image that is named, or the built-in one of the client's region and the version. */
enum lk_status job_find_image(struct str *out, const struct aws *c, const struct json *spec,
                              struct lk_error *err);

/* Parts of requests; an empty map or no tags write nothing. Values become text. */
void job_put_text_value(struct json_out *w, const char *key, const struct json *value);
void job_put_text_map(struct json_out *w, const char *key, const struct json *map);
void job_put_tags(struct json_out *w, const struct json *tags);

#endif
