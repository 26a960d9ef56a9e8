/*
 * What a labelling job leaves in S3, where Ground Truth leaves it:
 *
 *   OUTPUT/JOB/manifests/output/output.manifest        the input's lines with their labels
 *   OUTPUT/JOB/annotations/worker-response/iteration-1/N/TIME.json
 *                                                      who answered what to item N
 *   OUTPUT/JOB/annotations/consolidated-annotation/consolidation-response/iteration-1/TIME.json
 *                                                      what was made of the answers
 *   OUTPUT/JOB/inference/predictions.jsonl, OUTPUT/JOB/training/xgboost-model
 *                                                      of automatic labelling, the last round
 */
#include "cloud/labeling.h"

#include "cloud/internal.h"
#include "cloud/objects.h"
#include "cloud/sagemaker.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 200 };

/* "2026-11-25T09:30:00.123000", as Ground Truth writes times. */
static void put_time(struct json_out *w, const char *key, int64_t ms)
{
    struct str text = STR_INIT;

    clock_put_iso(&text, ms, true);
    str_cut(&text, text.len - 1);
    str_puts(&text, "000");
    json_put_z(w, key, text.ptr);
    str_done(&text);
}

static int64_t label_number(const struct labeling_job *j, const char *label)
{
    for (size_t i = 0; i < j->label_count; i++)
        if (!strcmp(j->labels[i], label))
            return (int64_t)i;
    return -1;
}

void labeling_put_label(struct json_out *w, const struct labeling_job *j,
                        const struct labeling_item *item, int64_t at)
{
    struct str metadata = STR_INIT, job = STR_INIT;

    str_printf(&metadata, "%s-metadata", j->attribute);
    str_printf(&job, "labeling-job/%s", j->thing.name);
    json_put_int(w, j->attribute, label_number(j, item->label));
    json_open(w, metadata.ptr, '{');
    json_put_number(w, "confidence", floor(item->confidence * 100) / 100);
    json_put_z(w, "job-name", job.ptr);
    json_put_z(w, "class-name", item->label);
    json_put_z(w, "human-annotated", !strcmp(item->method, "human") ? "yes" : "no");
    put_time(w, "creation-date", at);
    json_put_z(w, "type", j->type);
    json_close(w);
    str_done(&metadata);
    str_done(&job);
}

/* ---- one pass over the items, writing all texts at once ----------------------------------- */

struct output {
    struct work *work;
    const struct labeling_job *job;
    struct objects s3;
    struct str manifest, consolidated, predictions;
    struct json_out list; /* of consolidated */
    const char *time;     /* of the file names */
};

static void put_line(struct output *o, const struct labeling_item *item, int64_t at)
{
    const struct labeling_job *j = o->job;
    struct str metadata = STR_INIT;
    struct json *line = NULL;
    struct json_out w;

    str_printf(&metadata, "%s-metadata", j->attribute);
    if (!*item->label || json_parse(&line, slice_of(item->line), "item", NULL)) {
        str_puts(&o->manifest, item->line);
    } else {
        json_begin(&w, &o->manifest, false);
        json_open(&w, NULL, '{');
        for (const struct json *m = json_first(line); m; m = json_next(m))
            if (strcmp(json_key(m), j->attribute) && strcmp(json_key(m), metadata.ptr))
                json_put_tree(&w, json_key(m), m);
        labeling_put_label(&w, j, item, at);
        json_close(&w);
    }
    str_putc(&o->manifest, '\n');
    json_free(line);
    str_done(&metadata);
}

static void put_consolidated(struct output *o, const struct labeling_item *item, int64_t at)
{
    struct str n = STR_INIT;

    str_printf(&n, "%lld", (long long)item->n);
    json_open(&o->list, NULL, '{');
    json_put_z(&o->list, "datasetObjectId", n.ptr);
    json_open(&o->list, "consolidatedAnnotation", '{');
    json_open(&o->list, "content", '{');
    labeling_put_label(&o->list, o->job, item, at);
    json_close(&o->list);
    json_close(&o->list);
    json_close(&o->list);
    str_done(&n);
}

static void put_prediction(struct output *o, const struct labeling_item *item)
{
    struct json_out w;

    json_begin(&w, &o->predictions, false);
    json_open(&w, NULL, '{');
    json_put_int(&w, "id", item->n);
    json_put_z(&w, "label", item->guess);
    json_put_number(&w, "confidence", item->guess_confidence);
    json_close(&w);
    str_putc(&o->predictions, '\n');
}

static void gather(struct output *o)
{
    struct cloud *cloud = o->work->cloud;
    int64_t from = -1;
    size_t n;

    do {
        struct stmt *s;

        n = 0;
        cloud_lock(cloud);
        s = sql(cloud, "select n, line, label, method, confidence, guess, guess_confidence, at"
                       " from labeling_items where region = ?1 and job = ?2 and n > ?3 order by n"
                       " limit ?4");
        stmt_text(s, 1, o->work->region);
        stmt_text(s, 2, o->work->name);
        stmt_int(s, 3, from);
        stmt_int(s, 4, AT_ONCE);
        for (; sql_row(cloud, s); n++) {
            struct labeling_item item = {
                .n = from = stmt_get_int(s, 0),
                .line = stmt_get_text(s, 1),
                .label = stmt_get_text(s, 2),
                .method = stmt_get_text(s, 3),
                .confidence = stmt_get_double(s, 4),
                .guess = stmt_get_text(s, 5),
                .guess_confidence = stmt_get_double(s, 6),
            };

            put_line(o, &item, stmt_get_int(s, 7));
            if (!strcmp(item.method, "human"))
                put_consolidated(o, &item, stmt_get_int(s, 7));
            if (*item.guess)
                put_prediction(o, &item);
        }
        stmt_reset(s);
        cloud_unlock(cloud);
    } while (n == AT_ONCE);
}

/* ---- into S3 --------------------------------------------------------------------------------- */

static enum lk_status put(struct output *o, const char *rest, struct slice text,
                          struct lk_error *err)
{
    struct arena a = {0};
    const char *bucket, *key;
    enum lk_status st;

    if (objects_url(&a, labeling_output(&a, o->job, rest), &bucket, &key))
        st = objects_put_bytes(&o->s3, bucket, key, text, err);
    else
        st = error_set(err, LK_EINPUT, "'%s' is no s3:// address", o->job->output);
    arena_done(&a);
    return st;
}

/* One file an item; the rows of one item stand together. */
static bool next_response(struct output *o, struct str *text, int64_t *n)
{
    struct cloud *cloud = o->work->cloud;
    struct json_out w;
    int64_t item = -1;
    struct stmt *s;

    cloud_lock(cloud);
    s = sql(cloud, "select n, worker, label, seconds, at from labeling_answers where region = ?1"
                   " and job = ?2 and n > ?3 order by n, worker");
    stmt_text(s, 1, o->work->region);
    stmt_text(s, 2, o->work->name);
    stmt_int(s, 3, *n);
    str_clear(text);
    json_begin(&w, text, false);
    json_open(&w, NULL, '{');
    json_open(&w, "answers", '[');
    while (sql_row(cloud, s) && (item < 0 || item == stmt_get_int(s, 0))) {
        item = stmt_get_int(s, 0);
        json_open(&w, NULL, '{');
        json_open(&w, "answerContent", '{');
        json_open(&w, "crowd-classifier", '{');
        json_put_z(&w, "label", stmt_get_text(s, 2));
        json_close(&w);
        json_close(&w);
        put_time(&w, "submissionTime", stmt_get_int(s, 4));
        json_put_number(&w, "timeSpentInSeconds", stmt_get_double(s, 3));
        json_put_z(&w, "workerId", stmt_get_text(s, 1));
        json_close(&w);
    }
    stmt_reset(s);
    cloud_unlock(cloud);
    json_close(&w);
    json_close(&w);
    *n = item;
    return item >= 0;
}

static enum lk_status put_responses(struct output *o, struct lk_error *err)
{
    struct str text = STR_INIT, key = STR_INIT;
    enum lk_status st = LK_OK;

    for (int64_t n = -1; !st && next_response(o, &text, &n);) {
        str_clear(&key);
        str_printf(&key, "annotations/worker-response/iteration-1/%lld/%s.json", (long long)n,
                   o->time);
        st = put(o, key.ptr, slice_str(&text), err);
    }
    str_done(&text);
    str_done(&key);
    return st;
}

static enum lk_status put_model(struct output *o, struct lk_error *err)
{
    char *path = path_join(o->work->folder, "xgboost-model");
    struct str model = STR_INIT;
    enum lk_status st = put(o, "inference/predictions.jsonl", slice_str(&o->predictions), err);

    if (!st && file_stat(path).size > 0)
        (void)((st = file_read(&model, path, 64 << 20, err)) ||
               (st = put(o, "training/xgboost-model", slice_str(&model), err)));
    str_done(&model);
    free(path);
    return st;
}

static enum lk_status put_all(struct output *o, struct lk_error *err)
{
    struct str key = STR_INIT;
    enum lk_status st;

    str_printf(&key,
               "annotations/consolidated-annotation/consolidation-response/iteration-1/%s.json",
               o->time);
    (void)((st = put(o, key.ptr, slice_str(&o->consolidated), err)) ||
           (st = put_responses(o, err)) || (o->predictions.len && (st = put_model(o, err))) ||
           (st = put(o, "manifests/output/output.manifest", slice_str(&o->manifest), err)));
    str_done(&key);
    return st;
}

enum lk_status labeling_write(struct work *w, const struct labeling_job *j, struct lk_error *err)
{
    struct output o = {.work = w,
                       .job = j,
                       .s3 = {.cloud = w->cloud, .region = w->region},
                       .manifest = STR_INIT,
                       .consolidated = STR_INIT,
                       .predictions = STR_INIT};
    struct str time = STR_INIT;
    enum lk_status st;
    bool may;

    cloud_lock(w->cloud);
    may =
        access_assume(w->cloud, &w->memory, &o.s3.who, j->role, SAGEMAKER_PRINCIPAL, "GroundTruth");
    cloud_unlock(w->cloud);
    if (!may)
        return error_set(err, LK_ESERVICE, "SageMaker may not assume the role %s any more",
                         j->role);
    clock_put_iso(&time, cloud_now(w->cloud), false);
    o.time = time.ptr;
    json_begin(&o.list, &o.consolidated, false);
    json_open(&o.list, NULL, '[');
    gather(&o);
    json_close(&o.list);
    st = put_all(&o, err);
    str_done(&time);
    str_done(&o.manifest);
    str_done(&o.consolidated);
    str_done(&o.predictions);
    return st;
}
