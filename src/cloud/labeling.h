/*
 * Labelling jobs (Ground Truth). People answer one item after another; with
 * automatic labelling a model learns from their answers and labels what it is
 * sure of.
 *
 * A job is a thing of kind "labeling-job", a row of labeling_jobs and its rows
 * of labeling_items and labeling_answers. A light work of kind "labeling" sees
 * it through:
 *
 *     Initializing  the manifest and the categories are read from S3
 *     InProgress    people answer; after each batch of answers a model is
 *                   trained, guesses the rest and labels what reaches the
 *                   threshold
 *     Completed     every item has a label: the output manifest is in S3
 *     (Stopping, Stopped: the same, with what there is; Failed: with a reason)
 *
 * AWS's workers answer on a page of their own that has no public interface.
 * Here these operations of the service SageMaker stand in for it, for the page
 * and for tests; they are JSON 1.1 as the others, signed and asked of IAM
 * ("sagemaker:PracticeNextTasks", ...):
 *
 *   PracticeNextTasks {LabelingJobName!, Worker, MaxResults (10)}
 *     -> {LabelingJobStatus, TaskTitle, TaskDescription, Labels: [text], AutoLabels, Threshold,
 *         LabelCounters, Tasks: [{TaskId (number), Item (the manifest's line, JSON as text),
 *         Text (of the object, where it is text), Guess, Confidence}]}
 *     Tasks this worker has not answered; those that the model is least sure of come first.
 *   PracticeSubmitAnswer {LabelingJobName!, TaskId!, Label!, Worker, SecondsSpent}
 *     -> {LabelCounters};  ResourceInUse when the item has its label already
 *   PracticeListLabels {LabelingJobName!, MaxResults (100, up to 1000), NextToken}
 *     -> {Labels: [{TaskId, Item, Label, Confidence, Method "human"|"machine"|"",
 *         Guess, GuessConfidence}], NextToken}
 *     A guess was made before anybody labelled the item: held against Label it tells how right
 *     the model is at each threshold.
 *   PracticeSetThreshold {LabelingJobName!, Threshold!}  -> {}   holds from the next round on
 *
 * Worker is any name; without it, the caller's. AWS chooses its threshold
 * itself; here it is the job's tag "threshold" (0.9 without one).
 */
#ifndef CLOUD_LABELING_H
#define CLOUD_LABELING_H

#include "cloud/service.h"
#include "cloud/thing.h"
#include "cloud/work.h"

#define LABELING_KIND      "labeling-job"
#define LABELING_TEAM_KIND "workteam/private-crowd"

enum {
    LABELING_ITEMS_MAX = 20000,
    LABELING_LABELS_MAX = 50,
    LABELING_TEXT_MAX = 4096, /* bytes of an item's text that are looked at */
};
#define LABELING_THRESHOLD 0.9

/* One item, its texts in an arena. */
struct labeling_item {
    int64_t n;
    const char *line, *text;
    const char *label, *method; /* "" while it has none */
    double confidence;
    const char *guess; /* "" while there is none */
    double guess_confidence;
};

struct labeling_counters {
    int64_t total, human, machine;
};
/* Under the lock. */
struct labeling_counters labeling_count(struct cloud *cloud, const char *region, const char *job);

/* A job as its request and its row have it; texts in an arena. */
struct labeling_job {
    struct thing thing;
    const char *attribute, *role, *manifest, *output, *categories;
    const char *type; /* "groundtruth/text-classification" */
    bool automatic;
    int64_t workers;                /* answers that make a label */
    int64_t max_human, max_percent; /* stopping conditions; 0: none */
    const char *labels[LABELING_LABELS_MAX];
    size_t label_count;
    double threshold;
    int64_t rounds, learned; /* of training; human labels at the last */
    const char *reference, *failure;
};
bool labeling_load(struct labeling_job *out, struct cloud *cloud, struct arena *a,
                   const char *region, const char *name);
/* The job that the call names, or the call fails. */
bool labeling_need(struct call *c, struct labeling_job *j);
/* "LabelCounters": {...} */
void labeling_put_counters(struct call *c, const char *job);
/* On AWS somebody makes the first team in the console; here one is always there. */
void labeling_seed_team(struct call *c);
/* The manifest's own label of the item: "ATTRIBUTE" and "ATTRIBUTE-metadata". */
void labeling_put_label(struct json_out *w, const struct labeling_job *j,
                        const struct labeling_item *item, int64_t at);
/* Everything that a job leaves in S3, as its role. Without the lock. */
enum lk_status labeling_write(struct work *w, const struct labeling_job *j, struct lk_error *err);
/* "s3://output/JOB/" and the rest, in the arena. */
const char *labeling_output(struct arena *a, const struct labeling_job *j, const char *rest);

/* ---- the model (labeling_model.c) ---- */

/*
 * Learn from the items with a human label and guess the others: fills guess
 * and guess_confidence of those. Bags of words, numbers within the text and
 * the line's own numbers are what it sees. LK_EINPUT when there is nothing to
 * learn from: fewer than two labels, or items without words and numbers. The
 * model is written to `path`.
 */
enum lk_status labeling_learn(struct labeling_item *items, size_t n, const char *const *labels,
                              size_t label_count, struct arena *a, const char *path,
                              struct lk_error *err);

extern const struct work_kind work_labeling;

#endif
