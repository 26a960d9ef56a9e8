/* Lines and metrics of training jobs. */
#include "cloud/training_log.h"

#include "base/clock.h"

#include <string.h>

enum {
    METRIC_LINE_MAX = 4096, /* bytes of a line that are searched */
    BATCH_MS = 200,
};

void training_log_open(struct training_log *o, struct training_run *r, size_t instance,
                       int64_t epoch, const struct metrics *m)
{
    struct arena *a = &r->work->memory;

    *o = (struct training_log){.run = r, .metrics = m, .text = STR_INIT};
    if (!instance)
        o->objective =
            training_text(r->job.request, "HyperParameters", "_tuning_objective_metric", NULL);
    o->stream = arena_printf(a, "%s/algo-%zu-%lld", r->job.name, instance + 1, (long long)epoch);
    if (work_begin(r->work)) {
        o->logged =
            logs_open(r->work->cloud, a, &r->s3.who, r->job.region, TRAINING_GROUP, o->stream);
        work_commit(r->work);
    }
}

/* The last value counts. */
static void take_metric(void *ctx, const char *name, double value)
{
    struct training_log *o = ctx;
    size_t i = 0;

    if (o->objective && !strcmp(name, o->objective) && o->series_count < TRAINING_LINES)
        o->series[o->series_count++] = value;
    while (i < o->metric_count && strcmp(o->metric[i].name, name))
        i++;
    if (i == TRAINING_METRICS)
        return;
    if (i == o->metric_count) {
        o->metric[i].name = arena_strdup(&o->run->work->memory, name);
        o->metric_count++;
    }
    o->metric[i].value = value;
    o->metric[i].at_ms = o->line[o->n - 1].at_ms;
}

/* To the stream; the metrics, all of them, each time: few, and most have changed. */
static void flush(struct training_log *o)
{
    struct work *w = o->run->work;

    for (size_t i = 0; i < o->n; i++)
        o->line[i].text.ptr = o->text.ptr + o->start[i];
    if (o->n && work_begin(w)) {
        if (o->logged)
            logs_put(w->cloud, w->region, TRAINING_GROUP, o->stream, o->line, o->n);
        for (size_t i = 0; i < o->metric_count; i++)
            training_metric(w->cloud, w->region, w->name, o->metric[i].name, o->metric[i].value,
                            o->metric[i].at_ms);
        for (size_t i = 0; i < o->series_count; i++)
            training_round(w->cloud, w->region, w->name, o->series[i]);
        work_commit(w);
    }
    o->n = o->series_count = 0;
    str_clear(&o->text);
}

void training_log_look(struct training_log *o)
{
    if (o->n && clock_steady_ns() - o->since > (int64_t)BATCH_MS * 1000000)
        flush(o);
}

/* A tab arrives in CloudWatch as "#011". */
void training_log_line(void *ctx, struct slice text)
{
    struct training_log *o = ctx;
    size_t start = o->text.len;

    if (!o->n)
        o->since = clock_steady_ns();
    o->rounds += text.len > 1 && text.ptr[0] == '[' && text.ptr[1] >= '0' && text.ptr[1] <= '9';
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\t')
            str_puts(&o->text, "#011");
        else
            str_putc(&o->text, text.ptr[i]);
    o->start[o->n] = start;
    o->line[o->n].at_ms = clock_unix_ms();
    o->line[o->n++].text.len = o->text.len - start;
    metrics_look(o->metrics, slice_first(slice_from(slice_str(&o->text), start), METRIC_LINE_MAX),
                 take_metric, o);
    if (o->n == TRAINING_LINES)
        flush(o);
    else
        training_log_look(o);
}

void training_log_close(struct training_log *o)
{
    flush(o);
    str_done(&o->text);
}
