/*
 * What the commands that start jobs share: a description (job.h) made from
 * options, files brought into the bucket, waiting, and log lines.
 */
#include "cli/kit_aws_job.h"
#include "aws/s3.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- watching -------------------------------------------------------------------- */

static void print_status(void *ctx, const char *status, const char *detail, int64_t seconds)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(detail));
    fprintf(stderr, "%4lld s  %-12s %s\n", (long long)seconds, status, safe.ptr);
    str_done(&safe);
}

void kit_job_print_log(void *ctx, int64_t ms, const char *text)
{
    kit_aws_put(text);
    putchar('\n');
    fflush(stdout);
}

enum lk_status kit_job_wait(struct guard *g, const char *kind, const char *name,
                            const struct args *a, struct lk_error *err)
{
    struct job_watch watch = {.status = print_status};
    struct json *job = NULL;
    enum lk_status st;

    if (args_flag(a, "logs"))
        watch.line = kit_job_print_log;
    st = job_wait(g, kind, name, &watch, &job, err);
    if (!st && args_flag(a, "json"))
        st = kit_aws_print_json(job, err);
    json_free(job);
    return st;
}

/* ---- descriptions from options ------------------------------------------------------- */

void kit_job_put_option(struct json_out *w, const struct args *a, const char *option,
                        const char *key)
{
    if (args_get(a, option))
        json_put_z(w, key, args_get(a, option));
}

enum lk_status kit_job_put_number(struct json_out *w, const struct args *a, const char *option,
                                  const char *key, int64_t max, struct lk_error *err)
{
    int64_t v;
    enum lk_status st = args_int(a, option, 0, 0, max, &v, err);

    if (!st && args_get(a, option))
        json_put_int(w, key, v);
    return st;
}

/* Is the option's i-th pair overruled by a later one of that name? */
static bool is_overruled(const struct args *a, const char *option, size_t i, struct slice name)
{
    const char *later;

    while ((later = args_nth(a, option, ++i))) {
        struct slice pair = slice_of(later);

        if (slice_eq(slice_first(pair, slice_find(pair, '=')), name))
            return true;
    }
    return false;
}

/* name=value pairs, as an object; of several for one name the last counts. */
enum lk_status kit_job_put_pairs(struct json_out *w, const struct args *a, const char *option,
                                 struct lk_error *err)
{
    for (size_t i = 0; args_nth(a, option, i); i++) {
        struct slice pair = slice_of(args_nth(a, option, i));
        size_t eq = slice_find(pair, '=');
        char name[128];

        if (eq == pair.len || !eq || eq >= sizeof name)
            return error_set(err, LK_EUSE, "--%s is NAME=VALUE, not '%s'", option, pair.ptr);
        memcpy(name, pair.ptr, eq);
        name[eq] = '\0';
        if (!is_overruled(a, option, i, slice_first(pair, eq)))
            json_put_string(w, name, slice_from(pair, eq + 1));
    }
    return LK_OK;
}

/* "what-20261125-143000": a name nobody had before. */
static void put_default_name(struct str *out, const char *what)
{
    struct clock_fields f = clock_utc(clock_unix_ms());

    str_printf(out, "%s-%04d%02d%02d-%02d%02d%02d", what, f.year, f.month, f.day, f.hour, f.minute,
               f.second);
}

void kit_job_name(struct str *out, const struct args *a, const char *what)
{
    if (args_get(a, "name"))
        str_puts(out, args_get(a, "name"));
    else
        put_default_name(out, what);
}

/* ---- data ------------------------------------------------------------------------------ */

/* path, a file, to s3://BUCKET/labkit/NAME/CHANNEL/ under the name that it has here. */
static enum lk_status upload(struct str *url, struct aws *c, const char *bucket, const char *name,
                             const char *channel, const char *path, const char *title,
                             struct lk_error *err)
{
    struct str key = STR_INIT;
    enum lk_status st;

    str_printf(&key, "labkit/%s/%s/%s", name, channel, path_name(title));
    st = s3_upload(c, path, bucket, key.ptr, NULL, err);
    str_printf(url, "s3://%s/labkit/%s/%s/", bucket, name, channel);
    str_done(&key);
    return st;
}

enum lk_status kit_job_find(struct kit_staged *out, const struct args *a, const char *option,
                            enum kit_stage_for what, struct lk_error *err)
{
    static const char *const local[] = {"label", "weight", "ignore", "missing", "delimiter"};
    const char *path = args_get(a, option);

    *out = (struct kit_staged){0};
    if (!path)
        return LK_OK;
    if (s3_is_url(path)) {
        for (size_t i = 0; i < sizeof local / sizeof *local; i++)
            if (args_get(a, local[i]))
                return error_set(err, LK_EUSE,
                                 "--%s is for files here; what is in S3 is trained on as it lies",
                                 local[i]);
        return LK_OK;
    }
    if (!args_get(a, "bucket"))
        return error_set(err, LK_EUSE, "--bucket is needed to upload %s", path);
    if (file_stat(path).kind == FILE_NONE)
        return error_set(err, LK_EIO, "cannot open %s: no such file", path);
    return kit_stage(out, a, path, what, args_get(a, "content-type"), err);
}

enum lk_status kit_job_send(struct str *url, struct aws *c, const struct args *a,
                            const char *option, const struct kit_staged *file, const char *name,
                            const char *channel, struct lk_error *err)
{
    const char *path = args_get(a, option);

    if (file->path)
        return upload(url, c, args_get(a, "bucket"), name, channel, file->path, path, err);
    str_puts(url, path ? path : "");
    return LK_OK;
}

enum lk_status kit_job_put_output(struct json_out *w, const struct args *a, const char *name,
                                  struct lk_error *err)
{
    const char *output = args_get(a, "output"), *bucket = args_get(a, "bucket");
    struct str url = STR_INIT;

    if (output && s3_is_url(output))
        str_puts(&url, output);
    else if (bucket)
        str_printf(&url, "s3://%s/labkit/%s/output/", bucket, name);
    else
        return error_set(err, LK_EUSE, "give --bucket, or --output s3://BUCKET/PREFIX");
    json_put_string(w, "output", slice_str(&url));
    str_done(&url);
    return LK_OK;
}

/* Start what the description's text says; prints the ARN. */
enum lk_status kit_job_start(struct guard *g, const char *kind, struct slice text,
                             const char *arn_member, struct lk_error *err)
{
    struct json *spec = NULL, *answer = NULL;
    enum lk_status st = json_parse(&spec, text, "the options", err);

    if (!st)
        st = job_start(g, kind, spec, &answer, err);
    if (!st)
        printf("%s\n", json_path(answer, arn_member));
    fflush(stdout);
    json_free(spec);
    json_free(answer);
    return st;
}
