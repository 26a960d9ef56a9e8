/* labkit aws s3: mb, rb. What is made goes through the guard, what is gone into its ledger. */
#include "cli/kit_aws_guard.h"
#include "cli/kit_aws_s3.h"

#include <stdio.h>

static enum lk_status need_bucket(const struct s3_url *url, struct lk_error *err)
{
    return *url->key ? error_set(err, LK_EUSE, "a bucket is s3://%s, without a key", url->bucket)
                     : LK_OK;
}

static const struct option rb_options[] = {
    KIT_AWS_OPTIONS,
    {"force", NULL, "delete its objects and unfinished uploads first", false, 0},
    KIT_AWS_OPTIONS_END};

/* If it was ours, the ledger learns that it is gone. */
static enum lk_status note_gone(struct aws *c, const char *bucket, struct lk_error *err)
{
    struct ledger *l = NULL;
    int64_t id = 0;
    enum lk_status st = ledger_open(&l, err);

    if (!st)
        st = ledger_find(l, &id, aws_target(c), NULL, NULL, "bucket", bucket, err);
    if (!st && id)
        st = ledger_end(l, id, "gone", -1, err);
    ledger_close(l);
    return st;
}

static enum lk_status remove_bucket(struct aws *c, const struct args *a, const struct s3_url *url,
                                    struct lk_error *err)
{
    enum lk_status st;

    (void)((st = need_bucket(url, err)) ||
           (st = s3_remove_bucket(c, url->bucket, args_flag(a, "force"), err)) ||
           (st = note_gone(c, url->bucket, err)));
    return st;
}

static int run_rb(const struct args *a, struct lk_error *err)
{
    return kit_s3_on_url(a, remove_bucket, err);
}

const struct command command_kit_aws_s3_rb = {
    .name = "aws s3 rb",
    .summary = "delete a bucket",
    .operands = "s3://BUCKET",
    .options = rb_options,
    .example = "$ labkit aws s3 rb --force s3://my-bucket",
    .run = run_rb,
};

static const struct option mb_options[] = {KIT_AWS_OPTIONS, KIT_AWS_OPTIONS_END};

static int run_mb(const struct args *a, struct lk_error *err)
{
    struct s3_url url = {0};
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one s3:// URL", err)) ||
           (st = s3_url_parse(&url, args_operand(a, 0), err)) || (st = need_bucket(&url, err)) ||
           (st = kit_guard_open(&c, &g, a, err)) || (st = guard_make_bucket(g, url.bucket, err)));
    if (!st)
        printf("s3://%s\n", url.bucket);
    s3_url_done(&url);
    kit_guard_close(c, g);
    return exit_for(st);
}

const struct command command_kit_aws_s3_mb = {
    .name = "aws s3 mb",
    .summary = "make a bucket, in the region that is set, closed to the public",
    .operands = "s3://BUCKET",
    .options = mb_options,
    .example = "$ labkit aws s3 mb s3://my-bucket --region eu-west-1",
    .run = run_mb,
};
