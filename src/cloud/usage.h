/*
 * What was used, and what it costs at practice prices: the ledger behind the
 * bill. Machines are written down when they are held and let go (quota.c);
 * storage is measured now and then; labels are counted where they stand.
 *
 * A machine costs as long as it is held, whole seconds, whether the practice
 * cloud was up or not: AWS would not have been off either.
 */
#ifndef CLOUD_USAGE_H
#define CLOUD_USAGE_H

#include "cloud/instance.h"
#include "cloud/service.h"

/* Under the lock, in a transaction. */
void usage_begin(struct cloud *cloud, const char *region, enum instance_use use,
                 const struct instance_type *type, int64_t count, const char *holder);
void usage_end(struct cloud *cloud, const char *holder);
/* Measure what lies in the buckets, since the last time. */
void usage_measure_storage(struct cloud *cloud);

/* One thing that costs, within the time asked about. Texts live in the arena given. */
struct charge {
    const char *service;    /* "Amazon SageMaker" */
    const char *usage_type; /* "USE1-Train:ml.m5.large" */
    const char *region, *resource, *unit;
    double quantity, dollars;
};
typedef void charge_fn(void *ctx, const struct charge *c);
/* All charges of [from, until), Unix milliseconds; under the lock. */
void usage_each(struct cloud *cloud, struct arena *memory, int64_t from, int64_t until,
                charge_fn *fn, void *ctx);
/* Their sum. */
double usage_total(struct cloud *cloud, struct arena *memory, int64_t from, int64_t until);

/* A unit of what is not rented by the hour, in this region; 0 when the price list has none. */
double price_of(const char *service, const char *usage, const char *region);
const struct region *region_find(const char *code); /* NULL: none of ours */

/* The first millisecond of the month that holds `ms`, and of the one `months` later. */
int64_t month_start(int64_t ms, int months);

#endif
