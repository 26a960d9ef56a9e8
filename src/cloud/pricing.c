/*
 * The price list: what things cost in each region, as AWS's Price List API
 * tells it. The machines come from the table of instance types, the rest from
 * the table here. Every product says in its attributes that its price is for
 * practice.
 *
 * A product is made when it is looked at: place, region and use make a number,
 * and the number is where a page goes on.
 */
#include "cloud/instance.h"
#include "cloud/internal.h"
#include "cloud/rule.h"
#include "cloud/usage.h"

#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFFECTIVE "2026-01-01T00:00:00Z"
#define NOTE      "A practice price: like AWS's, but not AWS's."

enum { ATTRIBUTES_MAX = 20, PAGE_MAX = 100, FILTERS_MAX = 20, VALUES_MAX = 512 };

/* What is not rented by the hour. */
static const struct other {
    const char *service, *family, *usage, *operation, *unit, *what;
    double dollars; /* a unit, in us-east-1 */
} others[] = {
    {"AmazonS3", "Storage", "TimedStorage-ByteHrs", "", "GB-Mo", "storage, a GB and month", 0.023},
    {"AmazonS3", "API Request", "Requests-Tier1", "", "Requests",
     "a PUT, COPY, POST or LIST request", 0.000005},
    {"AmazonS3", "API Request", "Requests-Tier2", "", "Requests", "a GET or other request",
     0.0000004},
    {"AmazonSageMaker", "ML Storage", "Notebk:VolumeUsage.gp2", "", "GB-Mo",
     "disk of a notebook instance, a GB and month", 0.14},
    {"AmazonSageMaker", "ML Storage", "Train:VolumeUsage.gp2", "", "GB-Mo",
     "disk of a training job, a GB and month", 0.14},
    {"AmazonSageMaker", "ML Serverless", "ServerlessInf:Mem-2GB", "ServerlessInvocation", "seconds",
     "a second of a serverless endpoint with 2 GB", 0.00004},
    {"AmazonSageMaker", "Ground Truth", "LabeledObject", "", "objects", "a labelled object", 0.08},
    {"AmazonSageMaker", "Ground Truth", "AutoLabeledObject", "", "objects",
     "an object that a model has labelled", 0.001},
    {"AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "PutLogEvents", "GB",
     "logs taken in, a GB", 0.5},
};

const struct region *region_find(const char *code)
{
    for (size_t i = 0; i < region_count; i++)
        if (!strcmp(regions[i].code, code))
            return &regions[i];
    return NULL;
}

double price_of(const char *service, const char *usage, const char *region)
{
    const struct region *r = region_find(region);

    for (size_t i = 0; r && i < sizeof others / sizeof *others; i++)
        if (!strcmp(others[i].service, service) && !strcmp(others[i].usage, usage))
            return others[i].dollars * r->factor;
    return 0;
}

struct product {
    const char *service, *family, *unit;
    double dollars;
    const char *what; /* of the description */
    char sku[17];
    struct {
        const char *name, *value;
    } attribute[ATTRIBUTES_MAX];
    size_t attributes;
};

static void put(struct product *p, const char *name, const char *value)
{
    if (p->attributes < ATTRIBUTES_MAX) {
        p->attribute[p->attributes].name = name;
        p->attribute[p->attributes++].value = value;
    }
}

static void put_place(struct product *p, struct arena *a, const struct region *r, const char *usage)
{
    put(p, "servicecode", p->service);
    put(p, "regionCode", r->code);
    put(p, "location", r->name);
    put(p, "locationType", "AWS Region");
    put(p, "usagetype", arena_printf(a, "%s-%s", r->prefix, usage));
    put(p, "note", NOTE);
}

/* Sixteen letters and digits that are the same for the same product. */
static void name_product(struct product *p, const char *region, const char *usage)
{
    uint64_t h = 14695981039346656037u;

    for (const char *s = region; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    for (const char *s = usage; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    for (size_t i = 0; i < 16; i++, h = h / 36 + h * 1099511628211u)
        p->sku[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[h % 36];
}

static bool make_machine(struct product *p, struct arena *a, const struct region *r,
                         const struct instance_type *t, enum instance_use use)
{
    const char *usage;

    if (!instance_uses[use].usage || t->quota[use] < 0)
        return false;
    usage = arena_printf(a, "%s:%s", instance_uses[use].usage, t->name);
    *p = (struct product){.service = "AmazonSageMaker",
                          .family = "ML Instance",
                          .unit = "Hrs",
                          .dollars = t->dollars * r->factor};
    p->what = arena_printf(a, "an hour of %s for %s", t->name, instance_uses[use].component);
    put_place(p, a, r, usage);
    put(p, "operation", "RunInstance");
    put(p, "instanceName", t->name);
    put(p, "platoinstancename", t->name);
    put(p, "component", instance_uses[use].component);
    put(p, "computeType", t->gpus ? "GPU Instances" : "Standard Instances");
    put(p, "vCpu", arena_printf(a, "%d", t->vcpus));
    put(p, "memory", arena_printf(a, "%g GiB", t->memory_gib));
    put(p, "gpu", t->gpus ? arena_printf(a, "%d", t->gpus) : "N/A");
    name_product(p, r->code, usage);
    return true;
}

static void make_other(struct product *p, struct arena *a, const struct region *r,
                       const struct other *o)
{
    *p = (struct product){.service = o->service,
                          .family = o->family,
                          .unit = o->unit,
                          .dollars = o->dollars * r->factor,
                          .what = o->what};
    put_place(p, a, r, o->usage);
    put(p, "operation", o->operation);
    name_product(p, r->code, o->usage);
}

/* The first product from place *i on, moving *i behind it; false at the end. */
static bool product_next(struct product *p, struct arena *a, size_t *i)
{
    const size_t machines = instance_type_count * INSTANCE_USES;
    const size_t each = machines + sizeof others / sizeof *others;

    while (*i < region_count * each) {
        const struct region *r = &regions[*i / each];
        size_t k = (*i)++ % each;

        if (k >= machines) {
            make_other(p, a, r, &others[k - machines]);
            return true;
        }
        if (make_machine(p, a, r, &instance_types[k / INSTANCE_USES], k % INSTANCE_USES))
            return true;
    }
    return false;
}

/* ---- filters ---------------------------------------------------------------------- */

struct filter {
    const char *type, *field, *value;
};

static const char *attribute(const struct product *p, const char *name)
{
    if (!strcmp(name, "productFamily"))
        return p->family;
    if (!strcmp(name, "sku"))
        return p->sku;
    for (size_t i = 0; i < p->attributes; i++)
        if (!strcmp(p->attribute[i].name, name))
            return p->attribute[i].value;
    return NULL;
}

static bool is_one_of(const char *list, const char *value)
{
    struct slice rest = slice_of(list), part;

    while (slice_split(&rest, ',', &part))
        if (slice_is(slice_trim(part), value))
            return true;
    return false;
}

static bool passes(const struct product *p, const struct filter *f)
{
    const char *value = attribute(p, f->field);

    if (!strcmp(f->type, "NONE_OF"))
        return !value || !is_one_of(f->value, value);
    if (!value)
        return false;
    if (!strcmp(f->type, "CONTAINS"))
        return strstr(value, f->value) != NULL;
    if (!strcmp(f->type, "ANY_OF"))
        return is_one_of(f->value, value);
    return !strcasecmp(value, f->value);
}

static void bad(struct call *c, const char *what)
{
    call_fail(c, 400, "InvalidParameterException", "%s", what);
}

static size_t take_filters(struct call *c, struct filter *out)
{
    static const char *const types[] = {"TERM_MATCH", "EQUALS", "CONTAINS", "ANY_OF", "NONE_OF"};
    const struct json *list = json_get(c->in, "Filters");
    size_t n = 0;

    if (json_count(list) > FILTERS_MAX)
        bad(c, "There are more than 20 filters.");
    for (const struct json *f = json_first(list); f && n < FILTERS_MAX; f = json_next(f)) {
        struct filter one = {json_string(json_get(f, "Type"), ""),
                             json_string(json_get(f, "Field"), NULL),
                             json_string(json_get(f, "Value"), NULL)};
        bool known = false;

        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            known |= !strcmp(one.type, types[i]);
        if (!known || !one.field || !one.value)
            bad(c, "A filter has a Type (TERM_MATCH, EQUALS, CONTAINS, ANY_OF, NONE_OF), a Field "
                   "and a Value.");
        else
            out[n++] = one;
    }
    return n;
}

/* The next product of the service that passes all filters. */
static bool product_matching(struct product *p, struct arena *a, size_t *i, const char *service,
                             const struct filter *filters, size_t n)
{
    while (product_next(p, a, i)) {
        size_t passed = 0;

        if (strcmp(p->service, service))
            continue;
        while (passed < n && passes(p, &filters[passed]))
            passed++;
        if (passed == n)
            return true;
    }
    return false;
}

/* ---- writing a product --------------------------------------------------------------- */

#define TERM "JRTCKXETXF" /* "on demand", in every product of AWS */
#define RATE "6YS6EN2CT7"

static void put_term(struct json_out *w, struct arena *a, const struct product *p)
{
    const char *term = arena_printf(a, "%s." TERM, p->sku);
    const char *rate = arena_printf(a, "%s." RATE, term);

    json_open(w, "terms", '{');
    json_open(w, "OnDemand", '{');
    json_open(w, term, '{');
    json_open(w, "priceDimensions", '{');
    json_open(w, rate, '{');
    json_put_z(w, "unit", p->unit);
    json_put_z(w, "beginRange", "0");
    json_put_z(w, "endRange", "Inf");
    json_put_z(w, "description",
               arena_printf(a, "$%.10g for %s (a practice price)", p->dollars, p->what));
    json_put_z(w, "rateCode", rate);
    json_open(w, "appliesTo", '[');
    json_close(w);
    json_open(w, "pricePerUnit", '{');
    json_put_z(w, "USD", arena_printf(a, "%.10f", p->dollars));
    json_close(w);
    json_close(w);
    json_close(w);
    json_put_z(w, "sku", p->sku);
    json_put_z(w, "effectiveDate", EFFECTIVE);
    json_put_z(w, "offerTermCode", TERM);
    json_open(w, "termAttributes", '{');
    json_close(w);
    json_close(w);
    json_close(w);
    json_close(w);
}

/* A product is JSON within a string. */
static void put_product(struct call *c, const struct product *p)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_open(&w, "product", '{');
    json_put_z(&w, "productFamily", p->family);
    json_open(&w, "attributes", '{');
    for (size_t i = 0; i < p->attributes; i++)
        json_put_z(&w, p->attribute[i].name, p->attribute[i].value);
    json_close(&w);
    json_put_z(&w, "sku", p->sku);
    json_close(&w);
    json_put_z(&w, "serviceCode", p->service);
    put_term(&w, &c->memory, p);
    json_put_z(&w, "version", "20260101000000");
    json_put_z(&w, "publicationDate", EFFECTIVE);
    json_close(&w);
    json_put_string(&c->out, NULL, slice_str(&text));
    str_done(&text);
}

/* ---- operations ---------------------------------------------------------------------- */

static const char *const service_codes[] = {"AmazonCloudWatch", "AmazonS3", "AmazonSageMaker"};
static const size_t service_count = sizeof service_codes / sizeof *service_codes;

static const char *need_service(struct call *c)
{
    const char *code = call_param(c, "ServiceCode");

    for (size_t i = 0; code && i < service_count; i++)
        if (!strcmp(code, service_codes[i]))
            return code;
    bad(c, "The ServiceCode is not one of AmazonCloudWatch, AmazonS3, AmazonSageMaker.");
    return NULL;
}

/* Where the page starts; the token holds the place. */
static size_t page_start(struct call *c)
{
    const char *key = call_page_key(c, call_param(c, "NextToken"));
    int64_t i = 0;

    if (key && *key && !number_parse_int(slice_of(key), 0, 1 << 20, &i))
        call_fail(c, 400, "InvalidNextTokenException", "The pagination token is not one of ours.");
    return (size_t)i;
}

static void put_next(struct call *c, size_t i)
{
    json_put_z(&c->out, "NextToken", call_page_token(c, arena_printf(&c->memory, "%zu", i)));
}

static void get_products(struct call *c)
{
    const char *service = need_service(c);
    int64_t max = call_int(c, "MaxResults", PAGE_MAX, 1, PAGE_MAX), n = 0;
    struct filter filters[FILTERS_MAX];
    size_t count = take_filters(c, filters), i = page_start(c), next = 0;
    struct arena scratch = {0};
    struct product p;

    if (call_failed(c))
        return;
    json_put_z(&c->out, "FormatVersion", "aws_v1");
    json_open(&c->out, "PriceList", '[');
    while (product_matching(&p, &scratch, &i, service, filters, count)) {
        if (n++ == max)
            break;
        put_product(c, &p);
        next = i;
        arena_done(&scratch);
    }
    json_close(&c->out);
    if (n > max)
        put_next(c, next);
    arena_done(&scratch);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct values in `found`, sorted; they live in the call's arena. */
static size_t values_of(struct call *c, const char *service, const char *name, const char **found)
{
    struct product p;
    size_t n = 0, i = 0;

    while (n < VALUES_MAX && product_matching(&p, &c->memory, &i, service, NULL, 0)) {
        const char *value = attribute(&p, name);
        bool seen = !value || !*value;

        for (size_t k = 0; k < n && !seen; k++)
            seen = !strcmp(found[k], value);
        if (!seen)
            found[n++] = strcmp(name, "sku") ? value : arena_strdup(&c->memory, value);
    }
    qsort(found, n, sizeof *found, compare);
    return n;
}

static void get_attribute_values(struct call *c)
{
    const char *service = need_service(c), *name = call_param(c, "AttributeName");
    int64_t max = call_int(c, "MaxResults", PAGE_MAX, 1, PAGE_MAX);
    size_t i = page_start(c), n, end;
    const char **found = arena_alloc(&c->memory, VALUES_MAX * sizeof *found);

    if (!name)
        bad(c, "AttributeName is missing.");
    if (call_failed(c))
        return;
    n = values_of(c, service, name, found);
    if (!n)
        call_fail(c, 400, "NotFoundException", "The service %s has no attribute '%.64s'.", service,
                  name);
    end = i + (size_t)max < n ? i + (size_t)max : n;
    json_open(&c->out, "AttributeValues", '[');
    for (; i < end; i++) {
        json_open(&c->out, NULL, '{');
        json_put_z(&c->out, "Value", found[i]);
        json_close(&c->out);
    }
    json_close(&c->out);
    if (end < n)
        put_next(c, end);
}

/* A service's products have the same attributes in every region. */
static void put_service(struct call *c, const char *service)
{
    const char *names[ATTRIBUTES_MAX + 1] = {"productFamily"};
    size_t n = 1, i = 0;
    struct product p;

    while (product_matching(&p, &c->memory, &i, service, NULL, 0) &&
           !strcmp(attribute(&p, "regionCode"), regions[0].code))
        for (size_t k = 0; k < p.attributes; k++) {
            bool seen = false;

            for (size_t j = 0; j < n; j++)
                seen |= !strcmp(names[j], p.attribute[k].name);
            if (!seen && n <= ATTRIBUTES_MAX)
                names[n++] = p.attribute[k].name;
        }
    json_open(&c->out, NULL, '{');
    json_put_z(&c->out, "ServiceCode", service);
    json_open(&c->out, "AttributeNames", '[');
    for (i = 0; i < n; i++)
        json_put_z(&c->out, NULL, names[i]);
    json_close(&c->out);
    json_close(&c->out);
}

static void describe_services(struct call *c)
{
    const char *only = call_param(c, "ServiceCode") ? need_service(c) : NULL;
    int64_t max = call_int(c, "MaxResults", PAGE_MAX, 1, PAGE_MAX), n = 0;
    size_t i = page_start(c);

    if (call_failed(c))
        return;
    json_put_z(&c->out, "FormatVersion", "aws_v1");
    json_open(&c->out, "Services", '[');
    for (; i < service_count && n < max; i++)
        if (!only || !strcmp(only, service_codes[i])) {
            put_service(c, service_codes[i]);
            n++;
        }
    json_close(&c->out);
    if (!only && i < service_count)
        put_next(c, i);
}

static const struct operation operations[] = {
    {"GetProducts", get_products, .unlocked = true},
    {"GetAttributeValues", get_attribute_values, .unlocked = true},
    {"DescribeServices", describe_services, .unlocked = true},
    {.name = NULL},
};

const struct service service_pricing = {
    .name = "pricing",
    .prefix = "pricing",
    .protocol = PROTOCOL_JSON,
    .target = "AWSPriceListService",
    .operations = operations,
    .rules = &rules_pricing,
    .invalid = "InvalidParameterException",
    .bad_token = "InvalidNextTokenException",
};
