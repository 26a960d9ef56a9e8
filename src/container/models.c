/*
 * The model that is served. As in the image, every file of the model's folder
 * is taken for a model, and the predictions of several are averaged: a stray
 * file keeps the container from starting.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "container/internal.h"

#include <stdlib.h>
#include <string.h>

enum { MODELS_MAX = 100 };

static enum lk_status add(struct container_models *m, const char *root, const char *path,
                          struct lk_error *err)
{
    struct lk_model *model;
    enum lk_status st;

    if (m->n == MODELS_MAX)
        return error_at(err, LK_ELIMIT, path, 0, 0, "more than %d models", MODELS_MAX);
    container_say("Loading the model from %s", container_inside(root, path));
    st = lk_model_read(&model, path, err);
    if (st)
        return error_place(err, path, 0, 0);
    m->model = mem_resize(m->model, m->n + 1, sizeof *m->model);
    m->model[m->n++] = model;
    return LK_OK;
}

static enum lk_status add_folder(struct container_models *m, const char *root, const char *folder,
                                 struct lk_error *err)
{
    char **names;
    size_t n;
    enum lk_status st = file_list(&names, &n, folder, err);

    if (st)
        return st;
    for (size_t i = 0; i < n && !st; i++) {
        char *path = path_join(folder, names[i]);

        if (names[i][0] != '.' && file_stat(path).kind == FILE_REGULAR)
            st = add(m, root, path, err);
        free(path);
    }
    file_names_free(names, n);
    if (!st && !m->n)
        st = error_at(err, LK_EINPUT, folder, 0, 0, "there is no model file");
    return st;
}

enum lk_status container_models_load(struct container_models *m, const char *root, const char *path,
                                     struct lk_error *err)
{
    enum lk_status st;

    *m = (struct container_models){0};
    st = file_stat(path).kind == FILE_FOLDER ? add_folder(m, root, path, err)
                                             : add(m, root, path, err);
    for (size_t i = 1; i < m->n && !st; i++)
        if (lk_model_features(m->model[i]) != lk_model_features(m->model[0]) ||
            lk_predict_width(m->model[i], NULL) != lk_predict_width(m->model[0], NULL))
            st = error_at(err, LK_EINPUT, path, 0, 0,
                          "the models differ in features or outputs and cannot be averaged");
    if (st) {
        container_models_done(m);
        if (err)
            container_inside_error(root, err);
        return st;
    }
    m->width = lk_predict_width(m->model[0], NULL);
    m->features = lk_model_features(m->model[0]);
    m->objective = lk_model_objective(m->model[0]);
    return LK_OK;
}

void container_models_done(struct container_models *m)
{
    for (size_t i = 0; i < m->n; i++)
        lk_model_free(m->model[i]);
    free(m->model);
    *m = (struct container_models){0};
}

enum lk_status container_models_predict(const struct container_models *m,
                                        const struct lk_matrix *rows, float *out,
                                        struct lk_error *err)
{
    struct lk_predict_options o = {.threads = 1};
    size_t n = lk_matrix_rows(rows) * m->width;
    float *one = m->n > 1 ? mem_calloc(n, sizeof *one) : NULL;
    double *sum = m->n > 1 ? mem_calloc(n, sizeof *sum) : NULL;
    enum lk_status st = LK_OK;

    for (size_t k = 0; k < m->n && !st; k++) {
        st = lk_predict(m->model[k], lk_matrix_values(rows), lk_matrix_rows(rows),
                        lk_matrix_columns(rows), &o, one ? one : out, err);
        for (size_t i = 0; sum && i < n && !st; i++)
            sum[i] += one[i];
    }
    for (size_t i = 0; sum && i < n && !st; i++)
        out[i] = (float)(sum[i] / (double)m->n);
    free(one);
    free(sum);
    return st;
}
