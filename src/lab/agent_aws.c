/*
 * aws.* and sts.*: where, as whom, for how much, and what is left behind.
 * What a lab has chosen (region, role) is kept by the lab and comes with each
 * call; here it is only tried.
 */
#include "lab/agent_internal.h"

#include "aws/names.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sts ------------------------------------------------------------------------ */

static enum lk_status whoami(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    struct json *me = NULL;
    enum lk_status st = aws_call(agent_client(a), "sts", "GetCallerIdentity", SLICE(""), &me, err);

    json_open(w, "value", '{');
    json_put_z(w, "account", json_path(me, "Account"));
    json_put_z(w, "arn", json_path(me, "Arn"));
    json_put_z(w, "id", json_path(me, "UserId"));
    json_close(w);
    json_free(me);
    return st;
}

static enum lk_status assume_role(struct agent *a, const struct json *args, struct json_out *w,
                                  struct lk_error *err)
{
    struct str arn = STR_INIT;
    struct seat *self, *other;
    struct json *me = NULL;
    enum lk_status st = agent_seat(&self, a, a->region, "", err);

    if (!st)
        a->seat = self; /* one changes roles from oneself */
    if (!st)
        st = agent_use_role(&arn, a, agent_text(args, 0), err);
    if (!st)
        st = agent_seat(&other, a, a->region, arn.ptr, err);
    if (!st)
        st = aws_call(other->aws, "sts", "GetCallerIdentity", SLICE(""), &me, err);
    json_open(w, "value", '{');
    json_put_z(w, "role", arn.ptr);
    json_put_z(w, "arn", json_path(me, "Arn"));
    json_close(w);
    json_free(me);
    str_done(&arn);
    return st;
}

/* ---- regions --------------------------------------------------------------------- */

static enum lk_status check_region(const char *name, struct lk_error *err)
{
    const char *names[64], *near;
    size_t n = 0;

    for (; n < names_regions() && n < 64; n++) {
        names[n] = names_region(n).code;
        if (!strcmp(names[n], name))
            return LK_OK;
    }
    near = error_nearest(name, names, n);
    if (near)
        return error_set(err, LK_EUSE, "there is no region '%.40s'; did you mean '%s'?", name,
                         near);
    return error_set(err, LK_EUSE, "there is no region '%.40s'; aws.regions() lists them", name);
}

const char *agent_region_asked(const struct json *args)
{
    const char *name = json_string(json_at(args, 0), "");

    return *name && !check_region(name, NULL) ? name : "";
}

/* The lab keeps the region that is answered. */
enum lk_status agent_region(struct agent *a, const struct json *args, struct json_out *w,
                            struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    enum lk_status st = *name ? check_region(name, err) : LK_OK;

    json_put_z(w, "value", *name ? name : aws_region(agent_client(a)));
    return st;
}

static enum lk_status regions(struct agent *a, const struct json *args, struct json_out *w,
                              struct lk_error *err)
{
    agent_table_open(w, (const char *const[]){"region", "place", NULL});
    for (size_t i = 0; i < names_regions(); i++) {
        struct names_region r = names_region(i);

        json_open(w, NULL, '[');
        json_put_z(w, NULL, r.code);
        json_put_z(w, NULL, r.place);
        json_close(w);
    }
    agent_table_close(w);
    return LK_OK;
}

/* A small question over a connection that is open already, as jobs and uploads have it. */
static enum lk_status latency(struct agent *a, const struct json *args, struct json_out *w,
                              struct lk_error *err)
{
    const char *name = agent_text(args, 0);
    struct seat *there = NULL;
    double best = INFINITY;
    enum lk_status st = check_region(name, err);

    if (!st)
        st = agent_seat(&there, a, name, "", err);
    for (int i = 0; !st && i < 3; i++) {
        int64_t start = clock_steady_ns();

        st = aws_call(there->aws, "sts", "GetCallerIdentity", SLICE(""), NULL, err);
        best = fmin(best, (double)(clock_steady_ns() - start) / 1e6);
    }
    json_put_number(w, "value", best);
    return st;
}

/* ---- costs ------------------------------------------------------------------------- */

static const char *usage_of(const char *use)
{
    static const char *const uses[][2] = {
        {"train", "Train"}, {"transform", "Tsform"}, {"endpoint", "Host"}, {"notebook", "Notebk"}};

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (!strcmp(use, uses[i][0]))
            return uses[i][1];
    return NULL;
}

static enum lk_status price_of(double *dollars, struct agent *a, const char *instance,
                               const char *use, struct lk_error *err)
{
    enum lk_status st = names_instance(instance, err);

    if (!st && !usage_of(use))
        st = error_set(err, LK_EUSE,
                       "option 'use' is train, transform, endpoint or notebook, not '%.40s'", use);
    if (!st && !price_hourly(dollars, agent_client(a), guard_ledger(agent_guard(a)), instance,
                             usage_of(use)))
        st = error_set(err, LK_ESERVICE,
                       "the price list has no price of %s in %s: see "
                       "aws.amazon.com/sagemaker/pricing",
                       instance, aws_region(agent_client(a)));
    return st;
}

/* S3 Standard, the first 50 TB, us-east-1, looked up in November 2025; most regions are near it. */
static const double gb_month = 0.023;

static void put_line(struct json_out *w, const char *what, double dollars)
{
    json_open(w, NULL, '{');
    json_put_z(w, "what", what);
    json_put_number(w, "dollars", dollars);
    json_close(w);
}

static enum lk_status cost(struct agent *a, const struct json *args, struct json_out *w,
                           struct lk_error *err)
{
    const char *instance = agent_option(args, "instance"), *use = agent_option(args, "use");
    double count = json_number(json_get(args, "instances"), 1);
    double minutes = json_number(json_get(args, "minutes"), 60);
    double gb = json_number(json_get(args, "storage_gb"), 0);
    double months = json_number(json_get(args, "months"), 1), price = 0, total;
    struct str as_of = STR_INIT;
    char what[160];
    enum lk_status st = instance ? price_of(&price, a, instance, use ? use : "train", err) : LK_OK;

    total = price * count * minutes / 60 + gb_month * gb * months;
    clock_put_iso(&as_of, clock_unix_ms(), false);
    json_open(w, "value", '{');
    json_put_number(w, "total", total);
    json_put_z(w, "currency", "USD");
    json_put_string(w, "as_of", slice_first(slice_str(&as_of), 10));
    json_open(w, "lines", '[');
    if (instance) {
        snprintf(what, sizeof what, "%g x %.64s for %g min at %.4f an hour", count, instance,
                 minutes, price);
        put_line(w, what, price * count * minutes / 60);
    }
    if (gb > 0) {
        snprintf(what, sizeof what, "%g GB in S3 for %g months at %.3f", gb, months, gb_month);
        put_line(w, what, gb_month * gb * months);
    }
    json_close(w);
    json_close(w);
    str_done(&as_of);
    return st;
}

/* aws.budget(5), aws.budget("none"), aws.budget() */
static enum lk_status budget(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    const struct json *wish = json_at(args, 0);
    const char *target = aws_target(agent_client(a));
    struct ledger *l = guard_ledger(agent_guard(a));
    struct budget now = {0};
    double dollars = json_number(wish, -1), spent = 0;
    size_t unknown;
    enum lk_status st = LK_OK;

    if (json_kind(wish) == JSON_STRING && strcmp(json_string(wish, ""), "none"))
        return error_set(err, LK_EUSE, "a budget is a number of dollars, or \"none\"");
    if (json_kind(wish) == JSON_NUMBER && !(dollars >= 0))
        return error_set(err, LK_EUSE, "a budget is not below 0 dollars");
    if (json_kind(wish) == JSON_STRING)
        st = agent_consent(a, err, "The lab takes the budget of your AWS account away.");
    else if (json_kind(wish) == JSON_NUMBER)
        st = agent_consent(a, err, "The lab sets the budget of your AWS account to %.2f dollars.",
                           dollars);
    if (!st && json_kind(wish) != JSON_NULL)
        st = ledger_set_budget(l, target, dollars, err);
    if (!st)
        st = ledger_budget(l, target, &now, err);
    if (!st)
        st = ledger_spent(l, target, now.since_ms, &spent, &unknown, err);
    json_open(w, "value", '{');
    if (!st && now.dollars >= 0) {
        json_put_number(w, "budget", now.dollars);
        json_put_number(w, "left", now.dollars - spent);
    }
    json_put_number(w, "spent", spent);
    json_close(w);
    return st;
}

/* ---- what is left behind ----------------------------------------------------------- */

static bool put_entry(void *ctx, const struct ledger_entry *e)
{
    struct json_out *w = ctx;
    const struct resource *r = resource_of_kind(e->kind);

    json_open(w, NULL, '[');
    json_put_z(w, NULL, r ? r->words : e->kind);
    json_put_z(w, NULL, e->name);
    json_put_z(w, NULL, *e->region ? e->region : "everywhere");
    json_put_number(w, NULL, e->hourly < 0 ? NAN : e->hourly);
    json_close(w);
    return true;
}

static enum lk_status ledger(struct agent *a, const struct json *args, struct json_out *w,
                             struct lk_error *err)
{
    struct guard *g = agent_guard(a);
    enum lk_status st;

    agent_table_open(w, (const char *const[]){"kind", "name", "region", "dollars an hour", NULL});
    st = ledger_each(guard_ledger(g), aws_target(agent_client(a)), guard_account(g), NULL, true,
                     put_entry, w, err);
    agent_table_close(w);
    return st;
}

struct places {
    char *region[40];
    size_t n;
};

static bool add_place(void *ctx, const struct ledger_entry *e)
{
    struct places *p = ctx;

    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->region[i], e->region))
            return true;
    if (*e->region && p->n < sizeof p->region / sizeof p->region[0])
        p->region[p->n++] = mem_strdup(e->region);
    return true;
}

/* "deleted bucket 'b'" as a row: what was done, and to what. */
static void put_deed(void *ctx, const char *line)
{
    struct json_out *w = ctx;
    struct slice all = slice_of(line);
    size_t quote = slice_find(all, '\'');
    struct slice name = slice_from(all, quote + 1);

    json_open(w, NULL, '[');
    json_put_string(w, NULL, slice_trim(slice_first(all, quote)));
    json_put_string(w, NULL, slice_first(name, slice_find(name, '\'')));
    json_close(w);
}

/* Every region that the ledger names, and the one at hand, which goes last: with it go roles. */
static enum lk_status cleanup(struct agent *a, const struct json *args, struct json_out *w,
                              struct lk_error *err)
{
    struct guard *g = agent_guard(a);
    const char *here = aws_region(agent_client(a));
    struct places places = {.n = 0};
    struct cleanup job = {.told = put_deed, .ctx = w};
    enum lk_status st;

    st = agent_consent(a, err, "Delete all that labs and labkit have made in your AWS account.");
    if (!st)
        st = ledger_each(guard_ledger(g), aws_target(agent_client(a)), guard_account(g), NULL, true,
                         add_place, &places, err);
    agent_table_open(w, (const char *const[]){"done", "name", NULL});
    for (size_t i = 0; i < places.n && !st; i++) {
        struct seat *there = NULL;

        if (strcmp(places.region[i], here) &&
            !(st = agent_seat(&there, a, places.region[i], a->role, err)))
            st = guard_cleanup(there->guard, &job, err);
    }
    if (!st)
        st = guard_cleanup(g, &job, err);
    agent_table_close(w);
    for (size_t i = 0; i < places.n; i++)
        free(places.region[i]);
    return st;
}

const struct agent_verb agent_aws_verbs[] = {
    {"sts.whoami", whoami},   {"sts.assume_role", assume_role}, {"aws.region", agent_region},
    {"aws.regions", regions}, {"aws.latency", latency},         {"aws.cost", cost},
    {"aws.budget", budget},   {"aws.ledger", ledger},           {"aws.cleanup", cleanup},
};
const size_t agent_aws_count = sizeof agent_aws_verbs / sizeof agent_aws_verbs[0];
