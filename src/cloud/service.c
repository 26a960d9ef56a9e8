/* The services that there are; add a line here. */
#include "cloud/internal.h"

#include <string.h>

// clang-format off
const struct service *const services[] = {
    &service_s3,
    &service_sts,
    &service_iam,
    &service_sagemaker,
    &service_quotas,
    &service_pricing,
    &service_logs,
    &service_cloudtrail,
    &service_cost,
    &service_budgets,
    &service_runtime,
    NULL,
};
// clang-format on

const struct service *service_named(struct slice name)
{
    for (const struct service *const *s = services; *s; s++)
        if (slice_is(name, (*s)->name))
            return *s;
    return NULL;
}

const struct service *service_of_target(struct slice target)
{
    for (const struct service *const *s = services; *s; s++)
        if ((*s)->protocol == PROTOCOL_JSON && slice_is(target, (*s)->target))
            return *s;
    return NULL;
}

const struct operation *operation_named(const struct service *s, struct slice name)
{
    for (const struct operation *o = s->operations; o && o->name; o++)
        if (slice_is(name, o->name))
            return o;
    return NULL;
}
