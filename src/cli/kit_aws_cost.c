/*
 * labkit aws cost: what an instance type costs by the hour, or what a whole
 * request could cost at most, told by the guard that would judge it.
 */
#include "aws/names.h"
#include "base/number.h"
#include "cli/kit_aws_guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option cost_options[] = {
    KIT_AWS_OPTIONS,
    {"use", "U", "train, transform, endpoint or notebook (default train)", false, 0},
    {"count", "N", "instances (default 1)", false, 0},
    {"minutes", "N", "for how long (default 60)", false, 0},
    {"request", "FILE", "of a request, as 'labkit aws call' takes it: what it can cost", false, 0},
    {"price", "D", "dollars an hour of one instance, instead of the price list", false, 0},
    KIT_AWS_OPTIONS_END};

static const char *usage_of(const char *use)
{
    static const char *const uses[][2] = {
        {"train", "Train"}, {"transform", "Tsform"}, {"endpoint", "Host"}, {"notebook", "Notebk"}};

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (!strcmp(use, uses[i][0]))
            return uses[i][1];
    return NULL;
}

struct cost {
    const char *type, *use;
    int64_t count, minutes;
    double price;
};

static enum lk_status read_cost(struct cost *k, const struct args *a, struct lk_error *err)
{
    const char *price = args_get(a, "price");
    enum lk_status st;

    *k = (struct cost){args_operand(a, 0), args_get(a, "use"), 1, 60, 0};
    if (args_count(a) > 1)
        return error_set(err, LK_EUSE,
                         "expected one INSTANCE type, such as ml.m5.large; %zu were "
                         "given",
                         args_count(a));
    if (!k->type)
        k->type = NAMES_INSTANCE_DEFAULT;
    if (!k->use)
        k->use = "train";
    (void)((st = names_instance(k->type, err)) ||
           (st = args_int(a, "count", 1, 1, 1000, &k->count, err)) ||
           (st = args_int(a, "minutes", 60, 1, 40320, &k->minutes, err)));
    if (!st && !usage_of(k->use))
        st = error_set(err, LK_EUSE, "--use is train, transform, endpoint or notebook, not '%s'",
                       k->use);
    if (!st && price && (!number_parse_double(slice_of(price), &k->price) || !(k->price > 0)))
        st = error_set(err, LK_EUSE, "--price is dollars an hour, not '%s'", price);
    return st;
}

static void print_cost(const struct cost *k, const struct args *a, const char *region)
{
    double hourly = k->price * (double)k->count, most = hourly * (double)k->minutes / 60;

    if (args_flag(a, "json")) {
        printf("{\"hourly\": %.6f, \"most\": %.6f}\n", hourly, most);
        return;
    }
    printf("%lld x %s in %s for %s: %.4f dollars an hour, %.4f for %lld min\n", (long long)k->count,
           k->type, region, k->use, hourly, most, (long long)k->minutes);
    if (!args_count(a))
        fprintf(stderr,
                "(%s is what jobs run on unless they say another; 'labkit aws cost TYPE' "
                "tells another's price, --request FILE that of a whole request)\n",
                k->type);
}

static enum lk_status cost_of_type(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct ledger *l = NULL;
    struct cost k;
    enum lk_status st;

    (void)((st = read_cost(&k, a, err)) || (st = kit_aws_open(&c, a, err)) ||
           (st = ledger_open(&l, err)));
    if (!st && !(k.price > 0) && !price_hourly(&k.price, c, l, k.type, usage_of(k.use)))
        st = error_set(err, LK_ESERVICE,
                       "the price of %s in %s is not known here: see "
                       "aws.amazon.com/sagemaker/pricing",
                       k.type, aws_region(c));
    if (!st)
        print_cost(&k, a, aws_region(c));
    ledger_close(l);
    kit_aws_close(c);
    return st;
}

/* The kind of thing that a request makes, by the member that names it. */
static const struct resource *resource_of_request(const struct json *in)
{
    for (size_t i = 0; i < resource_count; i++)
        if (resources[i].cost != COST_NOTHING && json_get(in, resources[i].name))
            return &resources[i];
    return NULL;
}

static void print_plan(const struct plan *p, const struct args *a, const char *target)
{
    struct str text = STR_INIT;
    struct json_out w;

    if (args_flag(a, "json")) {
        json_begin(&w, &text, false);
        json_open(&w, NULL, '{');
        json_put_number(&w, "hourly", p->hourly < 0 ? NAN : p->hourly);
        json_put_number(&w, "most", p->most < 0 ? NAN : p->most);
        json_close(&w);
        str_putc(&text, '\n');
    } else {
        plan_print(&text, p, target);
    }
    kit_aws_put(text.ptr);
    str_done(&text);
}

static enum lk_status cost_of_request(const struct args *a, const char *path, struct lk_error *err)
{
    const struct resource *r;
    struct json *in = NULL;
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct plan p;
    enum lk_status st = json_read(&in, path, 1 << 20, err);

    r = st ? NULL : resource_of_request(in);
    if (!st && args_count(a))
        st = error_set(err, LK_EUSE, "give an INSTANCE type or --request, not both");
    else if (!st && !r)
        st = error_set(err, LK_EUSE,
                       "%s is no request for something that costs: TrainingJobName, "
                       "TransformJobName, EndpointName or the like is missing",
                       path);
    (void)(st || (st = kit_guard_open(&c, &g, a, err)) ||
           (st = guard_plan(&p, g, r->service, r->create, in, err)));
    if (!st)
        print_plan(&p, a, aws_target(c));
    kit_guard_close(c, g);
    json_free(in);
    return st;
}

static int run_cost(const struct args *a, struct lk_error *err)
{
    const char *request = args_get(a, "request");

    return exit_for(request ? cost_of_request(a, request, err) : cost_of_type(a, err));
}

const struct command command_kit_aws_cost = {
    .name = "aws cost",
    .summary = "say what an instance type or a request costs, from the live price list",
    .operands = "[INSTANCE]",
    .options = cost_options,
    .details = "Without INSTANCE: " NAMES_INSTANCE_DEFAULT ", which jobs run on unless they say "
               "another. With --request nothing is sent but the question for the price.",
    .example = "$ labkit aws cost ml.m5.large --use transform --minutes 20\n"
               "$ labkit aws cost --request train.json",
    .run = run_cost,
};
