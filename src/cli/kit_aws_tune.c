/* labkit aws tune: a search for hyperparameters as a SageMaker tuning job. */
#include "base/number.h"
#include "cli/kit_aws_job.h"

#include <stdio.h>
#include <string.h>

static const struct option tune_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    KIT_JOB_OPTIONS,
    KIT_TRAIN_OPTIONS,
    {"range", "KEY=LOW:HIGH", "what to search; words: KEY=a|b|c", true, 0},
    {"metric", "NAME", "to judge by (default validation:logloss)", false, 0},
    {"jobs", "N", "how many training jobs (default 10)", false, 0},
    {"parallel", "N", "how many at once (default 2)", false, 0},
    {"strategy", "S", "Bayesian (default), Random, Hyperband, Grid", false, 0},
    {"model", "OUT", "wait, then fetch the best job's artefact to this file", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status put_range(struct json_out *w, const char *text, struct lk_error *err)
{
    struct slice rest = slice_of(text), key, low, word;
    char name[64];
    double a, b;

    slice_split(&rest, '=', &key);
    if (!rest.len || key.len >= sizeof name)
        return error_set(err, LK_EUSE, "--range is KEY=LOW:HIGH or KEY=a|b|c, not '%s'", text);
    memcpy(name, key.ptr, key.len);
    name[key.len] = '\0';
    json_open(w, name, '[');
    low = slice_first(rest, slice_find(rest, ':'));
    if (low.len < rest.len && number_parse_double(low, &a) &&
        number_parse_double(slice_from(rest, low.len + 1), &b)) {
        json_put_number(w, NULL, a);
        json_put_number(w, NULL, b);
    } else {
        while (slice_split(&rest, '|', &word))
            json_put_string(w, NULL, word);
    }
    json_close(w);
    return LK_OK;
}

static enum lk_status put_search(struct json_out *w, const struct args *a, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    kit_job_put_option(w, a, "metric", "metric");
    kit_job_put_option(w, a, "strategy", "strategy");
    (void)((st = kit_job_put_number(w, a, "jobs", "jobs", 750, err)) ||
           (st = kit_job_put_number(w, a, "parallel", "parallel", 100, err)));
    json_open(w, "ranges", '{');
    for (size_t i = 0; args_nth(a, "range", i) && !st; i++)
        st = put_range(w, args_nth(a, "range", i), err);
    json_close(w);
    return st;
}

/* The best job, what it reached and with which settings; its model where --model asks for it. */
static enum lk_status tell_best(struct aws *c, const struct args *a, const char *name,
                                struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    const struct json *best, *metric;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "HyperParameterTuningJobName", name);
    json_close(&w);
    st = aws_call(c, "sagemaker", "DescribeHyperParameterTuningJob", slice_str(&in), &answer, err);
    best = json_get(answer, "BestTrainingJob");
    metric = json_get(best, "FinalHyperParameterTuningJobObjectiveMetric");
    if (!st && !best)
        st = error_set(err, LK_ESERVICE, "no job of '%s' has a result", name);
    if (!st && !args_flag(a, "json")) {
        printf("%-20s ", json_path(metric, "MetricName"));
        printf("%g\n", json_number(json_get(metric, "Value"), 0));
        for (const struct json *p = json_first(json_get(best, "TunedHyperParameters")); p;
             p = json_next(p))
            printf("%-20s %s\n", json_key(p), json_string(p, ""));
        printf("%-20s %s\n", "job", json_path(best, "TrainingJobName"));
    }
    if (!st && args_get(a, "model"))
        st = kit_job_fetch(c, json_path(best, "TrainingJobName"), args_get(a, "model"), err);
    json_free(answer);
    str_done(&in);
    return st;
}

static int run_tune(const struct args *a, struct lk_error *err)
{
    static const struct kit_training_kind kind = {.what = "tune",
                                                  .words = "tuning job",
                                                  .resource = "tuning-job",
                                                  .arn_member = "HyperParameterTuningJobArn",
                                                  .needs = "range",
                                                  .put = put_search,
                                                  .tell = tell_best};

    return kit_job_run_training(a, &kind, err);
}

const struct command command_kit_aws_tune = {
    .name = "aws tune",
    .summary = "search for good hyperparameters with a SageMaker tuning job",
    .options = tune_options,
    .example =
        "$ labkit aws tune --data s3://b/train/ --valid s3://b/valid/ --bucket b --role r \\\n"
        "    --range eta=0.05:0.5 --range max_depth=3:9 --metric validation:auc --wait",
    .run = run_tune,
};
