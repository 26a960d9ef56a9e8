/*
 * A run of a pipeline makes jobs that SageMaker sends, not we, so what it can
 * cost is read from its definition: each step's instances for its time limit,
 * with the run's parameters put in, the steps of all branches together, each as
 * often as its retry policies allow. A transform job has no limit on AWS: it can
 * go on until the run is stopped, which who waits for it does at the end of the
 * time given. Where nobody does, where a step tells no instances or is of a kind
 * whose cost we cannot read, the most is not known, and it is said why.
 *
 * A run has no name that we could choose, but a display name: the ledger keeps
 * "PIPELINE/DISPLAY-NAME", so that the clean-up finds a run whose answer never
 * came.
 */
#include "aws/guard_internal.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

enum { NESTING_MAX = 8 };

/* Where each type of step says what it runs on. */
static const struct step_type {
    const char *type, *resources; /* NULL: it costs nothing */
    const char *usage;
    double limit_s; /* AWS's own where the step tells none; 0: it has none */
} step_types[] = {
    {"Training", "ResourceConfig", "Train", 86400},
    {"Transform", "TransformResources", "Tsform", 0},
    {"Processing", "ProcessingResources.ClusterConfig", "Processing", 86400},
    {"QualityCheck", "ProcessingResources.ClusterConfig", "Processing", 86400},
    {"ClarifyCheck", "ProcessingResources.ClusterConfig", "Processing", 86400},
    {"Tuning", "TrainingJobDefinition.ResourceConfig", "Train", 86400},
    {"Condition", NULL, NULL, 0},
    {"Model", NULL, NULL, 0},
    {"RegisterModel", NULL, NULL, 0},
    {"Fail", NULL, NULL, 0},
};

enum { RETRIES_DEFAULT = 5 }; /* of a retry policy that tells neither a number nor a time */

struct costing {
    struct guard *guard;
    const struct json *defaults, *given; /* the definition's parameters; the run's */
    struct str text;                     /* a line a step that costs */
    double most;                         /* of the steps whose cost is known */
    struct plan *plan;                   /* its `unknown` says why the most is not known */
};

/* ---- values ------------------------------------------------------------------------ */

static const struct json *at_path(const struct json *j, const char *path)
{
    char key[64];

    while (j && *path) {
        size_t n = strcspn(path, ".");

        snprintf(key, sizeof key, "%.*s", (int)n, path);
        j = json_get(j, key);
        path += n + (path[n] == '.');
    }
    return j;
}

/* {"Get": "Parameters.X"}: what the run gives for it, else its default. */
static const struct json *resolve(const struct costing *c, const struct json *value)
{
    const char *get = json_string(json_get(value, "Get"), "");
    const char *name = strncmp(get, "Parameters.", 11) ? NULL : get + 11;

    if (!name)
        return value;
    for (const struct json *p = json_first(c->given); p; p = json_next(p))
        if (!strcmp(json_path(p, "Name"), name))
            return json_get(p, "Value");
    for (const struct json *p = json_first(c->defaults); p; p = json_next(p))
        if (!strcmp(json_path(p, "Name"), name))
            return json_get(p, "DefaultValue");
    return NULL;
}

static double number_at(const struct costing *c, const struct json *step, const char *path,
                        double otherwise)
{
    const struct json *given = at_path(step, path), *v = given ? resolve(c, given) : NULL;
    double number;

    if (!given)
        return otherwise;
    if (v && json_kind(v) == JSON_STRING &&
        number_parse_double(slice_of(json_string(v, "")), &number))
        return number;
    return json_number(v, -1);
}

/* ---- the steps ---------------------------------------------------------------------------- */

/* The first reason that the most is not known is the one that is told. */
static void not_known(struct costing *c, const char *name, const char *why)
{
    if (!c->plan->unknown[0])
        snprintf(c->plan->unknown, sizeof c->plan->unknown, "step '%.40s' %s", name, why);
}

/* How often a step can be made: once, and again as its retry policies say; below zero: not known.
 */
static double attempts(const struct json *step)
{
    double n = 1;

    for (const struct json *p = json_first(json_get(step, "RetryPolicies")); p; p = json_next(p)) {
        if (!json_get(p, "MaxAttempts") && json_get(p, "ExpireAfterMin"))
            return -1;
        n += json_number(json_get(p, "MaxAttempts"), RETRIES_DEFAULT);
    }
    return n;
}

struct step_cost {
    const char *instance;
    double count, seconds, jobs, price; /* seconds 0: no limit */
};

static struct step_cost read_step(const struct costing *c, const struct step_type *t,
                                  const struct json *step)
{
    const struct json *arguments = json_get(step, "Arguments");
    const struct json *machines = at_path(arguments, t->resources);
    const struct json *limits = at_path(arguments, "HyperParameterTuningJobConfig.ResourceLimits");
    const struct guard_options *o = &c->guard->options;
    const char *stop = strcmp(t->type, "Tuning")
                           ? "StoppingCondition.MaxRuntimeInSeconds"
                           : "TrainingJobDefinition.StoppingCondition.MaxRuntimeInSeconds";
    struct step_cost s = {
        .instance = json_string(resolve(c, json_get(machines, "InstanceType")), ""),
        .count = number_at(c, machines, "InstanceCount", 1),
        .seconds = number_at(c, arguments, stop, t->limit_s ? t->limit_s : (double)o->stop_s),
        .jobs = limits ? number_at(c, limits, "MaxNumberOfTrainingJobs", -1) : 1,
        .price = o->price};
    double times = attempts(step);

    s.jobs = times > 0 && s.jobs > 0 ? s.jobs * times : -1;
    if (!(s.price > 0) &&
        !price_hourly(&s.price, c->guard->client, c->guard->ledger, s.instance, t->usage))
        s.price = -1;
    return s;
}

static void put_step(struct str *out, const char *name, const struct step_cost *s)
{
    str_printf(out, "  step       %.63s: ", name);
    if (s->jobs > 1)
        str_printf(out, "%.0f jobs, each ", s->jobs);
    str_printf(out, "%.0f x %s", s->count,
               *s->instance ? s->instance : "an instance of unknown type");
    if (s->seconds > 0)
        str_printf(out, ", at most %.0f min\n", s->seconds / 60);
    else
        str_puts(out, ", without a time limit\n");
}

static void cost_step(struct costing *c, const struct step_type *t, const struct json *step)
{
    const char *name = json_path(step, "Name");
    struct step_cost s = read_step(c, t, step);

    put_step(&c->text, name, &s);
    if (s.price >= 0 && !(s.price > 0)) /* the practice cloud's: nothing, however long */
        return;
    if (!*s.instance || !(s.count > 0))
        not_known(c, name, "does not tell its instances");
    else if (!(s.jobs > 0))
        not_known(c, name, "does not tell how often it can be made");
    else if (!(s.seconds > 0))
        not_known(c, name, "has no time limit (--wait with --max-minutes stops the run then)");
    else if (s.price < 0)
        not_known(c, name, "runs on an instance that is not in the price list (give --price)");
    else
        c->most += s.price * s.count * s.jobs * s.seconds / 3600;
}

static void cost_steps(struct costing *c, const struct json *steps, int depth)
{
    for (const struct json *s = json_first(steps); s; s = json_next(s)) {
        const struct json *arguments = json_get(s, "Arguments");
        const char *type = json_path(s, "Type"), *name = json_path(s, "Name");
        const struct step_type *t = step_types, *end = t + sizeof step_types / sizeof *t;

        if (depth == NESTING_MAX) {
            not_known(c, name, "is nested too deep to be read");
            return;
        }
        while (t < end && strcmp(t->type, type))
            t++;
        if (t == end) {
            str_printf(&c->text, "  step       %.63s: of type %.40s\n", name, type);
            not_known(c, name, "is of a type whose cost cannot be read from its definition");
        } else if (t->resources) {
            cost_step(c, t, s);
        }
        cost_steps(c, json_get(arguments, "IfSteps"), depth + 1);
        cost_steps(c, json_get(arguments, "ElseSteps"), depth + 1);
    }
}

static enum lk_status plan_run(struct plan *p, struct guard *g, const struct json *in,
                               struct lk_error *err)
{
    struct costing c = {
        .guard = g, .given = json_get(in, "PipelineParameters"), .text = STR_INIT, .plan = p};
    struct json *there = NULL, *definition = NULL;
    enum lk_status st = aws_callf(g->client, &there, err, "sagemaker", "DescribePipeline",
                                  "{\"PipelineName\":\"%s\"}", json_path(in, "PipelineName"));

    if (!st)
        st = json_parse(&definition, slice_of(json_path(there, "PipelineDefinition")),
                        "the pipeline's definition", err);
    if (!st) {
        c.defaults = json_get(definition, "Parameters");
        cost_steps(&c, json_get(definition, "Steps"), 0);
        p->most = p->unknown[0] ? -1 : c.most;
        if (g->options.show && c.text.len)
            g->options.show(g->options.ctx, c.text.ptr);
    }
    str_done(&c.text);
    json_free(definition);
    json_free(there);
    return st;
}

/* ---- the run -------------------------------------------------------------------------------- */

/* The request with a display name, the caller's or one of ours. */
static void complete(struct str *out, struct str *display, const struct json *in)
{
    struct json_out w;
    uint8_t random[4];

    str_puts(display, json_path(in, "PipelineExecutionDisplayName"));
    if (!display->len) {
        random_bytes(random, sizeof random);
        str_printf(display, "labkit-%lld-", (long long)(clock_unix_ms() / 1000));
        str_put_hex(display, random, sizeof random);
    }
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    for (const struct json *c = json_first(in); c; c = json_next(c))
        if (strcmp(json_key(c), "PipelineExecutionDisplayName"))
            json_put_tree(&w, json_key(c), c);
    json_put_string(&w, "PipelineExecutionDisplayName", slice_str(display));
    json_close(&w);
}

enum lk_status guard_start_pipeline(struct guard *g, const struct json *in, struct json **out,
                                    struct lk_error *err)
{
    struct plan p = {.resource = &resource_pipeline_run, .name = json_path(in, "PipelineName")};
    struct str request = STR_INIT, display = STR_INIT, name = STR_INIT;
    struct ledger_entry e = {.target = aws_target(g->client),
                             .account = g->account,
                             .region = aws_region(g->client),
                             .kind = p.resource->kind};
    struct json *answer = NULL;
    int64_t id = 0;
    enum lk_status st;

    complete(&request, &display, in);
    str_printf(&name, "%s/%s", p.name, display.ptr);
    e.name = name.ptr;
    (void)((st = plan_run(&p, g, in, err)) || (st = guard_judge(g, &p, err)));
    e.most = p.most;
    if (!st)
        st = ledger_ask(g->ledger, &id, &e, err);
    if (!st) {
        st = aws_call(g->client, "sagemaker", "StartPipelineExecution", slice_str(&request),
                      &answer, err);
        if (st == LK_ESERVICE || st == LK_EUSE)
            (void)!ledger_end(g->ledger, id, "refused", 0, NULL);
    }
    if (!st)
        st = ledger_made(g->ledger, id, json_path(answer, "PipelineExecutionArn"), err);
    if (!st && out) {
        *out = answer;
        answer = NULL;
    }
    json_free(answer);
    str_done(&request);
    str_done(&display);
    str_done(&name);
    return st;
}

/* ---- its end ----------------------------------------------------------------------------- */

/* What a pipeline has made stands in the ledger as what we make ourselves. */
static bool note_model(void *ctx, const struct json *step)
{
    struct guard *g = ctx;
    const char *arn = json_path(step, "Metadata.Model.Arn"), *name = strrchr(arn, '/');
    struct ledger_entry e = {.target = aws_target(g->client),
                             .account = g->account,
                             .region = aws_region(g->client),
                             .kind = "model",
                             .name = name ? name + 1 : ""};
    int64_t id = 0;

    if (!name || ledger_find(g->ledger, &id, e.target, e.account, e.region, e.kind, e.name, NULL) ||
        id)
        return true;
    if (!ledger_ask(g->ledger, &id, &e, NULL))
        (void)!ledger_made(g->ledger, id, arn, NULL);
    return true;
}

struct entry {
    const char *arn; /* of the run */
    int64_t id;      /* of its entry, or 0 */
};

static bool find_entry(void *ctx, const struct ledger_entry *e)
{
    struct entry *found = ctx;

    if (!strcmp(e->kind, resource_pipeline_run.kind) && !strcmp(e->arn, found->arn))
        found->id = e->id;
    return true;
}

enum lk_status guard_end_pipeline(struct guard *g, const char *run_arn, struct lk_error *err)
{
    struct entry entry = {.arn = run_arn};
    struct str in = STR_INIT;
    enum lk_status st;

    str_puts(&in, "{\"PipelineExecutionArn\":");
    str_put_json(&in, slice_of(run_arn));
    str_putc(&in, '}');
    st = aws_each(g->client, "sagemaker", "ListPipelineExecutionSteps", slice_str(&in),
                  "PipelineExecutionSteps", note_model, g, err);
    str_done(&in);
    if (!st)
        st = ledger_each(g->ledger, aws_target(g->client), g->account, aws_region(g->client), true,
                         find_entry, &entry, err);
    return st || !entry.id ? st : ledger_end(g->ledger, entry.id, "ended", -1, err);
}
