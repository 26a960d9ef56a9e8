/* labkit aws s3: ls, rm, presign; and the frame of commands on one URL. */
#include "cli/kit_aws_s3.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

int kit_s3_on_url(const struct args *a, kit_s3_fn *what, struct lk_error *err)
{
    struct s3_url url = {0};
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 1, "one s3:// URL", err)) ||
           (st = s3_url_parse(&url, args_operand(a, 0), err)) || (st = kit_aws_open(&c, a, err)) ||
           (st = what(c, a, &url, err)));
    s3_url_done(&url);
    kit_aws_close(c);
    return exit_for(st);
}

/* ---- ls ---------------------------------------------------------------------------- */

static const struct option ls_options[] = {
    KIT_AWS_OPTIONS, {"recursive", NULL, "all that is below", false, 'r'}, KIT_AWS_OPTIONS_END};

struct lister {
    bool json;
    size_t objects;
    int64_t bytes;
    size_t skip;
};

static void print_json_object(const struct s3_object *o)
{
    struct str text = STR_INIT, time = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, o->is_prefix ? "prefix" : "key", o->key);
    if (!o->is_prefix) {
        clock_put_iso(&time, o->modified_ms, false);
        json_put_int(&w, "size", o->size);
        json_put_string(&w, "modified", slice_str(&time));
        json_put_z(&w, "etag", o->etag);
    }
    json_close(&w);
    puts(text.ptr);
    str_done(&text);
    str_done(&time);
}

static bool print_object(void *ctx, const struct s3_object *o)
{
    struct lister *l = ctx;
    struct str time = STR_INIT;

    l->objects += !o->is_prefix;
    l->bytes += o->size;
    if (l->json) {
        print_json_object(o);
        return true;
    }
    if (o->is_prefix) {
        printf("%35s ", "folder");
    } else {
        clock_put_iso(&time, o->modified_ms, false);
        printf("%s %14lld ", time.ptr, (long long)o->size);
    }
    kit_aws_put(o->key + l->skip);
    putchar('\n');
    str_done(&time);
    return true;
}

static enum lk_status list_buckets(struct aws *c, bool json, struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = aws_call(c, "s3", "ListBuckets", SLICE(""), &answer, err);

    if (!st && json)
        st = kit_aws_print_json(json_get(answer, "Buckets"), err);
    for (const struct json *b = json_first(json_get(answer, "Buckets")); b && !json && !st;
         b = json_next(b)) {
        printf("%s s3://", json_string(json_get(b, "CreationDate"), ""));
        kit_aws_put(json_string(json_get(b, "Name"), ""));
        putchar('\n');
    }
    json_free(answer);
    return st;
}

static int run_ls(const struct args *a, struct lk_error *err)
{
    struct lister l = {.json = args_flag(a, "json")};
    struct aws *c = NULL;
    struct s3_url url = {0};
    enum lk_status st = LK_OK;

    if (args_count(a) > 1)
        st = error_set(err, LK_EUSE, "expected at most one s3://BUCKET/PREFIX");
    if (!st)
        st = kit_aws_open(&c, a, err);
    if (!st && !args_count(a)) {
        st = list_buckets(c, l.json, err);
    } else if (!st && !(st = s3_url_parse(&url, args_operand(a, 0), err))) {
        const char *slash = strrchr(url.key, '/');

        l.skip = args_flag(a, "recursive") || !slash ? 0 : (size_t)(slash + 1 - url.key);
        st = s3_list(c, url.bucket, url.key, args_flag(a, "recursive") ? "" : "/", print_object, &l,
                     err);
        if (!st && !l.json)
            fprintf(stderr, "%zu object%s, %lld bytes\n", l.objects, l.objects == 1 ? "" : "s",
                    (long long)l.bytes);
    }
    s3_url_done(&url);
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_s3_ls = {
    .name = "aws s3 ls",
    .summary = "list buckets, or what is in one",
    .operands = "[s3://BUCKET[/PREFIX]]",
    .options = ls_options,
    .example = "$ labkit aws s3 ls s3://my-bucket/data/",
    .run = run_ls,
};

/* ---- rm --------------------------------------------------------------------------------- */

static const struct option rm_options[] = {
    KIT_AWS_OPTIONS, {"recursive", NULL, "all that is below", false, 'r'}, KIT_AWS_OPTIONS_END};

static enum lk_status remove_objects(struct aws *c, const struct args *a, const struct s3_url *url,
                                     struct lk_error *err)
{
    bool all = args_flag(a, "recursive");
    size_t count = 1;
    enum lk_status st;

    if (!all && !*url->key)
        return error_set(err, LK_EUSE, "give a key, or --recursive for all objects of %s",
                         url->bucket);
    st = all ? s3_remove_prefix(c, url->bucket, url->key, &count, err)
             : s3_remove(c, url->bucket, url->key, err);
    if (!st)
        fprintf(stderr, "deleted %zu object%s\n", count, count == 1 ? "" : "s");
    return st;
}

static int run_rm(const struct args *a, struct lk_error *err)
{
    return kit_s3_on_url(a, remove_objects, err);
}

const struct command command_kit_aws_s3_rm = {
    .name = "aws s3 rm",
    .summary = "delete an object, or all below a prefix",
    .operands = "s3://BUCKET/KEY",
    .options = rm_options,
    .example = "$ labkit aws s3 rm --recursive s3://my-bucket/data/",
    .run = run_rm,
};

/* ---- presign ------------------------------------------------------------------------------ */

static const struct option presign_options[] = {
    KIT_AWS_OPTIONS,
    {"expires", "SECONDS", "how long it is good (default 3600, at most 604800)", false, 0},
    {"put", NULL, "for an upload", false, 0},
    KIT_AWS_OPTIONS_END};

static enum lk_status presign(struct aws *c, const struct args *a, const struct s3_url *url,
                              struct lk_error *err)
{
    struct str out = STR_INIT;
    int64_t seconds = 0;
    enum lk_status st = args_int(a, "expires", 3600, 1, 604800, &seconds, err);

    if (!st && !*url->key)
        st = error_set(err, LK_EUSE, "give a key: s3://%s/KEY", url->bucket);
    if (!st)
        st = aws_presign(&out, c, args_flag(a, "put") ? "PUT" : "GET", url->bucket, url->key,
                         (int)seconds, err);
    if (!st)
        puts(out.ptr);
    str_done(&out);
    return st;
}

static int run_presign(const struct args *a, struct lk_error *err)
{
    return kit_s3_on_url(a, presign, err);
}

const struct command command_kit_aws_s3_presign = {
    .name = "aws s3 presign",
    .summary = "make a URL with which anyone may get (or put) an object for a while",
    .operands = "s3://BUCKET/KEY",
    .options = presign_options,
    .example = "$ curl -O \"$(labkit aws s3 presign s3://my-bucket/model.tar.gz)\"",
    .run = run_presign,
};
