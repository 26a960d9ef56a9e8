/*
 * labkit aws train, tune, model, transform, endpoint, invoke, logs, wait.
 * Options become a description (job.h), which Lua labs write as a table.
 */
#include "aws/names.h"
#include "aws/s3.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/number.h"
#include "base/term.h"
#include "cli/kit_aws_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- watching -------------------------------------------------------------------- */

static void print_status(void *ctx, const char *status, const char *detail, int64_t seconds)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(detail));
    fprintf(stderr, "%4lld s  %-12s %s\n", (long long)seconds, status, safe.ptr);
    str_done(&safe);
}

static void print_log(void *ctx, int64_t ms, const char *text)
{
    kit_aws_put(text);
    putchar('\n');
    fflush(stdout);
}

static enum lk_status wait_and_print(struct guard *g, const char *kind, const char *name,
                                     const struct args *a, struct lk_error *err)
{
    struct job_watch watch = {.status = print_status};
    struct json *job = NULL;
    enum lk_status st;

    if (args_flag(a, "logs"))
        watch.line = print_log;
    st = job_wait(g, kind, name, &watch, &job, err);
    if (!st && args_flag(a, "json"))
        st = kit_aws_print_json(job, err);
    json_free(job);
    return st;
}

/* ---- descriptions from options ------------------------------------------------------- */

static void put_option(struct json_out *w, const struct args *a, const char *option,
                       const char *key)
{
    if (args_get(a, option))
        json_put_z(w, key, args_get(a, option));
}

static enum lk_status put_number(struct json_out *w, const struct args *a, const char *option,
                                 const char *key, int64_t max, struct lk_error *err)
{
    int64_t v;
    enum lk_status st = args_int(a, option, 0, 0, max, &v, err);

    if (!st && args_get(a, option))
        json_put_int(w, key, v);
    return st;
}

/* Is the option's i-th pair overruled by a later one of that name? */
static bool is_overruled(const struct args *a, const char *option, size_t i, struct slice name)
{
    const char *later;

    while ((later = args_nth(a, option, ++i))) {
        struct slice pair = slice_of(later);

        if (slice_eq(slice_first(pair, slice_find(pair, '=')), name))
            return true;
    }
    return false;
}

/* name=value pairs, as an object; of several for one name the last counts. */
static enum lk_status put_pairs(struct json_out *w, const struct args *a, const char *option,
                                struct lk_error *err)
{
    for (size_t i = 0; args_nth(a, option, i); i++) {
        struct slice pair = slice_of(args_nth(a, option, i));
        size_t eq = slice_find(pair, '=');
        char name[128];

        if (eq == pair.len || !eq || eq >= sizeof name)
            return error_set(err, LK_EUSE, "--%s is NAME=VALUE, not '%s'", option, pair.ptr);
        memcpy(name, pair.ptr, eq);
        name[eq] = '\0';
        if (!is_overruled(a, option, i, slice_first(pair, eq)))
            json_put_string(w, name, slice_from(pair, eq + 1));
    }
    return LK_OK;
}

/* "what-20261125-143000": a name nobody had before. */
static void put_default_name(struct str *out, const char *what)
{
    struct clock_fields f = clock_utc(clock_unix_ms());

    str_printf(out, "%s-%04d%02d%02d-%02d%02d%02d", what, f.year, f.month, f.day, f.hour, f.minute,
               f.second);
}

static void choose_name(struct str *out, const struct args *a, const char *what)
{
    if (args_get(a, "name"))
        str_puts(out, args_get(a, "name"));
    else
        put_default_name(out, what);
}

/* ---- data ------------------------------------------------------------------------------ */

/* SageMaker's XGBoost reads no header line, and takes one for a row. */
static enum lk_status check_headerless(const char *path, struct lk_error *err)
{
    char line[4096] = "";
    FILE *f = fopen(path, "re");
    struct slice rest, field;
    double v;

    if (!f)
        return error_set(err, LK_EIO, "cannot open %s", path);
    if (!fgets(line, sizeof line, f))
        line[0] = '\0';
    fclose(f);
    rest = slice_trim(slice_of(line));
    while (slice_split(&rest, ',', &field))
        if (field.len && !number_parse_double(slice_trim(field), &v) && rest.len)
            return error_at(err, LK_EINPUT, path, 1, 1,
                            "'%.*s' is no number: SageMaker's XGBoost wants no header line, the "
                            "label in the first column, and numbers only ('labkit data split "
                            "--no-header' writes files without one)",
                            (int)(field.len < 60 ? field.len : 60), field.ptr);
    return LK_OK;
}

/* A file is uploaded to s3://BUCKET/labkit/NAME/CHANNEL/; a URL is taken as it is. */
static enum lk_status stage(struct str *url, struct aws *c, const struct args *a,
                            const char *option, const char *name, const char *channel,
                            struct lk_error *err)
{
    const char *path = args_get(a, option), *bucket = args_get(a, "bucket");
    struct str key = STR_INIT;
    enum lk_status st;

    if (!path || s3_is_url(path)) {
        str_puts(url, path ? path : "");
        return LK_OK;
    }
    if (!bucket)
        return error_set(err, LK_EUSE, "--bucket is needed to upload %s", path);
    st = file_stat(path).kind == FILE_NONE
             ? error_set(err, LK_EIO, "cannot open %s: no such file", path)
             : LK_OK;
    if (!st && strcmp(channel, "input") && !strcmp(path_extension(path), ".csv"))
        st = check_headerless(path, err);
    str_printf(&key, "labkit/%s/%s/%s", name, channel, path_name(path));
    if (!st)
        st = s3_upload(c, path, bucket, key.ptr, NULL, err);
    str_printf(url, "s3://%s/labkit/%s/%s/", bucket, name, channel);
    str_done(&key);
    return st;
}

static enum lk_status put_output(struct json_out *w, const struct args *a, const char *name,
                                 struct lk_error *err)
{
    const char *output = args_get(a, "output"), *bucket = args_get(a, "bucket");
    struct str url = STR_INIT;

    if (output && s3_is_url(output))
        str_puts(&url, output);
    else if (bucket)
        str_printf(&url, "s3://%s/labkit/%s/output/", bucket, name);
    else
        return error_set(err, LK_EUSE, "give --bucket, or --output s3://BUCKET/PREFIX");
    json_put_string(w, "output", slice_str(&url));
    str_done(&url);
    return LK_OK;
}

/* ---- train, tune ------------------------------------------------------------------------- */

#define JOB_OPTIONS                                                                                \
    {"name", "NAME", "of the job (default: with the time in it)", false, 0},                       \
        {"bucket", "B", "where files are uploaded and results written", false, 0},                 \
        {"output", "URL", "s3://BUCKET/PREFIX for results (default: in the bucket)", false, 0},    \
        {"instance", "TYPE", "default ml.m5.large", false, 0},                                     \
        {"count", "N", "instances (default 1)", false, 0},                                         \
        {"content-type", "TYPE", "of the data (default text/csv)", false, 0},                      \
        {"wait", NULL, "until it is over, telling what it does", false, 'w'},                      \
    {                                                                                              \
        "logs", NULL, "and print what it logs", false, 0                                           \
    }

#define TRAIN_OPTIONS                                                                              \
    {"data", "FILE", "to train on: a file, or s3://.. (required)", false, 0},                      \
        {"valid", "FILE", "to validate on: a file, or s3://..", false, 0},                         \
        {"rounds", "N", "num_round (default 10)", false, 0},                                       \
        {"early-stop", "N", "early_stopping_rounds", false, 0},                                    \
        {"set", "KEY=VALUE", "a hyperparameter", true, 0},                                         \
        {"role", "ROLE", "name or ARN of the execution role (required)", false, 0},                \
        {"image-version", "V", "of the XGBoost container (default " NAMES_IMAGE_DEFAULT ")",       \
         false, 0},                                                                                \
        {"spot", NULL, "spare capacity, cheaper, may be interrupted", false, 0},                   \
        {"checkpoints", "URL", "s3://.. for checkpoints", false, 0},                               \
        {"sharded", NULL, "deal the files out to the instances", false, 0},                        \
    {                                                                                              \
        "volume-gb", "N", "disk of each instance (default 10)", false, 0                           \
    }

static const struct option train_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    JOB_OPTIONS,
    TRAIN_OPTIONS,
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
    st = put_pairs(w, a, "set", err);
    json_close(w);
    return st;
}

/* All but the brackets of a training description. */
static enum lk_status put_training(struct json_out *w, struct aws *c, const struct args *a,
                                   const char *name, struct lk_error *err)
{
    struct str train = STR_INIT, valid = STR_INIT;
    int64_t minutes;
    enum lk_status st;

    json_put_z(w, "name", name);
    put_option(w, a, "role", "role");
    put_option(w, a, "instance", "instance");
    put_option(w, a, "content-type", "content_type");
    put_option(w, a, "image-version", "version");
    put_option(w, a, "checkpoints", "checkpoints");
    if (args_flag(a, "spot"))
        json_put_bool(w, "spot", true);
    if (args_flag(a, "sharded"))
        json_put_bool(w, "sharded", true);
    (void)((st = put_output(w, a, name, err)) || (st = put_parameters(w, a, err)) ||
           (st = put_number(w, a, "count", "count", 1000, err)) ||
           (st = put_number(w, a, "volume-gb", "volume_gb", 16384, err)) ||
           (st = args_int(a, "max-minutes", 60, 1, 40320, &minutes, err)) ||
           (st = stage(&train, c, a, "data", name, "train", err)) ||
           (st = stage(&valid, c, a, "valid", name, "validation", err)));
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
static enum lk_status check_early(const struct args *a, const struct aws *c, struct lk_error *err)
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

static enum lk_status fetch_artifact(struct aws *c, const char *job, const char *path,
                                     struct lk_error *err)
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

/* Start what the description's text says; prints the ARN. */
static enum lk_status start(struct guard *g, const char *kind, struct slice text,
                            const char *arn_member, struct lk_error *err)
{
    struct json *spec = NULL, *answer = NULL;
    enum lk_status st = json_parse(&spec, text, "the options", err);

    if (!st)
        st = job_start(g, kind, spec, &answer, err);
    if (!st)
        printf("%s\n", json_path(answer, arn_member));
    fflush(stdout);
    json_free(spec);
    json_free(answer);
    return st;
}

static int run_train(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str name = STR_INIT, spec = STR_INIT;
    struct json_out w;
    enum lk_status st;

    choose_name(&name, a, "train");
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = args_need(a, "role", err)) || (st = names_job("training job", name.ptr, err)) ||
           (st = args_flag(a, "local-check") ? check_locally(a, err) : LK_OK) ||
           (st = kit_guard_open(&c, &g, a, err)) || (st = check_early(a, c, err)));
    if (!st) {
        json_begin(&w, &spec, false);
        json_open(&w, NULL, '{');
        st = put_training(&w, c, a, name.ptr, err);
        json_close(&w);
    }
    if (!st)
        st = start(g, "train", slice_str(&spec), "TrainingJobArn", err);
    if (!st && (args_flag(a, "wait") || args_flag(a, "logs") || args_get(a, "model")))
        st = wait_and_print(g, "training-job", name.ptr, a, err);
    if (!st && args_get(a, "model"))
        st = fetch_artifact(c, name.ptr, args_get(a, "model"), err);
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

static const struct option tune_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    JOB_OPTIONS,
    TRAIN_OPTIONS,
    {"range", "KEY=LOW:HIGH", "what to search; words: KEY=a|b|c", true, 0},
    {"metric", "NAME", "to judge by (default validation:logloss)", false, 0},
    {"jobs", "N", "how many training jobs (default 10)", false, 0},
    {"parallel", "N", "how many at once (default 2)", false, 0},
    {"strategy", "S", "Bayesian (default), Random, Hyperband, Grid", false, 0},
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

    put_option(w, a, "metric", "metric");
    put_option(w, a, "strategy", "strategy");
    (void)((st = put_number(w, a, "jobs", "jobs", 750, err)) ||
           (st = put_number(w, a, "parallel", "parallel", 100, err)));
    json_open(w, "ranges", '{');
    for (size_t i = 0; args_nth(a, "range", i) && !st; i++)
        st = put_range(w, args_nth(a, "range", i), err);
    json_close(w);
    return st;
}

static int run_tune(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str name = STR_INIT, spec = STR_INIT;
    struct json_out w;
    enum lk_status st;

    choose_name(&name, a, "tune");
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = args_need(a, "role", err)) || (st = args_need(a, "range", err)) ||
           (st = kit_guard_open(&c, &g, a, err)) || (st = check_early(a, c, err)));
    if (!st) {
        json_begin(&w, &spec, false);
        json_open(&w, NULL, '{');
        (void)((st = put_search(&w, a, err)) || (st = put_training(&w, c, a, name.ptr, err)));
        json_close(&w);
    }
    if (!st)
        st = start(g, "tune", slice_str(&spec), "HyperParameterTuningJobArn", err);
    if (!st && args_flag(a, "wait"))
        st = wait_and_print(g, "tuning-job", name.ptr, a, err);
    kit_guard_close(c, g);
    str_done(&name);
    str_done(&spec);
    return exit_for(st);
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

/* ---- transform ------------------------------------------------------------------------------ */

static const struct option transform_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    JOB_OPTIONS,
    {"from-job", "JOB", "make the model of this training job's artefact first", false, 0},
    {"artifact", "URL", "make the model of this s3://..model.tar.gz first", false, 0},
    {"use-model", "NAME", "a model that is there", false, 0},
    {"role", "ROLE", "of the model (name or ARN), with --from-job or --artifact", false, 0},
    {"image-version", "V", "of the XGBoost container (default " NAMES_IMAGE_DEFAULT ")", false, 0},
    {"data", "FILE", "to score: a file, or s3://.. (required)", false, 0},
    {"split", "S", "Line (default), None, RecordIO, TFRecord", false, 0},
    {"strategy", "S", "MultiRecord or SingleRecord", false, 0},
    {"accept", "TYPE", "of the answers (default: the content type)", false, 0},
    {"join", NULL, "put each row before its answer", false, 0},
    {"input-filter", "JSONPATH", "columns to send, as $[1:]", false, 0},
    {"output-filter", "JSONPATH", "columns to keep", false, 0},
    {"max-payload-mb", "N", "of one request (default 6)", false, 0},
    {"concurrent", "N", "requests at once to one instance", false, 0},
    {"out", "FOLDER", "wait, then fetch the results into this folder", false, 'o'},
    KIT_AWS_OPTIONS_END};

/* The model to use: one that is there, or one made now under the job's name. */
static enum lk_status make_model(struct guard *g, const struct args *a, const char *name,
                                 struct lk_error *err)
{
    struct str spec = STR_INIT;
    struct json *tree = NULL;
    struct json_out w;
    enum lk_status st;

    if (args_get(a, "use-model"))
        return LK_OK;
    if (!args_get(a, "from-job") && !args_get(a, "artifact"))
        return error_set(err, LK_EUSE, "give --use-model, --from-job or --artifact");
    if (!args_get(a, "role"))
        return error_set(err, LK_EUSE, "--role is required to make a model");
    json_begin(&w, &spec, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "name", name);
    put_option(&w, a, "role", "role");
    put_option(&w, a, "from-job", "from_job");
    put_option(&w, a, "artifact", "artifact");
    put_option(&w, a, "image-version", "version");
    json_close(&w);
    st = json_parse(&tree, slice_str(&spec), "the options", err);
    if (!st)
        st = job_start(g, "model", tree, NULL, err);
    json_free(tree);
    str_done(&spec);
    return st;
}

static enum lk_status put_transform(struct json_out *w, struct aws *c, const struct args *a,
                                    const char *name, struct lk_error *err)
{
    static const char *const same[][2] = {{"instance", "instance"},
                                          {"content-type", "content_type"},
                                          {"split", "split"},
                                          {"strategy", "strategy"},
                                          {"accept", "accept"},
                                          {"input-filter", "input_filter"},
                                          {"output-filter", "output_filter"}};
    struct str input = STR_INIT;
    enum lk_status st;

    json_put_z(w, "name", name);
    json_put_z(w, "model", args_get(a, "use-model") ? args_get(a, "use-model") : name);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        put_option(w, a, same[i][0], same[i][1]);
    if (args_flag(a, "join"))
        json_put_bool(w, "join", true);
    (void)((st = put_output(w, a, name, err)) ||
           (st = put_number(w, a, "count", "count", 1000, err)) ||
           (st = put_number(w, a, "max-payload-mb", "max_payload_mb", 100, err)) ||
           (st = put_number(w, a, "concurrent", "concurrent", 100, err)) ||
           (st = stage(&input, c, a, "data", name, "input", err)));
    json_put_string(w, "input", slice_str(&input));
    str_done(&input);
    return st;
}

static enum lk_status fetch_results(struct aws *c, struct slice spec, const char *folder,
                                    struct lk_error *err)
{
    struct json *tree = NULL;
    struct s3_sync sync = {0};
    enum lk_status st = json_parse(&tree, spec, "the options", err);

    if (!st)
        st = s3_sync(c, json_path(tree, "output"), folder, &sync, NULL, err);
    if (!st)
        fprintf(stderr, "%zu result%s in %s\n", sync.moved + sync.same,
                sync.moved + sync.same == 1 ? "" : "s", folder);
    json_free(tree);
    return st;
}

static int run_transform(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str name = STR_INIT, spec = STR_INIT;
    struct json_out w;
    enum lk_status st;

    choose_name(&name, a, "transform");
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = names_job("transform job", name.ptr, err)) ||
           (st = kit_guard_open(&c, &g, a, err)));
    if (!st) {
        json_begin(&w, &spec, false);
        json_open(&w, NULL, '{');
        st = put_transform(&w, c, a, name.ptr, err);
        json_close(&w);
    }
    if (!st)
        st = make_model(g, a, name.ptr, err);
    if (!st)
        st = start(g, "transform", slice_str(&spec), "TransformJobArn", err);
    if (!st && (args_flag(a, "wait") || args_flag(a, "logs") || args_get(a, "out")))
        st = wait_and_print(g, "transform-job", name.ptr, a, err);
    if (!st && args_get(a, "out"))
        st = fetch_results(c, slice_str(&spec), args_get(a, "out"), err);
    kit_guard_close(c, g);
    str_done(&name);
    str_done(&spec);
    return exit_for(st);
}

const struct command command_kit_aws_transform = {
    .name = "aws transform",
    .summary = "score a file, or all below a prefix, as a SageMaker batch transform job",
    .options = transform_options,
    .details = "SageMaker has no time limit for these jobs, so --wait stops one that outlives "
               "--max-minutes. Each input gives one FILE.out. The model stays; 'labkit aws "
               "cleanup' deletes it.",
    .example =
        "$ labkit aws transform --from-job train-1 --role labkit-jobs --bucket my-bucket \\\n"
        "    --data test.csv --out results/",
    .run = run_transform,
};

/* ---- endpoint, invoke
 * ---------------------------------------------------------------------------- */

static const struct option endpoint_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    {"use-model", "NAME", "the model (required to make one)", false, 0},
    {"instance", "TYPE", "default ml.m5.large", false, 0},
    {"count", "N", "instances (default 1)", false, 0},
    {"wait", NULL, "until it is in service", false, 'w'},
    {"delete", NULL, "delete endpoint and configuration", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status delete_endpoint(struct guard *g, const char *name, struct lk_error *err)
{
    static const char *const ops[][2] = {{"DeleteEndpoint", "EndpointName"},
                                         {"DeleteEndpointConfig", "EndpointConfigName"}};
    enum lk_status st = LK_OK;

    for (int i = 0; i < 2 && !st; i++) {
        struct str in = STR_INIT;
        struct json_out w;

        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, ops[i][1], name);
        json_close(&w);
        st = guard_call(g, "sagemaker", ops[i][0], slice_str(&in), NULL, err);
        str_done(&in);
    }
    return st;
}

static enum lk_status make_endpoint(struct guard *g, const struct args *a, const char *name,
                                    struct lk_error *err)
{
    struct str spec = STR_INIT;
    struct json_out w;
    enum lk_status st = args_need(a, "use-model", err);

    if (st)
        return st;
    json_begin(&w, &spec, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "name", name);
    put_option(&w, a, "use-model", "model");
    put_option(&w, a, "instance", "instance");
    st = put_number(&w, a, "count", "count", 100, err);
    json_close(&w);
    if (!st)
        st = start(g, "endpoint", slice_str(&spec), "EndpointArn", err);
    if (!st && args_flag(a, "wait"))
        st = wait_and_print(g, "endpoint", name, a, err);
    str_done(&spec);
    return st;
}

static int run_endpoint(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one NAME", err)) || (st = kit_guard_open(&c, &g, a, err)));
    if (!st)
        st = args_flag(a, "delete") ? delete_endpoint(g, args_operand(a, 0), err)
                                    : make_endpoint(g, a, args_operand(a, 0), err);
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_endpoint = {
    .name = "aws endpoint",
    .summary = "make a real-time endpoint of a model, or delete one",
    .operands = "NAME",
    .options = endpoint_options,
    .details = "An endpoint costs by the hour until it is deleted, used or not.",
    .example = "$ labkit aws endpoint demo --use-model transform-1 --wait\n"
               "$ labkit aws endpoint demo --delete",
    .run = run_endpoint,
};

static const struct option invoke_options[] = {
    KIT_AWS_OPTIONS,
    {"data", "FILE", "the rows, without label ('-': stdin) (required)", false, 0},
    {"content-type", "TYPE", "default text/csv", false, 0},
    {"accept", "TYPE", "of the answer (default: the content type)", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status write_answer(void *ctx, const void *ptr, size_t n, struct lk_error *err)
{
    return fwrite(ptr, 1, n, stdout) == n ? LK_OK : error_errno(err, "write to", "stdout");
}

static enum lk_status read_rows(struct str *out, const char *path, struct lk_error *err)
{
    enum { PAYLOAD_MAX = 6 << 20 };
    char buf[65536];
    size_t n;

    if (strcmp(path, "-"))
        return file_read(out, path, PAYLOAD_MAX, err);
    while ((n = fread(buf, 1, sizeof buf, stdin)) && out->len <= PAYLOAD_MAX)
        str_add(out, buf, n);
    return out->len > PAYLOAD_MAX
               ? error_set(err, LK_ELIMIT, "an endpoint takes 6 MB at once; use a transform job")
               : LK_OK;
}

static int run_invoke(const struct args *a, struct lk_error *err)
{
    const char *type = args_get(a, "content-type") ? args_get(a, "content-type") : "text/csv";
    struct aws *c = NULL;
    struct str in = STR_INIT, rows = STR_INIT;
    struct aws_io io = {.write = write_answer, .once = true};
    struct json_out w;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one NAME", err)) || (st = args_need(a, "data", err)) ||
           (st = read_rows(&rows, args_get(a, "data"), err)) || (st = kit_aws_open(&c, a, err)));
    if (!st) {
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "EndpointName", args_operand(a, 0));
        json_put_z(&w, "ContentType", type);
        json_put_z(&w, "Accept", args_get(a, "accept") ? args_get(a, "accept") : type);
        json_close(&w);
        io.body = slice_str(&rows);
        st = aws_call_io(c, "sagemaker-runtime", "InvokeEndpoint", slice_str(&in), &io, NULL, err);
    }
    kit_aws_close(c);
    str_done(&in);
    str_done(&rows);
    return exit_for(st);
}

const struct command command_kit_aws_invoke = {
    .name = "aws invoke",
    .summary = "ask an endpoint to score rows",
    .operands = "NAME",
    .options = invoke_options,
    .example = "$ head -n 3 test.csv | labkit aws invoke demo --data -",
    .run = run_invoke,
};

/* ---- logs, wait
 * --------------------------------------------------------------------------------------- */

static const struct option logs_options[] = {
    KIT_AWS_OPTIONS,
    {"kind", "KIND", "training-job (default), transform-job or endpoint", false, 0},
    KIT_AWS_OPTIONS_END};

static int run_logs(const struct args *a, struct lk_error *err)
{
    const char *kind = args_get(a, "kind") ? args_get(a, "kind") : "training-job";
    struct job_watch watch = {.line = print_log};
    struct job_logs at = {0};
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one NAME", err)) || (st = kit_aws_open(&c, a, err)) ||
           (st = job_read_logs(c, kind, args_operand(a, 0), &at, &watch, err)));
    job_logs_done(&at);
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_logs = {
    .name = "aws logs",
    .summary = "print what a job or endpoint logged",
    .operands = "NAME",
    .options = logs_options,
    .example = "$ labkit aws logs train-20261125-143000",
    .run = run_logs,
};

static const struct option wait_options[] = {
    KIT_AWS_OPTIONS, {"logs", NULL, "print what it logs", false, 0}, KIT_AWS_OPTIONS_END};

static int run_wait(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 2, "KIND and NAME", err)) ||
           (st = kit_guard_open(&c, &g, a, err)) ||
           (st = wait_and_print(g, args_operand(a, 0), args_operand(a, 1), a, err)));
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_wait = {
    .name = "aws wait",
    .summary = "wait for a job, an endpoint or a notebook, telling what it does",
    .operands = "KIND NAME",
    .options = wait_options,
    .details = "KIND: training-job, tuning-job, transform-job, labeling-job, endpoint, notebook.",
    .example = "$ labkit aws wait training-job train-20261125-143000 --logs",
    .run = run_wait,
};
