/*
 * One way for everything that makes something: plan, show, judge, note, send,
 * note. See guard.h.
 *
 * When a request was sent and no answer came, the entry stays `asked`: the
 * thing may be there, and the clean-up looks. Only an answer that says no
 * makes it `refused`.
 */
#include "aws/guard_internal.h"

#include "aws/s3.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT_S = 3600 };

enum lk_status guard_open(struct guard **out, struct aws *c, const struct guard_options *o,
                          struct lk_error *err)
{
    struct guard *g = mem_calloc(1, sizeof *g);
    struct json *who = NULL;
    enum lk_status st;

    g->client = c;
    g->options = *o;
    if (!g->options.limit_s)
        g->options.limit_s = LIMIT_DEFAULT_S;
    (void)((st = o->ledger ? ledger_open_in(&g->ledger, o->ledger, err)
                           : ledger_open(&g->ledger, err)) ||
           (st = aws_call(c, "sts", "GetCallerIdentity", SLICE(""), &who, err)));
    g->account = mem_strdup(json_string(json_get(who, "Account"), ""));
    json_free(who);
    if (st)
        guard_close(g);
    else
        *out = g;
    return st;
}

void guard_close(struct guard *g)
{
    if (!g)
        return;
    ledger_close(g->ledger);
    free(g->account);
    free(g);
}

struct aws *guard_client(const struct guard *g)
{
    return g->client;
}

struct ledger *guard_ledger(const struct guard *g)
{
    return g->ledger;
}

const char *guard_account(const struct guard *g)
{
    return g->account;
}

/* ---- the plan --------------------------------------------------------------------- */

static void take_instances(struct plan *p, const struct json *resources_config,
                           const char *count_member)
{
    snprintf(p->instance, sizeof p->instance, "%s",
             json_string(json_get(resources_config, "InstanceType"), ""));
    p->count = (int64_t)json_number(json_get(resources_config, count_member), 1);
}

/* Paid by use: what it costs by the hour is nothing. */
static bool is_serverless(const struct plan *p)
{
    return !strcmp(p->resource->kind, "endpoint") && !p->instance[0];
}

/* An endpoint's instances stand in its configuration. */
static enum lk_status plan_endpoint(struct plan *p, struct guard *g, const struct json *in,
                                    struct lk_error *err)
{
    struct str ask = STR_INIT;
    struct json *config = NULL;
    struct json_out w;
    const struct json *variant;
    enum lk_status st;

    json_begin(&w, &ask, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "EndpointConfigName", json_path(in, "EndpointConfigName"));
    json_close(&w);
    st = aws_call(g->client, "sagemaker", "DescribeEndpointConfig", slice_str(&ask), &config, err);
    variant = json_first(json_get(config, "ProductionVariants"));
    take_instances(p, variant, "InitialInstanceCount");
    json_free(config);
    str_done(&ask);
    return st;
}

static void plan_tuning(struct plan *p, const struct json *in)
{
    const struct json *job = json_get(in, "TrainingJobDefinition");
    const struct json *limits =
        json_get(json_get(in, "HyperParameterTuningJobConfig"), "ResourceLimits");

    take_instances(p, json_get(job, "ResourceConfig"), "InstanceCount");
    p->limit_s = (int64_t)json_number(
        json_get(json_get(job, "StoppingCondition"), "MaxRuntimeInSeconds"), (double)p->limit_s);
    p->limit_s *= (int64_t)json_number(json_get(limits, "MaxNumberOfTrainingJobs"), 1);
}

/*
 * Ground Truth bills each labelled item (0.08 dollars for the first 50,000 of
 * a month, looked up in November 2025); a private team's time is its own. A
 * model that labels along is trained on machines that AWS chooses, for a time
 * that nobody tells; on the practice cloud it costs nothing.
 */
static void plan_labelling(struct plan *p, struct guard *g, const struct json *in)
{
    static const double item = 0.08;
    double most =
        json_number(json_get(json_get(in, "StoppingConditions"), "MaxHumanLabeledObjectCount"), -1);

    p->limit_s = 0;
    p->most = most < 0 ? -1 : most * item;
    if (p->most >= 0 && json_get(in, "LabelingJobAlgorithmsConfig") &&
        strcmp(aws_target(g->client), "practice")) {
        snprintf(p->unknown, sizeof p->unknown,
                 "%.2f dollars for labels by people, and the machines of the model that labels "
                 "along, for which AWS tells no limit",
                 p->most);
        p->most = -1;
    }
}

static enum lk_status read_plan(struct plan *p, struct guard *g, const struct json *in,
                                struct lk_error *err)
{
    const char *kind = p->resource->kind;

    if (p->resource->cost == COST_JOB)
        p->limit_s = g->options.limit_s;
    if (!strcmp(kind, "training-job")) {
        take_instances(p, json_get(in, "ResourceConfig"), "InstanceCount");
        p->limit_s = (int64_t)json_number(
            json_get(json_get(in, "StoppingCondition"), "MaxRuntimeInSeconds"), (double)p->limit_s);
    } else if (!strcmp(kind, "tuning-job")) {
        plan_tuning(p, in);
    } else if (!strcmp(kind, "transform-job")) {
        take_instances(p, json_get(in, "TransformResources"), "InstanceCount");
    } else if (!strcmp(kind, "notebook")) {
        take_instances(p, in, "none");
    } else if (!strcmp(kind, "labeling-job")) {
        plan_labelling(p, g, in);
    } else if (!strcmp(kind, "endpoint")) {
        return plan_endpoint(p, g, in, err);
    }
    return LK_OK;
}

double guard_hourly(struct guard *g, const struct plan *p)
{
    double price = g->options.price;
    bool known =
        price > 0 || (p->instance[0] && p->resource->usage &&
                      price_hourly(&price, g->client, g->ledger, p->instance, p->resource->usage));

    return known ? price * (double)p->count : -1;
}

enum lk_status guard_plan(struct plan *out, struct guard *g, const char *service, const char *op,
                          const struct json *in, struct lk_error *err)
{
    struct plan p = {.resource = resource_of_create(service, op)};
    enum lk_status st;

    *out = p;
    if (!p.resource)
        return LK_OK;
    p.name = json_string(json_get(in, p.resource->name), "");
    st = read_plan(&p, g, in, err);
    if (st)
        return st;
    if (!is_serverless(&p) && (p.resource->cost == COST_HOURLY || p.limit_s > 0)) {
        p.hourly = guard_hourly(g, &p);
        if (p.resource->cost == COST_JOB)
            p.most = p.hourly >= 0 ? p.hourly * (double)p.limit_s / 3600 : -1;
    }
    *out = p;
    return LK_OK;
}

static void put_dollars(struct str *out, double dollars)
{
    if (dollars < 0)
        str_puts(out, "unknown");
    else
        str_printf(out, dollars < 1 ? "%.4f dollars" : "%.2f dollars", dollars);
}

static const char *why_unknown(const struct plan *p)
{
    return p->unknown[0] ? p->unknown : "the price list does not tell (give --price)";
}

void plan_print(struct str *out, const struct plan *p, const char *target)
{
    str_printf(out, "%s '%s' on %s\n", p->resource->words, p->name, target);
    if (p->instance[0])
        str_printf(out, "  instances  %lld x %s\n", (long long)p->count, p->instance);
    if (p->limit_s)
        str_printf(out, "  at most    %lld min\n", (long long)(p->limit_s + 59) / 60);
    if (p->limit_s && !strcmp(p->resource->kind, "transform-job"))
        str_printf(out,
                   "             (AWS knows no limit for it: who waits keeps it, with --wait or "
                   "'labkit aws wait transform-job %s')\n",
                   p->name);
    if (is_serverless(p)) {
        str_puts(out, "  costs      by the second of an answer, nothing while nobody asks\n");
    } else if (p->resource->cost == COST_HOURLY) {
        str_puts(out, "  costs      ");
        put_dollars(out, p->hourly);
        str_puts(out,
                 strcmp(p->resource->kind, "notebook")
                     ? " an hour until it is deleted\n"
                     : " an hour until it is stopped; its disk a little until it is deleted\n");
    } else if (p->resource->cost == COST_JOB) {
        str_puts(out, "  costs      at most ");
        put_dollars(out, p->most);
        if (p->most < 0)
            str_printf(out, ": %s", why_unknown(p));
        str_putc(out, '\n');
    }
    if (p->instance[0] && p->resource->quota)
        str_printf(out, "  quota      '%s for %s'\n", p->instance, p->resource->quota);
}

/* ---- the judgement ------------------------------------------------------------------ */

/* Hourly things are held against the budget with their first hour. */
static enum lk_status judge_budget(struct guard *g, const struct plan *p, struct lk_error *err)
{
    double cost = p->resource->cost == COST_HOURLY ? p->hourly : p->most, spent = 0;
    struct budget b;
    size_t unknown = 0;
    enum lk_status st = ledger_budget(g->ledger, aws_target(g->client), &b, err);

    if (st || b.dollars < 0)
        return st;
    st = ledger_spent(g->ledger, aws_target(g->client), b.since_ms, &spent, &unknown, err);
    if (st)
        return st;
    if (cost < 0)
        return error_set(err, LK_ELIMIT,
                         "a budget of %.2f dollars is set, and what %s '%s' can cost is not "
                         "known: %s; nothing was sent ('labkit aws budget none' takes the budget "
                         "away)",
                         b.dollars, p->resource->words, p->name, why_unknown(p));
    if (spent + cost > b.dollars)
        return error_set(err, LK_ELIMIT,
                         "over the budget: %s '%s' can cost %.2f dollars, and of %.2f dollars "
                         "%.2f are used; nothing was sent ('labkit aws budget' shows and sets it)",
                         p->resource->words, p->name, cost, b.dollars, spent);
    return LK_OK;
}

enum lk_status guard_judge(struct guard *g, const struct plan *p, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    if (p->resource->cost == COST_NOTHING)
        return LK_OK;
    plan_print(&text, p, aws_target(g->client));
    if (g->options.show)
        g->options.show(g->options.ctx, text.ptr);
    st = judge_budget(g, p, err);
    if (!st && !g->options.yes && strcmp(aws_target(g->client), "practice") &&
        !(g->options.ask && g->options.ask(g->options.ctx, p)))
        st = error_set(err, LK_ELIMIT, "not confirmed: nothing was sent (--yes confirms)");
    str_done(&text);
    return st;
}

/* ---- sending ------------------------------------------------------------------------- */

static void put_tag(struct json_out *w, const char *key, const char *value)
{
    json_open(w, NULL, '{');
    json_put_z(w, "Key", key);
    json_put_z(w, "Value", value);
    json_close(w);
}

/* What says that it is labkit's, and of which request. */
static void put_tags(struct json_out *w, const struct resource *r, const char *mark)
{
    put_tag(w, RESOURCE_TAG, "1");
    if (!strcmp(r->service, "sagemaker"))
        put_tag(w, GUARD_MARK_TAG, mark);
}

/* Does a request carry tags? Buckets get theirs afterwards. */
static bool takes_tags(const struct resource *r)
{
    return strcmp(r->kind, "bucket") != 0;
}

/* The request again, with our tag and, for training, a time limit. */
static void complete_request(struct str *out, const struct plan *p, const struct json *in,
                             const char *mark)
{
    struct json_out w;
    bool limited = strcmp(p->resource->kind, "training-job") != 0;
    bool tagged = !takes_tags(p->resource);

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    for (const struct json *c = json_first(in); c; c = json_next(c)) {
        if (!tagged && !strcmp(json_key(c), "Tags")) {
            tagged = true;
            json_open(&w, "Tags", '[');
            for (const struct json *t = json_first(c); t; t = json_next(t))
                if (strcmp(json_path(t, "Key"), RESOURCE_TAG) &&
                    strcmp(json_path(t, "Key"), GUARD_MARK_TAG))
                    json_put_tree(&w, NULL, t);
            put_tags(&w, p->resource, mark);
            json_close(&w);
            continue;
        }
        limited |= !strcmp(json_key(c), "StoppingCondition");
        json_put_tree(&w, json_key(c), c);
    }
    if (!tagged) {
        json_open(&w, "Tags", '[');
        put_tags(&w, p->resource, mark);
        json_close(&w);
    }
    if (!limited) {
        json_open(&w, "StoppingCondition", '{');
        json_put_int(&w, "MaxRuntimeInSeconds", p->limit_s);
        json_close(&w);
    }
    json_close(&w);
}

static void tag_bucket(struct guard *g, const char *bucket)
{
    struct str in = STR_INIT;
    struct json_out w;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "Bucket", bucket);
    json_open(&w, "Tagging", '{');
    json_open(&w, "TagSet", '[');
    put_tag(&w, RESOURCE_TAG, "1");
    json_close(&w);
    json_close(&w);
    json_close(&w);
    (void)!aws_call(g->client, "s3", "PutBucketTagging", slice_str(&in), NULL, NULL);
    str_done(&in);
}

const char *guard_region(const struct guard *g, const struct resource *r)
{
    return strcmp(r->service, "iam") ? aws_region(g->client) : "";
}

static enum lk_status make(struct guard *g, const struct plan *p, const char *op,
                           struct slice request, const char *mark, struct json **out,
                           struct lk_error *err)
{
    const struct resource *r = p->resource;
    struct ledger_entry e = {.target = aws_target(g->client),
                             .account = g->account,
                             .region = guard_region(g, r),
                             .kind = r->kind,
                             .name = p->name,
                             .hourly = r->cost == COST_HOURLY ? p->hourly : 0,
                             .most = r->cost == COST_JOB ? p->most : 0,
                             .limit_s = p->limit_s};
    struct json *answer = NULL;
    struct lk_error mine = {0};
    int64_t id = 0;
    enum lk_status st = ledger_ask(g->ledger, &id, &e, err);

    if (st)
        return st;
    st = aws_call(g->client, r->service, op, request, &answer, &mine);
    if (st == LK_ESERVICE && guard_made_after_all(&answer, g, r, p->name, mark))
        st = LK_OK;
    if (!st) {
        if (!strcmp(r->kind, "bucket"))
            tag_bucket(g, p->name);
        st = ledger_made(g->ledger, id, json_path(answer, r->arn), &mine);
    } else if (st == LK_ESERVICE || st == LK_EUSE) {
        (void)!ledger_end(g->ledger, id, "refused", 0, NULL);
    }
    if (!st && out)
        *out = answer;
    else
        json_free(answer);
    if (st && err)
        *err = mine;
    return st;
}

/* What could not be sent is told before anybody is asked or anything is written down. */
static enum lk_status judge_and_make(struct guard *g, const struct plan *p, const char *op,
                                     const struct json *in, struct json **out, struct lk_error *err)
{
    struct str request = STR_INIT;
    char mark[GUARD_MARK];
    enum lk_status st;

    guard_put_mark(mark);
    complete_request(&request, p, in, mark);
    (void)((st = aws_check(g->client, p->resource->service, op, slice_str(&request), err)) ||
           (st = guard_judge(g, p, err)) ||
           (st = make(g, p, op, slice_str(&request), mark, out, err)));
    str_done(&request);
    return st;
}

/* A deletion, or the news that there is nothing to delete, is written down. */
static enum lk_status unmake(struct guard *g, const struct resource *r, const char *op,
                             struct slice in, const struct json *tree, struct json **out,
                             struct lk_error *err)
{
    enum lk_status st = aws_call(g->client, r->service, op, in, out, err);
    int64_t id = 0;

    if (!st && !r->remove_by &&
        !ledger_find(g->ledger, &id, aws_target(g->client), g->account, guard_region(g, r), r->kind,
                     json_path(tree, r->name), NULL) &&
        id)
        st = ledger_end(g->ledger, id, "gone", -1, err);
    return st;
}

enum lk_status guard_call(struct guard *g, const char *service, const char *op, struct slice in,
                          struct json **out, struct lk_error *err)
{
    const struct resource *removed = resource_of_remove(service, op);
    struct json *tree = NULL;
    struct plan p = {0};
    enum lk_status st = LK_OK;

    if (slice_trim(in).len)
        st = json_parse(&tree, in, op, err);
    if (!st && removed)
        st = unmake(g, removed, op, in, tree, out, err);
    else if (!st && guard_is_switch(op))
        st = guard_switch(g, op, tree, out, err);
    else if (!st && !strcmp(op, "StartPipelineExecution"))
        st = guard_start_pipeline(g, tree, out, err);
    else if (!st && !(st = guard_plan(&p, g, service, op, tree, err)))
        st = p.resource ? judge_and_make(g, &p, op, tree, out, err)
                        : aws_call(g->client, service, op, in, out, err);
    json_free(tree);
    return st;
}

enum lk_status guard_make_bucket(struct guard *g, const char *bucket, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st = s3_check_bucket_name(bucket, err);

    if (st)
        return st;
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "Bucket", bucket);
    json_close(&w);
    /* In us-east-1 CreateBucket succeeds for a bucket one has, so ask first. */
    if (!aws_call(g->client, "s3", "HeadBucket", slice_str(&in), NULL, NULL))
        goto out;
    str_clear(&in);
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "Bucket", bucket);
    if (strcmp(aws_region(g->client), "us-east-1")) {
        json_open(&w, "CreateBucketConfiguration", '{');
        json_put_z(&w, "LocationConstraint", aws_region(g->client));
        json_close(&w);
    }
    json_close(&w);
    st = guard_call(g, "s3", "CreateBucket", slice_str(&in), NULL, err);
    if (!st)
        st = s3_close_bucket(g->client, bucket, err);
out:
    str_done(&in);
    return st;
}
