/*
 * Labelling jobs: creating, describing, stopping.
 *
 * Which task a job is stands, on AWS, in the name of the Lambda function that
 * prepares it. Those of the two tasks that the practice cloud can do are known
 * here; the function itself is not run.
 */
#include "cloud/labeling.h"

#include "cloud/internal.h"
#include "cloud/objects.h"
#include "cloud/sagemaker.h"
#include "cloud/shape.h"

#include "base/number.h"

#include <ctype.h>
#include <string.h>

static const struct task {
    const char *function, *type;
} tasks[] = {
    {"PRE-TextMultiClass", "groundtruth/text-classification"},
    {"PRE-ImageMultiClass", "groundtruth/image-classification"},
};

static const char *type_of(const char *function)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (slice_ends(slice_of(function), tasks[i].function))
            return tasks[i].type;
    return NULL;
}

/* A text somewhere in the request; the call fails where it is missing. */
static const char *need(struct call *c, const char *path)
{
    const char *value = json_string(sagemaker_dig(c->in, path), NULL);

    if (value && *value)
        return value;
    call_fail(c, 400, "ValidationException",
              "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
              "Member must not be null",
              path);
    return "";
}

static const struct shape shapes[] = {
    {"LabelAttributeName", SHAPE_TEXT, true, 1, 127, NULL},
    {"InputConfig", SHAPE_OBJECT, .required = true},
    {"InputConfig.DataSource", SHAPE_OBJECT, .required = true},
    {"InputConfig.DataSource.S3DataSource", SHAPE_OBJECT, .required = true},
    {"InputConfig.DataSource.S3DataSource.ManifestS3Uri", SHAPE_TEXT, true, 1, 1024, NULL},
    {"OutputConfig", SHAPE_OBJECT, .required = true},
    {"OutputConfig.S3OutputPath", SHAPE_TEXT, true, 1, 1024, NULL},
    {"RoleArn", SHAPE_TEXT, true, 20, 2048, NULL},
    {"StoppingConditions.MaxHumanLabeledObjectCount", SHAPE_NUMBER, .min = 1},
    {"StoppingConditions.MaxPercentageOfInputDatasetLabeled", SHAPE_NUMBER, false, 1, 100, NULL},
    {"HumanTaskConfig", SHAPE_OBJECT, .required = true},
    {"HumanTaskConfig.WorkteamArn", SHAPE_TEXT, true, 1, 256, NULL},
    {"HumanTaskConfig.UiConfig", SHAPE_OBJECT, .required = true},
    {"HumanTaskConfig.PreHumanTaskLambdaArn", SHAPE_TEXT, true, 1, 2048, NULL},
    {"HumanTaskConfig.TaskTitle", SHAPE_TEXT, true, 1, 128, NULL},
    {"HumanTaskConfig.TaskDescription", SHAPE_TEXT, true, 1, 255, NULL},
    {"HumanTaskConfig.NumberOfHumanWorkersPerDataObject", SHAPE_NUMBER, true, 1, 9, NULL},
    {"HumanTaskConfig.TaskTimeLimitInSeconds", SHAPE_NUMBER, .required = true, .min = 30},
    {"HumanTaskConfig.AnnotationConsolidationConfig", SHAPE_OBJECT, .required = true},
    {"HumanTaskConfig.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn", SHAPE_TEXT,
     true, 1, 2048, NULL},
    {"Tags", SHAPE_LIST, .max = 50},
    {"Tags[].Key", SHAPE_TEXT, true, 1, 128, NULL},
    {"Tags[].Value", SHAPE_TEXT, true, 0, 256, NULL},
    {.path = NULL},
};

/* ---- creating --------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    return slice_ends(slice_of(text), end);
}

static void check_attribute(struct call *c)
{
    const char *name = call_need(c, "LabelAttributeName");
    size_t n = name ? strlen(name) : 0;
    bool good = n && n <= 127;

    for (size_t i = 0; i < n && good; i++)
        good = isalnum((unsigned char)name[i]) || (name[i] == '-' && i && i + 1 < n);
    if (name && (!good || strstr(name, "-metadata") || ends_with(name, "-ref")))
        call_fail(c, 400, "ValidationException",
                  "LabelAttributeName has letters, digits and inner hyphens, no '-metadata', and "
                  "for this task it does not end in '-ref'.");
}

static void check_place(struct call *c, const char *path)
{
    const char *url = need(c, path), *bucket, *key;

    if (!call_failed(c) && !objects_url(&c->memory, url, &bucket, &key))
        call_fail(c, 400, "ValidationException", "'%.200s' at '%s' is no s3:// address.", url,
                  path);
}

static void check_team(struct call *c)
{
    const char *arn = need(c, "HumanTaskConfig.WorkteamArn"), *slash = strrchr(arn, '/');
    struct thing t;

    labeling_seed_team(c);
    if (!call_failed(c) &&
        (!slash || !thing_get(&t, c->cloud, &c->memory, c->region, LABELING_TEAM_KIND, slash + 1) ||
         strcmp(thing_arn(c->cloud, &c->memory, &t), arn)))
        call_fail(c, 400, "ValidationException",
                  "The workteam %.200s does not exist in %s. The practice cloud has private teams "
                  "only: see ListWorkteams.",
                  arn, c->region);
}

static void check_task(struct call *c)
{
    const char *function = need(c, "HumanTaskConfig.PreHumanTaskLambdaArn");

    if (!call_failed(c) && !type_of(function))
        call_fail(c, 400, "ValidationException",
                  "The practice cloud can do the tasks PRE-TextMultiClass and PRE-ImageMultiClass "
                  "only, not '%.200s'.",
                  function);
}

static double threshold_of_tags(const struct json *tags)
{
    double v;

    for (const struct json *t = json_first(tags); t; t = json_next(t))
        if (!strcmp(json_string(json_get(t, "Key"), ""), "threshold") &&
            number_parse_double(slice_of(json_string(json_get(t, "Value"), "")), &v) && v > 0)
            return v;
    return LABELING_THRESHOLD;
}

static void keep_job(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "insert into labeling_jobs values"
                                   " (?1, ?2, ?3, '[]', ?4, 0, 0, '')");
    struct str reference = STR_INIT;

    random_id(&reference, "", 12);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, reference.ptr);
    stmt_double(s, 4, threshold_of_tags(json_get(c->in, "Tags")));
    sql_run(c->cloud, s);
    str_done(&reference);
}

void sagemaker_create_labeling_job(struct call *c)
{
    const char *name = sagemaker_name(c, "LabelingJobName");
    const char *role = name ? call_need(c, "RoleArn") : NULL;
    struct thing t;

    if (!role || !shape_check(c, shapes))
        return;
    check_attribute(c);
    check_place(c, "InputConfig.DataSource.S3DataSource.ManifestS3Uri");
    check_place(c, "OutputConfig.S3OutputPath");
    check_place(c, "LabelCategoryConfigS3Uri");
    check_team(c);
    check_task(c);
    if (call_failed(c) || !sagemaker_check_tags(c) || !call_pass_role(c, role, SAGEMAKER_PRINCIPAL))
        return;
    if (thing_get(&t, c->cloud, &c->memory, c->region, LABELING_KIND, name)) {
        call_fail(c, 400, "ResourceInUse",
                  "Labeling job name must be unique within an AWS account and region, and a "
                  "labeling job already exists with this name (%s)",
                  thing_arn(c->cloud, &c->memory, &t));
        return;
    }
    json_put_z(&c->out, "LabelingJobArn",
               thing_create(c, LABELING_KIND, name, "Initializing", "", 0));
    keep_job(c, name);
    work_add(c->cloud, work_labeling.name, c->region, name);
}

/* ---- what is known of a job ---------------------------------------------------------------- */

struct labeling_counters labeling_count(struct cloud *cloud, const char *region, const char *job)
{
    struct labeling_counters n = {0};
    struct stmt *s = sql(cloud, "select method, count(*) from labeling_items where region = ?1"
                                " and job = ?2 group by method");

    stmt_text(s, 1, region);
    stmt_text(s, 2, job);
    while (sql_row(cloud, s)) {
        const char *method = stmt_get_text(s, 0);
        int64_t count = stmt_get_int(s, 1);

        if (!strcmp(method, "given"))
            continue; /* had its label before */
        n.total += count;
        n.human += !strcmp(method, "human") ? count : 0;
        n.machine += !strcmp(method, "machine") ? count : 0;
    }
    return n;
}

static void read_labels(struct labeling_job *j, struct arena *a, const char *text)
{
    struct json *list = NULL;

    if (json_parse(&list, slice_of(text), "labels", NULL))
        return;
    for (const struct json *l = json_first(list); l && j->label_count < LABELING_LABELS_MAX;
         l = json_next(l))
        j->labels[j->label_count++] = arena_strdup(a, json_string(l, ""));
    json_free(list);
}

static void read_request(struct labeling_job *j, struct arena *a, const struct json *r)
{
    const char *type =
        type_of(json_string(sagemaker_dig(r, "HumanTaskConfig.PreHumanTaskLambdaArn"), ""));

#define TEXT(path) arena_strdup(a, json_string(sagemaker_dig(r, path), ""))
    j->attribute = TEXT("LabelAttributeName");
    j->role = TEXT("RoleArn");
    j->manifest = TEXT("InputConfig.DataSource.S3DataSource.ManifestS3Uri");
    j->output = TEXT("OutputConfig.S3OutputPath");
    j->categories = TEXT("LabelCategoryConfigS3Uri");
#undef TEXT
    j->type = type ? type : tasks[0].type;
    j->automatic = json_get(r, "LabelingJobAlgorithmsConfig") != NULL;
    j->workers = (int64_t)json_number(
        sagemaker_dig(r, "HumanTaskConfig.NumberOfHumanWorkersPerDataObject"), 1);
    j->max_human =
        (int64_t)json_number(sagemaker_dig(r, "StoppingConditions.MaxHumanLabeledObjectCount"), 0);
    j->max_percent = (int64_t)json_number(
        sagemaker_dig(r, "StoppingConditions.MaxPercentageOfInputDatasetLabeled"), 0);
}

bool labeling_load(struct labeling_job *out, struct cloud *cloud, struct arena *a,
                   const char *region, const char *name)
{
    struct json *request = NULL;
    struct stmt *s;

    *out = (struct labeling_job){0};
    if (!thing_get(&out->thing, cloud, a, region, LABELING_KIND, name))
        return false;
    s = sql(cloud, "select reference, labels, threshold, rounds, learned, failure from"
                   " labeling_jobs where region = ?1 and name = ?2");
    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    if (!sql_row(cloud, s) || json_parse(&request, slice_of(out->thing.request), "request", NULL))
        return false;
    out->reference = sql_text(a, s, 0);
    read_labels(out, a, stmt_get_text(s, 1));
    out->threshold = stmt_get_double(s, 2);
    out->rounds = stmt_get_int(s, 3);
    out->learned = stmt_get_int(s, 4);
    out->failure = sql_text(a, s, 5);
    stmt_reset(s);
    read_request(out, a, request);
    json_free(request);
    return true;
}

bool labeling_need(struct call *c, struct labeling_job *j)
{
    const char *name = sagemaker_name(c, "LabelingJobName");

    if (name && !labeling_load(j, c->cloud, &c->memory, c->region, name))
        call_fail(c, 400, "ResourceNotFound", "Labeling job '%s' does not exist.", name);
    return !call_failed(c);
}

/* ---- telling --------------------------------------------------------------------------------- */

void labeling_put_counters(struct call *c, const char *job)
{
    struct labeling_counters n = labeling_count(c->cloud, c->region, job);

    json_open(&c->out, "LabelCounters", '{');
    json_put_int(&c->out, "TotalLabeled", n.human + n.machine);
    json_put_int(&c->out, "HumanLabeled", n.human);
    json_put_int(&c->out, "MachineLabeled", n.machine);
    json_put_int(&c->out, "FailedNonRetryableError", 0);
    json_put_int(&c->out, "Unlabeled", n.total - n.human - n.machine);
    json_close(&c->out);
}

const char *labeling_output(struct arena *a, const struct labeling_job *j, const char *rest)
{
    return arena_printf(a, "%s%s%s/%s", j->output, ends_with(j->output, "/") ? "" : "/",
                        j->thing.name, rest);
}

static void put_known(struct call *c, const struct labeling_job *j)
{
    const char *status = j->thing.status;

    json_put_z(&c->out, "LabelingJobName", j->thing.name);
    json_put_z(&c->out, "LabelingJobArn", thing_arn(c->cloud, &c->memory, &j->thing));
    json_put_z(&c->out, "LabelingJobStatus", status);
    thing_put_time(c, "CreationTime", j->thing.created);
    thing_put_time(c, "LastModifiedTime", j->thing.modified);
    labeling_put_counters(c, j->thing.name);
    if (*j->failure)
        json_put_z(&c->out, "FailureReason", j->failure);
    if (!strcmp(status, "Completed") || !strcmp(status, "Stopped")) {
        json_open(&c->out, "LabelingJobOutput", '{');
        json_put_z(&c->out, "OutputDatasetS3Uri",
                   labeling_output(&c->memory, j, "manifests/output/output.manifest"));
        json_close(&c->out);
    }
}

void sagemaker_describe_labeling_job(struct call *c)
{
    static const char *const members[] = {"LabelAttributeName", "InputConfig",
                                          "OutputConfig",       "RoleArn",
                                          "StoppingConditions", "LabelCategoryConfigS3Uri",
                                          "HumanTaskConfig",    "LabelingJobAlgorithmsConfig"};
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    struct json *request;

    if (!labeling_need(c, j) || !(request = thing_json(c, j->thing.request)))
        return;
    put_known(c, j);
    json_put_z(&c->out, "JobReferenceCode", j->reference);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    thing_put_tags(c, "Tags", thing_arn(c->cloud, &c->memory, &j->thing));
    json_free(request);
}

static void put_summary(struct call *c, const struct thing *t)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    struct json *request = thing_json(c, t->request);

    if (labeling_load(j, c->cloud, &c->memory, t->region, t->name)) {
        put_known(c, j);
        json_put_z(&c->out, "WorkteamArn",
                   json_string(sagemaker_dig(request, "HumanTaskConfig.WorkteamArn"), ""));
        json_put_z(
            &c->out, "PreHumanTaskLambdaArn",
            json_string(sagemaker_dig(request, "HumanTaskConfig.PreHumanTaskLambdaArn"), ""));
        json_put_tree(&c->out, "InputConfig", json_get(request, "InputConfig"));
    }
    json_free(request);
}

void sagemaker_list_labeling_jobs(struct call *c)
{
    thing_list(c, LABELING_KIND, NULL, "LabelingJobSummaryList", put_summary);
}

void sagemaker_stop_labeling_job(struct call *c)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);

    if (!labeling_need(c, j))
        return;
    if (strcmp(j->thing.status, "InProgress") && strcmp(j->thing.status, "Initializing")) {
        call_fail(c, 400, "ValidationException",
                  "The labeling job '%s' cannot be stopped: its status is %s.", j->thing.name,
                  j->thing.status);
        return;
    }
    j->thing.status = "Stopping";
    j->thing.modified = 0;
    thing_put(c->cloud, &j->thing);
    work_stop(c->cloud, work_labeling.name, c->region, j->thing.name);
}
