/*
 * Models: an image, an artefact in S3 and a role, under a name. Creating one
 * checks what AWS checks: the name is free, the caller may pass the role, the
 * role may read the artefact and the artefact is there, in the same region.
 * The request is kept as it came and described from.
 */
#include "cloud/sagemaker.h"

#include <string.h>

static const char *model_arn(struct call *c, const char *name)
{
    return call_arn(c, "sagemaker", "model/%s", name);
}

static struct stmt *find(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select request, created from sagemaker_models"
                                   " where region = ?1 and name = ?2");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    return sql_row(c->cloud, s) ? s : NULL;
}

static void fail_missing(struct call *c, const char *name)
{
    call_fail(c, 400, "ValidationException", "Could not find model \"%s\".", model_arn(c, name));
}

/* ---- creating */

static bool check_container(struct call *c, const struct json *container, const char *role)
{
    const char *image = json_string(json_get(container, "Image"), NULL);
    const char *data = json_string(json_get(container, "ModelDataUrl"), NULL);

    if (!image || !*image)
        call_fail(c, 400, "ValidationException",
                  "Container definition must have either an Image or a ModelPackageName.");
    else if (data && !sagemaker_role_reads(c, role, data))
        call_fail(c, 400, "ValidationException",
                  "Could not access model data at %s. Please ensure that the role \"%s\" exists "
                  "and that its trust relationship policy allows the action \"sts:AssumeRole\" for "
                  "the service principal \"" SAGEMAKER_PRINCIPAL "\". Also ensure that the role "
                  "has \"s3:GetObject\" permissions and that the object is located in %s.",
                  data, role, c->region);
    return !call_failed(c);
}

static bool check_containers(struct call *c, const char *role)
{
    const struct json *primary = json_get(c->in, "PrimaryContainer");
    const struct json *list = json_get(c->in, "Containers");

    if ((json_kind(primary) == JSON_OBJECT) == (json_count(list) > 0)) {
        call_fail(c, 400, "ValidationException",
                  "Provide either PrimaryContainer or Containers, and not both.");
        return false;
    }
    if (primary)
        return check_container(c, primary, role);
    if (json_count(list) > 15) {
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'containers' failed to satisfy "
                  "constraint: Member must have length less than or equal to 15");
        return false;
    }
    for (const struct json *i = json_first(list); i; i = json_next(i))
        if (!check_container(c, i, role))
            return false;
    return true;
}

static void keep(struct call *c, const char *name, const char *arn)
{
    struct stmt *s = sql(c->cloud, "insert into sagemaker_models values (?1, ?2, ?3, ?4)");
    struct str request = STR_INIT;

    json_print(&request, c->in, false);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, cloud_now(c->cloud));
    stmt_text(s, 4, request.ptr);
    sql_run(c->cloud, s);
    str_done(&request);
    for (const struct json *t = json_first(json_get(c->in, "Tags")); t; t = json_next(t))
        tags_put(c->cloud, arn, json_string(json_get(t, "Key"), ""),
                 json_string(json_get(t, "Value"), ""));
}

static const struct sagemaker_absent absent[] = {
    {"VpcConfig", SAGEMAKER_NO_VPC},
    {"PrimaryContainer.ModelPackageName",
     "there are no model packages in the practice cloud; give Image and ModelDataUrl"},
    {"PrimaryContainer.MultiModelConfig", "the practice cloud serves one model a container"},
    {"PrimaryContainer.ModelDataSource",
     "the practice cloud takes a model as a tar.gz; give ModelDataUrl"},
    {NULL, NULL},
};

void sagemaker_create_model(struct call *c)
{
    const char *name = sagemaker_name(c, "ModelName");
    const char *role = name ? call_need(c, "ExecutionRoleArn") : NULL;
    const char *arn = role ? model_arn(c, name) : NULL;

    if (!role || !sagemaker_check_tags(c) || !sagemaker_check_absent(c, absent) ||
        !call_pass_role(c, role, SAGEMAKER_PRINCIPAL))
        return;
    if (find(c, name)) {
        call_fail(c, 400, "ValidationException", "Cannot create already existing model \"%s\".",
                  arn);
        return;
    }
    if (!check_containers(c, role))
        return;
    keep(c, name, arn);
    json_put_z(&c->out, "ModelArn", arn);
}

/* ---- describing, deleting */

void sagemaker_describe_model(struct call *c)
{
    static const char *const members[] = {"PrimaryContainer", "Containers", "ExecutionRoleArn",
                                          "VpcConfig", "InferenceExecutionConfig"};
    const char *name = sagemaker_name(c, "ModelName");
    struct stmt *s = name ? find(c, name) : NULL;
    struct json *request = NULL;
    struct lk_error err = {0};

    if (!s) {
        if (name)
            fail_missing(c, name);
        return;
    }
    if (json_parse(&request, slice_of(stmt_get_text(s, 0)), "model", &err)) {
        call_fail(c, 500, "InternalFailure", "The kept model \"%s\" is unreadable.", name);
        return;
    }
    json_put_z(&c->out, "ModelName", name);
    json_put_z(&c->out, "ModelArn", model_arn(c, name));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (json_get(request, members[i]))
            json_put_tree(&c->out, members[i], json_get(request, members[i]));
    json_put_bool(&c->out, "EnableNetworkIsolation",
                  json_bool(json_get(request, "EnableNetworkIsolation"), false));
    json_put_number(&c->out, "CreationTime", (double)stmt_get_int(s, 1) / 1000);
    json_free(request);
}

void sagemaker_delete_model(struct call *c)
{
    const char *name = sagemaker_name(c, "ModelName");
    struct stmt *s;

    if (!name)
        return;
    if (!find(c, name)) {
        fail_missing(c, name);
        return;
    }
    s = sql(c->cloud, "delete from sagemaker_models where region = ?1 and name = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    sql_run(c->cloud, s);
    tags_remove(c->cloud, model_arn(c, name), NULL);
}

/* ---- listing: a page ends at its last row's sort key, which is the next page's start */

#define LIST                                                                                       \
    "select name, created, case ?2 when 'Name' then name"                                          \
    " else printf('%015d/%s', created, name) end as sort from sagemaker_models"                    \
    " where region = ?1 and instr(lower(name), lower(?3))"                                         \
    " and created > ?6 and created < ?7"

static struct stmt *list_query(struct call *c)
{
    const char *order = call_param(c, "SortOrder");

    if (order && !strcmp(order, "Ascending"))
        return sql(c->cloud, LIST " and (?4 = '' or sort > ?4) order by sort limit ?5");
    return sql(c->cloud, LIST " and (?4 = '' or sort < ?4) order by sort desc limit ?5");
}

static int64_t time_ms(struct call *c, const char *member, double otherwise)
{
    double seconds = json_number(json_get(c->in, member), otherwise);

    return (int64_t)((seconds > 1e10 ? 1e10 : seconds < -1 ? -1 : seconds) * 1000);
}

void sagemaker_list_models(struct call *c)
{
    const char *from = call_page_key(c, call_param(c, "NextToken")), *by, *part, *last = NULL;
    int64_t max = call_int(c, "MaxResults", 10, 1, 100), n = 0;
    struct stmt *s;

    if (call_failed(c))
        return;
    by = call_param(c, "SortBy");
    part = call_param(c, "NameContains");
    s = list_query(c);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, by ? by : "CreationTime");
    stmt_text(s, 3, part ? part : "");
    stmt_text(s, 4, from);
    stmt_int(s, 5, max + 1);
    stmt_int(s, 6, time_ms(c, "CreationTimeAfter", -1));
    stmt_int(s, 7, time_ms(c, "CreationTimeBefore", 1e10));
    json_open(&c->out, "Models", '[');
    while (sql_row(c->cloud, s) && n++ < max) {
        const char *name = sql_text(&c->memory, s, 0);

        last = sql_text(&c->memory, s, 2);
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "ModelName", name);
        json_put_z(&c->out, "ModelArn", model_arn(c, name));
        json_put_number(&c->out, "CreationTime", (double)stmt_get_int(s, 1) / 1000);
        json_close(&c->out);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}
