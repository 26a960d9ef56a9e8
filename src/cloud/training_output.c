/*
 * What the containers left, into S3: model.tar.gz, output.tar.gz when there is
 * anything in it, checkpoints; or the reason why they left nothing. Of several
 * instances the first one's model counts, as with the built-in algorithm.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/tar.h"
#include "cloud/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool upload_failed(struct training_run *r, const char *url, const struct lk_error *err)
{
    training_fail(r, "ClientError: Artifact upload failed:Unable to upload %s (%s: %s)", url,
                  err->code[0] ? err->code : "Error", err->text);
    return false;
}

/* A folder of the first instance as an archive; *files says how much was in it. */
static bool pack(struct training_run *r, const char *below, const char *archive, size_t *files)
{
    const char *folder = arena_printf(&r->work->memory, "%s/opt/ml/%s", training_root(r, 0), below);
    struct lk_error err = {0};

    *files = 0;
    if (tar_pack(archive, folder, cloud_now(r->work->cloud) / 1000, files, &err))
        training_fail(r, "InternalServerError: %s", err.text);
    return !r->reason[0];
}

static bool upload(struct training_run *r, const char *archive, const char *url)
{
    const char *bucket, *key;
    struct lk_error err = {0};

    objects_url(&r->work->memory, url, &bucket, &key);
    return !objects_put(&r->s3, bucket, key, archive, &err) || upload_failed(r, url, &err);
}

bool training_output(struct training_run *r, bool *any)
{
    struct arena *a = &r->work->memory;
    const char *archive = arena_printf(a, "%s/archive", r->work->folder);
    const char *url = r->job.artifacts;
    size_t files = 0;

    if (any)
        *any = false;
    if (file_stat(training_root(r, 0)).kind != FILE_FOLDER) /* stopped before it began */
        return true;
    if (!pack(r, "model", archive, &files))
        return false;
    if (any)
        *any = files > 0;
    if ((files || !any) && !upload(r, archive, url))
        return false;
    if (!pack(r, "output/data", archive, &files))
        return false;
    url = arena_printf(a, "%.*soutput.tar.gz", (int)(strlen(url) - strlen("model.tar.gz")), url);
    return !files || upload(r, archive, url);
}

/* ---- checkpoints: kept the same in S3 and on the first instance, both ways ---------------------
 */

struct checkpoints {
    struct training_run *run;
    const char *bucket, *prefix, *folder; /* prefix ends in '/' or is "" */
    struct lk_error err;
};

static bool find_checkpoints(struct training_run *r, struct checkpoints *c)
{
    const char *url = training_text(r->job.request, "CheckpointConfig", "S3Uri", NULL);
    struct arena *a = &r->work->memory;
    size_t n;

    *c = (struct checkpoints){.run = r};
    if (!url || !objects_url(a, url, &c->bucket, &c->prefix) || !r->instances)
        return false;
    n = strlen(c->prefix);
    if (n && c->prefix[n - 1] != '/')
        c->prefix = arena_printf(a, "%s/", c->prefix);
    c->folder = arena_printf(a, "%s/opt/ml/checkpoints", training_root(r, 0));
    return true;
}

static bool fetch_one(void *ctx, const struct objects_entry *e)
{
    struct checkpoints *c = ctx;
    const char *name = e->key + strlen(c->prefix);
    char *path;
    bool good = true;

    if (!path_is_inside(slice_of(name)))
        return true; /* a folder's marker, or nothing of ours */
    path = path_join(c->folder, name);
    good = !objects_get(&c->run->s3, c->bucket, e->key, path, OBJECTS_COPY, &c->err);
    free(path);
    return good;
}

bool training_fetch_checkpoints(struct training_run *r)
{
    struct checkpoints c;

    if (!find_checkpoints(r, &c))
        return true;
    if (objects_list(&r->s3, c.bucket, c.prefix, fetch_one, &c, &c.err) || c.err.status)
        training_fail(r, "ClientError: Checkpoint download failed:s3://%s/%s (%s: %s)", c.bucket,
                      c.prefix, c.err.code, c.err.text);
    return !r->reason[0];
}

/* One that is no longer here is taken out of S3 as well. */
static bool drop_gone(void *ctx, const struct objects_entry *e)
{
    struct checkpoints *c = ctx;
    const char *name = e->key + strlen(c->prefix);
    char *path = path_join(c->folder, *name ? name : ".");

    if (path_is_inside(slice_of(name)) && file_stat(path).kind == FILE_NONE)
        objects_delete(&c->run->s3, c->bucket, e->key, NULL); /* what it may not delete stays */
    free(path);
    return true;
}

static bool is_kept(struct training_run *r, const char *name)
{
    for (size_t i = 0; i < r->kept_count; i++)
        if (!strcmp(r->kept[i], name))
            return true;
    return false;
}

/* The oldest is forgotten: its file went long ago. */
static void note_kept(struct training_run *r, const char *name)
{
    if (r->kept_count == TRAINING_CHECKPOINTS)
        memmove(r->kept[0], r->kept[1], --r->kept_count * sizeof r->kept[0]);
    snprintf(r->kept[r->kept_count++], sizeof r->kept[0], "%s", name);
}

/* A name that is whole, and not that of a file that is still being written. */
static bool is_checkpoint(const struct training_run *r, const char *name)
{
    return *name != '.' && !strstr(name, ".part-") && strlen(name) < sizeof r->kept[0];
}

/* A checkpoint is never written again, so a second name of it can go to S3 at any time. */
static bool keep_one(struct checkpoints *c, const char *name)
{
    struct arena *a = &c->run->work->memory;
    const char *path = arena_printf(a, "%s/%s", c->folder, name);
    const char *second = arena_printf(a, "%s/checkpoint", c->run->work->folder);
    const char *key = arena_printf(a, "%s%s", c->prefix, name);

    unlink(second);
    if (file_stat(path).kind != FILE_REGULAR ||
        (link(path, second) && file_copy(second, path, NULL)))
        return true; /* gone meanwhile */
    if (objects_put(&c->run->s3, c->bucket, key, second, &c->err))
        return upload_failed(c->run, key, &c->err);
    note_kept(c->run, name);
    return true;
}

bool training_keep_checkpoints(struct training_run *r)
{
    struct checkpoints c;
    char **names = NULL;
    size_t n = 0;
    bool any = false;

    if (!find_checkpoints(r, &c) || file_list(&names, &n, c.folder, NULL))
        return true;
    for (size_t i = 0; i < n && !r->reason[0]; i++)
        if (is_checkpoint(r, names[i]) && !is_kept(r, names[i]))
            any |= keep_one(&c, names[i]);
    if (any)
        objects_list(&r->s3, c.bucket, c.prefix, drop_gone, &c, NULL);
    file_names_free(names, n);
    return !r->reason[0];
}

/* ---- why it failed ------------------------------------------------------------------------------
 */

void training_explain(struct training_run *r, size_t instance, int code)
{
    const char *path =
        arena_printf(&r->work->memory, "%s/opt/ml/output/failure", training_root(r, instance));
    struct str text = STR_INIT;
    struct slice reason;

    file_read(&text, path, 1 << 20, NULL);
    reason = slice_trim(slice_str(&text));
    if (!reason.len)
        reason = SLICE("See job logs for more information");
    training_fail(
        r, "AlgorithmError: %.*s, exit code: %d",
        (int)(reason.len < TRAINING_REASON_MAX - 50 ? reason.len : TRAINING_REASON_MAX - 50),
        reason.ptr, code);
    str_done(&text);
}
