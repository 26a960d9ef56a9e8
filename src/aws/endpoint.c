/*
 * Which host to ask, and which region to sign for. An endpoint that was set
 * (for the service, then for all) is taken as it is; else the host is made
 * from service, region and partition. S3 buckets go into the host where TLS's
 * wildcard and DNS allow it, else into the path.
 */
#include "aws/client.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct partition {
    const char *prefix, *name, *suffix;
    const char *iam_host, *iam_region;
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "iam.us-isob-east-1.sc2s.sgov.gov",
     "us-isob-east-1"},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
    {"", "aws", "amazonaws.com", "iam.amazonaws.com", "us-east-1"},
};

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;

    while (!slice_starts(slice_of(region), p->prefix))
        p++;
    return p;
}

const char *aws_suffix(const struct aws *c)
{
    return partition_of(c->region)->suffix;
}

const char *aws_partition(const struct aws *c)
{
    return partition_of(c->region)->name;
}

/* ---- buckets and their regions --------------------------------------------- */

const char *bucket_region_get(struct aws *c, const char *bucket)
{
    const char *region = NULL;

    pthread_mutex_lock(&c->lock);
    for (struct bucket_region *b = c->buckets; b && !region; b = b->next)
        if (!strcmp(b->bucket, bucket))
            region = b->region;
    pthread_mutex_unlock(&c->lock);
    return region;
}

/* Entries stay until the client closes, since others may hold their text; the newest is first. */
void bucket_region_set(struct aws *c, const char *bucket, const char *region)
{
    struct bucket_region *b = mem_alloc(sizeof *b);

    pthread_mutex_lock(&c->lock);
    *b = (struct bucket_region){mem_strdup(bucket), mem_strdup(region), c->buckets};
    c->buckets = b;
    pthread_mutex_unlock(&c->lock);
}

/* ---- endpoints that were set ------------------------------------------------ */

static const char *from_services_section(const struct aws *c, const struct aws_service *s)
{
    const char *services = settings_get(c, "services");
    char section[128], key[64];
    size_t n = 0;

    if (!services)
        return NULL;
    snprintf(section, sizeof section, "services %s", services);
    for (; n < 40 && s->setting[n]; n++)
        key[n] = (char)tolower((unsigned char)s->setting[n]);
    snprintf(key + n, sizeof key - n, ".endpoint_url");
    return ini_get(&c->ini, section, key);
}

static const char *set_endpoint(const struct aws *c, const struct aws_service *s)
{
    const char *ignore = settings_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *url;
    char name[64];

    if (c->endpoint)
        return c->endpoint;
    if (ignore && !strcasecmp(ignore, "true"))
        return NULL;
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", s->setting);
    if ((url = settings_env(name)) || (url = settings_env("AWS_ENDPOINT_URL")))
        return url;
    url = from_services_section(c, s);
    return url ? url : settings_get(c, "endpoint_url");
}

/* ---- hosts ------------------------------------------------------------------ */

static bool fits_host(const char *bucket)
{
    size_t n = strlen(bucket);

    for (size_t i = 0; i < n; i++)
        if (!((bucket[i] >= 'a' && bucket[i] <= 'z') || isdigit((unsigned char)bucket[i]) ||
              bucket[i] == '-'))
            return false;
    return n >= 3 && n <= 63;
}

static void put_aws_host(struct str *out, const struct aws_service *s, const char *region,
                         const struct partition *p)
{
    if (!strcmp(s->name, "iam"))
        str_puts(out, p->iam_host);
    else
        str_printf(out, "%s.%s.%s", s->endpoint, region, p->suffix);
}

/* The price list is served in few regions, whatever region it is asked about. */
static const char *region_for(const struct aws *c, const struct aws_service *s)
{
    if (!strcmp(s->name, "iam"))
        return partition_of(c->region)->iam_region;
    if (!strcmp(s->name, "pricing") && !strcmp(aws_partition(c), "aws"))
        return "us-east-1";
    return c->region;
}

static enum lk_status use_set_endpoint(struct endpoint *out, const char *url, const char *bucket,
                                       struct lk_error *err)
{
    struct slice text = slice_of(url), host;
    size_t scheme = slice_starts(text, "https://") ? 8 : slice_starts(text, "http://") ? 7 : 0;

    if (!scheme)
        return error_set(err, LK_EUSE,
                         "an endpoint URL starts with http:// or https://, unlike '%.100s'", url);
    while (slice_ends(text, "/"))
        text.len--;
    host = slice_from(text, scheme);
    str_put(&out->host, slice_first(host, slice_find(host, '/')));
    str_put(&out->url, text);
    if (bucket) {
        str_putc(&out->url, '/');
        str_put_url(&out->url, slice_of(bucket), false);
    }
    return LK_OK;
}

static enum lk_status check_region(const char *region, struct lk_error *err)
{
    if (!*region)
        return error_set(err, LK_EUSE,
                         "no region is set: set AWS_REGION, for example to us-east-1, or write "
                         "'region = us-east-1' into ~/.aws/config");
    for (const char *p = region; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
            return error_set(err, LK_EUSE, "'%.60s' is no region; one looks like us-east-1",
                             region);
    return LK_OK;
}

enum lk_status endpoint_find(struct endpoint *out, struct aws *c, const struct aws_service *s,
                             const char *bucket, struct lk_error *err)
{
    const char *url = set_endpoint(c, s), *known = bucket ? bucket_region_get(c, bucket) : NULL;
    bool in_host = bucket && fits_host(bucket);
    enum lk_status st;

    *out = (struct endpoint){.url = STR_INIT, .host = STR_INIT};
    out->region = known ? known : region_for(c, s);
    st = check_region(out->region, err);
    if (st)
        return st;
    if (url)
        return use_set_endpoint(out, url, bucket, err);
    if (in_host)
        str_printf(&out->host, "%s.", bucket);
    put_aws_host(&out->host, s, out->region, partition_of(out->region));
    str_printf(&out->url, "https://%s", out->host.ptr);
    if (bucket && !in_host) {
        str_putc(&out->url, '/');
        str_put_url(&out->url, slice_of(bucket), false);
    }
    return LK_OK;
}

void endpoint_done(struct endpoint *e)
{
    str_done(&e->url);
    str_done(&e->host);
}
