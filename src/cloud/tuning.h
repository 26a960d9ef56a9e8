/*
 * Hyperparameter tuning jobs. A job is a thing of kind TUNING_KIND and its
 * rows of tuning_trials; a light work of kind "tuning" sees it through
 * (tuning_run.c): it asks gbt/tune.h what to try next, has SageMaker make that
 * training job, and tells the search what came of it. After a restart the
 * search is told all its trials again and goes on as it would have.
 */
#ifndef CLOUD_TUNING_H
#define CLOUD_TUNING_H

#include "cloud/sagemaker.h"
#include "cloud/thing.h"
#include "cloud/work.h"
#include "gbt/tune.h"

#define TUNING_KIND "hyper-parameter-tuning-job"
#define TUNING_WORK "tuning"

enum { TUNING_JOBS_MAX = 750, TUNING_PARALLEL_MAX = 10, TUNING_GIVE_UP = 5, TUNING_AT_ONCE = 100 };

extern const struct work_kind tuning_kind;

/* In the words of a quota's refusal: it is not others that hold the instances. */
#define TUNING_NEVER "current utilization of 0 "

/* What a CreateHyperParameterTuningJob request says; borrowed from its JSON. */
struct tuning {
    const struct json *config, *definition;
    const char *metric; /* "validation:auc" */
    bool more;          /* more is better */
    bool early;         /* hopeless trials are stopped */
    int64_t jobs, parallel;
    bool has_target;
    double target;
    enum tune_strategy strategy;
    /* Hyperband: random trials, and after min, 3 min, 9 min.. rounds only the best third goes on.
     */
    bool halving;
    int64_t least, most;     /* rounds */
    struct tune_space space; /* tuning_done frees it */
};

/* LK_EUSE says what is wrong with the ranges or the strategy. */
enum lk_status tuning_read(struct tuning *out, const struct json *request, struct lk_error *err);
void tuning_done(struct tuning *t);
/*
 * The request of one training job of it: the definition, with the tuned
 * values (an object of texts; NULL for none) among its hyperparameters.
 */
void tuning_put_training(struct str *out, const struct tuning *t, const char *name,
                         const struct json *tuned);

/* thing.detail: {"reason", "ended"}; either may be absent. Takes the status. */
void tuning_set(struct cloud *cloud, struct thing *t, const char *status, const char *reason,
                int64_t ended);

#endif
