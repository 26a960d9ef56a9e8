/*
 * The job's configuration. Everything in it is checked before any data is
 * read, and what is refused is refused by name: a hyperparameter, a channel, a
 * content type, an input mode, a number of instances.
 */
#include "aws/names.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "container/internal.h"

#include <stdlib.h>
#include <string.h>

char *container_path(const char *root, const char *below)
{
    struct str s = STR_INIT;

    str_puts(&s, root);
    if (!s.len || s.ptr[s.len - 1] != '/')
        str_putc(&s, '/');
    str_puts(&s, below + (*below == '/'));
    return str_take(&s, NULL);
}

/* Of the root in front of a path, so that a '/' is left; 0 where it is not there. */
static size_t root_length(const char *root, const char *path)
{
    size_t n = strlen(root);

    while (n && root[n - 1] == '/')
        n--;
    return !strncmp(root, path, n) && path[n] == '/' ? n : 0;
}

const char *container_inside(const char *root, const char *path)
{
    return path + root_length(root, path);
}

void container_inside_error(const char *root, struct lk_error *err)
{
    size_t n = root_length(root, err->file);

    memmove(err->file, err->file + n, strlen(err->file + n) + 1);
    for (char *at = err->text; *at; at++)
        if ((n = root_length(root, at)))
            memmove(at, at + n, strlen(at + n) + 1);
}

bool container_has_job(const char *root)
{
    char *path = container_path(root, CONTAINER_HYPERPARAMETERS);
    bool there = file_stat(path).kind == FILE_REGULAR;

    free(path);
    return there;
}

/* A configuration file as an object; NULL with LK_OK where an optional one is not there. */
static enum lk_status read_config(struct json **out, const char *root, const char *below,
                                  bool optional, struct lk_error *err)
{
    char *path = container_path(root, below);
    enum lk_status st = LK_OK;

    *out = NULL;
    if (!optional || file_stat(path).kind != FILE_NONE)
        st = json_read(out, path, CONTAINER_MAX_CONFIG, err);
    if (!st && *out && json_kind(*out) != JSON_OBJECT)
        st = error_at(err, LK_EINPUT, path, 1, 1, "expected a JSON object");
    if (st) {
        json_free(*out);
        *out = NULL;
    }
    free(path);
    return st;
}

/* ---- hyperparameters ----------------------------------------------------------- */

/* The container's own, which are none of the trainer's business. */
static enum lk_status take_own(struct container_job *j, const char *name, const char *value,
                               struct lk_error *err)
{
    if (!strcmp(name, "csv_weights"))
        j->csv_weights = !strcmp(value, "1");
    else if (!strcmp(name, "save_model_on_termination"))
        j->save_when_told = !strcmp(value, "true");
    else if (!strcmp(name, "_kfold") || !strcmp(name, "_num_cv_round"))
        return error_set(err, LK_EUNSUPPORTED,
                         "%s asks for cross-validation inside the job, which labkit does not do; "
                         "leave it out and use 'labkit cv'",
                         name);
    else if (!strcmp(name, "use_dask_gpu_training") && !strcmp(value, "true"))
        return error_set(err, LK_EUNSUPPORTED, "%s asks for GPUs; labkit trains on the processor",
                         name);
    return LK_OK;
}

static bool is_own(const char *name)
{
    static const char *const own[] = {
        "csv_weights",   "save_model_on_termination", "_kfold",
        "_num_cv_round", "use_dask_gpu_training",     "_tuning_objective_metric"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strcmp(name, own[i]))
            return true;
    return false;
}

/* The tuner's metric is watched: it is evaluated, and last. */
static enum lk_status take_tuning_metric(struct container_job *j, const char *value,
                                         struct lk_error *err)
{
    const char *colon = strchr(value, ':'), *metric = colon ? colon + 1 : value;
    struct lk_params *p = j->params;

    for (size_t i = 0; i < p->metric_count; i++)
        if (!strcmp(p->metrics[i], metric)) {
            char *last = p->metrics[i];

            memmove(p->metrics + i, p->metrics + i + 1,
                    (p->metric_count - i - 1) * sizeof *p->metrics);
            p->metrics[p->metric_count - 1] = last;
            return LK_OK;
        }
    return lk_params_set(p, "eval_metric", metric, err);
}

static enum lk_status read_hyperparameters(struct container_job *j, struct lk_error *err)
{
    struct json *map;
    const char *tuning;
    enum lk_status st = read_config(&map, j->root, CONTAINER_HYPERPARAMETERS, false, err);

    if (!st)
        st = names_hyperparameters(map, err);
    for (const struct json *v = json_first(map); v && !st; v = json_next(v)) {
        const char *name = json_key(v), *value = json_string(v, NULL);

        if (!value)
            st = error_set(err, LK_EINPUT, "hyperparameter %s: expected a string", name);
        else
            st = is_own(name) ? take_own(j, name, value, err)
                              : lk_params_set(j->params, name, value, err);
    }
    tuning = json_string(json_get(map, "_tuning_objective_metric"), NULL);
    if (!st && tuning)
        st = take_tuning_metric(j, tuning, err);
    j->rounds = (size_t)j->params->num_round;
    j->early_stop = (size_t)j->params->early_stopping_rounds;
    json_free(map);
    return st;
}

/* ---- channels -------------------------------------------------------------------- */

/* "text/csv; label_size=1" names the type csv; a label of another width is refused. */
static enum lk_status read_content(enum container_content *out, const char *channel,
                                   const char *type, struct lk_error *err)
{
    static const struct {
        const char *name;
        int content;
    } known[] = {{"csv", CONTAINER_CSV},
                 {"text/csv", CONTAINER_CSV},
                 {"libsvm", CONTAINER_LIBSVM},
                 {"text/libsvm", CONTAINER_LIBSVM},
                 {"text/x-libsvm", CONTAINER_LIBSVM}};
    struct slice rest = slice_of(type), name = {"", 0}, option;

    slice_split(&rest, ';', &name);
    name = slice_trim(name);
    while (slice_split(&rest, ';', &option)) {
        option = slice_trim(option);
        if (slice_starts(option, "label_size=") && !slice_is(option, "label_size=1"))
            return error_set(err, LK_EUSE,
                             "channel '%s': '%.80s': the label is one column; label_size must be 1",
                             channel, type);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(name, known[i].name)) {
            *out = (enum container_content)known[i].content;
            return LK_OK;
        }
    if (strstr(type, "parquet") || strstr(type, "recordio"))
        return error_set(err, LK_EUNSUPPORTED,
                         "channel '%s': labkit does not read %.80s; give text/csv or text/libsvm",
                         channel, type);
    return error_set(err, LK_EUSE,
                     "channel '%s': %.80s is not an accepted ContentType: csv, libsvm, text/csv, "
                     "text/libsvm, text/x-libsvm",
                     channel, type);
}

static enum lk_status take_channel(struct container_job *j, const char *name,
                                   const struct json *about, struct lk_error *err)
{
    const char *mode = json_string(json_get(about, "TrainingInputMode"), "File");
    struct container_channel *c = !strcmp(name, "train")        ? &j->train
                                  : !strcmp(name, "validation") ? &j->validation
                                                                : NULL;

    if (!strcmp(name, "code"))
        return LK_OK;
    if (!c)
        return error_set(err, LK_EUSE,
                         "Extraneous channel found: %.80s; there are train and validation", name);
    if (strcmp(mode, "File") && strcmp(mode, "FastFile"))
        return error_set(err, LK_EUNSUPPORTED,
                         "channel '%s': input mode %.20s is not read here; use File", name, mode);
    c->given = true;
    return read_content(&c->content, name,
                        json_string(json_get(about, "ContentType"), "text/libsvm"), err);
}

static enum lk_status read_channels(struct container_job *j, struct lk_error *err)
{
    struct json *map;
    enum lk_status st =
        read_config(&map, j->root, "opt/ml/input/config/inputdataconfig.json", false, err);

    for (const struct json *c = json_first(map); c && !st; c = json_next(c))
        st = take_channel(j, json_key(c), c, err);
    if (!st && !j->train.given)
        st = error_set(err, LK_EUSE, "Missing required channel: train");
    json_free(map);
    return st;
}

/* ---- instances and checkpoints ------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum lk_status take_hosts(struct container_job *j, const struct json *map,
                                 struct lk_error *err)
{
    const char *mine = json_string(json_get(map, "current_host"), "");

    for (const struct json *h = json_first(json_get(map, "hosts")); h; h = json_next(h)) {
        if (j->hosts == CONTAINER_MAX_HOSTS)
            return error_set(err, LK_ELIMIT, "a job has at most %d instances", CONTAINER_MAX_HOSTS);
        j->host[j->hosts++] = mem_strdup(json_string(h, ""));
    }
    qsort(j->host, j->hosts, sizeof *j->host, by_name);
    while (j->this_host < j->hosts && strcmp(j->host[j->this_host], mine))
        j->this_host++;
    if (j->hosts > 1 && j->this_host == j->hosts)
        return error_set(err, LK_EINPUT, "current_host '%.60s' is none of the hosts", mine);
    if (j->hosts <= 1)
        j->this_host = 0;
    return LK_OK;
}

static enum lk_status read_resources(struct container_job *j, struct lk_error *err)
{
    struct json *map;
    enum lk_status st =
        read_config(&map, j->root, "opt/ml/input/config/resourceconfig.json", true, err);

    if (!st)
        st = take_hosts(j, map, err);
    json_free(map);
    return st;
}

static enum lk_status read_checkpoints(struct container_job *j, struct lk_error *err)
{
    static const char usual[] = "opt/ml/checkpoints";
    struct json *map;
    const char *path;
    enum lk_status st =
        read_config(&map, j->root, "opt/ml/input/config/checkpointconfig.json", true, err);

    path = json_string(json_get(map, "LocalPath"), NULL);
    if (!st && path && !path_is_inside(slice_of(path + (*path == '/'))))
        st = error_set(err, LK_EINPUT, "the checkpoints' LocalPath '%.200s' is not a clean path",
                       path);
    if (!st) {
        j->checkpoints = container_path(j->root, path ? path : usual);
        if (!path && file_stat(j->checkpoints).kind != FILE_FOLDER) {
            free(j->checkpoints);
            j->checkpoints = NULL;
        }
    }
    json_free(map);
    return st;
}

enum lk_status container_job_read(struct container_job *j, const char *root, struct lk_error *err)
{
    enum lk_status st;

    *j = (struct container_job){.root = mem_strdup(root), .params = lk_params_new()};
    st = read_hyperparameters(j, err);
    if (!st)
        st = read_channels(j, err);
    if (!st)
        st = read_resources(j, err);
    if (!st)
        st = read_checkpoints(j, err);
    return st;
}

void container_job_done(struct container_job *j)
{
    lk_params_free(j->params);
    free(j->root);
    free(j->checkpoints);
    for (size_t i = 0; i < j->hosts; i++)
        free(j->host[i]);
    *j = (struct container_job){0};
}
