/*
 * What the containers of a training job write: line by line into a stream of
 * CloudWatch Logs, and searched for metrics on the way. Lines wait for each
 * other a moment, so that many go in one transaction.
 */
#ifndef CLOUD_TRAINING_LOG_H
#define CLOUD_TRAINING_LOG_H

#include "cloud/logs.h"
#include "cloud/training.h"

enum { TRAINING_LINES = 200, TRAINING_METRICS = 64 };

/* Lines of one instance on their way to its stream, and the metrics found in them. */
struct training_log {
    struct training_run *run;
    const char *stream;
    bool logged; /* the role may write logs */
    const struct metrics *metrics;
    struct str text;
    struct logs_line line[TRAINING_LINES];
    size_t start[TRAINING_LINES], n; /* where in text each begins */
    int64_t since;                   /* steady, of the oldest */
    int64_t rounds;                  /* lines that told of one */
    struct training_value {
        const char *name; /* of metrics, or in the work's arena */
        double value;
        int64_t at_ms;
    } metric[TRAINING_METRICS];
    size_t metric_count;
    const char *objective; /* a tuning job judges by it; NULL: none does */
    double series[TRAINING_LINES];
    size_t series_count;
};

/*
 * The stream of an instance, made if the job's role may; its metrics are
 * searched for by m.
 */
void training_log_open(struct training_log *o, struct training_run *r, size_t instance,
                       int64_t epoch, const struct metrics *m);
/* As work_process wants it; ctx is the log. */
void training_log_line(void *ctx, struct slice text);
/* Let go what has waited long enough. */
void training_log_look(struct training_log *o);
/* The rest; its memory. */
void training_log_close(struct training_log *o);

#endif
