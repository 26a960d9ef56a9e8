/*
 * Labelling jobs. What Ground Truth wants beside the items is made here: the
 * file of the categories, the page that the workers see, both written beside
 * the output, and the names of AWS's own functions that hand out and combine
 * the answers.
 */
#include "aws/job_internal.h"
#include "aws/names.h"
#include "aws/s3.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { MANIFEST_MAX = 4 << 20, TASK_SECONDS = 3600 };

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

static const char *text(const struct json *spec, const char *key)
{
    return json_string(json_get(spec, key), NULL);
}

static const char *owner_of(const char *region)
{
    for (size_t i = 0; i < sizeof function_owners / sizeof function_owners[0]; i++)
        if (!strcmp(region, function_owners[i][0]))
            return function_owners[i][1];
    return NULL;
}

/* ---- what lies beside the items in S3 -------------------------------------------------- */

static enum lk_status count_items(int64_t *n, struct aws *c, const char *manifest,
                                  struct lk_error *err)
{
    struct s3_url at = {0};
    struct str lines = STR_INIT;
    struct slice rest, line;
    enum lk_status st = s3_url_parse(&at, manifest, err);

    if (!st)
        st = s3_read(&lines, c, at.bucket, at.key, MANIFEST_MAX, err);
    rest = slice_str(&lines);
    for (*n = 0; slice_line(&rest, &line);)
        *n += slice_trim(line).len > 0;
    s3_url_done(&at);
    str_done(&lines);
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

/* s3://output/NAME-END; *url is where. */
static enum lk_status put_file(struct str *url, struct aws *c, const struct s3_url *to,
                               const char *name, const char *end, struct slice bytes,
                               const char *type, struct lk_error *err)
{
    struct str key = STR_INIT;
    enum lk_status st;

    str_printf(&key, "%s%s-%s", to->key, name, end);
    str_printf(url, "s3://%s/%s", to->bucket, key.ptr);
    st = s3_write(c, to->bucket, key.ptr, bytes, type, err);
    str_done(&key);
    return st;
}

static enum lk_status put_files(struct str *categories, struct str *page_url, struct aws *c,
                                const struct json *spec, struct lk_error *err)
{
    const char *name = text(spec, "name");
    struct s3_url to = {0};
    struct str json = STR_INIT;
    enum lk_status st = s3_url_parse(&to, text(spec, "output"), err);

    put_categories(&json, json_get(spec, "categories"));
    if (!st)
        (void)((st = put_file(categories, c, &to, name, "categories.json", slice_str(&json),
                              "application/json", err)) ||
               (st = put_file(page_url, c, &to, name, "page.html", slice_of(page), "text/html",
                              err)));
    s3_url_done(&to);
    str_done(&json);
    return st;
}

static enum lk_status find_team(struct str *arn, struct aws *c, const char *given,
                                struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = LK_OK;

    if (given) {
        str_puts(arn, given);
        return LK_OK;
    }
    st = aws_call(c, "sagemaker", "ListWorkteams", SLICE(""), &answer, err);
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
    const struct json *spec;
    const char *name, *region, *owner;
    struct str team, categories, template;
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
    const char *title = text(l->spec, "title");

    json_open(w, "HumanTaskConfig", '{');
    json_put_string(w, "WorkteamArn", slice_str(&l->team));
    json_open(w, "UiConfig", '{');
    json_put_string(w, "UiTemplateS3Uri", slice_str(&l->template));
    json_close(w);
    put_function(w, "PreHumanTaskLambdaArn", l, "PRE");
    json_put_z(w, "TaskTitle", title ? title : "Choose a category");
    json_put_z(w, "TaskDescription", title ? title : "Choose the category that fits the item");
    json_put_int(w, "NumberOfHumanWorkersPerDataObject",
                 (int64_t)json_number(json_get(l->spec, "people"), 1));
    json_put_int(w, "TaskTimeLimitInSeconds", TASK_SECONDS);
    json_open(w, "AnnotationConsolidationConfig", '{');
    put_function(w, "AnnotationConsolidationLambdaArn", l, "ACS");
    json_close(w);
    json_close(w);
}

/* A model does the easy ones: AWS chooses how sure it must be, the practice cloud takes a tag. */
static void put_automatic(struct json_out *w, const struct labelling *l)
{
    const struct json *threshold = json_get(l->spec, "threshold");
    char arn[160], text[32];

    if (!json_bool(json_get(l->spec, "automatic"), false))
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
    const char *attribute = text(l->spec, "attribute");
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "LabelingJobName", l->name);
    json_put_z(&w, "LabelAttributeName", attribute ? attribute : "label");
    json_put_z(&w, "RoleArn", text(l->spec, "role"));
    json_open(&w, "InputConfig", '{');
    json_open(&w, "DataSource", '{');
    json_open(&w, "S3DataSource", '{');
    json_put_z(&w, "ManifestS3Uri", text(l->spec, "input"));
    json_close(&w);
    json_close(&w);
    json_close(&w);
    json_open(&w, "OutputConfig", '{');
    json_put_z(&w, "S3OutputPath", text(l->spec, "output"));
    json_close(&w);
    json_put_string(&w, "LabelCategoryConfigS3Uri", slice_str(&l->categories));
    json_open(&w, "StoppingConditions", '{'); /* what people can cost is known, then */
    json_put_int(&w, "MaxHumanLabeledObjectCount", l->items);
    json_close(&w);
    put_task(&w, l);
    put_automatic(&w, l);
    json_close(&w);
}

static enum lk_status check(const struct json *spec, struct lk_error *err)
{
    static const char *const keys[] = {"name",       "role",      "input",     "output",
                                       "categories", "title",     "attribute", "team",
                                       "automatic",  "threshold", "people"};
    size_t categories = json_count(json_get(spec, "categories"));
    enum lk_status st;

    (void)((st = job_check_keys(spec, keys, sizeof keys / sizeof *keys, "labelling", err)) ||
           (st = job_need(spec, "labelling job", "name", err)) ||
           (st = job_need(spec, "labelling job", "role", err)) ||
           (st = job_need(spec, "labelling job", "input", err)) ||
           (st = job_need(spec, "labelling job", "output", err)) ||
           (st = names_job("labelling job", text(spec, "name"), err)));
    if (!st && (categories < 2 || categories > 50))
        st = error_set(err, LK_EUSE, "a labelling job needs 2 to 50 categories; it has %zu",
                       categories);
    return st;
}

enum lk_status job_label_request(struct str *out, struct aws *c, const struct json *spec,
                                 struct lk_error *err)
{
    struct labelling l = {.spec = spec,
                          .name = text(spec, "name"),
                          .region = aws_region(c),
                          .team = STR_INIT,
                          .categories = STR_INIT,
                          .template = STR_INIT};
    enum lk_status st = check(spec, err);

    l.owner = owner_of(l.region);
    if (!st && !l.owner)
        st = error_set(err, LK_EUSE, "Ground Truth's functions are not known in %s", l.region);
    if (!st)
        (void)((st = count_items(&l.items, c, text(spec, "input"), err)) ||
               (st = find_team(&l.team, c, text(spec, "team"), err)) ||
               (st = put_files(&l.categories, &l.template, c, spec, err)));
    if (!st)
        put_request(out, &l);
    str_done(&l.team);
    str_done(&l.categories);
    str_done(&l.template);
    return st;
}
