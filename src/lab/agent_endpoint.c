/* Models and endpoints of SageMaker, and rows that an endpoint scores. */
#include "lab/agent_internal.h"

#include "base/error.h"
#include "base/number.h"

enum { PAYLOAD_MAX = 6 << 20 };

static enum lk_status create_model(struct agent *a, const struct json *options, struct json_out *w,
                                   struct lk_error *err)
{
    struct str name = STR_INIT;
    enum lk_status st = agent_start(&name, a, options, "model", "model", err);

    json_put_string(w, "value", slice_str(&name));
    str_done(&name);
    return st;
}

static enum lk_status delete_model(struct agent *a, const struct json *args, struct json_out *w,
                                   struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    enum lk_status st = agent_need_own(a, "model", name, err);

    return st ? st
              : agent_ask(a, "sagemaker", "DeleteModel",
                          (const char *const[]){"ModelName", name, NULL}, NULL, err);
}

static enum lk_status endpoint(struct agent *a, const struct json *options, struct json_out *w,
                               struct lk_error *err)
{
    struct str name = STR_INIT;
    struct json *job = NULL;
    enum lk_status st = agent_start(&name, a, options, "endpoint", "endpoint", err);

    if (!st)
        st = agent_wait(a, "endpoint", name.ptr, &job, err);
    json_put_string(w, "value", slice_str(&name));
    json_free(job);
    str_done(&name);
    return st;
}

static enum lk_status delete_endpoint(struct agent *a, const struct json *args, struct json_out *w,
                                      struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    struct json *about = NULL;
    enum lk_status st;

    (void)((st = agent_need_own(a, "endpoint", name, err)) ||
           (st = agent_ask(a, "sagemaker", "DescribeEndpoint",
                           (const char *const[]){"EndpointName", name, NULL}, &about, err)) ||
           (st = agent_ask(a, "sagemaker", "DeleteEndpoint",
                           (const char *const[]){"EndpointName", name, NULL}, NULL, err)) ||
           (st = agent_ask(a, "sagemaker", "DeleteEndpointConfig",
                           (const char *const[]){"EndpointConfigName",
                                                 json_path(about, "EndpointConfigName"), NULL},
                           NULL, err)));
    json_free(about);
    return st;
}

static enum lk_status keep_answer(void *ctx, const void *ptr, size_t n, struct lk_error *err)
{
    struct str *answer = ctx;

    if (answer->len + n > PAYLOAD_MAX)
        return error_set(err, LK_ELIMIT, "the endpoint's answer is longer than 6 MB");
    str_add(answer, ptr, n);
    return LK_OK;
}

static void forget_answer(void *ctx)
{
    str_clear(ctx);
}

/* A line a row; what is one number becomes one. */
static void put_answers(struct json_out *w, struct slice text)
{
    struct slice line;

    json_open(w, "value", '[');
    while (slice_line(&text, &line)) {
        double v;

        if (number_parse_double(slice_trim(line), &v))
            json_put_number(w, NULL, v);
        else if (slice_trim(line).len)
            json_put_string(w, NULL, slice_trim(line));
    }
    json_close(w);
}

static enum lk_status invoke_endpoint(struct agent *a, const struct json *args, struct json_out *w,
                                      struct lk_error *err)
{
    struct slice rows = slice_of(agent_text(args, 1));
    struct str in = STR_INIT, answer = STR_INIT;
    struct aws_io io = {
        .body = rows, .write = keep_answer, .restart = forget_answer, .write_ctx = &answer};
    enum lk_status st = LK_OK;

    if (rows.len > PAYLOAD_MAX)
        return error_set(err, LK_ELIMIT, "an endpoint takes 6 MB at once; use sagemaker.transform");
    str_puts(&in, "{\"EndpointName\":");
    str_put_json(&in, slice_of(agent_text(args, 0)));
    str_puts(&in, ",\"ContentType\":\"text/csv\",\"Accept\":\"text/csv\"}");
    st = agent_need_own(a, "endpoint", agent_text(args, 0), err);
    if (!st)
        st = aws_call_io(agent_client(a), "sagemaker-runtime", "InvokeEndpoint", slice_str(&in),
                         &io, NULL, err);
    put_answers(w, slice_str(&answer));
    str_done(&in);
    str_done(&answer);
    return st;
}

const struct agent_verb agent_endpoint_verbs[] = {
    {"sagemaker.create_model", create_model}, {"sagemaker.delete_model", delete_model},
    {"sagemaker.endpoint", endpoint},         {"sagemaker.delete_endpoint", delete_endpoint},
    {"sagemaker.invoke", invoke_endpoint},
};
const size_t agent_endpoint_count = sizeof agent_endpoint_verbs / sizeof agent_endpoint_verbs[0];
