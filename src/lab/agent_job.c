/*
 * SageMaker's jobs: a lab's options become the description of aws/job.h, and
 * the guard starts it. Jobs are waited for in agent_wait.c.
 */
#include "lab/agent_internal.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

enum { NAME_TRIES = 50, TUNED_MAX = 32 };

/* ---- names ------------------------------------------------------------------------ */

struct count {
    const char *kind;
    struct slice prefix;
    int n;
};

static bool count_entry(void *ctx, const struct ledger_entry *e)
{
    struct count *c = ctx;

    c->n += !strcmp(e->kind, c->kind) && slice_starts(slice_of(e->name), c->prefix.ptr);
    return true;
}

/*
 * "labbook-train-2": the step's name and how many there were. Names of jobs
 * are used once and never again, and the ledger forgets none.
 */
static void make_name(struct str *out, struct agent *a, const char *kind, size_t max)
{
    struct guard *g = agent_guard(a);
    struct count c = {.kind = kind};

    str_puts(out, "labbook-");
    for (const char *p = a->step; *p && out->len + 6 < max; p++)
        str_putc(out, *p == '_' || *p == '.' ? '-' : *p);
    str_putc(out, '-');
    c.prefix = slice_str(out);
    (void)!ledger_each(guard_ledger(g), aws_target(agent_client(a)), guard_account(g), NULL, false,
                       count_entry, &c, NULL);
    str_printf(out, "%d", c.n + 1);
}

void agent_put_name(struct str *out, struct agent *a, const struct json *options, const char *kind,
                    size_t max)
{
    const char *given = agent_option(options, "name");

    if (given)
        str_puts(out, given);
    else
        make_name(out, a, kind, max);
}

/* ---- descriptions ------------------------------------------------------------------ */

/* A range {low = 2, high = 8} as the description has it, [2, 8]; a list of words stays. */
static void put_ranges(struct json_out *w, const struct json *ranges)
{
    json_open(w, "ranges", '{');
    for (const struct json *r = json_first(ranges); r; r = json_next(r)) {
        if (json_kind(r) != JSON_OBJECT) {
            json_put_tree(w, json_key(r), r);
            continue;
        }
        json_open(w, json_key(r), '[');
        json_put_tree(w, NULL, json_get(r, "low"));
        json_put_tree(w, NULL, json_get(r, "high"));
        json_close(w);
    }
    json_close(w);
}

/* Options of ours that have another name there, or none. */
static const char *description_key(const char *option)
{
    static const char *const names[][2] = {
        {"instances", "count"}, {"parameters", "hyperparameters"},
        {"wait", NULL},         {"name", NULL},
        {"role", NULL},         {"ranges", NULL},
        {"data", NULL}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(option, names[i][0]))
            return names[i][1];
    return option;
}

/* The description; *name is the job's name in it. data: of a model, an artefact or a job. */
static enum lk_status describe(struct json **out, struct str *name, struct agent *a,
                               const struct json *options, const char *kind, size_t max,
                               struct lk_error *err)
{
    const struct json *data = json_get(options, "data");
    struct str text = STR_INIT, arn = STR_INIT;
    struct json_out w;
    enum lk_status st = agent_need_places(a, options, err);

    agent_put_name(name, a, options, kind, max);
    if (!st && agent_option(options, "role"))
        st = agent_use_role(&arn, a, agent_option(options, "role"), err);
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_string(&w, "name", slice_str(name));
    if (arn.len)
        json_put_string(&w, "role", slice_str(&arn));
    if (json_get(options, "ranges"))
        put_ranges(&w, json_get(options, "ranges"));
    if (json_kind(data) == JSON_STRING)
        json_put_tree(&w, s3_is_url(json_string(data, "")) ? "artifact" : "from_job", data);
    else if (data)
        json_put_z(&w, "from_job", json_path(data, "name"));
    for (const struct json *o = json_first(options); o; o = json_next(o))
        if (description_key(json_key(o)))
            json_put_tree(&w, description_key(json_key(o)), o);
    json_close(&w);
    if (!st)
        st = json_parse(out, slice_str(&text), "options", err);
    str_done(&text);
    str_done(&arn);
    return st;
}

static bool is_taken(const struct lk_error *err)
{
    return !strcmp(err->code, "ResourceInUse") ||
           (!strcmp(err->code, "ValidationException") && strstr(err->text, "already exist"));
}

/* A name that we made up and somebody has is counted on. */
enum lk_status agent_start(struct str *name, struct agent *a, const struct json *options,
                           const char *kind, const char *resource, struct lk_error *err)
{
    size_t max = !strcmp(kind, "tune") ? 32 : 63;
    struct lk_error mine = {0};
    bool again = true;
    enum lk_status st = LK_OK;

    for (int i = 0; i < NAME_TRIES && again; i++) {
        struct json *spec = NULL;

        str_clear(name);
        mine = (struct lk_error){0};
        st = describe(&spec, name, a, options, resource, max, &mine);
        if (!st)
            st = job_start(agent_guard(a), kind, spec, NULL, &mine);
        json_free(spec);
        again = st && is_taken(&mine) && !agent_option(options, "name");
    }
    if (st && err)
        *err = mine;
    return st;
}

/* ---- jobs ---------------------------------------------------------------- */

static enum lk_status run_job(struct agent *a, const struct json *options, const char *kind,
                              const char *resource, struct json_out *w, struct lk_error *err)
{
    struct str name = STR_INIT;
    enum lk_status st = agent_start(&name, a, options, kind, resource, err);

    if (!st)
        st = agent_put_job(a, resource, name.ptr, json_bool(json_get(options, "wait"), true), w,
                           err);
    str_done(&name);
    return st;
}

static enum lk_status train(struct agent *a, const struct json *options, struct json_out *w,
                            struct lk_error *err)
{
    return run_job(a, options, "train", "training-job", w, err);
}

static enum lk_status transform(struct agent *a, const struct json *options, struct json_out *w,
                                struct lk_error *err)
{
    return run_job(a, options, "transform", "transform-job", w, err);
}

/* ---- jobs by name ------------------------------------------------------------------------ */

static enum lk_status describe_job(struct json **out, struct agent *a, const struct resource *r,
                                   const char *name, struct lk_error *err)
{
    return agent_ask(a, r->service, r->describe, (const char *const[]){r->name, name, NULL}, out,
                     err);
}

/* A job is a map that a call gave, or a name: then the kinds are tried. */
static enum lk_status find_job(const struct resource **r, const char **name, struct agent *a,
                               const struct json *job, struct lk_error *err)
{
    static const char *const kinds[] = {"training-job", "transform-job", "tuning-job",
                                        "labeling-job"};
    const char *words = json_path(job, "kind");

    *name = json_kind(job) == JSON_STRING ? json_string(job, "") : json_path(job, "name");
    *r = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !*r; i++) {
        const struct resource *candidate = resource_of_kind(kinds[i]);
        struct json *found = NULL;

        if (*words ? !strcmp(words, candidate->words)
                   : !describe_job(&found, a, candidate, *name, NULL))
            *r = candidate;
        json_free(found);
    }
    return *r ? LK_OK : error_set(err, LK_EUSE, "there is no job '%.80s' in this region", *name);
}

static enum lk_status wait_job(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    const struct resource *r;
    const char *name;
    enum lk_status st = find_job(&r, &name, a, json_at(args, 0), err);

    return st ? st : agent_put_job(a, r->kind, name, true, w, err);
}

static enum lk_status stop_job(struct agent *a, const struct json *args, struct json_out *w,
                               struct lk_error *err)
{
    const struct resource *r;
    const char *name;
    enum lk_status st = find_job(&r, &name, a, json_at(args, 0), err);

    if (!st)
        st = agent_need_own(a, r->kind, name, err);
    return st ? st
              : agent_ask(a, r->service, r->stop, (const char *const[]){r->name, name, NULL}, NULL,
                          err);
}

/* ---- tuning --------------------------------------------------------------------------------- */

struct search {
    struct json_out *w;
    const char *tuned[TUNED_MAX];
    size_t n;
};

static void put_parameter(struct json_out *w, const char *text)
{
    double v;

    if (number_parse_double(slice_of(text), &v))
        json_put_number(w, NULL, v);
    else
        json_put_z(w, NULL, text);
}

static bool put_trial(void *ctx, const struct json *item)
{
    struct search *s = ctx;
    const struct json *metric = json_get(item, "FinalHyperParameterTuningJobObjectiveMetric");

    json_open(s->w, NULL, '[');
    json_put_z(s->w, NULL, json_path(item, "TrainingJobName"));
    json_put_z(s->w, NULL, json_path(item, "TrainingJobStatus"));
    if (metric)
        json_put_number(s->w, NULL, json_number(json_get(metric, "Value"), 0));
    else
        json_put_z(s->w, NULL, NULL);
    for (size_t i = 0; i < s->n; i++)
        put_parameter(
            s->w, json_string(json_get(json_get(item, "TunedHyperParameters"), s->tuned[i]), ""));
    json_close(s->w);
    return true;
}

static enum lk_status put_trials(struct agent *a, const struct json *options, const char *name,
                                 struct json_out *w, struct lk_error *err)
{
    const char *columns[TUNED_MAX + 4] = {"job", "status",
                                          json_string(json_get(options, "metric"), "metric")};
    struct search s = {.w = w};
    struct str in = STR_INIT;
    enum lk_status st;

    for (const struct json *r = json_first(json_get(options, "ranges")); r && s.n < TUNED_MAX;
         r = json_next(r)) {
        columns[3 + s.n] = json_key(r);
        s.tuned[s.n++] = json_key(r);
    }
    str_puts(&in, "{\"HyperParameterTuningJobName\":");
    str_put_json(&in, slice_of(name));
    str_puts(&in, ",\"SortBy\":\"FinalObjectiveMetricValue\",\"SortOrder\":\"Descending\"}");
    agent_table_open(w, columns);
    st = aws_each(agent_client(a), "sagemaker", "ListTrainingJobsForHyperParameterTuningJob",
                  slice_str(&in), "TrainingJobSummaries", put_trial, &s, err);
    agent_table_close(w);
    str_done(&in);
    return st;
}

static enum lk_status tune(struct agent *a, const struct json *options, struct json_out *w,
                           struct lk_error *err)
{
    struct str name = STR_INIT;
    struct json *job = NULL;
    enum lk_status st = agent_start(&name, a, options, "tune", "tuning-job", err);

    if (!st)
        st = agent_wait(a, "tuning-job", name.ptr, &job, err);
    if (!st)
        st = put_trials(a, options, name.ptr, w, err);
    json_free(job);
    str_done(&name);
    return st;
}

const struct agent_verb agent_job_verbs[] = {
    {"sagemaker.train", train},   {"sagemaker.transform", transform}, {"sagemaker.tune", tune},
    {"sagemaker.wait", wait_job}, {"sagemaker.stop", stop_job},
};
const size_t agent_job_count = sizeof agent_job_verbs / sizeof agent_job_verbs[0];
