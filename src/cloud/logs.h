/*
 * CloudWatch Logs, for those who write from inside: a job's container output
 * goes to a stream of its own, as the job's role.
 *
 *     good = logs_open(cloud, memory, &role, region, "/aws/sagemaker/TrainingJobs", stream);
 *     ...
 *     if (good)
 *         logs_put(cloud, region, group, stream, lines, n);
 *
 * A role that may not write logs has none, and its job runs all the same, as
 * on AWS. All under the lock, in a transaction.
 */
#ifndef CLOUD_LOGS_H
#define CLOUD_LOGS_H

#include "cloud/service.h"

enum { LOGS_TEXT_MAX = 256 << 10 };

struct logs_line {
    int64_t at_ms;
    struct slice text;
};

/* Make group and stream where they are not; false when the role may not make or fill them. */
bool logs_open(struct cloud *cloud, struct arena *memory, const struct caller *who,
               const char *region, const char *group, const char *stream);
void logs_put(struct cloud *cloud, const char *region, const char *group, const char *stream,
              const struct logs_line *lines, size_t n);

#endif
