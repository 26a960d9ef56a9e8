/*
 * What there is in SageMaker, notebook instances, pipelines; and logs.
 */
#include "lab/agent_internal.h"

#include "aws/names.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 10000 };

/* ---- the role of jobs ------------------------------------------------------------------ */

static enum lk_status job_role(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    const char *name = agent_text(args, 0), *bucket = agent_text(args, 1);
    struct str arn = STR_INIT;
    enum lk_status st = agent_need_own(a, "bucket", bucket, err);

    if (!st)
        st = agent_consent(a, err,
                           "The lab makes the role '%s' for SageMaker's jobs: it may use the "
                           "bucket '%s', write logs and fetch images.",
                           name, bucket);
    if (!st)
        st = job_make_role(&arn, agent_guard(a), name, bucket, err);
    agent_rights_changed(a);
    json_put_string(w, "value", slice_str(&arn));
    str_done(&arn);
    return st;
}

/* The image of the built-in XGBoost, for descriptions that are written by hand. */
static enum lk_status image(struct agent *a, const struct json *args, struct json_out *w,
                            struct lk_error *err)
{
    const char *version = json_string(json_at(args, 0), NULL);
    struct aws *c = agent_client(a);
    struct str uri = STR_INIT;
    enum lk_status st = names_image(&uri, aws_region(c), aws_suffix(c), version, err);

    json_put_string(w, "value", slice_str(&uri));
    str_done(&uri);
    return st;
}

/* ---- things of a kind ---------------------------------------------------------------- */

/* "training job", "notebook instance", "notebook". */
static enum lk_status find_kind(const struct resource **out, const char *words,
                                struct lk_error *err)
{
    const char *names[32], *near;
    size_t n = 0;

    for (size_t i = 0; i < resource_count && n < 32; i++) {
        if (strcmp(resources[i].service, "sagemaker"))
            continue;
        names[n++] = resources[i].words;
        if (!strcmp(words, resources[i].words) || !strcmp(words, resources[i].kind)) {
            *out = &resources[i];
            return LK_OK;
        }
    }
    near = error_nearest(words, names, n);
    return error_set(err, LK_EUSE, "there is no kind '%.60s'%s%s%s", words,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

struct listing {
    struct json_out *w;
    const struct resource *resource;
};

static bool put_thing(void *ctx, const struct json *item)
{
    struct listing *l = ctx;
    struct str when = STR_INIT;
    double created = json_number(json_get(item, "CreationTime"), 0);

    clock_put_iso(&when, (int64_t)(created * 1000), false);
    json_open(l->w, NULL, '[');
    json_put_z(l->w, NULL, json_path(item, l->resource->list_name));
    json_put_z(l->w, NULL, l->resource->status ? json_path(item, l->resource->status) : "");
    json_put_string(l->w, NULL, slice_str(&when));
    json_close(l->w);
    str_done(&when);
    return true;
}

static enum lk_status list(struct agent *a, const struct json *args, struct json_out *w,
                           struct lk_error *err)
{
    struct listing l = {.w = w};
    enum lk_status st = find_kind(&l.resource, agent_text(args, 0), err);

    if (st)
        return st;
    agent_table_open(w, (const char *const[]){"name", "status", "created", NULL});
    st = aws_each(agent_client(a), "sagemaker", l.resource->list, SLICE(""), l.resource->list_items,
                  put_thing, &l, err);
    agent_table_close(w);
    return st;
}

static enum lk_status describe(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    const struct resource *r;
    struct json *answer = NULL;
    enum lk_status st = find_kind(&r, agent_text(args, 0), err);

    if (!st)
        st = agent_ask(a, "sagemaker", r->describe,
                       (const char *const[]){r->name, agent_text(args, 1), NULL}, &answer, err);
    if (!st)
        json_put_tree(w, "value", answer);
    json_free(answer);
    return st;
}

/* ---- notebook instances ------------------------------------------------------------------ */

static enum lk_status wait_notebook(struct agent *a, const char *name, struct lk_error *err)
{
    struct json *job = NULL;
    enum lk_status st = job_wait(agent_guard(a), "notebook", name, NULL, &job, err);

    json_free(job);
    return st;
}

static enum lk_status create_notebook(struct agent *a, const struct json *o, struct json_out *w,
                                      struct lk_error *err)
{
    const char *type = agent_option(o, "instance");
    struct str arn = STR_INIT, name = STR_INIT;
    enum lk_status st = agent_use_role(&arn, a, agent_option(o, "role"), err);

    agent_put_name(&name, a, o, "notebook", 63);
    if (!st)
        st =
            agent_ask(a, "sagemaker", "CreateNotebookInstance",
                      (const char *const[]){"NotebookInstanceName", name.ptr, "InstanceType",
                                            type ? type : "ml.t3.medium", "RoleArn", arn.ptr, NULL},
                      NULL, err);
    if (!st)
        st = wait_notebook(a, name.ptr, err);
    json_put_string(w, "value", slice_str(&name));
    str_done(&arn);
    str_done(&name);
    return st;
}

static enum lk_status change_notebook(struct agent *a, const char *op, const char *name, bool wait,
                                      struct lk_error *err)
{
    enum lk_status st = agent_need_own(a, "notebook", name, err);

    if (!st)
        st = agent_ask(a, "sagemaker", op,
                       (const char *const[]){"NotebookInstanceName", name, NULL}, NULL, err);
    return st || !wait ? st : wait_notebook(a, name, err);
}

/* It costs by the hour again: the guard asks. */
static enum lk_status start_notebook(struct agent *a, const struct json *args, struct json_out *w,
                                     struct lk_error *err)
{
    return change_notebook(a, "StartNotebookInstance", agent_text(args, 0), true, err);
}

static enum lk_status stop_notebook(struct agent *a, const struct json *args, struct json_out *w,
                                    struct lk_error *err)
{
    return change_notebook(a, "StopNotebookInstance", agent_text(args, 0), true, err);
}

static enum lk_status delete_notebook(struct agent *a, const struct json *args, struct json_out *w,
                                      struct lk_error *err)
{
    return change_notebook(a, "DeleteNotebookInstance", agent_text(args, 0), false, err);
}

/* ---- pipelines ------------------------------------------------------------------------------- */

/* A request's own name, so that a repeated one is done once. */
static void put_token(struct str *out)
{
    uint8_t bytes[20];

    random_bytes(bytes, sizeof bytes);
    str_put_hex(out, bytes, sizeof bytes);
}

static enum lk_status pipeline(struct agent *a, const struct json *o, struct json_out *w,
                               struct lk_error *err)
{
    const char *name = agent_option(o, "name");
    struct str definition = STR_INIT, token = STR_INIT, arn = STR_INIT;
    struct json *answer = NULL;
    bool there = !agent_ask(a, "sagemaker", "DescribePipeline",
                            (const char *const[]){"PipelineName", name, NULL}, NULL, NULL);
    enum lk_status st = agent_use_role(&arn, a, agent_option(o, "role"), err);

    put_token(&token);
    json_print(&definition, json_get(o, "definition"), false);
    if (!st && there)
        st = agent_need_own(a, "pipeline", name, err);
    if (!st)
        st = agent_need_places(a, json_get(o, "definition"), err);
    if (!st)
        st = agent_ask(a, "sagemaker", there ? "UpdatePipeline" : "CreatePipeline",
                       (const char *const[]){"PipelineName", name, "PipelineDefinition",
                                             definition.ptr, "RoleArn", arn.ptr,
                                             there ? "PipelineDescription" : "ClientRequestToken",
                                             there ? NULL : token.ptr, NULL},
                       &answer, err);
    json_put_z(w, "value", json_path(answer, "PipelineArn"));
    json_free(answer);
    str_done(&definition);
    str_done(&token);
    str_done(&arn);
    return st;
}

static enum lk_status start_pipeline(struct str *arn, struct agent *a, const char *name,
                                     const struct json *parameters, struct lk_error *err)
{
    struct str in = STR_INIT, token = STR_INIT, value = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    put_token(&token);
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "PipelineName", name);
    json_put_string(&w, "ClientRequestToken", slice_str(&token));
    json_open(&w, "PipelineParameters", '[');
    for (const struct json *p = json_first(parameters); p; p = json_next(p)) {
        str_clear(&value);
        if (json_kind(p) == JSON_STRING)
            str_puts(&value, json_string(p, ""));
        else
            json_print(&value, p, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "Name", json_key(p));
        json_put_string(&w, "Value", slice_str(&value));
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
    st = guard_call(agent_guard(a), "sagemaker", "StartPipelineExecution", slice_str(&in), &answer,
                    err);
    str_puts(arn, json_path(answer, "PipelineExecutionArn"));
    json_free(answer);
    str_done(&in);
    str_done(&token);
    str_done(&value);
    return st;
}

/* Until it is over, however it ends. */
static enum lk_status wait_pipeline(struct agent *a, const char *arn, struct lk_error *err)
{
    char status[40] = "Executing";
    int64_t end = clock_steady_ns() + (int64_t)AGENT_RUN_MAX_S * 1000000000;
    int pause = agent_is_real(a) ? 2000 : 50;
    enum lk_status st = LK_OK;

    while (!st && (!strcmp(status, "Executing") || !strcmp(status, "Stopping"))) {
        struct json *now = NULL;

        st = aws_sleep(agent_client(a), pause, err);
        if (!st)
            st = agent_ask(a, "sagemaker", "DescribePipelineExecution",
                           (const char *const[]){"PipelineExecutionArn", arn, NULL}, &now, err);
        snprintf(status, sizeof status, "%s", json_path(now, "PipelineExecutionStatus"));
        json_free(now);
        if (!st)
            agent_progress(a, "pipeline", !strcmp(status, "Executing") ? 1 : 2, 2, status);
        pause = pause < 10000 && agent_is_real(a) ? pause * 3 / 2 : pause;
        if (!st && clock_steady_ns() > end)
            st = error_set(err, LK_ELIMIT, "the pipeline runs longer than %d s: stopped",
                           AGENT_RUN_MAX_S);
    }
    return st;
}

static bool put_step(void *ctx, const struct json *item)
{
    struct json_out *w = ctx;

    json_open(w, NULL, '[');
    json_put_z(w, NULL, json_path(item, "StepName"));
    json_put_z(w, NULL, json_path(item, "StepStatus"));
    json_put_z(w, NULL, json_path(item, "FailureReason"));
    json_close(w);
    return true;
}

static void stop_pipeline(struct agent *a, const char *arn)
{
    struct aws *c = NULL;
    struct str token = STR_INIT;

    put_token(&token);
    if (!agent_open_client(&c, a, a->region, false, NULL))
        (void)!aws_callf(c, NULL, NULL, "sagemaker", "StopPipelineExecution",
                         "{\"PipelineExecutionArn\":\"%s\",\"ClientRequestToken\":\"%s\"}", arn,
                         token.ptr);
    aws_close(c);
    str_done(&token);
}

/* What it can cost the guard reads from the definition, and asks. */
static enum lk_status run_pipeline(struct agent *a, const struct json *args, struct json_out *w,
                                   struct lk_error *err)
{
    struct str arn = STR_INIT, in = STR_INIT;
    enum lk_status st = start_pipeline(&arn, a, agent_text(args, 0), json_at(args, 1), err);

    if (!st)
        st = wait_pipeline(a, arn.ptr, err);
    if (st && arn.len)
        stop_pipeline(a, arn.ptr);
    if (!st)
        st = guard_end_pipeline(agent_guard(a), arn.ptr, err);
    str_puts(&in, "{\"SortOrder\":\"Ascending\",\"PipelineExecutionArn\":");
    str_put_json(&in, slice_str(&arn));
    str_putc(&in, '}');
    agent_table_open(w, (const char *const[]){"step", "status", "reason", NULL});
    if (!st)
        st = aws_each(agent_client(a), "sagemaker", "ListPipelineExecutionSteps", slice_str(&in),
                      "PipelineExecutionSteps", put_step, w, err);
    agent_table_close(w);
    str_done(&arn);
    str_done(&in);
    return st;
}

/* ---- logs
 * ---------------------------------------------------------------------------------------- */

/* The last lines that came, as a ring. */
struct tail {
    char **line;
    size_t size, next, n;
};

static void keep_line(void *ctx, int64_t ms, const char *text)
{
    struct tail *t = ctx;

    free(t->line[t->next]);
    t->line[t->next] = mem_strdup(text);
    t->next = (t->next + 1) % t->size;
    t->n += t->n < t->size;
}

static const char *log_kind(const char *words)
{
    return !strcmp(words, "transform")  ? "transform-job"
           : !strcmp(words, "endpoint") ? "endpoint"
           : !strcmp(words, "training") ? "training-job"
                                        : NULL;
}

static enum lk_status tail_log(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    const struct json *job = json_at(args, 0), *o = json_at(args, 1);
    const char *name =
        json_kind(job) == JSON_STRING ? json_string(job, "") : json_path(job, "name");
    const char *told = agent_option(o, "kind"), *kind;
    double lines = json_number(json_get(o, "lines"), 20);
    struct tail t = {.size = lines >= 1 && lines <= LINES_MAX ? (size_t)lines : 20};
    struct job_watch watch = {.line = keep_line, .ctx = &t};
    struct job_logs at = {0};
    enum lk_status st;

    if (!told)
        told = !strcmp(json_path(job, "kind"), "transform job") ? "transform" : "training";
    kind = log_kind(told);
    if (!kind)
        return error_set(err, LK_EUSE, "option 'kind' is training, transform or endpoint, not '%s'",
                         told);
    t.line = mem_calloc(t.size, sizeof *t.line);
    st = job_read_logs(agent_client(a), kind, name, &at, &watch, err);
    json_open(w, "value", '[');
    for (size_t i = 0; i < t.n; i++)
        json_put_z(w, NULL, t.line[(t.next + t.size - t.n + i) % t.size]);
    json_close(w);
    for (size_t i = 0; i < t.size; i++)
        free(t.line[i]);
    free(t.line);
    job_logs_done(&at);
    return st;
}

static bool put_group(void *ctx, const struct json *item)
{
    struct json_out *w = ctx;

    json_open(w, NULL, '[');
    json_put_z(w, NULL, json_path(item, "logGroupName"));
    json_put_number(w, NULL, json_number(json_get(item, "storedBytes"), 0));
    json_close(w);
    return true;
}

static enum lk_status groups(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    enum lk_status st;

    agent_table_open(w, (const char *const[]){"group", "bytes", NULL});
    st = aws_each(agent_client(a), "logs", "DescribeLogGroups", SLICE(""), "logGroups", put_group,
                  w, err);
    agent_table_close(w);
    return st;
}

const struct agent_verb agent_sagemaker_verbs[] = {
    {"sagemaker.role", job_role},
    {"sagemaker.image", image},
    {"sagemaker.list", list},
    {"sagemaker.describe", describe},
    {"sagemaker.create_notebook", create_notebook},
    {"sagemaker.start_notebook", start_notebook},
    {"sagemaker.stop_notebook", stop_notebook},
    {"sagemaker.delete_notebook", delete_notebook},
    {"sagemaker.pipeline", pipeline},
    {"sagemaker.run_pipeline", run_pipeline},
    {"logs.tail", tail_log},
    {"logs.groups", groups},
};
const size_t agent_sagemaker_count = sizeof agent_sagemaker_verbs / sizeof agent_sagemaker_verbs[0];
