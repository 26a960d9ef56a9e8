/*
 * Quotas: how many instances of a type an account may use at once, for one use
 * in one region. Who starts instances reserves them first and releases them
 * when they are gone:
 *
 *     if (!quota_reserve(c, USE_TRAINING, "ml.m5.large", 2, job_arn))
 *         return;                  // the call has failed in AWS's words
 *     ...                          // and, in the end, once or more:
 *     quota_release(cloud, job_arn);
 *
 * Reservations are rows: they come and go with the transaction that they are
 * made in, and are still there after a restart.
 */
#ifndef CLOUD_QUOTA_H
#define CLOUD_QUOTA_H

#include "cloud/instance.h"
#include "cloud/service.h"

/*
 * Reserve for the holder (an ARN); holder NULL only asks whether it could be.
 * false: the call failed, with ResourceLimitExceeded, or ValidationException
 * when there is no such type for that use.
 */
bool quota_reserve(struct call *c, enum instance_use use, const char *instance, int64_t count,
                   const char *holder);
/* The same outside a call, in a transaction; false with AWS's sentence added to *why. */
bool quota_hold(struct cloud *cloud, const char *region, enum instance_use use,
                const struct instance_type *type, int64_t count, const char *holder,
                struct str *why);
/* All that the holder holds; nothing where it holds none. */
void quota_release(struct cloud *cloud, const char *holder);

#endif
