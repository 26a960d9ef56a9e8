/*
 * An endpoint's life as work: containers are started, watched, started again
 * when they die, exchanged by an update, and ended by the deletion.
 *
 * A fleet is what serves one state of the configuration: for each instance of
 * each variant a container. An update starts a second fleet beside the first
 * and only then lets requests go there, as AWS's does; when it cannot be
 * started the first one stays.
 *
 * The cloud may be killed at any moment; at its next start the work runs again
 * and finds in the endpoint's status what was going on.
 */
#include "cloud/endpoint.h"

#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"
#include "cloud/quota.h"
#include "cloud/served.h"

#include <stdlib.h>
#include <string.h>

enum {
    CREATE_REAL_MS = 4 * 60 * 1000,
    UPDATE_REAL_MS = 4 * 60 * 1000,
    READY_MS = 4 * 60 * 1000,
    LOOK_MS = 100, /* between looks at the containers and at what is wanted */
    AGAIN_MS = 1000,
};

struct instance {
    struct served served;
    struct served_log log;
    const struct json *variant;
    char *folder;
};

struct fleet {
    struct json *variants; /* a copy of its own */
    struct instance *instance;
    size_t n;
};

struct endpoint {
    struct work *w;
    const char *arn;
    struct fleet *fleet; /* that serves; NULL: none yet */
    struct endpoint_live live;
    size_t started; /* containers, ever: for folders' names */
};

/* ---- a container ---------------------------------------------------------------------- */

static const char *variant_name(const struct json *variant)
{
    return json_string(json_get(variant, "VariantName"), "");
}

static void random_instance(struct str *out)
{
    random_id(out, "", 17);
    for (char *p = out->ptr; *p; p++)
        *p = "0123456789abcdef"[(unsigned char)*p % 16];
}

/* Its model, its role, its log: under the lock. */
static enum lk_status find_model(struct endpoint *e, struct instance *i, struct served_model *m,
                                 struct objects *s3, struct lk_error *err)
{
    struct work *w = e->w;
    struct arena *a = &w->memory;
    struct str id = STR_INIT;
    enum lk_status st;

    if (!work_begin(w))
        return error_set(err, LK_EIO, "the practice cloud's database failed");
    st = served_model_find(m, w->cloud, w->region,
                           json_string(json_get(i->variant, "ModelName"), ""), err);
    if (!st &&
        !access_assume(w->cloud, a, &s3->who, m->role, "sagemaker.amazonaws.com", "SageMaker"))
        st = error_set(err, LK_EINPUT, "The role %s cannot be assumed by SageMaker.", m->role);
    if (!st) {
        random_instance(&id);
        served_log_open(&i->log, w, &s3->who,
                        arena_printf(a, "/aws/sagemaker/Endpoints/%s", w->name),
                        arena_printf(a, "%s/i-%s", variant_name(i->variant), id.ptr));
    }
    str_done(&id);
    work_commit(w);
    return st;
}

static enum lk_status start_instance(struct endpoint *e, struct instance *i, struct lk_error *err)
{
    struct objects s3 = {.cloud = e->w->cloud, .region = e->w->region};
    struct served_model m;
    char number[24];
    enum lk_status st = find_model(e, i, &m, &s3, err);

    if (!st) {
        snprintf(number, sizeof number, "%zu", e->started++);
        i->folder = path_join(e->w->folder, number);
        st = served_start(&i->served, e->w, &m, &s3, i->folder, NULL, &i->log, err);
    }
    served_model_done(&m);
    return st;
}

static void end_instance(struct instance *i)
{
    served_end(&i->served);
    served_log_done(&i->log);
    free(i->folder);
    i->folder = NULL;
}

/* ---- a fleet -------------------------------------------------------------------------- */

static void fleet_free(struct fleet *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n; i++)
        end_instance(&f->instance[i]);
    free(f->instance);
    json_free(f->variants);
    free(f);
}

static struct fleet *fleet_new(const struct json *variants)
{
    struct fleet *f = mem_calloc(1, sizeof *f);
    struct str text = STR_INIT;

    json_print(&text, variants, false);
    (void)!json_parse(&f->variants, slice_str(&text), "variants", NULL);
    str_done(&text);
    f->instance = mem_calloc(ENDPOINT_INSTANCES, sizeof *f->instance);
    for (const struct json *v = json_first(f->variants); v; v = json_next(v))
        for (size_t k = 0; k < endpoint_count(v) && f->n < ENDPOINT_INSTANCES; k++)
            f->instance[f->n++].variant = v;
    return f;
}

/* AWS's sentence for whatever kept a container from answering; the log has the rest. */
static enum lk_status unhealthy(struct instance *i, enum lk_status st, struct lk_error *err)
{
    if (st == LK_ECANCELLED)
        return st;
    served_log_printf(&i->log, "%s", err->text);
    if (st == LK_ESERVICE && !err->code[0])
        return error_set(err, st,
                         "The primary container for production variant %s did not pass the ping "
                         "health check. Please check CloudWatch logs for this endpoint.",
                         variant_name(i->variant));
    return st;
}

/* Start all, then wait for each; LK_ECANCELLED when a wish came. */
static enum lk_status fleet_start(struct endpoint *e, struct fleet *f, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < f->n && !st; i++)
        st = unhealthy(&f->instance[i], start_instance(e, &f->instance[i], err), err);
    for (size_t i = 0; i < f->n && !st; i++)
        if ((st = served_wait(&f->instance[i].served, READY_MS, err)))
            st = unhealthy(&f->instance[i], st, err);
    return st;
}

/* Let requests find this fleet: under the lock. */
static void fleet_publish(struct endpoint *e, struct fleet *f)
{
    struct endpoint_live *live = &e->live;

    live->region = e->w->region;
    live->name = e->w->name;
    live->n = f->n;
    for (size_t i = 0; i < f->n; i++) {
        const struct json *v = f->instance[i].variant;
        struct endpoint_place *p = &live->place[i];

        *p = (struct endpoint_place){
            .weight = endpoint_weight(v) / (double)endpoint_count(v),
            .port = f->instance[i].served.port,
        };
        snprintf(p->variant, sizeof p->variant, "%s", variant_name(v));
    }
    endpoint_live_put(e->w->cloud, live);
}

/* ---- its state --------------------------------------------------------------------------------
 */

/* Give the endpoint a status; change, if not NULL, changes the detail first. Under the lock. */
static void put_status(struct endpoint *e, struct thing *t, const char *status,
                       struct endpoint_detail *d)
{
    t->status = status;
    t->modified = 0;
    t->detail = endpoint_detail_print(&e->w->memory, d);
    thing_put(e->w->cloud, t);
}

/* Its texts go into the arena; the detail has memory of its own. */
static bool load(struct endpoint *e, struct arena *a, struct thing *t, struct endpoint_detail *d)
{
    struct work *w = e->w;

    return thing_get(t, w->cloud, a, w->region, ENDPOINT_KIND, w->name) &&
           endpoint_detail_read(d, t);
}

/* What was wanted is what serves. The update's instances become the endpoint's. */
static void settle(struct endpoint *e, struct thing *t, struct endpoint_detail *d)
{
    struct cloud *cloud = e->w->cloud;

    if (d->wanted) {
        d->variants = d->wanted;
        d->config = d->pending;
        quota_release(cloud, e->arn);
        quota_release(cloud, endpoint_update_holder(&e->w->memory, e->arn));
        endpoint_hold(cloud, e->w->region, d->variants, e->arn);
    }
    d->wanted = NULL;
    d->pending = NULL;
    put_status(e, t, "InService", d);
}

static void note_failure(struct endpoint *e, const char *reason)
{
    struct endpoint_detail d;
    struct thing t;

    if (!work_begin(e->w))
        return;
    if (load(e, &e->w->memory, &t, &d)) {
        d.reason = reason;
        d.wanted = NULL;
        d.pending = NULL;
        quota_release(e->w->cloud, endpoint_update_holder(&e->w->memory, e->arn));
        if (!e->fleet)
            quota_release(e->w->cloud, e->arn);
        put_status(e, &t, e->fleet ? "InService" : "Failed", &d);
        endpoint_detail_done(&d);
    }
    work_commit(e->w);
}

/* ---- bringing up ---------------------------------------------------------------------- */

/* Exchange what serves; the old fleet ends when no new request can find it. */
static bool take_over(struct endpoint *e, struct fleet *f)
{
    struct fleet *old = e->fleet;
    struct endpoint_detail d;
    struct thing t;

    if (!work_begin(e->w))
        return false;
    if (load(e, &e->w->memory, &t, &d)) {
        fleet_publish(e, f);
        if (work_wish(e->w) == WORK_GO)
            settle(e, &t, &d);
        endpoint_detail_done(&d);
    }
    work_commit(e->w);
    e->fleet = f;
    fleet_free(old);
    return true;
}

/* false when the endpoint has failed, or a wish came. */
static bool bring_up(struct endpoint *e, const struct json *variants)
{
    struct fleet *f = fleet_new(variants);
    struct lk_error err = {0};
    enum lk_status st = fleet_start(e, f, &err);

    if (!st && take_over(e, f))
        return true;
    fleet_free(f);
    if (st != LK_ECANCELLED)
        note_failure(e, st ? arena_strdup(&e->w->memory, err.text) : "InternalFailure");
    return false;
}

/* A copy of what shall serve now, if that is not what does; json_free it. */
static struct json *find_wanted(struct endpoint *e)
{
    struct json *copy = NULL;
    struct endpoint_detail d;
    struct arena a = {0}; /* it is looked for ten times a second, for weeks */
    struct str text = STR_INIT;
    struct thing t;

    cloud_lock(e->w->cloud);
    if (load(e, &a, &t, &d)) {
        if (d.wanted || !e->fleet)
            json_print(&text, d.wanted ? d.wanted : d.variants, false);
        endpoint_detail_done(&d);
    }
    cloud_unlock(e->w->cloud);
    arena_done(&a);
    if (text.len)
        (void)!json_parse(&copy, slice_str(&text), "variants", NULL);
    str_done(&text);
    return copy;
}

/* ---- watching ------------------------------------------------------------------------- */

/* A container that ended is started again, as often as it ends. */
static void revive(struct endpoint *e, struct instance *i)
{
    struct lk_error err = {0};

    served_log_printf(&i->log, "The container ended with exit code %d and is started again",
                      i->served.process.code);
    end_instance(i);
    if (start_instance(e, i, &err) || served_wait(&i->served, READY_MS, &err)) {
        served_log_printf(&i->log, "%s", err.text);
        served_end(&i->served);
        work_sleep(e->w, AGAIN_MS);
        return;
    }
    if (work_begin(e->w)) {
        fleet_publish(e, e->fleet);
        work_commit(e->w);
    }
}

static void look(struct endpoint *e)
{
    struct fleet *f = e->fleet;
    int wait_ms = LOOK_MS / (int)f->n;

    for (size_t i = 0; i < f->n && work_wish(e->w) == WORK_GO; i++) {
        struct instance *one = &f->instance[i];

        if (!one->served.w || !served_look(&one->served, wait_ms > 0 ? wait_ms : 1))
            revive(e, one);
        else
            served_log_flush(&one->log);
    }
}

/* Until somebody wishes otherwise. Updates that fail leave things as they are. */
static void keep_up(struct endpoint *e)
{
    while (work_wish(e->w) == WORK_GO) {
        struct json *wanted = find_wanted(e);

        if (wanted && work_sleep(e->w, cloud_duration(e->w->cloud, UPDATE_REAL_MS)))
            bring_up(e, wanted);
        json_free(wanted);
        look(e);
    }
}

/* ---- the whole ------------------------------------------------------------------------ */

/* Deleted: nothing of it stays but its log. */
static void remove_all(struct endpoint *e)
{
    struct work *w = e->w;

    if (!work_begin(w))
        return;
    thing_remove(w->cloud, w->region, ENDPOINT_KIND, w->name);
    tags_remove(w->cloud, e->arn, NULL);
    quota_release(w->cloud, e->arn);
    quota_release(w->cloud, endpoint_update_holder(&w->memory, e->arn));
    work_commit(w);
}

static void run(struct work *w)
{
    struct endpoint e = {.w = w};
    struct thing name = {.region = w->region, .kind = ENDPOINT_KIND, .name = w->name};
    struct json *wanted;

    e.arn = thing_arn(w->cloud, &w->memory, &name);
    wanted = find_wanted(&e);
    if (w->attempt == 1)
        work_sleep(w, cloud_duration(w->cloud, CREATE_REAL_MS));
    if (wanted && work_wish(w) == WORK_GO && bring_up(&e, wanted))
        keep_up(&e);
    json_free(wanted);
    cloud_lock(w->cloud);
    endpoint_live_take(w->cloud, &e.live);
    cloud_unlock(w->cloud);
    fleet_free(e.fleet);
    if (work_wish(w) == WORK_STOP)
        remove_all(&e);
}

const struct work_kind work_endpoint = {.name = "endpoint", .run = run, .light = true};
