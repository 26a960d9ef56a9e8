/*
 * The ledger. usage_machines holds a row for each hold of machines, open while
 * `ended` is null; usage_storage one for each day and bucket, which grows with
 * each measuring. Labels have their time and their method in labeling_items.
 */
#include "cloud/usage.h"

#include "base/clock.h"
#include "cloud/internal.h"

#include <math.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };
static const double month_ms = 30.0 * DAY_MS, gib = 1024.0 * 1024 * 1024;
static const double spot_share = 0.3; /* what spot machines cost of the full price */

#define SAGEMAKER_BILL "Amazon SageMaker"
#define S3_BILL        "Amazon Simple Storage Service"

/* ---- writing down -------------------------------------------------------------------- */

void usage_begin(struct cloud *cloud, const char *region, enum instance_use use,
                 const struct instance_type *type, int64_t count, const char *holder)
{
    struct stmt *s = sql(cloud, "insert into usage_machines (region, holder, use, instance, count,"
                                " began) values (?1, ?2, ?3, ?4, ?5, ?6)");

    stmt_text(s, 1, region);
    stmt_text(s, 2, holder);
    stmt_int(s, 3, use);
    stmt_text(s, 4, type->name);
    stmt_int(s, 5, count);
    stmt_int(s, 6, cloud_now(cloud));
    sql_run(cloud, s);
}

void usage_end(struct cloud *cloud, const char *holder)
{
    struct stmt *s = sql(cloud, "update usage_machines set ended = ?2"
                                " where holder = ?1 and ended is null");

    stmt_text(s, 1, holder);
    stmt_int(s, 2, cloud_now(cloud));
    sql_run(cloud, s);
}

void usage_measure_storage(struct cloud *cloud)
{
    struct stmt *s =
        sql(cloud, "insert into usage_storage (day, bucket, region, byte_ms, at)"
                   " select ?1 / 86400000, b.name, b.region, (select total(size) from objects o"
                   " where o.bucket = b.name) * (?1 - coalesce((select max(at) from usage_storage u"
                   " where u.bucket = b.name), b.created)), ?1 from buckets b where true"
                   " on conflict (day, bucket) do update set"
                   " byte_ms = byte_ms + excluded.byte_ms, at = excluded.at");

    stmt_int(s, 1, cloud_now(cloud));
    sql_run(cloud, s);
}

/* ---- machines -------------------------------------------------------------------------- */

struct asking {
    struct cloud *cloud;
    struct arena *memory;
    int64_t from, until;
    charge_fn *fn;
    void *ctx;
};

static const char *usage_word(enum instance_use use)
{
    return use == USE_SPOT_TRAINING ? "SpotTrain" : instance_uses[use].usage;
}

static void charge_machine(const struct asking *a, struct stmt *s)
{
    enum instance_use use = (enum instance_use)stmt_get_int(s, 2);
    const struct instance_type *type = instance_find(stmt_get_text(s, 3));
    const struct region *r = region_find(stmt_get_text(s, 0));
    int64_t began = stmt_get_int(s, 5), now = cloud_now(a->cloud);
    int64_t ended = stmt_is_null(s, 6) ? now : stmt_get_int(s, 6);
    double hours;

    began = began > a->from ? began : a->from;
    ended = ended < a->until ? ended : a->until;
    if (!type || !r || !usage_word(use) || ended < began)
        return;
    hours = ceil((double)(ended - began) / 1000) / 3600 * (double)stmt_get_int(s, 4);
    a->fn(a->ctx, &(struct charge){
                      .service = SAGEMAKER_BILL,
                      .usage_type = arena_printf(a->memory, "%s-%s:%s", r->prefix, usage_word(use),
                                                 type->name),
                      .region = r->code,
                      .resource = sql_text(a->memory, s, 1),
                      .unit = "Hrs",
                      .quantity = hours,
                      .dollars = hours * type->dollars * r->factor *
                                 (use == USE_SPOT_TRAINING ? spot_share : 1),
                  });
}

static void each_machine(const struct asking *a)
{
    struct stmt *s = sql(a->cloud, "select region, holder, use, instance, count, began, ended"
                                   " from usage_machines where began < ?2"
                                   " and (ended is null or ended > ?1) order by id");

    stmt_int(s, 1, a->from);
    stmt_int(s, 2, a->until);
    while (sql_row(a->cloud, s))
        charge_machine(a, s);
    stmt_reset(s);
}

/* ---- the rest ---------------------------------------------------------------------------- */

static void each_storage(const struct asking *a)
{
    struct stmt *s = sql(a->cloud, "select bucket, region, byte_ms from usage_storage"
                                   " where day * 86400000 >= ?1 and day * 86400000 < ?2"
                                   " and byte_ms > 0 order by day, bucket");

    stmt_int(s, 1, a->from / DAY_MS * DAY_MS);
    stmt_int(s, 2, a->until);
    while (sql_row(a->cloud, s)) {
        const char *region = sql_text(a->memory, s, 1);
        const struct region *r = region_find(region);
        double amount = stmt_get_double(s, 2) / gib / month_ms;

        a->fn(a->ctx,
              &(struct charge){
                  .service = S3_BILL,
                  .usage_type =
                      arena_printf(a->memory, "%s-TimedStorage-ByteHrs", r ? r->prefix : ""),
                  .region = region,
                  .resource = arena_printf(a->memory, "arn:aws:s3:::%s", stmt_get_text(s, 0)),
                  .unit = "GB-Mo",
                  .quantity = amount,
                  .dollars = amount * price_of("AmazonS3", "TimedStorage-ByteHrs", region),
              });
    }
    stmt_reset(s);
}

static void each_label(const struct asking *a)
{
    struct stmt *s = sql(a->cloud, "select region, job, method, count(*) from labeling_items"
                                   " where method in ('human', 'machine') and at >= ?1 and at < ?2"
                                   " group by region, job, method");

    stmt_int(s, 1, a->from);
    stmt_int(s, 2, a->until);
    while (sql_row(a->cloud, s)) {
        const char *region = sql_text(a->memory, s, 0);
        const struct region *r = region_find(region);
        const char *usage =
            !strcmp(stmt_get_text(s, 2), "human") ? "LabeledObject" : "AutoLabeledObject";
        double n = (double)stmt_get_int(s, 3);

        a->fn(a->ctx,
              &(struct charge){
                  .service = SAGEMAKER_BILL,
                  .usage_type = arena_printf(a->memory, "%s-%s", r ? r->prefix : "", usage),
                  .region = region,
                  .resource = arena_printf(a->memory, "arn:aws:sagemaker:%s:%s:labeling-job/%s",
                                           region, a->cloud->account, stmt_get_text(s, 1)),
                  .unit = "objects",
                  .quantity = n,
                  .dollars = n * price_of("AmazonSageMaker", usage, region),
              });
    }
    stmt_reset(s);
}

void usage_each(struct cloud *cloud, struct arena *memory, int64_t from, int64_t until,
                charge_fn *fn, void *ctx)
{
    struct asking a = {cloud, memory, from, until, fn, ctx};

    each_machine(&a);
    each_storage(&a);
    each_label(&a);
}

static void add_dollars(void *ctx, const struct charge *c)
{
    *(double *)ctx += c->dollars;
}

double usage_total(struct cloud *cloud, struct arena *memory, int64_t from, int64_t until)
{
    double sum = 0;

    usage_each(cloud, memory, from, until, add_dollars, &sum);
    return sum;
}

/* ---- months -------------------------------------------------------------------------------- */

int64_t month_start(int64_t ms, int months)
{
    struct clock_fields t = clock_utc(ms);
    int64_t start = ms / DAY_MS * DAY_MS - (int64_t)(t.day - 1) * DAY_MS;

    for (; months > 0; months--) {
        t = clock_utc(start + (int64_t)31 * DAY_MS); /* within the next month, whichever it is */
        start += (int64_t)(31 - (t.day - 1)) * DAY_MS;
    }
    return start;
}
