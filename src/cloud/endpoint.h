/*
 * Endpoints, between their parts: what is asked for (sagemaker_endpoint.c),
 * what runs (endpoint_run.c), and what InvokeEndpoint finds (runtime.c).
 *
 * An endpoint is a thing (thing.h). Its detail is
 *     {"config": NAME, "variants": [...], "pending": NAME, "wanted": [...], "reason": TEXT}
 * where variants are what serves, and wanted is what an update is to make of
 * them; both are production variants as CreateEndpointConfig takes them. They
 * are copies, because a configuration may be deleted under an endpoint.
 */
#ifndef CLOUD_ENDPOINT_H
#define CLOUD_ENDPOINT_H

#include "cloud/service.h"
#include "cloud/thing.h"
#include "cloud/work.h"

#define ENDPOINT_KIND   "endpoint"
#define ENDPOINT_CONFIG "endpoint-config"

enum { ENDPOINT_VARIANTS = 10, ENDPOINT_INSTANCES = 20 };

extern const struct work_kind work_endpoint;

/* ---- detail -------------------------------------------------------------------------- */

struct endpoint_detail {
    struct json *root;                     /* owns the next two */
    const struct json *variants, *wanted;  /* NULL where there are none */
    const char *config, *pending, *reason; /* borrowed from root; NULL where there are none */
};
/* false when it is unreadable; free with endpoint_detail_done. */
bool endpoint_detail_read(struct endpoint_detail *d, const struct thing *t);
void endpoint_detail_done(struct endpoint_detail *d);
/* As JSON text in the arena. */
const char *endpoint_detail_print(struct arena *a, const struct endpoint_detail *d);

double endpoint_weight(const struct json *variant);
size_t endpoint_count(const struct json *variant); /* instances; 1 for a serverless one */

/*
 * Reserve what the variants run on, for the holder; of what is held already
 * (NULL: nothing) only the difference. false: the call failed.
 */
bool endpoint_reserve(struct call *c, const struct json *variants, const struct json *held,
                      const char *holder);
/* The same outside a call, of what is known to be free. */
void endpoint_hold(struct cloud *cloud, const char *region, const struct json *variants,
                   const char *holder);
/* The ARN under which an update's instances are held beside those that still serve. */
const char *endpoint_update_holder(struct arena *a, const char *arn);

/* ---- what answers: under the lock ------------------------------------------------------ */

struct endpoint_live {
    const char *region, *name;
    struct endpoint_place {
        char variant[64];
        double weight; /* of the variant, shared among its places */
        int port;
        double turn; /* whose turn it is: see runtime.c */
    } place[ENDPOINT_INSTANCES];
    size_t n;
    struct endpoint_live *next;
};

/* Put in (or replace) what answers for this endpoint; e is the work's, until taken out. */
void endpoint_live_put(struct cloud *cloud, struct endpoint_live *e);
void endpoint_live_take(struct cloud *cloud, struct endpoint_live *e);
struct endpoint_live *endpoint_live_find(struct cloud *cloud, const char *region, const char *name);

#endif
