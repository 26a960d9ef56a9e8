/*
 * Starting a container that serves: artefact, folder, process, first answer.
 *
 * The container prints the address at which it listens; that line is looked
 * for among its log. Ports are of the loopback address, and the container is
 * the only one that is told to listen there.
 */
#include "cloud/served.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/untar.h"
#include "cloud/image.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ENV_MAX = 100, LOOK_MS = 50, PING_MS = 2000, END_MS = 2000, FLUSH_LINES = 200 };

/* ---- the log ------------------------------------------------------------------------------ */

void served_log_open(struct served_log *l, struct work *w, const struct caller *role,
                     const char *group, const char *stream)
{
    *l = (struct served_log){.w = w, .group = group, .stream = stream};
    str_init(&l->text);
    l->open = logs_open(w->cloud, &w->memory, role, w->region, group, stream);
}

void served_log_add(struct served_log *l, struct slice line)
{
    if (!l->open)
        return;
    MEM_GROW(l->line, l->n, l->cap);
    line = slice_first(line, line.len < LOGS_TEXT_MAX ? line.len : LOGS_TEXT_MAX);
    l->line[l->n++] = (struct served_line){cloud_now(l->w->cloud), l->text.len, line.len};
    str_put(&l->text, line);
}

void served_log_printf(struct served_log *l, const char *fmt, ...)
{
    struct str line = STR_INIT;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&line, fmt, args);
    va_end(args);
    served_log_add(l, slice_str(&line));
    str_done(&line);
}

void served_log_flush(struct served_log *l)
{
    struct logs_line *lines;

    if (!l->n)
        return;
    lines = mem_calloc(l->n, sizeof *lines);
    for (size_t i = 0; i < l->n; i++)
        lines[i] =
            (struct logs_line){l->line[i].at_ms, {l->text.ptr + l->line[i].from, l->line[i].len}};
    if (work_begin(l->w)) {
        logs_put(l->w->cloud, l->w->region, l->group, l->stream, lines, l->n);
        work_commit(l->w);
    }
    free(lines);
    str_clear(&l->text);
    l->n = 0;
}

void served_log_done(struct served_log *l)
{
    if (!l->w)
        return;
    served_log_flush(l);
    str_done(&l->text);
    free(l->line);
    *l = (struct served_log){0};
}

/* ---- the model ---------------------------------------------------------------------------- */

enum lk_status served_model_find(struct served_model *out, struct cloud *cloud, const char *region,
                                 const char *name, struct lk_error *err)
{
    struct stmt *s = sql(cloud, "select request from sagemaker_models where region = ?1"
                                " and name = ?2");
    const struct json *container;
    const char *image;
    enum lk_status st;

    *out = (struct served_model){.name = name};
    stmt_text(s, 1, region);
    stmt_text(s, 2, name);
    if (!sql_row(cloud, s))
        return error_set(err, LK_EINPUT, "Could not find model \"%s\".", name);
    st = json_parse(&out->request, slice_of(stmt_get_text(s, 0)), "model", err);
    stmt_reset(s);
    if (st)
        return st;
    container = json_get(out->request, "PrimaryContainer");
    if (!container)
        container = json_at(json_get(out->request, "Containers"), 0);
    image = json_string(json_get(container, "Image"), "");
    out->version = image_known_version(image);
    out->role = json_string(json_get(out->request, "ExecutionRoleArn"), "");
    out->data = json_string(json_get(container, "ModelDataUrl"), NULL);
    out->environment = json_get(container, "Environment");
    if (json_count(json_get(out->request, "Containers")) > 1)
        st = error_set(err, LK_EUNSUPPORTED,
                       "model \"%s\" is a pipeline of containers, which the practice cloud does "
                       "not run",
                       name);
    else if (!out->version)
        st = error_set(err, LK_EUNSUPPORTED,
                       "the image %.200s of model \"%s\" does not run here; the practice cloud has "
                       "SageMaker's XGBoost",
                       image, name);
    return st;
}

void served_model_done(struct served_model *m)
{
    json_free(m->request);
    *m = (struct served_model){0};
}

/* Artefact to folder/opt/ml/model; a model without one has an empty folder. */
static enum lk_status fetch(const char *folder, const struct served_model *m,
                            const struct objects *s3, struct arena *a, struct lk_error *err)
{
    static const struct untar_caps caps = {(int64_t)8 << 30, 1000};
    char *archive = path_join(folder, "model.tar.gz"), *models = path_join(folder, "opt/ml/model");
    const char *bucket, *key;
    enum lk_status st = file_mkdirs(models, err);

    if (!st && m->data && !objects_url(a, m->data, &bucket, &key))
        st = error_set(err, LK_EINPUT, "the model's data '%.200s' is no address in S3", m->data);
    if (!st && m->data)
        st = objects_get(s3, bucket, key, archive, OBJECTS_SHARE, err);
    if (!st && m->data) {
        st = tar_unpack(archive, models, &caps, err);
        if (st)
            error_set(err, st,
                      "the model's data %.200s cannot be unpacked: it is not a .tar.gz "
                      "archive, or a broken one",
                      m->data);
    }
    file_remove(archive, NULL);
    free(archive);
    free(models);
    return st;
}

/* ---- the process --------------------------------------------------------------------------- */

static void take_line(void *ctx, struct slice line)
{
    static const char mark[] = "Listening at: http://127.0.0.1:";
    struct served *s = ctx;
    const char *at = s->port ? NULL : memmem(line.ptr, line.len, mark, sizeof mark - 1);
    int64_t port;

    if (at && number_parse_int(slice_from(line, (size_t)(at - line.ptr) + sizeof mark - 1), 1,
                               65535, &port))
        s->port = (int)port;
    served_log_add(s->log, line);
}

/* The model's environment, then the job's, which wins. */
static const char **make_env(struct arena *a, const struct served_model *m, const char *const *more)
{
    const char **env = arena_alloc(a, (ENV_MAX + 1) * sizeof *env);
    size_t n = 0;

    for (const struct json *v = json_first(m->environment); v && n < ENV_MAX / 2; v = json_next(v))
        env[n++] = arena_printf(a, "%s=%s", json_key(v), json_string(v, ""));
    for (; more && *more && n < ENV_MAX; more++)
        env[n++] = *more;
    env[n] = NULL;
    return env;
}

enum lk_status served_start(struct served *s, struct work *w, const struct served_model *m,
                            const struct objects *s3, const char *folder, const char *const *env,
                            struct served_log *log, struct lk_error *err)
{
    const char **argv = arena_alloc(&w->memory, 8 * sizeof *argv);
    enum lk_status st;

    *s = (struct served){.w = w, .log = log, .root = mem_strdup(folder)};
    st = fetch(folder, m, s3, &w->memory, err);
    if (st)
        return st;
    argv[0] = "serve";
    argv[1] = "--root";
    argv[2] = s->root;
    argv[3] = "--port";
    argv[4] = "0";
    argv[5] = "--image-version";
    argv[6] = m->version;
    s->env = make_env(&w->memory, m, env);
    s->process = (struct work_process){.argv = argv, .env = s->env, .line = take_line, .ctx = s};
    return work_spawn(w, &s->process, err);
}

bool served_look(struct served *s, int timeout_ms)
{
    if (!s->ended && !work_listen(s->w, &s->process, timeout_ms))
        s->ended = true;
    if (s->log->n >= FLUSH_LINES)
        served_log_flush(s->log);
    return !s->ended;
}

static enum lk_status ping(struct served *s, struct lk_error *err)
{
    struct http_question q = {.port = s->port,
                              .method = "GET",
                              .path = "/ping",
                              .timeout_ms = PING_MS,
                              .max_answer = 1 << 16};
    struct http_answer a;
    enum lk_status st = http_ask(&a, &q, err);

    if (!st && a.status != 200)
        st = error_set(err, LK_ESERVICE, "/ping answered %d", a.status);
    http_answer_done(&a);
    return st;
}

enum lk_status served_wait(struct served *s, int64_t timeout_ms, struct lk_error *err)
{
    int64_t end = clock_steady_ns() + timeout_ms * 1000000;

    while (!s->port && clock_steady_ns() < end) {
        if (!served_look(s, LOOK_MS))
            return error_set(err, LK_ESERVICE, "the container ended with exit code %d",
                             s->process.code);
        if (work_wish(s->w) != WORK_GO)
            return error_set(err, LK_ECANCELLED, "stopped");
    }
    return s->port ? ping(s, err)
                   : error_set(err, LK_ESERVICE, "the container did not listen within %lld s",
                               (long long)(timeout_ms / 1000));
}

void served_end(struct served *s)
{
    if (!s->w)
        return;
    work_end(s->w, &s->process, END_MS);
    served_log_flush(s->log);
    file_remove(s->root, NULL);
    free(s->root);
    *s = (struct served){0};
}
