/* What the commands `labkit aws s3 ...` share. */
#ifndef CLI_KIT_AWS_S3_H
#define CLI_KIT_AWS_S3_H

#include "aws/s3.h"
#include "cli/kit_aws.h"

typedef enum lk_status kit_s3_fn(struct aws *c, const struct args *a, const struct s3_url *url,
                                 struct lk_error *err);

/* Run a command on the one s3:// URL that it takes, with the client opened; the exit code. */
int kit_s3_on_url(const struct args *a, kit_s3_fn *what, struct lk_error *err);

#endif
