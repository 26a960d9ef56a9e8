/*
 * The life of a training job, in the thread of its work.
 *
 *     Starting     machines are found and made ready
 *     Downloading  the channels, from S3 (training_input.c)
 *     Training     one process an instance, `labkit train` on its own root;
 *                  its lines go to CloudWatch Logs and are searched for metrics
 *     Uploading    what the processes left (training_output.c)
 *     Completed, Failed, Stopped
 *
 * A spot interruption takes a job from Training back to Starting, with what
 * the checkpoints hold. A run that finds its job half done, because the cloud
 * was killed, begins again in the same way; one that is met for the fifth time
 * ends it: then it is the job that kills the cloud.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/image.h"
#include "cloud/training_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS_MAX = 5,
    LAUNCH_MS = 45000, /* how long things take on AWS, about */
    PREPARE_MS = 30000,
    IMAGE_MS = 20000,
    UPLOAD_MS = 10000,
    RECLAIM_MS = 120000, /* until there is spot capacity again */
    GRACE_MS = 120000,
    GRACE_FAST_MS = 20000,
    KEEP_MS = 1000, /* between looks for new checkpoints */
};

/* How a phase ended. */
enum phase { PHASE_DONE, PHASE_FAILED, PHASE_STOPPED, PHASE_LEFT, PHASE_TOO_LONG, PHASE_RECLAIMED };

void training_fail(struct training_run *r, const char *fmt, ...)
{
    va_list args;

    if (r->reason[0])
        return;
    va_start(args, fmt);
    vsnprintf(r->reason, sizeof r->reason, fmt, args);
    va_end(args);
}

static void step(struct training_run *r, const char *detail, const char *message)
{
    struct work *w = r->work;

    if (!work_begin(w))
        return;
    if (work_wish(w) != WORK_STOP) /* its status is Stopping then */
        training_step(w->cloud, w->region, w->name, "InProgress", detail, message);
    work_commit(w);
}

static void end(struct training_run *r, const char *status, const char *detail, const char *message)
{
    struct work *w = r->work;

    if (!work_begin(w))
        return;
    training_end(w->cloud, w->region, w->name, status, detail, message,
                 r->reason[0] ? r->reason : NULL);
    work_commit(w);
}

static enum phase wished(const struct training_run *r)
{
    enum work_wish wish = work_wish(r->work);

    return wish == WORK_GO ? PHASE_DONE : wish == WORK_STOP ? PHASE_STOPPED : PHASE_LEFT;
}

/* Let pass what this takes on AWS. */
static enum phase pass(struct training_run *r, int64_t real_ms)
{
    work_sleep(r->work, cloud_duration(r->work->cloud, real_ms));
    return wished(r);
}

/* ---- the processes ------------------------------------------------------------------------------
 */

struct processes {
    struct training_run *run;
    struct work_process process[TRAINING_INSTANCES_MAX];
    struct training_log *log; /* one an instance */
    struct metrics *metrics;
    const char *env[64];
    int64_t kept; /* steady: when checkpoints went to S3 last */
};

/* Names that a container's program looks at; nothing else of Environment could reach it. */
static bool is_for_container(const char *name)
{
    return !strncmp(name, "SAGEMAKER_", 10) || !strncmp(name, "SM_", 3);
}

static void make_env(struct processes *p)
{
    struct training_run *r = p->run;
    struct arena *a = &r->work->memory;
    size_t n = 0;

    p->env[n++] = arena_printf(a, "TRAINING_JOB_NAME=%s", r->job.name);
    p->env[n++] = arena_printf(a, "TRAINING_JOB_ARN=%s", r->job.arn);
    p->env[n++] = arena_printf(a, "AWS_REGION=%s", r->job.region);
    p->env[n++] = arena_printf(a, "LABKIT_IMAGE_VERSION=%s", r->version);
    p->env[n++] = "LABKIT_RENDEZVOUS=unix:meet"; /* in the work's folder, where they start */
    for (const struct json *e = json_first(json_get(r->job.request, "Environment")); e && n < 60;
         e = json_next(e))
        if (is_for_container(json_key(e)))
            p->env[n++] = arena_printf(a, "%s=%s", json_key(e), json_string(e, ""));
    p->env[n] = NULL;
}

static void make_process(struct processes *p, size_t i, int64_t epoch)
{
    struct training_run *r = p->run;
    const char **argv = arena_alloc(&r->work->memory, 4 * sizeof *argv);

    argv[0] = "train";
    argv[1] = "--root";
    argv[2] = training_root(r, i);
    training_log_open(&p->log[i], r, i, epoch, p->metrics);
    p->process[i] = (struct work_process){
        .argv = argv, .env = p->env, .line = training_log_line, .ctx = &p->log[i]};
}

/* Asked ten times a second: let waiting lines go; does AWS want its spare machines back? */
static bool look_around(void *ctx)
{
    struct processes *p = ctx;
    struct training_run *r = p->run;
    bool reclaimed = false;

    for (size_t i = 0; i < r->instances; i++)
        training_log_look(&p->log[i]);
    if (clock_steady_ns() - p->kept > (int64_t)KEEP_MS * 1000000) {
        training_keep_checkpoints(r); /* a refusal is in r->reason, and ends the job at its end */
        p->kept = clock_steady_ns();
    }
    if (training_spot(r->job.request)) {
        cloud_lock(r->work->cloud);
        reclaimed = fault_take_at(r->work->cloud, "spot", r->job.name, p->log[0].rounds);
        cloud_unlock(r->work->cloud);
    }
    return reclaimed;
}

/* The one that failed by itself explains more than those that were ended for it. */
static enum phase read_codes(struct training_run *r, const struct processes *p)
{
    size_t worst = r->instances;

    for (size_t i = 0; i < r->instances; i++)
        if (p->process[i].code &&
            (worst == r->instances || (p->process[worst].code >= 128 && p->process[i].code < 128)))
            worst = i;
    if (worst == r->instances)
        return PHASE_DONE;
    training_explain(r, worst, p->process[worst].code);
    return PHASE_FAILED;
}

/* Until MaxRuntime, or for spot instances MaxWaitTime, is over. */
static int64_t time_left(struct training_run *r)
{
    int64_t now = cloud_now(r->work->cloud);
    int64_t run =
        training_number(r->job.request, "StoppingCondition", "MaxRuntimeInSeconds", TRAINING_DAY);
    int64_t wait = training_number(r->job.request, "StoppingCondition", "MaxWaitTimeInSeconds", 0);
    int64_t left = r->begun + run * 1000 - now;
    int64_t wait_left = r->asked + wait * 1000 - now;

    r->waited = training_spot(r->job.request) && wait_left < left;
    left = r->waited ? wait_left : left;
    return left > 0 ? left : 1;
}

static enum phase run_processes(struct training_run *r, struct processes *p)
{
    struct work_terms terms = {
        .limit_ms = time_left(r),
        .grace_ms = cloud_real_pace(r->work->cloud) ? GRACE_MS : GRACE_FAST_MS,
        .interrupt = look_around,
        .ctx = p,
    };
    struct lk_error err = {0};

    switch (work_run(r->work, p->process, r->instances, &terms, &err)) {
    case WORK_EXITED:
        return read_codes(r, p);
    case WORK_STOPPED:
        return wished(r);
    case WORK_TIMED_OUT:
        return PHASE_TOO_LONG;
    case WORK_INTERRUPTED:
        return PHASE_RECLAIMED;
    default:
        training_fail(r, "InternalServerError: %s", err.text);
        return PHASE_FAILED;
    }
}

static enum phase train(struct training_run *r)
{
    const struct json *definitions =
        json_get(json_get(r->job.request, "AlgorithmSpecification"), "MetricDefinitions");
    struct processes *p = arena_alloc(&r->work->memory, sizeof *p);
    int64_t epoch = cloud_now(r->work->cloud) / 1000;
    enum phase phase;

    p->run = r;
    p->log = arena_alloc(&r->work->memory, r->instances * sizeof *p->log);
    p->metrics = metrics_new(definitions, !json_count(definitions));
    make_env(p);
    for (size_t i = 0; i < r->instances; i++)
        make_process(p, i, epoch);
    phase = run_processes(r, p);
    for (size_t i = 0; i < r->instances; i++)
        training_log_close(&p->log[i]);
    metrics_free(p->metrics);
    return phase;
}

/* ---- phases -------------------------------------------------------------------------- */

static enum phase launch(struct training_run *r)
{
    enum phase phase;

    step(r, "Starting", "Launching requested ML instances");
    phase = pass(r, LAUNCH_MS);
    if (phase)
        return phase;
    step(r, "Starting", "Preparing the instances for training");
    return pass(r, PREPARE_MS);
}

static enum phase download(struct training_run *r)
{
    if (!r->begun && work_begin(r->work)) {
        training_begin(r->work->cloud, r->job.region, r->job.name);
        work_commit(r->work);
    }
    if (!r->begun)
        r->begun = cloud_now(r->work->cloud);
    step(r, "Downloading", "Downloading input data");
    if (!training_input(r) || !training_fetch_checkpoints(r))
        return PHASE_FAILED;
    return wished(r);
}

static enum phase work_through(struct training_run *r)
{
    enum phase phase = launch(r);

    if (!phase)
        phase = download(r);
    if (!phase) {
        step(r, "Training", "Downloading the training image");
        phase = pass(r, IMAGE_MS);
    }
    if (!phase) {
        step(r, "Training", "Training image download completed. Training in progress.");
        phase = train(r);
    }
    if (phase != PHASE_FAILED && !training_keep_checkpoints(r))
        phase = PHASE_FAILED;
    return phase;
}

/* Spare capacity went away: wait for some; MaxWaitTime runs on. */
static enum phase reclaimed(struct training_run *r)
{
    int64_t wait = training_number(r->job.request, "StoppingCondition", "MaxWaitTimeInSeconds", 0);
    int64_t left = r->asked + wait * 1000 - cloud_now(r->work->cloud);
    int64_t pause = cloud_duration(r->work->cloud, RECLAIM_MS);

    step(r, "Interrupted", "Training job interrupted: the spot instances were reclaimed");
    work_sleep(r->work, left < pause ? left : pause);
    if (wished(r))
        return wished(r);
    r->waited = true;
    return left <= pause ? PHASE_TOO_LONG : PHASE_DONE;
}

/* ---- ends ---------------------------------------------------------------------------- */

static void complete(struct training_run *r)
{
    step(r, "Uploading", "Uploading generated training model");
    pass(r, UPLOAD_MS);
    if (!training_output(r, NULL))
        end(r, "Failed", "Failed", "Training job failed");
    else if (work_wish(r->work) == WORK_STOP)
        end(r, "Stopped", "Stopped", "Training job stopped");
    else
        end(r, "Completed", "Completed", "Training job completed");
}

/* Stopped, by the user or by a limit: what there is of a model is kept. */
static void stop(struct training_run *r, const char *detail, const char *message)
{
    bool any;

    if (training_output(r, &any))
        end(r, "Stopped", detail, message);
    else
        end(r, "Failed", "Failed", "Training job failed");
}

static void finish(struct training_run *r, enum phase phase)
{
    switch (phase) {
    case PHASE_DONE:
        complete(r);
        break;
    case PHASE_STOPPED:
        stop(r, "Stopped", "Training job stopped");
        break;
    case PHASE_TOO_LONG:
        if (r->waited)
            stop(r, "MaxWaitTimeExceeded", "Training job waited longer than MaxWaitTimeInSeconds");
        else
            stop(r, "MaxRuntimeExceeded", "Training job ran longer than MaxRuntimeInSeconds");
        break;
    case PHASE_LEFT: /* goes on at the next start */
        break;
    default:
        end(r, "Failed", "Failed", "Training job failed");
        break;
    }
}

static bool prepare(struct training_run *r)
{
    struct work *w = r->work;
    bool good;

    if (!work_begin(w))
        return false;
    good = training_load(&r->job, w->cloud, &w->memory, w->region, w->name) && !r->job.ended;
    r->s3 = (struct objects){.cloud = w->cloud, .region = w->region};
    if (good && !access_assume(w->cloud, &w->memory, &r->s3.who,
                               json_string(json_get(r->job.request, "RoleArn"), ""),
                               SAGEMAKER_PRINCIPAL, "SageMaker"))
        training_fail(r,
                      "ClientError: Could not assume the role %s: it is gone, or its trust "
                      "policy no longer names " SAGEMAKER_PRINCIPAL,
                      json_string(json_get(r->job.request, "RoleArn"), ""));
    work_commit(w);
    r->asked = w->attempt == 1 ? r->job.created : cloud_now(w->cloud);
    if (good) {
        r->instances = (size_t)training_instances(r->job.request);
        r->version = image_known_version(
            training_text(r->job.request, "AlgorithmSpecification", "TrainingImage", ""));
    }
    return good;
}

static void run(struct work *w)
{
    struct training_run r = {.work = w};
    enum phase phase = PHASE_DONE;

    if (!prepare(&r)) {
        json_free(r.job.request);
        return;
    }
    if (w->attempt > ATTEMPTS_MAX)
        training_fail(&r,
                      "InternalServerError: We encountered an internal error. Please try "
                      "again. (The practice cloud ended %d times while this job ran.)",
                      ATTEMPTS_MAX);
    else if (w->attempt > 1)
        step(&r, "Restarting", "Restarting the training job");
    if (r.reason[0])
        phase = PHASE_FAILED;
    while (!phase && (phase = work_through(&r)) == PHASE_RECLAIMED)
        phase = reclaimed(&r);
    finish(&r, phase);
    json_free(r.job.request);
}

const struct work_kind training_kind = {.name = TRAINING_WORK, .run = run};
