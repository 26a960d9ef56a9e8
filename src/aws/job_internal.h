/* What the builders of requests for jobs share; see job.h. */
#ifndef AWS_JOB_INTERNAL_H
#define AWS_JOB_INTERNAL_H

#include "aws/job.h"

/* The description's keys against the list of those there are. */
enum lk_status job_check_keys(const struct json *spec, const char *const *keys, size_t n,
                              const char *what, struct lk_error *err);
enum lk_status job_need(const struct json *spec, const char *what, const char *key,
                        struct lk_error *err);

#endif
