/* Endpoint configurations: which models, on what, with which share of the traffic. */
#include "cloud/endpoint.h"
#include "cloud/sagemaker.h"
#include "cloud/shape.h"

#include <string.h>

static const struct shape request[] = {
    {"EndpointConfigName", SHAPE_TEXT, true, 1, 63, NULL},
    {"ProductionVariants", SHAPE_LIST, true, 1, ENDPOINT_VARIANTS, NULL},
    {"ProductionVariants[].VariantName", SHAPE_TEXT, true, 1, 63, NULL},
    {"ProductionVariants[].ModelName", SHAPE_TEXT, true, 1, 63, NULL},
    {"ProductionVariants[].InitialInstanceCount", SHAPE_NUMBER, false, 1, 1000, NULL},
    {"ProductionVariants[].InstanceType", SHAPE_TEXT, false, 1, 0, NULL},
    {"ProductionVariants[].ServerlessConfig", SHAPE_OBJECT, false, 0, 0, NULL},
    {"ProductionVariants[].ServerlessConfig.MemorySizeInMB", SHAPE_NUMBER, true, 1024, 6144, NULL},
    {"ProductionVariants[].ServerlessConfig.MaxConcurrency", SHAPE_NUMBER, true, 1, 200, NULL},
    {.path = NULL},
};

static bool find_config(struct call *c, struct thing *t, const char *name)
{
    if (thing_get(t, c->cloud, &c->memory, c->region, ENDPOINT_CONFIG, name))
        return true;
    call_fail(c, 400, "ValidationException", "Could not find endpoint configuration \"%s\".",
              call_arn(c, "sagemaker", ENDPOINT_CONFIG "/%s", name));
    return false;
}

static void check_model(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select 1 from sagemaker_models where region = ?1"
                                   " and name = ?2");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    if (!sql_row(c->cloud, s))
        call_fail(c, 400, "ValidationException", "Could not find model \"%s\".",
                  call_arn(c, "sagemaker", "model/%s", name));
    stmt_reset(s);
}

static void check_variant(struct call *c, const struct json *variants, const struct json *v)
{
    const char *name = json_string(json_get(v, "VariantName"), "");
    const char *type = json_string(json_get(v, "InstanceType"), NULL);
    bool serverless = json_get(v, "ServerlessConfig") != NULL;

    for (const struct json *o = json_first(variants); o != v; o = json_next(o))
        if (!strcmp(json_string(json_get(o, "VariantName"), ""), name))
            call_fail(c, 400, "ValidationException",
                      "Production variant names must be unique; \"%s\" is there twice.", name);
    if (serverless == (type != NULL))
        call_fail(c, 400, "ValidationException",
                  "Production variant \"%s\" needs either an InstanceType with "
                  "InitialInstanceCount or a ServerlessConfig.",
                  name);
    if (json_number(json_get(v, "InitialVariantWeight"), 1) < 0)
        call_fail(c, 400, "ValidationException",
                  "Production variant \"%s\": InitialVariantWeight must not be negative.", name);
    if (!call_failed(c) && type)
        quota_reserve(c, USE_ENDPOINT, type, 0, NULL); /* is there such a type for endpoints? */
    if (!call_failed(c))
        check_model(c, json_string(json_get(v, "ModelName"), ""));
}

/* What would be accepted and not done is refused by name. */
static void check_extras(struct call *c)
{
    static const char *const extras[] = {"AsyncInferenceConfig", "ShadowProductionVariants",
                                         "ExplainerConfig"};

    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++)
        if (json_get(c->in, extras[i]))
            call_fail(c, 400, "ValidationException",
                      "The practice cloud's endpoints answer at once and nothing more: %s is not "
                      "to be had.",
                      extras[i]);
    if (json_bool(json_get(json_get(c->in, "DataCaptureConfig"), "EnableCapture"), false))
        call_fail(c, 400, "ValidationException",
                  "The practice cloud's endpoints capture no data: DataCaptureConfig is not to be "
                  "had.");
}

static const struct sagemaker_absent absent[] = {
    {"VpcConfig", SAGEMAKER_NO_VPC},
    {"KmsKeyId", SAGEMAKER_NO_KMS},
    {NULL, NULL},
};

void sagemaker_create_endpoint_config(struct call *c)
{
    const char *name = sagemaker_name(c, "EndpointConfigName");
    const struct json *variants = json_get(c->in, "ProductionVariants");
    struct thing t;

    if (!name || !shape_check(c, request) || !sagemaker_check_tags(c) ||
        !sagemaker_check_absent(c, absent))
        return;
    check_extras(c);
    for (const struct json *v = json_first(variants); v && !call_failed(c); v = json_next(v))
        check_variant(c, variants, v);
    if (call_failed(c))
        return;
    if (thing_get(&t, c->cloud, &c->memory, c->region, ENDPOINT_CONFIG, name))
        call_fail(c, 400, "ValidationException",
                  "Cannot create already existing endpoint configuration \"%s\".",
                  thing_arn(c->cloud, &c->memory, &t));
    else
        json_put_z(&c->out, "EndpointConfigArn", thing_create(c, ENDPOINT_CONFIG, name, "", "", 0));
}

/* The variants with what the service fills in. */
static void put_variants(struct call *c, const struct json *variants)
{
    json_open(&c->out, "ProductionVariants", '[');
    for (const struct json *v = json_first(variants); v; v = json_next(v)) {
        json_open(&c->out, NULL, '{');
        for (const struct json *m = json_first(v); m; m = json_next(m))
            json_put_tree(&c->out, json_key(m), m);
        if (!json_get(v, "InitialVariantWeight"))
            json_put_number(&c->out, "InitialVariantWeight", 1);
        if (json_get(v, "InstanceType") && !json_get(v, "InitialInstanceCount"))
            json_put_int(&c->out, "InitialInstanceCount", 1);
        json_close(&c->out);
    }
    json_close(&c->out);
}

void sagemaker_describe_endpoint_config(struct call *c)
{
    static const char *const members[] = {"DataCaptureConfig", "KmsKeyId", "AsyncInferenceConfig"};
    const char *name = sagemaker_name(c, "EndpointConfigName");
    struct json *asked;
    struct thing t;

    if (!name || !find_config(c, &t, name) || !(asked = thing_json(c, t.request)))
        return;
    json_put_z(&c->out, "EndpointConfigName", t.name);
    json_put_z(&c->out, "EndpointConfigArn", thing_arn(c->cloud, &c->memory, &t));
    put_variants(c, json_get(asked, "ProductionVariants"));
    thing_put_members(c, asked, members, sizeof members / sizeof *members);
    thing_put_time(c, "CreationTime", t.created);
    json_free(asked);
}

static void put_summary(struct call *c, const struct thing *t)
{
    json_put_z(&c->out, "EndpointConfigName", t->name);
    json_put_z(&c->out, "EndpointConfigArn", thing_arn(c->cloud, &c->memory, t));
    thing_put_time(c, "CreationTime", t->created);
}

void sagemaker_list_endpoint_configs(struct call *c)
{
    thing_list(c, ENDPOINT_CONFIG, NULL, "EndpointConfigs", put_summary);
}

void sagemaker_delete_endpoint_config(struct call *c)
{
    const char *name = sagemaker_name(c, "EndpointConfigName");
    struct thing t;

    if (name && find_config(c, &t, name))
        thing_delete(c, &t);
}
