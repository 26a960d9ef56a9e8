/* labkit aws labeling: jobs in which people label items, one after another. */
#include "cli/kit_aws_action.h"

#include "aws/s3.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

static const struct option options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    {"data", "FILE", "the items: a manifest (a line of JSON each), here or s3://.. (for start)",
     false, 0},
    {"category", "NAME", "one that can be chosen; give two or more (for start)", true, 0},
    {"bucket", "B", "where the manifest, the workers' page and the results go", false, 0},
    {"output", "URL", "s3://BUCKET/PREFIX for results (default: in the bucket)", false, 0},
    {"role", "ROLE", "name or ARN of the execution role (for start)", false, 0},
    {"team", "ARN", "who labels (default: the first work team of the region)", false, 0},
    {"people", "N", "how many answer each item (default 1)", false, 0},
    {"task", "T", "text, image, boxes or segments (default text)", false, 0},
    {"prepare", "ARN", "the function that hands out items, where AWS's own is not known", false, 0},
    {"consolidate", "ARN", "the function that combines answers, likewise", false, 0},
    {"title", "TEXT", "what the workers are asked", false, 0},
    {"attribute", "NAME", "of the label in the results (default label, or label-ref for segments)",
     false, 0},
    {"automatic", NULL, "let a model label what it is sure of", false, 0},
    {"wait", NULL, "until it is over, telling what it does", false, 'w'},
    KIT_AWS_OPTIONS_END};

/* The manifest's address; a file here is brought into the bucket. */
static enum lk_status send_manifest(struct str *url, struct aws *c, const struct args *a,
                                    const char *name, struct lk_error *err)
{
    const char *path = args_get(a, "data"), *bucket = args_get(a, "bucket");
    struct str key = STR_INIT;
    enum lk_status st;

    if (s3_is_url(path)) {
        str_puts(url, path);
        return LK_OK;
    }
    if (!bucket)
        return error_set(err, LK_EUSE, "--bucket is needed to upload %s", path);
    str_printf(&key, "labkit/%s/%s", name, path_name(path));
    str_printf(url, "s3://%s/%s", bucket, key.ptr);
    st = s3_upload(c, path, bucket, key.ptr, NULL, err);
    str_done(&key);
    return st;
}

static enum lk_status put_spec(struct str *out, struct guard *g, const struct args *a,
                               const char *name, struct lk_error *err)
{
    static const char *const texts[] = {"role",      "team",    "task",       "title",
                                        "attribute", "prepare", "consolidate"};
    struct str url = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "name", name);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        kit_job_put_option(&w, a, texts[i], texts[i]);
    json_put_bool(&w, "automatic", args_flag(a, "automatic"));
    json_open(&w, "categories", '[');
    for (size_t i = 0; args_nth(a, "category", i); i++)
        json_put_z(&w, NULL, args_nth(a, "category", i));
    json_close(&w);
    (void)((st = kit_job_put_number(&w, a, "people", "people", 9, err)) ||
           (st = kit_job_put_output(&w, a, name, err)) ||
           (st = send_manifest(&url, guard_client(g), a, name, err)));
    json_put_string(&w, "input", slice_str(&url));
    json_close(&w);
    str_done(&url);
    return st;
}

static enum lk_status start(struct guard *g, const struct args *a, const char *name,
                            struct lk_error *err)
{
    struct str spec = STR_INIT;
    enum lk_status st;

    if (!args_nth(a, "category", 1))
        return error_set(err, LK_EUSE, "give two --category or more");
    (void)((st = args_need(a, "data", err)) || (st = args_need(a, "role", err)) ||
           (st = names_job("labelling job", name, err)) ||
           (st = put_spec(&spec, g, a, name, err)) ||
           (st = kit_job_start(g, "label", slice_str(&spec), "LabelingJobArn", err)));
    if (!st && args_flag(a, "wait"))
        st = kit_job_wait(g, "labeling-job", name, a, err);
    str_done(&spec);
    return st;
}

static enum lk_status stop(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    enum lk_status st = kit_action_ask(g, "StopLabelingJob", "LabelingJobName", name, NULL, err);

    return !st && args_flag(a, "wait") ? kit_job_wait(g, "labeling-job", name, a, err) : st;
}

static enum lk_status show(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    struct json *job = NULL;
    const struct json *counters;
    enum lk_status st =
        kit_action_ask(g, "DescribeLabelingJob", "LabelingJobName", name, &job, err);

    counters = json_get(job, "LabelCounters");
    if (!st && args_flag(a, "json"))
        st = kit_aws_print_json(job, err);
    else if (!st)
        printf("%s: %.0f labelled by people, %.0f by a model, %.0f failed, %.0f to go\n%s\n",
               json_path(job, "LabelingJobStatus"),
               json_number(json_get(counters, "HumanLabeled"), 0),
               json_number(json_get(counters, "MachineLabeled"), 0),
               json_number(json_get(counters, "FailedNonRetryableError"), 0),
               json_number(json_get(counters, "Unlabeled"), 0),
               json_path(job, "LabelingJobOutput.OutputDatasetS3Uri"));
    json_free(job);
    return st;
}

static enum lk_status list(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    return kit_action_list(g, a, "labeling-job", err);
}

static const struct kit_action actions[] = {
    {"start", true, start}, {"show", true, show}, {"stop", true, stop},
    {"list", false, list},  {NULL, false, NULL},
};

static int run(const struct args *a, struct lk_error *err)
{
    return kit_action_run(a, actions, err);
}

const struct command command_kit_aws_labeling = {
    .name = "aws labeling",
    .summary = "have items labelled by people (Ground Truth), and see how far they are",
    .operands = "start|show|stop|list [NAME]",
    .options = options,
    .details =
        "A manifest has a line of JSON for each item: {\"source\": \"the text\"} or "
        "{\"source-ref\": \"s3://...\"} (images always). The task 'text' and 'image' have a "
        "category chosen, 'boxes' boxes drawn, 'segments' areas coloured. Ground Truth bills each "
        "labelled item; who labels is "
        "paid apart, unless they are your own. What it can cost at most is told before anything "
        "is sent.",
    .example = "$ labkit aws labeling start birds --data items.manifest --category bird "
               "--category plane --bucket my-lab --role labkit-jobs\n"
               "$ labkit aws labeling show birds",
    .run = run,
};
