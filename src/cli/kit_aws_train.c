/* labkit aws train: what labkit train does, as a SageMaker training job. */
#include "aws/s3.h"
#include "base/child.h"
#include "base/file.h"
#include "cli/kit_aws_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option train_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    KIT_JOB_OPTIONS,
    KIT_TRAIN_OPTIONS,
    {"model", "OUT", "wait, then fetch the artefact (model.tar.gz) to this file", false, 0},
    {"local-check", NULL, "train a few rounds here first", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status put_parameters(struct json_out *w, const struct args *a, struct lk_error *err)
{
    const char *rounds = args_get(a, "rounds"), *stop = args_get(a, "early-stop");
    bool has_rounds = false;
    enum lk_status st;

    for (size_t i = 0; args_nth(a, "set", i); i++)
        has_rounds |= slice_starts(slice_of(args_nth(a, "set", i)), "num_round=");
    json_open(w, "hyperparameters", '{');
    if (rounds || !has_rounds)
        json_put_z(w, "num_round", rounds ? rounds : "10");
    if (stop)
        json_put_z(w, "early_stopping_rounds", stop);
    st = kit_job_put_pairs(w, a, "set", err);
    json_close(w);
    return st;
}

/* All but the brackets of a training description. */
enum lk_status kit_job_put_training(struct json_out *w, struct aws *c, const struct args *a,
                                    const char *name, struct lk_error *err)
{
    struct str train = STR_INIT, valid = STR_INIT;
    int64_t minutes;
    enum lk_status st;

    json_put_z(w, "name", name);
    kit_job_put_option(w, a, "role", "role");
    kit_job_put_option(w, a, "instance", "instance");
    kit_job_put_option(w, a, "content-type", "content_type");
    kit_job_put_option(w, a, "image-version", "version");
    kit_job_put_option(w, a, "checkpoints", "checkpoints");
    if (args_flag(a, "spot"))
        json_put_bool(w, "spot", true);
    if (args_flag(a, "sharded"))
        json_put_bool(w, "sharded", true);
    (void)((st = kit_job_put_output(w, a, name, err)) || (st = put_parameters(w, a, err)) ||
           (st = kit_job_put_number(w, a, "count", "count", 1000, err)) ||
           (st = kit_job_put_number(w, a, "volume-gb", "volume_gb", 16384, err)) ||
           (st = args_int(a, "max-minutes", 60, 1, 40320, &minutes, err)) ||
           (st = kit_job_stage(&train, c, a, "data", name, "train", err)) ||
           (st = kit_job_stage(&valid, c, a, "valid", name, "validation", err)));
    if (!st) {
        json_put_int(w, "max_seconds", minutes * 60);
        json_put_string(w, "train", slice_str(&train));
        if (valid.len)
            json_put_string(w, "validation", slice_str(&valid));
    }
    str_done(&train);
    str_done(&valid);
    return st;
}

/* What can be found out before anything is uploaded. */
enum lk_status kit_job_check(const struct args *a, const struct aws *c, struct lk_error *err)
{
    const char *instance = args_get(a, "instance"), *type = args_get(a, "content-type");
    struct str image = STR_INIT;
    enum lk_status st = LK_OK;

    if (instance)
        st = names_instance(instance, err);
    if (!st && type)
        st = names_content_type(type, err);
    if (!st)
        st = names_image(&image, aws_region(c), aws_suffix(c), args_get(a, "image-version"), err);
    for (size_t i = 0; !st && args_nth(a, "set", i); i++) {
        char pair[512], *eq;

        snprintf(pair, sizeof pair, "%s", args_nth(a, "set", i));
        eq = strchr(pair, '=');
        if (eq) {
            *eq = '\0';
            st = names_hyperparameter(pair, eq + 1, err);
        }
    }
    str_done(&image);
    return st;
}

/* A few rounds of `labkit train` on the same data: its complaints come in a second, for nothing. */
static enum lk_status check_locally(const struct args *a, struct lk_error *err)
{
    const char *words[80], *data = args_get(a, "data");
    struct child_spec spec = {.argv = words};
    char *self = path_self(), model[] = "/tmp/labkit-check-XXXXXX";
    struct child child;
    int fd = mkstemp(model), n = 0, code = 1;
    enum lk_status st = LK_OK;

    words[n++] = self;
    words[n++] = "train";
    words[n++] = "--data";
    words[n++] = data;
    words[n++] = "--rounds";
    words[n++] = "3";
    words[n++] = "--model";
    words[n++] = model;
    for (size_t i = 0; args_nth(a, "set", i) && n < 76; i++) {
        words[n++] = "--set";
        words[n++] = args_nth(a, "set", i);
    }
    words[n] = NULL;
    if (fd < 0 || s3_is_url(data))
        st = error_set(err, LK_EUSE, "--local-check needs --data to be a file here");
    if (!st)
        st = child_start(&child, &spec, err);
    if (!st) {
        child_wait(&child, -1, &code);
        child_close(&child);
        if (code)
            st = error_set(err, LK_ECHECK, "the local check failed: nothing was sent");
        else
            fprintf(stderr, "the local check passed\n");
    }
    if (fd >= 0) {
        fclose(fdopen(fd, "r"));
        (void)!file_remove(model, NULL);
    }
    free(self);
    return st;
}

enum lk_status kit_job_fetch(struct aws *c, const char *job, const char *path, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    struct s3_url url = {0};
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "TrainingJobName", job);
    json_close(&w);
    (void)((st = aws_call(c, "sagemaker", "DescribeTrainingJob", slice_str(&in), &answer, err)) ||
           (st = s3_url_parse(&url, json_path(answer, "ModelArtifacts.S3ModelArtifacts"), err)) ||
           (st = s3_download(c, url.bucket, url.key, path, NULL, err)));
    s3_url_done(&url);
    json_free(answer);
    str_done(&in);
    return st;
}

static int run_train(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str name = STR_INIT, spec = STR_INIT;
    struct json_out w;
    enum lk_status st;

    kit_job_name(&name, a, "train");
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = args_need(a, "role", err)) || (st = names_job("training job", name.ptr, err)) ||
           (st = args_flag(a, "local-check") ? check_locally(a, err) : LK_OK) ||
           (st = kit_guard_open(&c, &g, a, err)) || (st = kit_job_check(a, c, err)));
    if (!st) {
        json_begin(&w, &spec, false);
        json_open(&w, NULL, '{');
        st = kit_job_put_training(&w, c, a, name.ptr, err);
        json_close(&w);
    }
    if (!st)
        st = kit_job_start(g, "train", slice_str(&spec), "TrainingJobArn", err);
    if (!st && (args_flag(a, "wait") || args_flag(a, "logs") || args_get(a, "model")))
        st = kit_job_wait(g, "training-job", name.ptr, a, err);
    if (!st && args_get(a, "model"))
        st = kit_job_fetch(c, name.ptr, args_get(a, "model"), err);
    kit_guard_close(c, g);
    str_done(&name);
    str_done(&spec);
    return exit_for(st);
}

const struct command command_kit_aws_train = {
    .name = "aws train",
    .summary = "train XGBoost as a SageMaker training job",
    .options = train_options,
    .details = "Takes what 'labkit train' takes. A local file is uploaded to the bucket. Every job "
               "has a time limit. What it can cost is shown first, asked about, and held against "
               "the budget.",
    .example = "$ labkit aws train --data train.csv --valid valid.csv --bucket my-bucket \\\n"
               "    --role labkit-jobs --set objective=binary:logistic --rounds 100 --wait \\\n"
               "    --model model.tar.gz",
    .run = run_train,
};
