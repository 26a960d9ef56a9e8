/*
 * Live prices. The price list is searched for the instance type in the
 * region; of what comes, the entry whose usage type ends in
 * "Train:ml.m5.large" (or Tsform, Host, Notebk) counts. What is not found is
 * unknown: nothing is guessed, and no failure here stops anybody.
 */
#include "aws/guard.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

struct search {
    char usage[96]; /* "Train:ml.m5.large" */
    double dollars; /* below zero: not found */
};

/* The first price of the first on-demand term. */
static double on_demand(const struct json *product)
{
    const struct json *term = json_first(json_get(json_get(product, "terms"), "OnDemand"));
    const struct json *dimension = json_first(json_get(term, "priceDimensions"));
    const char *text = json_string(json_get(json_get(dimension, "pricePerUnit"), "USD"), "");
    double dollars;

    return number_parse_double(slice_of(text), &dollars) ? dollars : -1;
}

static bool look(void *ctx, const struct json *item)
{
    struct search *s = ctx;
    struct json *parsed = NULL;
    const struct json *product = item;
    const char *usage;

    if (json_kind(item) == JSON_STRING &&
        !json_parse(&parsed, slice_of(json_string(item, "")), "price list", NULL))
        product = parsed; /* AWS sends each product as JSON within a string */
    usage = json_string(json_get(json_get(json_get(product, "product"), "attributes"), "usagetype"),
                        "");
    if (slice_ends(slice_of(usage), s->usage))
        s->dollars = on_demand(product);
    json_free(parsed);
    return s->dollars < 0;
}

bool price_hourly(double *out, struct aws *c, struct ledger *l, const char *instance,
                  const char *usage)
{
    struct search s = {.dollars = -1};
    struct str in = STR_INIT, key = STR_INIT;
    struct json_out w;
    const char *filters[][2] = {{"regionCode", aws_region(c)}, {"instanceName", instance}};
    bool known;

    str_printf(&key, "%s %s %s %s", aws_target(c), aws_region(c), instance, usage);
    known = ledger_price(l, key.ptr, out);
    if (!known) {
        snprintf(s.usage, sizeof s.usage, "%s:%s", usage, instance);
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "ServiceCode", "AmazonSageMaker");
        json_open(&w, "Filters", '[');
        for (int i = 0; i < 2; i++) {
            json_open(&w, NULL, '{');
            json_put_z(&w, "Type", "TERM_MATCH");
            json_put_z(&w, "Field", filters[i][0]);
            json_put_z(&w, "Value", filters[i][1]);
            json_close(&w);
        }
        json_close(&w);
        json_close(&w);
        (void)!aws_each(c, "pricing", "GetProducts", slice_str(&in), "PriceList", look, &s, NULL);
        known = s.dollars >= 0;
        if (known) {
            *out = s.dollars;
            ledger_keep_price(l, key.ptr, s.dollars);
        }
    }
    str_done(&in);
    str_done(&key);
    return known;
}
