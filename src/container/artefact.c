/*
 * Model files as each version of SageMaker's XGBoost image writes them, and
 * checkpoints, which are the same files under a name with the round in it.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "container/internal.h"
#include "gbt/model.h"

#include <stdlib.h>
#include <string.h>

struct container_format {
    const char *version;
    enum lk_model_format format;
};

/*
 * Oldest first; the last is the default. The images before 1.3 pickle their
 * model, and 1.2 and older load what 1.3 to 1.7 write; so do all tools that
 * take a pickle, which look at the content.
 */
static const struct container_format formats[] = {
    {"0.90-1", LK_BINARY}, {"0.90-2", LK_BINARY}, {"1.0-1", LK_BINARY}, {"1.2-1", LK_BINARY},
    {"1.2-2", LK_BINARY},  {"1.3-1", LK_BINARY},  {"1.5-1", LK_BINARY}, {"1.7-1", LK_BINARY},
    {"3.0-5", LK_UBJSON},  {"3.2-0", LK_UBJSON},
};
enum { FORMATS = sizeof formats / sizeof *formats };

enum lk_status container_format(const struct container_format **out, const char *version,
                                struct lk_error *err)
{
    const char *names[FORMATS], *near;

    *out = &formats[FORMATS - 1];
    if (!version)
        return LK_OK;
    for (size_t i = 0; i < FORMATS; i++) {
        names[i] = formats[i].version;
        if (!strcmp(version, names[i])) {
            *out = &formats[i];
            return LK_OK;
        }
    }
    near = error_nearest(version, names, FORMATS);
    return error_set(err, LK_EUSE, "no XGBoost image of version '%.40s'; did you mean '%s'?",
                     version, near ? near : formats[FORMATS - 1].version);
}

bool container_joins_lines(const struct container_format *f)
{
    return f - formats < 4;
}

enum lk_status container_write(const struct lk_model *m, const char *path,
                               const struct container_format *f, struct lk_error *err)
{
    return lk_model_write(m, path, f->format, err);
}

/* ---- checkpoints ------------------------------------------------------------------- */

static const char PREFIX[] = "xgboost-checkpoint.";

/* The round in a checkpoint's name, or -1. */
static int64_t round_of(const char *name)
{
    int64_t round;
    size_t n = sizeof PREFIX - 1;

    if (strncmp(name, PREFIX, n) ||
        !number_parse_int(slice_of(name + n), 0, GBT_MAX_ROUNDS, &round))
        return -1;
    return round;
}

static int64_t newest_of(char *const *names, size_t n)
{
    int64_t newest = -1;

    for (size_t i = 0; i < n; i++) {
        int64_t round = round_of(names[i]);

        newest = round > newest ? round : newest;
    }
    return newest;
}

static char *checkpoint_path(const char *folder, int64_t round)
{
    struct str name = STR_INIT;
    char *path;

    str_printf(&name, "%s%lld", PREFIX, (long long)round);
    path = path_join(folder, name.ptr);
    str_done(&name);
    return path;
}

enum lk_status container_checkpoint_read(struct lk_model **out, const char *folder,
                                         struct lk_error *err)
{
    char **names, *path;
    size_t n;
    int64_t newest;
    enum lk_status st = file_list(&names, &n, folder, err);

    if (st)
        return st;
    *out = NULL;
    newest = newest_of(names, n);
    file_names_free(names, n);
    if (newest < 0)
        return LK_OK;
    path = checkpoint_path(folder, newest);
    st = lk_model_read(out, path, err);
    free(path);
    return st;
}

static enum lk_status remove_old(const char *folder, int64_t round, struct lk_error *err)
{
    char **names;
    size_t n;
    enum lk_status st = file_list(&names, &n, folder, err);

    if (st)
        return st;
    for (size_t i = 0; i < n && !st; i++) {
        int64_t at = round_of(names[i]);
        size_t newer = 0;
        char *path;

        for (size_t k = 0; k < n; k++)
            newer += round_of(names[k]) > at;
        if (at < 0 || at > round || newer < CONTAINER_KEEP_CHECKPOINTS)
            continue;
        path = path_join(folder, names[i]);
        st = file_remove(path, err);
        free(path);
    }
    file_names_free(names, n);
    return st;
}

enum lk_status container_checkpoint_write(const struct lk_model *m, const char *folder,
                                          size_t round, const struct container_format *f,
                                          struct lk_error *err)
{
    char *path = checkpoint_path(folder, (int64_t)round);
    enum lk_status st = container_write(m, path, f, err);

    if (!st)
        st = remove_old(folder, (int64_t)round, err);
    free(path);
    return st;
}
