/*
 * Labelling jobs, as aws/job_label.c sends them. Answering from a lab is for
 * the practice cloud; on AWS people do it on a page of their own.
 */
#include "lab/agent_internal.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 50, LOOKS = 200, THINK_MS = 20 };

/* The lab's options as a description (aws/job.h): the name is there, the role is an ARN. */
static enum lk_status describe_job(struct json **spec, struct agent *a, const struct json *options,
                                   const char *name, struct lk_error *err)
{
    struct str text = STR_INIT, role = STR_INIT;
    struct json_out w;
    enum lk_status st = agent_use_role(&role, a, agent_option(options, "role"), err);

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "name", name);
    json_put_string(&w, "role", slice_str(&role));
    for (const struct json *c = json_first(options); c; c = json_next(c))
        if (strcmp(json_key(c), "name") && strcmp(json_key(c), "role") &&
            strcmp(json_key(c), "wait"))
            json_put_tree(&w, json_key(c), c);
    json_close(&w);
    if (!st)
        st = json_parse(spec, slice_str(&text), "the options", err);
    str_done(&text);
    str_done(&role);
    return st;
}

static enum lk_status label(struct agent *a, const struct json *options, struct json_out *w,
                            struct lk_error *err)
{
    struct str name = STR_INIT;
    struct json *spec = NULL;
    enum lk_status st;

    agent_put_name(&name, a, options, "labeling-job", 63);
    (void)((st = describe_job(&spec, a, options, name.ptr, err)) ||
           (st = agent_need_places(a, options, err)) ||
           (st = job_start(agent_guard(a), "label", spec, NULL, err)));
    if (!st)
        st = agent_put_job(a, "labeling-job", name.ptr, json_bool(json_get(options, "wait"), false),
                           w, err);
    json_free(spec);
    str_done(&name);
    return st;
}

/* ---- answering, on the practice cloud -------------------------------------------------------- */

static const char *job_name(const struct json *job)
{
    return json_kind(job) == JSON_STRING ? json_string(job, "") : json_path(job, "name");
}

static enum lk_status need_practice(const struct agent *a, struct lk_error *err)
{
    return agent_is_real(a) ? error_set(err, LK_EUSE,
                                        "on AWS people answer on a page of their own, whose "
                                        "address stands in the console at the work team")
                            : LK_OK;
}

static void put_tasks(struct json_out *w, const struct json *tasks)
{
    agent_table_open(w, (const char *const[]){"task", "item", "text", "guess", "confidence", NULL});
    for (const struct json *t = json_first(tasks); t; t = json_next(t)) {
        json_open(w, NULL, '[');
        json_put_number(w, NULL, json_number(json_get(t, "TaskId"), 0));
        json_put_z(w, NULL, json_path(t, "Item"));
        json_put_z(w, NULL, json_string(json_get(t, "Text"), NULL));
        json_put_z(w, NULL, json_string(json_get(t, "Guess"), NULL));
        if (json_get(t, "Confidence"))
            json_put_number(w, NULL, json_number(json_get(t, "Confidence"), 0));
        else
            json_put_z(w, NULL, NULL);
        json_close(w);
    }
    agent_table_close(w);
}

static bool is_going_on(const struct json *answer)
{
    const char *status = json_path(answer, "LabelingJobStatus");

    return !strcmp(status, "InProgress") || !strcmp(status, "Initializing");
}

/* While the job begins, or its model learns, there is nothing to do for a moment: wait. */
static enum lk_status next_tasks(struct json **answer, struct agent *a, struct slice in,
                                 struct lk_error *err)
{
    bool wait = true;
    enum lk_status st = LK_OK;

    for (int i = 0; i < LOOKS && !st && wait; i++) {
        json_free(*answer);
        *answer = NULL;
        st = aws_call(agent_client(a), "practice", "PracticeNextTasks", in, answer, err);
        wait = !json_count(json_get(*answer, "Tasks")) && is_going_on(*answer);
        if (!st && wait)
            st = aws_sleep(agent_client(a), LOOK_MS, err);
    }
    return st;
}

static enum lk_status tasks(struct agent *a, const struct json *args, struct json_out *w,
                            struct lk_error *err)
{
    const struct json *o = json_at(args, 1);
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out ask;
    enum lk_status st = need_practice(a, err);

    json_begin(&ask, &in, false);
    json_open(&ask, NULL, '{');
    json_put_z(&ask, "LabelingJobName", job_name(json_at(args, 0)));
    json_put_int(&ask, "MaxResults", (int64_t)json_number(json_get(o, "most"), 10));
    if (agent_option(o, "worker"))
        json_put_z(&ask, "Worker", agent_option(o, "worker"));
    json_close(&ask);
    if (!st)
        st = next_tasks(&answer, a, slice_str(&in), err);
    put_tasks(w, json_get(answer, "Tasks"));
    json_free(answer);
    str_done(&in);
    return st;
}

static enum lk_status answer_task(struct agent *a, const struct json *args, struct json_out *w,
                                  struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out ask;
    enum lk_status st = need_practice(a, err);

    json_begin(&ask, &in, false);
    json_open(&ask, NULL, '{');
    json_put_z(&ask, "LabelingJobName", job_name(json_at(args, 0)));
    json_put_int(&ask, "TaskId", (int64_t)json_number(json_at(args, 1), -1));
    json_put_z(&ask, "Label", agent_text(args, 2));
    json_close(&ask);
    if (!st) /* a person takes a moment, and the model learns in it */
        st = aws_sleep(agent_client(a), THINK_MS, err);
    if (!st)
        st = aws_call(agent_client(a), "practice", "PracticeSubmitAnswer", slice_str(&in), NULL,
                      err);
    str_done(&in);
    return st;
}

const struct agent_verb agent_label_verbs[] = {
    {"sagemaker.label", label},
    {"sagemaker.tasks", tasks},
    {"sagemaker.answer", answer_task},
};
const size_t agent_label_count = sizeof agent_label_verbs / sizeof agent_label_verbs[0];
