/* labkit aws transform: rows scored as a SageMaker batch transform job. */
#include "aws/s3.h"
#include "cli/kit_aws_job.h"

#include <stdio.h>
#include <string.h>

static const struct option transform_options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    KIT_JOB_OPTIONS,
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
    KIT_STAGE_OPTIONS,
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
    kit_job_put_option(&w, a, "role", "role");
    kit_job_put_option(&w, a, "from-job", "from_job");
    kit_job_put_option(&w, a, "artifact", "artifact");
    kit_job_put_option(&w, a, "image-version", "version");
    json_close(&w);
    st = json_parse(&tree, slice_str(&spec), "the options", err);
    if (!st)
        st = job_start(g, "model", tree, NULL, err);
    json_free(tree);
    str_done(&spec);
    return st;
}

static enum lk_status put_transform(struct json_out *w, struct aws *c, const struct args *a,
                                    const struct kit_staged *file, const char *name,
                                    struct lk_error *err)
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
        kit_job_put_option(w, a, same[i][0], same[i][1]);
    if (args_flag(a, "join"))
        json_put_bool(w, "join", true);
    (void)((st = kit_job_put_output(w, a, name, err)) ||
           (st = kit_job_put_number(w, a, "count", "count", 1000, err)) ||
           (st = kit_job_put_number(w, a, "max-payload-mb", "max_payload_mb", 100, err)) ||
           (st = kit_job_put_number(w, a, "concurrent", "concurrent", 100, err)) ||
           (st = kit_job_send(&input, c, a, "data", file, name, "input", err)));
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
    struct kit_staged file = {0};
    struct json_out w;
    enum lk_status st;

    kit_job_name(&name, a, "transform");
    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = args_need(a, "data", err)) ||
           (st = names_job("transform job", name.ptr, err)) ||
           (st = kit_guard_open(&c, &g, a, err)) ||
           (st = kit_job_find(&file, a, "data", KIT_STAGE_SCORE, err)));
    if (!st) {
        json_begin(&w, &spec, false);
        json_open(&w, NULL, '{');
        st = put_transform(&w, c, a, &file, name.ptr, err);
        json_close(&w);
    }
    if (!st)
        st = make_model(g, a, name.ptr, err);
    if (!st)
        st = kit_job_start(g, "transform", slice_str(&spec), "TransformJobArn", err);
    if (!st && (args_flag(a, "wait") || args_flag(a, "logs") || args_get(a, "out")))
        st = kit_job_wait(g, "transform-job", name.ptr, a, err);
    if (!st && args_get(a, "out"))
        st = fetch_results(c, slice_str(&spec), args_get(a, "out"), err);
    kit_guard_close(c, g);
    kit_stage_done(&file);
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
