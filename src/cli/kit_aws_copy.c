/* labkit aws s3: cp, sync. */
#include "aws/s3.h"

#include "base/file.h"
#include "base/term.h"
#include "cli/kit_aws.h"

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

typedef enum lk_status transfer_fn(struct aws *c, const struct args *a, struct s3_options *o,
                                   struct lk_error *err);

/* Two operands, the options of transfers, a bar while it lasts; the exit code. */
static int transfer(const struct args *a, const char *title, transfer_fn *what,
                    struct lk_error *err)
{
    struct meter m = {0};
    struct s3_options o;
    struct aws *c = NULL;
    enum lk_status st;

    (void)((st = kit_aws_operands(a, 2, "FROM and TO", err)) ||
           (st = transfer_options(&o, a, &m, err)) || (st = kit_aws_open(&c, a, err)));
    if (!st) {
        progress_begin(&m.bar, title, 0);
        st = what(c, a, &o, err);
        progress_end(&m.bar);
    }
    kit_aws_close(c);
    return exit_for(st);
}

static enum lk_status copy(struct aws *c, const struct args *a, struct s3_options *o,
                           struct lk_error *err)
{
    o->content_type = args_get(a, "content-type");
    return args_flag(a, "recursive") ? sync_folder(c, a, false, o, err)
                                     : copy_one(c, args_operand(a, 0), args_operand(a, 1), o, err);
}

static int run_cp(const struct args *a, struct lk_error *err)
{
    return transfer(a, "copying", copy, err);
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

static enum lk_status sync_all(struct aws *c, const struct args *a, struct s3_options *o,
                               struct lk_error *err)
{
    return sync_folder(c, a, true, o, err);
}

static int run_sync(const struct args *a, struct lk_error *err)
{
    return transfer(a, "syncing", sync_all, err);
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
