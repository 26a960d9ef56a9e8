/*
 * One step of an execution: a job or a model, made through SageMaker's own
 * operations as the pipeline's role; a condition; an end in failure.
 *
 * A step's row is written before its job is made and after; a job's name
 * follows from the execution and the step. So after a kill the execution finds
 * its jobs again.
 */
#include "cloud/pipeline_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {"",        "Starting", "Executing", "Stopping",
                                           "Stopped", "Failed",   "Succeeded"};

/* ---- rows ------------------------------------------------------------------------------- */

void pipeline_keep_step(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    struct cloud *cloud = x->work->cloud;
    struct str result = STR_INIT;
    struct stmt *q;

    if (!s->n)
        s->n = ++x->next_n;
    if (s->result)
        json_print(&result, s->result, false);
    if (work_begin(x->work)) {
        q = sql(cloud, "insert or replace into pipeline_steps values"
                       " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
        stmt_text(q, 1, x->work->region);
        stmt_text(q, 2, x->work->name);
        stmt_text(q, 3, p->name);
        stmt_int(q, 4, s->n);
        stmt_text(q, 5, status_names[s->status]);
        stmt_int(q, 6, s->started);
        stmt_int(q, 7, s->ended);
        stmt_text(q, 8, s->failure ? s->failure : "");
        stmt_text(q, 9, s->metadata ? s->metadata : "");
        stmt_text(q, 10, result.ptr);
        stmt_text(q, 11, json_string(json_get(p->json, "DisplayName"), ""));
        stmt_text(q, 12, json_string(json_get(p->json, "Description"), ""));
        sql_run(cloud, q);
        work_commit(x->work);
    }
    str_done(&result);
}

static enum step_status status_named(const char *name)
{
    size_t i = 0;

    while (i < STEP_SUCCEEDED && strcmp(status_names[i], name))
        i++;
    return (enum step_status)i;
}

/* What was done before a restart. */
void pipeline_load_steps(struct execution *x)
{
    struct cloud *cloud = x->work->cloud;
    struct arena *a = &x->work->memory;
    struct stmt *q;

    cloud_lock(cloud);
    q = sql(cloud, "select step, n, status, started, ended, failure, metadata, result from"
                   " pipeline_steps where region = ?1 and execution = ?2");
    stmt_text(q, 1, x->work->region);
    stmt_text(q, 2, x->work->name);
    while (sql_row(cloud, q)) {
        size_t i = pipeline_find(x->pipeline, stmt_get_text(q, 0));
        struct step *s = &x->step[i];

        if (i == x->pipeline->steps)
            continue;
        s->n = stmt_get_int(q, 1);
        x->next_n = s->n > x->next_n ? s->n : x->next_n;
        s->status = status_named(stmt_get_text(q, 2));
        s->started = stmt_get_int(q, 3);
        s->ended = stmt_get_int(q, 4);
        s->failure = sql_text(a, q, 5);
        s->metadata = sql_text(a, q, 6);
        (void)!json_parse(&s->result, slice_of(stmt_get_text(q, 7)), "result", NULL);
        x->results[i] = s->result;
    }
    stmt_reset(q);
    cloud_unlock(cloud);
}

static void end_step(struct execution *x, size_t i, enum step_status status, const char *failure)
{
    struct step *s = &x->step[i];

    s->status = status;
    s->ended = cloud_now(x->work->cloud);
    s->failure = failure ? arena_strdup(&x->work->memory, failure) : "";
    x->failing |= status == STEP_FAILED;
    pipeline_keep_step(x, i);
}

/* {"TrainingJob": {"Arn": ...}}, or another member than Arn. */
static const char *metadata(struct execution *x, const char *kind, const char *member,
                            const char *value)
{
    struct str text = STR_INIT;
    struct json_out w;
    const char *kept;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_open(&w, kind, '{');
    json_put_z(&w, member, value);
    json_close(&w);
    json_close(&w);
    kept = arena_strdup(&x->work->memory, text.ptr);
    str_done(&text);
    return kept;
}

/* ---- steps that are a job or a model ----------------------------------------------------------
 */

/* "pipelines-EXECUTION-STEP", letters, digits and hyphens, as long as it may be. */
static const char *job_name(struct execution *x, const struct pipeline_step *p)
{
    char *name = arena_printf(&x->work->memory, "pipelines-%s-%s", x->thing.name, p->name);
    size_t n = strlen(name);

    if (n > p->type->name_max) {
        uint32_t h = 2166136261u;

        for (const char *s = p->name; *s; s++)
            h = (h ^ (unsigned char)*s) * 16777619u;
        name = arena_printf(&x->work->memory, "%.*s-%08x", (int)p->type->name_max - 9, name, h);
        n = strlen(name);
    }
    for (size_t i = 0; i < n; i++)
        if (name[i] == '_')
            name[i] = '-';
    return name;
}

/* SageMaker wants texts in these maps; a pipeline's parameter may be a number. */
static void put_texts(struct json_out *w, const char *key, const struct json *map)
{
    json_open(w, key, '{');
    for (const struct json *i = json_first(map); i; i = json_next(i)) {
        struct str text = STR_INIT;

        if (json_kind(i) == JSON_STRING)
            str_puts(&text, json_string(i, ""));
        else
            json_print(&text, i, false);
        json_put_z(w, json_key(i), text.ptr);
        str_done(&text);
    }
    json_close(w);
}

static enum lk_status make_request(struct str *out, struct execution *x,
                                   const struct pipeline_step *p, const char *name,
                                   struct lk_error *err)
{
    struct str resolved = STR_INIT;
    struct json *arguments = NULL;
    struct json_out w;
    enum lk_status st = pipeline_resolve(&resolved, &x->values, p->arguments, err);

    if (!st)
        st = json_parse(&arguments, slice_str(&resolved), "arguments", err);
    if (!st) {
        json_begin(&w, out, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, p->type->member, name);
        for (const struct json *i = json_first(arguments); i; i = json_next(i)) {
            const char *key = json_key(i);

            if (!strcmp(key, "HyperParameters") || !strcmp(key, "Environment"))
                put_texts(&w, key, i);
            else if (strcmp(key, p->type->member))
                json_put_tree(&w, key, i);
        }
        json_close(&w);
    }
    json_free(arguments);
    str_done(&resolved);
    return st;
}

/* An operation of SageMaker as the pipeline's role; out may be NULL. */
static enum lk_status sagemaker(struct execution *x, const char *operation, struct slice in,
                                struct json **out, struct lk_error *err)
{
    struct str answer = STR_INIT;
    enum lk_status st = call_inside(x->work->cloud, &x->role, x->work->region, "sagemaker",
                                    operation, in, &answer, err);

    if (!st && out)
        st = json_parse(out, slice_str(&answer), operation, err);
    str_done(&answer);
    return st;
}

enum lk_status pipeline_ask(struct execution *x, const struct pipeline_step *p,
                            const char *operation, const char *name, struct json **out,
                            struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, p->type->member, name);
    json_close(&w);
    st = sagemaker(x, operation, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

/* A create that had succeeded just before a kill says so the second time. */
static bool was_made(const struct lk_error *err)
{
    return !strcmp(err->code, "ResourceInUse") || strstr(err->text, "already exist") != NULL;
}

static void start_job(struct execution *x, size_t i, bool again)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    struct str request = STR_INIT, why = STR_INIT;
    struct lk_error err = {0};
    enum lk_status st;

    s->job = job_name(x, p);
    st = make_request(&request, x, p, s->job, &err);
    if (st) {
        str_printf(&why, "ClientError: %s", err.text);
    } else {
        st = sagemaker(x, p->type->create, slice_str(&request), NULL, &err);
        if (st && again && was_made(&err))
            st = LK_OK;
        if (st)
            str_printf(&why, "ClientError: Failed to invoke sagemaker:%s. Error Details: %s (%s)",
                       p->type->create, err.text, err.code);
    }
    if (st) {
        end_step(x, i, STEP_FAILED, why.ptr);
    } else {
        s->status = STEP_EXECUTING;
        pipeline_keep_step(x, i);
    }
    str_done(&request);
    str_done(&why);
}

static void take_result(struct execution *x, size_t i, struct json *result)
{
    const struct pipeline_type *type = x->pipeline->step[i].type;

    json_free(x->step[i].result);
    x->step[i].result = result;
    x->results[i] = result;
    x->step[i].metadata =
        metadata(x, type->metadata, "Arn", json_string(json_get(result, type->arn), ""));
}

/* How is its job? */
void pipeline_look_at(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct step *s = &x->step[i];
    bool first = !s->result;
    struct json *result = NULL;
    struct lk_error err = {0};
    const char *status, *why;

    if (!s->job)
        s->job = job_name(x, p);
    if (pipeline_ask(x, p, p->type->describe, s->job, &result, &err)) {
        end_step(x, i, STEP_FAILED,
                 arena_printf(&x->work->memory,
                              "ClientError: Failed to invoke sagemaker:%s. "
                              "Error Details: %s (%s)",
                              p->type->describe, err.text, err.code));
        return;
    }
    take_result(x, i, result);
    status = p->type->status ? json_string(json_get(result, p->type->status), "") : "Completed";
    why = p->type->failure ? json_string(json_get(result, p->type->failure), "") : "";
    if (!strcmp(status, "Completed"))
        end_step(x, i, STEP_SUCCEEDED, NULL);
    else if (!strcmp(status, "Stopped"))
        end_step(x, i, x->stopping ? STEP_STOPPED : STEP_FAILED,
                 x->stopping ? NULL : "ClientError: The step's job was stopped.");
    else if (!strcmp(status, "Failed"))
        end_step(x, i, STEP_FAILED, *why ? why : "ClientError: The step's job failed.");
    else if (first)
        pipeline_keep_step(x, i);
}

/* ---- the other steps
 * ----------------------------------------------------------------------------- */

static void decide(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct lk_error err = {0};
    bool holds = false;

    if (pipeline_condition(&holds, &x->values, json_get(p->arguments, "Conditions"), &err)) {
        end_step(x, i, STEP_FAILED, arena_printf(&x->work->memory, "ClientError: %s", err.text));
        return;
    }
    (void)!json_parse(&x->step[i].result,
                      holds ? SLICE("{\"Outcome\":\"True\"}") : SLICE("{\"Outcome\":\"False\"}"),
                      "outcome", NULL);
    x->results[i] = x->step[i].result;
    x->step[i].metadata = metadata(x, "Condition", "Outcome", holds ? "True" : "False");
    end_step(x, i, STEP_SUCCEEDED, NULL);
}

static void fail(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    struct str text = STR_INIT;
    struct json *message = NULL;
    struct lk_error err = {0};
    const char *words;

    if (pipeline_resolve(&text, &x->values, json_get(p->arguments, "ErrorMessage"), &err) ||
        json_parse(&message, slice_str(&text), "message", &err))
        words = err.text;
    else
        words = json_string(message, "The pipeline came to a Fail step.");
    x->step[i].metadata = metadata(x, "Fail", "ErrorMessage", words);
    x->stopping = true; /* what runs is stopped */
    end_step(x, i, STEP_FAILED, words);
    json_free(message);
    str_done(&text);
}

void pipeline_start_step(struct execution *x, size_t i)
{
    const struct pipeline_step *p = &x->pipeline->step[i];
    bool again = x->step[i].status == STEP_STARTING;

    x->step[i].status = STEP_STARTING;
    if (!again)
        x->step[i].started = cloud_now(x->work->cloud);
    pipeline_keep_step(x, i);
    if (p->type->create)
        start_job(x, i, again);
    else if (!strcmp(p->type->name, "Condition"))
        decide(x, i);
    else
        fail(x, i);
}
