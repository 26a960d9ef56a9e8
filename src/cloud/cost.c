/*
 * AWS Cost Explorer: GetCostAndUsage, and the same with resources. Days and
 * months are UTC's; `End` is not part of the time, as on AWS. Every amount is at
 * practice prices, and an estimate while its day is not over.
 */
#include "cloud/internal.h"
#include "cloud/usage.h"

#include "base/clock.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 2, METRICS_MAX = 7, KEYS_A_PERIOD = 5000, PERIODS_MAX = 400 };
enum { DAY_MS = 24 * 3600 * 1000, MEASURE_MS = 60000 };

struct group {
    const char *key[GROUPS_MAX];
    double dollars, quantity;
};

struct question {
    struct call *c;
    int64_t from, until;
    bool monthly;
    const char *by[GROUPS_MAX]; /* "SERVICE", ... */
    size_t by_count;
    const char *metric[METRICS_MAX];
    size_t metrics;
    const char *filter_key; /* NULL: all */
    const struct json *filter_values;

    struct group *group;
    size_t groups, cap;
    struct group total;
};

/* ---- what is asked -------------------------------------------------------------------- */

static const char *kept(struct call *c, const struct json *j)
{
    return arena_strdup(&c->memory, json_string(j, ""));
}

/* "2026-11-25" */
static bool read_day(struct call *c, const char *name, int64_t *out)
{
    const char *text = json_string(json_get(json_get(c->in, "TimePeriod"), name), "");
    char iso[32];

    snprintf(iso, sizeof iso, "%.10sT00:00:00Z", text);
    if (strlen(text) >= 10 && clock_parse_iso(slice_of(iso), out))
        return true;
    call_fail(c, 400, "ValidationException", "TimePeriod.%s is a day, such as 2026-11-25.", name);
    return false;
}

static bool read_time(struct question *q)
{
    const char *granularity = call_need(q->c, "Granularity");

    if (!granularity || !read_day(q->c, "Start", &q->from) || !read_day(q->c, "End", &q->until))
        return false;
    q->monthly = !strcmp(granularity, "MONTHLY");
    if (!q->monthly && strcmp(granularity, "DAILY"))
        call_fail(q->c, 400, "ValidationException", "Granularity is DAILY or MONTHLY here.");
    else if (q->until <= q->from)
        call_fail(q->c, 400, "ValidationException",
                  "Start date (and hour) should be before end date (and hour)");
    else if ((q->until - q->from) / DAY_MS > PERIODS_MAX)
        call_fail(q->c, 400, "ValidationException", "The time is longer than %d days.",
                  PERIODS_MAX);
    return !call_failed(q->c);
}

static const char *const dimensions[] = {"SERVICE", "USAGE_TYPE", "REGION", "RESOURCE_ID",
                                         "LINKED_ACCOUNT"};

static bool is_dimension(const char *key)
{
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++)
        if (!strcmp(key, dimensions[i]))
            return true;
    return false;
}

static bool read_groups(struct question *q)
{
    const struct json *list = json_get(q->c->in, "GroupBy");

    for (const struct json *g = json_first(list); g; g = json_next(g)) {
        const char *key = kept(q->c, json_get(g, "Key"));

        if (q->by_count == GROUPS_MAX ||
            strcmp(json_string(json_get(g, "Type"), ""), "DIMENSION") || !is_dimension(key)) {
            call_fail(q->c, 400, "ValidationException",
                      "GroupBy has up to two DIMENSIONs: SERVICE, USAGE_TYPE, REGION, RESOURCE_ID, "
                      "LINKED_ACCOUNT.");
            return false;
        }
        q->by[q->by_count++] = key;
    }
    return true;
}

static bool read_metrics(struct question *q)
{
    static const char *const known[METRICS_MAX] = {
        "UnblendedCost",    "BlendedCost",   "AmortizedCost",        "NetUnblendedCost",
        "NetAmortizedCost", "UsageQuantity", "NormalizedUsageAmount"};
    const struct json *list = json_get(q->c->in, "Metrics");

    for (const struct json *m = json_first(list); m && q->metrics < METRICS_MAX; m = json_next(m))
        for (size_t i = 0; i < METRICS_MAX; i++)
            if (!strcmp(json_string(m, ""), known[i]))
                q->metric[q->metrics++] = known[i];
    if (!q->metrics || q->metrics != json_count(list))
        call_fail(q->c, 400, "ValidationException",
                  "Metrics names at least one of UnblendedCost, BlendedCost, AmortizedCost, "
                  "NetUnblendedCost, NetAmortizedCost, UsageQuantity, NormalizedUsageAmount.");
    return !call_failed(q->c);
}

static bool read_filter(struct question *q)
{
    const struct json *filter = json_get(q->c->in, "Filter");
    const struct json *dimension = json_get(filter, "Dimensions");

    if (!filter)
        return true;
    q->filter_key = kept(q->c, json_get(dimension, "Key"));
    q->filter_values = json_get(dimension, "Values");
    if (json_count(filter) != 1 || !is_dimension(q->filter_key))
        call_fail(q->c, 400, "ValidationException",
                  "The practice cloud filters by one of Dimensions: SERVICE, USAGE_TYPE, REGION, "
                  "RESOURCE_ID, LINKED_ACCOUNT.");
    return !call_failed(q->c);
}

/* ---- adding up -------------------------------------------------------------------------- */

static const char *dimension_of(const struct question *q, const struct charge *c, const char *key)
{
    return !strcmp(key, "SERVICE")       ? c->service
           : !strcmp(key, "USAGE_TYPE")  ? c->usage_type
           : !strcmp(key, "REGION")      ? c->region
           : !strcmp(key, "RESOURCE_ID") ? c->resource
                                         : q->c->cloud->account;
}

static bool passes(const struct question *q, const struct charge *c)
{
    if (!q->filter_key)
        return true;
    for (const struct json *v = json_first(q->filter_values); v; v = json_next(v))
        if (!strcmp(json_string(v, ""), dimension_of(q, c, q->filter_key)))
            return true;
    return false;
}

static bool same_keys(const struct question *q, const struct group *g, const char *const *key)
{
    for (size_t i = 0; i < q->by_count; i++)
        if (strcmp(g->key[i], key[i]))
            return false;
    return true;
}

static void add_charge(void *ctx, const struct charge *c)
{
    struct question *q = ctx;
    const char *key[GROUPS_MAX] = {NULL};
    size_t at = 0;

    if (!passes(q, c))
        return;
    q->total.dollars += c->dollars;
    q->total.quantity += c->quantity;
    for (size_t i = 0; i < q->by_count; i++)
        key[i] = dimension_of(q, c, q->by[i]);
    while (at < q->groups && !same_keys(q, &q->group[at], key))
        at++;
    if (at == q->groups) {
        if (!q->by_count || q->groups == KEYS_A_PERIOD)
            return;
        MEM_GROW(q->group, q->groups, q->cap);
        q->group[q->groups++] = (struct group){.key = {key[0], key[1]}};
    }
    q->group[at].dollars += c->dollars;
    q->group[at].quantity += c->quantity;
}

/* ---- answering ---------------------------------------------------------------------------- */

static void put_metrics(struct question *q, const char *name, const struct group *g)
{
    struct json_out *w = &q->c->out;
    char amount[40];

    json_open(w, name, '{');
    for (size_t i = 0; i < q->metrics; i++) {
        bool usage = strstr(q->metric[i], "sage") != NULL;

        snprintf(amount, sizeof amount, "%.10f", usage ? g->quantity : g->dollars);
        json_open(w, q->metric[i], '{');
        json_put_z(w, "Amount", amount);
        json_put_z(w, "Unit", usage ? "N/A" : "USD");
        json_close(w);
    }
    json_close(w);
}

static void put_day(struct json_out *w, const char *name, int64_t ms)
{
    struct str text = STR_INIT;

    clock_put_iso(&text, ms, false);
    str_cut(&text, 10);
    json_put_z(w, name, text.ptr);
    str_done(&text);
}

static void put_groups(struct question *q)
{
    struct json_out *w = &q->c->out;

    json_open(w, "Groups", '[');
    for (size_t i = 0; i < q->groups; i++) {
        json_open(w, NULL, '{');
        json_open(w, "Keys", '[');
        for (size_t k = 0; k < q->by_count; k++)
            json_put_z(w, NULL, q->group[i].key[k]);
        json_close(w);
        put_metrics(q, "Metrics", &q->group[i]);
        json_close(w);
    }
    json_close(w);
}

static void put_period(struct question *q, int64_t from, int64_t until)
{
    struct json_out *w = &q->c->out;

    q->groups = 0;
    q->total = (struct group){.dollars = 0};
    usage_each(q->c->cloud, &q->c->memory, from, until, add_charge, q);
    json_open(w, NULL, '{');
    json_open(w, "TimePeriod", '{');
    put_day(w, "Start", from);
    put_day(w, "End", until);
    json_close(w);
    if (q->by_count) {
        json_open(w, "Total", '{');
        json_close(w);
    } else {
        put_metrics(q, "Total", &q->total);
    }
    put_groups(q);
    json_put_bool(w, "Estimated", until > cloud_now(q->c->cloud));
    json_close(w);
}

static void put_definitions(struct question *q)
{
    if (!q->by_count)
        return;
    json_open(&q->c->out, "GroupDefinitions", '[');
    for (size_t i = 0; i < q->by_count; i++) {
        json_open(&q->c->out, NULL, '{');
        json_put_z(&q->c->out, "Type", "DIMENSION");
        json_put_z(&q->c->out, "Key", q->by[i]);
        json_close(&q->c->out);
    }
    json_close(&q->c->out);
}

/* Single resources are told of by an operation of their own, which must be asked about services. */
static bool read_resources(struct question *q)
{
    bool wants = false, may = !strcmp(q->c->operation->name, "GetCostAndUsageWithResources");

    for (size_t i = 0; i < q->by_count; i++)
        wants = wants || !strcmp(q->by[i], "RESOURCE_ID");
    if (wants && !may)
        call_fail(q->c, 400, "ValidationException",
                  "RESOURCE_ID is for GetCostAndUsageWithResources.");
    else if (may && !q->filter_key)
        call_fail(q->c, 400, "ValidationException", "Filter is missing: of which services?");
    return !call_failed(q->c);
}

static void get_cost(struct call *c)
{
    struct question q = {.c = c};

    if (!read_time(&q) || !read_groups(&q) || !read_metrics(&q) || !read_filter(&q) ||
        !read_resources(&q))
        return;
    usage_measure_storage(c->cloud);
    put_definitions(&q);
    json_open(&c->out, "ResultsByTime", '[');
    for (int64_t at = q.from, next; at < q.until; at = next) {
        next = q.monthly ? month_start(at, 1) : at + DAY_MS;
        next = next < q.until ? next : q.until;
        put_period(&q, at, next);
    }
    json_close(&c->out);
    json_open(&c->out, "DimensionValueAttributes", '[');
    json_close(&c->out);
    free(q.group);
}

/* Storage costs while nobody asks, too. */
static int64_t measure(struct cloud *cloud, int64_t now_ms)
{
    usage_measure_storage(cloud);
    return now_ms + MEASURE_MS;
}

static const struct operation operations[] = {
    {"GetCostAndUsage", get_cost, .resource = NULL},
    {"GetCostAndUsageWithResources", get_cost, .resource = NULL},
    {.name = NULL},
};

const struct service service_cost = {
    .name = "ce",
    .prefix = "ce",
    .protocol = PROTOCOL_JSON,
    .target = "AWSInsightsIndexService",
    .operations = operations,
    .bad_token = "InvalidNextTokenException",
    .tick = measure,
};
