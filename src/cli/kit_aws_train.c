/* labkit aws train: what labkit train does, as a SageMaker training job. */
#include "aws/s3.h"
#include "cli/kit_aws_check.h"
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
    KIT_AWS_OPTIONS_END};

static enum lk_status put_parameters(struct json_out *w, const struct args *a, struct lk_error *err)
{
    const char *rounds = args_get(a, "rounds"), *stop = args_get(a, "early-stop");
    bool has_rounds = false;

    for (size_t i = 0; args_nth(a, "set", i); i++)
        has_rounds |= slice_starts(slice_of(args_nth(a, "set", i)), "num_round=");
    if (rounds || !has_rounds)
        json_put_z(w, "num_round", rounds ? rounds : "10");
    if (stop)
        json_put_z(w, "early_stopping_rounds", stop);
    if (args_get(a, "weight"))
        json_put_z(w, "csv_weights", "1");
    if (args_get(a, "threads"))
        json_put_z(w, "nthread", args_get(a, "threads"));
    return kit_job_put_pairs(w, a, "set", err);
}

/* What labkit train can do and the built-in algorithm cannot, with what to do instead. */
static enum lk_status check_options(const struct args *a, struct lk_error *err)
{
    static const char *const refused[][2] = {
        {"query", "SageMaker's XGBoost knows query ids in libsvm files only ('qid:')"},
        {"base-margin", "SageMaker's XGBoost takes no base margins"},
        {"lower", "SageMaker's XGBoost takes no bounds of labels"},
        {"upper", "SageMaker's XGBoost takes no bounds of labels"},
        {"continue", "a SageMaker job starts anew; give --checkpoints, from which a job that was "
                     "interrupted goes on"},
        {"checkpoint", "checkpoints of a SageMaker job are in S3: --checkpoints s3://..."},
    };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (args_get(a, refused[i][0]))
            return error_set(err, LK_EUSE, "--%s: %s", refused[i][0], refused[i][1]);
    return LK_OK;
}

/* What can be found out before anything is read or sent. */
static enum lk_status check_names(const struct args *a, const struct aws *c, struct lk_error *err)
{
    const char *instance = args_get(a, "instance"), *type = args_get(a, "content-type");
    struct str image = STR_INIT;
    enum lk_status st = check_options(a, err);

    if (!st && instance)
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

/* The hyperparameters as they will be sent; json_free them. */
static enum lk_status read_parameters(struct json **out, const struct args *a, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    st = put_parameters(&w, a, err);
    json_close(&w);
    if (!st)
        st = json_parse(out, slice_str(&text), "the options", err);
    str_done(&text);
    return st;
}

static enum lk_status check_locally(const struct kit_training *t, const struct args *a,
                                    struct lk_error *err)
{
    struct kit_check k = {.train = t->train.path,
                          .valid = t->valid.path,
                          .content_type = args_get(a, "content-type"),
                          .version = args_get(a, "image-version")};
    struct json *parameters = NULL;
    enum lk_status st;

    if (!t->train.path)
        return error_set(err, LK_EUSE, "--local-check needs --data to be a file here");
    st = read_parameters(&parameters, a, err);
    k.parameters = parameters;
    if (!st)
        st = kit_check_run(&k, err);
    json_free(parameters);
    return st;
}

enum lk_status kit_job_find_training(struct kit_training *t, const struct args *a,
                                     const struct aws *c, struct lk_error *err)
{
    enum lk_status st;

    *t = (struct kit_training){0};
    (void)((st = check_names(a, c, err)) ||
           (st = kit_job_find(&t->train, a, "data", KIT_STAGE_TRAIN, err)) ||
           (st = kit_job_find(&t->valid, a, "valid", KIT_STAGE_TRAIN, err)));
    if (!st && args_flag(a, "local-check"))
        st = check_locally(t, a, err);
    return st;
}

void kit_job_training_done(struct kit_training *t)
{
    kit_stage_done(&t->train);
    kit_stage_done(&t->valid);
}

enum lk_status kit_job_put_training(struct json_out *w, struct aws *c, const struct args *a,
                                    const struct kit_training *t, const char *name,
                                    struct lk_error *err)
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
    json_open(w, "hyperparameters", '{');
    st = put_parameters(w, a, err);
    json_close(w);
    (void)(st || (st = kit_job_put_output(w, a, name, err)) ||
           (st = kit_job_put_number(w, a, "count", "count", 1000, err)) ||
           (st = kit_job_put_number(w, a, "volume-gb", "volume_gb", 16384, err)) ||
           (st = args_int(a, "max-minutes", 60, 1, 40320, &minutes, err)) ||
           (st = kit_job_send(&train, c, a, "data", &t->train, name, "train", err)) ||
           (st = kit_job_send(&valid, c, a, "valid", &t->valid, name, "validation", err)));
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

/* The description of the job in JSON; files are uploaded on the way. */
static enum lk_status describe(struct str *spec, struct aws *c, const struct args *a,
                               const struct kit_training_kind *k, const struct kit_training *t,
                               const char *name, struct lk_error *err)
{
    struct json_out w;
    enum lk_status st = LK_OK;

    json_begin(&w, spec, false);
    json_open(&w, NULL, '{');
    if (k->put)
        st = k->put(&w, a, err);
    if (!st)
        st = kit_job_put_training(&w, c, a, t, name, err);
    json_close(&w);
    return st;
}

int kit_job_run_training(const struct args *a, const struct kit_training_kind *k,
                         struct lk_error *err)
{
    bool waits = args_flag(a, "wait") || args_flag(a, "logs") || args_get(a, "model");
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str name = STR_INIT, spec = STR_INIT;
    struct kit_training t = {0};
    enum lk_status st;

    kit_job_name(&name, a, k->what);
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = args_need(a, "role", err)) || (k->needs && (st = args_need(a, k->needs, err))) ||
           (st = names_job(k->words, name.ptr, err)) || (st = kit_guard_open(&c, &g, a, err)) ||
           (st = kit_job_find_training(&t, a, c, err)) ||
           (st = describe(&spec, c, a, k, &t, name.ptr, err)) ||
           (st = kit_job_start(g, k->what, slice_str(&spec), k->arn_member, err)));
    if (!st && waits)
        (void)((st = kit_job_wait(g, k->resource, name.ptr, a, err)) ||
               (st = k->tell(c, a, name.ptr, err)));
    kit_guard_close(c, g);
    kit_job_training_done(&t);
    str_done(&name);
    str_done(&spec);
    return exit_for(st);
}

static enum lk_status fetch_model(struct aws *c, const struct args *a, const char *name,
                                  struct lk_error *err)
{
    return args_get(a, "model") ? kit_job_fetch(c, name, args_get(a, "model"), err) : LK_OK;
}

static int run_train(const struct args *a, struct lk_error *err)
{
    static const struct kit_training_kind kind = {.what = "train",
                                                  .words = "training job",
                                                  .resource = "training-job",
                                                  .arn_member = "TrainingJobArn",
                                                  .tell = fetch_model};

    return kit_job_run_training(a, &kind, err);
}

const struct command command_kit_aws_train = {
    .name = "aws train",
    .summary = "train XGBoost as a SageMaker training job",
    .options = train_options,
    .details =
        "Takes what 'labkit train' takes. A local file is uploaded to the bucket, as SageMaker's "
        "XGBoost reads it: without its header line, the label first (--label), the weights second "
        "(--weight). --local-check first trains three rounds here on the first rows, under the "
        "container's own contract: what would fail there fails now, and costs nothing.\n\n"
        "Every job has a time limit. What it can cost is shown first, asked about, and held "
        "against the budget.",
    .example = "$ labkit aws train --data train.csv --label malignant --bucket my-bucket \\\n"
               "    --role labkit-jobs --set objective=binary:logistic --rounds 100 \\\n"
               "    --local-check --wait --model model.tar.gz",
    .run = run_train,
};
