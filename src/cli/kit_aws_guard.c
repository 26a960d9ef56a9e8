/*
 * labkit aws budget, ledger, cleanup, iam role, regions;
 * and the guard as the aws commands use it: it asks on the terminal.
 */
#include "aws/names.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/number.h"
#include "base/term.h"
#include "cli/kit_aws_guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- shared --------------------------------------------------------------------- */

static void show_plan(void *ctx, const char *text)
{
    fputs(text, stderr);
}

static bool ask_user(void *ctx, const struct plan *p)
{
    char answer[16];

    if (!term_is_tty(stdin) || !term_is_tty(stderr))
        return false;
    fprintf(stderr, "Go on? [y/N] ");
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

enum lk_status kit_guard_open(struct aws **c, struct guard **g, const struct args *a,
                              struct lk_error *err)
{
    const char *price = args_get(a, "price");
    struct guard_options o = {.yes = args_flag(a, "yes"), .show = show_plan, .ask = ask_user};
    int64_t minutes = 0;
    enum lk_status st = LK_OK;

    if (price && (!number_parse_double(slice_of(price), &o.price) || !(o.price > 0)))
        return error_set(err, LK_EUSE, "--price is dollars an hour, not '%s'", price);
    if (args_get(a, "max-minutes"))
        st = args_int(a, "max-minutes", 60, 1, 28 * 24 * 60, &minutes, err);
    o.limit_s = minutes * 60;
    o.stop_s = args_flag(a, "wait") ? o.limit_s : 0;
    if (!st)
        st = kit_aws_open(c, a, err);
    if (!st)
        st = guard_open(g, *c, &o, err);
    return st;
}

void kit_guard_close(struct aws *c, struct guard *g)
{
    guard_close(g);
    kit_aws_close(c);
}

static void put_money(struct str *out, double dollars)
{
    if (dollars < 0)
        str_puts(out, "unknown");
    else
        str_printf(out, "%.4f", dollars);
}

/* ---- budget ---------------------------------------------------------------------- */

static const struct option budget_options[] = {KIT_AWS_OPTIONS, KIT_AWS_OPTIONS_END};

static enum lk_status set_budget(struct ledger *l, const char *target, const char *text,
                                 struct lk_error *err)
{
    double dollars = -1;

    if (strcmp(text, "none") &&
        (!number_parse_double(slice_of(text), &dollars) || !(dollars >= 0) || isinf(dollars)))
        return error_set(err, LK_EUSE, "a budget is a number of dollars, or none, not '%s'", text);
    return ledger_set_budget(l, target, dollars, err);
}

static enum lk_status print_budget(struct ledger *l, const char *target, bool json,
                                   struct lk_error *err)
{
    struct budget b;
    struct str text = STR_INIT, since = STR_INIT;
    struct json_out w;
    double spent = 0;
    size_t unknown = 0;
    enum lk_status st = ledger_budget(l, target, &b, err);

    if (!st)
        st = ledger_spent(l, target, b.since_ms, &spent, &unknown, err);
    if (st)
        return st;
    clock_put_iso(&since, b.since_ms, false);
    if (json) {
        json_begin(&w, &text, true);
        json_open(&w, NULL, '{');
        json_put_z(&w, "target", target);
        json_put_number(&w, "budget", b.dollars < 0 ? NAN : b.dollars);
        json_put_number(&w, "spent", spent);
        json_put_int(&w, "unknown", (int64_t)unknown);
        if (b.dollars >= 0)
            json_put_string(&w, "since", slice_str(&since));
        json_close(&w);
        str_putc(&text, '\n');
    } else if (b.dollars < 0) {
        str_printf(&text, "no budget is set for %s; so far at most %.4f dollars\n", target, spent);
    } else {
        str_printf(&text, "%.2f dollars for %s since %s; used at most %.4f, left %.4f\n", b.dollars,
                   target, since.ptr, spent, b.dollars - spent);
    }
    if (unknown && !json)
        str_printf(&text, "%zu thing%s of unknown cost\n", unknown, unknown == 1 ? "" : "s");
    st = file_write("-", slice_str(&text), err);
    str_done(&text);
    str_done(&since);
    return st;
}

static int run_budget(const struct args *a, struct lk_error *err)
{
    const char *target = args_get(a, "target");
    struct ledger *l = NULL;
    enum lk_status st = LK_OK;

    if (!target)
        target = getenv("LABKIT_TARGET");
    if (!target || !*target)
        target = "aws";
    if (args_count(a) > 1)
        st = error_set(err, LK_EUSE, "expected one number of dollars, or none");
    if (!st)
        st = ledger_open(&l, err);
    if (!st && args_count(a))
        st = set_budget(l, target, args_operand(a, 0), err);
    if (!st)
        st = print_budget(l, target, args_flag(a, "json"), err);
    ledger_close(l);
    return exit_for(st);
}

const struct command command_kit_aws_budget = {
    .name = "aws budget",
    .summary = "show or set how much may be spent; steps that could cost more are refused",
    .operands = "[DOLLARS|none]",
    .options = budget_options,
    .details = "Counts from when it is set: jobs at the most that they can cost (or what they did "
               "cost), things that bill by the hour for the hours since they were made. It guards "
               "what labkit makes; AWS's own budgets and alarms guard the rest of the account.",
    .example = "$ labkit aws budget 5 --target practice",
    .run = run_budget,
};

/* ---- ledger ----------------------------------------------------------------------- */

static const struct option ledger_options[] = {
    KIT_AWS_OPTIONS, {"all", NULL, "also what is over and gone", false, 0}, KIT_AWS_OPTIONS_END};

struct printer {
    struct json_out *w; /* NULL: text */
    size_t n;
    double hourly;
    bool unknown;
};

static void json_entry(struct json_out *w, const struct ledger_entry *e)
{
    struct str asked = STR_INIT;

    clock_put_iso(&asked, e->asked_ms, false);
    json_open(w, NULL, '{');
    json_put_z(w, "kind", e->kind);
    json_put_z(w, "name", e->name);
    json_put_z(w, "arn", e->arn);
    json_put_z(w, "state", e->state);
    json_put_z(w, "account", e->account);
    json_put_z(w, "region", e->region);
    json_put_number(w, "hourly", e->hourly < 0 ? NAN : e->hourly);
    json_put_number(w, "cost", e->most < 0 ? NAN : e->most);
    json_put_string(w, "asked", slice_str(&asked));
    json_close(w);
    str_done(&asked);
}

static bool print_entry(void *ctx, const struct ledger_entry *e)
{
    struct printer *p = ctx;
    struct str line = STR_INIT;

    p->n++;
    if (!strcmp(e->state, "made") || !strcmp(e->state, "asked")) {
        p->hourly += e->hourly > 0 ? e->hourly : 0;
        p->unknown |= e->hourly < 0;
    }
    if (p->w) {
        json_entry(p->w, e);
        return true;
    }
    str_printf(&line, "%-8s %-16s %-32s %-14s ", e->state, e->kind, e->name,
               *e->region ? e->region : "all regions");
    if (e->hourly) {
        put_money(&line, e->hourly);
        str_puts(&line, " an hour");
    } else {
        put_money(&line, e->most);
    }
    str_putc(&line, '\n');
    kit_aws_put(line.ptr);
    str_done(&line);
    return true;
}

static int run_ledger(const struct args *a, struct lk_error *err)
{
    const char *target = args_get(a, "target");
    struct str text = STR_INIT;
    struct json_out w = {0};
    struct printer p = {.w = args_flag(a, "json") ? &w : NULL};
    struct ledger *l = NULL;
    enum lk_status st = kit_aws_operands(a, 0, "", err);

    if (!target)
        target = getenv("LABKIT_TARGET");
    if (!st)
        st = ledger_open(&l, err);
    json_begin(&w, &text, true);
    if (p.w)
        json_open(&w, NULL, '[');
    if (!st)
        st = ledger_each(l, target && *target ? target : "aws", NULL, args_get(a, "region"),
                         !args_flag(a, "all"), print_entry, &p, err);
    if (p.w)
        json_close(&w);
    if (!st && p.w) {
        str_putc(&text, '\n');
        st = file_write("-", slice_str(&text), err);
    } else if (!st) {
        fprintf(stderr, "%zu thing%s; what is there costs %.4f dollars an hour%s\n", p.n,
                p.n == 1 ? "" : "s", p.hourly,
                p.unknown ? " and more (not all prices are known)" : "");
    }
    ledger_close(l);
    str_done(&text);
    return exit_for(st);
}

const struct command command_kit_aws_ledger = {
    .name = "aws ledger",
    .summary = "show what labkit made and what of it still costs",
    .options = ledger_options,
    .details = "States: asked (about to be made: it may be there), made, ended (a job that is "
               "over), gone, refused. The last column is the cost by the hour, or of a job.",
    .example = "$ labkit aws ledger --all --target practice",
    .run = run_ledger,
};

/* ---- cleanup ------------------------------------------------------------------------ */

static const struct option cleanup_options[] = {
    KIT_AWS_OPTIONS,
    {"dry-run", NULL, "say what would be deleted", false, 'n'},
    {"yes", NULL, "do not ask", false, 'y'},
    KIT_AWS_OPTIONS_END};

static void print_line(void *ctx, const char *line)
{
    kit_aws_put(line);
    putchar('\n');
    fflush(stdout);
}

static enum lk_status confirm_cleanup(const struct args *a, const struct aws *c,
                                      struct lk_error *err)
{
    if (args_flag(a, "yes") || args_flag(a, "dry-run") || !strcmp(aws_target(c), "practice"))
        return LK_OK;
    fprintf(stderr, "Deletes all that labkit made in this account in %s, data included.\n",
            aws_region(c));
    return ask_user(NULL, NULL) ? LK_OK
                                : error_set(err, LK_ELIMIT,
                                            "not confirmed: nothing was deleted "
                                            "(--yes confirms, --dry-run lists)");
}

static int run_cleanup(const struct args *a, struct lk_error *err)
{
    struct cleanup job = {.dry_run = args_flag(a, "dry-run"), .told = print_line};
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = kit_guard_open(&c, &g, a, err)) ||
           (st = confirm_cleanup(a, c, err)) || (st = guard_cleanup(g, &job, err)));
    if (!st && job.dry_run)
        fprintf(stderr, "%zu would be deleted in %s\n", job.removed, aws_region(c));
    else if (!st)
        fprintf(stderr, "%zu deleted; nothing of labkit's is left in %s\n", job.removed,
                aws_region(c));
    else if (job.left)
        fprintf(stderr, "%zu deleted, %zu left\n", job.removed, job.left);
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_cleanup = {
    .name = "aws cleanup",
    .summary = "delete all that labkit made in this account and region",
    .options = cleanup_options,
    .details =
        "In the right order: endpoints, notebooks, pipelines, running jobs, configurations, "
        "models, buckets with their objects, roles. From the ledger, and from the tag "
        "'labkit' for what the ledger does not know. Leaves everything else. Safe to repeat.",
    .example = "$ labkit aws cleanup --dry-run",
    .run = run_cleanup,
};

/* ---- iam role -------------------------------------------------------------------------- */

static const struct option role_options[] = {
    KIT_AWS_OPTIONS,
    {"bucket", "B", "the one bucket that jobs may read and write (required)", false, 0},
    {"yes", NULL, "do not ask", false, 'y'},
    KIT_AWS_OPTIONS_END};

static int run_role(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct str arn = STR_INIT;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one NAME", err)) || (st = args_need(a, "bucket", err)) ||
           (st = kit_guard_open(&c, &g, a, err)) ||
           (st = job_make_role(&arn, g, args_operand(a, 0), args_get(a, "bucket"), err)));
    if (!st)
        puts(arn.ptr);
    str_done(&arn);
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_iam_role = {
    .name = "aws iam role",
    .summary = "make the role that SageMaker's jobs run as, or bring its policy up to date",
    .operands = "NAME",
    .options = role_options,
    .details = "Trusts sagemaker.amazonaws.com and may read and write one bucket, write logs and "
               "metrics, and fetch container images; nothing else.",
    .example = "$ labkit aws iam role labkit-jobs --bucket my-bucket",
    .run = run_role,
};

/* ---- regions ------------------------------------------------------------------------------ */

static const struct option regions_options[] = {
    {"json", NULL, "print JSON", false, 0},
    {"measure", NULL, "measure how long each takes to answer (asks AWS, without credentials)",
     false, 0},
    KIT_AWS_OPTIONS_END};

/* The time of a second request on a warm connection, in ms; below zero: no answer. */
static double measure(const char *region)
{
    struct net_options o = {.connect_ms = 3000, .idle_s = 5};
    struct str url = STR_INIT;
    struct net_request r = {.method = "GET", .total_ms = 6000};
    struct net *n = net_new(&o);
    double ms = -1;

    str_printf(&url, "https://dynamodb.%s.amazonaws.com/ping", region);
    r.url = url.ptr;
    for (int i = 0; i < 2; i++) {
        int64_t start = clock_steady_ns();
        struct net_answer answer;
        enum lk_status st = net_send(&answer, n, &r, NULL);

        ms = st ? -1 : (double)(clock_steady_ns() - start) / 1e6;
        net_answer_done(&answer);
        if (st)
            break;
    }
    net_free(n);
    str_done(&url);
    return ms;
}

static int run_regions(const struct args *a, struct lk_error *err)
{
    bool json = args_flag(a, "json"), timed = args_flag(a, "measure");
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st = kit_aws_operands(a, 0, "", err);

    if (st)
        return exit_for(st);
    json_begin(&w, &text, true);
    if (json)
        json_open(&w, NULL, '[');
    for (size_t i = 0; i < names_regions(); i++) {
        struct names_region r = names_region(i);
        double ms = timed ? measure(r.code) : -1;

        if (json) {
            json_open(&w, NULL, '{');
            json_put_z(&w, "region", r.code);
            json_put_z(&w, "place", r.place);
            if (timed)
                json_put_number(&w, "ms", ms < 0 ? NAN : ms);
            json_close(&w);
            continue;
        }
        str_printf(&text, "%-16s %s", r.code, r.place);
        if (timed && ms < 0)
            str_puts(&text, "  no answer");
        else if (timed)
            str_printf(&text, "  %.0f ms", ms);
        str_putc(&text, '\n');
    }
    if (json) {
        json_close(&w);
        str_putc(&text, '\n');
    }
    st = file_write("-", slice_str(&text), err);
    str_done(&text);
    return exit_for(st);
}

const struct command command_kit_aws_regions = {
    .name = "aws regions",
    .summary = "list the regions where SageMaker's XGBoost can be had",
    .options = regions_options,
    .example = "$ labkit aws regions",
    .run = run_regions,
};
