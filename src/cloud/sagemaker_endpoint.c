/*
 * Endpoints: asked for, described, updated, deleted. Each is kept running by a
 * work (endpoint_run.c) from its creation to its deletion, over every restart
 * of the cloud; what is changed here is found by that work at its next look.
 */
#include "cloud/endpoint.h"
#include "cloud/quota.h"
#include "cloud/sagemaker.h"
#include "cloud/shape.h"

#include <string.h>

static const struct shape update_shape[] = {
    {"DesiredWeightsAndCapacities", SHAPE_LIST, true, 1, ENDPOINT_VARIANTS, NULL},
    {"DesiredWeightsAndCapacities[].VariantName", SHAPE_TEXT, true, 1, 63, NULL},
    {"DesiredWeightsAndCapacities[].DesiredInstanceCount", SHAPE_NUMBER, false, 0, 1000, NULL},
    {.path = NULL},
};

static const char *endpoint_arn(struct call *c, const char *name)
{
    return call_arn(c, "sagemaker", ENDPOINT_KIND "/%s", name);
}

static bool need_endpoint(struct call *c, struct thing *t)
{
    const char *name = sagemaker_name(c, "EndpointName");

    if (!name)
        return false;
    if (thing_get(t, c->cloud, &c->memory, c->region, ENDPOINT_KIND, name))
        return true;
    call_fail(c, 400, "ValidationException", "Could not find endpoint \"%s\".",
              endpoint_arn(c, name));
    return false;
}

/* The configuration's request; json_free it. */
static struct json *need_config(struct call *c, const char *name)
{
    struct thing t;

    if (thing_get(&t, c->cloud, &c->memory, c->region, ENDPOINT_CONFIG, name))
        return thing_json(c, t.request);
    call_fail(c, 400, "ValidationException", "Could not find endpoint configuration \"%s\".",
              call_arn(c, "sagemaker", ENDPOINT_CONFIG "/%s", name));
    return NULL;
}

static bool check_total(struct call *c, const struct json *variants)
{
    size_t n = 0;

    for (const struct json *v = json_first(variants); v; v = json_next(v))
        n += endpoint_count(v);
    if (n > ENDPOINT_INSTANCES)
        call_fail(c, 400, "ResourceLimitExceeded",
                  "An endpoint of the practice cloud runs at most %d instances.",
                  ENDPOINT_INSTANCES);
    return !call_failed(c);
}

/* ---- creating ---------------------------------------------------------------------------- */

void sagemaker_create_endpoint(struct call *c)
{
    const char *name = sagemaker_name(c, "EndpointName"), *arn;
    const char *config_name = name ? sagemaker_name(c, "EndpointConfigName") : NULL;
    struct endpoint_detail d = {.config = config_name};
    struct json *config = NULL;
    struct thing t;

    if (!config_name || !sagemaker_check_tags(c))
        return;
    arn = endpoint_arn(c, name);
    if (thing_get(&t, c->cloud, &c->memory, c->region, ENDPOINT_KIND, name)) {
        call_fail(c, 400, "ValidationException", "Cannot create already existing endpoint \"%s\".",
                  arn);
        return;
    }
    if (!(config = need_config(c, config_name)))
        return;
    d.variants = json_get(config, "ProductionVariants");
    if (check_total(c, d.variants) && endpoint_reserve(c, d.variants, NULL, arn)) {
        json_put_z(&c->out, "EndpointArn",
                   thing_create(c, ENDPOINT_KIND, name, "Creating",
                                endpoint_detail_print(&c->memory, &d), 0));
        work_add(c->cloud, "endpoint", c->region, name);
    }
    json_free(config);
}

/* ---- describing, listing -------------------------------------------------------------------- */

static void put_image(struct call *c, const struct json *variant, int64_t at)
{
    struct stmt *s = sql(c->cloud, "select request from sagemaker_models where region = ?1"
                                   " and name = ?2");
    struct json *model = NULL;
    const char *image;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, json_string(json_get(variant, "ModelName"), ""));
    if (sql_row(c->cloud, s))
        model = thing_json(c, stmt_get_text(s, 0));
    image = json_string(json_get(json_get(model, "PrimaryContainer"), "Image"), NULL);
    json_open(&c->out, "DeployedImages", '[');
    if (image) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "SpecifiedImage", image);
        json_put_z(&c->out, "ResolvedImage", image);
        thing_put_time(c, "ResolutionTime", at);
        json_close(&c->out);
    }
    json_close(&c->out);
    json_free(model);
}

/* variant: as it serves, NULL where nothing does; wanted: as it shall be. */
static void put_variant(struct call *c, const struct json *variant, const struct json *wanted,
                        int64_t at)
{
    const struct json *serverless = json_get(variant, "ServerlessConfig");

    json_open(&c->out, NULL, '{');
    json_put_tree(&c->out, "VariantName", json_get(variant, "VariantName"));
    put_image(c, variant, at);
    json_put_number(&c->out, "CurrentWeight", endpoint_weight(variant));
    json_put_number(&c->out, "DesiredWeight", endpoint_weight(wanted));
    if (serverless) {
        json_put_tree(&c->out, "CurrentServerlessConfig", serverless);
        json_put_tree(&c->out, "DesiredServerlessConfig", serverless);
    } else {
        json_put_int(&c->out, "CurrentInstanceCount", (int64_t)endpoint_count(variant));
        json_put_int(&c->out, "DesiredInstanceCount", (int64_t)endpoint_count(wanted));
    }
    json_close(&c->out);
}

static const struct json *variant_named(const struct json *variants, const char *name)
{
    const struct json *v = json_first(variants);

    while (v && strcmp(json_string(json_get(v, "VariantName"), ""), name))
        v = json_next(v);
    return v;
}

static void put_variants(struct call *c, const struct endpoint_detail *d, const struct thing *t)
{
    json_open(&c->out, "ProductionVariants", '[');
    for (const struct json *v = json_first(d->variants); v; v = json_next(v)) {
        const struct json *w =
            variant_named(d->wanted, json_string(json_get(v, "VariantName"), ""));

        put_variant(c, v, w ? w : v, t->created);
    }
    json_close(&c->out);
}

void sagemaker_describe_endpoint(struct call *c)
{
    struct endpoint_detail d;
    struct thing t;

    if (!need_endpoint(c, &t) || !endpoint_detail_read(&d, &t))
        return;
    json_put_z(&c->out, "EndpointName", t.name);
    json_put_z(&c->out, "EndpointArn", thing_arn(c->cloud, &c->memory, &t));
    json_put_z(&c->out, "EndpointConfigName", d.config ? d.config : "");
    json_put_z(&c->out, "EndpointStatus", t.status);
    if (strcmp(t.status, "Creating") && strcmp(t.status, "Failed"))
        put_variants(c, &d, &t);
    if (d.reason)
        json_put_z(&c->out, "FailureReason", d.reason);
    thing_put_time(c, "CreationTime", t.created);
    thing_put_time(c, "LastModifiedTime", t.modified);
    endpoint_detail_done(&d);
}

static void put_summary(struct call *c, const struct thing *t)
{
    json_put_z(&c->out, "EndpointName", t->name);
    json_put_z(&c->out, "EndpointArn", thing_arn(c->cloud, &c->memory, t));
    thing_put_time(c, "CreationTime", t->created);
    thing_put_time(c, "LastModifiedTime", t->modified);
    json_put_z(&c->out, "EndpointStatus", t->status);
}

void sagemaker_list_endpoints(struct call *c)
{
    thing_list(c, ENDPOINT_KIND, NULL, "Endpoints", put_summary);
}

/* ---- updating -------------------------------------------------------------------------------- */

static bool can_update(struct call *c, const struct thing *t)
{
    const char *arn = thing_arn(c->cloud, &c->memory, t);

    if (!strcmp(t->status, "Failed"))
        call_fail(c, 400, "ValidationException",
                  "Cannot update endpoint \"%s\" that has failed; delete it and create it anew.",
                  arn);
    else if (strcmp(t->status, "InService"))
        call_fail(c, 400, "ValidationException", "Cannot update in-progress endpoint \"%s\".", arn);
    return !call_failed(c);
}

/*
 * The work sees it at its next look. held: what of the wanted is held already;
 * a new configuration runs beside the old one, a change of counts does not.
 */
static void begin_update(struct call *c, struct thing *t, struct endpoint_detail *d,
                         const char *config, const struct json *wanted, const struct json *held)
{
    const char *arn = thing_arn(c->cloud, &c->memory, t);

    if (!check_total(c, wanted) ||
        !endpoint_reserve(c, wanted, held, endpoint_update_holder(&c->memory, arn)))
        return;
    d->pending = config;
    d->wanted = wanted;
    d->reason = NULL;
    t->detail = endpoint_detail_print(&c->memory, d);
    t->status = "Updating";
    t->modified = 0;
    thing_put(c->cloud, t);
    json_put_z(&c->out, "EndpointArn", arn);
}

/*
 * The configuration's variants; with RetainAllVariantProperties those that are
 * there already keep their weight and count. json_free it.
 */
static struct json *new_variants(struct call *c, const struct json *variants,
                                 const struct json *current)
{
    bool retain = json_bool(json_get(c->in, "RetainAllVariantProperties"), false);
    struct str text = STR_INIT;
    struct json *out = NULL;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '[');
    for (const struct json *v = json_first(variants); v; v = json_next(v)) {
        const struct json *old =
            retain ? variant_named(current, json_string(json_get(v, "VariantName"), "")) : NULL;

        json_open(&w, NULL, '{');
        for (const struct json *m = json_first(v); m; m = json_next(m))
            if (!old || (strcmp(json_key(m), "InitialVariantWeight") &&
                         strcmp(json_key(m), "InitialInstanceCount")))
                json_put_tree(&w, json_key(m), m);
        if (old) {
            json_put_number(&w, "InitialVariantWeight", endpoint_weight(old));
            json_put_int(&w, "InitialInstanceCount", (int64_t)endpoint_count(old));
        }
        json_close(&w);
    }
    json_close(&w);
    if (json_parse(&out, slice_str(&text), "variants", NULL))
        call_fail(c, 500, "InternalFailure", "The configuration's variants are unreadable.");
    str_done(&text);
    return out;
}

void sagemaker_update_endpoint(struct call *c)
{
    struct thing t;
    struct endpoint_detail d;
    struct json *config, *wanted;
    const char *name = sagemaker_name(c, "EndpointConfigName");

    if (!name || !need_endpoint(c, &t) || !can_update(c, &t) || !(config = need_config(c, name)))
        return;
    if (endpoint_detail_read(&d, &t) &&
        (wanted = new_variants(c, json_get(config, "ProductionVariants"), d.variants))) {
        begin_update(c, &t, &d, name, wanted, NULL);
        json_free(wanted);
    }
    endpoint_detail_done(&d);
    json_free(config);
}

/* The variants with the weights and counts that the request wants for some of them. */
static struct json *change_variants(struct call *c, const struct json *variants)
{
    const struct json *changes = json_get(c->in, "DesiredWeightsAndCapacities");
    struct str text = STR_INIT;
    struct json *out = NULL;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '[');
    for (const struct json *v = json_first(variants); v; v = json_next(v)) {
        const struct json *change =
            variant_named(changes, json_string(json_get(v, "VariantName"), ""));
        const struct json *weight = json_get(change, "DesiredWeight");
        const struct json *count = json_get(change, "DesiredInstanceCount");

        json_open(&w, NULL, '{');
        for (const struct json *m = json_first(v); m; m = json_next(m))
            if (!(weight && !strcmp(json_key(m), "InitialVariantWeight")) &&
                !(count && !strcmp(json_key(m), "InitialInstanceCount")))
                json_put_tree(&w, json_key(m), m);
        if (weight)
            json_put_tree(&w, "InitialVariantWeight", weight);
        if (count)
            json_put_tree(&w, "InitialInstanceCount", count);
        json_close(&w);
    }
    json_close(&w);
    if (json_parse(&out, slice_str(&text), "variants", NULL))
        call_fail(c, 500, "InternalFailure", "The endpoint's variants are unreadable.");
    str_done(&text);
    return out;
}

static bool know_all_variants(struct call *c, const struct json *variants)
{
    const struct json *changes = json_get(c->in, "DesiredWeightsAndCapacities");

    for (const struct json *i = json_first(changes); i; i = json_next(i)) {
        const char *name = json_string(json_get(i, "VariantName"), "");

        if (!variant_named(variants, name))
            call_fail(
                c, 400, "ValidationException",
                "The variant name(s) \"%s\" is/are not present within endpoint configuration.",
                name);
    }
    return !call_failed(c);
}

void sagemaker_update_endpoint_weights(struct call *c)
{
    struct thing t;
    struct endpoint_detail d = {0};
    struct json *wanted;

    if (!shape_check(c, update_shape) || !need_endpoint(c, &t) || !can_update(c, &t) ||
        !endpoint_detail_read(&d, &t))
        return;
    if (know_all_variants(c, d.variants) && (wanted = change_variants(c, d.variants))) {
        begin_update(c, &t, &d, d.config, wanted, d.variants);
        json_free(wanted);
    }
    endpoint_detail_done(&d);
}

/* ---- deleting -------------------------------------------------------------------------------- */

void sagemaker_delete_endpoint(struct call *c)
{
    struct thing t;

    if (!need_endpoint(c, &t))
        return;
    if (!strcmp(t.status, "Deleting"))
        call_fail(c, 400, "ValidationException", "Cannot delete endpoint \"%s\" twice.",
                  thing_arn(c->cloud, &c->memory, &t));
    if (call_failed(c))
        return;
    if (!work_stop(c->cloud, "endpoint", c->region, t.name)) { /* it has failed: nothing runs */
        thing_delete(c, &t);
        return;
    }
    t.status = "Deleting";
    t.modified = 0;
    thing_put(c->cloud, &t);
}
