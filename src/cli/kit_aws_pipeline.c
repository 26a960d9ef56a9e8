/* labkit aws pipeline: definitions, runs, and what each step did. */
#include "cli/kit_aws_action.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFINITION_MAX = 1 << 20, STEPS_MAX = 200 };

static const struct option options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    {"definition", "FILE", "the pipeline's definition, JSON (for put)", false, 0},
    {"role", "ROLE", "name or ARN of the role that its steps run as (for put)", false, 0},
    {"param", "NAME=VALUE", "a parameter of the run (for start)", true, 0},
    {"wait", NULL, "until the run is over, telling what each step does", false, 'w'},
    KIT_AWS_OPTIONS_END};

/* ---- definitions -------------------------------------------------------------------- */

static enum lk_status read_definition(struct str *out, const char *path, struct lk_error *err)
{
    struct json *tree = NULL;
    enum lk_status st = json_read(&tree, path, DEFINITION_MAX, err);

    if (!st)
        json_print(out, tree, false);
    json_free(tree);
    return st;
}

static enum lk_status put(struct guard *g, const struct args *a, const char *name,
                          struct lk_error *err)
{
    struct str in = STR_INIT, definition = STR_INIT, role = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    bool there;
    enum lk_status st;

    (void)((st = args_need(a, "definition", err)) || (st = args_need(a, "role", err)) ||
           (st = read_definition(&definition, args_get(a, "definition"), err)) ||
           (st = job_role_arn(&role, g, args_get(a, "role"), err)));
    if (st)
        goto out;
    there = !kit_action_ask(g, "DescribePipeline", "PipelineName", name, NULL, NULL);
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "PipelineName", name);
    json_put_string(&w, "PipelineDefinition", slice_str(&definition));
    json_put_string(&w, "RoleArn", slice_str(&role));
    json_close(&w);
    st = guard_call(g, "sagemaker", there ? "UpdatePipeline" : "CreatePipeline", slice_str(&in),
                    &answer, err);
    if (!st)
        printf("%s\n", json_path(answer, "PipelineArn"));
out:
    json_free(answer);
    str_done(&in);
    str_done(&definition);
    str_done(&role);
    return st;
}

/* ---- runs ------------------------------------------------------------------------------ */

/* What was told of each step last. */
struct watch {
    char *told[STEPS_MAX];
    size_t n;
    char failed[200];          /* the first step that failed, and why */
    int64_t start_ns, limit_s; /* 0: none */
    bool over;                 /* stopped at its limit */
};

static bool is_news(struct watch *w, const char *line)
{
    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->told[i], line))
            return false;
    if (w->n < STEPS_MAX)
        w->told[w->n++] = mem_strdup(line);
    return true;
}

static bool look_at_step(void *ctx, const struct json *step)
{
    struct watch *w = ctx;
    const char *status = json_path(step, "StepStatus"), *why = json_path(step, "FailureReason");
    struct str line = STR_INIT;

    str_printf(&line, "%-12s %.64s %.300s", status, json_path(step, "StepName"), why);
    if (is_news(w, line.ptr)) {
        struct str safe = STR_INIT;

        term_put_safe(&safe, slice_trim(slice_str(&line)));
        fprintf(stderr, "%s\n", safe.ptr);
        str_done(&safe);
    }
    if (!strcmp(status, "Failed") && !*w->failed)
        snprintf(w->failed, sizeof w->failed, "step %.64s: %.110s", json_path(step, "StepName"),
                 why);
    str_done(&line);
    return true;
}

static enum lk_status each_step(struct guard *g, const char *arn, aws_item_fn *fn, void *ctx,
                                struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "PipelineExecutionArn", arn);
    json_put_z(&w, "SortOrder", "Ascending");
    json_close(&w);
    st = aws_each(guard_client(g), "sagemaker", "ListPipelineExecutionSteps", slice_str(&in),
                  "PipelineExecutionSteps", fn, ctx, err);
    str_done(&in);
    return st;
}

/* Past its time a run is stopped; what it then still does is waited for. */
static enum lk_status keep_limit(struct guard *g, struct watch *w, const char *arn,
                                 struct lk_error *err)
{
    if (!w->limit_s || w->over || (clock_steady_ns() - w->start_ns) / 1000000000 < w->limit_s)
        return LK_OK;
    w->over = true;
    fprintf(stderr, "the run has had its %lld min: it is stopped\n", (long long)w->limit_s / 60);
    return kit_action_ask(g, "StopPipelineExecution", "PipelineExecutionArn", arn, NULL, err);
}

static enum lk_status wait_run(struct guard *g, const struct args *a, const char *arn,
                               struct lk_error *err)
{
    bool practice = !strcmp(aws_target(guard_client(g)), "practice");
    struct watch w = {.start_ns = clock_steady_ns()};
    char status[40] = "Executing";
    int pause = practice ? 50 : 2000;
    int64_t minutes = 0;
    enum lk_status st = args_int(a, "max-minutes", 0, 1, 28 * 24 * 60, &minutes, err);

    w.limit_s = minutes * 60;
    while (!st && (!strcmp(status, "Executing") || !strcmp(status, "Stopping"))) {
        struct json *now = NULL;

        (void)((st = aws_sleep(guard_client(g), pause, err)) ||
               (st = kit_action_ask(g, "DescribePipelineExecution", "PipelineExecutionArn", arn,
                                    &now, err)) ||
               (st = each_step(g, arn, look_at_step, &w, err)) ||
               (st = keep_limit(g, &w, arn, err)));
        snprintf(status, sizeof status, "%s", json_path(now, "PipelineExecutionStatus"));
        json_free(now);
        pause = pause < 10000 && !practice ? pause * 3 / 2 : pause;
    }
    if (!st)
        st = guard_end_pipeline(g, arn, err);
    if (!st) {
        fprintf(stderr, "%s\n", status);
        if (strcmp(status, "Succeeded"))
            st =
                error_set(err, LK_ESERVICE, "the run is %s%s%s%s", status,
                          w.over ? " at the end of its time" : "", *w.failed ? ": " : "", w.failed);
    }
    for (size_t i = 0; i < w.n; i++)
        free(w.told[i]);
    return st;
}

/* NAME=VALUE pairs as a request has them. */
static enum lk_status put_parameters(struct json_out *w, const struct args *a, struct lk_error *err)
{
    json_open(w, "PipelineParameters", '[');
    for (size_t i = 0; args_nth(a, "param", i); i++) {
        struct slice pair = slice_of(args_nth(a, "param", i));
        size_t eq = slice_find(pair, '=');

        if (!eq || eq == pair.len)
            return error_set(err, LK_EUSE, "--param is NAME=VALUE, not '%s'", pair.ptr);
        json_open(w, NULL, '{');
        json_put_string(w, "Name", slice_first(pair, eq));
        json_put_string(w, "Value", slice_from(pair, eq + 1));
        json_close(w);
    }
    json_close(w);
    return LK_OK;
}

static enum lk_status start(struct guard *g, const struct args *a, const char *name,
                            struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "PipelineName", name);
    st = put_parameters(&w, a, err);
    if (!st) {
        json_close(&w);
        st = guard_call(g, "sagemaker", "StartPipelineExecution", slice_str(&in), &answer, err);
    }
    if (!st) {
        printf("%s\n", json_path(answer, "PipelineExecutionArn"));
        fflush(stdout);
        if (args_flag(a, "wait"))
            st = wait_run(g, a, json_path(answer, "PipelineExecutionArn"), err);
    }
    json_free(answer);
    str_done(&in);
    return st;
}

static bool print_run(void *ctx, const struct json *run)
{
    printf("%-10s %s\n", json_path(run, "PipelineExecutionStatus"),
           json_path(run, "PipelineExecutionArn"));
    return true;
}

static enum lk_status runs(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "PipelineName", name);
    json_close(&w);
    st = aws_each(guard_client(g), "sagemaker", "ListPipelineExecutions", slice_str(&in),
                  "PipelineExecutionSummaries", print_run, NULL, err);
    str_done(&in);
    return st;
}

static bool print_step(void *ctx, const struct json *step)
{
    printf("%-10s ", json_path(step, "StepStatus"));
    kit_aws_put(json_path(step, "StepName"));
    printf("%s", *json_path(step, "FailureReason") ? ": " : "");
    kit_aws_put(json_path(step, "FailureReason"));
    putchar('\n');
    return true;
}

static enum lk_status steps(struct guard *g, const struct args *a, const char *arn,
                            struct lk_error *err)
{
    return each_step(g, arn, print_step, NULL, err);
}

static enum lk_status watch_run(struct guard *g, const struct args *a, const char *arn,
                                struct lk_error *err)
{
    return wait_run(g, a, arn, err);
}

static enum lk_status stop(struct guard *g, const struct args *a, const char *arn,
                           struct lk_error *err)
{
    enum lk_status st =
        kit_action_ask(g, "StopPipelineExecution", "PipelineExecutionArn", arn, NULL, err);

    if (!st && args_flag(a, "wait")) {
        struct lk_error end = {0};

        if (wait_run(g, a, arn, &end) != LK_ESERVICE) /* Stopped is no failure here */
            st = end.status;
    }
    return st;
}

static enum lk_status remove_it(struct guard *g, const struct args *a, const char *name,
                                struct lk_error *err)
{
    return kit_action_ask(g, "DeletePipeline", "PipelineName", name, NULL, err);
}

static enum lk_status list(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    return kit_action_list(g, a, "pipeline", err);
}

static const struct kit_action actions[] = {
    {"put", true, put},          {"start", true, start},    {"runs", true, runs},
    {"steps", true, steps},      {"wait", true, watch_run}, {"stop", true, stop},
    {"delete", true, remove_it}, {"list", false, list},     {NULL, false, NULL},
};

static int run(const struct args *a, struct lk_error *err)
{
    return kit_action_run(a, actions, err);
}

const struct command command_kit_aws_pipeline = {
    .name = "aws pipeline",
    .summary = "put a pipeline's definition, run it, follow its steps",
    .operands = "put|start|runs|steps|wait|stop|delete|list [NAME|RUN]",
    .options = options,
    .details =
        "'put' makes a pipeline or replaces its definition. 'start' tells what its steps can cost "
        "at most, the run's parameters put in, and prints the run's ARN, which 'steps', 'wait' and "
        "'stop' take. A transform step has no time limit on AWS: with --wait and --max-minutes the "
        "run is stopped at the end of that time. Models that a run makes are entered into the "
        "ledger when it is waited for.",
    .example = "$ labkit aws pipeline put monthly --definition monthly.json --role labkit-jobs\n"
               "$ labkit aws pipeline start monthly --param Rounds=100 --wait",
    .run = run,
};
