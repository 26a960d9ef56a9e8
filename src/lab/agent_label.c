/*
 * Labelling jobs. What Ground Truth wants beside the items is made here: the
 * file of the categories, the page that the workers see, and the names of
 * AWS's own functions that hand out and combine the answers. Answering from a
 * lab is for the practice cloud; on AWS people do it on a page of their own.
 */
#include "lab/agent_internal.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { MANIFEST_MAX = 4 << 20, TASK_SECONDS = 3600, LOOK_MS = 50, LOOKS = 200, THINK_MS = 20 };

/* Whose functions a region has, as Ground Truth's documentation lists them (November 2025). */
static const char *const function_owners[][2] = {
    {"us-east-1", "432418664414"},      {"us-east-2", "266458841044"},
    {"us-west-2", "081040173940"},      {"ca-central-1", "918755190332"},
    {"eu-west-1", "568282634449"},      {"eu-west-2", "487402164563"},
    {"eu-central-1", "203001061592"},   {"ap-northeast-1", "477331159723"},
    {"ap-northeast-2", "845288260483"}, {"ap-south-1", "565803892007"},
    {"ap-southeast-1", "377565633583"}, {"ap-southeast-2", "454466003867"},
};

static const char page[] =
    "<script src=\"https://assets.crowd.aws/crowd-html-elements.js\"></script>\n"
    "<crowd-form>\n"
    "<crowd-classifier name=\"crowd-classifier\" "
    "categories=\"{{ task.input.labels | to_json | escape }}\" header=\"Choose one\">\n"
    "<classification-target>{{ task.input.taskObject }}</classification-target>\n"
    "<full-instructions header=\"What to do\">Read the item, choose the category that fits it."
    "</full-instructions>\n"
    "</crowd-classifier>\n"
    "</crowd-form>\n";

static const char *owner_of(const char *region)
{
    for (size_t i = 0; i < sizeof function_owners / sizeof function_owners[0]; i++)
        if (!strcmp(region, function_owners[i][0]))
            return function_owners[i][1];
    return NULL;
}

/* ---- what lies beside the items in S3 -------------------------------------------------- */

static enum lk_status count_items(int64_t *n, struct agent *a, const char *manifest,
                                  struct lk_error *err)
{
    struct s3_url at = {0};
    struct str text = STR_INIT;
    struct slice rest, line;
    enum lk_status st = s3_url_parse(&at, manifest, err);

    if (!st)
        st = agent_need_own(a, "bucket", at.bucket, err);
    if (!st)
        st = s3_read(&text, agent_client(a), at.bucket, at.key, MANIFEST_MAX, err);
    rest = slice_str(&text);
    for (*n = 0; slice_line(&rest, &line);)
        *n += slice_trim(line).len > 0;
    s3_url_done(&at);
    str_done(&text);
    return st;
}

static void put_categories(struct str *out, const struct json *categories)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "document-version", "2018-11-28");
    json_open(&w, "labels", '[');
    for (const struct json *c = json_first(categories); c; c = json_next(c)) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "label", json_string(c, ""));
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
}

/* s3://output/NAME-categories.json and NAME-page.html */
static enum lk_status put_files(struct agent *a, const struct json *o, const char *name,
                                struct str *categories, struct str *template, struct lk_error *err)
{
    struct s3_url to = {0};
    struct str key = STR_INIT, text = STR_INIT;
    enum lk_status st = s3_url_parse(&to, agent_option(o, "output"), err);

    if (!st)
        st = agent_need_own(a, "bucket", to.bucket, err);
    if (!st) {
        put_categories(&text, json_get(o, "categories"));
        str_printf(&key, "%s%s-categories.json", to.key, name);
        str_printf(categories, "s3://%s/%s", to.bucket, key.ptr);
        st = s3_write(agent_client(a), to.bucket, key.ptr, slice_str(&text), "application/json",
                      err);
    }
    if (!st) {
        str_clear(&key);
        str_printf(&key, "%s%s-page.html", to.key, name);
        str_printf(template, "s3://%s/%s", to.bucket, key.ptr);
        st = s3_write(agent_client(a), to.bucket, key.ptr, slice_of(page), "text/html", err);
    }
    s3_url_done(&to);
    str_done(&key);
    str_done(&text);
    return st;
}

static enum lk_status find_team(struct str *arn, struct agent *a, struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st =
        aws_call(agent_client(a), "sagemaker", "ListWorkteams", SLICE(""), &answer, err);

    str_puts(arn, json_path(json_first(json_get(answer, "Workteams")), "WorkteamArn"));
    if (!st && !arn->len)
        st = error_set(err, LK_EUSE,
                       "there is no work team in this region: make a private one in "
                       "the console, Ground Truth, Labeling workforces");
    json_free(answer);
    return st;
}

/* ---- the request ------------------------------------------------------------------------- */

struct labelling {
    const struct json *options;
    const char *name, *region, *owner;
    struct str role, team, categories, template;
    int64_t items;
};

static void put_function(struct json_out *w, const char *key, const struct labelling *l,
                         const char *what)
{
    char arn[160];

    snprintf(arn, sizeof arn, "arn:aws:lambda:%s:%s:function:%s-TextMultiClass", l->region,
             l->owner, what);
    json_put_z(w, key, arn);
}

static void put_task(struct json_out *w, const struct labelling *l)
{
    const char *title = agent_option(l->options, "title");

    json_open(w, "HumanTaskConfig", '{');
    json_put_string(w, "WorkteamArn", slice_str(&l->team));
    json_open(w, "UiConfig", '{');
    json_put_string(w, "UiTemplateS3Uri", slice_str(&l->template));
    json_close(w);
    put_function(w, "PreHumanTaskLambdaArn", l, "PRE");
    json_put_z(w, "TaskTitle", title ? title : "Choose a category");
    json_put_z(w, "TaskDescription", title ? title : "Choose the category that fits the item");
    json_put_int(w, "NumberOfHumanWorkersPerDataObject", 1);
    json_put_int(w, "TaskTimeLimitInSeconds", TASK_SECONDS);
    json_open(w, "AnnotationConsolidationConfig", '{');
    put_function(w, "AnnotationConsolidationLambdaArn", l, "ACS");
    json_close(w);
    json_close(w);
}

/* A model does the easy ones: AWS chooses how sure it must be, the practice cloud takes a tag. */
static void put_automatic(struct json_out *w, const struct labelling *l)
{
    const struct json *threshold = json_get(l->options, "threshold");
    char arn[160], text[32];

    if (!json_bool(json_get(l->options, "automatic"), false))
        return;
    snprintf(arn, sizeof arn,
             "arn:aws:sagemaker:%s:027400017018:labeling-job-algorithm-specification/"
             "text-classification",
             l->region);
    json_open(w, "LabelingJobAlgorithmsConfig", '{');
    json_put_z(w, "LabelingJobAlgorithmSpecificationArn", arn);
    json_close(w);
    if (!threshold)
        return;
    snprintf(text, sizeof text, "%g", json_number(threshold, 0.9));
    json_open(w, "Tags", '[');
    json_open(w, NULL, '{');
    json_put_z(w, "Key", "threshold");
    json_put_z(w, "Value", text);
    json_close(w);
    json_close(w);
}

static void put_request(struct str *out, const struct labelling *l)
{
    const char *attribute = agent_option(l->options, "attribute");
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "LabelingJobName", l->name);
    json_put_z(&w, "LabelAttributeName", attribute ? attribute : "label");
    json_put_string(&w, "RoleArn", slice_str(&l->role));
    json_open(&w, "InputConfig", '{');
    json_open(&w, "DataSource", '{');
    json_open(&w, "S3DataSource", '{');
    json_put_z(&w, "ManifestS3Uri", agent_option(l->options, "input"));
    json_close(&w);
    json_close(&w);
    json_close(&w);
    json_open(&w, "OutputConfig", '{');
    json_put_z(&w, "S3OutputPath", agent_option(l->options, "output"));
    json_close(&w);
    json_put_string(&w, "LabelCategoryConfigS3Uri", slice_str(&l->categories));
    json_open(&w, "StoppingConditions", '{'); /* what people can cost is known, then */
    json_put_int(&w, "MaxHumanLabeledObjectCount", l->items);
    json_close(&w);
    put_task(&w, l);
    put_automatic(&w, l);
    json_close(&w);
}

static enum lk_status prepare(struct labelling *l, struct agent *a, struct lk_error *err)
{
    enum lk_status st;

    l->region = aws_region(agent_client(a));
    l->owner = owner_of(l->region);
    if (!l->owner)
        return error_set(err, LK_EUSE, "Ground Truth's functions are not known in %s", l->region);
    (void)((st = agent_role_arn(&l->role, a, agent_option(l->options, "role"), err)) ||
           (st = count_items(&l->items, a, agent_option(l->options, "input"), err)) ||
           (st = find_team(&l->team, a, err)) ||
           (st = put_files(a, l->options, l->name, &l->categories, &l->template, err)) ||
           (st = agent_settle(a, err)));
    return st;
}

static enum lk_status label(struct agent *a, const struct json *options, struct json_out *w,
                            struct lk_error *err)
{
    struct labelling l = {.options = options,
                          .role = STR_INIT,
                          .team = STR_INIT,
                          .categories = STR_INIT,
                          .template = STR_INIT};
    struct str name = STR_INIT, request = STR_INIT;
    enum lk_status st;

    agent_put_name(&name, a, options, "labeling-job", 63);
    l.name = name.ptr;
    st = prepare(&l, a, err);
    if (!st) {
        put_request(&request, &l);
        st = guard_call(agent_guard(a), "sagemaker", "CreateLabelingJob", slice_str(&request), NULL,
                        err);
    }
    if (!st)
        st = agent_put_job(a, "labeling-job", name.ptr, json_bool(json_get(options, "wait"), false),
                           w, err);
    str_done(&l.role);
    str_done(&l.team);
    str_done(&l.categories);
    str_done(&l.template);
    str_done(&name);
    str_done(&request);
    return st;
}

/* ---- answering, on the practice cloud -------------------------------------------------------- */

static const char *job_name(const struct json *job)
{
    return json_kind(job) == JSON_STRING ? json_string(job, "") : json_path(job, "name");
}

static enum lk_status need_practice(const struct agent *a, struct lk_error *err)
{
    return agent_is_real(a) ? error_set(err, LK_EUSE,
                                        "on AWS people answer on a page of their own, whose "
                                        "address stands in the console at the work team")
                            : LK_OK;
}

static void put_tasks(struct json_out *w, const struct json *tasks)
{
    agent_table_open(w, (const char *const[]){"task", "item", "text", "guess", "confidence", NULL});
    for (const struct json *t = json_first(tasks); t; t = json_next(t)) {
        json_open(w, NULL, '[');
        json_put_number(w, NULL, json_number(json_get(t, "TaskId"), 0));
        json_put_z(w, NULL, json_path(t, "Item"));
        json_put_z(w, NULL, json_string(json_get(t, "Text"), NULL));
        json_put_z(w, NULL, json_string(json_get(t, "Guess"), NULL));
        if (json_get(t, "Confidence"))
            json_put_number(w, NULL, json_number(json_get(t, "Confidence"), 0));
        else
            json_put_z(w, NULL, NULL);
        json_close(w);
    }
    agent_table_close(w);
}

static bool is_going_on(const struct json *answer)
{
    const char *status = json_path(answer, "LabelingJobStatus");

    return !strcmp(status, "InProgress") || !strcmp(status, "Initializing");
}

/* While the job begins, or its model learns, there is nothing to do for a moment: wait. */
static enum lk_status next_tasks(struct json **answer, struct agent *a, struct slice in,
                                 struct lk_error *err)
{
    bool wait = true;
    enum lk_status st = LK_OK;

    for (int i = 0; i < LOOKS && !st && wait; i++) {
        json_free(*answer);
        *answer = NULL;
        st = aws_call(agent_client(a), "practice", "PracticeNextTasks", in, answer, err);
        wait = !json_count(json_get(*answer, "Tasks")) && is_going_on(*answer);
        if (!st && wait)
            st = aws_sleep(agent_client(a), LOOK_MS, err);
    }
    return st;
}

static enum lk_status tasks(struct agent *a, const struct json *args, struct json_out *w,
                            struct lk_error *err)
{
    const struct json *o = json_at(args, 1);
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out ask;
    enum lk_status st = need_practice(a, err);

    json_begin(&ask, &in, false);
    json_open(&ask, NULL, '{');
    json_put_z(&ask, "LabelingJobName", job_name(json_at(args, 0)));
    json_put_int(&ask, "MaxResults", (int64_t)json_number(json_get(o, "most"), 10));
    if (agent_option(o, "worker"))
        json_put_z(&ask, "Worker", agent_option(o, "worker"));
    json_close(&ask);
    if (!st)
        st = next_tasks(&answer, a, slice_str(&in), err);
    put_tasks(w, json_get(answer, "Tasks"));
    json_free(answer);
    str_done(&in);
    return st;
}

static enum lk_status answer_task(struct agent *a, const struct json *args, struct json_out *w,
                                  struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out ask;
    enum lk_status st = need_practice(a, err);

    json_begin(&ask, &in, false);
    json_open(&ask, NULL, '{');
    json_put_z(&ask, "LabelingJobName", job_name(json_at(args, 0)));
    json_put_int(&ask, "TaskId", (int64_t)json_number(json_at(args, 1), -1));
    json_put_z(&ask, "Label", agent_text(args, 2));
    json_close(&ask);
    if (!st) /* a person takes a moment, and the model learns in it */
        st = aws_sleep(agent_client(a), THINK_MS, err);
    if (!st)
        st = aws_call(agent_client(a), "practice", "PracticeSubmitAnswer", slice_str(&in), NULL,
                      err);
    str_done(&in);
    return st;
}

const struct agent_verb agent_label_verbs[] = {
    {"sagemaker.label", label},
    {"sagemaker.tasks", tasks},
    {"sagemaker.answer", answer_task},
};
const size_t agent_label_count = sizeof agent_label_verbs / sizeof agent_label_verbs[0];
