/*
 * Clean-up: gather, sort, delete.
 *
 * What is to go comes from two places that may each know what the other does
 * not: the ledger (also of things asked for whose answer never came) and the
 * tags in the cloud (also when the ledger was lost). Both are merged by kind
 * and name. A thing that is not there any more is simply written down as gone,
 * so the whole may be repeated, or killed, at any point. What carries neither
 * tag nor entry is never touched.
 */
#include "aws/guard.h"
#include "aws/s3.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_TRIES = 240 };

struct thing {
    const struct resource *resource;
    char *name, *arn;
    int64_t id; /* in the ledger, or 0 */
    double hourly, most;
    int64_t limit_s, asked_ms;
};

struct sweep {
    struct guard *guard;
    struct cleanup *job;
    struct thing *thing;
    size_t n, cap;
    const struct resource *listing; /* what is being listed */
    enum lk_status st;
    struct lk_error err;
};

/* ---- gathering ---------------------------------------------------------------------- */

static struct thing *add(struct sweep *s, const struct resource *r, const char *name,
                         const char *arn)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->thing[i].resource == r && !strcmp(s->thing[i].name, name))
            return &s->thing[i];
    MEM_GROW(s->thing, s->n, s->cap);
    s->thing[s->n] =
        (struct thing){.resource = r, .name = mem_strdup(name), .arn = mem_strdup(arn)};
    return &s->thing[s->n++];
}

static bool add_entry(void *ctx, const struct ledger_entry *e)
{
    struct sweep *s = ctx;
    const struct resource *r = resource_of_kind(e->kind);
    struct thing *t;

    if (!r)
        return true;
    t = add(s, r, e->name, e->arn);
    t->id = e->id;
    t->hourly = e->hourly;
    t->most = e->most;
    t->limit_s = e->limit_s;
    t->asked_ms = e->asked_ms;
    return true;
}

/* {"member":"value"} */
static enum lk_status ask(struct sweep *s, const char *service, const char *op, const char *member,
                          const char *value, struct json **out, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, member, value);
    json_close(&w);
    st = aws_call(guard_client(s->guard), service, op, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

static bool has_tag(const struct json *tags)
{
    for (const struct json *t = json_first(tags); t; t = json_next(t))
        if (!strcmp(json_path(t, "Key"), RESOURCE_TAG))
            return true;
    return false;
}

static bool is_in_region(struct sweep *s, const char *bucket)
{
    struct json *answer = NULL;
    const char *region;
    bool here;

    if (ask(s, "s3", "GetBucketLocation", "Bucket", bucket, &answer, NULL))
        return false;
    region = json_path(answer, "LocationConstraint");
    here = !strcmp(*region ? region : "us-east-1", aws_region(guard_client(s->guard)));
    json_free(answer);
    return here;
}

static bool is_tagged(struct sweep *s, const struct resource *r, const char *arn)
{
    struct json *answer = NULL;
    bool tagged = false;

    if (!strcmp(r->kind, "bucket")) {
        tagged = is_in_region(s, arn) &&
                 !ask(s, "s3", "GetBucketTagging", "Bucket", arn, &answer, NULL) &&
                 has_tag(json_get(answer, "TagSet"));
    } else if (!strcmp(r->kind, "role")) {
        tagged = !ask(s, "iam", "ListRoleTags", "RoleName", arn, &answer, NULL) &&
                 has_tag(json_get(answer, "Tags"));
    } else {
        tagged = !ask(s, "sagemaker", "ListTags", "ResourceArn", arn, &answer, NULL) &&
                 has_tag(json_get(answer, "Tags"));
    }
    json_free(answer);
    return tagged;
}

static bool add_listed(void *ctx, const struct json *item)
{
    struct sweep *s = ctx;
    const struct resource *r = s->listing;
    const char *name = json_path(item, r->list_name), *arn = json_path(item, r->list_arn);
    const char *status = r->status ? json_path(item, r->status) : "";
    bool over = r->cost == COST_JOB ? resource_is_over(status) : !strcmp(status, "Deleting");

    if (*name && !over && is_tagged(s, r, arn))
        add(s, r, name, arn);
    return !aws_is_cancelled(guard_client(s->guard));
}

/* A service that cannot list (a small practice server, a missing right) hides nothing of ours:
 * the ledger still knows. */
static void gather_tagged(struct sweep *s)
{
    for (size_t i = 0; i < resource_count; i++) {
        const struct resource *r = &resources[i];
        struct slice in = SLICE("");

        if (!r->list)
            continue;
        if (!strcmp(r->kind, "role"))
            in = SLICE("{\"PathPrefix\":\"/labkit/\"}");
        else if (r->cost == COST_JOB)
            in = SLICE("{\"StatusEquals\":\"InProgress\"}");
        s->listing = r;
        (void)!aws_each(guard_client(s->guard), r->service, r->list, in, r->list_items, add_listed,
                        s, NULL);
    }
}

static int compare(const void *a, const void *b)
{
    const struct thing *x = a, *y = b;
    int by_order = x->resource->order - y->resource->order;

    return by_order ? by_order : strcmp(x->name, y->name);
}

/* ---- deleting -------------------------------------------------------------------------- */

static bool is_missing(const struct lk_error *err)
{
    static const char *const codes[] = {"NoSuchBucket", "NoSuchEntity", "ResourceNotFound",
                                        "NotFound", "ResourceNotFoundException"};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (!strcmp(err->code, codes[i]))
            return true;
    return !strcmp(err->code, "ValidationException") &&
           (strstr(err->text, "not found") || strstr(err->text, "Could not find") ||
            strstr(err->text, "does not exist") || strstr(err->text, "RecordNotFound"));
}

/* The thing's status, "" where it is not there; *seconds what it is billed for so far. */
static enum lk_status status_of(struct sweep *s, const struct thing *t, char *out, size_t size,
                                double *seconds, struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = ask(s, t->resource->service, t->resource->describe, t->resource->name,
                            t->name, &answer, err);

    out[0] = '\0';
    *seconds = json_number(json_get(answer, "BillableTimeInSeconds"), -1);
    if (!st)
        snprintf(out, size, "%s", json_path(answer, t->resource->status));
    else if (is_missing(err))
        st = LK_OK;
    json_free(answer);
    return st;
}

static enum lk_status wait_while(struct sweep *s, const struct thing *t, const char *word,
                                 char *status, size_t size, struct lk_error *err)
{
    struct aws *c = guard_client(s->guard);
    double seconds;
    int pause = 200;
    enum lk_status st = LK_OK;

    for (int i = 0; i < WAIT_TRIES && !st && !strcmp(status, word); i++) {
        st = aws_sleep(c, pause, err);
        pause = pause * 3 / 2 < 5000 ? pause * 3 / 2 : 5000;
        if (!st)
            st = status_of(s, t, status, size, &seconds, err);
    }
    return st;
}

static enum lk_status stop_job(struct sweep *s, const struct thing *t, double *cost,
                               struct lk_error *err)
{
    char status[64];
    double seconds = -1;
    enum lk_status st = status_of(s, t, status, sizeof status, &seconds, err);

    if (!st && !strcmp(status, "InProgress"))
        st = ask(s, t->resource->service, t->resource->stop, t->resource->name, t->name, NULL, err);
    if (!st && (!strcmp(status, "InProgress") || !strcmp(status, "Stopping"))) {
        snprintf(status, sizeof status, "Stopping");
        st = wait_while(s, t, "Stopping", status, sizeof status, err);
    }
    if (!st)
        st = status_of(s, t, status, sizeof status, &seconds, err);
    if (!*status)
        *cost = 0; /* it never was */
    else if (seconds >= 0 && t->most > 0 && t->limit_s > 0)
        *cost = t->most * seconds / (double)t->limit_s;
    return st;
}

/* A run's name is "PIPELINE/DISPLAY-NAME": its ARN stands in the list of the pipeline's runs. */
static enum lk_status find_run(struct str *arn, struct sweep *s, const struct thing *t,
                               struct lk_error *err)
{
    char pipeline[260];
    const char *slash = strchr(t->name, '/');
    struct json *list = NULL;
    enum lk_status st;

    str_puts(arn, t->arn);
    if (arn->len || !slash)
        return LK_OK;
    snprintf(pipeline, sizeof pipeline, "%.*s", (int)(slash - t->name), t->name);
    st = ask(s, "sagemaker", "ListPipelineExecutions", "PipelineName", pipeline, &list, err);
    for (const struct json *i = json_first(json_get(list, "PipelineExecutionSummaries")); i;
         i = json_next(i))
        if (!strcmp(json_path(i, "PipelineExecutionDisplayName"), slash + 1))
            str_puts(arn, json_path(i, "PipelineExecutionArn"));
    json_free(list);
    return st;
}

static enum lk_status stop_run(struct sweep *s, const struct thing *t, double *cost,
                               struct lk_error *err)
{
    struct str arn = STR_INIT;
    struct thing run = {.resource = t->resource};
    char status[64] = "";
    double seconds;
    enum lk_status st = find_run(&arn, s, t, err);

    run.name = arn.ptr;
    if (!st && arn.len)
        st = status_of(s, &run, status, sizeof status, &seconds, err);
    if (!*status)
        *cost = 0; /* it never was */
    if (!st && !strcmp(status, "Executing")) {
        st = ask(s, "sagemaker", t->resource->stop, t->resource->name, arn.ptr, NULL, err);
        snprintf(status, sizeof status, "Stopping");
    }
    if (!st)
        st = wait_while(s, &run, "Stopping", status, sizeof status, err);
    str_done(&arn);
    return st;
}

static enum lk_status remove_by_name(struct sweep *s, const struct thing *t, struct lk_error *err)
{
    const struct resource *r = t->resource;

    if (r->remove_by)
        return *t->arn ? ask(s, r->service, r->remove, r->remove_by, t->arn, NULL, err) : LK_OK;
    return ask(s, r->service, r->remove, r->name, t->name, NULL, err);
}

static enum lk_status remove_notebook(struct sweep *s, const struct thing *t, struct lk_error *err)
{
    char status[64];
    double seconds;
    enum lk_status st = status_of(s, t, status, sizeof status, &seconds, err);

    if (!st && !strcmp(status, "Pending"))
        st = wait_while(s, t, "Pending", status, sizeof status, err);
    if (!st && !strcmp(status, "InService")) {
        st = ask(s, "sagemaker", t->resource->stop, t->resource->name, t->name, NULL, err);
        snprintf(status, sizeof status, "Stopping");
    }
    if (!st)
        st = wait_while(s, t, "Stopping", status, sizeof status, err);
    return st || !*status ? st : remove_by_name(s, t, err);
}

static enum lk_status remove_endpoint(struct sweep *s, const struct thing *t, struct lk_error *err)
{
    char status[64];
    double seconds;
    enum lk_status st = status_of(s, t, status, sizeof status, &seconds, err);

    if (!st && !strcmp(status, "Creating")) /* AWS refuses to delete what it is making */
        st = wait_while(s, t, "Creating", status, sizeof status, err);
    if (!st && *status && strcmp(status, "Deleting"))
        st = remove_by_name(s, t, err);
    if (!st && *status) {
        snprintf(status, sizeof status, "Deleting");
        st = wait_while(s, t, "Deleting", status, sizeof status, err);
    }
    return st;
}

/* Each item of a role's list of policies is taken off. */
static enum lk_status strip_role(struct sweep *s, const char *role, const char *list,
                                 const char *items, const char *op, const char *member,
                                 struct lk_error *err)
{
    struct json *answer = NULL;
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st = ask(s, "iam", list, "RoleName", role, &answer, err);

    for (const struct json *i = json_first(json_get(answer, items)); i && !st; i = json_next(i)) {
        str_clear(&in);
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "RoleName", role);
        json_put_z(&w, member, json_string(i, json_path(i, "PolicyArn")));
        json_close(&w);
        st = aws_call(guard_client(s->guard), "iam", op, slice_str(&in), NULL, err);
    }
    json_free(answer);
    str_done(&in);
    return st;
}

static enum lk_status remove_role(struct sweep *s, const struct thing *t, struct lk_error *err)
{
    enum lk_status st;

    (void)((st = strip_role(s, t->name, "ListRolePolicies", "PolicyNames", "DeleteRolePolicy",
                            "PolicyName", err)) ||
           (st = strip_role(s, t->name, "ListAttachedRolePolicies", "AttachedPolicies",
                            "DetachRolePolicy", "PolicyArn", err)));
    return st ? st : remove_by_name(s, t, err);
}

static enum lk_status remove_thing(struct sweep *s, const struct thing *t, double *cost,
                                   struct lk_error *err)
{
    const char *kind = t->resource->kind;

    *cost = -1;
    if (t->resource == &resource_pipeline_run)
        return stop_run(s, t, cost, err);
    if (t->resource->cost == COST_JOB)
        return stop_job(s, t, cost, err);
    if (!strcmp(kind, "bucket"))
        return s3_remove_bucket(guard_client(s->guard), t->name, true, err);
    if (!strcmp(kind, "role"))
        return remove_role(s, t, err);
    if (!strcmp(kind, "notebook"))
        return remove_notebook(s, t, err);
    if (!strcmp(kind, "endpoint"))
        return remove_endpoint(s, t, err);
    return remove_by_name(s, t, err);
}

static void tell(struct sweep *s, const struct thing *t, const char *what)
{
    struct str line = STR_INIT;

    str_printf(&line, "%s %s '%s'", what, t->resource->words, t->name);
    if (s->job->told)
        s->job->told(s->job->ctx, line.ptr);
    str_done(&line);
}

/*
 * The entry is closed, and with it whatever older one of the same thing is open: a program that
 * is killed between two stretches of a notebook leaves both.
 */
static enum lk_status close_entries(struct sweep *s, const struct thing *t, const char *state,
                                    double cost, struct lk_error *err)
{
    struct ledger *l = guard_ledger(s->guard);
    struct aws *c = guard_client(s->guard);
    int64_t id = t->id;
    enum lk_status st = LK_OK;

    for (double most = cost; !st && id; most = -1) {
        st = ledger_end(l, id, state, most, err);
        id = 0;
        if (!st)
            st = ledger_find(l, &id, aws_target(c), guard_account(s->guard), aws_region(c),
                             t->resource->kind, t->name, err);
    }
    return st;
}

static void sweep_one(struct sweep *s, const struct thing *t)
{
    bool is_job = t->resource->cost == COST_JOB;
    struct lk_error err = {0};
    double cost;
    enum lk_status st;

    if (s->job->dry_run) {
        tell(s, t, is_job ? "would stop" : "would delete");
        s->job->removed++;
        return;
    }
    st = remove_thing(s, t, &cost, &err);
    if (st && is_missing(&err))
        st = LK_OK;
    if (!st)
        st = close_entries(s, t, is_job ? "ended" : "gone", cost, &err);
    if (!st) {
        tell(s, t, is_job ? "stopped or over:" : "deleted");
        s->job->removed++;
        return;
    }
    s->job->left++;
    if (!s->st) {
        s->st = st;
        s->err = err;
    }
}

enum lk_status guard_cleanup(struct guard *g, struct cleanup *job, struct lk_error *err)
{
    struct aws *c = guard_client(g);
    struct sweep s = {.guard = g, .job = job};

    s.st = ledger_each(guard_ledger(g), aws_target(c), guard_account(g), aws_region(c), true,
                       add_entry, &s, &s.err);
    if (!s.st)
        gather_tagged(&s);
    if (s.n)
        qsort(s.thing, s.n, sizeof *s.thing, compare);
    for (size_t i = 0; i < s.n && !aws_is_cancelled(c); i++)
        sweep_one(&s, &s.thing[i]);
    for (size_t i = 0; i < s.n; i++) {
        free(s.thing[i].name);
        free(s.thing[i].arn);
    }
    free(s.thing);
    if (!s.st && aws_is_cancelled(c))
        return error_set(err, LK_ECANCELLED, "stopped; 'labkit aws cleanup' goes on from here");
    if (s.st && err)
        *err = s.err;
    return s.st;
}
