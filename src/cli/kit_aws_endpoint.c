/* labkit aws endpoint, invoke: a model that answers at once, for as long as it costs. */
#include "base/file.h"
#include "cli/kit_aws_job.h"

#include <stdio.h>
#include <string.h>

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
    kit_job_put_option(&w, a, "use-model", "model");
    kit_job_put_option(&w, a, "instance", "instance");
    st = kit_job_put_number(&w, a, "count", "count", 100, err);
    json_close(&w);
    if (!st)
        st = kit_job_start(g, "endpoint", slice_str(&spec), "EndpointArn", err);
    if (!st && args_flag(a, "wait"))
        st = kit_job_wait(g, "endpoint", name, a, err);
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
