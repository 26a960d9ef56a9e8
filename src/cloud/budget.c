/*
 * AWS Budgets: limits on what a month (quarter, year) may cost, and at which
 * share of them to warn. Nobody is sent mail here; who asks sees how much is
 * spent, and the console warns.
 */
#include "cloud/internal.h"
#include "cloud/usage.h"

#include "base/clock.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUDGETS_MAX = 100, NAME_MAX = 100, MEMBER_MAX = 20000 };

static bool is_own_account(struct call *c)
{
    const char *account = call_need(c, "AccountId");

    if (account && strcmp(account, c->cloud->account))
        call_fail(c, 400, "AccessDeniedException", "The account %.20s is not yours.", account);
    return !call_failed(c);
}

/* ---- rows ----------------------------------------------------------------------------- */

static bool budget_there(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select 1 from budgets where name = ?1");
    bool there;

    stmt_text(s, 1, name);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    return there;
}

static bool need_budget(struct call *c, const char *name)
{
    if (name && !budget_there(c, name))
        call_fail(c, 400, "NotFoundException",
                  "Unable to get budget: %s - the budget doesn't exist.", name);
    return name && !call_failed(c);
}

static void put_row(struct call *c, const char *name, const struct json *budget,
                    const struct json *notifications)
{
    struct stmt *s = sql(c->cloud, "insert into budgets (name, budget, notifications, updated)"
                                   " values (?1, ?2, ?3, ?4) on conflict (name) do update set"
                                   " budget = ?2, notifications = coalesce(?3, notifications),"
                                   " updated = ?4");
    struct str a = STR_INIT, b = STR_INIT;

    json_print(&a, budget, false);
    if (notifications)
        json_print(&b, notifications, false);
    stmt_text(s, 1, name);
    stmt_text(s, 2, a.ptr);
    stmt_text(s, 3, notifications ? b.ptr : NULL);
    stmt_int(s, 4, cloud_now(c->cloud));
    sql_run(c->cloud, s);
    str_done(&a);
    str_done(&b);
}

/* ---- checking --------------------------------------------------------------------------- */

static double amount_of(const struct json *spend)
{
    const char *text = json_string(json_get(spend, "Amount"), "");
    char *end;
    double amount = strtod(text, &end);

    return *text && !*end && isfinite(amount) ? amount : -1;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(word, *words))
            return true;
    return false;
}

static bool check_budget(struct call *c, const struct json *budget)
{
    static const char *const units[] = {"DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", NULL};
    static const char *const types[] = {"COST", NULL};
    const char *name = json_string(json_get(budget, "BudgetName"), "");

    if (!*name || strlen(name) > NAME_MAX || strpbrk(name, ":\\"))
        call_fail(c, 400, "InvalidParameterException",
                  "BudgetName has 1 to %d characters, without : and \\.", NAME_MAX);
    else if (amount_of(json_get(budget, "BudgetLimit")) < 0)
        call_fail(c, 400, "InvalidParameterException", "BudgetLimit.Amount is a number.");
    else if (!is_one_of(json_string(json_get(budget, "TimeUnit"), ""), units))
        call_fail(c, 400, "InvalidParameterException",
                  "TimeUnit is DAILY, MONTHLY, QUARTERLY or ANNUALLY.");
    else if (!is_one_of(json_string(json_get(budget, "BudgetType"), ""), types))
        call_fail(c, 400, "InvalidParameterException", "BudgetType is COST here.");
    return !call_failed(c);
}

/* ---- telling ------------------------------------------------------------------------------ */

/* The time that a budget counts now. */
static void period_of(const char *unit, int64_t now, int64_t *from, int64_t *until)
{
    struct clock_fields t = clock_utc(now);
    int months = !strcmp(unit, "QUARTERLY") ? 3 : !strcmp(unit, "ANNUALLY") ? 12 : 1;
    int64_t day = (int64_t)24 * 3600 * 1000;

    if (!strcmp(unit, "DAILY")) {
        *from = now / day * day;
        *until = *from + day;
        return;
    }
    *from = month_start(now, 0);
    for (int back = (t.month - 1) % months; back > 0; back--)
        *from = month_start(*from - 1, 0);
    *until = month_start(*from, months);
}

static void put_spend(struct json_out *w, const char *name, double dollars)
{
    char amount[40];

    snprintf(amount, sizeof amount, "%.6f", dollars);
    json_open(w, name, '{');
    json_put_z(w, "Amount", amount);
    json_put_z(w, "Unit", "USD");
    json_close(w);
}

static void put_budget(struct call *c, const char *key, const char *text, int64_t updated)
{
    static const char *const copied[] = {"BudgetName", "BudgetLimit", "TimeUnit", "BudgetType"};
    struct json_out *w = &c->out;
    struct json *budget;
    int64_t from, until, now = cloud_now(c->cloud);

    if (json_parse(&budget, slice_of(text), "budget", NULL))
        return;
    period_of(json_string(json_get(budget, "TimeUnit"), ""), now, &from, &until);
    json_open(w, key, '{');
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        json_put_tree(w, copied[i], json_get(budget, copied[i]));
    json_open(w, "TimePeriod", '{');
    json_put_number(w, "Start", (double)from / 1000);
    json_put_number(w, "End", (double)until / 1000);
    json_close(w);
    json_open(w, "CalculatedSpend", '{');
    put_spend(w, "ActualSpend", usage_total(c->cloud, &c->memory, from, until));
    json_close(w);
    json_put_number(w, "LastUpdatedTime", (double)updated / 1000);
    json_close(w);
    json_free(budget);
}

/* ---- operations ----------------------------------------------------------------------------- */

static void create_budget(struct call *c)
{
    const struct json *budget = json_get(c->in, "Budget");
    struct stmt *s;

    if (!is_own_account(c) || !check_budget(c, budget))
        return;
    if (budget_there(c, json_string(json_get(budget, "BudgetName"), ""))) {
        call_fail(c, 400, "DuplicateRecordException", "There is a budget of that name.");
        return;
    }
    s = sql(c->cloud, "select count(*) >= ?1 from budgets");
    stmt_int(s, 1, BUDGETS_MAX);
    if (sql_row(c->cloud, s) && stmt_get_int(s, 0))
        call_fail(c, 400, "CreationLimitExceededException", "There are %d budgets already.",
                  BUDGETS_MAX);
    stmt_reset(s);
    if (!call_failed(c))
        put_row(c, json_string(json_get(budget, "BudgetName"), ""), budget,
                json_get(c->in, "NotificationsWithSubscribers"));
}

static void update_budget(struct call *c)
{
    const struct json *budget = json_get(c->in, "NewBudget");

    if (is_own_account(c) && check_budget(c, budget) &&
        need_budget(c, json_string(json_get(budget, "BudgetName"), "")))
        put_row(c, json_string(json_get(budget, "BudgetName"), ""), budget, NULL);
}

static void describe_budget(struct call *c)
{
    const char *name = call_need(c, "BudgetName");
    struct stmt *s;

    if (!is_own_account(c) || !need_budget(c, name))
        return;
    usage_measure_storage(c->cloud);
    s = sql(c->cloud, "select budget, updated from budgets where name = ?1");
    stmt_text(s, 1, name);
    if (sql_row(c->cloud, s)) {
        const char *text = sql_text(&c->memory, s, 0);

        put_budget(c, "Budget", text, stmt_get_int(s, 1));
    }
    stmt_reset(s);
}

static void describe_budgets(struct call *c)
{
    struct stmt *s;

    if (!is_own_account(c))
        return;
    usage_measure_storage(c->cloud);
    s = sql(c->cloud, "select budget, updated from budgets order by name");
    json_open(&c->out, "Budgets", '[');
    while (sql_row(c->cloud, s))
        put_budget(c, NULL, sql_text(&c->memory, s, 0), stmt_get_int(s, 1));
    stmt_reset(s);
    json_close(&c->out);
}

static void delete_budget(struct call *c)
{
    const char *name = call_need(c, "BudgetName");
    struct stmt *s;

    if (!is_own_account(c) || !need_budget(c, name))
        return;
    s = sql(c->cloud, "delete from budgets where name = ?1");
    stmt_text(s, 1, name);
    sql_run(c->cloud, s);
}

static void describe_notifications(struct call *c)
{
    const char *name = call_need(c, "BudgetName");
    struct json *list = NULL;
    struct stmt *s;

    if (!is_own_account(c) || !need_budget(c, name))
        return;
    s = sql(c->cloud, "select coalesce(notifications, '[]') from budgets where name = ?1");
    stmt_text(s, 1, name);
    if (sql_row(c->cloud, s) && json_parse(&list, stmt_get_slice(s, 0), "notifications", NULL))
        list = NULL;
    stmt_reset(s);
    json_open(&c->out, "Notifications", '[');
    for (const struct json *n = json_first(list); n; n = json_next(n))
        json_put_tree(&c->out, NULL, json_get(n, "Notification"));
    json_close(&c->out);
    json_free(list);
}

#define BUDGET .resource = "arn:aws:budgets::{account}:budget/{BudgetName}"

static const struct operation operations[] = {
    {"CreateBudget", create_budget, .action = "budgets:ModifyBudget", .resource = NULL},
    {"UpdateBudget", update_budget, .action = "budgets:ModifyBudget", .resource = NULL},
    {"DeleteBudget", delete_budget, .action = "budgets:ModifyBudget", BUDGET},
    {"DescribeBudget", describe_budget, .action = "budgets:ViewBudget", BUDGET},
    {"DescribeBudgets", describe_budgets, .action = "budgets:ViewBudget", .resource = NULL},
    {"DescribeNotificationsForBudget", describe_notifications, .action = "budgets:ViewBudget",
     BUDGET},
    {.name = NULL},
};

const struct service service_budgets = {
    .name = "budgets",
    .prefix = "budgets",
    .protocol = PROTOCOL_JSON,
    .target = "AWSBudgetServiceGateway",
    .operations = operations,
    .invalid = "InvalidParameterException",
    .bad_token = "InvalidNextTokenException",
};
