/*
 * Service Quotas, and the quotas themselves.
 *
 * A quota is a number for an instance type, a use and a region. What a new
 * account has stands in the table of instance types; what was asked for since
 * is a row of quota_requests, which is granted once its time has come. Nobody
 * needs to wake up for that: whether it has come is seen when somebody asks.
 *
 * Who runs instances holds a part of a quota in a row of quota_holds, under
 * the ARN of what runs them, until it lets go.
 */
#include "cloud/quota.h"

#include "base/crc.h"
#include "cloud/internal.h"
#include "cloud/rule.h"
#include "cloud/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    DECIDED_REAL_MS = 30 * 60 * 1000, /* how long AWS takes over a small request */
    GRANTED_MAX = 100,                /* more is refused */
};

struct quota {
    const struct instance_type *type;
    enum instance_use use;
    char name[64], code[12];
};

/* ---- which there are ---------------------------------------------------------- */

/* AWS's own codes where the book shows them; the others are made of the name. */
static const char *const known_codes[][2] = {
    {"ml.m5.large for training job usage", "L-611FA074"},
    {"ml.m5.large for transform job usage", "L-236AE59F"},
};

static void quota_init(struct quota *q, const struct instance_type *type, enum instance_use use)
{
    q->type = type;
    q->use = use;
    snprintf(q->name, sizeof q->name, "%s for %s", type->name, instance_uses[use].quota);
    snprintf(q->code, sizeof q->code, "L-%08" PRIX32, crc32_add(0, q->name, strlen(q->name)));
    for (size_t i = 0; i < sizeof known_codes / sizeof *known_codes; i++)
        if (!strcmp(q->name, known_codes[i][0]))
            snprintf(q->code, sizeof q->code, "%s", known_codes[i][1]);
}

/* The first quota from place *i on, moving *i behind it; false at the end. */
static bool quota_next(struct quota *q, size_t *i)
{
    for (; *i < instance_type_count * INSTANCE_USES; ++*i) {
        const struct instance_type *type = &instance_types[*i / INSTANCE_USES];
        enum instance_use use = *i % INSTANCE_USES;

        if (type->quota[use] < 0)
            continue;
        quota_init(q, type, use);
        ++*i;
        return true;
    }
    return false;
}

static bool quota_of_code(struct quota *q, const char *code)
{
    for (size_t i = 0; quota_next(q, &i);)
        if (!strcmp(q->code, code))
            return true;
    return false;
}

static int64_t decided_before(const struct cloud *cloud)
{
    return cloud_now(cloud) - cloud_duration(cloud, DECIDED_REAL_MS);
}

static int64_t quota_value(struct cloud *cloud, const char *region, const struct quota *q)
{
    struct stmt *s = sql(cloud, "select max(wanted) from quota_requests where region = ?1"
                                " and code = ?2 and created <= ?3 and wanted <= ?4");
    int64_t value = q->type->quota[q->use], granted;

    stmt_text(s, 1, region);
    stmt_text(s, 2, q->code);
    stmt_int(s, 3, decided_before(cloud));
    stmt_int(s, 4, GRANTED_MAX);
    granted = sql_row(cloud, s) ? stmt_get_int(s, 0) : 0;
    return granted > value ? granted : value;
}

/* ---- holding instances ---------------------------------------------------------- */

static int64_t quota_used(struct cloud *cloud, const char *region, const struct quota *q)
{
    struct stmt *s = sql(cloud, "select total(count) from quota_holds where region = ?1"
                                " and use = ?2 and instance = ?3");

    stmt_text(s, 1, region);
    stmt_int(s, 2, q->use);
    stmt_text(s, 3, q->type->name);
    return sql_row(cloud, s) ? stmt_get_int(s, 0) : 0;
}

bool quota_hold(struct cloud *cloud, const char *region, enum instance_use use,
                const struct instance_type *type, int64_t count, const char *holder,
                struct str *why)
{
    struct quota q;
    int64_t value, used;
    struct stmt *s;

    quota_init(&q, type, use);
    used = quota_used(cloud, region, &q);
    value = fault_take(cloud, "quota", type->name) ? 0 : quota_value(cloud, region, &q);
    if (used + count > value) {
        str_printf(why,
                   "The account-level service limit '%s' is %" PRId64 " Instances, with current "
                   "utilization of %" PRId64 " Instances and a request delta of %" PRId64
                   " Instances. Please use AWS Service Quotas to request an increase for this "
                   "quota. If AWS Service Quotas is not available, contact AWS support to request "
                   "an increase for this quota.",
                   q.name, value < 0 ? 0 : value, used, count);
        return false;
    }
    if (!holder)
        return true;
    s = sql(cloud, "insert into quota_holds values (?1, ?2, ?3, ?4, ?5) on conflict (holder, use,"
                   " instance) do update set count = count + excluded.count");
    stmt_text(s, 1, holder);
    stmt_int(s, 2, use);
    stmt_text(s, 3, type->name);
    stmt_text(s, 4, region);
    stmt_int(s, 5, count);
    usage_begin(cloud, region, use, type, count, holder);
    return sql_run(cloud, s);
}

/* As AWS says it: what it was, and all that it could have been. */
static void fail_type(struct call *c, enum instance_use use, const char *instance)
{
    struct str text = STR_INIT;

    str_printf(&text,
               "1 validation error detected: Value '%.64s' at 'instanceType' failed to satisfy "
               "constraint: Member must satisfy enum value set: [",
               instance);
    for (size_t i = 0, n = 0; i < instance_type_count; i++)
        if (instance_types[i].quota[use] >= 0)
            str_printf(&text, "%s%s", n++ ? ", " : "", instance_types[i].name);
    str_putc(&text, ']');
    call_fail(c, 400, "ValidationException", "%s", text.ptr);
    str_done(&text);
}

bool quota_reserve(struct call *c, enum instance_use use, const char *instance, int64_t count,
                   const char *holder)
{
    const struct instance_type *type = instance ? instance_find(instance) : NULL;
    struct str why = STR_INIT;

    if (!type || type->quota[use] < 0)
        fail_type(c, use, instance ? instance : "null");
    else if (!quota_hold(c->cloud, c->region, use, type, count, holder, &why))
        call_fail(c, 400, "ResourceLimitExceeded", "%s", why.ptr);
    str_done(&why);
    return !call_failed(c);
}

void quota_release(struct cloud *cloud, const char *holder)
{
    struct stmt *s = sql(cloud, "delete from quota_holds where holder = ?1");

    stmt_text(s, 1, holder);
    sql_run(cloud, s);
    usage_end(cloud, holder);
}

/* ---- the service: quotas ---------------------------------------------------------- */

#define SERVICE_CODE "sagemaker"
#define SERVICE_NAME "Amazon SageMaker"

static bool need_service(struct call *c)
{
    const char *code = call_need(c, "ServiceCode");

    if (code && strcmp(code, SERVICE_CODE))
        call_fail(c, 400, "NoSuchResourceException",
                  "The practice cloud has quotas of the service sagemaker only.");
    return !call_failed(c);
}

static bool need_quota(struct call *c, struct quota *q)
{
    const char *code = need_service(c) ? call_need(c, "QuotaCode") : NULL;

    if (code && !quota_of_code(q, code))
        call_fail(c, 400, "NoSuchResourceException",
                  "The request failed because the specified quota %.32s does not exist in %s.",
                  code, c->region);
    return !call_failed(c);
}

static void put_names(struct call *c, const struct quota *q)
{
    json_put_z(&c->out, "ServiceCode", SERVICE_CODE);
    json_put_z(&c->out, "ServiceName", SERVICE_NAME);
    json_put_z(&c->out, "QuotaArn",
               arena_printf(&c->memory, "arn:aws:servicequotas:%s:%s:" SERVICE_CODE "/%s",
                            c->region, c->cloud->account, q->code));
    json_put_z(&c->out, "QuotaCode", q->code);
    json_put_z(&c->out, "QuotaName", q->name);
    json_put_z(&c->out, "Unit", "None");
    json_put_bool(&c->out, "GlobalQuota", false);
}

static void put_quota(struct call *c, const char *key, const struct quota *q, bool as_new)
{
    json_open(&c->out, key, '{');
    put_names(c, q);
    json_put_int(&c->out, "Value",
                 as_new ? q->type->quota[q->use] : quota_value(c->cloud, c->region, q));
    json_put_bool(&c->out, "Adjustable", true);
    json_close(&c->out);
}

static void get_quota(struct call *c)
{
    struct quota q;

    if (need_quota(c, &q))
        put_quota(c, "Quota", &q, false);
}

static void get_default(struct call *c)
{
    struct quota q;

    if (need_quota(c, &q))
        put_quota(c, "Quota", &q, true);
}

static void list(struct call *c, bool as_new)
{
    const char *from = need_service(c) ? call_page_key(c, call_param(c, "NextToken")) : NULL;
    int64_t max = call_int(c, "MaxResults", 100, 1, 100), n = 0;
    struct quota q;
    size_t i = 0;

    if (call_failed(c))
        return;
    if (*from && (!quota_of_code(&q, from)))
        call_fail(c, 400, "InvalidPaginationTokenException", "Invalid token was provided.");
    while (*from && quota_next(&q, &i) && strcmp(q.code, from))
        ;
    json_open(&c->out, "Quotas", '[');
    while (n < max && quota_next(&q, &i)) {
        put_quota(c, NULL, &q, as_new);
        n++;
    }
    json_close(&c->out);
    from = arena_strdup(&c->memory, q.code);
    if (n == max && quota_next(&q, &i))
        json_put_z(&c->out, "NextToken", call_page_token(c, from));
}

static void list_quotas(struct call *c)
{
    list(c, false);
}

static void list_defaults(struct call *c)
{
    list(c, true);
}

static void list_services(struct call *c)
{
    json_open(&c->out, "Services", '[');
    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "ServiceCode", SERVICE_CODE);
    json_put_z(&c->out, "ServiceName", SERVICE_NAME);
    json_close(&c->out);
    json_close(&c->out);
}

/* ---- the service: requests ---------------------------------------------------------- */

#define REQUEST "select id, code, wanted, created, requester from quota_requests where region = ?1"

static const char *status_of(struct call *c, int64_t wanted, int64_t created)
{
    if (created > decided_before(c->cloud))
        return "PENDING";
    return wanted <= GRANTED_MAX ? "APPROVED" : "DENIED";
}

/* The row that s stands on. */
static void put_request(struct call *c, const char *key, struct stmt *s)
{
    int64_t wanted = stmt_get_int(s, 2), created = stmt_get_int(s, 3);
    const char *status = status_of(c, wanted, created);
    struct quota q;

    if (!quota_of_code(&q, stmt_get_text(s, 1)))
        return;
    json_open(&c->out, key, '{');
    json_put_z(&c->out, "Id", stmt_get_text(s, 0));
    put_names(c, &q);
    json_put_int(&c->out, "DesiredValue", wanted);
    json_put_z(&c->out, "Status", status);
    json_put_number(&c->out, "Created", (double)created / 1000);
    if (strcmp(status, "PENDING"))
        created += cloud_duration(c->cloud, DECIDED_REAL_MS);
    json_put_number(&c->out, "LastUpdated", (double)created / 1000);
    json_put_z(&c->out, "Requester", stmt_get_text(s, 4));
    json_close(&c->out);
}

static bool has_open_request(struct call *c, const struct quota *q)
{
    struct stmt *s = sql(c->cloud, "select 1 from quota_requests where region = ?1 and code = ?2"
                                   " and created > ?3");

    stmt_text(s, 1, c->region);
    stmt_text(s, 2, q->code);
    stmt_int(s, 3, decided_before(c->cloud));
    return sql_row(c->cloud, s);
}

static void keep_request(struct call *c, const struct quota *q, int64_t wanted)
{
    struct stmt *s = sql(c->cloud, "insert into quota_requests values (?1, ?2, ?3, ?4, ?5, ?6)");
    struct str id = STR_INIT, requester = STR_INIT;
    struct json_out w;

    random_uuid(&id);
    json_begin(&w, &requester, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "accountId", c->cloud->account);
    json_put_z(&w, "callerArn", c->who.arn);
    json_close(&w);
    stmt_text(s, 1, id.ptr);
    stmt_text(s, 2, c->region);
    stmt_text(s, 3, q->code);
    stmt_int(s, 4, wanted);
    stmt_int(s, 5, cloud_now(c->cloud));
    stmt_text(s, 6, requester.ptr);
    sql_run(c->cloud, s);
    s = sql(c->cloud, REQUEST " and id = ?2");
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, id.ptr);
    if (sql_row(c->cloud, s))
        put_request(c, "RequestedQuota", s);
    str_done(&id);
    str_done(&requester);
}

static void request_increase(struct call *c)
{
    struct quota q;
    int64_t wanted = call_int(c, "DesiredValue", -1, 0, 10000000000);

    if (call_failed(c) || !need_quota(c, &q))
        return;
    if (wanted <= quota_value(c->cloud, c->region, &q))
        call_fail(c, 400, "IllegalArgumentException",
                  "You must provide a quota value greater than the current quota value.");
    else if (has_open_request(c, &q))
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "Only one open service quota increase request is allowed per quota.");
    else
        keep_request(c, &q, wanted);
}

static void get_request(struct call *c)
{
    const char *id = call_need(c, "RequestId");
    struct stmt *s = sql(c->cloud, REQUEST " and id = ?2");

    if (!id)
        return;
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, id);
    if (sql_row(c->cloud, s))
        put_request(c, "RequestedQuota", s);
    else
        call_fail(c, 400, "NoSuchResourceException", "The requested quota change does not exist.");
}

/* Newest first; the key of a page is the last one's time and id. */
static void list_requests(struct call *c)
{
    const char *from = call_page_key(c, call_param(c, "NextToken"));
    const char *status = call_param(c, "Status"), *code = call_param(c, "QuotaCode"), *last = "";
    int64_t max = call_int(c, "MaxResults", 100, 1, 100), n = 0;
    struct stmt *s = sql(c->cloud, REQUEST " and (?2 = '' or printf('%015d/%s', created, id) < ?2)"
                                           " and (?3 is null or code = ?3)"
                                           " order by created desc, id desc");

    if (call_failed(c))
        return;
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, from);
    stmt_text(s, 3, code);
    json_open(&c->out, "RequestedQuotas", '[');
    while (n <= max && sql_row(c->cloud, s)) {
        int64_t created = stmt_get_int(s, 3);

        if (status && strcmp(status, status_of(c, stmt_get_int(s, 2), created)))
            continue;
        if (n++ == max)
            break;
        last = arena_printf(&c->memory, "%015" PRId64 "/%s", created, stmt_get_text(s, 0));
        put_request(c, NULL, s);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}

#define QUOTA_ARN "arn:aws:servicequotas:{region}:{account}:{ServiceCode}/{QuotaCode}"

static const struct operation operations[] = {
    {"GetServiceQuota", get_quota, .resource = QUOTA_ARN},
    {"GetAWSDefaultServiceQuota", get_default, .resource = NULL},
    {"ListServiceQuotas", list_quotas, .resource = NULL},
    {"ListAWSDefaultServiceQuotas", list_defaults, .resource = NULL},
    {"ListServices", list_services, .resource = NULL},
    {"RequestServiceQuotaIncrease", request_increase, .resource = QUOTA_ARN},
    {"GetRequestedServiceQuotaChange", get_request, .resource = NULL},
    {"ListRequestedServiceQuotaChangeHistory", list_requests, .resource = NULL},
    {"ListRequestedServiceQuotaChangeHistoryByQuota", list_requests, .resource = NULL},
    {.name = NULL},
};

const struct service service_quotas = {
    .name = "servicequotas",
    .prefix = "servicequotas",
    .protocol = PROTOCOL_JSON,
    .target = "ServiceQuotasV20190624",
    .operations = operations,
    .rules = &rules_quotas,
    .bad_token = "InvalidPaginationTokenException",
};
