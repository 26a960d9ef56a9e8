/* Rows of training jobs. */
#include "cloud/training.h"

#include <math.h>
#include <string.h>

const char *training_arn(struct cloud *cloud, struct arena *a, const char *region, const char *name)
{
    return arena_printf(a, "arn:aws:sagemaker:%s:%s:training-job/%s", region, cloud_account(cloud),
                        name);
}

bool training_load(struct training *out, struct cloud *cloud, struct arena *a, const char *region,
                   const char *name)
{
    struct stmt *s =
        sql(cloud, "select status, detail, reason, tuner, artifacts, created, modified,"
                   " ifnull(started, 0), ifnull(ended, 0), ifnull(billable, 0),"
                   " request from training_jobs where region = ?1 and name = ?2");
    bool good;

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    if (!sql_row(cloud, s))
        return false;
    *out = (struct training){
        .region = arena_strdup(a, region),
        .name = arena_strdup(a, name),
        .arn = training_arn(cloud, a, region, name),
        .status = sql_text(a, s, 0),
        .detail = sql_text(a, s, 1),
        .reason = stmt_is_null(s, 2) ? NULL : sql_text(a, s, 2),
        .tuner = stmt_is_null(s, 3) ? NULL : sql_text(a, s, 3),
        .artifacts = sql_text(a, s, 4),
        .created = stmt_get_int(s, 5),
        .modified = stmt_get_int(s, 6),
        .started = stmt_get_int(s, 7),
        .ended = stmt_get_int(s, 8),
        .billable = stmt_get_int(s, 9),
    };
    good = !json_parse(&out->request, stmt_get_slice(s, 10), "request", NULL);
    stmt_reset(s);
    return good;
}

/* ---- steps --------------------------------------------------------------------------- */

static void set_status(struct cloud *cloud, const char *region, const char *name,
                       const char *status, const char *detail)
{
    struct stmt *s = sql(cloud, "update training_jobs set status = ?3, detail = ?4, modified = ?5"
                                " where region = ?1 and name = ?2");

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, status);
    stmt_text(s, 4, detail);
    stmt_int(s, 5, cloud_now(cloud));
    sql_run(cloud, s);
}

/* Another message of the step that it is in; false when it is in another step. */
static bool reword(struct cloud *cloud, const char *region, const char *name, const char *detail,
                   const char *message)
{
    struct stmt *s = sql(cloud, "update training_steps set message = ?4 where region = ?1"
                                " and job = ?2 and status = ?3 and ended is null returning 1");
    bool did;

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, detail);
    stmt_text(s, 4, message);
    did = sql_row(cloud, s);
    stmt_reset(s);
    return did;
}

static void end_step(struct cloud *cloud, const char *region, const char *name)
{
    struct stmt *s = sql(cloud, "update training_steps set ended = ?3 where region = ?1"
                                " and job = ?2 and ended is null");

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, cloud_now(cloud));
    sql_run(cloud, s);
}

static void add_step(struct cloud *cloud, const char *region, const char *name, const char *detail,
                     const char *message)
{
    struct stmt *s = sql(cloud, "insert into training_steps (region, job, number, status, started,"
                                " message) values (?1, ?2, (select count(*) from training_steps"
                                " where region = ?1 and job = ?2), ?3, ?4, ?5)");

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, detail);
    stmt_int(s, 4, cloud_now(cloud));
    stmt_text(s, 5, message);
    sql_run(cloud, s);
}

void training_step(struct cloud *cloud, const char *region, const char *name, const char *status,
                   const char *detail, const char *message)
{
    set_status(cloud, region, name, status, detail);
    if (reword(cloud, region, name, detail, message))
        return;
    end_step(cloud, region, name);
    add_step(cloud, region, name, detail, message);
}

void training_begin(struct cloud *cloud, const char *region, const char *name)
{
    struct stmt *s = sql(cloud, "update training_jobs set started = ?3 where region = ?1"
                                " and name = ?2");

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, cloud_now(cloud));
    sql_run(cloud, s);
}

/* Spot capacity is billed at three tenths, about what AWS shows as savings. */
static void bill(struct cloud *cloud, const char *region, const char *name, const char *reason)
{
    struct stmt *s = sql(cloud, "update training_jobs set ended = ?3, reason = ?4, billable ="
                                " case when started is null then null"
                                " else max(1, ((?3 - started) * case when"
                                " json_extract(request, '$.EnableManagedSpotTraining')"
                                " then 3 else 10 end + 9999) / 10000) end"
                                " where region = ?1 and name = ?2");

    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_int(s, 3, cloud_now(cloud));
    stmt_text(s, 4, reason);
    sql_run(cloud, s);
}

void training_end(struct cloud *cloud, const char *region, const char *name, const char *status,
                  const char *detail, const char *message, const char *reason)
{
    struct arena a = {0};

    training_step(cloud, region, name, status, detail, message);
    end_step(cloud, region, name);
    bill(cloud, region, name, reason);
    quota_release(cloud, training_arn(cloud, &a, region, name));
    arena_done(&a);
}

void training_metric(struct cloud *cloud, const char *region, const char *name, const char *metric,
                     double value, int64_t at_ms)
{
    struct stmt *s =
        sql(cloud, "insert or replace into training_metrics values (?1, ?2, ?3, ?4, ?5)");

    if (!isfinite(value))
        return;
    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_text(s, 3, metric);
    stmt_double(s, 4, value);
    stmt_int(s, 5, at_ms);
    sql_run(cloud, s);
}

void training_round(struct cloud *cloud, const char *region, const char *name, double value)
{
    struct stmt *s = sql(cloud, "insert into training_series values (?1, ?2, (select"
                                " ifnull(max(number), -1) + 1 from training_series"
                                " where region = ?1 and job = ?2), ?3)");

    if (!isfinite(value))
        return;
    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    stmt_double(s, 3, value);
    sql_run(cloud, s);
}

/* ---- parts of a request -------------------------------------------------------------- */

const char *training_text(const struct json *request, const char *object, const char *member,
                          const char *otherwise)
{
    return json_string(json_get(json_get(request, object), member), otherwise);
}

int64_t training_number(const struct json *request, const char *object, const char *member,
                        int64_t otherwise)
{
    return (int64_t)json_number(json_get(json_get(request, object), member), (double)otherwise);
}

bool training_spot(const struct json *request)
{
    return json_bool(json_get(request, "EnableManagedSpotTraining"), false);
}

int64_t training_instances(const struct json *request)
{
    const struct json *groups = json_get(json_get(request, "ResourceConfig"), "InstanceGroups");
    int64_t n = 0;

    if (!groups)
        return training_number(request, "ResourceConfig", "InstanceCount", 1);
    for (const struct json *g = json_first(groups); g; g = json_next(g))
        n += (int64_t)json_number(json_get(g, "InstanceCount"), 0);
    return n;
}

const char *training_artifacts(struct arena *a, const struct json *request, const char *name)
{
    const char *output = training_text(request, "OutputDataConfig", "S3OutputPath", "");
    size_t n = strlen(output);

    while (n && output[n - 1] == '/')
        n--;
    return arena_printf(a, "%.*s/%s/output/model.tar.gz", (int)n, output, name);
}
