/*
 * Pipelines and their executions, as the wire sees them. A definition is
 * checked when it comes; starting an execution keeps the definition as it is
 * then, so that changing the pipeline changes nothing that runs.
 */
#include "cloud/pipeline.h"

#include "cloud/internal.h"
#include "cloud/sagemaker.h"
#include "cloud/shape.h"

#include <ctype.h>
#include <string.h>

/* ---- finding -------------------------------------------------------------------------- */

static const char *execution_kind(struct call *c, const char *pipeline)
{
    return arena_printf(&c->memory, PIPELINE_KIND "/%s/execution", pipeline);
}

/* A name, or the ARN that ends in it. */
static const char *pipeline_name(struct call *c)
{
    const char *name = call_need(c, "PipelineName"), *slash = name ? strrchr(name, '/') : NULL;
    size_t n;
    bool good;

    if (!name)
        return NULL;
    name = slash && !strncmp(name, "arn:", 4) ? slash + 1 : name;
    n = strlen(name);
    good = n >= 1 && n <= 256;
    for (size_t i = 0; i < n && good; i++)
        good = isalnum((unsigned char)name[i]) || (name[i] == '-' && i);
    if (!good)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%.80s' at 'pipelineName' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: "
                  "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}",
                  name);
    return good ? name : NULL;
}

static bool need_pipeline(struct call *c, struct thing *t)
{
    const char *name = pipeline_name(c);

    if (name && !thing_get(t, c->cloud, &c->memory, c->region, PIPELINE_KIND, name))
        call_fail(c, 400, "ResourceNotFound", "Pipeline '%s' does not exist.",
                  call_arn(c, "sagemaker", PIPELINE_KIND "/%s", name));
    return !call_failed(c);
}

static bool need_execution(struct call *c, struct thing *t)
{
    const char *arn = call_need(c, "PipelineExecutionArn"), *slash, *rest;
    struct slice part[6];

    if (!arn)
        return false;
    slash = strrchr(arn, '/');
    if (policy_split_arn(slice_of(arn), part) && slash && slash > part[5].ptr) {
        rest = arena_strndup(&c->memory, part[5].ptr, (size_t)(slash - part[5].ptr));
        if (thing_get(t, c->cloud, &c->memory, c->region, rest, slash + 1) &&
            !strcmp(thing_arn(c->cloud, &c->memory, t), arn))
            return true;
    }
    call_fail(c, 400, "ResourceNotFound", "Pipeline execution with ARN %.300s does not exist.",
              arn);
    return false;
}

/* "arn:aws:sagemaker:R:A:pipeline/NAME" of an execution, and NAME. */
static const char *pipeline_of(struct call *c, const struct thing *t, const char **name)
{
    const char *start = t->kind + strlen(PIPELINE_KIND "/");

    *name = arena_strndup(&c->memory, start, strcspn(start, "/"));
    return call_arn(c, "sagemaker", PIPELINE_KIND "/%s", *name);
}

/* ---- pipelines --------------------------------------------------------------------------- */

static const struct shape shapes[] = {
    {"RoleArn", SHAPE_TEXT, false, 20, 2048, NULL},
    {"PipelineDisplayName", SHAPE_TEXT, false, 1, 256, NULL},
    {"PipelineDescription", SHAPE_TEXT, .max = 3072},
    {"PipelineDefinition", SHAPE_TEXT, false, 1, PIPELINE_BYTES_MAX, NULL},
    {"ClientRequestToken", SHAPE_TEXT, false, 32, 128, NULL},
    {"ParallelismConfiguration.MaxParallelExecutionSteps", SHAPE_NUMBER, .min = 1},
    {"PipelineExecutionDisplayName", SHAPE_TEXT, false, 1, 82, NULL},
    {"PipelineExecutionDescription", SHAPE_TEXT, .max = 3072},
    {"PipelineParameters", SHAPE_LIST, .max = 200},
    {"PipelineParameters[].Name", SHAPE_TEXT, true, 1, 256, NULL},
    {"PipelineParameters[].Value", SHAPE_TEXT, true, 0, 1024, NULL},
    {"Tags", SHAPE_LIST, .max = 50},
    {"Tags[].Key", SHAPE_TEXT, true, 1, 128, NULL},
    {"Tags[].Value", SHAPE_TEXT, true, 0, 256, NULL},
    {.path = NULL},
};

static bool check_definition(struct call *c, const char *text)
{
    struct pipeline *p = NULL;
    struct lk_error err = {0};

    if (!text)
        call_fail(c, 400, "ValidationException",
                  "The practice cloud takes the definition in PipelineDefinition.");
    else if (pipeline_parse(&p, slice_of(text), &err))
        call_fail(c, 400, "ValidationException", "Unable to parse pipeline definition: %s%s.",
                  err.line ? arena_printf(&c->memory, "line %d, column %d: ", err.line, err.column)
                           : "",
                  err.text);
    pipeline_free(p);
    return !call_failed(c);
}

void sagemaker_create_pipeline(struct call *c)
{
    const char *name = pipeline_name(c);
    const char *role = name ? call_need(c, "RoleArn") : NULL;
    struct thing t;

    if (!role || !shape_check(c, shapes) ||
        !check_definition(c, call_param(c, "PipelineDefinition")) || !sagemaker_check_tags(c) ||
        !call_pass_role(c, role, SAGEMAKER_PRINCIPAL))
        return;
    if (thing_get(&t, c->cloud, &c->memory, c->region, PIPELINE_KIND, name)) {
        call_fail(c, 400, "ValidationException",
                  "Pipeline names must be unique within an AWS account and region. Pipeline with "
                  "name (%s) already exists.",
                  name);
        return;
    }
    json_put_z(&c->out, "PipelineArn", thing_create(c, PIPELINE_KIND, name, "Active", "", 0));
}

/* What the request has, over what there was. */
static const char *merged(struct call *c, const struct json *old)
{
    static const char *const members[] = {"PipelineDefinition", "PipelineDisplayName",
                                          "PipelineDescription", "RoleArn",
                                          "ParallelismConfiguration"};
    struct str text = STR_INIT;
    struct json_out w;
    const char *kept;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *now = json_get(c->in, members[i]);

        if (now || json_get(old, members[i]))
            json_put_tree(&w, members[i], now ? now : json_get(old, members[i]));
    }
    json_close(&w);
    kept = arena_strdup(&c->memory, text.ptr);
    str_done(&text);
    return kept;
}

void sagemaker_update_pipeline(struct call *c)
{
    const char *role, *definition;
    struct json *old;
    struct thing t;

    if (!need_pipeline(c, &t) || !shape_check(c, shapes))
        return;
    role = call_param(c, "RoleArn");
    definition = call_param(c, "PipelineDefinition");
    if ((definition && !check_definition(c, definition)) ||
        (role && !call_pass_role(c, role, SAGEMAKER_PRINCIPAL)) ||
        !(old = thing_json(c, t.request)))
        return;
    t.request = merged(c, old);
    t.modified = 0;
    thing_put(c->cloud, &t);
    json_put_z(&c->out, "PipelineArn", thing_arn(c->cloud, &c->memory, &t));
    json_free(old);
}

static int64_t last_run(struct call *c, const char *pipeline)
{
    struct stmt *s = sql(c->cloud, "select max(created) from things where region = ?1"
                                   " and kind = ?2");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, execution_kind(c, pipeline));
    return sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
}

static void put_pipeline(struct call *c, const struct thing *t, const char *last)
{
    static const char *const members[] = {"PipelineDisplayName", "PipelineDescription", "RoleArn"};
    struct json *request = thing_json(c, t->request);
    int64_t run = last_run(c, t->name);

    json_put_z(&c->out, "PipelineArn", thing_arn(c->cloud, &c->memory, t));
    json_put_z(&c->out, "PipelineName", t->name);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    thing_put_time(c, "CreationTime", t->created);
    thing_put_time(c, "LastModifiedTime", t->modified);
    if (run)
        thing_put_time(c, last, run);
    json_free(request);
}

void sagemaker_describe_pipeline(struct call *c)
{
    static const char *const members[] = {"PipelineDefinition", "ParallelismConfiguration"};
    struct json *request;
    struct thing t;

    if (!need_pipeline(c, &t) || !(request = thing_json(c, t.request)))
        return;
    put_pipeline(c, &t, "LastRunTime");
    json_put_z(&c->out, "PipelineStatus", t.status);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    json_free(request);
}

static void put_summary(struct call *c, const struct thing *t)
{
    put_pipeline(c, t, "LastExecutionTime");
}

void sagemaker_list_pipelines(struct call *c)
{
    thing_list(c, PIPELINE_KIND, NULL, "PipelineSummaries", put_summary);
}

void sagemaker_delete_pipeline(struct call *c)
{
    const char *kind;
    struct stmt *s;
    struct thing t;

    if (!need_pipeline(c, &t))
        return;
    kind = execution_kind(c, t.name);
    s = sql(c->cloud, "select 1 from things where region = ?1 and kind = ?2 and status in"
                      " ('Executing', 'Stopping')");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, kind);
    if (sql_row(c->cloud, s)) {
        call_fail(c, 400, "ConflictException",
                  "The pipeline '%s' has an execution that runs: stop it first.", t.name);
        return;
    }
    s = sql(c->cloud, "delete from things where region = ?1 and kind = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, kind);
    sql_run(c->cloud, s);
    s = sql(c->cloud, "delete from pipeline_steps where region = ?1"
                      " and substr(execution, 1, length(?2)) = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, arena_printf(&c->memory, "%s/", t.name));
    sql_run(c->cloud, s);
    thing_delete(c, &t);
    json_put_z(&c->out, "PipelineArn", thing_arn(c->cloud, &c->memory, &t));
}

/* ---- executions ----------------------------------------------------------------------------- */

static const struct json *parameter_named(const struct json *list, const char *name)
{
    const struct json *i = json_first(list);

    while (i && strcmp(json_string(json_get(i, "Name"), ""), name))
        i = json_next(i);
    return i;
}

static void check_parameter(struct call *c, const struct json *declared, const struct json *given)
{
    const char *name = json_string(json_get(given, "Name"), "");
    const char *value = json_string(json_get(given, "Value"), NULL);
    const struct json *p = parameter_named(declared, name);
    const char *type = json_string(json_get(p, "Type"), "String");
    const struct json *words = json_get(p, "EnumValues"), *word = json_first(words);

    while (value && word && strcmp(json_string(word, ""), value))
        word = json_next(word);
    if (!p)
        call_fail(c, 400, "ValidationException", "The pipeline has no parameter '%.100s'.", name);
    else if (!value || !pipeline_is_value(type, value))
        call_fail(c, 400, "ValidationException",
                  "The value of the parameter '%.100s' is not of type %s.", name, type);
    else if (words && !word)
        call_fail(c, 400, "ValidationException",
                  "The value of the parameter '%.100s' is none of its EnumValues.", name);
}

/* {"Definition": text, "Role": ARN, "Parameters": {name: value}} */
static const char *execution_detail(struct call *c, const struct json *request,
                                    const struct json *given)
{
    struct str text = STR_INIT;
    struct json_out w;
    const char *kept;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_tree(&w, "Definition", json_get(request, "PipelineDefinition"));
    json_put_tree(&w, "Role", json_get(request, "RoleArn"));
    json_open(&w, "Parameters", '{');
    for (const struct json *i = json_first(given); i; i = json_next(i))
        json_put_z(&w, json_string(json_get(i, "Name"), ""), json_string(json_get(i, "Value"), ""));
    json_close(&w);
    json_close(&w);
    kept = arena_strdup(&c->memory, text.ptr);
    str_done(&text);
    return kept;
}

/* The same token starts one execution only. */
static const char *started_before(struct call *c, const char *kind)
{
    const char *token = call_param(c, "ClientRequestToken");
    struct stmt *s = sql(c->cloud, "select name from things where region = ?1 and kind = ?2"
                                   " and json_extract(request, '$.ClientRequestToken') = ?3");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, kind);
    stmt_text(s, 3, token);
    return token && sql_row(c->cloud, s) ? sql_text(&c->memory, s, 0) : NULL;
}

static const char *new_id(struct call *c)
{
    struct str id = STR_INIT;
    char *kept;

    random_id(&id, "", 12);
    kept = arena_strdup(&c->memory, id.ptr);
    for (char *p = kept; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    str_done(&id);
    return kept;
}

void sagemaker_start_pipeline(struct call *c)
{
    const struct json *given = json_get(c->in, "PipelineParameters");
    const char *kind, *id;
    struct json *request, *definition = NULL;
    struct thing t;

    if (!need_pipeline(c, &t) || !shape_check(c, shapes) || !(request = thing_json(c, t.request)))
        return;
    (void)!json_parse(&definition,
                      slice_of(json_string(json_get(request, "PipelineDefinition"), "")),
                      "definition", NULL);
    for (const struct json *i = json_first(given); i; i = json_next(i))
        check_parameter(c, json_get(definition, "Parameters"), i);
    kind = execution_kind(c, t.name);
    id = started_before(c, kind);
    if (!call_failed(c) && !id) {
        id = new_id(c);
        thing_create(c, kind, id, "Executing", execution_detail(c, request, given), 0);
        work_add(c->cloud, work_pipeline.name, c->region,
                 arena_printf(&c->memory, "%s/%s", t.name, id));
    }
    if (id)
        json_put_z(&c->out, "PipelineExecutionArn", call_arn(c, "sagemaker", "%s/%s", kind, id));
    json_free(request);
    json_free(definition);
}

void sagemaker_stop_pipeline(struct call *c)
{
    const char *name;
    struct thing t;

    if (!need_execution(c, &t))
        return;
    if (strcmp(t.status, "Executing")) {
        call_fail(c, 400, "ConflictException",
                  "Pipeline execution with ARN %s is in status %s, and not one that can be "
                  "stopped.",
                  thing_arn(c->cloud, &c->memory, &t), t.status);
        return;
    }
    pipeline_of(c, &t, &name);
    t.status = "Stopping";
    t.modified = 0;
    thing_put(c->cloud, &t);
    work_stop(c->cloud, work_pipeline.name, c->region,
              arena_printf(&c->memory, "%s/%s", name, t.name));
    json_put_z(&c->out, "PipelineExecutionArn", thing_arn(c->cloud, &c->memory, &t));
}

static void put_execution(struct call *c, const struct thing *t, const char *started,
                          const char *failure)
{
    static const char *const members[] = {"PipelineExecutionDisplayName",
                                          "PipelineExecutionDescription"};
    struct json *request = thing_json(c, t->request), *detail = thing_json(c, t->detail);
    const char *reason = json_string(json_get(detail, "Failure"), "");

    json_put_z(&c->out, "PipelineExecutionArn", thing_arn(c->cloud, &c->memory, t));
    json_put_z(&c->out, "PipelineExecutionStatus", t->status);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    thing_put_time(c, started, t->created);
    if (*reason)
        json_put_z(&c->out, failure, reason);
    json_free(request);
    json_free(detail);
}

void sagemaker_describe_execution(struct call *c)
{
    const char *name;
    struct thing t;

    if (!need_execution(c, &t))
        return;
    json_put_z(&c->out, "PipelineArn", pipeline_of(c, &t, &name));
    put_execution(c, &t, "CreationTime", "FailureReason");
    thing_put_time(c, "LastModifiedTime", t.modified);
}

static void put_execution_summary(struct call *c, const struct thing *t)
{
    put_execution(c, t, "StartTime", "PipelineExecutionFailureReason");
}

void sagemaker_list_executions(struct call *c)
{
    struct thing t;

    if (need_pipeline(c, &t))
        thing_list(c, execution_kind(c, t.name), NULL, "PipelineExecutionSummaries",
                   put_execution_summary);
}

void sagemaker_describe_execution_definition(struct call *c)
{
    struct json *detail;
    struct thing t;

    if (!need_execution(c, &t) || !(detail = thing_json(c, t.detail)))
        return;
    json_put_tree(&c->out, "PipelineDefinition", json_get(detail, "Definition"));
    thing_put_time(c, "CreationTime", t.created);
    json_free(detail);
}

void sagemaker_list_execution_parameters(struct call *c)
{
    struct json *detail;
    struct thing t;

    if (!need_execution(c, &t) || !(detail = thing_json(c, t.detail)))
        return;
    json_open(&c->out, "PipelineParameters", '[');
    for (const struct json *i = json_first(json_get(detail, "Parameters")); i; i = json_next(i)) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "Name", json_key(i));
        json_put_z(&c->out, "Value", json_string(i, ""));
        json_close(&c->out);
    }
    json_close(&c->out);
    json_free(detail);
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static void put_step(struct call *c, struct stmt *s)
{
    static const struct {
        const char *member;
        int column;
    } texts[] = {{"StepName", 1},
                 {"StepStatus", 2},
                 {"FailureReason", 5},
                 {"StepDisplayName", 7},
                 {"StepDescription", 8}};

    json_open(&c->out, NULL, '{');
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*stmt_get_text(s, texts[i].column))
            json_put_z(&c->out, texts[i].member, stmt_get_text(s, texts[i].column));
    thing_put_time(c, "StartTime", stmt_get_int(s, 3));
    if (stmt_get_int(s, 4))
        thing_put_time(c, "EndTime", stmt_get_int(s, 4));
    json_put_int(&c->out, "AttemptCount", 1);
    if (*stmt_get_text(s, 6))
        json_put_raw(&c->out, "Metadata", slice_of(stmt_get_text(s, 6)));
    json_close(&c->out);
}

/* Steps that began at once have one number in common. */
#define STEPS                                                                                      \
    "select n, step, status, started, ended, failure, metadata, display, description,"             \
    " printf('%09d/%s', n, step) as sort from pipeline_steps where region = ?1 and execution = ?2"

void sagemaker_list_steps(struct call *c)
{
    const char *order = call_param(c, "SortOrder"), *key, *name, *last = "";
    bool up = order && !strcmp(order, "Ascending");
    int64_t max = call_int(c, "MaxResults", 10, 1, 100), n = 0;
    struct stmt *s;
    struct thing t;

    key = call_page_key(c, call_param(c, "NextToken"));
    if (call_failed(c) || !need_execution(c, &t))
        return;
    pipeline_of(c, &t, &name);
    s = up ? sql(c->cloud, STEPS " and sort > ?3 order by sort limit ?4")
           : sql(c->cloud, STEPS " and (?3 = '' or sort < ?3) order by sort desc limit ?4");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, arena_printf(&c->memory, "%s/%s", name, t.name));
    stmt_text(s, 3, key);
    stmt_int(s, 4, max + 1);
    json_open(&c->out, "PipelineExecutionSteps", '[');
    for (; sql_row(c->cloud, s) && n++ < max; last = sql_text(&c->memory, s, 9))
        put_step(c, s);
    json_close(&c->out);
    stmt_reset(s);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}
