/* labkit aws s3: ls, cp, sync, rm, mb, rb, presign. */
#include "aws/s3.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/number.h"
#include "base/term.h"
#include "cli/kit_aws_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFER_OPTIONS                                                                           \
    {"checksum", "NAME", "CRC64NVME (default), CRC32 or SHA256", false, 0},                        \
        {"threads", "N", "requests at once (default 8)", false, 0},                                \
        {"part-size", "MIB", "size of the parts of long files in MiB (default 8)", false, 0},      \
    {                                                                                              \
        "quiet", NULL, "print nothing but errors", false, 'q'                                      \
    }

/* ---- progress ------------------------------------------------------------------- */

struct meter {
    struct progress bar;
    int64_t moved;
};

static void on_moved(void *ctx, int64_t bytes)
{
    struct meter *m = ctx;

    m->moved += bytes;
    progress_at(&m->bar, m->moved, NULL);
}

static enum lk_status transfer_options(struct s3_options *o, const struct args *a, struct meter *m,
                                       struct lk_error *err)
{
    const char *checksum = args_get(a, "checksum");
    int64_t threads = 0, mib = 0;
    enum lk_status st;

    *o = (struct s3_options){.progress = args_flag(a, "quiet") ? NULL : on_moved, .ctx = m};
    if (checksum && !(o->checksum = checksum_kind_of(checksum)))
        return error_set(err, LK_EUSE, "--checksum is CRC64NVME, CRC32 or SHA256, not '%s'",
                         checksum);
    (void)((st = args_int(a, "threads", 8, 1, 64, &threads, err)) ||
           (st = args_int(a, "part-size", 8, 5, 5120, &mib, err)));
    o->threads = (int)threads;
    o->part_size = mib << 20;
    return st;
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

/* ---- cp ------------------------------------------------------------------------------ */

static const struct option cp_options[] = {
    KIT_AWS_OPTIONS,
    TRANSFER_OPTIONS,
    {"content-type", "TYPE", "of the object (default: by its name's ending)", false, 0},
    {"recursive", NULL, "a folder with all that is in it, as 's3 sync' does", false, 'r'},
    KIT_AWS_OPTIONS_END};

/* Where a copy goes when the destination is a folder: its name is added. */
static char *with_name(const char *to, const char *from)
{
    struct str s = STR_INIT;

    str_puts(&s, to);
    if (!*to || slice_ends(slice_of(to), "/"))
        str_puts(&s, path_name(from));
    return str_take(&s, NULL);
}

static char *local_target(const char *to, const char *key)
{
    if (strcmp(to, "-") && (slice_ends(slice_of(to), "/") || file_stat(to).kind == FILE_FOLDER))
        return path_join(to, path_name(key));
    return mem_strdup(to);
}

static enum lk_status copy_one(struct aws *c, const char *from, const char *to,
                               const struct s3_options *o, struct lk_error *err)
{
    struct s3_url source = {0}, target = {0};
    char *key = NULL;
    enum lk_status st = LK_OK;

    if (!s3_is_url(from) && !s3_is_url(to))
        return error_set(err, LK_EUSE, "at least one of the two is an s3:// URL");
    if (s3_is_url(from))
        st = s3_url_parse(&source, from, err);
    if (!st && s3_is_url(to))
        st = s3_url_parse(&target, to, err);
    if (!st && s3_is_url(from) && (!*source.key || slice_ends(slice_of(source.key), "/")))
        st = error_set(err, LK_EUSE, "%s is a folder: give --recursive or use 's3 sync'", from);
    if (!st && !s3_is_url(to)) {
        key = local_target(to, source.key);
        st = s3_download(c, source.bucket, source.key, key, o, err);
    } else if (!st) {
        key = with_name(target.key, s3_is_url(from) ? source.key : from);
        if (!strcmp(from, "-") && !*target.key)
            st = error_set(err, LK_EUSE, "stdin has no name: give the key, s3://%s/KEY",
                           target.bucket);
        else
            st = s3_is_url(from) ? s3_copy(c, source.bucket, source.key, target.bucket, key, o, err)
                                 : s3_upload(c, from, target.bucket, key, o, err);
    }
    free(key);
    s3_url_done(&source);
    s3_url_done(&target);
    return st;
}

static void print_told(void *ctx, const char *what, const char *from, const char *to)
{
    struct str line = STR_INIT;

    str_printf(&line, "%s %s", what, from);
    if (to)
        str_printf(&line, " -> %s", to);
    kit_aws_put(line.ptr);
    putchar('\n');
    str_done(&line);
}

static enum lk_status report_sync(const struct args *a, const struct s3_sync *s,
                                  struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st;

    if (!args_flag(a, "json")) {
        if (!args_flag(a, "quiet"))
            fprintf(stderr, "%zu moved (%lld bytes), %zu were the same, %zu deleted, %zu failed\n",
                    s->moved, (long long)s->bytes, s->same, s->removed, s->failed);
        return LK_OK;
    }
    json_begin(&w, &text, true);
    json_open(&w, NULL, '{');
    json_put_int(&w, "moved", (int64_t)s->moved);
    json_put_int(&w, "bytes", s->bytes);
    json_put_int(&w, "same", (int64_t)s->same);
    json_put_int(&w, "deleted", (int64_t)s->removed);
    json_put_int(&w, "failed", (int64_t)s->failed);
    json_close(&w);
    str_putc(&text, '\n');
    st = file_write("-", slice_str(&text), err);
    str_done(&text);
    return st;
}

/* The filters in the order given cannot be told apart by option; excludes come first. */
static size_t gather_filters(char **out, size_t max, const struct args *a)
{
    static const char *const names[] = {"exclude", "include"};
    size_t n = 0;

    for (int k = 0; k < 2; k++)
        for (size_t i = 0; args_nth(a, names[k], i) && n < max; i++) {
            struct str s = STR_INIT;

            str_printf(&s, "%c%s", k ? '+' : '-', args_nth(a, names[k], i));
            out[n++] = str_take(&s, NULL);
        }
    return n;
}

static enum lk_status sync_folder(struct aws *c, const struct args *a, bool can_filter,
                                  const struct s3_options *o, struct lk_error *err)
{
    char *filters[64];
    struct s3_sync s = {.filters = (const char *const *)filters};
    enum lk_status st;

    if (!args_flag(a, "quiet") && !args_flag(a, "json"))
        s.told = print_told;
    if (can_filter) {
        s.remove = args_flag(a, "delete");
        s.dry_run = args_flag(a, "dry-run");
        s.filter_count = gather_filters(filters, 64, a);
    }
    st = s3_sync(c, args_operand(a, 0), args_operand(a, 1), &s, o, err);
    for (size_t i = 0; i < s.filter_count; i++)
        free(filters[i]);
    if (!st || s.moved || s.failed)
        (void)!report_sync(a, &s, st ? NULL : err);
    return st;
}

static int run_cp(const struct args *a, struct lk_error *err)
{
    struct meter m = {0};
    struct s3_options o;
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 2, "FROM and TO", err)) ||
           (st = transfer_options(&o, a, &m, err)) || (st = kit_aws_open(&c, a, err)));
    if (!st) {
        o.content_type = args_get(a, "content-type");
        progress_begin(&m.bar, "copying", 0);
        st = args_flag(a, "recursive")
                 ? sync_folder(c, a, false, &o, err)
                 : copy_one(c, args_operand(a, 0), args_operand(a, 1), &o, err);
        progress_end(&m.bar);
    }
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_s3_cp = {
    .name = "aws s3 cp",
    .summary = "copy a file to S3, from S3, or within S3",
    .operands = "FROM TO",
    .options = cp_options,
    .details =
        "FROM and TO are files, '-' (stdin, stdout) or s3://BUCKET/KEY. Long files go in parts, "
        "several at once, each checked by a checksum; a copy that was stopped or killed is taken "
        "up again by the same command.",
    .example = "$ labkit aws s3 cp train.csv s3://my-bucket/data/train.csv\n"
               "$ labkit aws s3 cp s3://my-bucket/out/test.csv.out - | head",
    .run = run_cp,
};

/* ---- sync ------------------------------------------------------------------------------- */

static const struct option sync_options[] = {
    KIT_AWS_OPTIONS,
    TRANSFER_OPTIONS,
    {"delete", NULL, "delete what the source does not have", false, 0},
    {"dry-run", NULL, "say what would be done", false, 'n'},
    {"exclude", "GLOB", "leave out names (below the folder) that fit", true, 0},
    {"include", "GLOB", "but not those that fit this", true, 0},
    KIT_AWS_OPTIONS_END};

static int run_sync(const struct args *a, struct lk_error *err)
{
    struct meter m = {0};
    struct s3_options o;
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 2, "FROM and TO", err)) ||
           (st = transfer_options(&o, a, &m, err)) || (st = kit_aws_open(&c, a, err)));
    if (!st) {
        progress_begin(&m.bar, "syncing", 0);
        st = sync_folder(c, a, true, &o, err);
        progress_end(&m.bar);
    }
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_s3_sync = {
    .name = "aws s3 sync",
    .summary = "make a prefix equal to a folder, or a folder to a prefix",
    .operands = "FROM TO",
    .options = sync_options,
    .details = "A file is moved when the other side lacks it, has another size, or has an older "
               "one. Links are followed to files, not to folders. All files are tried; the first "
               "failure is told at the end.",
    .example = "$ labkit aws s3 sync data/ s3://my-bucket/data/ --exclude '*.tmp'",
    .run = run_sync,
};

/* ---- rm, mb, rb ---------------------------------------------------------------------------- */

static const struct option rm_options[] = {
    KIT_AWS_OPTIONS, {"recursive", NULL, "all that is below", false, 'r'}, KIT_AWS_OPTIONS_END};

static enum lk_status open_url(struct aws **c, struct s3_url *url, const struct args *a,
                               struct lk_error *err)
{
    enum lk_status st = kit_aws_operands(a, 1, "one s3:// URL", err);

    if (!st)
        st = s3_url_parse(url, args_operand(a, 0), err);
    return st ? st : kit_aws_open(c, a, err);
}

static int run_rm(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct s3_url url = {0};
    size_t count = 1;
    enum lk_status st = open_url(&c, &url, a, err);

    if (!st && !args_flag(a, "recursive") && !*url.key)
        st =
            error_set(err, LK_EUSE, "give a key, or --recursive for all objects of %s", url.bucket);
    if (!st)
        st = args_flag(a, "recursive") ? s3_remove_prefix(c, url.bucket, url.key, &count, err)
                                       : s3_remove(c, url.bucket, url.key, err);
    if (!st)
        fprintf(stderr, "deleted %zu object%s\n", count, count == 1 ? "" : "s");
    s3_url_done(&url);
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_s3_rm = {
    .name = "aws s3 rm",
    .summary = "delete an object, or all below a prefix",
    .operands = "s3://BUCKET/KEY",
    .options = rm_options,
    .example = "$ labkit aws s3 rm --recursive s3://my-bucket/data/",
    .run = run_rm,
};

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

static int run_rb(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct s3_url url = {0};
    enum lk_status st = open_url(&c, &url, a, err);

    if (!st && *url.key)
        st = error_set(err, LK_EUSE, "a bucket is s3://%s, without a key", url.bucket);
    if (!st)
        st = s3_remove_bucket(c, url.bucket, args_flag(a, "force"), err);
    if (!st)
        st = note_gone(c, url.bucket, err);
    s3_url_done(&url);
    kit_aws_close(c);
    return exit_for(st);
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
    struct aws *c = NULL;
    struct guard *g = NULL;
    struct s3_url url = {0};
    enum lk_status st = kit_aws_operands(a, 1, "one s3:// URL", err);

    if (!st)
        st = s3_url_parse(&url, args_operand(a, 0), err);
    if (!st && *url.key)
        st = error_set(err, LK_EUSE, "a bucket is s3://%s, without a key", url.bucket);
    if (!st)
        st = kit_guard_open(&c, &g, a, err);
    if (!st)
        st = guard_make_bucket(g, url.bucket, err);
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

/* ---- presign -----------------------------------------------------------------------------------
 */

static const struct option presign_options[] = {
    KIT_AWS_OPTIONS,
    {"expires", "SECONDS", "how long it is good (default 3600, at most 604800)", false, 0},
    {"put", NULL, "for an upload", false, 0},
    KIT_AWS_OPTIONS_END};

static int run_presign(const struct args *a, struct lk_error *err)
{
    struct aws *c = NULL;
    struct s3_url url = {0};
    struct str out = STR_INIT;
    int64_t seconds = 0;
    enum lk_status st;

    (void)((st = args_int(a, "expires", 3600, 1, 604800, &seconds, err)) ||
           (st = open_url(&c, &url, a, err)));
    if (!st && !*url.key)
        st = error_set(err, LK_EUSE, "give a key: s3://%s/KEY", url.bucket);
    if (!st)
        st = aws_presign(&out, c, args_flag(a, "put") ? "PUT" : "GET", url.bucket, url.key,
                         (int)seconds, err);
    if (!st)
        puts(out.ptr);
    str_done(&out);
    s3_url_done(&url);
    kit_aws_close(c);
    return exit_for(st);
}

const struct command command_kit_aws_s3_presign = {
    .name = "aws s3 presign",
    .summary = "make a URL with which anyone may get (or put) an object for a while",
    .operands = "s3://BUCKET/KEY",
    .options = presign_options,
    .example = "$ curl -O \"$(labkit aws s3 presign s3://my-bucket/model.tar.gz)\"",
    .run = run_presign,
};
