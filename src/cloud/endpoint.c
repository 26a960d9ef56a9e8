/* What the parts of endpoints share: the detail's form, and the list of what answers. */
#include "cloud/endpoint.h"

#include "cloud/internal.h"
#include "cloud/quota.h"

#include <string.h>

bool endpoint_detail_read(struct endpoint_detail *d, const struct thing *t)
{
    *d = (struct endpoint_detail){0};
    if (json_parse(&d->root, slice_of(t->detail), "endpoint", NULL))
        return false;
    d->variants = json_get(d->root, "variants");
    d->wanted = json_get(d->root, "wanted");
    d->config = json_string(json_get(d->root, "config"), NULL);
    d->pending = json_string(json_get(d->root, "pending"), NULL);
    d->reason = json_string(json_get(d->root, "reason"), NULL);
    return true;
}

void endpoint_detail_done(struct endpoint_detail *d)
{
    json_free(d->root);
    *d = (struct endpoint_detail){0};
}

const char *endpoint_detail_print(struct arena *a, const struct endpoint_detail *d)
{
    struct str text = STR_INIT;
    struct json_out w;
    const char *kept;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    if (d->config)
        json_put_z(&w, "config", d->config);
    if (d->variants)
        json_put_tree(&w, "variants", d->variants);
    if (d->pending)
        json_put_z(&w, "pending", d->pending);
    if (d->wanted)
        json_put_tree(&w, "wanted", d->wanted);
    if (d->reason)
        json_put_z(&w, "reason", d->reason);
    json_close(&w);
    kept = arena_strdup(a, text.ptr);
    str_done(&text);
    return kept;
}

double endpoint_weight(const struct json *variant)
{
    return json_number(json_get(variant, "InitialVariantWeight"), 1);
}

size_t endpoint_count(const struct json *variant)
{
    double n = json_number(json_get(variant, "InitialInstanceCount"), 1);

    return json_get(variant, "ServerlessConfig") || n < 1 ? 1
           : n > ENDPOINT_INSTANCES                       ? ENDPOINT_INSTANCES
                                                          : (size_t)n;
}

/* Two variants on one type are one reservation: the sum is asked for at the first. */
static double count_of_type(const struct json *variants, const char *type)
{
    double n = 0;

    for (const struct json *v = json_first(variants); v; v = json_next(v))
        if (!strcmp(json_string(json_get(v, "InstanceType"), ""), type))
            n += (double)endpoint_count(v);
    return n;
}

static bool is_first_of_type(const struct json *variants, const struct json *variant)
{
    const char *type = json_string(json_get(variant, "InstanceType"), "");
    const struct json *v = json_first(variants);

    while (v != variant && strcmp(json_string(json_get(v, "InstanceType"), ""), type))
        v = json_next(v);
    return v == variant;
}

bool endpoint_reserve(struct call *c, const struct json *variants, const struct json *held,
                      const char *holder)
{
    for (const struct json *v = json_first(variants); v; v = json_next(v)) {
        const char *type = json_string(json_get(v, "InstanceType"), NULL);
        double more = type ? count_of_type(variants, type) - count_of_type(held, type) : 0;

        if (type && is_first_of_type(variants, v) && more > 0 &&
            !quota_reserve(c, USE_ENDPOINT, type, (int64_t)more, holder))
            return false;
    }
    return true;
}

void endpoint_hold(struct cloud *cloud, const char *region, const struct json *variants,
                   const char *holder)
{
    struct str why = STR_INIT;

    for (const struct json *v = json_first(variants); v; v = json_next(v)) {
        const char *type = json_string(json_get(v, "InstanceType"), NULL);

        if (type && instance_find(type) && is_first_of_type(variants, v))
            quota_hold(cloud, region, USE_ENDPOINT, instance_find(type),
                       (int64_t)count_of_type(variants, type), holder, &why);
    }
    str_done(&why);
}

const char *endpoint_update_holder(struct arena *a, const char *arn)
{
    return arena_printf(a, "%s#update", arn);
}

/* ---- what answers ------------------------------------------------------------------------ */

struct endpoint_live *endpoint_live_find(struct cloud *cloud, const char *region, const char *name)
{
    for (struct endpoint_live *e = cloud->endpoints; e; e = e->next)
        if (!strcmp(e->region, region) && !strcmp(e->name, name))
            return e;
    return NULL;
}

void endpoint_live_take(struct cloud *cloud, struct endpoint_live *e)
{
    for (struct endpoint_live **at = &cloud->endpoints; *at; at = &(*at)->next)
        if (*at == e) {
            *at = e->next;
            return;
        }
}

void endpoint_live_put(struct cloud *cloud, struct endpoint_live *e)
{
    endpoint_live_take(cloud, e);
    e->next = cloud->endpoints;
    cloud->endpoints = e;
}
