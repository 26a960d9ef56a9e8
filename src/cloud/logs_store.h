/* Between the files of CloudWatch Logs: its rows. All under the lock, in a transaction. */
#ifndef CLOUD_LOGS_STORE_H
#define CLOUD_LOGS_STORE_H

#include "cloud/logs.h"

struct logs_stream {
    int64_t id, events; /* the next event's number */
};

void logs_make_group(struct cloud *cloud, const char *region, const char *group);
void logs_make_stream(struct cloud *cloud, const char *region, const char *group,
                      const char *stream);
bool logs_has_group(struct cloud *cloud, const char *region, const char *group);
bool logs_find_stream(struct cloud *cloud, const char *region, const char *group,
                      const char *stream, struct logs_stream *out);

/* ---- tags (logs_tags.c) ---- */

const char *logs_group_arn(struct call *c);
/* The group's name in its ARN; what is no ARN is a name. */
const char *logs_name_in(struct call *c, const char *arn);
void logs_put_tags(struct call *c); /* the request's "tags" */
operation_fn logs_tag, logs_untag, logs_list_tags;

#endif
