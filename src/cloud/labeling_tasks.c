/*
 * What stands in for the workers' page: tasks, answers, what has become of
 * them, and the threshold. See labeling.h.
 */
#include "cloud/internal.h"
#include "cloud/labeling.h"
#include "cloud/sagemaker.h"

#include "base/number.h"

#include <string.h>

/* ---- tasks and answers */

static void put_labels(struct call *c, const struct labeling_job *j)
{
    json_open(&c->out, "Labels", '[');
    for (size_t i = 0; i < j->label_count; i++)
        json_put_z(&c->out, NULL, j->labels[i]);
    json_close(&c->out);
}

static const char *worker_name(struct call *c)
{
    const char *worker = call_param(c, "Worker");

    if (worker && strlen(worker) > 128)
        call_fail(c, 400, "ValidationException", "Worker has up to 128 characters.");
    return worker && *worker ? worker : c->who.arn;
}

static void put_tasks(struct call *c, const char *job, int64_t max)
{
    struct stmt *s =
        sql(c->cloud, "select n, line, text, guess, guess_confidence from labeling_items i where"
                      " region = ?1 and job = ?2 and method = '' and not exists (select 1 from"
                      " labeling_answers a where a.region = ?1 and a.job = ?2 and a.n = i.n"
                      " and a.worker = ?3) order by guess_confidence, shuffle limit ?4");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, job);
    stmt_text(s, 3, worker_name(c));
    stmt_int(s, 4, max);
    json_open(&c->out, "Tasks", '[');
    while (sql_row(c->cloud, s)) {
        json_open(&c->out, NULL, '{');
        json_put_int(&c->out, "TaskId", stmt_get_int(s, 0));
        json_put_z(&c->out, "Item", stmt_get_text(s, 1));
        json_put_z(&c->out, "Text", stmt_get_text(s, 2));
        if (*stmt_get_text(s, 3)) {
            json_put_z(&c->out, "Guess", stmt_get_text(s, 3));
            json_put_number(&c->out, "Confidence", stmt_get_double(s, 4));
        }
        json_close(&c->out);
    }
    json_close(&c->out);
}

void practice_next_tasks(struct call *c)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    int64_t max = call_int(c, "MaxResults", 10, 1, 100);
    struct json *request;

    if (call_failed(c) || !labeling_need(c, j) || !(request = thing_json(c, j->thing.request)))
        return;
    json_put_z(&c->out, "LabelingJobStatus", j->thing.status);
    json_put_z(&c->out, "TaskTitle",
               json_string(sagemaker_dig(request, "HumanTaskConfig.TaskTitle"), ""));
    json_put_z(&c->out, "TaskDescription",
               json_string(sagemaker_dig(request, "HumanTaskConfig.TaskDescription"), ""));
    json_free(request);
    put_labels(c, j);
    json_put_bool(&c->out, "AutoLabels", j->automatic);
    json_put_number(&c->out, "Threshold", j->threshold);
    labeling_put_counters(c, j->thing.name);
    put_tasks(c, j->thing.name, strcmp(j->thing.status, "InProgress") ? 0 : max);
}

static bool is_label(const struct labeling_job *j, const char *label)
{
    for (size_t i = 0; i < j->label_count; i++)
        if (!strcmp(j->labels[i], label))
            return true;
    return false;
}

static bool is_open(struct call *c, const char *job, int64_t n)
{
    struct stmt *s = sql(c->cloud, "select method from labeling_items where region = ?1"
                                   " and job = ?2 and n = ?3");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, job);
    stmt_int(s, 3, n);
    if (!sql_row(c->cloud, s))
        call_fail(c, 400, "ResourceNotFound", "The job has no task %lld.", (long long)n);
    else if (*stmt_get_text(s, 0))
        call_fail(c, 400, "ResourceInUse", "Task %lld has its label already.", (long long)n);
    return !call_failed(c);
}

/* Enough answers make a label: what most workers said; at a draw, the first by the alphabet. */
static void consolidate(struct call *c, const struct labeling_job *j, int64_t n)
{
    struct stmt *s = sql(c->cloud, "select label, count(*) as votes, sum(count(*)) over () from"
                                   " labeling_answers where region = ?1 and job = ?2 and n = ?3"
                                   " group by label order by votes desc, label limit 1");
    const char *label;
    double confidence;
    int64_t all;

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, j->thing.name);
    stmt_int(s, 3, n);
    if (!sql_row(c->cloud, s) || (all = stmt_get_int(s, 2)) < j->workers)
        return;
    label = sql_text(&c->memory, s, 0);
    confidence = all == 1 ? 0 : (double)stmt_get_int(s, 1) / (double)all;
    stmt_reset(s);
    s = sql(c->cloud, "update labeling_items set label = ?4, method = 'human', confidence = ?5,"
                      " at = ?6 where region = ?1 and job = ?2 and n = ?3");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, j->thing.name);
    stmt_int(s, 3, n);
    stmt_text(s, 4, label);
    stmt_double(s, 5, confidence);
    stmt_int(s, 6, cloud_now(c->cloud));
    sql_run(c->cloud, s);
}

void practice_submit_answer(struct call *c)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    int64_t n = call_int(c, "TaskId", -1, 0, LABELING_ITEMS_MAX);
    const char *label = call_need(c, "Label"), *worker = worker_name(c);
    struct stmt *s;

    if (call_failed(c) || !labeling_need(c, j))
        return;
    if (strcmp(j->thing.status, "InProgress"))
        call_fail(c, 400, "ValidationException", "The job takes no answers: its status is %s.",
                  j->thing.status);
    else if (!is_label(j, label))
        call_fail(c, 400, "ValidationException", "'%.100s' is none of the job's labels.", label);
    if (call_failed(c) || !is_open(c, j->thing.name, n))
        return;
    s = sql(c->cloud, "insert or replace into labeling_answers values (?1, ?2, ?3, ?4, ?5, ?6,"
                      " ?7)");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, j->thing.name);
    stmt_int(s, 3, n);
    stmt_text(s, 4, worker);
    stmt_text(s, 5, label);
    stmt_double(s, 6, json_number(json_get(c->in, "SecondsSpent"), 0));
    stmt_int(s, 7, cloud_now(c->cloud));
    sql_run(c->cloud, s);
    consolidate(c, j, n);
    labeling_put_counters(c, j->thing.name);
}

/* ---- what has become of them */

static void put_labeled(struct call *c, struct stmt *s)
{
    json_open(&c->out, NULL, '{');
    json_put_int(&c->out, "TaskId", stmt_get_int(s, 0));
    json_put_z(&c->out, "Item", stmt_get_text(s, 1));
    json_put_z(&c->out, "Label", stmt_get_text(s, 2));
    json_put_z(&c->out, "Method", stmt_get_text(s, 3));
    json_put_number(&c->out, "Confidence", stmt_get_double(s, 4));
    json_put_z(&c->out, "Guess", stmt_get_text(s, 5));
    json_put_number(&c->out, "GuessConfidence", stmt_get_double(s, 6));
    json_close(&c->out);
}

void practice_list_labels(struct call *c)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    const char *key = call_page_key(c, call_param(c, "NextToken"));
    int64_t max = call_int(c, "MaxResults", 100, 1, 1000), from = -1, n = 0;
    struct stmt *s;

    if (call_failed(c) || !labeling_need(c, j))
        return;
    if (*key && !number_parse_int(slice_of(key), 0, LABELING_ITEMS_MAX, &from))
        call_fail(c, 400, "ValidationException", "The pagination token is not one of ours.");
    s = sql(c->cloud, "select n, line, label, method, confidence, guess, guess_confidence from"
                      " labeling_items where region = ?1 and job = ?2 and n > ?3 and"
                      " method <> 'given' order by n limit ?4");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, j->thing.name);
    stmt_int(s, 3, from);
    stmt_int(s, 4, max + 1);
    json_open(&c->out, "Labels", '[');
    for (; sql_row(c->cloud, s) && n++ < max; from = stmt_get_int(s, 0))
        put_labeled(c, s);
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken",
                   call_page_token(c, arena_printf(&c->memory, "%lld", (long long)from)));
}

void practice_set_threshold(struct call *c)
{
    struct labeling_job *j = arena_alloc(&c->memory, sizeof *j);
    double v = json_number(json_get(c->in, "Threshold"), -1);
    struct stmt *s;

    if (!labeling_need(c, j))
        return;
    if (!(v >= 0 && v <= 2)) {
        call_fail(c, 400, "ValidationException",
                  "Threshold is a share between 0 and 1, or more for none at all.");
        return;
    }
    s = sql(c->cloud, "update labeling_jobs set threshold = ?3, learned = 0 where region = ?1"
                      " and name = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, j->thing.name);
    stmt_double(s, 3, v);
    sql_run(c->cloud, s);
}
