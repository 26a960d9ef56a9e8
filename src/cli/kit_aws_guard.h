/* The guard, as the commands `labkit aws ...` that make or delete things use it. */
#ifndef CLI_KIT_AWS_GUARD_H
#define CLI_KIT_AWS_GUARD_H

#include "aws/job.h"
#include "cli/kit_aws.h"

#define KIT_GUARD_OPTIONS                                                                          \
    {"yes", NULL, "do not ask before what can cost", false, 'y'},                                  \
        {"price", "USD", "what an instance costs an hour, where the price list does not tell",     \
         false, 0},                                                                                \
    {                                                                                              \
        "max-minutes", "N", "time limit of a job (default 60)", false, 0                           \
    }

/* Client and guard by the options; close both, also after a failure. */
enum lk_status kit_guard_open(struct aws **c, struct guard **g, const struct args *a,
                              struct lk_error *err);
void kit_guard_close(struct aws *c, struct guard *g);

#endif
