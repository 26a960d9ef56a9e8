/*
 * labkit train: read, train, write. What the user asked for is checked as far
 * as it can be before the data is read; the model is written beside its place
 * and renamed, so a failure leaves nothing behind.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/term.h"
#include "cli/reading.h"
#include "container/container.h"
#include "gbt/params.h"
#include "gbt/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option train_options[] = {
    {"data", "FILE", "rows to train on: CSV, libsvm or JSON lines, gzipped or not; '-' is stdin",
     false, 'd'},
    {"model", "FILE", "where to write the model; UBJSON if it ends in .ubj, else JSON", false, 'm'},
    READING_LABEL,
    {"valid", "FILE", "rows to evaluate on after each round", false, 'v'},
    {"rounds", "N", "rounds of boosting (default: num_round, else 10); the last one counts", true,
     'n'},
    {"early-stop", "N", "stop after N rounds without a better last metric on --valid", false, 0},
    TRAINING_SET,
    THREADS_CHANGE_NOT("the model does not depend on it"),
    {"continue", "MODEL", "go on from this model; --rounds counts the new rounds", false, 0},
    {"checkpoint", "FOLDER", "save there as training goes, and resume from what is there", false,
     0},
    READING_ROW_COLUMNS,
    READING_FORMAT,
    {"quiet", NULL, "print nothing but errors", false, 'q'},
    {"root", "DIR", "train as SageMaker's container: on DIR/opt/ml/input into DIR/opt/ml/model",
     false, 0},
    {"image-version", "VERSION", "write the model as that version of SageMaker's image does", false,
     0},
    {NULL, NULL, NULL, false, 0},
};

/* ---- what is shown -------------------------------------------------------------- */

struct show {
    bool quiet;
    struct progress bar;
};

static bool show_round(void *ctx, const struct lk_round *r)
{
    struct show *s = ctx;

    if (s->quiet)
        return true;
    if (r->metrics) {
        fprintf(stderr, "[%zu]", r->round);
        for (size_t i = 0; i < r->metrics; i++)
            fprintf(stderr, "\t%s-%s:%.6g", r->data[i], r->metric[i], r->value[i]);
        fputc('\n', stderr);
    } else {
        progress_at(&s->bar, (int64_t)r->round + 1, NULL);
    }
    return true;
}

static void show_end(const struct lk_matrix *m, const struct lk_model *model, const char *path,
                     int64_t began)
{
    long best = lk_model_best_round(model);

    fprintf(stderr, "%zu rows, %zu features, %zu rounds in %.2f s", lk_matrix_rows(m),
            lk_matrix_columns(m), lk_model_rounds(model),
            (double)(clock_steady_ns() - began) / 1e9);
    if (best >= 0)
        fprintf(stderr, "; the best round is %ld (counted from 0)", best);
    fprintf(stderr, "; wrote %s\n", path);
}

/* ---- the command ------------------------------------------------------------------- */

struct train_job {
    struct lk_params *params;
    struct lk_matrix *data, *valid;
    struct lk_model *start, *like, *model;
    struct lk_train_options options;
    struct lk_read_options reading;
};

static enum lk_status prepare(struct train_job *j, const struct args *a, struct lk_error *err)
{
    int64_t rounds = 0, stop = 0, threads = 0;
    enum lk_status st = args_need(a, "data", err);

    if (!st)
        st = args_need(a, "model", err);
    if (!st)
        st = args_int(a, "rounds", 0, 1, GBT_MAX_ROUNDS, &rounds, err);
    if (!st)
        st = args_int(a, "early-stop", 0, 1, GBT_MAX_ROUNDS, &stop, err);
    if (!st)
        st = args_int(a, "threads", 0, 1, 1024, &threads, err);
    if (!st)
        st = training_params(j->params, a, err);
    if (!st)
        st = training_target(args_get(a, "model"), "model", err);
    if (!st)
        st = reading_options(&j->reading, a, (int)threads, err);
    j->options.rounds = (size_t)rounds;
    j->options.early_stop = (size_t)stop;
    j->options.threads = (int)threads;
    j->options.checkpoint = args_get(a, "checkpoint");
    return st;
}

/* The model to go on from first: it says how columns match and words are coded. */
static enum lk_status read_all(struct train_job *j, const struct args *a, struct lk_error *err)
{
    const char *start = args_get(a, "continue"), *valid = args_get(a, "valid");
    enum lk_status st = LK_OK;

    if (start) {
        st = lk_model_read(&j->start, start, err);
        j->options.start = j->reading.model = j->start;
    }
    if (!st)
        st = training_memory(args_get(a, "data"), j->params,
                             j->options.threads > 0 ? j->options.threads : cpu_count(), err);
    if (!st)
        st = lk_matrix_read(&j->data, args_get(a, "data"), &j->reading, err);
    if (!st && valid) {
        /* Columns in the training data's order, words under its codes. */
        j->like = gbt_model_like(j->data);
        j->reading.model = j->like;
        st = lk_matrix_read(&j->valid, valid, &j->reading, err);
    }
    return st;
}

static enum lk_status train(struct train_job *j, const struct args *a, struct lk_error *err)
{
    const struct lk_matrix *sets[] = {j->data, j->valid};
    const char *names[] = {"train", "valid"};
    struct show show = {.quiet = args_flag(a, "quiet")};
    enum lk_status st;

    if (j->valid) {
        j->options.evals = sets;
        j->options.eval_names = names;
        j->options.eval_count = 2;
    }
    j->options.on_round = show_round;
    j->options.ctx = &show;
    progress_begin(&show.bar, "training",
                   (int64_t)(j->options.rounds ? j->options.rounds : (size_t)j->params->num_round));
    st = lk_train(&j->model, j->data, j->params, &j->options, err);
    progress_end(&show.bar);
    return st == LK_EINPUT ? error_place(err, args_get(a, "data"), 0, 0) : st;
}

/* A container is run as `train` and nothing else, and finds its job under /opt/ml. */
static bool is_container(const struct args *a)
{
    return args_get(a, "root") ||
           (!args_get(a, "data") && !args_get(a, "model") && container_has_job("/"));
}

static int run_container(const struct args *a, struct lk_error *err)
{
    const char *root = args_get(a, "root"), *version = args_get(a, "image-version");

    if (args_get(a, "data") || args_get(a, "model"))
        return exit_for(error_set(err, LK_EUSE,
                                  "--root takes everything from DIR/opt/ml; leave "
                                  "out --data and --model"));
    if (!version)
        version = getenv("LABKIT_IMAGE_VERSION");
    /* Whatever went wrong, a container says 1. */
    return container_train(root ? root : "/", version && *version ? version : NULL, err)
               ? EXIT_FAILED
               : EXIT_DONE;
}

static int run_train(const struct args *a, struct lk_error *err)
{
    struct train_job j = {0};
    const char *path = args_get(a, "model");
    int64_t began = clock_steady_ns();
    enum lk_status st;

    if (is_container(a))
        return run_container(a, err);
    j.params = lk_params_new();
    st = prepare(&j, a, err);

    if (!st && !args_flag(a, "quiet"))
        training_notes(j.params);
    if (!st)
        st = read_all(&j, a, err);
    if (!st)
        st = train(&j, a, err);
    if (!st)
        st = lk_model_write(j.model, path,
                            !strcmp(path_extension(path), ".ubj") ? LK_UBJSON : LK_JSON, err);
    if (!st && !args_flag(a, "quiet"))
        show_end(j.data, j.model, path, began);
    lk_params_free(j.params);
    lk_matrix_free(j.data);
    lk_matrix_free(j.valid);
    lk_model_free(j.start);
    lk_model_free(j.like);
    lk_model_free(j.model);
    return exit_for(st);
}

const struct command command_kit_train = {
    .name = "train",
    .summary = "train a model on a file of rows",
    .options = train_options,
    .details =
        "With a header line columns go by name, and the label is the column 'label' unless "
        "--label names another; without one the label is the first column. --set takes XGBoost's "
        "parameters by its names, with its defaults; they are SageMaker's hyperparameters as well. "
        "A column of words is a categorical feature, whose words are kept in the model.\n\n"
        "Trees, cuts and base scores are those of XGBoost 3.4; --set xgboost_rules=1.7 makes those "
        "of 1.7, where the versions differ.\n\n"
        "After each round the metrics (eval_metric) on the training rows and on --valid are "
        "printed on stderr. The same data and parameters give the same file, byte for byte, "
        "whatever the number of threads.\n\n"
        "With --root, or with nothing at all where /opt/ml/input/config is there, it is the "
        "program 'train' of a SageMaker container: hyperparameters and channels are read from "
        "opt/ml/input, the model goes to opt/ml/model/xgboost-model, the reason of a failure to "
        "opt/ml/output/failure; SIGTERM saves a checkpoint and ends. --image-version (or "
        "LABKIT_IMAGE_VERSION) names the version whose model format is wanted: 1.7-1, 3.2-0.",
    .example = "$ labkit train --data lessons/data/breast-cancer.csv --label malignant \\\n"
               "      --model cancer.json --rounds 20 --set objective=binary:logistic\n",
    .run = run_train,
};
