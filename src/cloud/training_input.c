/*
 * What the containers find: for each instance a folder that its program takes
 * for "/", with configuration, data and checkpoints in their places below
 * opt/ml. Data is shared with S3's own files where that can be done, so a
 * gigabyte costs nothing; nobody writes there.
 *
 * An object lands under its key, less the prefix that was asked for.
 */
#include "base/error.h"
#include "base/file.h"
#include "cloud/training.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 100000, MANIFEST_MAX = 16 << 20 };

const char *training_root(struct training_run *r, size_t instance)
{
    return arena_printf(&r->work->memory, "%s/algo-%zu", r->work->folder, instance + 1);
}

/* ---- objects of a channel ---------------------------------------------------------------------
 */

struct channel {
    struct training_run *run;
    const char *name, *bucket, *prefix;
    bool sharded;
    struct arena memory; /* of the next two */
    const char **key;
    size_t n, cap;
};

static bool add_key(void *ctx, const struct objects_entry *e)
{
    struct channel *c = ctx;
    size_t n = strlen(e->key);

    if (n && e->key[n - 1] == '/') /* a folder's marker */
        return true;
    MEM_GROW(c->key, c->n, c->cap);
    c->key[c->n++] = arena_strdup(&c->memory, e->key);
    return c->n <= FILES_MAX;
}

/* [{"prefix": "s3://bucket/there/"}, "a.csv", "b.csv"] */
static bool read_manifest(struct channel *c, const char *url)
{
    struct training_run *r = c->run;
    struct str text = STR_INIT;
    struct json *list = NULL;
    struct lk_error err = {0};
    const char *prefix, *bucket, *below;
    bool good;

    if (objects_read(&text, &r->s3, c->bucket, c->prefix, MANIFEST_MAX, &err) ||
        json_parse(&list, slice_str(&text), "manifest", &err))
        training_fail(r,
                      "ClientError: Data download failed:Unable to read the manifest %s (%s: %s)",
                      url, err.code[0] ? err.code : "InvalidManifest", err.text);
    prefix = json_string(json_get(json_first(list), "prefix"), "");
    good = list && objects_url(&c->memory, prefix, &bucket, &below);
    for (const struct json *i = good ? json_next(json_first(list)) : NULL; i; i = json_next(i)) {
        const char *key = arena_printf(&c->memory, "%s%s", below, json_string(i, ""));

        add_key(c, &(struct objects_entry){key, "", 0});
    }
    if (list && !good)
        training_fail(r,
                      "ClientError: Data download failed:The manifest %s does not begin with "
                      "{\"prefix\": \"s3://...\"}",
                      url);
    if (good) {
        c->bucket = bucket;
        c->prefix = below;
    }
    json_free(list);
    str_done(&text);
    return good;
}

static bool find_keys(struct channel *c, const struct json *source)
{
    struct training_run *r = c->run;
    const char *url = json_string(json_get(source, "S3Uri"), "");
    const char *type = json_string(json_get(source, "S3DataType"), "");
    struct lk_error err = {0};

    if (!objects_url(&c->memory, url, &c->bucket, &c->prefix))
        training_fail(r, "ClientError: Data download failed:%s is no S3 URL", url);
    else if (!strcmp(type, "ManifestFile"))
        read_manifest(c, url);
    else if (strcmp(type, "S3Prefix"))
        training_fail(r,
                      "ClientError: Data download failed:%s is read in pipe mode only, which "
                      "the practice cloud does not have; use S3Prefix or ManifestFile",
                      type);
    else if (objects_list(&r->s3, c->bucket, c->prefix, add_key, c, &err))
        training_fail(r,
                      "ClientError: Data download failed:Unable to list objects under %s (%s: %s)",
                      url, err.code, err.text);
    if (c->n > FILES_MAX)
        training_fail(r,
                      "ClientError: Data download failed:There are more than %d objects under %s",
                      FILES_MAX, url);
    return !r->reason[0];
}

/* The key below the prefix; a prefix that ends inside a name keeps that name whole. */
static const char *local_name(const struct channel *c, const char *key)
{
    size_t n = strlen(c->prefix);
    const char *slash;

    if (strlen(key) > n && n && (c->prefix[n - 1] == '/' || key[n] == '/'))
        return key + n + (key[n] == '/');
    slash = memrchr(c->prefix, '/', n);
    return slash ? key + (slash - c->prefix) + 1 : key;
}

static bool get_object(struct channel *c, const char *key, size_t instance)
{
    struct training_run *r = c->run;
    const char *name = local_name(c, key);
    struct lk_error err = {0};
    char *path;

    if (!path_is_inside(slice_of(name))) {
        training_fail(r,
                      "ClientError: Data download failed:Failed to download data. S3 key: "
                      "s3://%s/%s has an illegal char sub-sequence in it",
                      c->bucket, key);
        return false;
    }
    path = arena_printf(&c->memory, "%s/opt/ml/input/data/%s/%s", training_root(r, instance),
                        c->name, name);
    if (objects_get(&r->s3, c->bucket, key, path, OBJECTS_SHARE, &err))
        training_fail(r,
                      "ClientError: Data download failed:Unable to download object s3://%s/%s "
                      "(%s: %s)",
                      c->bucket, key, err.code[0] ? err.code : "Error", err.text);
    return !r->reason[0];
}

/* Sharded objects are dealt out in order of their keys; the others go to all. */
static bool get_objects(struct channel *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->run->instances; k++)
            if ((!c->sharded || i % c->run->instances == k) && !get_object(c, c->key[i], k))
                return false;
    return true;
}

static bool make_channel_folders(struct channel *c)
{
    for (size_t k = 0; k < c->run->instances; k++)
        if (file_mkdirs(arena_printf(&c->memory, "%s/opt/ml/input/data/%s",
                                     training_root(c->run, k), c->name),
                        NULL))
            return false;
    return true;
}

static bool get_channel(struct training_run *r, const struct json *channel)
{
    const struct json *source = json_get(json_get(channel, "DataSource"), "S3DataSource");
    struct channel c = {
        .run = r,
        .name = json_string(json_get(channel, "ChannelName"), ""),
        .sharded =
            !strcmp(json_string(json_get(source, "S3DataDistributionType"), ""), "ShardedByS3Key"),
    };
    bool good = make_channel_folders(&c) && find_keys(&c, source) && get_objects(&c);

    free(c.key);
    arena_done(&c.memory);
    return good;
}

/* ---- configuration ----------------------------------------------------------------------------
 */

static void put_hyperparameters(struct json_out *w, const struct training_run *r)
{
    for (const struct json *p = json_first(json_get(r->job.request, "HyperParameters")); p;
         p = json_next(p))
        json_put_z(w, json_key(p), json_string(p, ""));
}

static void put_channels(struct json_out *w, const struct training_run *r)
{
    const char *mode =
        training_text(r->job.request, "AlgorithmSpecification", "TrainingInputMode", "File");

    for (const struct json *i = json_first(json_get(r->job.request, "InputDataConfig")); i;
         i = json_next(i)) {
        const struct json *source = json_get(json_get(i, "DataSource"), "S3DataSource");

        json_open(w, json_string(json_get(i, "ChannelName"), ""), '{');
        if (json_get(i, "ContentType"))
            json_put_tree(w, "ContentType", json_get(i, "ContentType"));
        json_put_z(w, "TrainingInputMode", json_string(json_get(i, "InputMode"), mode));
        json_put_z(w, "S3DistributionType",
                   json_string(json_get(source, "S3DataDistributionType"), "FullyReplicated"));
        json_put_z(w, "RecordWrapperType", json_string(json_get(i, "RecordWrapperType"), "None"));
        json_close(w);
    }
}

static void put_resources(struct json_out *w, struct training_run *r, size_t instance)
{
    json_put_z(w, "current_host", arena_printf(&r->work->memory, "algo-%zu", instance + 1));
    json_put_z(w, "current_instance_type",
               training_text(r->job.request, "ResourceConfig", "InstanceType", ""));
    json_open(w, "hosts", '[');
    for (size_t k = 0; k < r->instances; k++)
        json_put_z(w, NULL, arena_printf(&r->work->memory, "algo-%zu", k + 1));
    json_close(w);
    json_put_z(w, "network_interface_name", "lo");
}

static bool write_config(struct training_run *r, size_t instance, const char *name,
                         struct str *text)
{
    const char *path = arena_printf(&r->work->memory, "%s/opt/ml/input/config/%s.json",
                                    training_root(r, instance), name);
    struct lk_error err = {0};

    if (file_write(path, slice_str(text), &err))
        training_fail(r, "InternalServerError: %s", err.text);
    str_clear(text);
    return !r->reason[0];
}

static bool write_configs(struct training_run *r, size_t instance)
{
    const struct json *checkpoints = json_get(r->job.request, "CheckpointConfig");
    struct str text = STR_INIT;
    struct json_out w;
    bool good;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    put_hyperparameters(&w, r);
    json_close(&w);
    good = write_config(r, instance, "hyperparameters", &text);
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    put_channels(&w, r);
    json_close(&w);
    good = good && write_config(r, instance, "inputdataconfig", &text);
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    put_resources(&w, r, instance);
    json_close(&w);
    good = good && write_config(r, instance, "resourceconfig", &text);
    if (good && checkpoints) {
        json_begin(&w, &text, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "LocalPath", "/opt/ml/checkpoints");
        json_close(&w);
        good = write_config(r, instance, "checkpointconfig", &text);
    }
    str_done(&text);
    return good;
}

/* ---- all of it ----------------------------------------------------------------------- */

static bool make_folders(struct training_run *r, size_t instance)
{
    static const char *const below[] = {"input/config", "input/data", "model", "output/data"};
    const char *root = training_root(r, instance);
    struct lk_error err = {0};
    bool good = !file_remove(root, &err);

    for (size_t i = 0; i < sizeof below / sizeof *below && good; i++)
        good = !file_mkdirs(arena_printf(&r->work->memory, "%s/opt/ml/%s", root, below[i]), &err);
    if (good && json_get(r->job.request, "CheckpointConfig"))
        good = !file_mkdirs(arena_printf(&r->work->memory, "%s/opt/ml/checkpoints", root), &err);
    if (!good)
        training_fail(r, "InternalServerError: %s", err.text);
    return good;
}

bool training_input(struct training_run *r)
{
    for (size_t k = 0; k < r->instances; k++)
        if (!make_folders(r, k) || !write_configs(r, k))
            return false;
    for (const struct json *i = json_first(json_get(r->job.request, "InputDataConfig")); i;
         i = json_next(i))
        if (work_wish(r->work) == WORK_GO && !get_channel(r, i))
            return false;
    return true;
}
