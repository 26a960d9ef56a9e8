/*
 * labkit aws doctor, quota: what stands in the way of a first job, and how to
 * mend it. Each check says what it found; a failed one says what to do; all
 * are run, so that one visit is enough.
 */
#include "aws/names.h"
#include "base/term.h"
#include "cli/kit_aws_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- quotas --------------------------------------------------------------------------- */

struct quota {
    const char *name; /* "ml.m5.large for training job usage" */
    double value;     /* below zero: not found */
    char code[32];
    bool adjustable;
};

static bool match_quota(void *ctx, const struct json *item)
{
    struct quota *q = ctx;

    if (strcmp(json_path(item, "QuotaName"), q->name))
        return true;
    q->value = json_number(json_get(item, "Value"), -1);
    q->adjustable = json_bool(json_get(item, "Adjustable"), false);
    snprintf(q->code, sizeof q->code, "%s", json_path(item, "QuotaCode"));
    return false;
}

static enum lk_status find_quota(struct quota *q, struct aws *c, struct lk_error *err)
{
    struct slice in = SLICE("{\"ServiceCode\":\"sagemaker\"}");
    enum lk_status st;

    q->value = -1;
    st = aws_each(c, "service-quotas", "ListServiceQuotas", in, "Quotas", match_quota, q, err);
    if (!st && q->value < 0)
        st = aws_each(c, "service-quotas", "ListAWSDefaultServiceQuotas", in, "Quotas", match_quota,
                      q, err);
    return st;
}

static const struct option quota_options[] = {
    KIT_AWS_OPTIONS,
    {"use", "U", "training job (default), transform job, endpoint, notebook instance", false, 0},
    {"request", "N", "ask AWS to raise it to N", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status request_quota(struct aws *c, const struct quota *q, int64_t wanted,
                                    struct lk_error *err)
{
    struct json *answer = NULL;
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    if (!q->adjustable)
        return error_set(err, LK_EUNSUPPORTED, "AWS does not raise this quota on request");
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "ServiceCode", "sagemaker");
    json_put_z(&w, "QuotaCode", q->code);
    json_put_int(&w, "DesiredValue", wanted);
    json_close(&w);
    st = aws_call(c, "service-quotas", "RequestServiceQuotaIncrease", slice_str(&in), &answer, err);
    if (!st)
        printf("asked for %lld: %s\n", (long long)wanted,
               json_path(answer, "RequestedQuota.Status"));
    json_free(answer);
    str_done(&in);
    return st;
}

static int run_quota(const struct args *a, struct lk_error *err)
{
    const char *type = args_operand(a, 0);
    const char *use = args_get(a, "use") ? args_get(a, "use") : "training job";
    struct str name = STR_INIT;
    struct quota q = {0};
    struct aws *c = NULL;
    int64_t wanted = 0;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one INSTANCE type", err)) ||
           (st = names_instance(type, err)) ||
           (st = args_int(a, "request", 0, 0, 10000, &wanted, err)) ||
           (st = kit_aws_open(&c, a, err)));
    str_printf(&name, "%s for %s usage", type ? type : "", use);
    q.name = name.ptr;
    if (!st)
        st = find_quota(&q, c, err);
    if (!st && q.value < 0)
        st = error_set(err, LK_EUSE, "no quota is called '%s' in %s", name.ptr, aws_region(c));
    if (!st && args_flag(a, "json"))
        printf("{\"quota\": \"%s\", \"code\": \"%s\", \"value\": %g}\n", name.ptr, q.code, q.value);
    else if (!st)
        printf("%s in %s: %g%s\n", name.ptr, aws_region(c), q.value,
               q.value == 0 ? " (new accounts start so: --request 1 asks for more)" : "");
    if (!st && wanted)
        st = request_quota(c, &q, wanted, err);
    kit_aws_close(c);
    str_done(&name);
    return exit_for(st);
}

const struct command command_kit_aws_quota = {
    .name = "aws quota",
    .summary = "say how many instances of a type the account may use, and ask for more",
    .operands = "INSTANCE",
    .options = quota_options,
    .example = "$ labkit aws quota ml.m5.large --use 'transform job'",
    .run = run_quota,
};

/* ---- doctor ------------------------------------------------------------------------------ */

static const struct option doctor_options[] = {
    KIT_AWS_OPTIONS,
    {"role", "ROLE", "the execution role to look at", false, 0},
    {"bucket", "B", "the bucket to look at", false, 0},
    {"instance", "TYPE", "the instance type to look at (default ml.m5.large)", false, 0},
    KIT_AWS_OPTIONS_END};

struct doctor {
    bool nobody; /* there are no credentials, so that nothing can be asked */
    struct aws *client;
    const struct args *args;
    size_t failed;
};

static void say(struct doctor *d, const char *what, bool good, const char *words)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(words));
    printf("%s%-4s%s %-12s %s\n", term_style(stdout, good ? TERM_GREEN : TERM_RED),
           good ? "ok" : "NO", term_style(stdout, TERM_PLAIN), what, safe.ptr);
    d->failed += !good;
    str_done(&safe);
}

static bool ask(struct doctor *d, const char *service, const char *op, const char *member,
                const char *value, struct json **out, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    error_clear(err);
    if (d->nobody) {
        error_set(err, LK_EUSE, "not asked, since there are no credentials");
        return false;
    }
    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    if (member)
        json_put_z(&w, member, value);
    json_close(&w);
    st = aws_call(d->client, service, op, slice_str(&in), out, err);
    str_done(&in);
    return !st;
}

static void look_at_identity(struct doctor *d)
{
    struct str source = STR_INIT, key = STR_INIT, words = STR_INIT;
    struct json *who = NULL;
    struct lk_error err = {0};
    int64_t expires = 0, offset;
    bool answered;

    if (aws_credentials_source(d->client, &source, &key, &expires, &err)) {
        say(d, "credentials", false, err.text);
        d->nobody = true;
    } else {
        str_printf(&words, "%s, key %s", source.ptr, key.ptr);
        say(d, "credentials", true, words.ptr);
        answered = ask(d, "sts", "GetCallerIdentity", NULL, NULL, &who, &err);
        if (answered) {
            const char *arn = json_path(who, "Arn");
            bool root = strstr(arn, ":root") != NULL;

            str_clear(&words);
            str_printf(&words, "%s%s", arn,
                       root ? ": the root user; make an IAM user or sign in through IAM Identity "
                              "Center, and keep root for emergencies"
                            : "");
            say(d, "account", !root, words.ptr);
        } else {
            say(d, "account", false, err.text);
        }
        offset = aws_clock_offset(d->client) / 1000;
        str_clear(&words);
        if (offset)
            str_printf(&words, "%lld s off: set it (timedatectl set-ntp true)", (long long)offset);
        else
            str_puts(&words, answered ? "right" : "not known, since AWS did not answer");
        say(d, "clock", answered && !offset, words.ptr);
    }
    json_free(who);
    str_done(&source);
    str_done(&key);
    str_done(&words);
}

static void look_at_region(struct doctor *d)
{
    struct str image = STR_INIT;
    struct lk_error err = {0};
    struct json *list = NULL;

    if (!*aws_region(d->client))
        say(d, "region", false, "none is set: set AWS_REGION, or 'region' in the profile");
    else if (names_image(&image, aws_region(d->client), aws_suffix(d->client), NULL, &err))
        say(d, "region", false, err.text);
    else
        say(d, "region", true, aws_region(d->client));
    if (ask(d, "sagemaker", "ListTrainingJobs", NULL, NULL, &list, &err))
        say(d, "sagemaker", true, "may list training jobs");
    else
        say(d, "sagemaker", false, err.text);
    json_free(list);
    str_done(&image);
}

static void look_at_quota(struct doctor *d)
{
    const char *type = args_get(d->args, "instance");
    struct str name = STR_INIT, words = STR_INIT;
    struct lk_error err = {0};
    struct quota q = {0};

    str_printf(&name, "%s for training job usage", type ? type : NAMES_INSTANCE_DEFAULT);
    q.name = name.ptr;
    if (d->nobody) {
        say(d, "quota", false, "not asked, since there are no credentials");
    } else if (find_quota(&q, d->client, &err)) {
        say(d, "quota", false, err.text);
    } else if (q.value < 1) {
        str_printf(&words, "%s: %s; 'labkit aws quota %s --request 1' asks for more", name.ptr,
                   q.value < 0 ? "unknown" : "0", type ? type : NAMES_INSTANCE_DEFAULT);
        say(d, "quota", false, words.ptr);
    } else {
        str_printf(&words, "%s: %g", name.ptr, q.value);
        say(d, "quota", true, words.ptr);
    }
    str_done(&name);
    str_done(&words);
}

static void look_at_role(struct doctor *d, const char *role)
{
    struct json *answer = NULL;
    struct lk_error err = {0};
    struct str words = STR_INIT;
    const char *name = strrchr(role, '/') ? strrchr(role, '/') + 1 : role;

    if (!ask(d, "iam", "GetRole", "RoleName", name, &answer, &err)) {
        str_printf(&words, "%s ('labkit aws iam role %s --bucket B' makes it)", err.text, name);
        say(d, "role", false, words.ptr);
    } else if (!strstr(json_path(answer, "Role.AssumeRolePolicyDocument"),
                       "sagemaker.amazonaws.com")) {
        say(d, "role", false, "its trust policy does not name sagemaker.amazonaws.com");
    } else {
        say(d, "role", true, json_path(answer, "Role.Arn"));
    }
    json_free(answer);
    str_done(&words);
}

static void look_at_bucket(struct doctor *d, const char *bucket)
{
    struct json *answer = NULL;
    struct lk_error err = {0};
    struct str words = STR_INIT;
    const char *region;

    if (!ask(d, "s3", "GetBucketLocation", "Bucket", bucket, &answer, &err)) {
        say(d, "bucket", false, err.text);
    } else {
        region = json_path(answer, "LocationConstraint");
        region = *region ? region : "us-east-1";
        if (strcmp(region, aws_region(d->client))) {
            str_printf(&words, "%s lies in %s: jobs in %s cannot use it; give --region %s", bucket,
                       region, aws_region(d->client), region);
            say(d, "bucket", false, words.ptr);
        } else {
            str_printf(&words, "%s, in %s", bucket, region);
            say(d, "bucket", true, words.ptr);
        }
    }
    json_free(answer);
    str_done(&words);
}

static void look_at_money(struct doctor *d)
{
    struct ledger *l = NULL;
    struct budget b = {-1, 0};
    struct lk_error err = {0};
    struct str words = STR_INIT;

    if (ledger_open(&l, &err) || ledger_budget(l, aws_target(d->client), &b, &err)) {
        say(d, "budget", false, err.text);
    } else {
        if (b.dollars < 0)
            str_puts(&words, "none is set: 'labkit aws budget 5' refuses what could cost more");
        else
            str_printf(&words, "%.2f dollars", b.dollars);
        say(d, "budget", b.dollars >= 0, words.ptr);
    }
    ledger_close(l);
    str_done(&words);
}

static int run_doctor(const struct args *a, struct lk_error *err)
{
    struct doctor d = {.args = a};
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 0, "", err)) || (st = kit_aws_open(&d.client, a, err)));
    if (!st) {
        look_at_identity(&d);
        look_at_region(&d);
        look_at_quota(&d);
        if (args_get(a, "role"))
            look_at_role(&d, args_get(a, "role"));
        if (args_get(a, "bucket"))
            look_at_bucket(&d, args_get(a, "bucket"));
        look_at_money(&d);
        fflush(stdout);
        if (aws_is_cancelled(d.client))
            st = error_set(err, LK_ECANCELLED, "stopped");
        else if (d.failed)
            st = error_set(err, LK_ECHECK, "%zu of the checks failed", d.failed);
    }
    kit_aws_close(d.client);
    return exit_for(st);
}

const struct command command_kit_aws_doctor = {
    .name = "aws doctor",
    .summary = "look for what stands in the way of a first job, and say how to mend it",
    .options = doctor_options,
    .details = "Credentials, account, clock, region, rights, quota, role, bucket, budget. Changes "
               "nothing. The plan of the account (Free or Paid) is not told by any interface: see "
               "the console's billing page.",
    .example = "$ labkit aws doctor --role labkit-jobs --bucket my-bucket",
    .run = run_doctor,
};
