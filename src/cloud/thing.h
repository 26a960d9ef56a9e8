/*
 * Things with a name in a region that are a request, a status and a little
 * more: notebook instances, labelling jobs, pipelines. They share a table, and
 * with it finding, listing in pages by every filter AWS has, and tags.
 *
 * `request` is the JSON that made (or last changed) it, `detail` JSON of the
 * kind's own. Texts live in the arena they were read into.
 */
#ifndef CLOUD_THING_H
#define CLOUD_THING_H

#include "cloud/service.h"

struct thing {
    const char *region, *kind, *name; /* kind as in its ARN: "notebook-instance" */
    const char *parent;               /* what it belongs to (an execution's pipeline), or "" */
    const char *status;
    const char *request, *detail;
    int64_t created, modified; /* Unix milliseconds */
    int64_t due;               /* when the status changes by itself; 0: not */
};

/* Under the lock, in a transaction, as all here. */
bool thing_get(struct thing *out, struct cloud *cloud, struct arena *a, const char *region,
               const char *kind, const char *name);
/* Made, or written over; created and modified 0 are now, texts NULL are "". */
void thing_put(struct cloud *cloud, const struct thing *t);
void thing_remove(struct cloud *cloud, const char *region, const char *kind, const char *name);

/* "arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME", in the arena. */
const char *thing_arn(struct cloud *cloud, struct arena *a, const struct thing *t);

/* The call's region's; made from the call's body, with its Tags. Returns its ARN. */
const char *thing_create(struct call *c, const char *kind, const char *name, const char *status,
                         const char *detail, int64_t due);
/* The call's region's; fails the call as SageMaker does where there is none. */
bool thing_need(struct call *c, struct thing *out, const char *kind, const char *name,
                const char *words);
/* With its tags. */
void thing_delete(struct call *c, const struct thing *t);

/*
 * A List operation: members NameContains, StatusEquals, CreationTimeAfter,
 * SortBy, NextToken, ... as far as the request has them. `put` writes the
 * members of one item.
 */
typedef void thing_fn(struct call *c, const struct thing *t);
void thing_list(struct call *c, const char *kind, const char *parent, const char *items,
                thing_fn *put);

/* ---- parts of an answer ---- */

void thing_put_time(struct call *c, const char *member, int64_t ms);
/* Those of the members that the request has. */
void thing_put_members(struct call *c, const struct json *request, const char *const *members,
                       size_t n);
/* {"Tags": [{"Key", "Value"}, ...]} under this name. */
void thing_put_tags(struct call *c, const char *member, const char *arn);
/* The thing's request or detail; freed with the call's answer... by you, with json_free. */
struct json *thing_json(struct call *c, const char *text);

#endif
