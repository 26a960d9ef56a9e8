/*
 * Machines that can be rented, what for, and for how much: the one table that
 * quotas, the price list and (through it) every bill are made from.
 *
 * Prices are for practice. They are like AWS's, so that what is dear there is
 * dear here, and they say of themselves that they are not AWS's.
 */
#ifndef CLOUD_INSTANCE_H
#define CLOUD_INSTANCE_H

#include <stddef.h>

/* Each use of an instance type has a quota, and most have a price, of their own. */
enum instance_use {
    USE_TRAINING,
    USE_SPOT_TRAINING,
    USE_TRANSFORM,
    USE_ENDPOINT,
    USE_NOTEBOOK,
    USE_PROCESSING,
    INSTANCE_USES
};

struct instance_use_words {
    const char *quota;     /* "training job usage" */
    const char *usage;     /* in the price list: "Train"; NULL: billed as another use is */
    const char *component; /* "Training" */
};
extern const struct instance_use_words instance_uses[INSTANCE_USES];

struct instance_type {
    const char *name; /* "ml.m5.large" */
    int vcpus, gpus;
    double memory_gib;
    double dollars; /* an hour, in us-east-1 */
    /* How many a new account may have at once, by use; -1: not to be had for it. */
    signed char quota[INSTANCE_USES];
};
extern const struct instance_type instance_types[];
extern const size_t instance_type_count;

/* NULL when there is no such type. */
const struct instance_type *instance_find(const char *name);

struct region {
    const char *code;   /* "us-east-1" */
    const char *name;   /* "US East (N. Virginia)" */
    const char *prefix; /* of usage types: "USE1" */
    double factor;      /* on the prices of us-east-1 */
};
extern const struct region regions[];
extern const size_t region_count;

#endif
