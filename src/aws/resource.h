/*
 * The kinds of things that can be made and must not be forgotten: one row
 * each says how one is made, found, tagged and deleted. The guard, the ledger
 * and the clean-up all read this table, so that none can know of a kind that
 * another does not.
 */
#ifndef AWS_RESOURCE_H
#define AWS_RESOURCE_H

#include "aws/aws.h"

enum resource_cost {
    COST_NOTHING, /* or next to it: a model, a role, an empty bucket */
    COST_JOB,     /* by time, until it is over or its limit stops it */
    COST_HOURLY,  /* by time, until it is deleted */
};

struct resource {
    const char *kind;  /* "training-job" */
    const char *words; /* "training job" */
    const char *service;
    const char *create, *remove, *stop, *describe; /* operations; NULL: there is none */
    const char *name;                              /* member that holds the name, in all of them */
    const char *arn;       /* member of create's answer; a path "Role.Arn" */
    const char *remove_by; /* remove's member, where it is not `name`: takes the ARN */
    const char *status;    /* describe's member */
    const char *list, *list_items, *list_name, *list_arn; /* how to find more of them */
    enum resource_cost cost;
    const char *usage; /* in price list and quota: "Train", and its words */
    const char *quota;
    int order; /* in clean-up: lower first */
};

extern const struct resource resources[];
extern const size_t resource_count;

/* A run of a pipeline: neither listed nor named as the others are, but it may not be forgotten. */
extern const struct resource resource_pipeline_run;

const struct resource *resource_of_kind(const char *kind); /* or NULL */
const struct resource *resource_of_create(const char *service, const char *op);
const struct resource *resource_of_remove(const char *service, const char *op);
/* Is a status one that will not change by itself? */
bool resource_is_over(const char *status);
/* "a.b" of a tree, as text, or "". */
const char *json_path(const struct json *j, const char *path);

#define RESOURCE_TAG "labkit"

#endif
